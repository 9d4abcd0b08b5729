"""Good twins: what looks like a fault and is none, so that a rule that shouts at everything loses precision."""

import json

from skywright.lab.aws.seed import compute, data, identity, metrics, network
from skywright.lab.aws.seed.application import Application
from skywright.lab.aws.seed.metrics import Load
from skywright.lab.aws.seed.network import DATA
from skywright.lab.aws.seed.town import pairs, specification

OFFICE = "203.0.113.0/24"  # a range for documentation: the company's office


def plant(applications: tuple[Application, ...]) -> None:
    """One of each for every second application."""
    for number, application in enumerate(applications[::2]):
        for twin in TWINS:
            twin(application, number)


def ssh_from_the_office(app: Application, number: int) -> None:
    """SSH, from one range only."""
    group = network.group(app.site, app.ground.network, f"{app.name}-office-{number}", app.owner)
    network.allow(app.site, group, 22, 22, OFFICE, "office")
    network.allow(app.site, group, 443, 443, "0.0.0.0/0", "public TLS")
    _on_a_card(app, group)


def bucket_for_the_organization(app: Application, number: int) -> None:
    """A policy for everyone with a condition that leaves only the company."""
    name = f"{app.site.account.name}-{app.site.region}-{app.name}-shared-{number}"
    data.bucket(app.site, name, app.owner, app.ground.log_bucket)
    policy = data.tls_only(name)
    policy["Statement"].append(
        {
            "Sid": "Company",
            "Effect": "Allow",
            "Principal": "*",
            "Action": "s3:GetObject",
            "Resource": f"arn:aws:s3:::{name}/*",
            "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-exampleorgid"}},
        }
    )
    app.site.call("s3", "put_bucket_policy", Bucket=name, Policy=json.dumps(policy))


def role_for_the_organization(app: Application, number: int) -> None:
    """A role that everyone in the company may assume, and nobody else."""
    condition = {"StringEquals": {"aws:PrincipalOrgID": "o-exampleorgid"}}
    name = f"{app.name}-{app.site.region}-reader-{number}"
    identity.role(app.site, name, app.owner, identity.trusting({"AWS": "*"}, condition))


def signing_key(app: Application, number: int) -> None:
    """A key pair for signatures: such keys cannot be rotated by the service."""
    tags = pairs(app.site.tags(f"{app.name}-signing-{number}", app.owner), "TagKey", "TagValue")
    app.site.call("kms", "create_key", KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY", Description="signing", Tags=tags)


def program_without_password(app: Application, number: int) -> None:
    """A user that is a program: no password, so no second factor; its key is 80 days old and used daily."""
    user = identity.user(app.site, f"agent-{app.name}-{app.site.region}-{number}", app.owner)
    identity.access_key(app.site, user, made=app.site.town.ago(80), used=app.site.town.ago(1))


def address_in_use(app: Application, number: int) -> None:
    """A public address that leads to a machine."""
    tags = specification("elastic-ip", app.site.tags(f"{app.name}-outbound-{number}", app.owner))
    made = app.site.call("ec2", "allocate_address", Domain="vpc", TagSpecifications=tags)
    app.site.call("ec2", "associate_address", AllocationId=made["AllocationId"], InstanceId=app.machines["worker"])


def nightly_machine(app: Application, number: int) -> None:
    """A machine that sleeps for two days and then works flat out: neither idle nor too large."""
    made = compute.instance(app.site, app.ground, f"{app.name}-nightly-{number}", app.owner, "m5.xlarge", (20, 0), app.groups[DATA])
    metrics.machine(app.site, made, Load.BURSTY)


def long_kept_logs(app: Application, number: int) -> None:
    """Logs that are kept for a year, and then deleted."""
    data.log_group(app.site, f"/{app.site.account.name}/{app.name}/audit-{number}", app.owner, 365)


def _on_a_card(app: Application, group: str) -> None:
    tags = specification("network-interface", app.site.tags(f"{app.name}-card", app.owner))
    made = app.site.call("ec2", "create_network_interface", SubnetId=app.ground.network.private[1], Groups=[group],
                         TagSpecifications=tags)  # fmt: skip
    card = made["NetworkInterface"]["NetworkInterfaceId"]
    app.site.call("ec2", "attach_network_interface", NetworkInterfaceId=card, InstanceId=app.machines["worker"], DeviceIndex=1)


TWINS = (
    ssh_from_the_office,
    bucket_for_the_organization,
    role_for_the_organization,
    signing_key,
    program_without_password,
    address_in_use,
    nightly_machine,
    long_kept_logs,
)
