"""What holds for every resource: versions, ids without case, ETags, operations, pages, tokens, rights, refusals in one shape."""

import pytest
from azure.core.exceptions import ClientAuthenticationError, ServiceRequestError, ServiceResponseError
from azure.core.pipeline.transport import RequestsTransport
from azure.identity import ClientSecretCredential
from tests.lab.azure._tenant import Tenant, code
from tests.lab.azure.test_steps import disk, machine

from skywright.lab.azure.standin import AzureLab
from skywright.lab.kit import Fault


@pytest.mark.parametrize(
    ("path", "version", "expected"),
    [
        ("/providers/Microsoft.Compute/disks", "", (400, "MissingApiVersionParameter")),
        ("/providers/Microsoft.Compute/disks", "1999-01-01", (400, "NoRegisteredProviderFound")),
        ("/providers/Microsoft.Compute/teapots", "2024-07-01", (400, "InvalidResourceType")),
        ("/providers/Microsoft.Teapots/pots", "2024-07-01", (404, "InvalidResourceNamespace")),
        ("/resourceGroups/none/providers/Microsoft.Compute/disks", "2024-03-02", (404, "ResourceGroupNotFound")),
        ("/resourceGroups/lab-rg/providers/Microsoft.Compute/disks/none", "2024-03-02", (404, "ResourceNotFound")),
    ],
)
def test_what_is_not_understood(tenant: Tenant, path: str, version: str, expected: tuple[int, str]):
    assert code(tenant.send("GET", tenant.home + path, version=version)) == expected


def test_a_subscription_that_is_not_there(tenant: Tenant):
    other = "/subscriptions/00000000-0000-4000-8000-000000000000/providers/Microsoft.Compute/disks"
    assert code(tenant.send("GET", other)) == (404, "SubscriptionNotFound")


def test_the_message_names_the_versions(tenant: Tenant):
    said = tenant.send("GET", f"{tenant.home}/providers/Microsoft.App/containerApps", version="2000-01-01").json()["error"]
    assert said["message"].endswith("The supported api-versions are '2025-07-01, 2025-01-01, 2024-03-01, 2023-05-01'.")


def test_ids_know_no_case(tenant: Tenant):
    path = disk(tenant)
    assert tenant.send("GET", path.upper(), version="2024-03-02").json()["id"] == path
    assert tenant.send("PUT", path.upper(), {"location": "westeurope", "properties": {}}, version="2024-03-02").json()["id"] == path


def test_a_put_needs_a_location_and_keeps_it(tenant: Tenant):
    path = f"{tenant.group}/providers/Microsoft.Compute/disks/one"
    assert code(tenant.send("PUT", path, {"properties": {}})) == (400, "LocationRequired")
    tenant.put(path, {"location": "westeurope", "properties": {}})
    assert code(tenant.send("PUT", path, {"location": "northeurope", "properties": {}})) == (409, "InvalidResourceLocation")


@pytest.mark.parametrize("body", ["[]", "{", '"x"'])
def test_a_body_that_is_no_object(tenant: Tenant, body: str):
    from azure.core.rest import HttpRequest

    url = f"{tenant.lab.endpoint}{tenant.group}/providers/Microsoft.Compute/disks/one?api-version=2024-03-02"
    answer = tenant._client.send_request(HttpRequest("PUT", url, content=body, headers={"Content-Type": "application/json"}))
    assert code(answer) == (400, "InvalidRequestContent")


def test_etags(tenant: Tenant):
    path = disk(tenant)
    etag = tenant.send("GET", path).headers["ETag"]
    assert tenant.send("PATCH", path, {"tags": {"a": "1"}}, if_match=etag).status_code == 200
    tenant.lab.store.settle()
    assert code(tenant.send("PATCH", path, {"tags": {"a": "2"}}, if_match=etag)) == (412, "PreconditionFailed")
    assert code(tenant.send("DELETE", path, if_match=etag)) == (412, "PreconditionFailed")
    assert tenant.send("PATCH", path, {"tags": {"a": "2"}}, if_match="*").status_code == 200
    tenant.lab.store.settle()
    body = {"location": "westeurope", "properties": {}}
    assert code(tenant.send("PUT", path, body, if_none_match="*")) == (412, "PreconditionFailed")
    assert code(tenant.send("PUT", f"{path}2", body, if_match="*")) == (412, "PreconditionFailed")


def test_a_part_changes_the_etag_of_its_whole(tenant: Tenant):
    from tests.lab.azure.test_steps import RULE

    path = f"{tenant.group}/providers/Microsoft.Network/networkSecurityGroups/guard"
    group = tenant.put(path, {"location": "westeurope", "properties": {}})
    tenant.put(f"{path}/securityRules/https", {"properties": RULE})
    assert tenant.get(path)["etag"] != group["etag"]
    assert code(tenant.send("PUT", path, group)) == (412, "PreconditionFailed"), "the ETag in the body counts too"


