"""JSON as programs give it -> one object a line, numbers as they were written."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from skywright.model.errors import BadInput
from skywright.model.words import t

_PEEK_BYTES = 1 << 16


def flat(path: Path, work: Path, name: str) -> Path:
    """A file of one object a line is left as it is; an array of objects, or an answer that holds them under ``data`` (a list, or
    objects by name, or lists of such), becomes one. Raises BadInput with the line for what is no JSON, or holds no objects."""
    if _by_line(path):
        return path
    try:
        document = json.loads(path.read_text("utf-8-sig"), parse_float=str)
    except json.JSONDecodeError as error:
        raise BadInput(
            t("is not JSON: {reason}.", reason=error.msg),
            where=f"{name}:{error.lineno}",
            next_step=t("Mend it, or fetch it again."),
        ) from error
    except RecursionError as error:
        raise BadInput(t("is nested too deeply."), where=name, next_step=t("Flatten it.")) from error
    rows = list(_objects(document))
    if not rows:
        raise BadInput(t("holds no objects."), where=name, next_step=t("One object is one row of a bill."))
    draft = work / f"{path.name}.lines"
    draft.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return draft


def odd_line(path: Path, name: str) -> BadInput | None:
    """What is wrong with the first line that is no JSON object, of a file of one a line."""
    with path.open(encoding="utf-8-sig") as file:
        for number, line in enumerate(file, 1):
            try:
                if not line.strip() or isinstance(json.loads(line), dict):
                    continue
                reason = t("it is no object")
            except json.JSONDecodeError as error:
                reason = error.msg
            return BadInput(
                t("The line is no JSON object: {reason}.", reason=reason),
                where=f"{name}:{number}",
                next_step=t("Mend it, or fetch it again; nothing was imported."),
            )
    return None


def _by_line(path: Path) -> bool:
    """Whether the first line is a whole object and is not all there is, or is no answer that holds others."""
    with path.open("rb") as file:
        first = file.readline(_PEEK_BYTES * 256).strip().removeprefix(b"\xef\xbb\xbf")
        more = bool(file.read(_PEEK_BYTES).strip())
    try:
        row = json.loads(first)
    except ValueError:
        return False
    return isinstance(row, dict) and (more or "data" not in row)


def _objects(document: Any) -> Iterator[dict[str, Any]]:
    match document:
        case {"data": inner}:
            yield from _objects(inner)
        case list():
            for part in document:
                yield from _objects(part)
        case dict() if document and all(isinstance(part, dict) for part in document.values()):
            yield from document.values()
        case dict() if document:
            yield document
        case _:
            return
