"""What a user may set under ``clouds.gcp``. Everything is optional: without it the standard Google Cloud environment decides."""

from skywright.model.settings import SecretRef
from skywright.model.settings_base import Strict


class GcpConfig(Strict, frozen=True):
    """The Google Cloud section. Empty: application default credentials, the project of the environment, every region.

    ``endpoint`` takes the place of every service's own address; ``{service}`` in it becomes the service's name (``compute``,
    ``sqladmin``), so that one server can hold them all: ``http://127.0.0.1:8080/{service}``. What follows is as Google documents
    it (``.../compute/v1/projects/...``). A single service is moved as gcloud does it, by the environment variable
    ``CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE=https://.../compute/v1/``.
    """

    projects: list[str] = []  # ids
    organization: str | None = None  # its number: every project below it is in scope
    folders: list[str] = []  # numbers: every project below them is in scope
    skip_projects: list[str] = []
    regions: list[str] = []  # empty: all
    credentials_file: str | None = None
    impersonate: str | None = None  # e-mail address of a service account
    quota_project: str | None = None  # who pays for the calls
    token: SecretRef | None = None  # a ready access token, used as it is
    anonymous: bool = False  # for an emulator that asks for no token
    endpoint: str | None = None
    assets: bool = True  # list through Cloud Asset Inventory where it is allowed
    concurrency: int = 8
    skip_services: list[str] = []
