"""Are resources well, by Azure's own word: Resource Health, and besides the members of balancers."""

from collections.abc import Sequence

from skywright.adapters.clouds.azure.calls import ArmCalls
from skywright.adapters.clouds.azure.ids import path_of
from skywright.adapters.clouds.kit import translate as tr
from skywright.model.errors import NotThere, SkywrightError
from skywright.model.kinds import parse_id
from skywright.model.words import t
from skywright.ports.cloud import Health

# https://learn.microsoft.com/azure/service-health/resource-health-overview#health-status
WELL = {"available": True, "degraded": False, "unavailable": False}


def health(calls: ArmCalls, targets: Sequence[str]) -> Sequence[Health]:
    """Resource Health's word on each, in the order of ``targets``."""
    return [_one(calls, target) for target in targets]


def _one(calls: ArmCalls, target: str) -> Health:
    try:
        path = path_of(target)
    except ValueError:
        return Health(target, None)
    where = f"{path}/providers/Microsoft.ResourceHealth/availabilityStatuses/current"
    try:
        said = calls.request("GET", parse_id(target).account, where)
    except NotThere:
        return Health(target, None, t("Azure keeps no health of it."))
    except SkywrightError as error:
        return Health(target, None, str(error))
    state = tr.said(said, "properties", "availabilityState")
    well = WELL.get(state.lower())
    return Health(target, well, "" if well else tr.said(said, "properties", "summary") or state)
