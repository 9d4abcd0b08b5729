"""The Azure lab: a generic server of Azure Resource Manager on loopback, with TLS, sign-in and a seeded company.

It is our reading of the public documentation of Azure's APIs (resource ids, api-versions, asynchronous operations, ETags, nextLink,
Resource Graph, Monitor, Cost Management, Microsoft Graph), made so that a client has to cope with what the real service does. That
a client gets on with the lab proves its wiring, not Azure's behaviour.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from skywright.lab.azure.standin import AzureLab

__all__ = ["start"]


def start(seed: int = 1, estate: str = "default", size: int | None = None) -> "AzureLab":
    """Start it. ``estate``: small, default or large; ``size`` is how many resources a large one has, about."""
    from skywright.lab.azure.standin import AzureLab

    return AzureLab(seed, estate, size)
