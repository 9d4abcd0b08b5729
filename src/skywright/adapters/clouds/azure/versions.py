"""The api-version that each type is spoken to in, by type of resource (lower case).

From the REST API references at https://learn.microsoft.com/rest/api/azure/ (folders ``stable`` of the public repository
Azure/azure-rest-api-specs). A type that is not listed has its parent's, then its provider's.
"""

from skywright.model.errors import AskHuman
from skywright.model.words import t

VERSIONS = {
    "subscriptions": "2022-12-01",
    "subscriptions/locations": "2022-12-01",
    "subscriptions/resourcegroups": "2021-04-01",
    "subscriptions/resources": "2021-04-01",
    "microsoft.resources": "2021-04-01",
    "microsoft.resourcegraph/resources": "2022-10-01",
    "microsoft.management/managementgroups": "2021-04-01",
    "microsoft.authorization/permissions": "2022-04-01",
    "microsoft.authorization/roleassignments": "2022-04-01",
    "microsoft.authorization/roledefinitions": "2022-04-01",
    "microsoft.authorization/locks": "2020-05-01",
    "microsoft.compute": "2024-07-01",
    "microsoft.compute/disks": "2024-03-02",
    "microsoft.compute/snapshots": "2024-03-02",
    "microsoft.compute/diskencryptionsets": "2024-03-02",
    "microsoft.compute/galleries": "2023-07-03",
    "microsoft.compute/skus": "2021-07-01",
    "microsoft.network": "2024-05-01",
    "microsoft.network/dnszones": "2018-05-01",
    "microsoft.network/privatednszones": "2020-06-01",
    "microsoft.storage": "2023-05-01",
    "microsoft.sql": "2021-11-01",
    "microsoft.dbforpostgresql": "2022-12-01",
    "microsoft.dbformysql": "2023-12-30",
    "microsoft.documentdb": "2024-05-15",
    "microsoft.cache": "2024-03-01",
    "microsoft.containerservice": "2024-09-01",
    "microsoft.app": "2024-03-01",
    "microsoft.containerregistry": "2023-07-01",
    "microsoft.web": "2023-12-01",
    "microsoft.servicebus": "2021-11-01",
    "microsoft.eventhub": "2024-01-01",
    "microsoft.keyvault": "2023-07-01",
    "microsoft.operationalinsights": "2023-09-01",
    "microsoft.insights/diagnosticsettings": "2021-05-01-preview",
    "microsoft.insights/autoscalesettings": "2022-10-01",
    "microsoft.insights/eventtypes": "2015-04-01",
    "microsoft.insights/metricalerts": "2018-03-01",
    "microsoft.insights/activitylogalerts": "2020-10-01",
    "microsoft.insights/metrics": "2018-01-01",
    "microsoft.insights/metricdefinitions": "2018-01-01",
    "metrics:getbatch": "2023-10-01",
    "microsoft.security/pricings": "2024-01-01",
    "microsoft.security/securitycontacts": "2020-01-01-preview",
    "microsoft.capacity": "2022-11-01",
    "microsoft.consumption/budgets": "2023-05-01",
    "microsoft.costmanagement": "2023-11-01",
    "microsoft.cdn": "2024-02-01",
    "microsoft.recoveryservices": "2024-04-01",
    "microsoft.resourcehealth": "2022-10-01",
    "microsoft.machinelearningservices": "2024-04-01",
    "microsoft.cognitiveservices": "2023-05-01",
}


def api_version(kind: str) -> str:
    """A type (``Microsoft.Compute/disks``) -> its api-version. Raises AskHuman for one that nobody has entered."""
    name = kind.lower()
    while name:
        if name in VERSIONS:
            return VERSIONS[name]
        name = name.rpartition("/")[0]
    raise AskHuman(t("No api-version is known for {kind}.", kind=kind), next_step=t("Report this with the version of Skywright."))
