"""What may be committed to: the packaged table of offers, with the user's own laid over it."""

import csv
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from io import StringIO
from pathlib import Path

from msgspec.structs import replace

from skywright.model.commitment import Basis, Offer
from skywright.model.errors import BadInput
from skywright.model.words import t

PACKAGED = Path(__file__).parent / "data" / "commitments.csv"
COLUMNS = (
    "product",
    "provider",
    "region",
    "match",
    "term_months",
    "payment",
    "ratio",
    "upfront",
    "order",
    "unit",
    "source",
    "dated",
)
OPTIONAL = ("system", "basis", "plan")
UNITS = ("instance", "money")
TERMS = (1, 12, 36, 60)


def offers(asked: Path | None = None, own: Path | None = None) -> tuple[Offer, ...]:
    """The packaged offers, those that providers were asked for, and the user's own; of two of the same product, place, term and
    payment the later one's word counts. Raises BadInput with file and line."""
    found = {_key(one): one for one in read(PACKAGED)}
    for layer, path in enumerate((asked, own), 1):
        if path is not None:
            found |= {_key(one): replace(one, layer=layer) for one in read(path)}
    return tuple(found.values())


def written(found: Iterable[Offer]) -> str:
    """Offers as CSV that ``offers`` reads."""
    text = StringIO()
    lines = csv.DictWriter(text, (*COLUMNS, *OPTIONAL), lineterminator="\n")
    lines.writeheader()
    lines.writerows({column: getattr(one, column) for column in (*COLUMNS, *OPTIONAL)} for one in found)
    return text.getvalue()


def _key(one: Offer) -> tuple[object, ...]:
    return one.product, one.provider, one.region, one.match, one.term_months, one.payment


def read(path: Path) -> list[Offer]:
    """A file of offers. Raises BadInput with file and line."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines, strict=True)
            missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
            if missing:
                message = t("Columns are missing: {missing}.", missing=", ".join(missing))
                columns = {"columns": ", ".join(COLUMNS), "more": ", ".join(OPTIONAL)}
                raise BadInput(
                    message, where=f"{path}:1", next_step=t("The header names {columns}, and may name {more}.", **columns)
                )
            return [_offer(row, f"{path}:{reader.line_num}") for row in reader]
    except UnicodeDecodeError as error:
        raise BadInput(t("The file of offers is not UTF-8 text."), where=str(path), next_step=t("Save it as UTF-8.")) from error
    except (OSError, csv.Error) as error:
        why = (error.strerror if isinstance(error, OSError) else None) or error
        raise BadInput(t("The file of offers cannot be read: {why}.", why=why), where=str(path), next_step=t("Mend it.")) from error


def _offer(row: dict[str, str | None], where: str) -> Offer:
    said = {column: (row.get(column) or "").strip() for column in (*COLUMNS, *OPTIONAL)}
    ratio, upfront = _share(said["ratio"], "ratio", where), _share(said["upfront"], "upfront", where)
    if ratio in (0, 1):
        raise BadInput(t("A ratio of {ratio} saves nothing or everything.", ratio=ratio), where=where, next_step=_RATIO)
    if said["term_months"] not in map(str, TERMS):
        message = t("{text} is no term in months.", text=repr(said["term_months"]))
        raise BadInput(message, where=where, next_step=t("Write one of {terms}.", terms=", ".join(map(str, TERMS))))
    if said["unit"] not in UNITS or not said["order"].isdecimal():
        message = t("unit is one of {units}, and order a whole number.", units=", ".join(UNITS))
        raise BadInput(message, where=where, next_step=t("Mend the row."))
    if said["basis"] not in ("", *Basis):
        message = t("basis {text} is none of {known}.", text=repr(said["basis"]), known=", ".join(Basis))
        raise BadInput(message, where=where, next_step=t("Leave it empty for prices of your own."))
    if said["plan"] and len(said["plan"].split()) != 2:
        message = t("plan {text} is not a region and a type of machine.", text=repr(said["plan"]))
        raise BadInput(message, where=where, next_step=t("Write both, as in `* *.*`, or leave it empty."))
    return Offer(
        product=said["product"],
        provider=said["provider"],
        region=said["region"],
        match=said["match"],
        payment=said["payment"],
        unit=said["unit"],
        source=said["source"],
        dated=said["dated"],
        system=said["system"] or "*",
        basis=Basis(said["basis"] or Basis.PRICE),
        term_months=int(said["term_months"]),
        ratio=ratio,
        upfront=upfront,
        order=int(said["order"]),
        plan=said["plan"],
    )


_RATIO = t("Give the committed price over the on-demand price: 0.63 for 37 % off.")


def _share(text: str, column: str, where: str) -> Decimal:
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or not 0 <= value <= 1:
        message = t("{column} {text} is not a number from 0 to 1.", column=column, text=repr(text))
        raise BadInput(message, where=where, next_step=t("Mend the row."))
    return value
