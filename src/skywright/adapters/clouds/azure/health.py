"""Are resources well, by Azure's own word: Resource Health, and besides the members of balancers."""

from collections.abc import Sequence
from typing import Any

from skywright.adapters.clouds.azure.calls import ArmCalls
from skywright.adapters.clouds.azure.ids import path_of
from skywright.adapters.clouds.azure.read.instances import power_state
from skywright.adapters.clouds.kit import translate as tr
from skywright.model.errors import NotThere, SkywrightError
from skywright.model.kinds import parse_id
from skywright.model.words import t
from skywright.ports.cloud import Health

# https://learn.microsoft.com/azure/service-health/resource-health-overview#health-status
BY_SOMEBODY = ("userinitiated", "customerinitiated")
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
        return _by_power(calls, target, path)
    except SkywrightError as error:
        return Health(target, None, str(error))
    state = tr.said(said, "properties", "availabilityState")
    well = WELL.get(state.lower())
    if well is False and tr.said(said, "properties", "reasonType").replace(" ", "").lower() in BY_SOMEBODY:
        well = None  # what somebody has switched off is not ill
    return Health(target, well, "" if well else tr.said(said, "properties", "summary") or state)


def _by_power(calls: ArmCalls, target: str, path: str) -> Health:
    """Where Resource Health keeps nothing: whether a machine runs, and of anything else how its last operation ended."""
    name = parse_id(target)
    expand = "?$expand=instanceView" if name.kind == "compute.instance" else ""
    try:
        raw = calls.request("GET", name.account, path + expand)
    except NotThere:
        return Health(target, None, t("It does not exist."))  # whether it should is not for its health to say
    except SkywrightError as error:
        return Health(target, None, str(error))
    return _judged(target, raw)


def _judged(target: str, raw: dict[str, Any]) -> Health:
    own = raw.get("properties")
    state = tr.said(own, "provisioningState").lower()
    if state == "failed":
        return Health(target, False, t("Its last operation failed."))
    power = power_state(own) if isinstance(own, dict) else ""
    if parse_id(target).kind == "compute.instance" and power:
        return Health(target, True if power == "running" else None, "" if power == "running" else t("It is {power}.", power=power))
    return Health(target, True if state == "succeeded" else None)
