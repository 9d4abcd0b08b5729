"""Names: an account is one container host (by its name) or one swarm (by its id); everything is in region ``global``."""

from skywright.adapters.clouds.kit import place

CLOUD = "swarm"

HOST, CLUSTER, NODE, SERVICE, POD = "compute.host", "container.cluster", "container.node", "container.service", "container.pod"
IMAGE, VOLUME, NETWORK, ENDPOINT = "container.image", "container.volume", "container.network", "container.endpoint"
SECRET, CONFIG = "container.secret", "container.config"

ENGINE, SWARM = "engine", "swarm"
"""The two services: what one host's engine tells, and what a swarm's managers tell."""


class Place(place.Place, frozen=True):
    """One container host, or one swarm."""

    CLOUD = CLOUD
    PROVIDER = "Docker"
