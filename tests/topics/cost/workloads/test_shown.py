"""How clusters' costs and the match with the estate are shown, with OpenCost beside."""

import json
from datetime import datetime

import pytest
from tests.topics.cost.books.ledger import MemoryLedger, row
from tests.topics.cost.matching.small import gather
from tests.topics.cost.workloads.test_room import AWS, MACHINE, NODE, node_row, pod

from skywright.doors.cli.root import run
from skywright.treasury import Treasury
from skywright.wiring import open_house


@pytest.fixture
def told(tmp_path, monkeypatch, capsys):
    data = tmp_path / ".skywright"
    pods = [pod("web", "shop", 1500, 1536), pod("job", "batch", 300, 0), pod("dns", "kube-system", 100, 100)]
    gather(open_house(data=data), datetime(2026, 9, 1, 8), [MACHINE, NODE, *pods])
    theirs = {"InvoiceIssuerName": "OpenCost", "AllocatedMethodId": "opencost", "SubAccountId": "shop"}
    rows = [
        node_row("8.00"),
        row("1", ResourceId="i-0else", SubAccountId=AWS),
        row("1.50", Tags={"kubernetes:namespace": "shop"}, **theirs),
        row("3.00", Tags={"kubernetes:namespace": "__idle__"}, **theirs),
    ]
    monkeypatch.setattr(Treasury, "ledger", MemoryLedger(rows))
    monkeypatch.setenv("COLUMNS", "110")
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> tuple[int, str]:
        code = run(["--data", str(data), "cost", *arguments])
        out = capsys.readouterr()
        return code, "\n".join(line.rstrip() for line in (out.out + out.err).rstrip().split("\n"))

    return call


def test_workloads_with_opencost_beside(told) -> None:
    code, text = told("workloads", "--period", "2026-09", "--cost", "billed", "--beside", "opencost")
    assert code == 0
    assert text == (
        "Who bears the machines of 2026-09: billed cost in USD\n"
        "namespace                      cost  share  used  OpenCost  difference\n"
        "shop                           3.00  37.5%            1.50       -1.50  ███\n"
        "batch                          0.53   6.6%               -              ▌\n"
        "kube-system  system            0.20   2.5%               -              ▎\n"
        "             idle              2.27  28.4%            3.00       +0.73  ██▎\n"
        "             kept by the node  2.00  25.0%               -              ██\n"
        "total                          8.00\n"
        "Together 8.00 USD: the bill of 1 machine, to the last digit.\n"
        "28.4% of it is idle.\n"
        "OpenCost's total is 4.50, -43.8% from the bill."
    )


def test_workloads_for_programs(told) -> None:
    code, text = told("workloads", "--by", "namespace,workload", "--cost", "billed", "--csv")
    assert code == 0
    assert text.splitlines()[0] == "namespace,workload,bearer,currency,amount"
    assert text.splitlines()[1].startswith("shop,deployment/shop/web,workload,USD,")
    found = json.loads(told("workloads", "--cost", "billed", "--json")[1])
    assert found["billed"] == {"USD": "8.00"}
    assert [one["key"] for one in found["lines"]] == [{"namespace": name} for name in ("shop", "batch", "kube-system", "", "")]


def test_what_the_estate_knows(told) -> None:
    code, text = told("match", "--period", "2026-09")
    assert code == 0
    assert text == (
        "What the estate knows of 2026-09, in USD\n"
        "               rows      %  cost  % of cost\n"
        "in the estate     1  50.0%  8.00      88.9%  ███████▏\n"
        "not known         1  50.0%  1.00      11.1%  ▉\n"
        "total             2         9.00\n"
        "Of the rows that name a resource 50.0% meet one, of their cost 88.9%.\n"
        "\n"
        "billed name  service   account       cost       what is known\n"
        "i-0else      Machines  111122223333  1.00  USD  not known\n"
        "1 snapshot was asked."
    )


def test_opencost_is_not_added_to_the_bill(told) -> None:
    code, text = told("show", "--by", "account", "--period", "2026-09")
    assert code == 0
    assert " ".join(text.split()).endswith(  # wherever the terminal breaks its lines
        "9.00 USD to the last digit: usage 9.00; 2 rows. "
        "OpenCost's allocation (4.50 USD) is left out: the machines are billed. --where issuer=OpenCost shows it."
    )
