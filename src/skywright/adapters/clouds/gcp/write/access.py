"""Who may: grants to everyone are withdrawn, bindings of a project removed, service accounts and their keys switched off.

What is withdrawn is remembered by a step of its own before anything is changed, so that a crash at any later point still knows
what to give back.
"""

import re
from collections.abc import Callable
from typing import Any

import msgspec

from skywright.adapters.clouds.gcp.documents import method
from skywright.adapters.clouds.gcp.read.identity import access_key, service_account
from skywright.adapters.clouds.gcp.read.names import EVERYONE
from skywright.adapters.clouds.gcp.write.base import Raw, Target, action, picked, refuse
from skywright.adapters.clouds.gcp.write.platform import key_path
from skywright.adapters.clouds.kit.actions import Action, Setting, Values, Way, one_of, planned
from skywright.model.plan import Reversibility
from skywright.model.words import t
from skywright.ports.cloud import Step

POLICY_VERSION = 3  # with conditions: a policy that is read without them and written back would lose them
OWNER = "roles/owner"
ACCOUNTS = "iam.projects.serviceAccounts"
BINDING = re.compile(r"projects/(?P<project>[^/]+)/(?P<role>(?:(?:projects|organizations)/[^/]+/)?roles/[^/]+)/(?P<member>.+)")

Mine = Callable[[Target, Raw, str], bool]


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """Where the policy of one kind is kept: its methods' prefix, and the name by which they know the resource."""

    methods: str
    name: Callable[[Target], Raw]
    bare: bool = False  # the request is the policy itself

    def get(self, target: Target) -> Raw:
        """The policy as it is now. Raises NotThere."""
        full = f"{self.methods}.getIamPolicy"
        params: Raw = {one: POLICY_VERSION for one in method(full).parameters if one.endswith("equestedPolicyVersion")}
        if method(full).httpMethod == "POST":
            return target.call(full, body={"options": {"requestedPolicyVersion": POLICY_VERSION}}, **self.name(target))
        return target.call(full, **params, **self.name(target))

    def put(self, target: Target, policy: Raw, bindings: list[Raw]) -> None:
        """Write other bindings over the policy that was read. Raises PlanAgain when somebody else was faster."""
        kept = {name: value for name, value in policy.items() if name not in ("kind", "resourceId")}
        whole = {**kept, "bindings": bindings, "version": POLICY_VERSION}
        full = f"{self.methods}.setIamPolicy"
        target.call(full, body=whole if self.bare else {"policy": whole}, again=True, **self.name(target))


class Withdrawal(msgspec.Struct, frozen=True, kw_only=True):
    """The way that takes grants away. ``mine(target, binding, member)`` says which; ``checked`` raises AskHuman before that."""

    action: Action
    held: Held
    mine: Mine
    column: str = ""  # the column that says whether there is such a grant; "": the resource is the grant
    checked: Callable[[Target, Raw], None] = lambda _target, _policy: None

    def fits(self, before: Values, after: Values | None) -> bool:
        """From granted to not granted; the other way nobody says what to grant."""
        if not self.column:
            return after is None and str(before.get("scope") or ":account.account/").count(":account.account/") == 1
        return after is not None and before.get(self.column) is True and after.get(self.column) is False

    def reversibility(self, before: Values, after: Values | None) -> Reversibility:
        """What was granted is granted again."""
        return Reversibility.FULL

    def steps(self, target: Any, change: str, before: Values, after: Values | None) -> tuple[Step, ...]:
        """Remember, then withdraw."""
        return (Remember(target, self), Withdraw(target, self))

    def granted(self, target: Target, policy: Raw) -> list[Raw]:
        """The grants that are meant, as bindings with these members only."""
        found = []
        for binding in policy.get("bindings") or ():
            members = [member for member in binding.get("members") or () if self.mine(target, binding, member)]
            if members:
                found.append({**binding, "members": members})
        return found


class Remember:
    """Note what is granted; undo grants what is missing of it again."""

    reversibility = Reversibility.FULL

    def __init__(self, target: Target, way: Withdrawal) -> None:
        self._target = target
        self._way = way
        self.name = f"{way.held.methods}.getIamPolicy"
        self.text = t("Note who is granted what on {target}, for the way back.", target=target)

    def do(self, token: str) -> dict[str, Any]:
        """The grants, for undo."""
        with planned(self._target):
            policy = self._way.held.get(self._target)
            self._way.checked(self._target, policy)
            return {"granted": self._way.granted(self._target, policy)}

    def undo(self, token: str, result: dict[str, Any] | None) -> None:
        """Without a note nothing has been withdrawn."""
        with planned(self._target):
            self._target.renewed(lambda: self._give((result or {}).get("granted") or []))

    def _give(self, granted: list[Raw]) -> None:
        policy = self._way.held.get(self._target)
        bindings = list(policy.get("bindings") or ())
        for grant in granted:
            bindings = _with(bindings, grant)
        if bindings != list(policy.get("bindings") or ()):
            self._way.held.put(self._target, policy, bindings)


