"""What Azure's actions have of their own: a target that speaks Resource Manager, and settings told as fields of a resource."""

import copy
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from skywright.adapters.clouds.azure.faults import code_of
from skywright.adapters.clouds.azure.ids import arm_path, arm_type
from skywright.adapters.clouds.kit import actions
from skywright.adapters.clouds.kit.actions import SOON_S, Action, Fits, Setting, Values, known
from skywright.adapters.clouds.kit.translate import at
from skywright.model.errors import AskHuman, NotThere, PlanAgain
from skywright.model.plan import Reversibility
from skywright.model.words import t

Body = dict[str, Any]

EDITS_MAX = 4
"""How often a resource is read again when somebody else changed it between our reading and our writing."""

CHANGED_MEANWHILE = ("PreconditionFailed", "ConditionNotMet", "EtagMismatch")
UNSETTLED = ("creating", "updating", "deleting", "accepted", "scaling", "migrating")


class Target(actions.Target):
    """One Azure resource as its calls see it. ``part`` is what stands behind its path (``/blobServices/default``)."""

    @property
    def path(self) -> str:
        """Its path. Raises AskHuman for a resource that has none of its own."""
        try:
            return arm_path(self.name.account, self.name.kind, self.id)
        except ValueError as error:
            raise AskHuman(
                t("{target} is no resource of Azure Resource Manager.", target=self), next_step=t("Change it by hand.")
            ) from error

    @property
    def type(self) -> str:
        """Its type, as Azure spells it; "" for a resource that has none."""
        found = arm_type(self.name.kind, self.id)
        return found.type if found else ""

    def get(self, part: str = "", path: str = "") -> Body:
        """Read it, or what is at another path. Raises NotThere."""
        answer: Body = self._calls.request("GET", self.name.account, (path or self.path) + part)
        return answer

    def present(self) -> Body:
        """Read it. Raises NotThere also when it is on its way out: that has been asked for, and will come about."""
        body = self.get()
        if state_of(body) == "deleting":
            raise NotThere(t("{target} is being deleted.", target=self))
        return body

    def maybe(self, part: str = "", path: str = "") -> Body | None:
        """Like ``get``; None when it is not there."""
        try:
            return self.get(part, path)
        except NotThere:
            return None

    def listed(self, path: str) -> list[Body]:
        """All items of a list."""
        return list(self._calls.pages(self.name.account, path))

    def send(self, method: str, part: str = "", body: Body | None = None, *, path: str = "", etag: str | None = None) -> Body:
        """Write, and wait until Azure says that it is done."""
        answer: Body = self._calls.settled(
            method, self.name.account, (path or self.path) + part, body=body, if_match=etag, sleep=self._sleep
        )
        return answer

    def edit(self, change: Callable[[Body], object], part: str = "", path: str = "") -> None:
        """Read, change and put back whole, but only over the version that was read; again when somebody else was faster.

        For types whose PATCH takes nothing but tags."""
        for attempt in range(EDITS_MAX):
            body = self.get(part, path)
            wanted = copy.deepcopy(body)
            change(wanted)
            if wanted == body:
                return
            etag = body.get("etag") or body.get("eTag")
            try:
                self.send("PUT", part, wanted, path=path, etag=etag)
            except PlanAgain as error:
                if code_of(error) not in CHANGED_MEANWHILE or attempt + 1 == EDITS_MAX:
                    raise
            else:
                return


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """A column and where it stands in a resource (``properties.minimumTlsVersion``). ``shown`` maps Azure's value to the column's,
    ``stored`` the column's to Azure's."""

    column: str
    place: str
    shown: Callable[[Any], Any]
    stored: Callable[[Any], Any]

    def read(self, body: Body) -> Any:
        """The column's value in this answer."""
        return self.shown(at(body, *self.place.split(".")))

    def write(self, body: Body, value: Any) -> None:
        """Put the column's value into a body."""
        *above, last = self.place.split(".")
        for name in above:
            body = body.setdefault(name, {})
        body[last] = self.stored(value)


def flag(column: str, place: str, *, absent: bool = False, inverted: bool = False) -> Field:
    """A switch. ``absent``: what it is where Azure leaves it out; ``inverted``: Azure asks the opposite question."""

    def shown(value: Any) -> bool:
        return (absent if value is None else value is True) != inverted

    return Field(column=column, place=place, shown=shown, stored=lambda value: bool(value) != inverted)


def word(column: str, place: str, true: str, false: str, *, absent: bool = False) -> Field:
    """A switch that Azure spells in words (``Enabled``, ``Disabled``)."""

    def shown(value: Any) -> bool:
        return absent if value is None else str(value).lower() == true.lower()

    return Field(column=column, place=place, shown=shown, stored=lambda value: true if value else false)


