"""What the tests of the rails are about: three resources, and a place that could not be read."""

from skywright.model.estate import Coverage, CoverageState

from .conftest import NOW, rid

VOLUME, INSTANCE, ADDRESS = rid("storage.volume", "vol-1"), rid("compute.instance", "i-1"), rid("network.address", "eip-1")


def gap(kind, state=CoverageState.DENIED, region="r", **more):
    return Coverage("aws", "1", region, kind, state, NOW, **more)
