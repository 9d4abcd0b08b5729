"""The estate in an object store (S3, as moto answers): what one machine writes another reads, and what is missing is said."""

import socket
from pathlib import Path

import boto3
import pytest

from skywright.adapters.engines.duckdb import objects as objects_module
from skywright.adapters.engines.duckdb import open_estate
from skywright.model.errors import AskHuman, BadInput, TryAgain
from skywright.model.estate import Snapshot
from skywright.model.kinds.compute import Instance
from skywright.model.kinds.storage import Volume

from .conftest import NOW, SCOPE, covered, resource

BUCKET = "estates"


@pytest.fixture
def bucket(aws_environment: str):
    """An empty bucket, and a client to look into it."""
    client = boto3.client("s3", region_name="eu-west-1")
    client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    return client


def opened(tmp_path: Path, machine: str):
    return open_estate(f"s3://{BUCKET}/team/one", tmp_path / machine / "estate", None)


def keys(client) -> list[str]:
    return [item["Key"] for item in client.list_objects_v2(Bucket=BUCKET).get("Contents", ())]


def taken(estate, *rows: Instance, name: str = "s1") -> Snapshot:
    file = estate.shelf.write("compute.instance", SCOPE, rows)
    return Snapshot(id=name, taken_at=NOW, files=(file,), coverage=covered(Instance))


def test_what_one_machine_writes_another_reads(bucket, tmp_path: Path) -> None:
    here, there = opened(tmp_path, "a"), opened(tmp_path, "b")
    snapshot = taken(here, resource(Instance, "i-1", name="web", tags={"a": "b"}))
    assert keys(bucket) == [f"team/one/{snapshot.files[0].path}"]
    with there.engine.open(snapshot) as session:
        assert session.query("SELECT id, tags FROM compute_instance").rows == [("aws:1:r:compute.instance/i-1", {"a": "b"})]
    assert there.shelf.read(snapshot.files[0])[0]["name"] == "web"
    other = taken(here, resource(Instance, "i-2"), name="s2")
    assert {row[3] for row in there.engine.compare(snapshot, other).rows} == {"appeared", "vanished"}
    assert len(there.engine.trace("aws:1:r:compute.instance/i-2", [snapshot, other]).rows) == 1


def test_the_same_content_is_put_once(bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    puts: list[str] = []
    put = objects_module.Bucket.put
    monkeypatch.setattr(objects_module.Bucket, "put", lambda self, key, path: (puts.append(key), put(self, key, path))[1])
    here, there = opened(tmp_path, "a"), opened(tmp_path, "b")
    for estate in (here, here, there):
        estate.shelf.write("storage.volume", SCOPE, [resource(Volume, "vol-1", size_gib=1)])
    assert len(puts) == 1
    monkeypatch.setattr(objects_module, "YOUNG_S", -1)  # by now it is old: put again, so that no sweep takes it
    there.shelf.write("storage.volume", SCOPE, [resource(Volume, "vol-1", size_gib=1)])
    assert len(puts) == 2


def test_a_missing_object_is_told_by_name(bucket, tmp_path: Path) -> None:
    snapshot = taken(opened(tmp_path, "a"), resource(Instance, "i-1"))
    bucket.delete_object(Bucket=BUCKET, Key=f"team/one/{snapshot.files[0].path}")
    there = opened(tmp_path, "b")
    with there.engine.open(snapshot) as session, pytest.raises(AskHuman) as error:
        session.query("SELECT id FROM compute_instance")
    assert str(error.value) == (
        f"{there.folder / snapshot.files[0].path} is missing: it holds compute.instance of aws account 1, region r. "
        "Run `skywright gather` to write it again."
    )


def test_a_damaged_object_is_not_taken_for_a_file(bucket, tmp_path: Path) -> None:
    snapshot = taken(opened(tmp_path, "a"), resource(Instance, "i-1"))
    key = f"team/one/{snapshot.files[0].path}"
    bucket.put_object(Bucket=BUCKET, Key=key, Body=b"PAR1 cut")
    there = opened(tmp_path, "b")
    with pytest.raises(AskHuman) as error:
        there.shelf.read(snapshot.files[0])
    assert (
        str(error.value) == f"s3://{BUCKET}/{key} is damaged. Delete it and run `skywright gather` (or `audit`) to write it again."
    )
    assert not (there.folder / snapshot.files[0].path).exists()


def test_a_sweep_deletes_old_objects_that_nothing_names(bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    estate = opened(tmp_path, "a")
    kept = estate.shelf.write("storage.volume", SCOPE, [resource(Volume, "vol-1")])
    gone = estate.shelf.write("storage.volume", SCOPE, [resource(Volume, "vol-2")])
    size = bucket.head_object(Bucket=BUCKET, Key=f"team/one/{gone.path}")["ContentLength"]
    keep = frozenset([kept.path])
    assert estate.shelf.sweep(keep, 3600) == 0
    assert estate.shelf.sweep(keep, -60, dry_run=True) == size
    assert len(keys(bucket)) == 2
    assert estate.shelf.sweep(keep, -60) == size
    assert keys(bucket) == [f"team/one/{kept.path}"]


def test_a_file_that_is_written_anew_is_fetched_anew(bucket, tmp_path: Path) -> None:
    here, there = opened(tmp_path, "a"), opened(tmp_path, "b")
    snapshot = taken(here, resource(Instance, "i-1"))
    parquet = (here.folder / snapshot.files[0].path).read_bytes()
    ours, theirs = (estate.folder / "findings" / "s1.parquet" for estate in (here, there))
    ours.parent.mkdir(parents=True)
    ours.write_bytes(parquet)
    assert not there.files.has(theirs)
    here.files.keep(ours)
    assert there.files.has(theirs)
    assert there.files.fetch(theirs).read_bytes() == parquet
    newer = taken(here, resource(Instance, "i-2"))
    ours.write_bytes((here.folder / newer.files[0].path).read_bytes())
    here.files.keep(ours)
    assert there.files.fetch(theirs).read_bytes() == ours.read_bytes()
    assert list(there.files.list(there.folder / "findings")) == [theirs]
    there.files.drop(theirs)
    assert not here.files.has(ours)


def test_no_bucket_and_no_server_are_told(aws_environment: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(AskHuman) as error:
        opened(tmp_path, "a").shelf.write("storage.volume", SCOPE, [resource(Volume, "vol-1")])
    assert str(error.value) == (
        "s3://estates/team/one could not be written: there is no such bucket. "
        "Make the bucket, or correct `estate` in the configuration."
    )
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{closed.getsockname()[1]}")
        monkeypatch.setattr(objects_module, "RETRIES", 1)
        with pytest.raises(TryAgain) as dead:
            opened(tmp_path, "b").shelf.write("storage.volume", SCOPE, [resource(Volume, "vol-1")])
    assert str(dead.value).startswith("s3://estates/team/one could not be reached to read it: ")
    assert str(dead.value).endswith(" Check the endpoint and the bucket, then run it again.")


def test_a_place_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as error:
        open_estate("ftp://somewhere", tmp_path, None)
    assert str(error.value) == (
        "estate: ftp:// is not a place that the estate can be kept in. Write s3://bucket/prefix, or a folder."
    )
