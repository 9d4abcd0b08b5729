"""Names of Google Cloud -> ids, and back to where they stand."""

import pytest

from skywright.adapters.clouds.gcp.read.place import Place, native_of, region_of

HERE = Place("shop", "europe-west1", "42")


@pytest.mark.parametrize(
    ("location", "region", "native_id"),
    [
        ("europe-west1-b", "europe-west1", "europe-west1-b/x"),
        ("EUROPE-WEST1", "europe-west1", "x"),
        ("northamerica-northeast1", "northamerica-northeast1", "x"),
        ("US", "global", "us/x"),
        ("eur4", "global", "eur4/x"),
        ("global", "global", "x"),
        ("", "global", "x"),
        (None, "global", "x"),
    ],
)
def test_where_things_are(location: str | None, region: str, native_id: str) -> None:
    assert (region_of(location), native_of(location, "x")) == (region, native_id)


@pytest.mark.parametrize(
    ("link", "identifier"),
    [
        ("https://www.googleapis.com/compute/v1/projects/shop/zones/a-b1-c/disks/d", "gcp:shop:a-b1:k/a-b1-c/d"),
        ("//compute.googleapis.com/projects/42/regions/a-b1/subnetworks/s", "gcp:shop:a-b1:k/s"),
        ("projects/other/global/networks/n", "gcp:other:global:k/n"),
        ("projects/shop/topics/t", "gcp:shop:global:k/t"),
        ("projects/42/locations/eu/repositories/r", "gcp:shop:global:k/eu/r"),
        ("projects/p/locations/global/buckets/_Default", "gcp:p:global:k/_Default"),
        ("all-apis", None),
        ("", ""),
        (None, None),
    ],
)
def test_links(link: str | None, identifier: str | None) -> None:
    assert HERE.link("k", link) == identifier


@pytest.mark.parametrize(
    ("name", "identifier"),
    [
        ("projects/shop/locations/a-b1/keyRings/r/cryptoKeys/k/cryptoKeyVersions/3", "gcp:shop:a-b1:crypto.key/r/k"),
        ("projects/other/locations/eu/keyRings/r/cryptoKeys/k", "gcp:other:global:crypto.key/eu/r/k"),
        ("odd", None),
        ("", ""),
        (None, None),
    ],
)
def test_keys(name: str | None, identifier: str | None) -> None:
    assert HERE.key(name) == identifier


@pytest.mark.parametrize(
    ("address", "account"),
    [
        ("ci@data.iam.gserviceaccount.com", "data"),
        ("42-compute@developer.gserviceaccount.com", "shop"),
        ("shop@appspot.gserviceaccount.com", "shop"),
        ("99-compute@developer.gserviceaccount.com", None),
        ("anna@shop.example", None),
    ],
)
def test_service_accounts(address: str, account: str | None) -> None:
    assert HERE.service_account(address) == (f"gcp:{account}:global:identity.user/{address}" if account else None)
