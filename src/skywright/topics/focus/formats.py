"""What FOCUS's attributes say of a value's form, as regular expressions (RE2).

Sources: FOCUS 1.2, attributes Numeric Format, Date/Time Format, Unit Format, Currency Format; ISO 4217 (data/SOURCE.md).
"""

from functools import lru_cache
from importlib import resources

NUMBER = r"[+-]?([0-9]*[.])?[0-9]+([eE][+-]?[0-9]+)?"
"""An integer, a decimal or a number in scientific notation."""

_SIZES = "b|Kb|Mb|Gb|Tb|Pb|Eb|B|KB|MB|GB|TB|PB|EB|Kib|Mib|Gib|Tib|Pib|Eib|KiB|MiB|GiB|TiB|PiB|EiB"
_TIME, _TIMES = "Year|Month|Day|Hour|Minute|Second", "Years|Months|Days|Hours|Minutes|Seconds"
_COUNTED = r"[A-Za-z][A-Za-z0-9]*(\s+[A-Za-z][A-Za-z0-9]*)*"
_PLAIN = f"({_SIZES}|{_COUNTED})"
UNIT = "|".join(
    f"({form})"
    for form in (
        f"({_SIZES}|{_TIME}|{_TIMES}|{_COUNTED})",
        f"{_PLAIN}-({_TIMES})",
        f"({_SIZES}|{_COUNTED}|{_TIMES})/({_TIME})",
        f"[0-9]+ ({_SIZES}|{_TIME}|{_TIMES}|{_COUNTED})",
        f"({_SIZES}|{_COUNTED}|{_TIMES})/[0-9]+ ({_TIMES})",
    )
)
"""A unit: alone, by time (GB-Hours), as a rate (GB/Hour), with a quantity (1000 Requests), as a rate over an interval."""

TERMS = tuple(
    term
    for term in (
        *_SIZES.split("|"),
        *_TIME.split("|"),
        "Count",
        "Unit",
        "Request",
        "Token",
        "Connection",
        "Certificate",
        "Domain",
        "Core",
    )
    for term in ((term,) if term in _SIZES.split("|") else (term, f"{term}s"))
)
"""The units that FOCUS lists, in both numbers."""

PLACEHOLDERS = ("n/a", "na", "not applicable", "none", "null", "nil", "-", "--", "undefined", "nan", "#n/a", "tbd")
"""What people write for nothing; FOCUS asks for NULL."""

PROPERTIES = {
    "CoreCount": True,
    "DiskMaxIops": True,
    "DiskSpace": True,
    "DiskType": False,
    "GpuCount": True,
    "InstanceType": False,
    "InstanceSeries": False,
    "MemorySize": True,
    "NetworkMaxIops": True,
    "NetworkMaxThroughput": True,
    "OperatingSystem": False,
    "Redundancy": False,
    "StorageClass": False,
}
"""FOCUS's own properties of a price (SkuPriceDetails), and whether they are numbers (FOCUS 1.2, column SKU Price Details)."""

SIMPLE = {
    "Decimal": "-?[0-9]+([.][0-9]+)?",
    "DateTime": "[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9]Z",
}
"""Forms that break no rule about numbers or times: where a column has nothing else, nothing else need be asked of it."""


@lru_cache(maxsize=1)
def currencies() -> tuple[str, ...]:
    """Codes of ISO 4217: the active ones, and those withdrawn since FOCUS 1.2's list was drawn up."""
    return tuple(resources.files(__package__).joinpath("data/iso-4217.text").read_text().split())
