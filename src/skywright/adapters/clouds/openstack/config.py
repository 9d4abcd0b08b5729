"""What a user may set under ``clouds.openstack``. Everything is optional: without it clouds.yaml and ``OS_*`` decide."""

from skywright.model.settings_base import Strict


class OpenstackConfig(Strict, frozen=True):
    """The OpenStack section. Empty: the cloud that ``OS_CLOUD`` or the ``OS_*`` variables name (or the only one of clouds.yaml),
    its own project, every region of its catalogue.

    With more than one cloud a region is named ``<cloud>.<region>``, since two clouds may use the same name.
    """

    clouds: list[str] = []  # names of clouds.yaml
    config_file: str | None = None  # a clouds.yaml elsewhere than where openstacksdk looks
    regions: list[str] = []  # as the catalogue names them; empty: all
    all_projects: bool = False  # read every project of the cloud; needs an administrator's login
    skip_projects: list[str] = []  # ids, with ``all_projects``
    concurrency: int = 8
    timeout_s: float = 60.0  # of one call, where clouds.yaml sets none
    skip_services: list[str] = []  # service types as openstacksdk names them: compute, block-storage, ...
