"""Google's own Python client talks to the stand-in as it does to Google: one long day of ordinary work."""

from collections.abc import Callable
from typing import Any

import pytest
from googleapiclient.errors import HttpError

from skywright.lab.gcp import GcpStandin

from .conftest import PROJECT, ZONE  # isort: skip

Make = Callable[..., Any]
CPU = "compute.googleapis.com/instance/cpu/utilization"


def done(compute: Any, operation: dict[str, Any]) -> dict[str, Any]:
    """Poll an operation as the client does, at most a few times."""
    for _ in range(5):
        where = {"project": PROJECT, "operation": operation["name"]}
        if "zone" in operation:
            operation = compute.zoneOperations().get(zone=operation["zone"].rsplit("/", 1)[-1], **where).execute()
        elif "region" in operation:
            operation = compute.regionOperations().get(region=operation["region"].rsplit("/", 1)[-1], **where).execute()
        else:
            operation = compute.globalOperations().get(**where).execute()
        if operation["status"] == "DONE":
            return operation
    raise AssertionError(operation)


def refused(call: Any) -> tuple[int, str]:
    """Status and reason of a call that is refused."""
    with pytest.raises(HttpError) as caught:
        call.execute()
    return caught.value.status_code, caught.value.reason


def test_a_disk_and_an_instance_from_the_cradle_to_the_grave(client: Make):
    compute = client("compute")
    where = {"project": PROJECT, "zone": ZONE}
    disk = {"name": "data-1", "sizeGb": "20", "labels": {"owner": "search"}}
    operation = compute.disks().insert(**where, body=disk).execute()
    assert (operation["status"], operation["operationType"]) == ("PENDING", "insert")
    assert refused(compute.disks().get(**where, disk="data-1"))[0] == 404, "it is not there before its operation is done"
    done(compute, operation)
    made = compute.disks().get(**where, disk="data-1").execute()
    assert (made["sizeGb"], made["status"], made["zone"].rsplit("/", 1)[-1]) == ("20", "READY", ZONE)
    assert refused(compute.disks().insert(**where, body=disk))[0] == 409

    card = {"network": f"projects/{PROJECT}/global/networks/backbone", "accessConfigs": [{"name": "External NAT"}]}
    body = {
        "name": "web-9",
        "machineType": f"zones/{ZONE}/machineTypes/e2-small",
        "networkInterfaces": [card],
        "disks": [{"boot": True, "autoDelete": True, "initializeParams": {"diskSizeGb": "10"}}, {"source": made["selfLink"]}],
    }
    done(compute, compute.instances().insert(**where, body=body).execute())
    web = compute.instances().get(**where, instance="web-9").execute()
    assert web["status"] == "RUNNING"
    assert web["networkInterfaces"][0]["accessConfigs"][0]["natIP"]
    assert compute.disks().get(**where, disk="data-1").execute()["users"] == [web["selfLink"]]
    status, reason = refused(compute.disks().delete(**where, disk="data-1"))
    assert status == 400
    assert reason == f"The resource 'projects/{PROJECT}/zones/{ZONE}/disks/data-1' is already being used by '{_path(web)}'"

    done(compute, compute.instances().delete(**where, instance="web-9").execute())
    assert refused(compute.instances().get(**where, instance="web-9"))[0] == 404
    assert refused(compute.disks().get(**where, disk="web-9"))[0] == 404, "its boot disk went with it"
    assert "users" not in compute.disks().get(**where, disk="data-1").execute()
    done(compute, compute.disks().delete(**where, disk="data-1").execute())
    assert refused(compute.disks().get(**where, disk="data-1"))[0] == 404


def _path(resource: dict[str, Any]) -> str:
    return str(resource["selfLink"]).partition("/v1/")[2]


