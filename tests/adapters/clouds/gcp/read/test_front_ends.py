"""From where balancers of Google's call what is behind them."""

from typing import Any

import pytest

from skywright.adapters.clouds.gcp.read.balancers import FRONT_ENDS, balancer
from skywright.adapters.clouds.gcp.read.place import Place

LINK = "https://www.googleapis.com/compute/v1/projects/shop/global/forwardingRules/web"


class Parts:
    """Stands for what a forwarding rule leads to: a proxy of one protocol and nothing behind it."""

    services: dict[Any, Any] = {}
    buckets: dict[Any, Any] = {}

    def __init__(self, protocol: str) -> None:
        self._protocol = protocol

    def proxy(self, _: Any) -> tuple[str, Any]:
        return self._protocol, {}

    def __getattr__(self, _: str) -> Any:
        return lambda *_: []


@pytest.mark.parametrize(
    ("scheme", "protocol", "region", "expected"),
    [
        ("EXTERNAL_MANAGED", "HTTPS", None, list(FRONT_ENDS)),
        ("EXTERNAL", "HTTP", None, list(FRONT_ENDS)),
        ("EXTERNAL_MANAGED", "HTTPS", "regions/europe-west1", None),
        ("EXTERNAL", "", None, None),
        ("INTERNAL_MANAGED", "HTTP", None, None),
    ],
)
def test_global_proxies_call_from_the_front_ends(
    scheme: str, protocol: str, region: str | None, expected: list[str] | None
) -> None:
    raw = {"selfLink": LINK, "name": "web", "loadBalancingScheme": scheme, **({"region": region} if region else {})}
    assert balancer(raw, Place("shop", "global", "42"), Parts(protocol), ()).calls_from == expected  # type: ignore[arg-type]
