"""Which clusters are meant, how one signs in to them, and what a kubeconfig may lack."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from tests.adapters.clouds.kubernetes._harness import StillClock

from skywright.adapters.clouds.kubernetes import KubernetesCloud, KubernetesConfig
from skywright.adapters.clouds.kubernetes.config import KubernetesContext
from skywright.adapters.clouds.kubernetes.contexts import Kubeconfig, account_name
from skywright.lab.kubernetes import KubernetesLab
from skywright.model.errors import AskHuman


def kubeconfig(folder: Path, *names: str, current: str | None = None) -> str:
    contexts = [{"name": name, "context": {"cluster": "c", "user": "u"}} for name in names]
    whole = {
        "clusters": [{"name": "c", "cluster": {"server": "http://127.0.0.1:9"}}],
        "users": [{"name": "u", "user": {"token": "t"}}],
        "contexts": contexts,
        **({"current-context": current} if current else {}),
    }
    path = folder / "kubeconfig"
    path.write_text(yaml.safe_dump(whole))
    return str(path)


@pytest.mark.parametrize(
    ("config", "accounts"),
    [
        ({}, ["b"]),
        ({"name": "main"}, ["main"]),
        ({"contexts": ["a"]}, ["a"]),
        ({"contexts": ["*"]}, ["a", "arn-aws-eks-eu-west-1-111122223333-cluster-shop", "b"]),
        ({"contexts": ["*", KubernetesContext("b", "z")]}, ["a", "arn-aws-eks-eu-west-1-111122223333-cluster-shop", "z"]),
        ({"contexts": [KubernetesContext("a", "eu:prod/1"), "b"]}, ["b", "eu-prod-1"]),
        ({"in_cluster": True}, ["in-cluster"]),
    ],
)
def test_which_clusters_are_meant(tmp_path: Path, config: Any, accounts: list[str]):
    path = kubeconfig(tmp_path, "a", "b", "arn:aws:eks:eu-west-1:111122223333:cluster/shop", current="b")
    found = Kubeconfig(KubernetesConfig(kubeconfig=path, **config)).clusters()
    assert [cluster.account for cluster in found] == accounts


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"contexts": ["x"]}, "The kubeconfig has no context x; it has a, b."),
        ({}, "The kubeconfig names no current context."),
        ({"contexts": ["a", KubernetesContext("b", "a")]}, "Two contexts would both be called a."),
    ],
)
def test_contexts_that_cannot_be_used(tmp_path: Path, config: Any, message: str):
    with pytest.raises(AskHuman) as error:
        Kubeconfig(KubernetesConfig(kubeconfig=kubeconfig(tmp_path, "a", "b"), **config)).clusters()
    assert error.value.message == message
    assert error.value.next_step


@pytest.mark.parametrize("content", ["", "x: [", "contexts: 5", "- a"])
def test_a_broken_kubeconfig_is_one_gap(tmp_path: Path, content: str):
    path = tmp_path / "kubeconfig"
    path.write_text(content)
    scopes, (gap,) = KubernetesCloud(KubernetesConfig(kubeconfig=str(path)), StillClock()).scopes()
    assert (scopes, gap.account, gap.kind) == ([], "kubeconfig", "*")
    assert "kubeconfig" in gap.reason


def test_a_missing_kubeconfig_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    _, (gap,) = KubernetesCloud(KubernetesConfig(), StillClock()).scopes()
    assert gap.reason == (
        f"There is no kubeconfig at {tmp_path / 'none'}. "
        "Set KUBECONFIG or clouds.kubernetes.kubeconfig, or in_cluster where Skywright runs in a pod."
    )


def test_the_environment_alone_is_enough(lab: KubernetesLab, monkeypatch: pytest.MonkeyPatch):
    for name, value in lab.environment().items():
        monkeypatch.setenv(name, value)
    cloud = KubernetesCloud(KubernetesConfig(), StillClock())
    assert {scope.account for scope in cloud.scopes()[0]} == {"shop"}


def test_a_plugin_that_gives_no_credentials_is_not_signed_in(tmp_path: Path):
    path = kubeconfig(tmp_path, "a", current="a")
    whole = yaml.safe_load(Path(path).read_text())
    whole["users"] = [
        {
            "name": "u",
            "user": {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "false", "interactiveMode": "Never"}},
        }
    ]
    Path(path).write_text(yaml.safe_dump(whole))
    _, (gap,) = KubernetesCloud(KubernetesConfig(kubeconfig=path), StillClock()).scopes()
    assert gap.reason.startswith("The sign-in plugin of context a gave no credentials.")


def test_a_plugin_signs_in(lab: KubernetesLab, tmp_path: Path):
    whole = json.loads(lab.kubeconfig.read_text())
    credential = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "kind": "ExecCredential",
        "status": {"token": "lab-token-of-viewer"},
    }
    plugin = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": "echo",
        "args": [json.dumps(credential)],
        "interactiveMode": "Never",
    }
    for user in whole["users"]:
        user["user"] = {"exec": plugin}
    path = tmp_path / "kubeconfig"
    path.write_text(json.dumps(whole))
    cloud = KubernetesCloud(KubernetesConfig(kubeconfig=str(path)), StillClock())
    said = {one.name: one.allowed for one in cloud.doctor()}
    assert (said["list pods"], said["list secrets"]) == (True, False)


@given(st.text(min_size=1))
def test_any_context_makes_a_name_that_an_id_can_hold(context: str):
    assert not set(":/") & set(account_name(context))
