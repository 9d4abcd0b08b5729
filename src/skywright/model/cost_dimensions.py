"""By what costs can be told apart: the names of the dimensions, and how a name is written."""

import difflib
from collections.abc import Iterable

from skywright.model.words import t

TAG = "tag:"
"""``tag:team`` is the tag ``team``, normalised and with the virtual tags."""

DIMENSIONS: dict[str, str] = {
    "provider": "who provides the service",
    "host": "whose machines it runs on",
    "issuer": "who sends the invoice",
    "service": "the service",
    "category": "FOCUS's category of the service",
    "subcategory": "FOCUS's subcategory of the service",
    "account": "the sub account, else the billing account",
    "billing_account": "the account that is billed",
    "region": "the region",
    "zone": "the availability zone",
    "resource": "the resource, as the bill names it",
    "resource_type": "the type of the resource, as the bill names it",
    "usage_type": "the meter, else the unit that is priced",
    "sku": "what is sold",
    "sku_price": "what is sold, at one price",
    "unit": "the unit that is priced",
    "charge": "usage, purchase, tax, credit or adjustment; corrections apart",
    "charge_class": "correction, or regular",
    "frequency": "one-time, recurring or by usage",
    "pricing": "standard, dynamic, committed or other",
    "commitment": "the commitment discount",
    "commitment_type": "the type of the commitment discount",
    "commitment_status": "used, or unused",
    "invoice": "the invoice",
    "currency": "the currency of the bill",
    "month": "the billing month",
    "day": "the day of the charge",
    "workload": "the workload that the bill itself allocates to",
    "owner": "who owns it, by the rules of cost.owners",
    "cost_center": "who pays for it, by the rules of cost.centers",
    "estate": "the estate's resource that is billed",
    "kind": "the kind of the estate's resource",
}
"""Name -> what it means. Beside them stands ``tag:KEY`` for every key."""


def squashed(key: str) -> str:
    """A tag's key without what people write differently: upper and lower case, and ``-_.:/`` and spaces."""
    return key.lower().translate(str.maketrans("", "", SEPARATORS))


SEPARATORS = "-_.:/ "
"""What may stand between the words of a tag's key."""


def is_dimension(name: str) -> bool:
    """Whether a name is one of a dimension."""
    return name in DIMENSIONS or (name.startswith(TAG) and bool(squashed(name.removeprefix(TAG))))


def nearest_dimension(name: str, known: Iterable[str] = ()) -> str:
    """A hint at the dimension that looks most like ``name``."""
    choices = [*DIMENSIONS, *known]
    close = difflib.get_close_matches(name.lower().replace("-", "_"), choices, n=1, cutoff=0.6)
    if close:
        return t("Did you mean {near}?", near=close[0])
    return t("There are: {names}, and tag:KEY.", names=", ".join(DIMENSIONS))