def test_an_instance_is_stopped_resized_and_started(client: Make):
    compute = client("compute")
    one = {"project": PROJECT, "zone": ZONE, "instance": "web"}
    wanted = {"machineType": f"zones/{ZONE}/machineTypes/e2-standard-4"}
    status, reason = refused(compute.instances().setMachineType(**one, body=wanted))
    assert (status, reason) == (400, "The instance must be stopped before its machine type can be changed.")
    operation = compute.instances().stop(**one).execute()
    assert compute.instances().get(**one).execute()["status"] == "STOPPING"
    done(compute, operation)
    assert compute.instances().get(**one).execute()["status"] == "TERMINATED"
    unknown = {"machineType": f"zones/{ZONE}/machineTypes/z9-mega-1"}
    assert "z9-mega-1" in refused(compute.instances().setMachineType(**one, body=unknown))[1]
    done(compute, compute.instances().setMachineType(**one, body=wanted).execute())
    done(compute, compute.instances().start(**one).execute())
    now = compute.instances().get(**one).execute()
    assert (now["status"], now["machineType"].rsplit("/", 1)[-1]) == ("RUNNING", "e2-standard-4")
    waited = compute.zoneOperations().wait(project=PROJECT, zone=ZONE, operation=compute.instances().stop(**one).execute()["name"])
    assert waited.execute()["status"] == "DONE"
    done(compute, compute.instances().start(**one).execute())


@pytest.mark.parametrize(
    ("verb", "part", "field"),
    [("setLabels", "", "labelFingerprint"), ("setMetadata", "metadata", "fingerprint"), ("setTags", "tags", "fingerprint")],
)
def test_a_fingerprint_that_is_no_longer_so_is_refused(client: Make, verb: str, part: str, field: str):
    compute = client("compute")
    one = {"project": PROJECT, "zone": ZONE, "instance": "web"}
    web = compute.instances().get(**one).execute()
    held = web[part] if part else web
    content = {"labels": {"owner": "search"}} if verb == "setLabels" else {"items": held.get("items", [])[:0]}
    stale = getattr(compute.instances(), verb)(**one, body={field: "c3RhbGU=", **content})
    assert refused(stale)[0] == 412
    done(compute, getattr(compute.instances(), verb)(**one, body={field: held[field], **content}).execute())
    now = compute.instances().get(**one).execute()
    assert (now[part] if part else now)[field] != held[field], "other content, another fingerprint"


def test_a_snapshot_of_a_disk_and_a_disk_of_the_snapshot(client: Make):
    compute = client("compute")
    where = {"project": PROJECT, "zone": ZONE}
    done(
        compute, compute.disks().createSnapshot(**where, disk="archive", body={"name": "copy", "labels": {"why": "test"}}).execute()
    )
    copy = compute.snapshots().get(project=PROJECT, snapshot="copy").execute()
    assert (copy["diskSizeGb"], copy["sourceDisk"].rsplit("/", 1)[-1], copy["status"]) == ("200", "archive", "READY")
    body = {"name": "again", "sourceSnapshot": f"projects/{PROJECT}/global/snapshots/copy"}
    done(compute, compute.disks().insert(**where, body=body).execute())
    assert compute.disks().get(**where, disk="again").execute()["sizeGb"] == "200"
    assert refused(compute.disks().resize(**where, disk="again", body={"sizeGb": "100"}))[0] == 400
    done(compute, compute.disks().resize(**where, disk="again", body={"sizeGb": "300"}).execute())
    assert compute.disks().get(**where, disk="again").execute()["sizeGb"] == "300"
    lost = {"name": "never", "sourceSnapshot": f"projects/{PROJECT}/global/snapshots/lost"}
    assert refused(compute.disks().insert(**where, body=lost))[0] == 404
    done(compute, compute.snapshots().delete(project=PROJECT, snapshot="copy").execute())
    done(compute, compute.disks().delete(**where, disk="again").execute())


