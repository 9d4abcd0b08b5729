"""What a user may set under ``clouds.azure``. Everything is optional: without it Azure's standard environment decides."""

from skywright.model.settings import SecretRef
from skywright.model.settings_base import Strict


class AzureConfig(Strict, frozen=True):
    """The Azure section. Empty: who signs in is found as the Azure tools find it (``AZURE_*`` variables, workload identity, managed
    identity, ``az login``), and every subscription that is visible is in scope.

    ``endpoint`` and ``authority`` name a cloud (``public``, ``china``, ``usgov``) or are URLs. ``certificate`` is a file (PEM or
    PKCS#12) to sign in with instead of a secret. ``ca_file`` holds the authorities to trust where they are not public ones.
    """

    tenant_id: str | None = None
    client_id: str | None = None
    client_secret: SecretRef | str | None = None
    certificate: str | None = None
    certificate_password: SecretRef | str | None = None
    authority: str | None = None
    endpoint: str = "public"
    graph_endpoint: str | None = None  # Microsoft Graph (users, groups); None: of the cloud that ``endpoint`` names
    metrics_endpoint: str | None = None  # Azure Monitor's data plane; ``{location}`` in it is replaced
    prices_endpoint: str | None = None  # the public list of prices; None: Microsoft's
    ca_file: str | None = None
    subscriptions: list[str] = []  # ids or names; empty: all that are visible
    management_groups: list[str] = []  # the subscriptions below them, besides
    locations: list[str] = []  # empty: every location that holds something
    concurrency: int = 8
    skip_services: list[str] = []