def _with(bindings: list[Raw], grant: Raw) -> list[Raw]:
    """Bindings with a grant added where the same role has the same condition."""
    missing = [member for member in grant["members"] if not any(_same(one, grant) and member in one["members"] for one in bindings)]
    if not missing:
        return bindings
    place = next((index for index, one in enumerate(bindings) if _same(one, grant)), None)
    if place is None:
        return [*bindings, grant]
    widened = {**bindings[place], "members": [*bindings[place]["members"], *missing]}
    return [*bindings[:place], widened, *bindings[place + 1 :]]


def _same(one: Raw, other: Raw) -> bool:
    return bool(one.get("role") == other.get("role") and one.get("condition") == other.get("condition"))


class Withdraw:
    """Take the grants away. What it took is given back by the step before it."""

    reversibility = Reversibility.FULL

    def __init__(self, target: Target, way: Withdrawal) -> None:
        self._target = target
        self._way = way
        self.name = f"{way.held.methods}.setIamPolicy"
        self.text = t("Withdraw what is granted on {target}.", target=target)

    def do(self, token: str) -> dict[str, Any]:
        """Not granted any more, and seen to be so."""
        with planned(self._target):
            self._target.renewed(self._take)
            self._target.until(t("withdrawn"), lambda: None if self._left() else True)
        return {}

    def undo(self, token: str, result: dict[str, Any] | None) -> None:
        """Left to the step that remembers."""

    def _left(self) -> list[Raw]:
        return self._way.granted(self._target, self._way.held.get(self._target))

    def _take(self) -> None:
        policy = self._way.held.get(self._target)
        if not self._way.granted(self._target, policy):
            return
        rest = []
        for binding in policy.get("bindings") or ():
            members = [member for member in binding.get("members") or () if not self._way.mine(self._target, binding, member)]
            if members:
                rest.append({**binding, "members": members})
        self._way.held.put(self._target, policy, rest)


# --- grants to everyone ---------------------------------------------------------------------------------------------------------


def _everyone(_target: Target, _binding: Raw, member: str) -> bool:
    return member in EVERYONE


def _compute(target: Target) -> Raw:
    return {"project": target.project, "resource": target.own_name}


def _path(form: str) -> Callable[[Target], Raw]:
    return lambda target: {"resource": form.format(project=target.project, location=target.location, name=target.own_name)}


def _close(name: str, kind: str, column: str, held: Held, document: str, **more: Any) -> Withdrawal:
    calls = (f"{held.methods}.setIamPolicy", f"{held.methods}.getIamPolicy")
    line = action(name, kind, (column,), *calls, document=document, **more)
    return Withdrawal(action=line, held=held, mine=_everyone, column=column)


LOCATED = "projects/{project}/locations/{location}"
BUCKET = Held(methods="storage.buckets", name=lambda target: {"bucket": target.own_name}, bare=True)
CLOSINGS = (
    _close(
        "make an image private",
        "compute.image",
        "public",
        Held(methods="compute.images", name=_compute),
        "Compute Engine: Manage access to custom images",
        implied=("shared_with",),
    ),
    _close(
        "make a snapshot private",
        "storage.snapshot",
        "public",
        Held(methods="compute.snapshots", name=_compute),
        "Compute Engine: Manage access to Compute Engine resources",
        implied=("shared_with",),
    ),
    _close(
        "withdraw everyone's rights on a bucket",
        "storage.bucket",
        "public_policy",
        BUCKET,
        "Cloud Storage: Make data public",
        implied=("policy",),
    ),
    _close(
        "withdraw everyone's rights on a topic",
        "messaging.topic",
        "public",
        Held(methods="pubsub.projects.topics", name=_path("projects/{project}/topics/{name}")),
        "Pub/Sub: Access control with IAM",
    ),
    _close(
        "withdraw everyone's rights on a subscription",
        "messaging.queue",
        "public",
        Held(methods="pubsub.projects.subscriptions", name=_path("projects/{project}/subscriptions/{name}")),
        "Pub/Sub: Access control with IAM",
    ),
    _close(
        "withdraw everyone's rights on a repository",
        "registry.repository",
        "public",
        Held(methods="artifactregistry.projects.locations.repositories", name=_path(LOCATED + "/repositories/{name}")),
        "Artifact Registry: Configure roles and permissions",
    ),
    _close(
        "let only known callers call a service",
        "container.service",
        "anonymous",
        Held(methods="run.projects.locations.services", name=_path(LOCATED + "/services/{name}")),
        "Cloud Run: Allowing public (unauthenticated) access",
    ),
    _close(
        "withdraw everyone's rights on a key",
        "crypto.key",
        "public",
        Held(methods="cloudkms.projects.locations.keyRings.cryptoKeys", name=lambda target: {"resource": key_path(target)}),
        "Cloud KMS: Access control with IAM",
    ),
)


