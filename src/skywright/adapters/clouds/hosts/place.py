"""Names: an account is a site; a host's own id is its alias; everything is in region ``global``."""

from skywright.adapters.clouds.kit import place

CLOUD = "hosts"
HOST = "compute.host"
SSH = "ssh"


class Place(place.Place, frozen=True):
    """One site."""

    CLOUD = CLOUD
    PROVIDER = "The host"
