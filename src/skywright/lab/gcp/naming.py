"""Under which key a new resource is kept, and what of a request's body is the resource."""

import re
from typing import Any

from skywright.lab.gcp.refusals import Refusal
from skywright.lab.gcp.routes import Call
from skywright.lab.gcp.world import World

COMPUTE_NAME = re.compile(r"^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$")
BUCKET_NAME = re.compile(r"^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$")


def named(world: World, call: Call) -> tuple[str, dict[str, Any]]:
    """The key and the resource of an insert or create. Raises 400 for a name that is no name."""
    match call.service, call.collection:
        case "iam", "serviceAccounts":
            email = f"{call.body.get('accountId')}@{call.project}.iam.gserviceaccount.com"
            return f"{call.key}/{email}", dict(call.body.get("serviceAccount") or {})
        case "iam", "keys":
            return f"{call.key}/{world.store.next_id()}", _service_account_key(world)
        case "storage", "b":
            return _bucket(world, call)
        case "bigquery", "datasets":
            return f"{call.key}/{call.body['datasetReference']['datasetId']}", dict(call.body)
        case "container", "clusters":
            cluster = dict(call.body.get("cluster") or {})
            return f"{call.key}/{cluster.get('name')}", cluster
        case _:
            return _plain(world, call)


def _plain(world: World, call: Call) -> tuple[str, dict[str, Any]]:
    """By the name that the request gives, or one that the service makes up."""
    if call.method.http == "PUT":
        return call.key, unwrapped(call)[0]
    name = _given(call) or world.store.next_id()
    if call.service == "compute" and not COMPUTE_NAME.match(name):
        text = f"Invalid value for field 'resource.name': '{name}'. Must be a match of regex '{COMPUTE_NAME.pattern.strip('^$')}'"
        raise Refusal(400, text)
    return f"{call.key}/{name}", {key: value for key, value in call.body.items() if key != "name"}


def unwrapped(call: Call) -> tuple[dict[str, Any], str]:
    """The resource in the body, and the mask of fields. (Some requests carry both: ``{"topic": ..., "updateMask": ...}``.)"""
    mask = str(call.params.get("updateMask", ""))
    request = call.document.schema(call.method.request.ref).properties if call.method.request.ref else {}
    inner = [name for name, part in request.items() if part.ref]
    if "updateMask" in request and len(request) == len(inner) + 1 == 2:
        return dict(call.body.get(inner[0]) or {}), str(call.body.get("updateMask", mask))
    return dict(call.body), mask


def _given(call: Call) -> str:
    """The name that the request gives: in the query (``secretId``) or in the body."""
    ids = [str(value) for name, value in call.params.items() if name.endswith("Id") and name != "requestId"]
    return (ids[0] if ids else "") or str(call.body.get("name", "")).rsplit("/", 1)[-1]


def _bucket(world: World, call: Call) -> tuple[str, dict[str, Any]]:
    name = str(call.body.get("name", ""))
    if not BUCKET_NAME.match(name):
        raise Refusal(400, f"Invalid bucket name: '{name}'")
    project = world.store.get(f"cloudresourcemanager/projects/{call.project}") or {}
    number = str(project.get("name", "projects/0")).partition("/")[2]
    defaults: dict[str, Any] = {"location": "US", "locationType": "multi-region", "projectNumber": number}
    defaults |= {"iamConfiguration": {"publicAccessPrevention": "inherited", "uniformBucketLevelAccess": {"enabled": False}}}
    defaults |= {"softDeletePolicy": {"retentionDurationSeconds": "604800"}}
    return f"storage/b/{name}", {**defaults, **call.body}


def _service_account_key(world: World) -> dict[str, Any]:
    return {
        "keyAlgorithm": "KEY_ALG_RSA_2048",
        "keyOrigin": "GOOGLE_PROVIDED",
        "keyType": "USER_MANAGED",
        "validAfterTime": world.store.stamp(),
        "validBeforeTime": "9999-12-31T23:59:59Z",
    }
