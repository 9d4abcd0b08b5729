"""A scope is unchanged only when every call was answered, byte for byte, as before, and the same code would understand it."""

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

import pytest

from skywright.adapters.clouds.kit import cloud as kit
from skywright.adapters.clouds.kit import witness
from skywright.adapters.clouds.kit.caller import Caller
from skywright.adapters.clouds.kit.place import Place
from skywright.adapters.clouds.kit.reading import Desk, Later, Memo, Reader, Reading
from skywright.model.errors import Denied, NotThere, TryAgain
from skywright.model.estate import CoverageState, Scope
from skywright.model.kinds.storage import Volume
from skywright.ports.cloud import Batch, Unchanged

KIND = Volume.KIND
SCOPE = Scope("sky", "1", "north", "volumes", (KIND,))


class Here(Place, frozen=True):
    CLOUD = "sky"
    PROVIDER = "Sky"


class Clock:
    at = datetime(2026, 7, 1)

    def now(self) -> datetime:
        return self.at

    def sleep(self, seconds: float) -> None:
        """Time passes at once."""


class Web:
    """Answers by path; what is an exception is raised."""

    def __init__(self) -> None:
        self.told: dict[str, Any] = {
            "volumes": [{"name": "a", "size": 1}, {"name": "b", "size": 2}],
            "details/a": {"type": "ssd"},
            "details/b": {"type": "hdd"},
            "prices": {"ssd": 3},
        }
        self._caller = Caller(Clock())

    def get(self, path: str) -> Any:
        return self._caller.call("1", "web", path, lambda: self._once(path))

    def _once(self, path: str) -> Any:
        found = self.told[path]
        if isinstance(found, Exception):
            raise found
        content = json.dumps(found).encode()
        witness.saw(path, content)
        return json.loads(content)


class Sky(kit.ReaderCloud):
    name = "sky"
    vouches = True

    def __init__(self, web: Web, read: Callable[[Any], None], skip: Sequence[str] = ()) -> None:
        super().__init__(Clock(), skip_services=skip)
        self.web = web
        self._read = read

    def readers(self) -> Sequence[Reader]:
        return (Reader(name="volumes", service="disks", kinds=(KIND,), read=self._read),)

    def reading(self, reader: Reader, account: str, region: str, only: frozenset[str] | None = None) -> Reading:
        desk = Desk(calls=self.web, memo=self._memo, threads=self._threads, now=self._clock.now())
        return Reading(desk, Here(account, region), reader.service, only)


class Translator:
    """A reader that counts what it translates: a list, a detail each in other threads, and a fact that readers share."""

    def __init__(self) -> None:
        self.translated = 0

    def read(self, desk: Any) -> None:
        calls = desk._desk.calls
        listed = calls.get("volumes")
        details = desk.each(KIND, listed, lambda raw: self._detail(calls, raw))
        prices = desk.shared("prices", lambda: calls.get("prices"))
        desk.take(KIND, details, lambda pair: self.volume(desk, *pair, prices))

    def _detail(self, calls: Web, raw: Any) -> Any:
        try:
            return calls.get(f"details/{raw['name']}")
        except NotThere:
            return {}

    def volume(self, desk: Any, raw: Any, detail: Any, prices: Any) -> Volume:
        self.translated += 1
        priced = {"priced": detail.get("type") in prices}
        return Volume(**desk.place.common(KIND, raw["name"]), size_gib=raw["size"], type=(detail or {}).get("type"), native=priced)


def read(web: Web, answers: str = "", skip: Sequence[str] = ()) -> tuple[Batch | Unchanged, int]:
    """One reading by a cloud of its own (as by another process), and how many rows were translated for it."""
    translator = Translator()
    return Sky(web, translator.read, skip).read_again(SCOPE, answers), translator.translated


def first(web: Web) -> Batch:
    seen, _ = read(web)
    assert isinstance(seen, Batch)
    return seen


def test_the_same_answers_are_not_translated_again() -> None:
    web = Web()
    before = first(web)
    assert before.answers
    seen, translated = read(web, before.answers)
    assert isinstance(seen, Unchanged)
    assert (seen.answers, translated) == (before.answers, 0)
    assert seen.batch() == before


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("volumes", [{"name": "a", "size": 1}, {"name": "b", "size": 3}]),
        ("volumes", [{"name": "b", "size": 2}, {"name": "a", "size": 1}]),
        ("details/b", {"type": "ssd"}),
        ("details/b", NotThere("b is gone")),
        ("prices", {"ssd": 4}),
    ],
)
def test_one_other_answer_and_all_is_translated_again(path: str, answer: Any) -> None:
    web = Web()
    before = first(web)
    web.told[path] = answer
    seen, translated = read(web, before.answers)
    assert isinstance(seen, Batch)
    assert translated == 2
    assert seen.answers not in ("", before.answers)


def test_of_what_is_as_before_nothing_is_made() -> None:
    web, made = Web(), []

    def reading(desk: Any) -> None:
        listed = desk._desk.calls.get("volumes")
        rows = Later(len(listed), lambda: made.append(1) or listed)
        assert len(rows) == 2
        desk.take(KIND, rows, lambda raw: Volume(**desk.place.common(KIND, raw["name"])))

    before = Sky(web, reading).read_again(SCOPE, "of another day")
    assert isinstance(before, Batch)
    assert ([row.native_id for row in before.resources], made) == (["a", "b"], [1])
    seen = Sky(web, reading).read_again(SCOPE, before.answers)
    assert isinstance(seen, Unchanged)
    assert made == [1]
    assert (seen.batch(), made) == (before, [1, 1])


