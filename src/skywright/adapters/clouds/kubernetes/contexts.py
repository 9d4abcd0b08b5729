"""Configuration -> clusters: which contexts are meant, what their clusters are called, and how one connects to them."""

import os
import re
from pathlib import Path
from typing import Any

import msgspec

from skywright.adapters.clouds.kubernetes.config import KubernetesConfig, KubernetesContext
from skywright.model.errors import AskHuman, NotSignedIn
from skywright.model.words import t

IN_CLUSTER = "in-cluster"
SERVICE_HOST = "KUBERNETES_SERVICE_HOST"
_UNFIT = re.compile(r"[:/\s]+")


class Cluster(msgspec.Struct, frozen=True):
    """One cluster: its name in ids, and the context that leads to it ("": the pod's own service account)."""

    account: str
    context: str


def account_name(context: str) -> str:
    """A context as the account of an id, which knows neither ``:`` nor ``/``: ``arn:aws:eks:...`` -> ``arn-aws-eks-...``."""
    return _UNFIT.sub("-", context).strip("-")


class Kubeconfig:
    """The kubeconfig files, read when first asked for. Raises AskHuman for what cannot be read."""

    def __init__(self, config: KubernetesConfig) -> None:
        self._config = config
        self._merged: Any = None

    def clusters(self) -> tuple[Cluster, ...]:
        """The clusters in scope, in order of their names. Raises AskHuman where two would have the same name, or there is none."""
        if self._config.in_cluster or (not self._config.contexts and not self._there() and os.environ.get(SERVICE_HOST)):
            return (Cluster(account_name(self._config.name or IN_CLUSTER), ""),)
        found = [Cluster(account_name(one.name or one.context), one.context) for one in self._chosen()]
        names = [cluster.account for cluster in found]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise AskHuman(
                t("Two contexts would both be called {name}.", name=twice[0]),
                next_step=t("Give each a name under clouds.kubernetes.contexts: {example}.", example="{context: ..., name: ...}"),
            )
        return tuple(sorted(found, key=lambda cluster: cluster.account))

    def connect(self, cluster: Cluster) -> Any:
        """kubernetes.client.Configuration of a cluster: server, certificates, and credentials that renew themselves.

        Raises AskHuman (NotSignedIn where a plugin gives no credentials).
        """
        client, loading = _library()
        configuration = client.Configuration()
        try:
            if not cluster.context:
                loading.load_incluster_config(configuration)
            else:
                self._load(loading, configuration, cluster.context)
        except loading.ConfigException as error:
            raise AskHuman(
                t("The kubeconfig cannot be used for context {context}: {said}", context=cluster.context or IN_CLUSTER, said=error),
                next_step=t("Check KUBECONFIG (or ~/.kube/config) with `kubectl config view`."),
            ) from error
        configuration.retries = False  # patience is ours
        return configuration

    def _chosen(self) -> list[KubernetesContext]:
        wanted = self._config.contexts
        known = [str(one["name"]) for one in self._contexts()]
        if not wanted:
            current = self._value("current-context")
            if not current:
                raise AskHuman(t("The kubeconfig names no current context."), next_step=self._step())
            wanted = [KubernetesContext(current, self._config.name)]
        if "*" in wanted:
            named = {one.context: one for one in wanted if isinstance(one, KubernetesContext)}
            wanted = [named.get(name, KubernetesContext(name)) for name in known]
        chosen = [one if isinstance(one, KubernetesContext) else KubernetesContext(one) for one in wanted]
        for one in chosen:
            if one.context not in known:
                known_words = ", ".join(known) or t("none")
                raise AskHuman(
                    t("The kubeconfig has no context {context}; it has {known}.", context=one.context, known=known_words),
                    next_step=self._step(),
                )
        return chosen

    def _step(self) -> str:
        return t("Run `kubectl config get-contexts`, then name one under clouds.kubernetes.contexts.")

    def _contexts(self) -> list[Any]:
        return [one for one in self._value("contexts") or [] if isinstance(getattr(one, "value", one), dict) and "name" in one]

    def _value(self, key: str) -> Any:
        return self._files().config.value.get(key)

    def _paths(self) -> str:
        default = str(Path("~/.kube/config").expanduser())
        return self._config.kubeconfig or os.environ.get("KUBECONFIG") or default

    def _there(self) -> bool:
        return any(Path(path).expanduser().exists() for path in self._paths().split(os.pathsep) if path)

    def _files(self) -> Any:
        if self._merged is None:
            _, loading = _library()
            import yaml

            if not self._there():
                raise AskHuman(
                    t("There is no kubeconfig at {path}.", path=self._paths()),
                    next_step=t("Set KUBECONFIG or clouds.kubernetes.kubeconfig, or in_cluster where Skywright runs in a pod."),
                )
            try:
                self._merged = loading.kube_config.KubeConfigMerger(self._paths())
            except (OSError, yaml.YAMLError, loading.ConfigException, TypeError, AttributeError, KeyError) as error:
                raise AskHuman(
                    t("The kubeconfig at {path} cannot be read: {kind}.", path=self._paths(), kind=type(error).__name__),
                    next_step=t("Check it with `kubectl config view`."),
                ) from error
        return self._merged

    def _load(self, loading: Any, configuration: Any, context: str) -> None:
        loader = loading.kube_config.KubeConfigLoader(self._files().config, active_context=context, config_base_path=None)
        loader.load_and_set(configuration)
        user = getattr(loader, "_user", None)
        plugin = user is not None and ("exec" in user or "auth-provider" in user)
        if plugin and not configuration.api_key and not configuration.cert_file:
            raise NotSignedIn(
                t("The sign-in plugin of context {context} gave no credentials.", context=context),
                next_step=t("Run `kubectl --context {context} get namespaces` and follow what it says.", context=context),
            )


def _library() -> tuple[Any, Any]:
    """The official client: (kubernetes.client, kubernetes.config)."""
    try:
        from kubernetes import client, config
    except ImportError as error:
        raise AskHuman(
            t("The Kubernetes client is not installed."), next_step=t("Run `pip install 'skywright[kubernetes]'`.")
        ) from error
    return client, config
