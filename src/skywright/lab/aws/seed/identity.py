"""Who may do what: users, groups, roles, policies, keys; and what watches over an account: trail, recorder, budget, backups."""

import json
from datetime import datetime
from typing import Any
from unittest.mock import patch

from skywright.lab.aws.seed.town import ACCOUNTS, LAB_KEY, LAB_SECRET, ROLE, Account, Site, Town, pairs

PEOPLE = ("amara", "bjorn", "chen", "dolores", "emre", "farah")


def organization(town: Town) -> None:
    """The company as an organization: its first account pays, the others are members."""
    from moto.organizations import utils
    from moto.organizations.models import organizations_backends

    payer = next(town.homes())
    payer.call("organizations", "create_organization", FeatureSet="ALL")
    organization = organizations_backends[payer.account.id]["aws"]
    organization.accounts[0].name = payer.account.name
    for member in town.accounts[1:]:
        name, mail = member.name, f"{member.name}@example.com"
        with patch.object(utils, "make_random_account_id", return_value=member.id):  # moto draws one; ours have theirs
            payer.call("organizations", "create_account", AccountName=name, Email=mail)


def doors(site: Site) -> None:
    """The role that Skywright assumes, trusted by the company's first account, and there the user whose key the lab hands out."""
    from moto.iam.models import AccessKey

    trust = trusting({"AWS": f"arn:aws:iam::{ACCOUNTS[0].id}:root"})
    role(site, ROLE, "platform", trust, "arn:aws:iam::aws:policy/AdministratorAccess")
    if site.account != ACCOUNTS[0]:
        return
    site.call("iam", "create_user", UserName="skywright", Tags=pairs(site.tags("skywright", "platform")))
    site.call("iam", "attach_user_policy", UserName="skywright", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    backend = site.backend("iam")
    make: Any = AccessKey  # moto declares it abstract by mistake
    key = make("skywright", prefix="AKIA", account_id=site.account.id)
    key.access_key_id, key.secret_access_key = LAB_KEY, LAB_SECRET
    backend.access_keys[key.physical_resource_id] = key
    backend.users["skywright"].access_keys.append(key)


def trusting(principal: dict[str, Any] | str, condition: dict[str, Any] | None = None) -> dict[str, Any]:
    """A trust policy."""
    statement: dict[str, Any] = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    if condition:
        statement["Condition"] = condition
    return {"Version": "2012-10-17", "Statement": [statement]}


def role(site: Site, name: str, owner: str, trust: dict[str, Any], *policies: str) -> None:
    """A role with managed policies, used yesterday."""
    site.call("iam", "create_role", RoleName=name, AssumeRolePolicyDocument=json.dumps(trust), Tags=pairs(site.tags(name, owner)))
    for policy in policies:
        site.call("iam", "attach_role_policy", RoleName=name, PolicyArn=policy)
    site.backend("iam").get_role(name).last_used = site.town.ago(1)


def people(site: Site) -> None:
    """Human users in a group with a modest policy, a second factor each, and no keys; and a service with a fresh key."""
    modest = policy(site, "read-billing", ["aws-portal:ViewBilling", "budgets:ViewBudget"])
    site.call("iam", "create_group", GroupName="people")
    site.call("iam", "attach_group_policy", GroupName="people", PolicyArn=modest)
    for name in PEOPLE:
        person(site, name)
    service = user(site, f"{site.account.name}-deploy", "platform")
    access_key(site, service, made=site.town.ago(20), used=site.town.ago(1))


def person(site: Site, name: str, *, second_factor: bool = True) -> str:
    """A user who signs in with a password, and did so this week."""
    user(site, name, "platform")
    site.call("iam", "add_user_to_group", GroupName="people", UserName=name)
    site.call("iam", "create_login_profile", UserName=name, Password=f"Lab-{site.town.chance.getrandbits(64):016x}-Z")
    site.backend("iam").users[name].password_last_used = site.town.ago(3)
    if second_factor:
        device = site.call("iam", "create_virtual_mfa_device", VirtualMFADeviceName=name)["VirtualMFADevice"]["SerialNumber"]
        site.call("iam", "enable_mfa_device", UserName=name, SerialNumber=device, AuthenticationCode1="123456",
                  AuthenticationCode2="654321")  # fmt: skip
    return name


def user(site: Site, name: str, owner: str) -> str:
    """A user made a year ago."""
    site.call("iam", "create_user", UserName=name, Tags=pairs(site.tags(name, owner)))
    site.backend("iam").users[name].create_date = site.town.ago(60)
    return name


def access_key(site: Site, user_name: str, *, made: datetime, used: datetime | None) -> str:
    """A key of a user, made and last used at these times; gives its id."""
    from moto.iam.models import AccessKeyLastUsed

    identifier = site.call("iam", "create_access_key", UserName=user_name)["AccessKey"]["AccessKeyId"]
    key = site.backend("iam").access_keys[identifier]
    key.create_date = made
    key.last_used = AccessKeyLastUsed(timestamp=used, service="s3", region=site.region) if used else None
    return str(identifier)


def policy(site: Site, name: str, actions: list[str], resource: str = "*") -> str:
    """A policy of the account's own; gives its ARN."""
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": resource}]}
    made = site.call("iam", "create_policy", PolicyName=name, PolicyDocument=json.dumps(document),
                     Tags=pairs(site.tags(name, "platform")))  # fmt: skip
    return str(made["Policy"]["Arn"])


def machine_role(site: Site) -> None:
    """What machines and functions act as."""
    trust = trusting({"Service": ["ec2.amazonaws.com", "lambda.amazonaws.com", "eks.amazonaws.com", "backup.amazonaws.com"]})
    role(site, "machine", "platform", trust, policy(site, "write-logs", ["logs:PutLogEvents"], "arn:aws:logs:*:*:*"))
    site.call("iam", "create_instance_profile", InstanceProfileName="machine")
    site.call("iam", "add_role_to_instance_profile", InstanceProfileName="machine", RoleName="machine")


def house_rules(site: Site) -> None:
    """Password policy, alias, no public buckets in the whole account."""
    site.call(
        "iam",
        "update_account_password_policy",
        MinimumPasswordLength=14,
        RequireSymbols=True,
        RequireNumbers=True,
        RequireUppercaseCharacters=True,
        RequireLowercaseCharacters=True,
        MaxPasswordAge=90,
        PasswordReusePrevention=24,
    )
    site.call("iam", "create_account_alias", AccountAlias=f"lab-{site.account.name}")


def trail(site: Site, bucket: str, key: str) -> str:
    """The account's trail: every region, validated, encrypted; gives its name."""
    name = f"{site.account.name}-trail"
    site.call(
        "cloudtrail",
        "create_trail",
        Name=name,
        S3BucketName=bucket,
        IsMultiRegionTrail=True,
        IncludeGlobalServiceEvents=True,
        EnableLogFileValidation=True,
        KmsKeyId=key,
        TagsList=pairs(site.tags(name, "platform")),
    )
    site.call("cloudtrail", "start_logging", Name=name)
    return name


def recorder(site: Site, bucket: str) -> None:
    """Configuration recorded in this region."""
    what = {"allSupported": True, "includeGlobalResourceTypes": True}
    arn = f"arn:aws:iam::{site.account.id}:role/machine"
    site.call(
        "config", "put_configuration_recorder", ConfigurationRecorder={"name": "default", "roleARN": arn, "recordingGroup": what}
    )
    site.call("config", "put_delivery_channel", DeliveryChannel={"name": "default", "s3BucketName": bucket})
    site.call("config", "start_configuration_recorder", ConfigurationRecorderName="default")


def region_defaults(town: Town, account: Account, region: str) -> None:
    """New volumes are encrypted."""
    town.call(account.id, region, "ec2", "enable_ebs_encryption_by_default")


def budget(site: Site) -> None:
    """A monthly limit that mails someone at 80 %."""
    notification = {"NotificationType": "ACTUAL", "ComparisonOperator": "GREATER_THAN", "Threshold": 80.0}
    subscriber = {"SubscriptionType": "EMAIL", "Address": "costs@example.com"}
    limit = {
        "BudgetName": "monthly",
        "BudgetType": "COST",
        "TimeUnit": "MONTHLY",
        "BudgetLimit": {"Amount": "20000", "Unit": "USD"},
    }
    site.call("budgets", "create_budget", AccountId=site.account.id, Budget=limit)
    site.call("budgets", "create_notification", AccountId=site.account.id, BudgetName="monthly", Notification=notification,
              Subscribers=[subscriber])  # fmt: skip


def encryption_key(site: Site, name: str, owner: str, *, rotated: bool = True) -> str:
    """A key of the company's own; gives its ARN."""
    tags = pairs(site.tags(name, owner), "TagKey", "TagValue")
    made = site.call("kms", "create_key", Description=name, Tags=tags)["KeyMetadata"]
    site.call("kms", "create_alias", AliasName=f"alias/{name}", TargetKeyId=made["KeyId"])
    if rotated:
        site.call("kms", "enable_key_rotation", KeyId=made["KeyId"])
    return str(made["Arn"])


def certificate(site: Site, domain: str, owner: str, expires: datetime) -> str:
    """An issued certificate that ends at that time; gives its ARN."""
    made = site.call("acm", "request_certificate", DomainName=domain, ValidationMethod="DNS", Tags=pairs(site.tags(domain, owner)))
    arn = str(made["CertificateArn"])
    stored = site.backend("acm").get_certificate(arn)
    stored.status = "ISSUED"
    stored.in_use_by = ["arn:aws:elasticloadbalancing:lab"]
    stored._not_valid_after = lambda _certificate: expires  # noqa: SLF001 - moto reads it from the certificate, which is new
    return arn


def backups(site: Site, key: str) -> None:
    """A vault and a daily plan."""
    tags = site.tags("daily", "platform")
    site.call("backup", "create_backup_vault", BackupVaultName="main", EncryptionKeyArn=key, BackupVaultTags=tags)
    rule = {"RuleName": "daily", "TargetBackupVaultName": "main", "ScheduleExpression": "cron(0 3 * * ? *)",
            "Lifecycle": {"DeleteAfterDays": 35}}  # fmt: skip
    site.call("backup", "create_backup_plan", BackupPlan={"BackupPlanName": "daily", "Rules": [rule]}, BackupPlanTags=tags)