def test_answers_that_change_places_are_other_answers() -> None:
    web = Web()
    before = first(web)
    web.told["details/a"], web.told["details/b"] = web.told["details/b"], web.told["details/a"]
    assert isinstance(read(web, before.answers)[0], Batch)


@pytest.mark.parametrize("path", ["volumes", "details/a", "prices"])
@pytest.mark.parametrize("error", [Denied("no", next_step="Ask."), TryAgain("slow down", throttled=True)])
def test_a_call_that_fails_is_a_gap_and_nothing_is_taken_from_before(path: str, error: Exception) -> None:
    web = Web()
    before = first(web)
    web.told[path] = error
    seen, _ = read(web, before.answers)
    assert isinstance(seen, Batch)
    assert seen.answers == ""
    row = seen.coverage[0]
    assert row.state is not CoverageState.COMPLETE or row.partial


def test_a_failure_that_a_reader_swallows_is_never_vouched_for() -> None:
    def reading(desk: Any) -> None:
        with suppress(Denied):
            desk._desk.calls.get("prices")
        desk.take(KIND, [], lambda raw: raw)

    web = Web()
    web.told["prices"] = Denied("no", next_step="Ask.")
    batch = Sky(web, reading).read(SCOPE)
    assert (batch.coverage[0].state, batch.answers) == (CoverageState.COMPLETE, "")


def test_other_code_and_other_settings_understand_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    web = Web()
    before = first(web)
    assert isinstance(read(web, before.answers, skip=["queues"])[0], Batch)
    monkeypatch.setattr(kit, "sources", lambda *_folders: "another version")
    assert isinstance(read(web, before.answers)[0], Batch)


def test_a_cloud_that_does_not_vouch_is_read_as_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    web = Web()
    before = first(web)
    monkeypatch.setattr(Sky, "vouches", False)
    seen, translated = read(web, before.answers)
    assert isinstance(seen, Batch)
    assert (seen.answers, translated) == ("", 2)


def test_what_rests_on_the_time_is_never_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def reading(desk: Any) -> None:
        desk.take(KIND, desk._desk.calls.get("volumes"), lambda raw: late(desk, raw))

    def late(desk: Any, raw: Any) -> Volume:
        return Volume(**desk.place.common(KIND, raw["name"]), created_at=desk.now)

    web = Web()
    before = Sky(web, reading).read(SCOPE)
    monkeypatch.setattr(Clock, "at", datetime(2026, 7, 2))
    seen = Sky(web, reading).read_again(SCOPE, before.answers)
    assert isinstance(seen, Batch)
    assert {row.created_at for row in seen.resources} == {datetime(2026, 7, 2)}


def test_an_answer_of_another_shape_is_a_gap_when_it_is_translated_late() -> None:
    web = Web()
    before = first(web)
    web.told["volumes"] = [{"name": "a", "size": 1}, {"name": "b"}]
    seen, _ = read(web, before.answers)
    assert isinstance(seen, Batch)
    assert [row.native_id for row in seen.resources] == ["a"]
    assert (seen.coverage[0].state, seen.answers) == (CoverageState.FAILED, "")


def test_rows_that_a_reader_looks_at_are_there() -> None:
    found: list[str] = []

    def reading(desk: Any) -> None:
        raws = desk._desk.calls.get("volumes")
        desk.take(KIND, raws[:1], lambda raw: Volume(**desk.place.common(KIND, raw["name"])))
        rows = desk.take(KIND, raws[1:], lambda raw: Volume(**desk.place.common(KIND, raw["name"])))
        found.extend([rows[0].native_id, *(row.native_id for row in rows)])

    seen = Sky(Web(), reading).read_again(SCOPE, "of another day")
    assert isinstance(seen, Batch)
    assert found == ["b", "b"]
    assert [row.native_id for row in seen.resources] == ["a", "b"]


def test_of_what_is_summed_up_only_the_failure_is_told() -> None:
    outer = witness.Witness()
    with witness.watched(outer):
        empty = outer.digest()
        with witness.summed_up():
            witness.saw("all", b"with the time of day")
        assert outer.digest() == empty
        with pytest.raises(Denied), witness.summed_up():
            Caller(Clock()).call("1", "web", "all", lambda: (_ for _ in ()).throw(Denied("no", next_step="Ask.")))
    assert outer.digest() == ""


def test_either_way_the_same_failure_is_the_same_answer() -> None:
    def digest(why: str | None) -> str:
        outer = witness.Witness()
        with witness.watched(outer):
            try:
                with witness.either_way("policy"):
                    Caller(Clock()).call("1", "web", "policy", lambda: raising(why))
            except Denied:
                pass
        return outer.digest()

    def raising(why: str | None) -> None:
        if why:
            raise Denied(why, next_step="Ask.")
        witness.saw("policy", b"yes")

    assert digest("no") == digest("no") != ""
    assert len({digest("no"), digest("not offered"), digest(None)}) == 3


def test_a_shared_fact_is_vouched_for_by_everybody_who_asks() -> None:
    memo, marks = Memo(), []
    for _ in range(2):
        one = witness.Witness()
        with witness.watched(one):
            memo.get("fact", lambda: witness.saw("fact", b"1"))
        marks.append(one.digest())
    assert marks[0] == marks[1] != witness.Witness().digest()
