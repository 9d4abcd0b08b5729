"""The whole reading half over the lab's Resource Manager: what is read, with how few calls, and what reading again gives."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing

import msgspec
import pytest

from skywright.adapters.clock import SystemClock
from skywright.adapters.clouds.azure import AzureCloud, AzureConfig
from skywright.lab.azure import start
from skywright.model.estate import Coverage
from skywright.model.kinds import Resource
from skywright.model.kinds.network import Firewall
from skywright.ports.cloud import Batch, Unchanged

CALLS_MAX = 220  # of the default estate: it has one or two of everything, so that details weigh most


class Gathered:
    """Everything of the default estate, read once."""

    def __init__(self, cloud: AzureCloud) -> None:
        self.cloud = cloud
        scopes, self.gaps = cloud.scopes()
        self.batches: list[Batch] = [cloud.read(scope) for scope in scopes]
        self.calls = sum(cloud.api_calls.values())
        self.again: list[Batch] = [cloud.read(scope) for scope in scopes]
        self.asked = dict(cloud.api_calls)  # what tests ask later, in whatever order, is not counted

    @property
    def rows(self) -> dict[str, Resource]:
        return {row.id: row for batch in self.batches for row in batch.resources}

    @property
    def coverage(self) -> list[Coverage]:
        return [row for batch in self.batches for row in batch.coverage]


@pytest.fixture(scope="module")
def gathered() -> Iterator[Gathered]:
    lab = start(seed=1, estate="default")
    cloud = AzureCloud(msgspec.convert(lab.section(), AzureConfig), SystemClock())
    found = Gathered(cloud)
    found.lab = lab  # type: ignore[attr-defined]
    yield found
    cloud._threads.shutdown()
    cloud.close()
    lab.stop()


def test_every_kind_was_read_to_its_end(gathered: Gathered) -> None:
    assert list(gathered.gaps) == []
    assert [(row.kind, row.reason) for row in gathered.coverage if row.state.name != "COMPLETE"] == []
    kinds = {row.KIND for row in gathered.rows.values()}
    assert len(kinds) >= 40, sorted(kinds)


def test_whoever_asks_first_the_same_answers_are_the_same(gathered: Gathered) -> None:
    scopes, _ = gathered.cloud.scopes()
    answers = {scope: batch.answers for scope, batch in zip(scopes, gathered.batches, strict=True)}
    with closing(AzureCloud(msgspec.convert(gathered.lab.section(), AzureConfig), SystemClock())) as other:  # type: ignore[attr-defined]
        other.scopes()
        seen = {scope: other.read_again(scope, answers[scope]) for scope in reversed(scopes)}
        other._threads.shutdown()
    # applications expire, so that what is said of the directory rests on the time
    assert {scope.reader for scope, one in seen.items() if not isinstance(one, Unchanged)} == {"directory"}


def test_few_calls(gathered: Gathered) -> None:
    assert gathered.calls <= CALLS_MAX
    assert gathered.asked["Microsoft.ResourceGraph/resources/action"] <= 8


def test_the_same_estate_gives_the_same_rows(gathered: Gathered) -> None:
    again = {row.id: row for batch in gathered.again for row in batch.resources}
    assert again == gathered.rows


def test_references_lead_to_rows(gathered: Gathered) -> None:
    """Every relation begins at a row; those inside the estate's own network and storage end at one."""
    rows = gathered.rows
    relations = [relation for batch in gathered.batches for relation in batch.relations]
    assert len(relations) > 100
    assert [relation for relation in relations if relation.source not in rows] == []
    known = ("network.", "compute.instance", "storage.bucket", "crypto.vault", "database.cluster", "container.cluster")
    gone = {
        relation.target for relation in relations if relation.target.split(":")[3].startswith(known) and relation.target not in rows
    }
    assert gone == set()


def test_a_refresh_gives_the_rows_that_were_read(gathered: Gathered) -> None:
    """By each resource's own GET, and not by Resource Graph."""
    groups: dict[str, list[Resource]] = defaultdict(list)
    for row in gathered.rows.values():
        if row.KIND not in ("account.account", "account.group"):  # these have more to tell in Resource Graph
            groups[row.KIND].append(row)
    differing: dict[str, set[str]] = {}
    for kind, rows in groups.items():
        found = gathered.cloud.refresh([row.id for row in rows])
        assert set(found) == {row.id for row in rows}, kind
        for row in rows:
            now = found[row.id]
            assert now is not None, row.id
            wrong = {name for name in row.__struct_fields__ if name != "native" and getattr(row, name) != getattr(now, name)}
            if wrong:
                differing.setdefault(kind, set()).update(wrong)
    assert differing == {}


def test_what_was_planted_is_among_the_rows(gathered: Gathered) -> None:
    sheet = gathered.lab.answers()  # type: ignore[attr-defined]
    wanted = {
        f"azure:{line['account']}:{line['region']}:{line['kind']}/{line['native_id']}"
        for line in sheet
        if line["kind"] != "storage.bucket"
    }
    assert len(wanted) > 20
    assert wanted - set(gathered.rows) == set()


def test_no_secret_is_kept(gathered: Gathered) -> None:
    text = str([msgspec.to_builtins(row) for row in gathered.rows.values()])
    for word in ("accessKey'", "primaryKey'", "secretText", "administratorLoginPassword", "BEGIN PRIVATE KEY"):
        assert word not in text


def test_firewalls_in_use_name_addresses_and_no_tags(gathered: Gathered) -> None:
    """What carries a group tells which networks the tag VirtualNetwork means, so that reachability can be certain."""
    groups = [row for row in gathered.rows.values() if isinstance(row, Firewall) and row.used_by]
    assert len(groups) > 3
    peers = {line.peer for row in groups for line in [*(row.rules or ()), *(row.denials or ())] if line.peer}
    assert peers == set()
    assert all(row.evaluation == "each" and any(line.priority == 65500 for line in row.denials or ()) for row in groups)
