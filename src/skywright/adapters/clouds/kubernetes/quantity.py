"""Quantities as Kubernetes spells them (``250m``, ``1.5Gi``, ``1e3``) -> numbers, and back.

Source: "Quantity" in the Kubernetes API reference (resource.Quantity).
"""

import math
import re
from decimal import Decimal

_SHAPE = re.compile(r"^([+-]?(?:\d+\.?\d*|\.\d+))(?:(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE])|[eE]([+-]?\d{1,3}))?$")
_BINARY = {suffix: Decimal(1024) ** power for power, suffix in enumerate(("Ki", "Mi", "Gi", "Ti", "Pi", "Ei"), 1)}
_DECIMAL = {suffix: Decimal(10) ** power for suffix, power in zip("numkMGTPE", (-9, -6, -3, 3, 6, 9, 12, 15, 18), strict=True)}
_FACTORS = {**_BINARY, **_DECIMAL}

MEBI = Decimal(1024) ** 2
GIBI = Decimal(1024) ** 3
UNSET = -1
"""What a row says where no request or limit is set."""


def quantity(value: object) -> Decimal | None:
    """The number that a quantity stands for; None where it is none."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    found = _SHAPE.match(str(value).strip())
    if not found:
        return None
    factor = _FACTORS[found[2]] if found[2] else Decimal(10) ** int(found[3] or 0)
    return Decimal(found[1]) * factor


def millis(value: object) -> int | None:
    """Thousandths of a processor, rounded up as the API does."""
    number = quantity(value)
    return None if number is None else math.ceil(number * 1000)


def mib(value: object) -> int | None:
    """MiB of memory, rounded up."""
    number = quantity(value)
    return None if number is None else math.ceil(number / MEBI)


def gib(value: object) -> float | None:
    """GiB of storage."""
    number = quantity(value)
    return None if number is None else round(float(number / GIBI), 3)


def count(value: object) -> int | None:
    """A whole number of things."""
    number = quantity(value)
    return None if number is None else int(number)


def spell_millis(value: int) -> str:
    """Thousandths of a processor as a quantity in its shortest form, so that the API gives back what was sent."""
    return str(value // 1000) if value % 1000 == 0 else f"{value}m"


def spell_mib(value: int) -> str:
    """MiB as a quantity in its shortest form."""
    return f"{value // 1024}Gi" if value % 1024 == 0 and value else f"{value}Mi"
