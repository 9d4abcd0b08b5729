"""Calls that moto does not know and that a careful reader makes: an account's defaults, and reserved instances.

Sources: the Amazon EC2 API reference, GetSnapshotBlockPublicAccessState, GetImageBlockPublicAccessState,
GetInstanceMetadataDefaults, DescribeReservedInstances. The state is kept beside moto's, for each account and region.
"""

from collections.abc import Callable
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.responses import EC2Response
from moto.elasticache.responses import ElastiCacheResponse
from moto.rds.responses import RDSResponse

from skywright.lab.aws.strict.patch import put

_SNAPSHOTS, _IMAGES = "snapshots", "images"
_STATES: dict[tuple[str, str, str], str] = {}
_DEFAULTS: dict[tuple[str, str], dict[str, str]] = {}


def install() -> None:
    """Add them."""
    added: dict[str, Callable[[Any], Any]] = {
        "get_snapshot_block_public_access_state": lambda asked: _answer({"State": _state(asked, _SNAPSHOTS, "unblocked")}),
        "enable_snapshot_block_public_access": lambda asked: _set(asked, _SNAPSHOTS, _param(asked, "State")),
        "disable_snapshot_block_public_access": lambda asked: _set(asked, _SNAPSHOTS, "unblocked"),
        "get_image_block_public_access_state": _images,
        "enable_image_block_public_access": lambda asked: _set(asked, _IMAGES, _param(asked, "ImageBlockPublicAccessState")),
        "disable_image_block_public_access": lambda asked: _set(asked, _IMAGES, "unblocked"),
        "get_instance_metadata_defaults": lambda asked: _answer({"AccountLevel": _DEFAULTS.get(_place(asked), {})}),
        "modify_instance_metadata_defaults": _modify_defaults,
        "describe_reserved_instances": lambda _asked: _answer({"ReservedInstances": []}),  # the company has none
    }
    for name, made in added.items():
        put(EC2Response, name, made)
    # the company has reserved nothing else either
    put(RDSResponse, "describe_reserved_db_instances", lambda _asked: _answer({"ReservedDBInstances": []}))
    put(ElastiCacheResponse, "describe_reserved_cache_nodes", lambda _asked: _answer({"ReservedCacheNodes": []}))


def _answer(result: dict[str, Any]) -> Any:
    return ActionResult(result)


def _param(asked: Any, name: str) -> str:
    return str(asked._get_param(name) or "")  # noqa: SLF001 - moto's own way


def _place(asked: Any) -> tuple[str, str]:
    return (asked.current_account, asked.region)


def _state(asked: Any, what: str, otherwise: str) -> str:
    return _STATES.get((*_place(asked), what), otherwise)


def _set(asked: Any, what: str, state: str) -> Any:
    _STATES[(*_place(asked), what)] = state
    return _answer({"State": state} if what == _SNAPSHOTS else {"ImageBlockPublicAccessState": state})


def _images(asked: Any) -> Any:
    return _answer({"ImageBlockPublicAccessState": _state(asked, _IMAGES, "block-new-sharing")})


def _modify_defaults(asked: Any) -> Any:
    given = {name: _param(asked, name) for name in ("HttpTokens", "HttpPutResponseHopLimit", "HttpEndpoint")}
    _DEFAULTS.setdefault(_place(asked), {}).update({name: value for name, value in given.items() if value})
    return _answer({"Return": True})
