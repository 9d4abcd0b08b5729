"""audit-1m: like audit-100k, with 1,000,000 resources."""

from bench import audit_100k

RESOURCES = 1_000_000


def run() -> dict[str, float]:
    """See audit_100k."""
    return audit_100k.run(RESOURCES)
