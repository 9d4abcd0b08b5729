"""A cloud without an equivalent of a column: not unknown there, and unknown still where something else could not be read."""

from datetime import datetime

import msgspec
import pytest

from skywright.adapters.engines.duckdb import DuckEngine, ParquetShelf
from skywright.adapters.packs import load_packs
from skywright.loop.audit.evaluate import evaluate
from skywright.model.estate import Coverage, CoverageState, Scope, Snapshot
from skywright.model.kinds.storage import Volume
from skywright.model.settings import RuleSettings

AT = datetime(2026, 7, 1)
PACK = """
topic: test
rules:
  - id: storage_volume_bare
    kind: storage.volume
    title: t
    severity: low
    when: encrypted = false or delete_with_instance
    why: w
    remedy: r
    source: s
    examples:
      bad: [{encrypted: false}]
      good: [{encrypted: true, delete_with_instance: false}]
      unknown: [{encrypted: null}]
"""


@pytest.fixture(scope="module")
def rule(tmp_path_factory):
    folder = tmp_path_factory.mktemp("packs")
    (folder / "test.yaml").write_text(PACK)
    (found,) = load_packs([folder], RuleSettings())
    return found


@pytest.mark.parametrize(
    ("lacking", "encrypted", "dies", "verdict"),
    [
        ({}, True, None, "unknown"),
        ({"own": ("delete_with_instance",)}, True, None, None),
        ({"own": ("delete_with_instance",)}, False, None, "fail"),
        ({"own": ("delete_with_instance",)}, None, None, "unknown"),
        ({"own": ("delete_with_instance",)}, None, True, "fail"),
        ({"own": ("delete_with_instance", "encrypted")}, None, None, None),
        ({"other": ("delete_with_instance",)}, True, None, "unknown"),
        ({"own": ("*",)}, False, None, None),
    ],
)
def test_what_a_cloud_does_not_have_is_not_unknown(tmp_path, rule, lacking, encrypted, dies, verdict):
    row = Volume(
        id="own:1:r:storage.volume/v",
        cloud="own",
        account="1",
        region="r",
        native_id="v",
        encrypted=encrypted,
        delete_with_instance=dies,
    )
    scope = Scope("own", "1", "r", "reader", ("storage.volume",))
    file = ParquetShelf(tmp_path).write("storage.volume", scope, [row])
    coverage = (Coverage("own", "1", "r", "storage.volume", CoverageState.COMPLETE, AT),)
    snapshot = Snapshot(id="s", taken_at=AT, files=(file,), coverage=coverage)
    with DuckEngine(tmp_path).open(snapshot) as session:
        found = evaluate(session, [msgspec.structs.replace(rule, lacking=lacking)], None).dicts()
    assert [one["verdict"] for one in found] == ([verdict] if verdict else [])
