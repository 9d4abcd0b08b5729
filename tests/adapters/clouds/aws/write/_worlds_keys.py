"""A case for each action on access keys, passwords, encryption keys and secrets."""

from collections.abc import Callable
from typing import Any

from tests.adapters.clouds.aws.write._harness import Case, World
from tests.adapters.clouds.aws.write._parts import FIRST_TAGS, listed, tag_case


def access_key(world: World) -> Case:
    iam = world.aws("iam")
    iam.create_user(UserName="deploy")
    native_id = iam.create_access_key(UserName="deploy")["AccessKey"]["AccessKeyId"]
    return Case(
        kind="identity.key",
        native_id=native_id,
        region="global",
        before={"active": True, "state": "active"},
        after={"active": False, "state": "inactive"},
        see=lambda: {"status": iam.list_access_keys(UserName="deploy")["AccessKeyMetadata"][0]["Status"]},
        wanted={"status": "Inactive"},
    )


def _password_facts(world: World) -> dict[str, Any]:
    iam = world.aws("iam")
    try:
        found = iam.get_account_password_policy()["PasswordPolicy"]
    except iam.exceptions.NoSuchEntityException:
        return {"length": None}
    return {
        "length": found["MinimumPasswordLength"],
        "symbols": found["RequireSymbols"],
        "age": found.get("MaxPasswordAge") or None,
    }


def password_policy(world: World) -> Case:
    columns = ("require_uppercase", "require_lowercase", "require_numbers", "require_symbols")
    return Case(
        kind="identity.password_policy",
        native_id="default",
        region="global",
        before={"configured": False, "minimum_length": 0, "max_age_days": 0, **dict.fromkeys(columns, False)},
        after={"configured": True, "minimum_length": 14, "max_age_days": 90, **dict.fromkeys(columns, True)},
        see=lambda: _password_facts(world),
        wanted={"length": 14, "symbols": True, "age": 90},
    )


def password_length(world: World) -> Case:
    world.aws("iam").update_account_password_policy(MinimumPasswordLength=8, RequireSymbols=True, MaxPasswordAge=30)
    return Case(
        kind="identity.password_policy",
        native_id="default",
        region="global",
        before={"minimum_length": 8},
        after={"minimum_length": 14},
        see=lambda: _password_facts(world),
        wanted={"length": 14, "symbols": True, "age": 30},
    )


def password_length_first(world: World) -> Case:
    case = password_policy(world)
    case.before, case.after = {"minimum_length": 0}, {"minimum_length": 14}
    case.wanted = {"length": 14, "symbols": False, "age": None}
    return case


def key(world: World) -> str:
    tags = [{"TagKey": name, "TagValue": value} for name, value in FIRST_TAGS.items()]
    return world.aws("kms").create_key(Tags=tags)["KeyMetadata"]["KeyId"]


def key_rotation(world: World) -> Case:
    native_id = key(world)
    kms = world.aws("kms")
    return Case(
        kind="crypto.key",
        native_id=native_id,
        before={"rotation": False},
        after={"rotation": True},
        see=lambda: {"rotation": kms.get_key_rotation_status(KeyId=native_id)["KeyRotationEnabled"]},
    )


def _key_state(world: World, native_id: str) -> str:
    return world.aws("kms").describe_key(KeyId=native_id)["KeyMetadata"]["KeyState"]


def key_disabled(world: World) -> Case:
    native_id = key(world)
    return Case(
        kind="crypto.key",
        native_id=native_id,
        before={"state": "enabled"},
        after={"state": "disabled"},
        see=lambda: {"key": _key_state(world, native_id)},
        wanted={"key": "Disabled"},
    )


def key_gone(world: World) -> Case:
    native_id = key(world)
    return Case(
        kind="crypto.key",
        native_id=native_id,
        before={"state": "enabled"},
        after=None,
        see=lambda: {"key": _key_state(world, native_id)},
        wanted={"key": "PendingDeletion"},
    )


def key_gone_disabled(world: World) -> Case:
    case = key_gone(world)
    world.aws("kms").disable_key(KeyId=case.native_id)
    case.before = {"state": "disabled"}
    return case


def key_tags(world: World) -> Case:
    native_id = key(world)

    def see() -> dict[str, str]:
        return {tag["TagKey"]: tag["TagValue"] for tag in world.aws("kms").list_resource_tags(KeyId=native_id)["Tags"]}

    return tag_case("crypto.key", native_id, see)


def secret(world: World) -> str:
    spec = {"Name": "db/password", "SecretString": "not-a-secret", "Tags": listed(FIRST_TAGS)}
    return world.aws("secretsmanager").create_secret(**spec)["Name"]


def secret_gone(world: World) -> Case:
    native_id = secret(world)
    describe = world.aws("secretsmanager").describe_secret
    see = lambda: {"gone": "DeletedDate" in describe(SecretId=native_id)}  # noqa: E731
    return Case(kind="crypto.secret", native_id=native_id, before={}, after=None, see=see)


def secret_tags(world: World) -> Case:
    native_id = secret(world)
    describe = world.aws("secretsmanager").describe_secret
    see = lambda: {tag["Key"]: tag["Value"] for tag in describe(SecretId=native_id)["Tags"]}  # noqa: E731
    return tag_case("crypto.secret", native_id, see)


CASES: dict[str, Callable[[World], Case]] = {
    "deactivate an access key": access_key,
    "set the rules for passwords": password_policy,
    "rotate an encryption key every year": key_rotation,
    "disable or enable an encryption key": key_disabled,
    "delete an encryption key after 30 days": key_gone,
    "change the tags of crypto.key": key_tags,
    "delete a secret after 30 days": secret_gone,
    "change the tags of crypto.secret": secret_tags,
}


VARIANTS: dict[str, Callable[[World], Case]] = {
    "lengthen passwords where there are rules": password_length,
    "lengthen passwords where there are no rules": password_length_first,
    "delete a disabled encryption key after 30 days": key_gone_disabled,
}
