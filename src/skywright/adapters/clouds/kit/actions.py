"""What every action is made of: a target, a way to wait for it, settings that are read and written, and the table's columns."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Protocol, Self, TypeVar

import msgspec

from skywright.model.canonical import canonical
from skywright.model.errors import NotThere, PlanAgain, TryAgain
from skywright.model.kinds import ResourceName, resource_id
from skywright.model.plan import Reversibility
from skywright.model.words import t
from skywright.ports.cloud import Step

Values = Mapping[str, Any]
"""Neutral columns and their values."""

Sleep = Callable[[float], None]

SOON_S = 60.0
"""How long a plain setting may take to be seen again: reads are eventually consistent."""

MINUTES_S = 900.0
"""How long an instance may take to stop, or to start and pass its status checks."""

HOUR_S = 3600.0
"""How long a copy, a database or a volume's optimisation may take before the step is handed back to be tried again."""

PAUSE_MAX_S = 20.0

Found = TypeVar("Found")


class Action(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the table of actions: what is done to which columns of a kind, by which calls, and how it is taken back.

    ``columns`` empty: the resource is deleted. ``implied`` columns follow from the others and need no call. ``permissions``
    are the provider's permissions where they are named otherwise than the calls. ``document`` is the page that states the rule, and
    ``note`` what undo cannot bring back.
    """

    name: str
    kind: str
    columns: tuple[str, ...]
    calls: tuple[str, ...]
    document: str
    implied: tuple[str, ...] = ()
    reversibility: Reversibility = Reversibility.FULL
    own_permissions: tuple[str, ...] = ()
    note: str = ""

    @property
    def permissions(self) -> tuple[str, ...]:
        """The permissions that the calls need."""
        return self.own_permissions or self.calls


class Target:
    """One resource as its calls see it: its name in parts, the way to the API (``calls``, the cloud's own client), and patience.

    ``token`` is the idempotency token of the step under way, for calls that take one. Each cloud's write rooms subclass it with the
    shortest way to say a call.
    """

    def __init__(self, calls: Any, name: ResourceName, sleep: Sleep = time.sleep, token: str = "") -> None:
        self._calls = calls
        self.name = name
        self._sleep = sleep
        self.token = token

    def carrying(self, token: str) -> Self:
        """The same target with the token of a step."""
        return type(self)(self._calls, self.name, self._sleep, token)

    @property
    def id(self) -> str:
        """The provider's own id."""
        return self.name.native_id

    def __str__(self) -> str:
        name = self.name
        return resource_id(name.cloud, name.account, name.region, name.kind, name.native_id)

    def until(self, what: str, look: Callable[[], Found | None], within_s: float = SOON_S) -> Found:
        """Look until there is an answer, pausing longer each time. Raises TryAgain with ``what`` has not come about in time."""
        waited, pause = 0.0, 1.0
        while (found := look()) is None:
            if waited >= within_s:
                raise TryAgain(
                    t("{target} is not yet {what} after {minutes:.0f} minutes.", target=self, what=what, minutes=waited / 60)
                )
            self._sleep(pause)
            waited, pause = waited + pause, min(pause * 2, PAUSE_MAX_S)
        return found


@contextmanager
def planned(target: Target) -> Iterator[None]:
    """What a step may raise: a target that is gone is a world that moved."""
    try:
        yield
    except NotThere as gone:
        raise PlanAgain(
            t("{target} is gone: {reason}", target=target, reason=gone.message), next_step=t("Gather and plan again.")
        ) from gone


def moved(target: Target, seen: Values, planned_on: Values, wanted: Values) -> PlanAgain:
    """The error for a target that is neither as it was planned on nor as it is wanted."""
    neither = (name for name, value in wanted.items() if not _either(seen.get(name), planned_on.get(name), value))
    column = next(neither, next(iter(wanted)))
    text = t(
        "{target}: {column} is {seen}, neither {before} as planned nor {after} as wanted.",
        target=target,
        column=column,
        seen=shown(seen.get(column)),
        before=shown(planned_on.get(column)),
        after=shown(wanted[column]),
    )
    return PlanAgain(text, next_step=t("Gather and plan again."))


def _either(seen: Any, one: Any, other: Any) -> bool:
    return same(seen, one) or same(seen, other)


SHOWN_MAX = 60


def shown(value: Any) -> str:
    """A value in a sentence, cut when it is long."""
    text = canonical(value).decode()
    return text if len(text) <= SHOWN_MAX else text[: SHOWN_MAX - 3] + "..."


def same(one: Any, other: Any) -> bool:
    """Are these the same value? Lists are compared without their order, JSON documents without their layout."""
    return bool(_comparable(one) == _comparable(other))


def _comparable(value: Any) -> Any:
    plain = msgspec.to_builtins(value)
    if isinstance(plain, list):
        return sorted(canonical(item) for item in plain)
    if isinstance(plain, str) and plain.startswith("{"):
        with suppress(msgspec.DecodeError):
            return msgspec.json.decode(plain)
    return plain


def matches(seen: Values, wanted: Values) -> bool:
    """Does ``seen`` hold every column of ``wanted``?"""
    return all(same(seen.get(column), value) for column, value in wanted.items())


class Way(Protocol):
    """How an action is carried out."""

    @property
    def action(self) -> Action:
        """Its line in the table."""

    def fits(self, before: Values, after: Values | None) -> bool:
        """Can this way bring a resource from ``before`` to ``after``? Pure."""

    def reversibility(self, before: Values, after: Values | None) -> Reversibility:
        """How this very change is taken back. Pure."""

    def steps(self, target: Any, change: str, before: Values, after: Values | None) -> tuple[Step, ...]:
        """The steps, in order. ``change`` is the change's id. Pure."""


Fits = Callable[[Values, Values], bool]


def known(before: Values, after: Values) -> bool:
    """The usual condition of a setting: every column is known before and wanted after (None is no value)."""
    return all(before.get(column) is not None and value is not None for column, value in after.items())


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """Columns that one operation reads and one writes, so that the way back is the way there with other values.

    ``read`` gives the action's columns as they are now, or None while the resource is between two states.
    ``write(target, wanted)`` gets all the action's columns, with the changed ones as wanted, or only those if not ``whole``.
    ``undone`` says what undo leads to, where that is not exactly what was before. ``spelled`` turns the plan's values into
    those that ``read`` gives.
    """

    action: Action
    read: Callable[[Any], Values | None]
    write: Callable[[Any, Values], object]
    allowed: Fits = known
    undone: Callable[[Values], Values] = dict
    spelled: Callable[[Values], Values] = dict
    within_s: float = SOON_S
    whole: bool = True

    def fits(self, before: Values, after: Values | None) -> bool:
        """A setting changes what is there; it deletes nothing."""
        return after is not None and self.allowed(before, after)

    def reversibility(self, before: Values, after: Values | None) -> Reversibility:
        """As the action says."""
        return self.action.reversibility

    def steps(self, target: Any, change: str, before: Values, after: Values | None) -> tuple[Step, ...]:
        """One step."""
        return (SettingStep(target, self, before, after or {}),)


class SettingStep:
    """Bring columns from ``before`` to ``after`` by looking, writing and looking again; undo is the same with the two swapped.

    The previous values come from the plan, never from what a first run may already have changed.
    """

    def __init__(self, target: Target, setting: Setting, before: Values, after: Values) -> None:
        self._target: Any = target  # of the cloud's own class, as its settings want it
        self._setting = setting
        wanted = {column: after[column] for column in setting.action.columns if column in after}
        self._after = setting.spelled(wanted)
        self._before = setting.spelled({column: before.get(column) for column in wanted})
        self.name = setting.action.calls[0]
        self.text = t("Set {columns} of {target}.", columns=_difference(self._before, self._after), target=target)
        self.reversibility = setting.action.reversibility

    def do(self, token: str) -> dict[str, Any]:
        """Before -> after."""
        self._bring(self._before, self._after, self._after, token)
        return {"was": msgspec.to_builtins(self._before)}

    def undo(self, token: str, result: dict[str, Any] | None) -> None:
        """After -> before. Whether ``do`` had its effect is seen on the target itself."""
        self._bring(self._after, self._before, self._setting.undone(self._before), token)

    def _bring(self, start: Values, end: Values, goal: Values, token: str) -> None:
        """From ``start`` to ``goal``, which stands for ``end``. Already there: nothing to do."""
        setting, target = self._setting, self._target
        with planned(target):
            seen = target.until(t("settled"), lambda: setting.read(target), setting.within_s)
            if matches(seen, end) or matches(seen, goal):
                return
            if not matches(seen, start):
                raise moved(target, seen, start, end)
            setting.write(target.carrying(token), {**seen, **goal} if setting.whole else goal)
            target.until(t("as wanted"), lambda: self._reached(goal), setting.within_s)

    def _reached(self, end: Values) -> bool | None:
        seen = self._setting.read(self._target)
        return True if seen is not None and matches(seen, end) else None


def _difference(before: Values, after: Values) -> str:
    return ", ".join(f"{column}: {shown(before[column])} -> {shown(value)}" for column, value in after.items())


def first(found: Sequence[dict[str, Any]], target: Target) -> dict[str, Any]:
    """The one item that was asked for. Raises NotThere when the list is empty: some services answer so for what is gone."""
    if not found:
        raise NotThere(t("{target} does not exist.", target=target))
    return found[0]


def switched_on(column: str, *needed: str) -> Fits:
    """A condition: off before, on after, with a value for all that is ``needed``. For what can be on in several ways, of which
    the way back from off could not tell which it was."""
    return lambda before, after: (
        before.get(column) is False and after.get(column) is True and all(after.get(name) for name in needed)
    )


def one_of(*values: Any) -> Fits:
    """A condition: every value, before and after, is one of ``values``."""
    return lambda before, after: all(before.get(column) in values and value in values for column, value in after.items())
