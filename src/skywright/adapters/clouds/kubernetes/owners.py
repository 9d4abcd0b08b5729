"""A node's providerID -> the id of the machine in the cloud that owns it, as far as it says enough.

The cloud providers' own spellings: ``gce://<project>/<zone>/<name>``, ``azure:///subscriptions/...``,
``aws:///<zone>/<instance>`` (no account), ``openstack://<region>/<uuid>`` (no project). What lacks a part stays unknown, and is
matched by ``provider_id``.
"""

import re

from skywright.model.kinds import resource_id

INSTANCE = "compute.instance"
_GOOGLE = re.compile(r"^gce://(?P<project>[^/]+)/(?P<zone>[^/]+)/(?P<name>[^/]+)$")
_AZURE = re.compile(
    r"^azure:///subscriptions/(?P<subscription>[^/]+)/resourceGroups/(?P<group>[^/]+)/providers/Microsoft\.Compute/"
    r"(?:virtualMachineScaleSets/(?P<set>[^/]+)/)?virtualMachines/(?P<name>[^/]+)$",
    re.IGNORECASE,
)


def machine(provider_id: str, region: str) -> str | None:
    """The full id; "" for a machine of no cloud, None where the provider's id does not say enough. ``region``: as the node's own
    labels have it, which Azure's id does not."""
    if not provider_id:
        return ""
    if found := _GOOGLE.match(provider_id):
        zone = found["zone"]
        return resource_id("gcp", found["project"], zone.rpartition("-")[0], INSTANCE, f"{zone}/{found['name']}")
    if (found := _AZURE.match(provider_id)) and region:
        parts = [found["group"], f"member:{found['set']}" if found["set"] else "", found["name"]]
        return resource_id("azure", found["subscription"].lower(), region, INSTANCE, "/".join(filter(None, parts)).lower())
    return None
