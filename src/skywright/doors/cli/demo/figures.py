"""What the demo found out, as one object; and how it is reckoned from what the commands answered."""

from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import msgspec

SEVERITIES = ("critical", "high", "medium", "low", "info")


class Figures(msgspec.Struct, kw_only=True):
    """Everything that the demo claims. Savings are in ``currency`` a month; None: not known."""

    clouds: list[str] = []
    resources: int = 0
    resources_by_cloud: dict[str, int] = {}
    reachable: int = 0  # from the internet
    relations_across_clouds: int = 0
    plan_clouds: list[str] = []
    findings_before: int = 0
    findings_after: int = 0
    recall: float = 0.0
    precision: float = 0.0
    planted: int = 0
    plan_changes: int = 0
    saving_promised: float | None = None
    saving_realised: float | None = None
    currency: str = "USD"
    killed: bool = False
    resumed: bool = False
    rolled_back: bool = False
    log_verified: bool = False
    tampering_found: bool = False
    bill_rows: int = 0
    bill_ties_out: bool = False  # what the ledger holds is what stood in the bill, to the last digit
    surprises_planted: int = 0
    surprises_found: int = 0
    api_calls: int = 0
    cpu_s: float = 0.0
    rss_mib: float = 0.0
    wall_s: float = 0.0
    seed: int = 1


def failing(findings: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The findings whose verdict is fail."""
    return [finding for finding in findings if finding["verdict"] == "fail"]


def by_severity(findings: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """How many fail, of each severity, the worst first."""
    counted = Counter(finding["severity"] for finding in failing(findings))
    return {severity: counted.get(severity, 0) for severity in SEVERITIES}


def claims(findings: Iterable[Mapping[str, Any]], insights: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Findings and insights as the answer sheet's score wants them."""
    from skywright.model.kinds import parse_id

    made = [
        {
            "rule": str(finding["rule"]),
            "cloud": cloud_of(finding["resource"]),
            **{key: str(finding[key]) for key in ("account", "region", "kind", "native_id")},
        }
        for finding in failing(findings)
    ]
    for insight in insights:
        name = parse_id(insight["resource"])
        made.append(
            {
                "rule": f"insight:{insight['id'].rpartition('-')[0]}",
                "cloud": name.cloud,
                "account": name.account,
                "region": name.region,
                "kind": name.kind,
                "native_id": name.native_id,
            }
        )
    return made


def cloud_of(identifier: str) -> str:
    """The cloud of a resource, by its id."""
    return identifier.partition(":")[0]


def amount(money: Mapping[str, Any] | None) -> float | None:
    """Money as it comes in JSON -> its amount, rounded to cents; None stays None."""
    return None if money is None else round(float(Decimal(str(money["amount"]))), 2)
