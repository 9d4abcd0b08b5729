"""The ledger's rows -> a file in FOCUS 1.2 or 1.4."""

from pathlib import Path

from skywright.adapters.bills.forms.focus import RENAMED
from skywright.adapters.bills.sql import name
from skywright.model.errors import BadInput
from skywright.model.focus import COST_AND_USAGE, FocusColumn, FocusType
from skywright.model.words import t

VERSIONS = ("1.2", "1.4")
_LATER = frozenset(
    {
        "AllocatedMethodDetails",
        "AllocatedMethodId",
        "AllocatedResourceId",
        "AllocatedResourceName",
        "AllocatedTags",
        "CommitmentProgramEligibilityDetails",
        "ContractApplied",
        "InvoiceDetailId",
    }
)
"""What came after 1.2."""

_ENDINGS = {
    ".csv": "FORMAT csv, HEADER, DELIMITER ','",
    ".csv.gz": "FORMAT csv, HEADER, DELIMITER ',', COMPRESSION gzip",
    ".parquet": "FORMAT parquet, COMPRESSION zstd",
}


def options_of(path: Path) -> tuple[str, bool]:
    """How COPY writes a file of that name, and whether it is text. Raises BadInput for an ending that is none of ours."""
    for ending, options in _ENDINGS.items():
        if path.name.lower().endswith(ending):
            return options, ending != ".parquet"
    raise BadInput(
        t("{name} ends in none of {endings}.", name=path.name, endings=", ".join(_ENDINGS)),
        where=str(path),
        next_step=t("Rename it."),
    )


def export_sql(version: str, rows: str, *, text: bool) -> str:
    """SELECT of a version's columns from ``rows`` (a table or a SELECT in brackets). Raises BadInput for a version that is not
    written."""
    if version not in VERSIONS:
        raise BadInput(
            t("FOCUS {version} is not written.", version=version),
            where="--version",
            next_step=t("Choose {versions}.", versions=t(" or ").join(VERSIONS)),
        )
    columns = [column for column in COST_AND_USAGE if version != "1.2" or column.name not in _LATER]
    return f"SELECT {', '.join(_field(column, version, text=text) for column in columns)} FROM {rows}"


def _field(column: FocusColumn, version: str, *, text: bool) -> str:
    called = RENAMED.get(column.name, column.name) if version == "1.2" else column.name
    quoted = name(column.name)
    match column.type if text else FocusType.TEXT:
        case FocusType.TIME:
            value = f"strftime({quoted}, '%Y-%m-%dT%H:%M:%SZ')"
        case FocusType.DECIMAL:
            value = f"regexp_replace({quoted}::VARCHAR, '\\.?0+$', '')"
        case FocusType.TAGS:
            value = f"to_json({quoted})::VARCHAR"
        case FocusType.TEXT | FocusType.JSON:
            value = quoted
    return f"{value} AS {name(called)}"
