"""MaxResults and NextToken on every list of EC2, where moto gives everything at once.

Source: the Amazon EC2 API reference, "Pagination"; which lists page is read from botocore's own paginators.
"""

import base64
from typing import Any

from moto.ec2.exceptions import EC2ClientError
from moto.ec2.responses import EC2Response

from skywright.lab.aws.strict.patch import put


def install() -> None:
    """Cut the lists that moto left whole."""
    whole = EC2Response.serialized
    put(EC2Response, "serialized", lambda asked, answer: whole(asked, _cut(asked, answer)))


def _cut(asked: Any, answer: Any) -> Any:
    """One page of an answer; unchanged when it does not page, or when moto has paged it."""
    key = _list_keys().get(asked._get_action())  # noqa: SLF001 - the only place where moto says what was asked
    found = answer.result
    if not key or not isinstance(found, dict) or found.get("NextToken"):
        return answer
    rows, size = found.get(key), asked.querystring.get("MaxResults", [""])[0]
    if not isinstance(rows, list) or not size or _paged_by_moto(asked):
        return answer
    start = _start(asked.querystring.get("NextToken", [""])[0])
    found[key] = rows[start : start + int(size)]
    if start + int(size) < len(rows):
        found["NextToken"] = base64.b64encode(f"lab:{start + int(size)}".encode()).decode()
    return answer


def _paged_by_moto(asked: Any) -> bool:
    token = asked.querystring.get("NextToken", [""])[0]
    return asked._get_action() in ("DescribeInstances", "DescribeReservedInstances") or bool(token and not _ours(token))  # noqa: SLF001


def _ours(token: str) -> bool:
    try:
        return base64.b64decode(token, validate=True).startswith(b"lab:")
    except ValueError:
        return False


def _start(token: str) -> int:
    if not token:
        return 0
    if not _ours(token):
        raise EC2ClientError("InvalidNextToken", "The token is invalid.")
    return int(base64.b64decode(token).decode().removeprefix("lab:"))


_KEYS: dict[str, str] = {}


def _list_keys() -> dict[str, str]:
    """Operation -> the key of its list, from botocore's paginators; read once."""
    if not _KEYS:
        from moto.core.utils import get_pagination_model

        for operation, page in get_pagination_model("ec2").items():
            if isinstance(page.get("result_key"), str) and page.get("output_token") == "NextToken":
                _KEYS[operation] = page["result_key"]
    return _KEYS
