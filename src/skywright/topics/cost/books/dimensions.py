"""A dimension's name -> SQL over the ledger's ``cost_and_usage``. Computed when asked, never written."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

import msgspec

from skywright.model.cost_books import BookSettings, Says, TagRules
from skywright.model.cost_dimensions import SEPARATORS, TAG, is_dimension, nearest_dimension, squashed
from skywright.model.errors import BadInput
from skywright.model.words import t

_CHARGE = "ChargeCategory || CASE WHEN ChargeClass = 'Correction' THEN ' correction' ELSE '' END"

COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "provider": "ServiceProviderName",
        "host": "HostProviderName",
        "issuer": "InvoiceIssuerName",
        "service": "ServiceName",
        "category": "ServiceCategory",
        "subcategory": "ServiceSubcategory",
        "account": "coalesce(SubAccountId, BillingAccountId)",
        "billing_account": "BillingAccountId",
        "region": "RegionId",
        "zone": "AvailabilityZone",
        "resource": "ResourceId",
        "resource_type": "ResourceType",
        "usage_type": "coalesce(SkuMeter, PricingUnit)",
        "sku": "SkuId",
        "sku_price": "SkuPriceId",
        "unit": "PricingUnit",
        "charge": _CHARGE,
        "charge_class": "coalesce(ChargeClass, 'Regular')",
        "frequency": "ChargeFrequency",
        "pricing": "PricingCategory",
        "commitment": "CommitmentDiscountId",
        "commitment_type": "CommitmentDiscountType",
        "commitment_status": "CommitmentDiscountStatus",
        "invoice": "InvoiceId",
        "currency": "BillingCurrency",
        "month": "strftime(BillingPeriodStart, '%Y-%m')",
        "day": "strftime(ChargePeriodStart, '%Y-%m-%d')",
        "workload": "coalesce(AllocatedResourceName, AllocatedResourceId)",
    }
)
"""What stands in the bill itself."""

LABELS: Mapping[str, str] = MappingProxyType(
    {
        "account": "coalesce(CASE WHEN SubAccountId IS NOT NULL THEN SubAccountName ELSE BillingAccountName END, '')",
        "billing_account": "BillingAccountName",
        "resource": "ResourceName",
        "commitment": "CommitmentDiscountName",
    }
)
"""What people call a value of a dimension that is an id."""

_MATCH = (
    "(SELECT max(k.{column}) FROM estate_match k WHERE k.billed = ResourceId"
    " AND k.owner IS NOT DISTINCT FROM lower(coalesce(SubAccountId, BillingAccountId)))"
)

JOINED: Mapping[str, str] = MappingProxyType({"estate": _MATCH.format(column="resource"), "kind": _MATCH.format(column="kind")})
"""What the estate says of what was billed; needs the view ``estate_match`` (topics.cost.matching)."""


def quoted(text: str) -> str:
    """A SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


class Condition(msgspec.Struct, frozen=True):
    """Rows whose ``dimension`` has one of ``values`` (globs, case ignored; an empty one: none at all), or, ``negated``, has not."""

    dimension: str
    values: tuple[str, ...]
    negated: bool = False


