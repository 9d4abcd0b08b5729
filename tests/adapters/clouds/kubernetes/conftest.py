"""A small cluster of the lab for each test; a real one for those that ask for it, where there is one."""

from collections.abc import Callable, Iterator

import pytest
from tests import real_kubernetes
from tests.adapters.clouds.kubernetes._harness import StillClock

from skywright.adapters.clouds.kubernetes import KubernetesCloud, KubernetesConfig
from skywright.lab.kubernetes import KubernetesLab, start


@pytest.fixture
def new_lab() -> Iterator[Callable[..., KubernetesLab]]:
    """Gives a fresh lab at each call."""
    started: list[KubernetesLab] = []

    def make(estate: str = "small") -> KubernetesLab:
        started.append(start(estate=estate))
        return started[-1]

    yield make
    for one in started:
        if one.kubeconfig.exists():
            one.stop()


@pytest.fixture
def lab(new_lab: Callable[..., KubernetesLab]) -> KubernetesLab:
    return new_lab()


@pytest.fixture
def cloud(lab: KubernetesLab) -> KubernetesCloud:
    return KubernetesCloud(KubernetesConfig(kubeconfig=str(lab.kubeconfig)), StillClock())


@pytest.fixture
def real_kubeconfig() -> str:
    return real_kubernetes.kubeconfig()