def test_aggregated_lists_page_and_name_every_scope(client: Make):
    compute = client("compute")
    pages, request = [], compute.disks().aggregatedList(project=PROJECT, maxResults=1)
    while request is not None:
        page = request.execute()
        pages.append(page)
        request = compute.disks().aggregatedList_next(request, page)
    whole = compute.disks().aggregatedList(project=PROJECT).execute()
    names = [disk["name"] for page in pages for scope in page["items"].values() for disk in scope.get("disks", [])]
    assert sorted(names) == sorted(disk["name"] for scope in whole["items"].values() for disk in scope.get("disks", []))
    assert len(pages) == len(names) > 2
    assert whole["items"]["zones/us-central1-b"]["warning"]["code"] == "NO_RESULTS_ON_PAGE"
    assert whole["kind"] == "compute#diskAggregatedList"


def test_a_scope_out_of_reach_is_a_warning(lab: GcpStandin, client: Make):
    lab.world.unreachable.add(f"zones/{ZONE}")
    whole = client("compute").disks().aggregatedList(project=PROJECT).execute()
    assert whole["items"][f"zones/{ZONE}"]["warning"]["code"] == "UNREACHABLE"


def test_a_filter_narrows_a_list(client: Make):
    compute = client("compute")
    where = {"project": PROJECT, "zone": ZONE}
    found = compute.disks().list(**where, filter='name = "archive"').execute()
    assert [disk["name"] for disk in found["items"]] == ["archive"]
    assert "items" not in compute.disks().list(**where, filter="labels.owner = nobody").execute()


def test_an_address_and_the_card_that_holds_it(client: Make):
    compute = client("compute")
    region = {"project": PROJECT, "region": "europe-west1"}
    held = compute.addresses().get(**region, address="reserved").execute()
    one = {"project": PROJECT, "zone": ZONE, "instance": "web"}
    access = {"name": "External NAT", "natIP": held["address"]}
    done(compute, compute.instances().addAccessConfig(**one, networkInterface="nic0", body=access).execute())
    now = compute.addresses().get(**region, address="reserved").execute()
    assert (now["status"], [user.rsplit("/", 1)[-1] for user in now["users"]]) == ("IN_USE", ["web"])
    assert refused(compute.addresses().delete(**region, address="reserved"))[0] == 400
    gone = compute.instances().deleteAccessConfig(**one, networkInterface="nic0", accessConfig="External NAT").execute()
    done(compute, gone)
    assert compute.addresses().get(**region, address="reserved").execute()["status"] == "RESERVED"


def test_a_network_with_something_in_it_stays(client: Make):
    compute = client("compute")
    assert refused(compute.networks().delete(project=PROJECT, network="backbone"))[0] == 400


def test_a_firewall_rule_is_patched_and_a_subnet_wants_its_fingerprint(client: Make):
    compute = client("compute")
    rule = {"project": PROJECT, "firewall": "ssh-anywhere-europe-west1"}
    done(compute, compute.firewalls().patch(**rule, body={"disabled": True}).execute())
    now = compute.firewalls().get(**rule).execute()
    assert (now["disabled"], now["sourceRanges"]) == (True, ["0.0.0.0/0"])
    subnet = {"project": PROJECT, "region": "europe-west1", "subnetwork": "backbone-europe-west1"}
    assert refused(compute.subnetworks().patch(**subnet, body={"privateIpGoogleAccess": False}))[0] == 400
    mark = compute.subnetworks().get(**subnet).execute()["fingerprint"]
    body = {"fingerprint": mark, "logConfig": {"enable": False}}
    done(compute, compute.subnetworks().patch(**subnet, body=body).execute())
    assert compute.subnetworks().get(**subnet).execute()["logConfig"]["enable"] is False
    assert refused(compute.subnetworks().patch(**subnet, body=body))[0] == 412


def test_the_metadata_of_a_project(client: Make):
    compute = client("compute")
    held = compute.projects().get(project=PROJECT).execute()["commonInstanceMetadata"]
    items = [*held["items"], {"key": "team", "value": "platform"}]
    body = {"fingerprint": held["fingerprint"], "items": items}
    done(compute, compute.projects().setCommonInstanceMetadata(project=PROJECT, body=body).execute())
    assert {"key": "team", "value": "platform"} in compute.projects().get(project=PROJECT).execute()["commonInstanceMetadata"][
        "items"
    ]


