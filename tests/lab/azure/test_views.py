"""Resource Graph, metrics, costs, the directory: what is told across resources."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.lab.azure._tenant import Tenant, code
from tests.lab.azure.test_steps import machine

from skywright.lab.azure.standin import AzureLab


@pytest.fixture(scope="module")
def client(company: AzureLab):
    found = Tenant(company)
    yield found
    found.close()


def everywhere(client: Tenant, text: str, **options) -> dict:
    return client.send("POST", "/providers/Microsoft.ResourceGraph/resources", {"query": text, "options": options}).json()


def test_machines_with_their_power_state(tenant: Tenant):
    machine(tenant)
    said = tenant.query(
        "Resources | where type =~ 'Microsoft.Compute/virtualMachines' | project id, type, location, resourceGroup, properties"
    )
    row = said.json()["data"][0]
    assert (row["type"], row["location"], row["resourceGroup"]) == ("microsoft.compute/virtualmachines", "westeurope", "lab-rg")
    assert row["properties"]["extended"]["instanceView"]["powerState"]["code"] == "PowerState/running"


@pytest.mark.parametrize(
    ("table", "count"),
    [
        ("resourcecontainers | where type == 'microsoft.resources/subscriptions'", 3),
        ("resourcecontainers | where type == 'microsoft.resources/subscriptions/resourcegroups'", 5),
        ("resourcecontainers | where type == 'microsoft.management/managementgroups'", 2),
        ("authorizationresources | where type == 'microsoft.authorization/roleassignments'", 8),
        ("authorizationresources | where type == 'microsoft.authorization/roledefinitions'", 5),
        ("securityresources | where type == 'microsoft.security/pricings'", 21),
        ("resources | where type == 'microsoft.sql/servers/databases'", 4),
        ("resources | where type has 'securityrules'", 0),
        ("policyresources", 0),
    ],
)
def test_tables(client: Tenant, table: str, count: int):
    assert everywhere(client, table)["totalRecords"] == count


def test_pages_of_a_query(client: Tenant):
    seen, token, pages = [], None, 0
    while True:
        options = {"$top": 50, **({"$skipToken": token} if token else {})}
        said = everywhere(client, "resources | project id", **options)
        seen += [row["id"] for row in said["data"]]
        pages += 1
        token = said.get("$skipToken")
        if not token:
            break
    total = everywhere(client, "resources | count")["data"][0]["Count"]
    assert (len(seen), len(set(seen)), pages) == (total, total, -(-total // 50))


def test_without_an_id_there_is_no_next_page(client: Tenant):
    said = everywhere(client, "resources | project name", **{"$top": 5})
    assert (said["resultTruncated"], "$skipToken" in said) == ("true", False)


def test_a_query_over_some_subscriptions(client: Tenant):
    text = "resources | summarize count() by subscriptionId"
    assert [row["subscriptionId"] for row in client.query(text).json()["data"]] == [client.subscription]
    assert len(everywhere(client, text)["data"]) == 3


@pytest.mark.parametrize("text", ["resources | join (x) on id", "nosuchtable", "resources | where"])
def test_a_query_that_is_refused(client: Tenant, text: str):
    answer = client.query(text)
    assert code(answer) == (400, "BadRequest")
    assert answer.json()["error"]["message"].startswith("InvalidQuery: Query is invalid.")


def test_a_table_of_columns_and_rows(client: Tenant):
    data = everywhere(client, "resources | project id, name | take 1", resultFormat="table")["data"]
    assert [column["name"] for column in data["columns"]] == ["id", "name"]
    assert len(data["rows"]) == 1


# -- metrics -----------------------------------------------------------------------------------------------------------------------


def span(days: float = 1) -> str:
    end = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    return f"{(end - timedelta(days=days)).isoformat()}/{end.isoformat()}".replace("+00:00", "Z")


def machines(company: AzureLab, load: str) -> list[str]:
    found = company.store.of_type("microsoft.compute/virtualmachines")
    return [one.body["id"] for one in found if one.load == load and one.power == "running"]


def metrics(client: Tenant, path: str, **more: str) -> dict:
    asked = {"metricnames": "Percentage CPU", "interval": "PT1H", "aggregation": "Average,Maximum", "timespan": span(), **more}
    query = "&".join(f"{name}={text}" for name, text in asked.items())
    return client.send("GET", f"{path}/providers/Microsoft.Insights/metrics?{query}").json()


def test_idle_machines_are_idle_and_busy_ones_busy(client: Tenant, company: AzureLab):
    for load, low, high in (("idle", 0, 2), ("busy", 15, 100)):
        said = metrics(client, machines(company, load)[0])
        points = said["value"][0]["timeseries"][0]["data"]
        assert len(points) == 24
        assert all(low <= point["average"] <= point["maximum"] <= high for point in points)
    assert metrics(client, machines(company, "idle")[0]) == metrics(client, machines(company, "idle")[0])


def test_a_machine_without_power_has_no_data(client: Tenant, company: AzureLab):
    stopped = next(one for one in company.store.of_type("microsoft.compute/virtualmachines") if one.power == "deallocated")
    assert metrics(client, stopped.body["id"])["value"][0]["timeseries"] == []


def test_metrics_that_are_refused(client: Tenant, company: AzureLab):
    path = machines(company, "busy")[0]
    unknown = metrics(client, path, metricnames="Luck")["error"]
    assert (unknown["code"], "metric: Luck, Valid metrics: Percentage CPU," in unknown["message"]) == ("BadRequest", True)
    assert metrics(client, path, timespan="yesterday")["error"]["code"] == "BadRequest"
    assert metrics(client, path, interval="PT1M")["error"]["code"] == "BadRequest"
    many = ",".join(["Percentage CPU"] * 21)
    assert metrics(client, path, metricnames=many)["error"]["message"] == "A maximum of 20 metrics can be requested."


def test_metrics_of_many_at_once(client: Tenant, company: AzureLab):
    ids = machines(company, "busy")[:3]
    home = ids[0].split("/resourceGroups")[0]
    start, _, end = span().partition("/")
    query = (
        f"starttime={start}&endtime={end}&interval=PT1H&metricnames=Percentage CPU&aggregation=average"
        "&metricnamespace=microsoft.compute/virtualMachines"
    )
    answer = client.send("POST", f"{home}/metrics:getBatch?{query}", {"resourceids": ids}, version="2023-10-01").json()
    assert [value["resourceid"] for value in answer["values"]] == ids
    alone = metrics(client, ids[1])["value"][0]["timeseries"][0]["data"]
    together = answer["values"][1]["value"][0]["timeseries"][0]["data"]
    assert [point["average"] for point in together] == [point["average"] for point in alone]
    too_many = client.send("POST", f"{home}/metrics:getBatch?{query}", {"resourceids": ids * 20}, version="2023-10-01")
    assert too_many.json()["error"]["message"] == "The number of resource ids must be between 1 and 50."


# -- costs -------------------------------------------------------------------------------------------------------------------------


def costs(client: Tenant, granularity: str, *groups: str) -> dict:
    body = {
        "type": "ActualCost",
        "timeframe": "Custom",
        "timePeriod": {"from": "2026-01-01T00:00:00Z", "to": "2026-01-10T00:00:00Z"},
        "dataset": {
            "granularity": granularity,
            "aggregation": {"totalCost": {"name": "Cost", "function": "Sum"}},
            "grouping": [{"type": "Dimension", "name": name} for name in groups],
        },
    }
    return client.send("POST", f"{client.home}/providers/Microsoft.CostManagement/query", body).json()


def test_days_add_up_to_the_whole(client: Tenant):
    whole = costs(client, "None", "ResourceId")["properties"]
    daily = costs(client, "Daily", "ResourceId")["properties"]
    assert [column["name"] for column in daily["columns"]] == ["Cost", "UsageDate", "ResourceId", "Currency"]
    total: dict[str, float] = {}
    for cost, _, resource, currency in daily["rows"]:
        assert currency == "EUR"
        total[resource] = total.get(resource, 0) + cost
    assert {resource: pytest.approx(cost) for resource, cost in total.items()} == {row[1]: row[0] for row in whole["rows"]}


def test_an_unknown_dimension(client: Tenant):
    assert costs(client, "None", "Mood")["error"]["message"] == "Invalid query definition: Invalid dimension 'Mood'."


# -- the directory -----------------------------------------------------------------------------------------------------------------


def test_people_services_and_teams(client: Tenant, company: AzureLab):
    company.front.page_size = 100
    users = [one for page in client.pages("/v1.0/users?$select=id,displayName,userType") for one in page]
    assert sorted({one["userType"] for one in users}) == ["Guest", "Member"]
    assert "accountEnabled" not in client.send("GET", "/v1.0/users").json()["value"][0], "not without $select"
    team = client.send("GET", "/v1.0/groups").json()["value"][0]
    members = client.send("GET", f"/v1.0/groups/{team['id']}/members").json()["value"]
    assert [one["displayName"] for one in members] == ["Ana Berg", "Bo Lind"]
    assert code(client.send("GET", "/v1.0/users/none")) == (404, "Request_ResourceNotFound")
    assert code(client.send("GET", "/v1.0/moods")) == (404, "Request_ResourceNotFound")
