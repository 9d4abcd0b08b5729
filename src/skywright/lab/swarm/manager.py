"""What only a manager answers: the swarm, its nodes, services, tasks, secrets and configs."""

# ruff: noqa: ARG001 - every handler is called alike, whatever it needs

from typing import Any

from skywright.lab.kit import Answer, Request
from skywright.lab.swarm.engine import Engine, route
from skywright.lab.swarm.world import START


def install() -> None:
    """The routes are there once this file is imported."""


@route("GET /swarm")
def _swarm(engine: Engine, request: Request, name: str) -> Any:
    swarm = engine.managed()
    return {
        "ID": swarm.id,
        "Version": {"Index": swarm.version},
        "CreatedAt": START,
        "UpdatedAt": START,
        "Spec": swarm.spec,
        "TLSInfo": {"TrustRoot": "", "CertIssuerSubject": "c3dhcm0="},
        "JoinTokens": {"Worker": "SWMTKN-1-lab-worker", "Manager": "SWMTKN-1-lab-manager"},
        "RootRotationInProgress": False,
    }


@route("POST /swarm/update")
def _update(engine: Engine, request: Request, name: str) -> Any:
    engine.managed().update(_index(request), request.json())
    return Answer(200, call="POST /swarm/update")


@route("GET /nodes")
def _nodes(engine: Engine, request: Request, name: str) -> Any:
    return list(engine.managed().nodes.values())


@route("GET /nodes/{id}")
def _node(engine: Engine, request: Request, name: str) -> Any:
    swarm = engine.managed()
    return swarm.found(swarm.nodes, "node", name)


@route("POST /nodes/{id}/update")
def _update_node(engine: Engine, request: Request, name: str) -> Any:
    engine.managed().update_node(name, _index(request), request.json())
    return Answer(200, call="POST /nodes/{id}/update")


@route("GET /services")
def _services(engine: Engine, request: Request, name: str) -> Any:
    swarm = engine.managed()
    return [_told(one, counted=request.parameter("status") == "true") for one in swarm.services.values()]


@route("GET /services/{id}")
def _service(engine: Engine, request: Request, name: str) -> Any:
    swarm = engine.managed()
    one = swarm.found(swarm.services, "service", name)
    swarm.progress(one)
    return _told(one, counted=False)


def _told(one: dict[str, Any], *, counted: bool) -> dict[str, Any]:
    said = {key: value for key, value in one.items() if key not in ("wanted", "running")}
    if counted:
        said["ServiceStatus"] = {"RunningTasks": one["running"], "DesiredTasks": one["wanted"], "CompletedTasks": 0}
    return said


@route("POST /services/{id}/update")
def _update_service(engine: Engine, request: Request, name: str) -> Any:
    rollback = request.parameter("rollback") == "previous"
    engine.managed().update_service(name, _index(request), request.json(), rollback=rollback)
    return {"Warnings": None}


@route("GET /tasks")
def _tasks(engine: Engine, request: Request, name: str) -> Any:
    return list(engine.managed().tasks.values())


@route("GET /secrets")
def _secrets(engine: Engine, request: Request, name: str) -> Any:
    return list(engine.managed().secrets.values())


@route("GET /secrets/{id}")
def _secret(engine: Engine, request: Request, name: str) -> Any:
    swarm = engine.managed()
    return swarm.found(swarm.secrets, "secret", name)


@route("DELETE /secrets/{id}")
def _remove_secret(engine: Engine, request: Request, name: str) -> Any:
    swarm = engine.managed()
    del swarm.secrets[swarm.found(swarm.secrets, "secret", name)["ID"]]
    return Answer(204, call="DELETE /secrets/{id}")


@route("GET /configs")
def _configs(engine: Engine, request: Request, name: str) -> Any:
    return list(engine.managed().configs.values())


@route("GET /configs/{id}")
def _config(engine: Engine, request: Request, name: str) -> Any:
    swarm = engine.managed()
    return swarm.found(swarm.configs, "config", name)


@route("DELETE /configs/{id}")
def _remove_config(engine: Engine, request: Request, name: str) -> Any:
    swarm = engine.managed()
    del swarm.configs[swarm.found(swarm.configs, "config", name)["ID"]]
    return Answer(204, call="DELETE /configs/{id}")


def _index(request: Request) -> int:
    return int(request.parameter("version", "0"))