class Book:
    """How the ledger is read: every dimension as SQL, with the user's rules for tags, owners and cost centres."""

    def __init__(self, settings: BookSettings, tags: TagRules | None = None) -> None:
        self.settings = settings
        rules = tags or (settings.tags if isinstance(settings.tags, TagRules) else TagRules())
        self._spellings = {squashed(key): [key, *others] for key, others in rules.keys.items()}
        self._values = {squashed(key): spellings for key, spellings in rules.values.items()}
        self._virtual = {squashed(key): virtual for key, virtual in rules.virtual.items()}

    def sql(self, name: str) -> str:
        """The dimension as an expression that gives text or NULL. Raises BadInput for a name that is no dimension's."""
        if not is_dimension(name):
            raise unknown_dimension(name)
        if name.startswith(TAG):
            return self._tag(squashed(name.removeprefix(TAG)))
        match name:
            case "owner":
                return self._ruled(self.settings.owners) if self.settings.owners else self._tag("owner")
            case "cost_center":
                return self._ruled(self.settings.centers) if self.settings.centers else self._tag("costcenter")
            case _:
                return JOINED.get(name) or COLUMNS[name]

    def label(self, name: str) -> str:
        """What people call a value of the dimension, as an expression; empty when it speaks for itself."""
        return LABELS.get(name, "")

    def needs_estate(self, names: Iterable[str]) -> bool:
        """Whether any of these dimensions asks the estate."""
        return any("estate_match" in self.sql(name) for name in names)

    def holds(self, condition: Condition) -> str:
        """A condition as SQL that is true or false, never NULL."""
        value = self.sql(condition.dimension)
        parts = [_is(value, wanted) for wanted in condition.values]
        text = f"coalesce({' OR '.join(parts)}, false)"
        return f"NOT {text}" if condition.negated else text

    def _tag(self, key: str) -> str:
        virtual = self._virtual.get(key)
        own = self._own(key)
        if virtual is None:
            return own
        rules = [self._rule(rule, own_key=key) for rule in virtual.rules]
        match virtual.own:
            case "first":
                return f"coalesce({', '.join([own, *rules])})"
            case "last":
                return f"coalesce({', '.join([*rules, own])})"
            case _:
                return f"coalesce({', '.join([*rules, 'NULL'])})"

    def _own(self, key: str) -> str:
        """The tag that is there, whatever its spelling, with the spelling of its value mended."""
        keys = dict.fromkeys([key, *(squashed(spelling) for spelling in self._spellings.get(key, []))])
        found = [_entry(spelled) for spelled in keys]
        value = found[0] if len(found) == 1 else f"coalesce({', '.join(found)})"
        return _mended(value, self._values.get(key, {}))

    def _ruled(self, rules: list[Says]) -> str:
        return f"coalesce({', '.join([*(self._rule(rule) for rule in rules), 'NULL'])})"

    def _rule(self, rule: Says, own_key: str = "") -> str:
        value = self._given(rule, own_key)
        conditions = [self._where(name, wanted, own_key) for name, wanted in rule.where.items()]
        if rule.since:
            conditions.append(f"ChargePeriodStart >= TIMESTAMP '{rule.since} 00:00:00'")
        if rule.until:
            conditions.append(f"ChargePeriodStart < TIMESTAMP '{rule.until} 00:00:00'")
        return f"CASE WHEN {' AND '.join(conditions)} THEN {value} END" if conditions else value

    def _where(self, name: str, wanted: str | list[str], own_key: str) -> str:
        values = [wanted] if isinstance(wanted, str) else wanted
        source = self._source(name, own_key)
        return f"({' OR '.join(_is(source, value) for value in values) or 'false'})"

    def _given(self, rule: Says, own_key: str) -> str:
        if not rule.take:
            return quoted(rule.value)
        found = self._source(rule.take, own_key)
        if rule.match:
            group = 1 if _has_group(rule.match) else 0
            found = f"nullif(regexp_extract({found}, {quoted(rule.match)}, {group}), '')"
        if not rule.value:
            return found
        return f"replace({quoted(rule.value)}, '{{}}', {found})"

    def _source(self, name: str, own_key: str) -> str:
        """Another dimension; a virtual tag that looks at itself sees the tag that is there."""
        key = squashed(name.removeprefix(TAG)) if name.startswith(TAG) else ""
        return self._own(key) if key and key == own_key else self.sql(name)


def unknown_dimension(name: str, where: str = "") -> BadInput:
    """There is no such dimension; the one that looks most like it is named."""
    return BadInput(t("There is no dimension {name}.", name=name), where=where, next_step=nearest_dimension(name))


def _entry(key: str) -> str:
    """The value of a map's entry whose key, squashed, is ``key``; an empty one is none."""
    entries = f"list_filter(map_entries(Tags), lambda e: lower(translate(e.key, {quoted(SEPARATORS)}, '')) = {quoted(key)})"
    return f"nullif(trim(list_extract({entries}, 1).value), '')"


def _mended(value: str, spellings: Mapping[str, list[str]]) -> str:
    if not spellings:
        return value
    cases = " ".join(
        f"WHEN {quoted(other.lower())} THEN {quoted(name)}"
        for name, others in spellings.items()
        for other in dict.fromkeys([name, *others])
    )
    return f"coalesce(CASE lower({value}) {cases} END, {value})"


def _is(expression: str, wanted: str) -> str:
    if not wanted:
        return f"({expression}) IS NULL"
    if any(mark in wanted for mark in "*?["):
        return f"lower({expression}) GLOB {quoted(wanted.lower())}"
    return f"lower({expression}) = {quoted(wanted.lower())}"


def _has_group(pattern: str) -> bool:
    import re

    return re.compile(pattern).groups > 0