def test_a_bucket_and_who_may_read_it(client: Make):
    storage = client("storage")
    body = {"name": "lab-notes", "location": "EUROPE-WEST1", "iamConfiguration": {"publicAccessPrevention": "enforced"}}
    made = storage.buckets().insert(project=PROJECT, body=body).execute()
    assert (made["metageneration"], made["storageClass"]) == ("1", "STANDARD")
    assert "lab-notes" in [bucket["name"] for bucket in storage.buckets().list(project=PROJECT).execute()["items"]]
    policy = storage.buckets().getIamPolicy(bucket="lab-notes").execute()
    public = {**policy, "bindings": [{"role": "roles/storage.objectViewer", "members": ["allUsers"]}]}
    assert refused(storage.buckets().setIamPolicy(bucket="lab-notes", body=public))[0] == 412
    change = {"iamConfiguration": {"publicAccessPrevention": "inherited"}, "versioning": {"enabled": True}}
    now = storage.buckets().patch(bucket="lab-notes", body=change, ifMetagenerationMatch="1").execute()
    assert (now["metageneration"], now["versioning"]) == ("2", {"enabled": True})
    assert refused(storage.buckets().patch(bucket="lab-notes", body={"labels": {"a": "b"}}, ifMetagenerationMatch="1"))[0] == 412
    kept = storage.buckets().setIamPolicy(bucket="lab-notes", body=public).execute()
    assert kept["etag"] != policy["etag"]
    assert refused(storage.buckets().setIamPolicy(bucket="lab-notes", body=public))[0] == 412, "the policy was changed since"
    storage.buckets().delete(bucket="lab-notes").execute()
    assert refused(storage.buckets().get(bucket="lab-notes"))[0] == 404


def test_a_database_is_changed_by_an_operation(client: Make):
    sql = client("sqladmin")
    one = {"project": PROJECT, "instance": "partners-europe-west1"}
    held = sql.instances().get(**one).execute()
    change = {"settings": {"deletionProtectionEnabled": False, "settingsVersion": held["settings"]["settingsVersion"]}}
    operation = sql.instances().patch(**one, body=change).execute()
    assert (operation["kind"], operation["status"], operation["targetId"]) == ("sql#operation", "PENDING", one["instance"])
    assert refused(sql.instances().patch(**one, body={"settings": {"tier": "db-custom-4-15360"}}))[0] == 409, "one at a time"
    for _ in range(3):
        operation = sql.operations().get(project=PROJECT, operation=operation["name"]).execute()
    assert operation["status"] == "DONE"
    now = sql.instances().get(**one).execute()
    assert now["settings"]["deletionProtectionEnabled"] is False
    assert now["settings"]["tier"] == held["settings"]["tier"], "what is not said stays"
    assert refused(sql.instances().patch(**one, body=change))[0] == 412
    assert refused(sql.instances().patch(**one, body={"settings": {"dataDiskSizeGb": "10"}}))[0] == 400
    assert len(sql.backupRuns().list(**one).execute()["items"]) == 2


def test_a_topic_is_patched_by_a_mask(client: Make):
    pubsub = client("pubsub")
    name = f"projects/{PROJECT}/topics/letters"
    made = pubsub.projects().topics().create(name=name, body={"labels": {"owner": "post"}}).execute()
    assert (made["name"], made["labels"]) == (name, {"owner": "post"})
    body = {"topic": {"messageRetentionDuration": "86400s", "labels": {"owner": "x"}}, "updateMask": "messageRetentionDuration"}
    now = pubsub.projects().topics().patch(name=name, body=body).execute()
    assert (now["messageRetentionDuration"], now["labels"]) == ("86400s", {"owner": "post"})
    policy = {"policy": {"bindings": [{"role": "roles/pubsub.viewer", "members": ["domain:example.com"]}], "etag": "ACAB"}}
    pubsub.projects().topics().setIamPolicy(resource=name, body=policy).execute()
    assert refused(pubsub.projects().topics().setIamPolicy(resource=name, body=policy))[0] == 409
    wanted = {"permissions": ["pubsub.topics.publish", "pubsub.topics.delete"]}
    assert pubsub.projects().topics().testIamPermissions(resource=name, body=wanted).execute() == wanted
    pubsub.projects().topics().delete(topic=name).execute()
    assert refused(pubsub.projects().topics().get(topic=name))[0] == 404


