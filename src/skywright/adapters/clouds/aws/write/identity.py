"""Who may do what, and with which keys: access keys, the password policy, encryption keys, secrets."""

from collections.abc import Callable
from typing import Any

import msgspec

from skywright.adapters.clouds.aws.write.base import Target, unless_absent
from skywright.adapters.clouds.kit.actions import Action, Setting, SettingStep, Values, Way, first, known, one_of, planned
from skywright.adapters.clouds.kit.deletion import always, there
from skywright.model.errors import AskHuman, NotThere
from skywright.model.plan import Reversibility
from skywright.model.words import t
from skywright.ports.cloud import Step


def _owner(target: Target) -> str:
    """The user that an access key belongs to."""
    return str(target.call("iam:GetAccessKeyLastUsed", AccessKeyId=target.id)["UserName"])


def _read_key(target: Target) -> Values:
    keys = target.items("iam:ListAccessKeys", "AccessKeyMetadata", UserName=_owner(target))
    status = first([key for key in keys if key["AccessKeyId"] == target.id], target)["Status"]
    return {"active": status == "Active", "state": status.lower()}


def _write_key(target: Target, wanted: Values) -> None:
    status = "Active" if wanted["active"] else "Inactive"
    target.call("iam:UpdateAccessKey", UserName=_owner(target), AccessKeyId=target.id, Status=status)


ACCESS_KEY = Setting(
    action=Action(
        name="deactivate an access key",
        kind="identity.key",
        columns=("active",),
        implied=("state",),
        calls=("iam:UpdateAccessKey", "iam:GetAccessKeyLastUsed", "iam:ListAccessKeys"),
        document="AWS Identity and Access Management API Reference: UpdateAccessKey",
    ),
    read=_read_key,
    write=_write_key,
)

PASSWORD_RULES = {
    "minimum_length": "MinimumPasswordLength",
    "require_uppercase": "RequireUppercaseCharacters",
    "require_lowercase": "RequireLowercaseCharacters",
    "require_numbers": "RequireNumbers",
    "require_symbols": "RequireSymbols",
    "max_age_days": "MaxPasswordAge",
    "reuse_prevention": "PasswordReusePrevention",
}
KEPT_RULES = ("AllowUsersToChangePassword", "HardExpiry")
"""Rules that we have no column for. An update replaces the whole policy, so they go along."""


def _policy(target: Target) -> dict[str, Any]:
    return dict(unless_absent(lambda: target.call("iam:GetAccountPasswordPolicy")).get("PasswordPolicy") or {})


def _read_password_policy(target: Target) -> Values:
    policy = _policy(target)
    columns = {column: policy.get(field, False if column.startswith("require") else 0) for column, field in PASSWORD_RULES.items()}
    return {"configured": bool(policy), **columns}


def _write_password_policy(target: Target, wanted: Values) -> None:
    """A policy has a minimum length, so a length of 0 before means that there was no policy, and undo must delete it."""
    policy = _policy(target)
    if policy and not (wanted["configured"] and wanted["minimum_length"]):
        target.call("iam:DeleteAccountPasswordPolicy")
        return
    if not wanted["minimum_length"]:
        raise AskHuman(
            t("{target} has no rules for passwords yet, and the change does not say how long a password must be.", target=target),
            next_step=t("Set the minimum length along with the other rules."),
        )
    kept = {field: policy[field] for field in KEPT_RULES if field in policy}
    rules = {field: wanted[column] for column, field in PASSWORD_RULES.items() if wanted[column]}
    target.call("iam:UpdateAccountPasswordPolicy", **kept, **rules)


PASSWORD_POLICY = Setting(
    action=Action(
        name="set the rules for passwords",
        kind="identity.password_policy",
        columns=("configured", *PASSWORD_RULES),
        calls=("iam:UpdateAccountPasswordPolicy", "iam:DeleteAccountPasswordPolicy", "iam:GetAccountPasswordPolicy"),
        document="AWS Identity and Access Management API Reference: UpdateAccountPasswordPolicy",
    ),
    read=_read_password_policy,
    write=_write_password_policy,
    allowed=lambda before, after: known(before, after) and after.get("configured") is not False,
)


def _read_rotation(target: Target) -> Values:
    return {"rotation": target.call("kms:GetKeyRotationStatus", KeyId=target.id)["KeyRotationEnabled"]}


def _write_rotation(target: Target, wanted: Values) -> None:
    target.call("kms:EnableKeyRotation" if wanted["rotation"] else "kms:DisableKeyRotation", KeyId=target.id)


ROTATION = Setting(
    action=Action(
        name="rotate an encryption key every year",
        kind="crypto.key",
        columns=("rotation",),
        calls=("kms:EnableKeyRotation", "kms:DisableKeyRotation", "kms:GetKeyRotationStatus"),
        document="AWS Key Management Service API Reference: EnableKeyRotation",
    ),
    read=_read_rotation,
    write=_write_rotation,
)


def _key_state(target: Target) -> str:
    return str(target.call("kms:DescribeKey", KeyId=target.id)["KeyMetadata"]["KeyState"])


def _read_key_state(target: Target) -> Values | None:
    """A key that waits for its deletion is disabled, too."""
    state = {"Enabled": "enabled", "Disabled": "disabled", "PendingDeletion": "disabled"}.get(_key_state(target))
    return {"state": state} if state else None


