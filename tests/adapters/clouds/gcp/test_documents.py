"""Methods from Google's discovery documents, and whether the readers name methods, parameters and fields that exist."""

import pytest
from tests.adapters.clouds.gcp.read._schema import schemas

from skywright.adapters.clouds.gcp.documents import documented, method
from skywright.adapters.clouds.gcp.read.sources import INVENTORY, SOURCES, located, location_of
from skywright.model.errors import BadInput


@pytest.mark.parametrize(
    ("name", "params", "url"),
    [
        (
            "compute.instances.list",
            {"project": "shop", "zone": "europe-west1-b", "maxResults": 5},
            "https://compute.googleapis.com/compute/v1/projects/shop/zones/europe-west1-b/instances?maxResults=5",
        ),
        (
            "run.projects.locations.services.get",
            {"name": "projects/shop/locations/europe-west1/services/api"},
            "https://run.googleapis.com/v2/projects/shop/locations/europe-west1/services/api",
        ),
        (
            "storage.buckets.get",
            {"bucket": "a/b?c", "projection": "full"},
            "https://storage.googleapis.com/storage/v1/b/a%2Fb%3Fc?projection=full",
        ),
        (
            "cloudasset.assets.list",
            {"parent": "projects/shop", "assetTypes": ["a", "b"], "contentType": None},
            "https://cloudasset.googleapis.com/v1/projects/shop/assets?assetTypes=a&assetTypes=b",
        ),
        (
            "iam.projects.serviceAccounts.get",
            {"name": "projects/-/serviceAccounts/x@y.iam.gserviceaccount.com"},
            "https://iam.googleapis.com/v1/projects/-/serviceAccounts/x@y.iam.gserviceaccount.com",
        ),
        (
            "compute.instances.aggregatedList",
            {"project": "shop", "includeAllScopes": True},
            "https://compute.googleapis.com/compute/v1/projects/shop/aggregated/instances?includeAllScopes=true",
        ),
    ],
)
def test_a_call_has_an_address(name: str, params: dict, url: str) -> None:
    assert method(name).url(params) == url


@pytest.mark.parametrize(
    ("name", "params", "names"),
    [
        ("compute.instances.list", {"project": "shop"}, "zone"),
        ("compute.instances.list", {"project": "shop", "zone": "z", "colour": "red"}, "colour"),
    ],
)
def test_a_parameter_that_is_missing_or_unknown_is_refused(name: str, params: dict, names: str) -> None:
    with pytest.raises(BadInput) as refused:
        method(name).url(params)
    assert str(refused.value) == f"projects/{{project}}/zones/{{zone}}/instances has not these parameters: {names}."


def test_unknown_methods_and_services_are_refused() -> None:
    with pytest.raises(BadInput, match=r"^Google Cloud has no method compute\.instances\.fly\.$"):
        method("compute.instances.fly")
    with pytest.raises(BadInput, match=r"^Google Cloud has no service tea that is known here\.$"):
        method("tea.cups.list")


@pytest.mark.parametrize("source", SOURCES.values(), ids=lambda one: one.asset)
def test_each_source_lists_what_its_service_documents(source) -> None:
    """The parameters exist, and so does the field with the items (inside a scope, of an aggregated list)."""
    method(source.method).url(source.listing("shop", "europe-west1"))
    known = schemas(source.service)
    answer = known[_response(source.method)]["properties"]
    if source.method.endswith(".aggregatedList"):
        answer = known[answer["items"]["additionalProperties"]["$ref"]]["properties"]
    assert answer[source.key]["type"] == "array"
    for region, native_id in (("europe-west1", "europe-west1-b/x"), ("europe-west1", "x"), ("global", "x"), ("global", "eu/x")):
        asked = source.getting("shop", region, native_id)
        if asked:
            assert "shop" in method(asked[0]).url(asked[1]) or source.service == "storage"


def _response(name: str) -> str:
    import json
    from importlib.util import find_spec
    from pathlib import Path

    from skywright.adapters.clouds.gcp.documents import VERSIONS

    service, *path, verb = name.split(".")
    folder = Path(find_spec("googleapiclient").submodule_search_locations[0]) / "discovery_cache" / "documents"
    found = json.loads((folder / f"{service}.{VERSIONS[service]}.json").read_bytes())
    for part in path:
        found = found["resources"][part]
    return found["methods"][verb]["response"]["$ref"]


@pytest.mark.parametrize(
    ("asset", "region", "native_id", "call"),
    [
        ("compute.googleapis.com/Disk", "europe-west1", "europe-west1-b/d", ("compute.disks.get", "zone", "europe-west1-b")),
        ("compute.googleapis.com/Disk", "europe-west1", "d", ("compute.regionDisks.get", "region", "europe-west1")),
        ("compute.googleapis.com/Address", "global", "a", ("compute.globalAddresses.get", "address", "a")),
        ("compute.googleapis.com/Address", "us-east1", "a", ("compute.addresses.get", "region", "us-east1")),
        ("compute.googleapis.com/BackendService", "global", "b", ("compute.backendServices.get", "backendService", "b")),
        (
            "cloudkms.googleapis.com/KeyRing",
            "global",
            "eu/ring",
            ("cloudkms.projects.locations.keyRings.get", "name", "projects/shop/locations/eu/keyRings/ring"),
        ),
        (
            "container.googleapis.com/Cluster",
            "europe-west1",
            "europe-west1-b/c",
            ("container.projects.locations.clusters.get", "name", "projects/shop/locations/europe-west1-b/clusters/c"),
        ),
    ],
)
def test_a_single_one_is_asked_for_where_it_is(asset: str, region: str, native_id: str, call: tuple) -> None:
    name, params = SOURCES[asset].getting("shop", region, native_id)
    assert (name, params[call[1]]) == (call[0], call[2])


def test_locations() -> None:
    assert location_of({"zone": "https://x/zones/us-east1-b"}) == "us-east1-b"
    assert location_of({"region": "us-east1"}) == "us-east1"
    assert location_of({"name": "projects/p/locations/eu/keyRings/r"}) == "eu"
    assert location_of({"name": "projects/p/topics/t"}) == ""
    assert located("us-east1", "us-east1-b/web") == ("us-east1-b", "web")
    assert located("us-east1", "ring/key") == ("us-east1", "ring/key")
    assert located("global", "eu/ring/key") == ("eu", "ring/key")


def test_the_documents_hold_what_is_asked_of_the_inventory() -> None:
    assert len(INVENTORY) == len(set(INVENTORY)) > 50
    assert documented("compute").path == "compute/v1/"
