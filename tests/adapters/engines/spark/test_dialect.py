"""What is said where there is no Spark to ask, and what it has no words for. That words mean the same is asked of a cluster."""

import socket
from datetime import datetime

import pytest

from skywright.adapters.engines.spark.cluster import application
from skywright.adapters.engines.spark.dialect import to_spark
from skywright.adapters.engines.spark.types import spark_type
from skywright.model.errors import AskHuman, BadInput
from skywright.model.settings import SparkSettings

NOW = datetime(2026, 3, 1, 12, 30)


def test_a_master_that_does_not_answer_is_told_at_once():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: nobody answers here
        master = f"spark://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(AskHuman) as error:
            application(SparkSettings(master=master))
    assert str(error.value) == (f"No Spark master answers at {master}. Start it, or mend `spark: master:` in the configuration.")


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("SELECT a GLOB b FROM t", "GLOB takes a text, not an expression"),
        ("SELECT struct_update(s, a := 1) FROM t", "struct_update needs a list column of structs around it"),
    ],
)
def test_what_spark_has_no_words_for_is_refused(sql, why):
    with pytest.raises(BadInput) as error:
        to_spark(sql, {}, NOW)
    assert str(error.value) == (
        f"The query cannot be put into Spark's words: {why}. Write it in simpler words, or set `engine: duckdb`."
    )


@pytest.mark.parametrize(
    ("value", "literal"),
    [
        ("it's", "'it\\'s'"),
        ("a\\", "'a\\\\'"),
        (5.0, "CAST('5.0' AS DOUBLE)"),
        (None, "NULL"),
        (True, "TRUE"),
        (NOW, "CAST('2026-03-01 12:30:00' AS TIMESTAMP)"),
        (["a", 1], "ARRAY('a', 1)"),
    ],
)
def test_a_parameter_is_a_value_and_never_sql(value, literal):
    assert to_spark("SELECT $it", {"it": value}, NOW) == f"SELECT {literal}"


def test_an_empty_list_holds_nothing_and_a_list_of_ids_is_a_plain_list():
    asked = "SELECT 1 FROM t WHERE id IN (SELECT unnest($ids))"
    assert to_spark(asked, {"ids": []}, NOW) == "SELECT 1 FROM `t` WHERE FALSE"
    assert to_spark(asked, {"ids": ["a", "b"]}, NOW) == "SELECT 1 FROM `t` WHERE `id` IN ('a', 'b')"


def test_a_membership_that_spark_would_answer_with_two_values_is_spelt_out():
    assert "EXISTS" not in to_spark("SELECT 1 FROM t WHERE NOT (a IN (SELECT b FROM u)) AND c", {}, NOW)
    assert to_spark("SELECT a IN (SELECT b FROM u) AS x FROM t", {}, NOW).count("EXISTS") == 2
    assert to_spark("SELECT 1 FROM t WHERE c OR a NOT IN (SELECT b FROM u)", {}, NOW).count("EXISTS") == 2


@pytest.mark.parametrize(
    ("duck", "spark"),
    [
        ("VARCHAR", "STRING"),
        ("BIGINT", "BIGINT"),
        ("HUGEINT", "DECIMAL(38, 0)"),
        ("TIMESTAMP", "TIMESTAMP_NTZ"),
        ("TIMESTAMP WITH TIME ZONE", "TIMESTAMP_NTZ"),
        ("DECIMAL(18,8)", "DECIMAL(18, 8)"),
        ("MAP(VARCHAR, VARCHAR)", "MAP<STRING, STRING>"),
        ("STRUCT(a BIGINT, b VARCHAR[])[]", "ARRAY<STRUCT<`a`: BIGINT, `b`: ARRAY<STRING>>>"),
        ("JSON", "STRING"),
        ('"NULL"', ""),
    ],
)
def test_types(duck, spark):
    assert spark_type(duck) == spark