def test_a_service_account_and_its_key(client: Make):
    accounts = client("iam").projects().serviceAccounts()
    body = {"accountId": "robot", "serviceAccount": {"displayName": "Robot"}}
    made = accounts.create(name=f"projects/{PROJECT}", body=body).execute()
    assert made["email"] == f"robot@{PROJECT}.iam.gserviceaccount.com"
    key = accounts.keys().create(name=made["name"], body={}).execute()
    accounts.keys().disable(name=key["name"], body={}).execute()
    assert accounts.keys().get(name=key["name"]).execute()["disabled"] is True
    accounts.keys().enable(name=key["name"], body={}).execute()
    held = accounts.keys().list(name=f"projects/-/serviceAccounts/{made['email']}").execute()["keys"]
    assert [one.get("disabled", False) for one in held] == [False]
    accounts.disable(name=made["name"], body={}).execute()
    assert accounts.get(name=made["name"]).execute()["disabled"] is True


def test_a_key_rotates_and_is_never_deleted(client: Make):
    keys = client("cloudkms").projects().locations().keyRings().cryptoKeys()
    ring = f"projects/{PROJECT}/locations/europe-west1/keyRings/platform"
    name = f"{ring}/cryptoKeys/data"
    assert refused(keys.patch(name=name, body={"rotationPeriod": "5184000s"}))[0] == 400, "a mask is needed"
    now = keys.patch(name=name, body={"rotationPeriod": "5184000s"}, updateMask="rotationPeriod").execute()
    assert now["rotationPeriod"] == "5184000s"
    assert [key["name"] for key in keys.list(parent=ring).execute()["cryptoKeys"]] == [name]


def test_a_secret_is_made_by_its_id(client: Make):
    secrets = client("secretmanager").projects().secrets()
    made = secrets.create(parent=f"projects/{PROJECT}", secretId="mail", body={"replication": {"automatic": {}}}).execute()
    assert made["name"] == f"projects/{PROJECT}/secrets/mail"
    found = secrets.list(parent=f"projects/{PROJECT}").execute()["secrets"]
    assert [one["name"] for one in found] == [made["name"]]


def test_the_projects_below_the_organisation(client: Make):
    manager = client("cloudresourcemanager", "v3")
    project = manager.projects().get(name=f"projects/{PROJECT}").execute()
    assert (project["projectId"], project["state"]) == (PROJECT, "ACTIVE")
    assert manager.projects().get(name=project["name"]).execute() == project, "by its number as well"
    found = manager.projects().search(query=f"id:{PROJECT}").execute()
    assert [one["projectId"] for one in found["projects"]] == [PROJECT]
    below = manager.projects().list(parent=project["parent"]).execute()
    assert [one["projectId"] for one in below["projects"]] == [PROJECT]
    policy = manager.projects().getIamPolicy(resource=f"projects/{PROJECT}", body={}).execute()
    assert "group:platform@example.com" in policy["bindings"][0]["members"]


