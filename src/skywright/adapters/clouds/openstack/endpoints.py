"""Where a service answers, and the newest microversion that it knows: from the catalogue, each asked once."""

import threading
from typing import Any

from skywright.adapters.clouds.kit.place import GLOBAL
from skywright.adapters.clouds.openstack.place import BALANCER, COMPUTE, IDENTITY, IMAGE, METRIC, NETWORK, OBJECT, VOLUME
from skywright.adapters.clouds.openstack.session import Login

VERSIONED = (COMPUTE, VOLUME)
SUFFIX = {NETWORK: "/v2.0", IMAGE: "/v2", BALANCER: "/v2.0", METRIC: "/v1"}
"""The one version that these have. Their catalogue URL is with or without it, as whoever installed the cloud liked; asking for
the versions would be a call more, and many proxies answer it with an address that cannot be reached."""

Found = tuple[str, tuple[int, int] | None]


class Endpoints:
    """Finds the URL of a service, without a slash at its end. Safe to use from many threads."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str, str], Found] = {}
        self._lock = threading.Lock()

    def find(self, login: Login, account: str, region: str, service: str) -> Found:
        """URL and newest microversion. Raises keystoneauth's EndpointNotFound for what the catalogue has not."""
        if service == IDENTITY:
            return login.identity, None
        key = (login.name, region, service)
        with self._lock:
            found = self._found.get(key)
        if found is None:
            found = self._look(login, region, service)
            with self._lock:
                self._found[key] = found
        url, newest = found
        return (url.replace(login.home, account), newest) if service == OBJECT else found

    def _look(self, login: Login, region: str, service: str) -> Found:
        from keystoneauth1.exceptions import EndpointNotFound

        config = login.config
        where = {
            "service_type": service,
            "interface": config.get_interface(service),
            "region_name": login.regions.get(region) if region != GLOBAL else next(iter(login.regions.values()), None),
        }
        url = config.get_endpoint(service) or login.session.get_endpoint(**where, skip_discovery=True)
        if not url:
            raise EndpointNotFound(service)
        if service in VERSIONED:
            return self._versioned(login, where, url)
        url = url.rstrip("/")
        suffix = SUFFIX.get(service, "")
        return url if url.endswith(suffix) else url + suffix, None

    def _versioned(self, login: Login, where: dict[str, Any], url: str) -> Found:
        """What the service itself says of its versions."""
        from keystoneauth1.adapter import Adapter

        adapter = Adapter(login.session, **where, endpoint_override=login.config.get_endpoint(where["service_type"]))
        data = adapter.get_endpoint_data()
        newest = data.max_microversion if data is not None else None
        return (data.url if data is not None and data.url else url).rstrip("/"), (
            int(newest[0]),
            int(newest[1]),
        ) if newest else None
