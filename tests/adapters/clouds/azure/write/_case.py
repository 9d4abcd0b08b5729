"""Azure's little world for the contract that every cloud keeps (tests/conformance/cloud)."""

from typing import Any

import msgspec
import pytest

from skywright.adapters.clouds.azure import AzureCloud, AzureConfig
from skywright.lab import azure


def conforming(request: pytest.FixtureRequest, clock: Any) -> dict[str, Any]:
    """What is known of the world: see Case in tests/conformance/cloud/conftest.py."""
    lab = azure.start(estate="small")
    cloud = AzureCloud(msgspec.convert(lab.section(), AzureConfig), clock)
    request.addfinalizer(lab.stop)
    request.addfinalizer(cloud.close)
    (subscription,) = lab.subscriptions.values()
    place = f"azure:{subscription}:westeurope:storage.volume/small-rg"
    path = f"/subscriptions/{subscription}/resourceGroups/small-rg/providers/Microsoft.Compute/disks"
    body = lab.store.get(f"{path}/old-data").body
    lab.store.put(f"{path}/kept", {name: body[name] for name in ("location", "tags", "sku", "properties")})
    return {
        "cloud": cloud,
        "updated": f"{place}/kept",
        "after": {"type": "StandardSSD_LRS"},
        "deleted": f"{place}/old-data",
        "gone": f"{place}/never",
        "blind": lambda: lab.deny("*"),
    }
