"""Statements to be sent around: names from outside stay text, and what is shown adds up."""

import re
from datetime import date
from decimal import Decimal

from skywright.doors.cli.statement_view import as_plain, html, markdown, rows
from skywright.model.cost_shares import Method
from skywright.topics.cost.books.period import parse_period
from skywright.topics.cost.sharing.split import Kept
from skywright.topics.cost.sharing.statements import SharedLine, Statement

PERIOD = parse_period("2026-09", date(2026, 11, 22))
SHARED = (SharedLine("net", Method.EVEN, Decimal("3.335"), Decimal("10.005")),)
ONE = Statement(
    center="<b>a|b", currency="USD", direct=(("Machines", Decimal("1.115")), ("Disks", Decimal("1.005"))), shared=SHARED
)
NOBODY = Statement(center=None, currency="USD", direct=(), kept=(Kept("gpu", Decimal(7), "there is nobody to share it with"),))


def test_a_page_escapes_names_and_adds_up() -> None:
    page = html([ONE, NOBODY], PERIOD, "billed")
    assert "<h2>&lt;b&gt;a|b: billed cost of 2026-09</h2>" in page
    assert "<b>a" not in page
    cells = re.findall(r"<td>([-\d.]+)</tr>", page)
    assert cells == ["1.12", "1.01", "3.33", "5.46", "7.00", "7.00"]


def test_markdown_escapes_bars() -> None:
    statement = Statement(center="a", currency="USD", direct=(("x|y\nz", Decimal(1)),))
    assert markdown([statement], PERIOD, "billed") == (
        "## a: billed cost of 2026-09\n\n| what | part | USD |\n|---|---|---:|\n"
        "| x\\|y z | direct | 1.00 |\n| **total** | | **1.00** |\n"
    )


def test_rows_and_json_keep_every_digit() -> None:
    assert list(rows([ONE, NOBODY])) == [
        ("<b>a|b", "USD", "Machines", "direct", "", "", "1.115"), ("<b>a|b", "USD", "Disks", "direct", "", "", "1.005"),
        ("<b>a|b", "USD", "net", "shared", "even", "10.005", "3.335"),
        ("", "USD", "gpu", "not shared", "there is nobody to share it with", "7.00", "7.00"),
    ]  # fmt: skip
    assert as_plain(ONE)["total"] == "5.455"
    assert as_plain(NOBODY)["not_shared"] == [{"share": "gpu", "amount": "7.00", "why": "there is nobody to share it with"}]
