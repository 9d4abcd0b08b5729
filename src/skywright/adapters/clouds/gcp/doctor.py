"""Permission by permission: what reading and writing need, and whether Google Cloud lets us.

The Resource Manager is asked: testIamPermissions changes nothing and answers for many at once. It knows only permissions that can
be granted on a project; of the others nothing can be found out in this way.
"""

from collections.abc import Iterator, Mapping, Sequence

from skywright.adapters.clouds.gcp.calls import Calls
from skywright.adapters.clouds.kit.actions import Action
from skywright.adapters.clouds.kit.reading import Reader
from skywright.adapters.clouds.kit.translate import chunks, texts
from skywright.model.errors import SkywrightError
from skywright.model.words import t
from skywright.ports.cloud import Permission

PERMISSIONS_PER_CALL = 100  # projects.testIamPermissions

Found = tuple[bool | None, str]
"""Allowed (None: not found out), and the reason."""


def examine(calls: Calls, project: str, readers: Sequence[Reader], actions: Sequence[Action] = ()) -> Iterator[Permission]:
    """The permissions that ``readers`` and ``actions`` need in one project, by name."""
    users: dict[str, set[str]] = {}
    for reader in readers:
        for name in reader.permissions:
            users.setdefault(name, set()).update(reader.kinds)
    for action in actions:
        for name in action.permissions:
            users.setdefault(name, set()).add(t("changes of {kind}", kind=action.kind))
    found = _tested(calls, project, sorted(users))
    for name, kinds in sorted(users.items()):
        needed_for = t("{kinds} of project {project}", kinds=", ".join(sorted(kinds)), project=project)
        yield Permission(name, needed_for, *found[name])


def _tested(calls: Calls, project: str, names: Sequence[str]) -> Mapping[str, Found]:
    found: dict[str, Found] = {}
    for some in chunks(names, PERMISSIONS_PER_CALL):
        found |= _asked(calls, project, some)
    return found


def _asked(calls: Calls, project: str, names: Sequence[str]) -> dict[str, Found]:
    """A permission that it does not know makes it refuse all that were asked about together: then halves are asked about."""
    try:
        answer = calls.call(
            project,
            "cloudresourcemanager.projects.testIamPermissions",
            resource=f"projects/{project}",
            body={"permissions": list(names)},
        )
    except SkywrightError as error:
        return _halved(calls, project, names, error)
    allowed = set(texts(answer, "permissions") or ())
    return {name: (True, "") if name in allowed else (False, t("No role grants it.")) for name in names}


def _halved(calls: Calls, project: str, names: Sequence[str], error: SkywrightError) -> dict[str, Found]:
    from skywright.adapters.clouds.gcp.faults import status

    if len(names) == 1 or status(error) != 400:
        return dict.fromkeys(names, (None, str(error)))
    half = len(names) // 2
    return _asked(calls, project, names[:half]) | _asked(calls, project, names[half:])
