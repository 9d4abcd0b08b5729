"""Analyse: Snapshot x measures -> Insights. One query a measure; no measure sees a resource in Python."""

from skywright.loop.analyse.analyse import analyse, in_force

__all__ = ["analyse", "in_force"]
