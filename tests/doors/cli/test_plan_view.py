"""A plan as people see it, line for line."""
# ruff: noqa: E501 - samples read best on one line

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import msgspec

from skywright.doors.cli.plan_view import insight_lines, lines, money, summary
from skywright.doors.cli.show import clean
from skywright.model.finding import Evidence, Insight, InsightType
from skywright.model.money import Money
from skywright.model.plan import Action, Change, Plan, Proposal, Rejected, Reversibility, Risk, Signature, SignedPlan

HERE = Path(__file__).parent


class Step(msgspec.Struct, frozen=True):
    name: str
    text: str
    reversibility: Reversibility


def change(number, action=Action.UPDATE, before=None, after=None, **more):
    facts = {"kind": "compute.instance", "why": "Something is wrong", "reasons": ("f",), "risk": Risk.LOW, "observed": "sha256:1"}
    facts |= {"reversibility": Reversibility.FULL, "wave": 1, "undo_cost": "Set back.", "disruption": "None.", "name": "web"}
    target = f"aws:1:eu-west-1:compute.instance/i-{number}"
    return Change(id=f"chg-{number}", target=target, action=action, before=before, after=after, **facts | more)


OPENING = {"protocol": "tcp", "from_port": 22, "cidr": "0.0.0.0/0", "peer": None}
KEPT = {"protocol": "tcp", "from_port": 443, "cidr": "0.0.0.0/0", "peer": None}
CPU = Evidence(metric="cpu_pct", statistic="p99", value=12.0, window_days=14.0, samples=336, threshold=40.0)
MEMORY = Evidence(metric="memory_pct", statistic="p99", value=None, window_days=14.0, samples=336)

CHANGES = (
    change(1, before={"type": "m5.2xlarge"}, after={"type": "m5.xlarge"}, saving_monthly=Money(Decimal("140.16")), risk=Risk.MEDIUM, evidence=(CPU, MEMORY)),
    change(2, before={"tags": {"a": "1", "b": "2"}}, after={"tags": {"a": "1", "c": "3"}}, saving_monthly=Money(Decimal(0))),
    change(3, before={"rules": [OPENING, KEPT]}, after={"rules": [KEPT]}, kind="network.firewall", name=None),
    change(4, Action.DELETE, before={"size_gib": 10, "tags": {}}, wave=2, reversibility=Reversibility.SAFETY_COPY, saving_monthly=Money(Decimal(5)), depends_on=("chg-1",)),
    change(5, Action.CREATE, after={"name": "multi\nline \x1b[31m[bold]"}, wave=2, saving_monthly=Money(Decimal(-3)), risk=Risk.HIGH, reversibility=Reversibility.NONE),
)  # fmt: skip
LOSER = Proposal(
    proposer="rule", target="aws:1:eu-west-1:compute.instance/i-1", action=Action.DELETE, why="w", reasons=("r",), precedence=1
)


REJECTED = (Rejected(LOSER, "It lost."),)


def signed(changes=CHANGES, rejected=REJECTED):
    made = datetime(2026, 8, 1, 12)
    plan = Plan(
        id="plan-1", created_at=made, snapshot="snap-1", changes=changes, rejected=rejected, note="Only a part was planned: x."
    )
    return SignedPlan(plan, "sha256:abc", Signature("KEY=", "VALUE="))


def text(*args, **options):
    return "\n".join(clean(line) for line, _ in lines(*args, **options)) + "\n"


def test_explain_is_as_it_was_agreed():
    steps = {
        "chg-1": [
            Step("ec2:StopInstances", "Stop it.", Reversibility.FULL),
            Step("ec2:ModifyInstanceAttribute", "Resize it.", Reversibility.FULL),
        ],
        "chg-5": [Step("ec2:Irrevocable", "Do it.", Reversibility.NONE)],
    }
    assert text(signed(), steps=steps, everything=True) == (HERE / "explain.golden").read_text(encoding="utf-8")


def test_the_short_picture_counts_what_it_leaves_out():
    many = tuple(change(number, before={"type": "a"}, after={"type": "b"}) for number in range(60))
    shown = text(signed(many))
    assert shown.count("  ~ compute.instance") == 50
    assert "and 10 changes more (--all shows them)\n" in shown
    assert "1 proposal rejected (--all lists them)\n" in shown
    assert "evidence" not in shown


def test_the_last_line():
    assert summary(signed().plan) == (
        "Plan: 1 to create, 3 to change, 1 to delete; saves $142.16 a month; saving of 1 change not known; 2 waves; "
        "highest risk high; 1 cannot be undone."
    )
    assert summary(signed(()).plan) == "Plan: nothing to do."
    unknown = (change(1, before={"type": "a"}, after={"type": "b"}),)
    assert (
        summary(signed(unknown).plan)
        == "Plan: 0 to create, 1 to change, 0 to delete; saving of 1 change not known; 1 wave; highest risk low."
    )


def test_money_in_words():
    assert [money(amount) for amount in (None, Money(Decimal(0)), Money(Decimal("1234.5")), Money(Decimal(-2)))] == [
        "saving not known",
        "costs the same",
        "saves $1,234.50 a month",
        "costs $2.00 more a month",
    ]


def test_an_insight_in_four_lines():
    insight = Insight(
        id="i",
        type=InsightType.OVERSIZED,
        resource="aws:1:eu-west-1:compute.instance/i-1",
        kind="compute.instance",
        title="Machine is larger than its load",
        evidence=(CPU, MEMORY),
        confidence=0.6,
        saving_monthly=Money(Decimal("140.16")),
        set={"type": "m5.xlarge"},
        note="memory is not measured",
    )
    assert [line for line, _ in insight_lines(insight)] == [
        "oversized  aws:1:eu-west-1:compute.instance/i-1",
        "    Machine is larger than its load: type -> m5.xlarge",
        "    saves $140.16 a month; confidence 60%; memory is not measured",
        "    cpu_pct p99 12 (threshold 40) over 14 days, 336 hours with data; memory_pct p99 not measured over 14 days, 336 hours with data",
    ]
