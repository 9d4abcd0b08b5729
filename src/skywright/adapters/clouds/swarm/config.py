"""What a user may set under ``clouds.swarm``. Everything is optional: without it Docker's own environment decides."""

from skywright.model.settings_base import Strict


class DockerTls(Strict, frozen=True):
    """Certificates for a host that is reached by TCP: paths of PEM files."""

    ca: str | None = None
    cert: str | None = None
    key: str | None = None
    verify: bool = True


class DockerHost(Strict, frozen=True):
    """One container host. ``host`` as in DOCKER_HOST (unix://, tcp://, http://, ssh://), or a ``context`` of the Docker CLI;
    neither: as the environment says. ``name`` is the account under which it appears; without it: the context's or the host's."""

    name: str | None = None
    host: str | None = None
    context: str | None = None
    tls: DockerTls | None = None

    def __post_init__(self) -> None:
        if self.host and self.context:
            raise ValueError("a Docker host is named by host or by context, not by both")


class SwarmConfig(Strict, frozen=True):
    """The Docker section. Empty: the one host that DOCKER_HOST, DOCKER_CONTEXT or the Docker CLI's configuration names."""

    hosts: list[DockerHost] = []
    timeout_s: float = 30.0
    concurrency: int = 8
    skip_services: list[str] = []  # engine, swarm
