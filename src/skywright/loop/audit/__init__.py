"""Snapshot x rules -> findings. One SQL query per kind, never a loop over resources."""

from skywright.loop.audit.book import Choice, FindingsBook, RuleCount
from skywright.loop.audit.evaluate import evaluate

__all__ = ["Choice", "FindingsBook", "RuleCount", "evaluate"]
