"""Which projects are in scope, and whose word is asked for them."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from tests.adapters.clouds.gcp.test_calls import World

from skywright.adapters.clouds.gcp import GcpCloud, GcpConfig
from skywright.adapters.clouds.gcp.session import Session
from skywright.lab.kit import Answer
from skywright.model.estate import CoverageState

OFF = Answer(403, {"error": {"code": 403, "message": "no", "status": "PERMISSION_DENIED"}})
REGIONS = {"items": [{"name": "us-east1"}, {"name": "europe-west1"}]}


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    for name in ("GOOGLE_CLOUD_PROJECT", "CLOUDSDK_CORE_PROJECT", "GOOGLE_APPLICATION_CREDENTIALS", "CLOUDSDK_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    world = World()
    yield world
    world.server.stop()


def project(world: World, name: str, number: str) -> None:
    world.table[f"/cloudresourcemanager/v3/projects/{name}"] = {"name": f"projects/{number}", "projectId": name, "state": "ACTIVE"}
    world.table[f"/compute/compute/v1/projects/{name}/regions"] = REGIONS


def cloud(world: World, **config: Any) -> GcpCloud:
    given = {"endpoint": f"{world.server.endpoint}/{{service}}", "anonymous": True} | config
    return GcpCloud(GcpConfig(**given), world.clock)


def test_named_projects_and_every_region(world: World) -> None:
    project(world, "shop", "42")
    scopes, gaps = cloud(world, projects=["shop"]).scopes()
    assert {(scope.account, scope.region) for scope in scopes} == {
        ("shop", "europe-west1"),
        ("shop", "us-east1"),
        ("shop", "global"),
    }
    assert list(gaps) == []
    assert {scope.region for scope in scopes if scope.reader == "buckets"} == {"europe-west1", "us-east1", "global"}
    assert {scope.region for scope in scopes if scope.reader == "networks"} == {"global"}
    assert "folders" not in {scope.reader for scope in scopes}


def test_the_environment_s_project(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "shop")
    project(world, "shop", "42")
    assert {scope.account for scope in cloud(world).scopes()[0]} == {"shop"}


def test_no_project_at_all_says_what_now(world: World) -> None:
    scopes, gaps = cloud(world).scopes()
    assert list(scopes) == []
    assert [(row.account, row.state, row.reason) for row in gaps] == [
        (
            "*",
            CoverageState.FAILED,
            "No Google Cloud project is named. Name some under clouds.gcp.projects, or set GOOGLE_CLOUD_PROJECT.",
        )
    ]


def test_no_credentials_says_how_to_sign_in(world: World, monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path))
    (row,) = cloud(world, anonymous=False).scopes()[1]
    assert row.state is CoverageState.DENIED
    assert row.reason.startswith("The Google Cloud credentials are not valid: Your default credentials were not found.")
    assert "gcloud auth application-default login" in row.reason


def test_a_project_that_is_not_there_is_a_gap_beside_the_others(world: World) -> None:
    project(world, "shop", "42")
    scopes, gaps = cloud(world, projects=["shop", "gone"]).scopes()
    assert {scope.account for scope in scopes} == {"shop"}
    assert [(row.account, row.kind, row.state) for row in gaps] == [("gone", "*", CoverageState.FAILED)]


def test_a_project_of_which_the_resource_manager_does_not_tell_is_read_all_the_same(world: World) -> None:
    project(world, "shop", "42")
    world.table["/cloudresourcemanager/v3/projects/shop"] = OFF
    assert {scope.account for scope in cloud(world, projects=["shop"]).scopes()[0]} == {"shop"}


def test_every_project_of_an_organisation_through_the_inventory(world: World) -> None:
    for name, number in (("shop", "42"), ("data", "43"), ("old", "44")):
        project(world, name, number)
    world.table["/cloudasset/v1/organizations/7:searchAllResources"] = {
        "results": [
            {"name": "//cloudresourcemanager.googleapis.com/projects/shop", "project": "projects/42", "state": "ACTIVE"},
            {"name": "//cloudresourcemanager.googleapis.com/projects/data", "project": "projects/43"},
            {"name": "//cloudresourcemanager.googleapis.com/projects/old", "project": "projects/44", "state": "DELETE_REQUESTED"},
        ]
    }
    found = cloud(world, organization="7", skip_projects=["data"])
    scopes, gaps = found.scopes()
    assert {scope.account for scope in scopes} == {"shop", "organizations-7"}
    assert list(gaps) == []


def test_every_project_below_a_folder_without_the_inventory(world: World) -> None:
    for name, number in (("shop", "42"), ("deep", "43")):
        project(world, name, number)
    world.table["/cloudasset/v1/folders/1:searchAllResources"] = OFF

    def projects(request: Any) -> Any:
        held = {"folders/1": ("shop", "42"), "folders/2": ("deep", "43")}[request.parameter("parent")]
        return {"projects": [{"name": f"projects/{held[1]}", "projectId": held[0], "state": "ACTIVE"}]}

    def folders(request: Any) -> Any:
        below = [{"name": "folders/2", "state": "ACTIVE", "displayName": "Deep", "parent": "folders/1"}]
        return {"folders": below} if request.parameter("parent") == "folders/1" else {}

    world.table["/cloudresourcemanager/v3/projects"] = projects
    world.table["/cloudresourcemanager/v3/folders"] = folders
    world.table["/cloudresourcemanager/v3/folders/1"] = {"name": "folders/1", "displayName": "Top", "parent": "organizations/7"}
    found = cloud(world, folders=["1"])
    scopes, _ = found.scopes()
    assert {scope.account for scope in scopes} == {"shop", "deep", "folders-1"}
    holder = next(scope for scope in scopes if scope.account == "folders-1")
    rows = {row.native_id: row for row in found.read(holder).resources}
    assert {name: (row.type, row.parent, row.display_name) for name, row in rows.items()} == {
        "folders/1": ("folder", "gcp:folders-1:global:account.group/organizations/7", "Top"),
        "folders/2": ("folder", "gcp:folders-1:global:account.group/folders/1", "Deep"),
    }


def test_a_project_without_compute_engine_has_the_regions_of_another(world: World) -> None:
    project(world, "shop", "42")
    project(world, "plain", "43")
    body = {"error": {"code": 403, "message": "off", "errors": [{"reason": "accessNotConfigured"}]}}
    world.table["/compute/compute/v1/projects/plain/regions"] = Answer(403, body)
    scopes, gaps = cloud(world, projects=["plain", "shop"]).scopes()
    assert {scope.region for scope in scopes if scope.account == "plain"} == {"europe-west1", "us-east1", "global"}
    assert list(gaps) == []


def test_a_key_file_that_is_broken_or_missing_is_told(world: World, tmp_path) -> None:
    broken = tmp_path / "key.json"
    broken.write_text(json.dumps({"type": "service_account"}))
    for path in (broken, tmp_path / "never.json"):
        (row,) = cloud(world, anonymous=False, credentials_file=str(path), projects=["shop"]).scopes()[1]
        assert row.account == "shop"
        assert row.state is CoverageState.DENIED
        assert row.reason.startswith("The Google Cloud credentials are not valid: ")


def test_a_key_file_may_be_named_from_home(world: World, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is found there is broken: it was looked for in the right place."""
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "key.json").write_text("{}")
    (row,) = cloud(world, anonymous=False, credentials_file="~/key.json", projects=["shop"]).scopes()[1]
    assert "was not found" not in row.reason


def test_impersonation_takes_the_last_of_a_chain(monkeypatch: pytest.MonkeyPatch) -> None:
    from google.auth.credentials import AnonymousCredentials

    session = Session(GcpConfig(anonymous=True, impersonate="a@x.example, b@x.example,c@x.example"), lambda _: "")
    found = session._impersonated(AnonymousCredentials())
    assert (found._target_principal, found._delegates) == ("c@x.example", ["a@x.example", "b@x.example"])