# --- bindings of a project ------------------------------------------------------------------------------------------------------


def _parts(target: Target) -> tuple[str, str, str]:
    """Role, member and title of the condition ("" for none) of a binding, by its id."""
    found = BINDING.fullmatch(target.id)
    if found is None:
        raise refuse(t("{target} is not a binding of a project.", target=target), t("Remove it by hand."))
    member, _, title = found["member"].partition("/")
    return found["role"], member, title


def _is_it(target: Target, binding: Raw, member: str) -> bool:
    role, wanted, title = _parts(target)
    return binding.get("role") == role and member == wanted and (binding.get("condition") or {}).get("title", "") == title


def _not_the_last(target: Target, policy: Raw) -> None:
    """A project without an owner cannot be mended by those who own nothing above it."""
    role, member, _ = _parts(target)
    owners = {
        one for binding in policy.get("bindings") or () if binding.get("role") == OWNER for one in binding.get("members") or ()
    }
    if role == OWNER and owners == {member}:
        raise refuse(
            t("{member} is the last owner of {project}.", member=member, project=target.project),
            t("Make someone else an owner first."),
        )


PROJECT = Held(methods="cloudresourcemanager.projects", name=lambda target: {"resource": f"projects/{target.project}"})
UNBIND = Withdrawal(
    action=action(
        "take a role on a project away from someone",
        "identity.binding",
        (),
        "cloudresourcemanager.projects.setIamPolicy",
        "cloudresourcemanager.projects.getIamPolicy",
        document="IAM: Manage access to projects, folders, and organizations",
    ),
    held=PROJECT,
    mine=_is_it,
    checked=_not_the_last,
)


# --- service accounts -----------------------------------------------------------------------------------------------------------


def _key_name(target: Target) -> str:
    account, _, key = target.id.partition("/")
    return f"projects/{target.project}/serviceAccounts/{account}/keys/{key}"


def _read_key(target: Target) -> Values:
    found = target.call(f"{ACCOUNTS}.keys.get", name=_key_name(target))
    return picked(access_key(found, target.place), "active")


def _write_key(target: Target, wanted: Values) -> None:
    verb = "enable" if wanted["active"] else "disable"
    target.call(f"{ACCOUNTS}.keys.{verb}", body={}, again=True, name=_key_name(target))


KEY = Setting(
    action=action(
        "switch a service account's key on or off",
        "identity.key",
        ("active",),
        f"{ACCOUNTS}.keys.disable",
        f"{ACCOUNTS}.keys.enable",
        f"{ACCOUNTS}.keys.get",
        document="IAM: Disable and enable service account keys",
        implied=("state",),
    ),
    read=_read_key,
    write=_write_key,
)


def _account_name(target: Target) -> str:
    return f"projects/{target.project}/serviceAccounts/{target.id}"


def _read_account(target: Target) -> Values:
    found = target.call(f"{ACCOUNTS}.get", name=_account_name(target))
    return picked(service_account(found, target.place, None, None), "state")


def _write_account(target: Target, wanted: Values) -> None:
    verb = "enable" if wanted["state"] == "active" else "disable"
    target.call(f"{ACCOUNTS}.{verb}", body={}, again=True, name=_account_name(target))


ACCOUNT = Setting(
    action=action(
        "switch a service account on or off",
        "identity.user",
        ("state",),
        f"{ACCOUNTS}.disable",
        f"{ACCOUNTS}.enable",
        f"{ACCOUNTS}.get",
        document="IAM: Disable and enable service accounts",
    ),
    read=_read_account,
    write=_write_account,
    allowed=one_of("active", "inactive"),
)

WAYS: tuple[Way, ...] = (*CLOSINGS, UNBIND, KEY, ACCOUNT)