def test_an_operation_takes_some_looks(tenant: Tenant):
    path = f"{tenant.group}/providers/Microsoft.Compute/disks/one"
    answer = tenant.send("PUT", path, {"location": "westeurope", "properties": {}})
    assert (answer.status_code, answer.json()["properties"]["provisioningState"]) == (201, "Creating")
    assert answer.headers["Retry-After"] == "0"
    url = answer.headers["Azure-AsyncOperation"]
    assert [tenant.send("GET", url).json()["status"] for _ in range(4)] == ["InProgress", "InProgress", "Succeeded", "Succeeded"]
    assert tenant.get(path)["properties"]["provisioningState"] == "Succeeded"


def test_looking_at_the_resource_moves_it_on_too(tenant: Tenant):
    path = f"{tenant.group}/providers/Microsoft.Compute/disks/one"
    tenant.send("PUT", path, {"location": "westeurope", "properties": {}})
    assert [tenant.get(path)["properties"]["provisioningState"] for _ in range(3)] == ["Creating", "Creating", "Succeeded"]


def test_one_operation_at_a_time(tenant: Tenant):
    path = disk(tenant)
    tenant.send("PATCH", path, {"tags": {"a": "1"}})
    assert code(tenant.send("PATCH", path, {"tags": {"a": "2"}})) == (409, "AnotherOperationInProgress")
    assert code(tenant.send("DELETE", path)) == (409, "AnotherOperationInProgress")


def test_an_operation_that_fails(tenant: Tenant):
    path = machine(tenant)
    tenant.lab.fail_operation("virtualmachines/web", "AllocationFailed", "There is no room.")
    answer = tenant.send("POST", f"{path}/deallocate")
    url = answer.headers["Azure-AsyncOperation"]
    said = [tenant.send("GET", url).json() for _ in range(3)][-1]
    assert (said["status"], said["error"]["code"]) == ("Failed", "AllocationFailed")
    assert tenant.get(path)["properties"]["provisioningState"] == "Failed"


def test_location_answers_202_until_it_is_done(tenant: Tenant):
    path = disk(tenant)
    url = tenant.send("DELETE", path).headers["Location"]
    assert [tenant.send("GET", url).status_code for _ in range(3)] == [202, 202, 200]
    assert tenant.send("GET", path).status_code == 404


def test_pages(tenant: Tenant):
    for number in range(7):
        tenant.lab.store.put(
            f"{tenant.group}/providers/Microsoft.Compute/disks/d{number}", {"location": "westeurope", "properties": {}}
        )
    tenant.lab.front.page_size = 3
    for scope in (tenant.home, tenant.group):
        pages = list(tenant.pages(f"{scope}/providers/Microsoft.Compute/disks"))
        assert [len(page) for page in pages] == [3, 3, 1]
        assert [one["name"] for page in pages for one in page] == [f"d{number}" for number in range(7)]
    assert [len(page) for page in tenant.pages(f"{tenant.home}/resources")] == [3, 3, 1]
    wrong = f"{tenant.home}/providers/Microsoft.Compute/disks?$skiptoken=zzz"
    assert code(tenant.send("GET", wrong)) == (400, "InvalidSkipToken")


def test_lists_by_tenant_group_and_parent(tenant: Tenant):
    machine(tenant)
    assert [one["subscriptionId"] for one in tenant.get("/subscriptions")["value"]] == [tenant.subscription]
    assert [one["name"] for one in tenant.get(f"{tenant.home}/resourceGroups")["value"]] == ["lab-rg"]
    net = f"{tenant.group}/providers/Microsoft.Network/virtualNetworks/net"
    assert [one["name"] for one in tenant.get(f"{net}/subnets")["value"]] == ["web"]
    assert code(tenant.send("GET", f"{net}-none/subnets")) == (404, "ResourceNotFound")
    states = tenant.get(f"{tenant.home}/providers/Microsoft.Compute/virtualMachines?statusOnly=true")["value"]
    assert states[0]["properties"]["instanceView"]["statuses"][1]["code"] == "PowerState/running"


# -- who asks ----------------------------------------------------------------------------------------------------------------------


def test_a_reader_reads_and_does_nothing_else(tenant: Tenant):
    path = machine(tenant)
    reader = Tenant(tenant.lab, reader=True)
    assert reader.get(path)["name"] == "web"
    assert reader.query("resources | project id").status_code == 200
    denied = reader.send("POST", f"{path}/start")
    assert code(denied) == (403, "AuthorizationFailed")
    assert "to perform action 'Microsoft.Compute/virtualMachines/start/action' over scope" in denied.json()["error"]["message"]
    account = f"{tenant.group}/providers/Microsoft.Storage/storageAccounts/store1"
    tenant.lab.store.put(account, {"location": "westeurope", "properties": {}})
    assert code(reader.send("POST", f"{account}/listKeys")) == (403, "AuthorizationFailed")
    assert code(reader.send("PUT", f"{path}2", {})) == (403, "AuthorizationFailed")
    told = reader.get(f"{tenant.home}/providers/Microsoft.Authorization/permissions")["value"][0]
    assert told["actions"][0] == "*/read"
    reader.close()


