"""Nouns of what is not there yet: a plan of another tool, or a manifest, as resources that can be priced."""

from decimal import Decimal
from typing import Any

import msgspec


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """Something that costs, in one state: a kind with its columns, and how much of it there is. ``columns`` without a value are not
    known yet (the other tool will know them after it ran)."""

    cloud: str
    region: str
    kind: str
    columns: dict[str, Any]
    quantity: Decimal = Decimal(1)
    note: str = ""


class Sketched(msgspec.Struct, frozen=True, kw_only=True):
    """One address of the other tool's: the parts that it has, and those that it will have. A part's name says which it is: the disk
    ``root`` before is the disk ``root`` after. ``unpriced`` says why it cannot be priced at all; empty: it can."""

    address: str
    type: str
    action: str  # create, update, replace, delete, keep
    before: dict[str, Part] = {}
    after: dict[str, Part] = {}
    unpriced: str = ""


class Sketch(msgspec.Struct, frozen=True, kw_only=True):
    """All that a file says. ``form``: terraform, kubernetes."""

    form: str
    source: str
    items: tuple[Sketched, ...]
    remarks: tuple[str, ...] = ()
