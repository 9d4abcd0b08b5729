"""A small Kubernetes API server on loopback: our reading of the API, for the demo and quick tests.

It proves wiring, not fidelity."""

from skywright.lab.kubernetes.serve import KubernetesLab, start

__all__ = ["KubernetesLab", "start"]
