"""What AWS refuses and moto allows, or what AWS answers and moto does not know: added without touching moto's files.

moto 5.2.5 is pinned: these modules put methods in place of its own by name.
"""

from skywright.lab.aws.books import EventBook
from skywright.lab.aws.faults import Trouble


def make_strict(trouble: Trouble, regions: tuple[str, ...]) -> None:
    """Put every rule in place. Once per process, before the first call."""
    from skywright.lab.aws.strict import alarms, buckets, ec2, metrics, missing, paging, sts, tags

    ec2.install(trouble.impaired, regions)
    alarms.install(trouble.alarming)
    buckets.install()
    missing.install()
    paging.install()
    metrics.install()
    sts.install()
    tags.install()


def tell_events(events: EventBook) -> None:
    """Let CloudTrail's LookupEvents answer from what really happened."""
    from skywright.lab.aws.strict import trail

    trail.install(events)
