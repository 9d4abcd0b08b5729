"""What a rule says over part of an estate, with the gap known, is never contradicted by the whole estate."""

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skywright.adapters.packs.compiling import compile_sql
from skywright.adapters.packs.examples import EXAMPLE_NOW, ExampleBench
from skywright.model.finding import RuleVerdict, Severity
from skywright.model.rule import Example, Rule
from skywright.model.rule_sql import Sight, source_sql

INTERFACES = "select 1 from network_interface n where n.vpc = network_vpc.id"
COUNTED = "(select count(*) from network_interface n where n.vpc = network_vpc.id)"
EMPTY_SUBNETS = """
select 1 from network_subnet s
where s.vpc = network_vpc.id and not exists (select 1 from network_interface n where n.subnet = s.id)"""
SHAPES = [
    f"exists ({INTERFACES})",
    f"not exists ({INTERFACES})",
    f"exists ({INTERFACES} and n.attached)",
    f"not (is_default and exists ({INTERFACES})) or flow_logs",
    "id in (select n.vpc from network_interface n)",
    "id not in (select n.vpc from network_interface n where n.vpc is not null)",
    f"{COUNTED} = 0",
    f"{COUNTED} > 1",
    f"2 <= {COUNTED}",
    f"{COUNTED} < 2",
    f"{COUNTED} = 2",
    f"{COUNTED} <> 1",
    "(select max(n.private_ip) from network_interface n where n.vpc = network_vpc.id) = 'b'",
    f"not exists ({EMPTY_SUBNETS})",
    f"exists ({EMPTY_SUBNETS})",
    "not exists (select 1 from relation r where r.target = network_vpc.id)",
]


def rule(when: str) -> Rule:
    told: list[str] = []
    compiled = compile_sql(when, "network.vpc", {}, told.append)
    assert compiled
    assert not told
    texts = dict.fromkeys(("title", "topic", "why", "remedy", "source", "file"), "x")
    return Rule(
        id="network_vpc_x", kind="network.vpc", severity=Severity.LOW, when=when, line=1, **texts, condition=compiled.sql,
        columns=compiled.columns, reads=compiled.reads,
    )  # fmt: skip


RULES = {shape: rule(shape) for shape in SHAPES}
BENCH = ExampleBench()

interfaces = st.lists(
    st.fixed_dictionaries(
        {
            "vpc": st.sampled_from(["self", "other"]),
            "subnet": st.sampled_from(["s1", "s2"]),
            "attached": st.booleans(),
            "private_ip": st.sampled_from(["a", "b", "c"]),
        }
    ),
    max_size=4,
)
subnets = st.lists(
    st.fixed_dictionaries({"id": st.sampled_from(["s1", "s2"]), "vpc": st.sampled_from(["self", "other"])}), max_size=2
)
own = st.fixed_dictionaries({"is_default": st.booleans(), "flow_logs": st.sampled_from([True, False, None])})


def ask(asked: Rule, row: dict, others: dict) -> RuleVerdict:
    example = Example(verdict=RuleVerdict.PASS, row=row, others=others)
    failures = list(BENCH.run(Rule(**{name: getattr(asked, name) for name in asked.__struct_fields__} | {"examples": (example,)})))
    got = failures[0].got if failures else RuleVerdict.PASS
    assert got is not None, failures
    return got


@settings(max_examples=60, deadline=None)
@given(shape=st.sampled_from(SHAPES), row=own, there=interfaces, nets=subnets, data=st.data())
def test_a_verdict_over_a_part_holds_for_the_whole_or_is_unknown(
    shape: str, row: dict, there: list, nets: list, data: st.DataObject
):
    seen = [one for one in there if data.draw(st.booleans())]
    relations = [{"source": f"i{index}", "verb": "in", "target": one["vpc"]} for index, one in enumerate(there)]
    whole = {"network_interface": there, "network_subnet": nets, "relation": relations}
    part = {
        "network_interface": seen,
        "network_subnet": nets,
        "relation": relations[: len(seen)] if seen else [],
        "coverage": [{"kind": "network.interface", "state": "throttled"}],
    }
    truth, said = ask(RULES[shape], row, whole), ask(RULES[shape], row, part)
    if truth is not RuleVerdict.UNKNOWN:
        assert said in (truth, RuleVerdict.UNKNOWN)