def value(column: str, place: str, absent: Any = None) -> Field:
    """A value that is the same on both sides."""
    return Field(column=column, place=place, shown=lambda found: absent if found is None else found, stored=lambda own: own)


def reachable(column: str) -> Field:
    """Whether the internet reaches a service at all: its endpoint is open, and its firewall does not begin by refusing everyone.
    Closing and opening it leaves the firewall's own rules alone. For a setting that is sent by PATCH."""

    def shown(found: Any) -> bool:
        own = found if isinstance(found, dict) else {}
        closed = str(own.get("publicNetworkAccess", "")).lower() in ("disabled", "securedbyperimeter")
        return not closed and str(at(own, "networkAcls", "defaultAction") or "").lower() != "deny"

    return Field(
        column=column,
        place="properties",
        shown=shown,
        stored=lambda wanted: {"publicNetworkAccess": "Enabled" if wanted else "Disabled"},
    )


class Spec(msgspec.Struct, frozen=True, kw_only=True):
    """Where the fields of a setting stand, for one type of resource: in it, in a part of it, or in what it is a part of.

    ``where`` gives the path. ``whole``: its PATCH takes no such fields, so it is read, changed and put back. ``extra`` is sent
    along with every change.
    """

    type: str  # of what is read and written, for the permissions
    fields: tuple[Field, ...]
    where: Callable[[Target], str] = lambda target: target.path
    of: str = ""  # the target's own type, where ``type`` is neither that nor a part of it
    whole: bool = False
    extra: Mapping[str, Any] = {}

    def read(self, target: Target) -> Values | None:
        """The columns as they are; None while Azure is still at it."""
        body = target.get(path=self.where(target))
        if state_of(body) in UNSETTLED:
            return None
        return {field.column: field.read(body) for field in self.fields}

    def write(self, target: Target, wanted: Values) -> None:
        """Bring the columns about."""
        if self.whole:
            target.edit(lambda body: self._fill(body, wanted), path=self.where(target))
            return
        body: Body = copy.deepcopy(dict(self.extra))
        self._fill(body, wanted)
        target.send("PATCH", body=body, path=self.where(target))

    def _fill(self, body: Body, wanted: Values) -> None:
        for field in self.fields:
            if field.column in wanted:
                field.write(body, wanted[field.column])


def below(part: str) -> Callable[[Target], str]:
    """The path of a part of the target."""
    return lambda target: target.path + part


def above(levels: int = 1) -> Callable[[Target], str]:
    """The path of what the target is a part of: a database's server."""
    return lambda target: "/".join(target.path.split("/")[: -2 * levels])


def setting(name: str, kind: str, specs: tuple[Spec, ...], document: str, *, options: "Options | None" = None) -> Setting:
    """An action over one or several types of one kind; which it is, the target's own id says."""
    more = options or Options()
    columns = more.columns or tuple(dict.fromkeys(field.column for spec in specs for field in spec.fields))
    calls = tuple(f"{spec.type}/{verb}" for spec in specs for verb in ("write", "read"))
    return Setting(
        action=Action(
            name=name,
            kind=kind,
            columns=columns,
            implied=more.implied,
            calls=tuple(dict.fromkeys((*calls, *more.calls))),
            reversibility=more.reversibility,
            document=document,
            note=more.note,
        ),
        read=lambda target: _of(specs, target).read(target),
        write=lambda target, wanted: _of(specs, target).write(target, wanted),
        allowed=more.allowed,
        within_s=more.within_s,
        whole=False,
    )


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What some settings have besides."""

    implied: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()
    reversibility: Reversibility = Reversibility.FULL
    note: str = ""
    allowed: Fits = known
    within_s: float = SOON_S


def _of(specs: tuple[Spec, ...], target: Target) -> Spec:
    """The spec for the target's type: its type or a part of it, or else what it is a part of."""
    own = target.type.lower()
    for spec in specs:
        known = (spec.of or spec.type).lower()
        if own and (known.startswith(own) or own.startswith(known)):
            return spec
    raise AskHuman(
        t("{target} is of a type ({type}) for which Azure has no such setting.", target=target, type=target.type),
        next_step=t("Drop this change."),
    )


def state_of(body: Body) -> str:
    """succeeded, updating, deleting, ... in lower case; "" when it is not told."""
    return str(at(body, "properties", "provisioningState") or "").lower()


def properties(body: Body) -> Body:
    """What stands under ``properties``."""
    found: Body = body.get("properties") or {}
    return found
