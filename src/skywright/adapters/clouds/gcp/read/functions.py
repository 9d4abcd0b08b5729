"""Cloud Run functions, of both generations."""

import re
from typing import Any

from skywright.adapters.clouds.gcp.read import names
from skywright.adapters.clouds.gcp.read.base import Asking, Reading
from skywright.adapters.clouds.gcp.read.containers import INVOKERS, mib
from skywright.adapters.clouds.gcp.read.place import Place
from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.reading import Reader
from skywright.model.estate import Verb
from skywright.model.kinds.compute import Function

KIND = "function.function"
STATES = {"ACTIVE": "active", "DEPLOYING": "pending", "DELETING": "deleting", "FAILED": "failed"}
INVOKERS_1ST = ("roles/cloudfunctions.invoker", "roles/cloudfunctions.admin", *INVOKERS)
RUNTIMES = {
    "dotnet3": "dotnetcore3.1",
    "dotnet6": "dotnet6",
    "java11": "java11",
    "nodejs6": "nodejs6.10",
}
"""Runtimes whose neutral name is no rule of theirs."""


def function(raw: dict[str, Any], place: Place, policy: Any) -> Function:
    """A Function. ``policy``: the IAM policies of what takes its calls, as one (None: not known). Where calls
    may come from is another matter than who may make them."""
    config, build = tr.at(raw, "serviceConfig"), tr.at(raw, "buildConfig")
    variables = [
        *(tr.at(config, "environmentVariables") or ()),
        *(tr.said(one, "key") for one in tr.items(config, "secretEnvironmentVariables")),
    ]
    by_event = tr.at(raw, "eventTrigger") is not None
    anyone = None if policy is None else names.open_to_all(policy, INVOKERS_1ST)
    return Function(
        **names.row(KIND, raw, place),
        state=names.word(raw, STATES, "state"),
        runtime=runtime(tr.text(build, "runtime")),
        memory_mib=mib(_memory(tr.text(config, "availableMemory"))),
        timeout_s=tr.integer(config, "timeoutSeconds"),
        architecture="x86_64",
        role=place.service_account(tr.text(config, "serviceAccountEmail")),
        vpc=None if tr.text(config, "vpcConnector") else "",
        public=False if by_event else anyone,
        url_auth="" if by_event else None if anyone is None else "none" if anyone else "iam",
        environment_encrypted=bool(tr.text(raw, "kmsKeyName")),
        environment_names=sorted(variables),
        modified_at=tr.moment(raw, "updateTime"),
    )


def runtime(named: str | None) -> str | None:
    """``python39`` -> python3.9, ``nodejs18`` -> nodejs18.x, ``go113`` -> go1.13: one spelling on every cloud."""
    if not named or named in RUNTIMES:
        return RUNTIMES.get(named or "", named)
    if found := re.fullmatch(r"nodejs(\d+)", named):
        return f"nodejs{found[1]}.x"
    if found := re.fullmatch(r"(python|ruby|go)(\d)(\d+)", named):
        return f"{found[1]}{found[2]}.{found[3]}"
    return named


def _memory(size: str | None) -> str | None:
    """``256M`` means MiB here ("Memory limits" of Cloud Run functions)."""
    return f"{size}i" if size and size[-1:] in "KMG" else size


def _own_policy(raw: dict[str, Any]) -> Asking:
    name = tr.said(raw, "name")
    return f"//cloudfunctions.googleapis.com/{name}", "cloudfunctions.projects.locations.functions.getIamPolicy", {"resource": name}


def _run_policy(raw: dict[str, Any]) -> Asking:
    run = tr.said(raw, "serviceConfig", "service")
    return f"//run.googleapis.com/{run}", "run.projects.locations.services.getIamPolicy", {"resource": run}


def _read(reading: Reading) -> None:
    """Calls of a function of the second generation are taken by its Cloud Run service: both have a policy."""
    own = reading.granted(KIND, reading.here(KIND, "cloudfunctions.googleapis.com/Function"), _own_policy)
    second = [raw for raw, _ in own if tr.text(raw, "serviceConfig", "service")]
    behind = {tr.said(raw, "name"): policy for raw, policy in reading.granted(KIND, second, _run_policy)}
    both = [(raw, _joined(policy, behind.get(tr.said(raw, "name"), {}))) for raw, policy in own]
    reading.take(KIND, both, lambda one: function(one[0], reading.place, one[1]), lambda row: [(Verb.ACTS_AS, row.role)])


def _joined(one: Any, other: Any) -> Any:
    if one is None or other is None:
        return None
    return {"bindings": [*tr.items(one, "bindings"), *tr.items(other, "bindings")]}


READERS = (
    Reader(
        name="functions",
        service="cloudfunctions",
        kinds=(KIND,),
        read=_read,
        permissions=("cloudfunctions.functions.list", "cloudfunctions.functions.getIamPolicy", "run.services.getIamPolicy"),
    ),
)
