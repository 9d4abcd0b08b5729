"""What is told of a list of commitments, and where the solver is not installed."""

import importlib.util
from datetime import datetime
from decimal import Decimal

import pytest

from skywright.doors.cli.commitments_view import told, with_solver
from skywright.model.commitment import Basis, Offer, Usage
from skywright.model.errors import AskHuman
from skywright.topics.commitments.ledger import Found, Other
from skywright.topics.commitments.portfolio import Limits, case
from skywright.topics.commitments.weigh import advise


def test_a_missing_solver_is_told_with_what_to_install(monkeypatch: pytest.MonkeyPatch):
    with_solver()
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(AskHuman) as caught:
        with_solver()
    assert str(caught.value) == "The solver is not installed. Install skywright[finops]."


def test_what_the_figures_do_not_hold_is_told(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("COLUMNS", "160")
    pools = tuple(
        Usage(provider="P", region="r", type=f"t{number:02}", hourly=(10.0 - number / 2,) * 24, covered=(0.0,) * 24)
        for number in range(12)
    )
    seen = Found(
        since=datetime(2026, 6, 1), hours=24, usage=pools, held=(), ending=("ri-1",), idle=2,
        others=(Other(provider="P", service="Traffic", cost=24.0),),
    )  # fmt: skip
    common = {"provider": "p", "region": "*", "upfront": Decimal(0), "order": 0, "unit": "money", "source": "s", "dated": "2026"}
    offers = [
        Offer(product="Plan", match="t00", term_months=12, payment="monthly", ratio=Decimal("0.5"), basis=Basis.SIBLING, **common),
        Offer(product="Pact", match="*", term_months=36, payment="", ratio=Decimal("0.28"), basis=Basis.UP_TO, **common),
    ]
    told(seen, advise(case(pools, offers, Limits()), Limits()), "EUR")
    shown = capsys.readouterr().out.splitlines()
    lines = [line.strip() for line in shown]
    assert any(line.startswith("≈ Plan t00") for line in lines)
    for sentence in (
        "ri-1 ends within 30 days: what it serves counts as on demand here.",
        "2 hours without a single machine are left out: is a bill missing?",
        "730.00 EUR a month of compute is no machine, or does not say which (Traffic): nothing is weighed for it.",
        "≈: the rate of a related machine; ask with `skywright cost offers`, or bring your own with --offers, before you sign.",
        "Not weighed, as only the best case is published: Pact (up to 72%). Bring your own rates with --offers.",
        "A list to approve: nothing is bought here.",
    ):
        assert sentence in lines
    assert [line.split()[:2] for line in lines if line.startswith("2 others")] == [["2", "others"]]
