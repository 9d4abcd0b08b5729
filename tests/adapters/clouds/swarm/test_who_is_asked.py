"""Which hosts are asked: Docker's own environment, the configuration, certificates."""

import pytest
from tests.adapters.clouds.swarm._town import QuickClock

from skywright.adapters.clouds.swarm import SwarmCloud, SwarmConfig
from skywright.adapters.clouds.swarm.config import DockerHost


@pytest.mark.parametrize(
    ("environment", "name"),
    [
        ({"DOCKER_HOST": "{url}"}, "127.0.0.1-{port}"),
        ({"DOCKER_CONTEXT": "lab"}, "lab"),
        ({}, "lab"),  # the current context of the Docker CLI
    ],
)
def test_dockers_own_environment_decides(lab, monkeypatch, tmp_path, environment: dict[str, str], name: str) -> None:
    import hashlib
    import json

    url = lab.servers["build-1"].endpoint.replace("http://", "tcp://")
    port = url.rpartition(":")[2]
    meta = tmp_path / "contexts/meta" / hashlib.sha256(b"lab").hexdigest()
    meta.mkdir(parents=True)
    endpoint = {"docker": {"Host": url, "SkipTLSVerify": False}}
    (meta / "meta.json").write_text(json.dumps({"Name": "lab", "Metadata": {}, "Endpoints": endpoint}))
    (tmp_path / "config.json").write_text(json.dumps({"currentContext": "lab"}))
    for variable in ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".docker").symlink_to(tmp_path)
    for variable, value in environment.items():
        monkeypatch.setenv(variable, value.format(url=url))
    scopes, gaps = SwarmCloud(SwarmConfig(), QuickClock()).scopes()
    assert list(gaps) == []
    assert {scope.account for scope in scopes} == {name.format(port=port)}


@pytest.mark.parametrize(
    ("hosts", "said"),
    [
        ([DockerHost(context="nowhere")], "Docker knows no context named nowhere. `docker context ls` shows those that there are."),
        (
            [DockerHost(host="tcp://a:2375"), DockerHost(host="tcp://a:2376")],
            "clouds.swarm.hosts: Two Docker hosts are named a. Give each its own name.",
        ),
    ],
)
def test_a_configuration_that_names_nobody_is_a_gap(monkeypatch, tmp_path, hosts: list[DockerHost], said: str) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    scopes, gaps = SwarmCloud(SwarmConfig(hosts=hosts), QuickClock()).scopes()
    assert (list(scopes), [(gap.account, gap.reason) for gap in gaps]) == ([], [("*", said)])


def test_certificates_that_are_not_there_are_named(tmp_path) -> None:
    from skywright.adapters.clouds.swarm.config import DockerTls

    host = DockerHost(host="tcp://a:2376", tls=DockerTls(ca=str(tmp_path / "none.pem")))
    _, gaps = SwarmCloud(SwarmConfig(hosts=[host]), QuickClock()).scopes()
    assert gaps[0].reason.startswith("The certificates for tcp://a:2376 cannot be used: ")


def test_certificates_may_be_named_from_home(tmp_path, monkeypatch) -> None:
    from skywright.adapters.clouds.swarm.config import DockerTls
    from skywright.adapters.clouds.swarm.session import _tls

    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("ca.pem", "cert.pem", "key.pem"):
        (tmp_path / name).touch()
    found = _tls(DockerTls(ca="~/ca.pem", cert="~/cert.pem", key="~/key.pem"), "tcp://a:2376")
    assert (found.ca_cert, found.cert) == (str(tmp_path / "ca.pem"), (str(tmp_path / "cert.pem"), str(tmp_path / "key.pem")))
