"""Whatever stands in a `when`, the compiler answers with SQL or with words; it never breaks."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skywright.adapters.packs.compiling import compile_sql
from skywright.adapters.packs.document import read_document
from skywright.adapters.packs.problems import Problems

VOCABULARY = """
not encrypted exists ( ) select 1 from storage_volume relation where and or = <> in null is case when then else end :days 'x'
count(*) tags['a'] , . ; lambda r : [ ] unnest with as now() interval day -- /* */ $1 " ' size_gib join on group by having"""
WORDS = st.sampled_from(VOCABULARY.split())


@settings(max_examples=150, deadline=None)
@given(text=st.lists(WORDS, min_size=1, max_size=14).map(" ".join) | st.text(max_size=40))
def test_any_text_is_compiled_or_refused(text: str):
    told: list[str] = []
    compiled = compile_sql(text, "storage.volume", {"days": 3}, told.append)
    assert compiled is not None or told


@settings(max_examples=80, deadline=None)
@given(data=st.binary(max_size=200) | st.text(alphabet="{}[]:,-&*!|>'\"#\n ab01", max_size=80).map(str.encode))
def test_any_bytes_are_a_document_or_a_problem(tmp_path_factory: pytest.TempPathFactory, data: bytes):
    file = tmp_path_factory.getbasetemp() / "any.yaml"
    file.write_bytes(data)
    problems = Problems()
    document = read_document(file, problems)
    assert document is not None or problems.found


def test_a_deep_nest_is_refused_in_words():
    told: list[str] = []
    compile_sql("(" * 5000 + "encrypted" + ")" * 5000, "storage.volume", {}, told.append)
    assert told
    compile_sql("x" * 30_000, "storage.volume", {}, told.append)
    assert told[-1] == "The SQL is longer than 20000 characters."


@pytest.mark.parametrize(
    ("when", "sql"),
    [
        ("state in (:states)", "storage_volume.\"state\" IN ('a', 'b''c')"),
        ("list_contains(:states, state)", "ARRAY_CONTAINS(['a', 'b''c'], storage_volume.\"state\")"),
        ("state in (:none)", 'storage_volume."state" IN (NULL)'),
        ("created_at < now()", 'storage_volume."created_at" < "storage_volume"."now"'),
        ("tags.owner = 'x'", '"storage_volume"."tags"."owner" = \'x\''),
    ],
)
def test_parameters_times_and_fields_are_bound(when: str, sql: str):
    told: list[str] = []
    compiled = compile_sql(when, "storage.volume", {"states": ["a", "b'c"], "none": []}, told.append)
    assert (compiled and compiled.sql, told) == (sql, [])


def test_what_a_rule_reads_is_known():
    told: list[str] = []
    when = """exists (select 1 from network_firewall_rules r where r.resource = network_firewall.id and r.cidr = '::/0')
      and id in (select t.source from relation t) and (select max(u.p95) from usage u where u.resource = network_firewall.id) > 1
      and exists (select 1 from network_firewall_rules o where o.peer = network_firewall.id)"""
    compiled = compile_sql(when, "network.firewall", {}, told.append)
    assert compiled
    assert (compiled.columns, compiled.reads, told) == (("id", "rules"), ("network.firewall", "relation", "usage"), [])
