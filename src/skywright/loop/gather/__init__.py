"""Gather: clouds -> Snapshot. A cloud that fails is a gap, not a crash."""

from skywright.loop.gather.choice import Choice
from skywright.loop.gather.stage import gather

__all__ = ["Choice", "gather"]