# shape -> what it says where one interface is seen and others may be missing
KEPT = [
    (f"exists ({INTERFACES})", RuleVerdict.FAIL),
    (f"not exists ({INTERFACES})", RuleVerdict.PASS),
    ("id in (select n.vpc from network_interface n)", RuleVerdict.FAIL),
    (f"{COUNTED} >= 1", RuleVerdict.FAIL),
    (f"{COUNTED} = 0", RuleVerdict.PASS),
    (f"0 = {COUNTED}", RuleVerdict.PASS),
    (f"{COUNTED} < 1", RuleVerdict.PASS),
    (f"{COUNTED} > 1", RuleVerdict.UNKNOWN),
    (f"{COUNTED} = 1", RuleVerdict.UNKNOWN),
    (f"{COUNTED} <= 1", RuleVerdict.UNKNOWN),
]


@pytest.mark.parametrize(("shape", "verdict"), KEPT)
def test_what_more_rows_cannot_change_stays_decided(shape: str, verdict: RuleVerdict):
    seen = {"network_interface": [{"vpc": "self"}], "coverage": [{"kind": "network.interface", "state": "denied"}]}
    assert ask(rule(shape), {}, seen) is verdict


@pytest.mark.parametrize(
    ("coverage", "verdict"),
    [
        ([], RuleVerdict.FAIL),
        ([{"kind": "network.interface", "state": "complete"}], RuleVerdict.FAIL),
        ([{"kind": "network.interface", "state": "complete", "partial": True}], RuleVerdict.UNKNOWN),
        ([{"kind": "network.interface", "state": "skipped", "region": "us-east-1"}], RuleVerdict.UNKNOWN),
        ([{"kind": "network.interface", "state": "failed", "account": "999988887777"}], RuleVerdict.FAIL),
        ([{"kind": "storage.bucket", "state": "failed"}], RuleVerdict.FAIL),
    ],
)
def test_a_gap_counts_in_its_own_account_and_kind(coverage: list, verdict: RuleVerdict):
    assert ask(rule(f"not exists ({INTERFACES})"), {}, {"coverage": coverage}) is verdict


LISTED = [
    "exists (select 1 from network_firewall_rules r where r.resource = network_firewall.id and {0})",
    "exists (select 1 from network_firewall_rules where network_firewall.id = network_firewall_rules.resource and {1})",
    "not exists (select 1 from network_firewall_rules r where r.resource = network_firewall.id and {0})",
]
CONDITIONS = [
    "r.cidr = '::/0'",
    "coalesce(r.from_port, 0) <= 22 and r.to_port >= 22",
    "r.cidr like '%' || is_default::text",
    "r.peer is null",
]
openings = st.none() | st.lists(
    st.fixed_dictionaries(
        {
            "direction": st.sampled_from(["ingress", "egress"]),
            "protocol": st.just("tcp"),
            "from_port": st.none() | st.integers(0, 30),
            "to_port": st.none() | st.integers(0, 30),
            "cidr": st.sampled_from(["::/0", "10.0.0.0/8", None]),
            "peer": st.none(),
        }
    ),
    max_size=3,
)


@settings(max_examples=60, deadline=None)
@given(rules=openings, form=st.sampled_from(LISTED), condition=st.sampled_from(CONDITIONS))
def test_a_look_into_the_list_says_what_the_join_says(rules: list | None, form: str, condition: str):
    when = form.format(condition, condition.replace("r.", "network_firewall_rules."))
    told: list[str] = []
    compiled = compile_sql(when, "network.firewall", {}, told.append)
    assert compiled
    assert "LIST_FILTER" in compiled.sql
    base = rule("is_default")
    asked = Rule(
        **{name: getattr(base, name) for name in base.__struct_fields__}
        | {"kind": "network.firewall", "condition": compiled.sql, "columns": compiled.columns, "reads": compiled.reads}
    )
    row = {"rules": rules, "is_default": False}
    said = ask(asked, row, {})
    joined = Rule(**{name: getattr(asked, name) for name in asked.__struct_fields__} | {"condition": when})
    assert said is (RuleVerdict.UNKNOWN if rules is None else ask(joined, row, {}))


def test_compiled_sql_reads_the_time_of_the_snapshot():
    asked = rule("created_at < now() - interval 1 day and current_date > created_at::date")
    source = source_sql("network.vpc", asked.reads, Sight(EXAMPLE_NOW))
    with duckdb.connect() as database:
        database.execute(
            "CREATE TABLE network_vpc AS SELECT 'a' AS id, 'aws' AS cloud, '1' AS account, TIMESTAMP '2026-06-29' AS created_at"
        )
        assert database.execute(f"SELECT {asked.condition} FROM {source}").fetchall() == [(True,)]
