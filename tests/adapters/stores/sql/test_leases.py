"""Who is alive, by the database's clock; and that a buried process neither acts nor writes."""

import threading
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import text

from skywright.adapters.stores.sql import SqlStore
from skywright.adapters.stores.sql.leases import SqlLeases
from skywright.model.errors import Superseded

OLD = "UPDATE executor SET expires = expires - interval '1 hour', heartbeat = heartbeat - interval '1 hour'"


@pytest.fixture
def opener(postgres_url: str) -> Iterator[Callable[[], tuple[SqlStore, SqlLeases]]]:
    """A process: a store and its leases, of ten minutes (so that none is renewed within a test)."""
    opened: list[SqlStore] = []

    def process() -> tuple[SqlStore, SqlLeases]:
        opened.append(SqlStore(postgres_url))
        leases = opened[-1].leases(600)
        return opened[-1], leases

    yield process
    for store in opened:
        store.close()


@pytest.fixture(autouse=True)
def _no_outage(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server is up for longer than any lease."""
    from skywright.adapters.stores.sql import leases

    for name in ("_DEAD", "_LOOKED", "_WORKERS", "_LED"):
        monkeypatch.setattr(leases, name, getattr(leases, name).replace(leases._UP_S, "1e9"))


def aged(store: SqlStore) -> None:
    """As if nobody had been heard of for an hour; the renewing connection was seen last an hour ago too."""
    with store._database.plain() as connection:
        connection.execute(text(OLD))


def held(leases: SqlLeases, name: str) -> None:
    """Take a lease and let its thread do its first renewal, after which it waits a minute."""
    leases.hold(name, "worker")
    with leases._database.plain() as connection:
        while connection.execute(text("SELECT backend FROM executor WHERE id = :id"), {"id": name}).scalar() is None:
            threading.Event().wait(0.01)


def test_a_lease_that_is_held_is_alive_and_one_that_is_let_go_is_dead_at_once(opener) -> None:
    (_, mine), (_, other) = opener(), opener()
    held(mine, "one")
    assert other.dead() == []
    with other.of_the_dead("one") as dead:
        assert not dead
    assert [(one.executor, one.role, one.alive) for one in other.workers()] == [("one", "worker", True)]
    mine.let_go("one")
    assert other.dead() == ["one"]
    other.forget("one")  # not buried: it is not forgotten
    assert other.dead() == ["one"]
    with other.of_the_dead("one") as dead:
        assert dead
    other.forget("one")
    assert other.dead() == []


def test_the_buried_neither_acts_nor_writes(opener) -> None:
    (store, mine), (other_store, other) = opener(), opener()
    held(mine, "one")
    mine.check("one")
    store.facts.put("a", "1")
    aged(other_store)
    with other.of_the_dead("one") as dead:
        assert dead
    with pytest.raises(Superseded) as error:
        mine.check("one")
    assert str(error.value) == (
        "This process (one) was not heard of for longer than its lease, and its work was given to others. "
        "Nothing more is done here; `skywright runs` shows how it goes on."
    )
    with pytest.raises(Superseded):
        store.facts.put("a", "2")
    assert other_store.facts.get("a") == "1"
    mine.let_go("one")


def test_a_lease_that_ran_out_but_was_not_acted_upon_is_renewed(opener) -> None:
    (store, mine), (other_store, other) = opener(), opener()
    held(mine, "one")
    aged(other_store)
    assert other.dead() == ["one"]
    mine.check("one")
    assert other.dead() == []
    store.facts.put("a", "1")
    mine.let_go("one")


def test_a_burial_waits_for_a_write_that_is_under_way(opener) -> None:
    (store, mine), (other_store, other) = opener(), opener()
    held(mine, "one")
    aged(other_store)
    with store._database.writing() as connection:
        connection.execute(text("INSERT INTO fact (key, value) VALUES ('a', '1')"))
        with other.of_the_dead("one") as dead:
            assert not dead  # it gave up waiting
    with other.of_the_dead("one") as dead:
        assert dead
    assert other_store.facts.get("a") == "1"
    mine.let_go("one")


def test_who_is_unknown_is_dead(opener) -> None:
    _, leases = opener()
    leases.workers()
    with leases.of_the_dead("nobody") as dead:
        assert dead


def test_one_leads_and_another_when_it_is_dead(opener) -> None:
    (_, mine), (_, other) = opener(), opener()
    held(mine, "one")
    held(other, "two")
    assert mine.leads("one", "schedules")
    assert not other.leads("two", "schedules")
    assert other.leads("two", "something else")
    mine.let_go("one")
    assert other.leads("two", "schedules")
    other.let_go("two")


def test_after_an_outage_everybody_gets_the_time_of_a_lease(opener, monkeypatch: pytest.MonkeyPatch) -> None:
    from skywright.adapters.stores.sql import leases as module

    (_, mine), (other_store, other) = opener(), opener()
    held(mine, "one")
    aged(other_store)
    monkeypatch.setattr(module, "_DEAD", module._DEAD.replace("1e9", "1"))
    assert other.dead() == []
    mine.let_go("one")
