"""The seeded company: the same again for the same seed, a sheet that can be scored, faults that are really there."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skywright.lab.aws import process
from skywright.lab.aws.answers import ACCEPTED, score
from skywright.model.kinds import KIND_BY_NAME

PLACE = {"account": "111122223333", "region": "eu-west-1", "kind": "network.firewall"}


def entry(fault, name):
    return {"fault": fault, "native_id": name, **PLACE}


def claim(rule, name):
    return {"rule": rule, "native_id": name, **PLACE}


SSH = "network_firewall_ssh_open_to_internet"


@pytest.mark.parametrize(
    ("claims", "recall", "precision"),
    [
        ([], 0.0, 1.0),
        ([claim(SSH, "a"), claim(SSH, "b")], 1.0, 1.0),
        ([claim(SSH, "a")], 0.5, 1.0),
        ([claim(SSH, "a"), claim(SSH, "b"), claim(SSH, "c")], 1.0, 2 / 3),
        ([claim(SSH, "a"), claim(SSH, "a")], 0.5, 1.0),
        ([claim("some_other_rule", "z")], 0.0, 1.0),
    ],
)
def test_recall_and_precision(claims, recall, precision):
    result = score([entry("ssh-open-to-world", "a"), entry("ssh-open-to-world", "b")], claims)
    assert result.recall == pytest.approx(recall)
    assert result.precision == pytest.approx(precision)


def test_what_was_missed_and_what_was_too_much_is_named():
    result = score([entry("ssh-open-to-world", "a")], [claim(SSH, "z")])
    assert [missed["native_id"] for missed in result.missed] == ["a"]
    assert result.extra == ({"rule": SSH, "resource": "111122223333:eu-west-1:network.firewall:z"},)


@given(st.sets(st.sampled_from("abcdef")), st.sets(st.sampled_from("abcdef")))
def test_scores_are_shares(planted, claimed):
    result = score([entry("ssh-open-to-world", name) for name in planted], [claim(SSH, name) for name in claimed])
    assert result.found == result.right == len(planted & claimed)
    assert 0.0 <= result.recall <= 1.0
    assert 0.0 <= result.precision <= 1.0


@pytest.mark.lab
def test_every_planted_fault_is_of_a_known_kind_and_can_be_found(lab):
    sheet = process.answers(lab)
    assert len(sheet) == lab.planted >= len(ACCEPTED)
    assert {planted["fault"] for planted in sheet} == set(ACCEPTED) - _too_rare(sheet)
    assert {planted["kind"] for planted in sheet} <= set(KIND_BY_NAME)
    assert {planted["account"] for planted in sheet} <= set(lab.accounts.values())


def _too_rare(sheet):
    """In a small estate only the first of the database ports is planted."""
    return {"mysql-open-to-world", "sqlserver-open-to-world"} - {planted["fault"] for planted in sheet}


@pytest.mark.lab
def test_accepted_rules_are_rules(lab):
    from skywright.topics.cost.measure import MEASURES
    from skywright.wiring import open_house

    known = {rule.id for rule in open_house().rules} | {f"insight:{measure.name}" for measure in MEASURES}
    assert {name for names in ACCEPTED.values() for name in names} <= known


@pytest.mark.lab
def test_the_same_seed_gives_the_same_estate_and_another_seed_another(lab, tmp_path):
    with process.lab_running(tmp_path, seed=lab.seed, estate=lab.estate) as again:
        assert process.answers(again) == process.answers(lab)
    with process.lab_running(tmp_path, seed=lab.seed + 1, estate=lab.estate) as other:
        assert process.answers(other) != process.answers(lab)


@pytest.mark.lab
def test_faults_are_really_there(lab, client):
    sheet = process.answers(lab)
    home = [planted for planted in sheet if planted["account"] == lab.accounts["production"]]
    named = {planted["fault"]: planted for planted in home}
    s3, ec2 = client("s3"), client("ec2")
    assert s3.get_bucket_policy_status(Bucket=named["bucket-public"]["native_id"])["PolicyStatus"]["IsPublic"]
    assert ec2.describe_volumes(VolumeIds=[named["volume-unattached"]["native_id"]])["Volumes"][0]["State"] == "available"
    secret = client("secretsmanager").list_secrets()["SecretList"]
    assert any(not each.get("RotationEnabled") for each in secret)
    twin = next(bucket["Name"] for bucket in s3.list_buckets()["Buckets"] if "-shared-" in bucket["Name"])
    assert (
        "PrincipalOrgID"
        in json.loads(s3.get_bucket_policy(Bucket=twin)["Policy"])["Statement"][1]["Condition"]["StringEquals"].popitem()[0]
    )