def test_one_action_may_be_denied_to_all(tenant: Tenant):
    path = disk(tenant)
    tenant.lab.deny("Microsoft.Compute/disks/*")
    assert code(tenant.send("GET", path)) == (403, "AuthorizationFailed")
    assert tenant.send("GET", tenant.group).status_code == 200


def test_tokens_grow_old(tenant: Tenant):
    assert tenant.send("GET", tenant.group).status_code == 200
    tenant.lab.expire_tokens()
    refused = tenant.send("GET", tenant.group)
    assert code(refused) == (401, "ExpiredAuthenticationToken")
    assert refused.headers["WWW-Authenticate"].startswith("Bearer ")
    tenant.lab.authority.shift_s = 0
    tenant.lab.authority.forget()
    assert code(tenant.send("GET", tenant.group)) == (401, "InvalidAuthenticationToken")


@pytest.mark.parametrize(
    ("field", "text", "words"),
    [
        ("client_secret", "wrong", "AADSTS7000215"),
        ("client_id", "nobody", "AADSTS700016"),
        ("tenant_id", "elsewhere", "AADSTS90002"),
    ],
)
def test_nobody_else_is_signed_in(tenant: Tenant, field: str, text: str, words: str):
    told = {**tenant.lab.section(), field: text}
    credential = ClientSecretCredential(
        told["tenant_id"],
        told["client_id"],
        told["client_secret"],
        authority=told["authority"],
        disable_instance_discovery=True,
        transport=RequestsTransport(connection_verify=tenant.lab.ca_file),
    )
    with pytest.raises(ClientAuthenticationError, match=words):
        credential.get_token(f"{tenant.lab.endpoint}/.default")
    credential.close()


def test_without_a_token_nothing_is_told(tenant: Tenant):
    import requests

    with requests.Session() as session:
        session.trust_env = False
        answer = session.get(f"{tenant.lab.endpoint}/subscriptions?api-version=2022-12-01", verify=tenant.lab.ca_file, timeout=60)
        found = session.get(
            f"{tenant.lab.endpoint}/common/discovery/instance?api-version=1.1", verify=tenant.lab.ca_file, timeout=60
        ).json()
    assert code_of(answer) == (401, "AuthenticationFailed")
    assert found["tenant_discovery_endpoint"].endswith("/v2.0/.well-known/openid-configuration")


def code_of(answer) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def test_who_does_not_know_the_labs_authority_does_not_connect(tenant: Tenant):
    import requests

    with requests.Session() as session, pytest.raises(requests.exceptions.SSLError):
        session.trust_env = False
        session.get(tenant.lab.endpoint, timeout=5)


# -- what goes wrong on demand -----------------------------------------------------------------------------------------------------


def test_throttling_says_how_long(tenant: Tenant):
    fault = tenant.lab.throttle("resourceGroups", times=1, after_s=7)
    refused = tenant.send("GET", tenant.group)
    assert code(refused) == (429, "TooManyRequests")
    assert (refused.headers["Retry-After"], refused.headers["x-ms-ratelimit-remaining-subscription-reads"]) == ("7", "0")
    assert tenant.send("GET", tenant.group).status_code == 200
    assert fault.hits == 1


def test_an_error_after_the_effect(tenant: Tenant):
    path = f"{tenant.group}/providers/Microsoft.Compute/disks/one"
    tenant.lab.fail("/disks/one", 500, "InternalServerError", times=1, after=True)
    assert code(tenant.send("PUT", path, {"location": "westeurope", "properties": {}})) == (500, "InternalServerError")
    assert tenant.send("GET", path).status_code == 200


def test_a_connection_that_ends(tenant: Tenant):
    tenant.lab.server.faults.append(Fault(contains=tenant.group, cut=True, times=1))
    with pytest.raises((ServiceRequestError, ServiceResponseError)):
        tenant.send("GET", tenant.group)


def test_calls_are_counted_by_action(tenant: Tenant):
    disk(tenant)
    calls = tenant.lab.calls()
    assert calls["Microsoft.Compute/disks/write"] == 1
    assert calls["Microsoft.Resources/resourceGroups/write"] == 1


def test_the_same_seed_gives_the_same_world(company: AzureLab):
    from skywright.lab import azure

    other = azure.start()
    assert sorted(other.store.records) == sorted(company.store.records)
    assert other.answers() == company.answers()
    other.stop()
    different = azure.start(seed=2)
    assert sorted(different.store.records) != sorted(company.store.records)
    different.stop()


def test_estates_have_their_sizes():
    from skywright.lab import azure

    small, large = azure.start(estate="small"), azure.start(estate="large", size=400)
    assert len(small.store.of_type("microsoft.compute/virtualmachines")) == 1
    assert len(small.answers()) == 5
    assert len(large.store.of_type("microsoft.compute/virtualmachines")) == 12 + 100
    small.stop()
    large.stop()
    with pytest.raises(ValueError, match="'huge' is no estate"):
        azure.start(estate="huge")
