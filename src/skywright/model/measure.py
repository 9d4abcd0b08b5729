"""A measure: SQL that finds what is worth doing about resources of one kind, with its thresholds and where they come from."""

from typing import Any

import msgspec

from skywright.model.finding import InsightType


class Measure(msgspec.Struct, frozen=True, kw_only=True):
    """One question to an estate. ``sql`` gives one row a resource: resource, confidence, "set" (a struct of desired columns, or
    NULL), evidence (a list of structs like model.finding.Evidence), saving (a month, or NULL), currency, note.

    ``params`` are the thresholds that ``sql`` names as ``$name``; users override them (``insights.params``). ``source`` says
    where they come from. ``delete``: the resource is not needed at all.
    """

    name: str
    type: InsightType
    kind: str
    title: str
    sql: str
    source: str
    params: dict[str, Any] = {}
    delete: bool = False