def _write_key_state(target: Target, wanted: Values) -> None:
    target.call("kms:EnableKey" if wanted["state"] == "enabled" else "kms:DisableKey", KeyId=target.id)


KEY_STATE = Setting(
    action=Action(
        name="disable or enable an encryption key",
        kind="crypto.key",
        columns=("state",),
        calls=("kms:DisableKey", "kms:EnableKey", "kms:DescribeKey"),
        document="AWS Key Management Service API Reference: DisableKey",
    ),
    read=_read_key_state,
    write=_write_key_state,
    allowed=one_of("enabled", "disabled"),
)

RECOVERY_DAYS = 30
"""The longest window that KMS and Secrets Manager offer between the order and the deletion."""


class DeferredDeletion(msgspec.Struct, frozen=True, kw_only=True):
    """A deletion that AWS itself defers: until its day, undo calls it off and the very same resource is back.

    ``look`` raises NotThere when the deletion is scheduled or done; ``first`` are steps that come before it.
    """

    action: Action
    look: Callable[[Target], object]
    schedule: Callable[[Target], object]
    call_off: Callable[[Target], object]
    prepare: Callable[[Target, Values], tuple[Step, ...]] = lambda _target, _before: ()
    allowed: Callable[[Values], bool] = always

    def fits(self, before: Values, after: Values | None) -> bool:
        """Only where nothing is wanted after."""
        return after is None and self.allowed(before)

    def reversibility(self, before: Values, after: Values | None) -> Reversibility:
        """Exactly as it was, for the length of the window."""
        return Reversibility.FULL

    def steps(self, target: Target, change: str, before: Values, after: Values | None) -> tuple[Step, ...]:
        """What must come before, then the order to delete."""
        return (*self.prepare(target, before), DeferredStep(target, self))


class DeferredStep:
    """Order the deletion; undo calls it off."""

    reversibility = Reversibility.FULL

    def __init__(self, target: Target, deletion: DeferredDeletion) -> None:
        self._target = target
        self._deletion = deletion
        self.name = deletion.action.calls[0]
        self.text = t(
            "Have {target} deleted in {days} days; until then it is out of use and can be called back.",
            target=target,
            days=RECOVERY_DAYS,
        )

    def do(self, token: str) -> dict[str, Any]:
        """Ordered, and seen to be so."""
        if self._there():
            self._deletion.schedule(self._target)
            self._target.until(t("scheduled for deletion"), lambda: None if self._there() else True)
        return {}

    def undo(self, token: str, result: dict[str, Any] | None) -> None:
        """Called off. Raises PlanAgain when its day has passed."""
        if not self._there():
            with planned(self._target):
                self._deletion.call_off(self._target)
            self._target.until(t("called back"), lambda: self._there() or None)

    def _there(self) -> bool:
        return there(self._deletion.look, self._target)


def _look_key(target: Target) -> None:
    if _key_state(target) in ("PendingDeletion", "PendingReplicaDeletion"):
        raise NotThere(t("{target} is scheduled for deletion.", target=target))


DELETE_KEY = DeferredDeletion(
    action=Action(
        name="delete an encryption key after 30 days",
        kind="crypto.key",
        columns=(),
        calls=("kms:ScheduleKeyDeletion", "kms:CancelKeyDeletion", "kms:DescribeKey", "kms:DisableKey", "kms:EnableKey"),
        document="AWS Key Management Service API Reference: ScheduleKeyDeletion, CancelKeyDeletion",
    ),
    look=_look_key,
    schedule=lambda target: target.call("kms:ScheduleKeyDeletion", KeyId=target.id, PendingWindowInDays=RECOVERY_DAYS),
    call_off=lambda target: target.call("kms:CancelKeyDeletion", KeyId=target.id),
    # a deletion that is called off leaves the key disabled, so that is a step of its own, with its own way back
    prepare=lambda target, before: (SettingStep(target, KEY_STATE, before, {"state": "disabled"}),),
    allowed=lambda before: before.get("state") in ("enabled", "disabled") and before.get("manager", "customer") == "customer",
)


def _look_secret(target: Target) -> None:
    if target.call("secretsmanager:DescribeSecret", SecretId=target.id).get("DeletedDate"):
        raise NotThere(t("{target} is scheduled for deletion.", target=target))


DELETE_SECRET = DeferredDeletion(
    action=Action(
        name="delete a secret after 30 days",
        kind="crypto.secret",
        columns=(),
        calls=("secretsmanager:DeleteSecret", "secretsmanager:RestoreSecret", "secretsmanager:DescribeSecret"),
        document="AWS Secrets Manager API Reference: DeleteSecret, RestoreSecret",
    ),
    look=_look_secret,
    schedule=lambda target: target.call("secretsmanager:DeleteSecret", SecretId=target.id, RecoveryWindowInDays=RECOVERY_DAYS),
    call_off=lambda target: target.call("secretsmanager:RestoreSecret", SecretId=target.id),
)

WAYS: tuple[Way, ...] = (ACCESS_KEY, PASSWORD_POLICY, ROTATION, KEY_STATE, DELETE_KEY, DELETE_SECRET)