def test_assets_are_what_the_services_tell(client: Make):
    assets = client("cloudasset").assets()
    request = assets.list(parent=f"projects/{PROJECT}", contentType="RESOURCE", pageSize=10)
    rows: list[dict[str, Any]] = []
    while request is not None:
        page = request.execute()
        rows += page.get("assets", [])
        request = assets.list_next(request, page)
    by_name = {row["name"]: row for row in rows}
    assert len(by_name) == len(rows) > 30
    web = by_name[f"//compute.googleapis.com/projects/{PROJECT}/zones/{ZONE}/instances/web"]
    own = client("compute").instances().get(project=PROJECT, zone=ZONE, instance="web").execute()
    assert (web["assetType"], web["resource"]["data"], web["resource"]["location"]) == (
        "compute.googleapis.com/Instance",
        own,
        ZONE,
    )
    assert web["ancestors"][-1] == "organizations/100000000001"
    assert f"//cloudsql.googleapis.com/projects/{PROJECT}/instances/partners-europe-west1" in by_name
    few = assets.list(parent="organizations/100000000001", assetTypes=["storage.googleapis.com/Bucket"], contentType="IAM_POLICY")
    public = [row for row in few.execute()["assets"] if "allUsers" in str(row["iamPolicy"])]
    assert [row["name"] for row in public] == [f"//storage.googleapis.com/{PROJECT}-europe-west1-downloads"]
    found = client("cloudasset").v1().searchAllResources(scope=f"projects/{PROJECT}", query="archive").execute()["results"]
    assert [row["displayName"] for row in found] == ["archive"]
    held = client("cloudasset").v1().searchAllIamPolicies(scope=f"projects/{PROJECT}").execute()["results"]
    assert "//cloudresourcemanager.googleapis.com/projects/300000000001" in {row["resource"] for row in held}


def test_the_series_of_a_metric_are_hourly_and_the_same_every_time(client: Make):
    series = client("monitoring", "v3").projects().timeSeries()
    ask = {
        "name": f"projects/{PROJECT}",
        "filter": f'metric.type = "{CPU}" AND resource.labels.zone = starts_with("europe-west1")',
        "interval_startTime": "2026-03-01T00:00:00Z",
        "interval_endTime": "2026-03-02T00:00:00Z",
        "aggregation_alignmentPeriod": "3600s",
        "aggregation_perSeriesAligner": "ALIGN_MEAN",
    }
    answer = series.list(**ask).execute()
    assert {len(one["points"]) for one in answer["timeSeries"]} == {24}
    assert answer["timeSeries"][0]["points"][0]["interval"]["endTime"] == "2026-03-02T00:00:00Z", "newest first"
    compute = client("compute").instances()
    means = {}
    for one in answer["timeSeries"]:
        labels = one["resource"]["labels"]
        found = compute.list(project=PROJECT, zone=labels["zone"], filter=f"id = {labels['instance_id']}").execute()["items"][0][
            "name"
        ]
        means[found] = sum(point["value"]["doubleValue"] for point in one["points"]) / 24
    assert means["render"] < 0.02 < 0.2 < means["web"] < 1.0
    assert series.list(**ask).execute() == answer
    again = series.list(**ask, pageSize=24).execute()
    assert len(again["timeSeries"]) == 1
    assert len(series.list(**ask, pageSize=24, pageToken=again["nextPageToken"]).execute()["timeSeries"]) == 1
    assert refused(series.list(**{**ask, "filter": 'metric.type = "no/such"'}))[0] == 404


def test_what_things_cost(client: Make):
    info = client("cloudbilling").projects().getBillingInfo(name=f"projects/{PROJECT}").execute()
    assert info["billingEnabled"] is True
    text = "SELECT * FROM `billing.gcp_billing_export_resource_v1_X` WHERE usage_start_time > CURRENT_TIMESTAMP() - INTERVAL 3 DAY"
    answer = client("bigquery", "v2").jobs().query(projectId=PROJECT, body={"query": text, "useLegacySql": False}).execute()
    names = [field["name"] for field in answer["schema"]["fields"]]
    rows = [dict(zip(names, (cell["v"] for cell in row["f"]), strict=True)) for row in answer["rows"]]
    web = [row for row in rows if row["resource"].endswith("/instances/web")]
    assert len(web) == 3
    assert all(1.5 < float(row["cost"]) < 3 for row in web)
