"""The lab as a client of Azure's own libraries sees it."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from azure.core import PipelineClient
from azure.core.pipeline.policies import BearerTokenCredentialPolicy
from azure.core.pipeline.transport import RequestsTransport
from azure.core.rest import HttpRequest
from azure.identity import ClientSecretCredential

from skywright.lab.azure.standin import AzureLab

VERSIONS = {
    "microsoft.compute/disks": "2024-03-02",
    "microsoft.compute/snapshots": "2024-03-02",
    "microsoft.compute": "2024-07-01",
    "microsoft.network": "2024-05-01",
    "microsoft.storage": "2023-05-01",
    "microsoft.authorization/locks": "2020-05-01",
    "microsoft.authorization": "2022-04-01",
    "microsoft.resources": "2021-04-01",
    "microsoft.keyvault": "2023-07-01",
    "microsoft.sql": "2021-11-01",
    "microsoft.resourcegraph": "2022-10-01",
    "microsoft.costmanagement": "2023-11-01",
    "microsoft.insights/metrics": "2023-10-01",
    "microsoft.insights": "2021-05-01-preview",
    "microsoft.containerservice": "2024-09-01",
    "microsoft.resourcehealth": "2022-10-01",
}


class Tenant:
    """azure-core's pipeline with azure-identity's token, over TLS that trusts the lab's authority."""

    def __init__(self, lab: AzureLab, *, reader: bool = False) -> None:
        self.lab = lab
        told = lab.section(reader=reader)
        transport = RequestsTransport(connection_verify=lab.ca_file)
        self.credential = ClientSecretCredential(
            told["tenant_id"],
            told["client_id"],
            told["client_secret"],
            authority=told["authority"],
            disable_instance_discovery=True,
            transport=RequestsTransport(connection_verify=lab.ca_file),
        )
        policy = BearerTokenCredentialPolicy(self.credential, f"{lab.endpoint}/.default")
        self._client = PipelineClient(lab.endpoint, policies=[policy], transport=transport)
        self.subscription = next(iter(lab.subscriptions.values()))
        self.home = f"/subscriptions/{self.subscription}"
        self.group = f"{self.home}/resourceGroups/lab-rg"

    def close(self) -> None:
        self._client.close()
        self.credential.close()

    def send(self, method: str, path: str, body: Any = None, version: str | None = None, **headers: str) -> Any:
        """One request; the answer whatever it is."""
        if version is None and "api-version" not in path:
            version = version_of(path)
        if version:
            path += ("&" if "?" in path else "?") + f"api-version={version}"
        url = path if path.startswith("https://") else self.lab.endpoint + path
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        extra = {} if body is None else {"json": body}
        return self._client.send_request(HttpRequest(method, url, headers=named, **extra))

    def get(self, path: str) -> Any:
        answer = self.send("GET", path)
        assert answer.status_code == 200, answer.text()
        return answer.json()

    def put(self, path: str, body: Any) -> Any:
        """PUT, and the operation watched to its end."""
        return self.done(self.send("PUT", path, body), path)

    def done(self, answer: Any, path: str) -> Any:
        assert answer.status_code in (200, 201, 202, 204), answer.text()
        polls = 0
        while url := answer.headers.get("Azure-AsyncOperation"):
            said = self.send("GET", url).json()
            polls += 1
            if said["status"] == "Succeeded":
                break
            assert said["status"] == "InProgress", said
            assert polls < 20
        return self.send("GET", path).json()

    def pages(self, path: str) -> Iterator[list[Any]]:
        url: str | None = path
        while url:
            answer = self.send("GET", url).json()
            yield answer["value"]
            url = answer.get("nextLink") or answer.get("@odata.nextLink")

    def query(self, text: str, **options: Any) -> Any:
        body = {"query": text, "subscriptions": [self.subscription], "options": options}
        return self.send("POST", "/providers/Microsoft.ResourceGraph/resources", body)


def version_of(path: str) -> str:
    plain = urlsplit(path).path.lower()
    if "/providers/" not in plain:
        return "2021-04-01"
    tail = plain.rpartition("/providers/")[2]
    kinds = ["/".join(tail.split("/")[:2]), tail.split("/")[0]]
    return next(VERSIONS[kind] for kind in kinds if kind in VERSIONS)


def code(answer: Any) -> tuple[int, str]:
    """The status and ARM's code of a refusal."""
    return answer.status_code, json.loads(answer.text())["error"]["code"]
