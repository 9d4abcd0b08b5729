"""Who changed a resource, by Cloud Audit Logs' answers and by the lab's."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.request import Request as HttpRequest
from urllib.request import urlopen

import msgspec
import pytest

from skywright.adapters.clouds.gcp import GcpCloud, GcpConfig
from skywright.adapters.clouds.gcp.trail import FILTER_MAX, deeds
from skywright.lab.gcp import GcpStandin, start
from skywright.model.errors import AskHuman, Denied, TryAgain
from skywright.ports.cloud import Deed, Historian

WEB = "gcp:shop:europe-west1:compute.instance/europe-west1-b/web"
BUCKET = "gcp:shop:europe-west1:storage.bucket/shop-assets"
KEY = "gcp:shop:europe-west1:crypto.key/platform/data"
ACCOUNT = "gcp:shop:global:account.account/shop"
SINCE, UNTIL = datetime(2026, 7, 1), datetime(2026, 7, 2)
ANNA = "anna@shop.example"
AT = datetime(2026, 7, 1, 8, 30)


class Logs:
    """Answers entries.list with pages, and keeps what was asked."""

    def __init__(self, *pages: dict[str, Any]) -> None:
        self.pages = list(pages) or [{}]
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def call(self, project: str, name: str, /, *, body: Any = None, **_params: Any) -> dict[str, Any]:
        assert name == "logging.entries.list"
        self.asked.append((project, body))
        return self.pages.pop(0) if len(self.pages) > 1 else self.pages[0]


def entry(written: str, /, method: str = "v1.compute.instances.stop", service: str = "compute", **more: Any) -> dict[str, Any]:
    event = {
        "serviceName": f"{service}.googleapis.com",
        "methodName": method,
        "resourceName": written,
        "authenticationInfo": {"principalEmail": ANNA},
        **more.pop("event", {}),
    }
    return {"timestamp": "2026-07-01T08:30:00.000000Z", "protoPayload": event, **more}


INSTANCE = "projects/shop/zones/europe-west1-b/instances/web"


def told(targets: list[str], *entries: dict[str, Any]) -> list[Deed]:
    return list(deeds(Logs({"entries": list(entries)}), targets, SINCE, UNTIL))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("target", "written"),
    [
        (WEB, entry(INSTANCE)),
        (WEB, entry("projects/300000000001/zones/europe-west1-b/instances/web")),
        ("gcp:shop:global:network.firewall/allow", entry("projects/shop/global/firewalls/allow")),
        ("gcp:shop:europe-west1:network.interface/europe-west1-b/web/nic0", entry(INSTANCE)),
        ("gcp:shop:europe-west1:network.gateway/router/nat", entry("projects/shop/regions/europe-west1/routers/router")),
        (BUCKET, entry("projects/_/buckets/shop-assets", service="storage")),
        (KEY, entry("projects/shop/locations/europe-west1/keyRings/platform/cryptoKeys/data", service="cloudkms")),
        (
            KEY,
            entry("projects/shop/locations/europe-west1/keyRings/platform/cryptoKeys/data/cryptoKeyVersions/2", service="cloudkms"),
        ),
        ("gcp:shop:europe-west1:database.instance/orders", entry("projects/shop/instances/orders", service="cloudsql")),
        ("gcp:shop:europe-west1:container.service/api", entry("namespaces/shop/services/api", service="run")),
        ("gcp:shop:global:log.group/_Default", entry("projects/shop/locations/global/buckets/_Default", service="logging")),
        (ACCOUNT, entry("projects/shop", "SetIamPolicy", "cloudresourcemanager")),
        ("gcp:shop:global:identity.binding/projects/shop/roles/owner/user:x", entry("projects/shop", "SetIamPolicy")),
        (
            "gcp:shop:global:identity.binding/shop-assets/roles/storage.admin/allUsers",
            entry("projects/_/buckets/shop-assets", "storage.setIamPermissions", "storage"),
        ),
        (
            "gcp:shop:global:identity.user/runner@shop.iam.gserviceaccount.com",
            entry(
                "projects/-/serviceAccounts/104000000000000000001",
                service="iam",
                resource={"type": "service_account", "labels": {"email_id": "runner@shop.iam.gserviceaccount.com"}},
            ),
        ),
    ],
)
def test_a_resource_is_known_by_the_name_that_its_log_gives_it(target: str, written: dict[str, Any]) -> None:
    assert told([target], written) == [Deed(AT, target, ANNA, written["protoPayload"]["methodName"])]


@pytest.mark.parametrize(
    "written",
    [
        entry("projects/shop/zones/europe-west1-c/instances/web"),  # its namesake in another zone
        entry("projects/shop/zones/europe-west1-b/disks/web"),  # its disk
        entry("projects/shop/zones/europe-west1-b/instances/web-2"),
        entry("projects/shop/instances/web", service="cloudsql"),
        entry(INSTANCE, event={"status": {"code": 7, "message": "PERMISSION_DENIED"}}),
        entry(INSTANCE, event={"authorizationInfo": [{"permissionType": "ADMIN_READ"}, {"permissionType": "DATA_READ"}]}),
        {"timestamp": "yesterday", "protoPayload": {"methodName": "x"}},
        {"timestamp": "2026-07-01T08:30:00Z", "protoPayload": "text"},
        {},
    ],
)
def test_others_failures_and_readings_are_left_out(written: dict[str, Any]) -> None:
    assert told([WEB], written) == []


def test_what_is_inside_a_resource_is_another_one() -> None:
    ring = "gcp:shop:europe-west1:crypto.vault/platform"
    key = entry("projects/shop/locations/europe-west1/keyRings/platform/cryptoKeys/data", service="cloudkms")
    assert [one.resource for one in told([ring, KEY], key)] == [KEY]
    assert (
        told(["gcp:shop:global:database.warehouse/sales"], entry("projects/shop/datasets/sales/tables/t", service="bigquery")) == []
    )


def test_what_takes_long_is_told_once_and_not_at_all_when_it_failed_in_the_end() -> None:
    first = entry(INSTANCE, operation={"id": "op-1", "first": True}, new_field={"of": "tomorrow"})
    last = entry(INSTANCE, operation={"id": "op-1", "last": True}) | {"timestamp": "2026-07-01T08:31:00Z"}
    assert told([WEB], first, last) == [Deed(AT, WEB, ANNA, "v1.compute.instances.stop")]
    failed = json.loads(json.dumps(last))
    failed["protoPayload"]["status"] = {"code": 13}
    assert told([WEB], first, failed) == []


def test_a_caller_without_an_address_is_told_by_its_principal_or_not_at_all() -> None:
    federated = entry(INSTANCE, event={"authenticationInfo": {"principalSubject": "principal://pool/subject/ci"}})
    nobody = entry(INSTANCE, "v1.compute.instances.start", event={"authenticationInfo": {}})
    assert [one.who for one in told([WEB], federated, nobody)] == ["", "principal://pool/subject/ci"]


def test_many_resources_of_a_project_are_one_query_and_every_project_has_its_own() -> None:
    logs = Logs()
    volume = "gcp:other:europe-west1:storage.volume/europe-west1-b/data"
    quota = "gcp:shop:europe-west1:account.quota/CPUS"
    assert list(deeds(logs, [WEB, BUCKET, KEY, volume, quota], SINCE, UNTIL)) == []  # type: ignore[arg-type]
    (first, other), (second, body) = logs.asked
    assert (first, second) == ("other", "shop")
    assert body == {
        "resourceNames": ["projects/shop"],
        "filter": (
            'logName=("projects/shop/logs/cloudaudit.googleapis.com%2Factivity" OR '
            '"projects/shop/logs/cloudaudit.googleapis.com%2Fsystem_event") AND timestamp>="2026-07-01T00:00:00.000Z" AND '
            'timestamp<="2026-07-02T00:00:00.000Z" AND protoPayload.resourceName=~"(^|/)(data|shop-assets|web)(/|$)"'
        ),
        "orderBy": "timestamp asc",
        "pageSize": 1000,
    }
    assert other["resourceNames"] == ["projects/other"]


def test_names_are_quoted_and_a_filter_stays_below_googles_limit() -> None:
    logs = Logs()
    odd = 'gcp:shop:global:storage.bucket/a.b"c'
    many = [f"gcp:shop:global:storage.bucket/{'long' * 15}{number:04}" for number in range(200)]
    list(deeds(logs, [odd, *many], SINCE, UNTIL))  # type: ignore[arg-type]
    filters = [body["filter"] for _, body in logs.asked]
    assert "(a[.]b.c|" in filters[0]
    assert len(filters) == 4
    assert max(map(len, filters)) < 20_000
    assert FILTER_MAX < 20_000


def test_a_folder_is_asked_for_as_a_folder() -> None:
    logs = Logs()
    list(deeds(logs, ["gcp:folders-12:global:account.group/12"], SINCE, UNTIL))  # type: ignore[arg-type]
    assert logs.asked[0][1]["resourceNames"] == ["folders/12"]


def test_an_empty_page_is_not_the_last() -> None:
    logs = Logs({"nextPageToken": "2"}, {"entries": [entry(INSTANCE)], "nextPageToken": "3"}, {})
    assert [one.who for one in deeds(logs, [WEB], SINCE, UNTIL)] == [ANNA]  # type: ignore[arg-type]
    assert [body.get("pageToken") for _, body in logs.asked] == [None, "2", "3"]


def test_pages_in_a_circle_and_answers_of_another_shape_are_no_trail() -> None:
    with pytest.raises(TryAgain, match=r"^logging\.entries\.list pages in a circle\."):
        list(deeds(Logs({"nextPageToken": "2"}), [WEB], SINCE, UNTIL))  # type: ignore[arg-type]
    with pytest.raises(AskHuman, match="entries that are no list"):
        list(deeds(Logs({"entries": {}}), [WEB], SINCE, UNTIL))  # type: ignore[arg-type]


# --- through the lab ---


class Clock:
    def now(self) -> datetime:
        return datetime.now(UTC).replace(tzinfo=None)

    def sleep(self, seconds: float) -> None:
        """Time passes at once."""


@pytest.fixture(scope="module")
def lab() -> Iterator[GcpStandin]:
    lab = start(seed=1, estate="small")
    yield lab
    lab.stop()


@pytest.fixture
def cloud(lab: GcpStandin) -> Iterator[GcpCloud]:
    yield GcpCloud(msgspec.convert(lab.section(), GcpConfig), Clock())
    lab.world.denied.clear()


def asked(lab: GcpStandin, method: str, path: str, body: Any) -> None:
    headers = {"Authorization": f"Bearer {lab.token}", "Content-Type": "application/json"}
    with urlopen(HttpRequest(f"{lab.endpoint}/{path}", json.dumps(body).encode(), headers, method=method), timeout=60) as answer:
        answer.read()


def window() -> tuple[datetime, datetime]:
    now = Clock().now()
    return now - timedelta(minutes=5), now + timedelta(minutes=5)


def test_the_lab_tells_who_changed_a_bucket_and_who_stopped_a_machine(lab: GcpStandin, cloud: GcpCloud) -> None:
    rows = [row for scope in cloud.scopes()[0] for row in cloud.read(scope).resources]
    bucket = next(row for row in rows if row.KIND == "storage.bucket" and row.account == "lab-production")
    machine = next(row for row in rows if row.KIND == "compute.instance" and row.account == "lab-production")
    zone, _, name = machine.native_id.partition("/")
    asked(lab, "PATCH", f"storage/storage/v1/b/{bucket.native_id}", {"labels": {"owner": "nobody"}})
    asked(lab, "POST", f"compute/compute/v1/projects/lab-production/zones/{zone}/instances/{name}/stop", {})
    others = [row.id for row in rows if row.id not in (bucket.id, machine.id) and row.KIND in ("storage.bucket", "storage.volume")]
    assert isinstance(cloud, Historian)
    found = list(cloud.deeds([bucket.id, machine.id, *others], *window()))
    operator = "operator@lab-production.iam.gserviceaccount.com"
    assert {(one.resource, one.who, one.what) for one in found} == {
        (bucket.id, operator, "storage.buckets.patch"),
        (machine.id, operator, "v1.compute.instances.stop"),
    }


def test_a_trail_that_may_not_be_read_is_said_to_be_so(lab: GcpStandin, cloud: GcpCloud) -> None:
    lab.world.denied.add("logging.entries.list")
    with pytest.raises(Denied):
        list(cloud.deeds(["gcp:lab-production:global:storage.bucket/x"], *window()))
