"""Snapshot x rules -> findings. One SQL query per kind, never a loop over resources."""

from skywright.loop.audit.evaluate import evaluate

__all__ = ["evaluate"]
