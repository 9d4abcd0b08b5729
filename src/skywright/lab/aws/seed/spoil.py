"""What faults are made with: the same builders as everything else, told to leave something out."""

from skywright.lab.aws.seed import compute, data, metrics
from skywright.lab.aws.seed.application import Application
from skywright.lab.aws.seed.metrics import Load
from skywright.lab.aws.seed.network import DATA

SMALL_DISKS = (20, 0)


def bucket_name(app: Application, what: str, number: int) -> str:
    """A name that no other bucket has."""
    return f"{app.site.account.name}-{app.site.region}-{app.name}-{what}-{number}"


def database(app: Application, what: str, number: int, **special: object) -> str:
    """A database of an application, as usual but for ``special``; it has work to do."""
    name = data.database(app.site, app.ground, f"{app.name}-{what}-{number}", app.owner, app.groups, **special)
    metrics.database(app.site, name, Load.STEADY)
    return name


def machine(app: Application, name: str, kind: str, load: Load | None, **special: object) -> str:
    """A machine of an application, as usual but for ``special``; without a load nothing is measured."""
    made = compute.instance(app.site, app.ground, name, app.owner, kind, SMALL_DISKS, app.groups[DATA], **special)
    if load:
        metrics.machine(app.site, made, load)
    return made


def stop(app: Application, machine: str, days: int) -> None:
    """Switch a machine off, so many days ago."""
    app.site.call("ec2", "stop_instances", InstanceIds=[machine])
    at = app.site.town.ago(days)
    app.site.backend("ec2").get_instance(machine)._reason = f"User initiated ({at:%Y-%m-%d %H:%M:%S} GMT)"  # noqa: SLF001
    compute.age_instance(app.site, machine, app.site.town.ago(days + 200))


def attached_volume(app: Application, name: str, **special: object) -> str:
    """A volume on the application's second machine; gives its id."""
    volume = data.volume(app.site, app.ground, name, app.owner, 80, **special)
    taken = len(app.site.backend("ec2").get_instance(app.machines["app"]).block_device_mapping)
    device = f"/dev/xvdb{chr(ord('a') + taken)}"
    app.site.call("ec2", "attach_volume", VolumeId=volume, InstanceId=app.machines["app"], Device=device)
    metrics.disk(app.site, volume, Load.STEADY)
    return volume


def disk_of(app: Application, part: str) -> str:
    """The first volume of one of the application's machines."""
    attached = [{"Name": "attachment.instance-id", "Values": [app.machines[part]]}]
    return str(app.site.call("ec2", "describe_volumes", Filters=attached)["Volumes"][0]["VolumeId"])
