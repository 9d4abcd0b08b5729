"""Findings and insights -> Plan: pure, no clock, no network, no randomness."""

from skywright.loop.plan.choice import Choice
from skywright.loop.plan.file import read_plan, sign_plan, write_plan
from skywright.loop.plan.findings import compute_fixes, from_findings
from skywright.loop.plan.make import make_plan
from skywright.loop.plan.world import Means, World, see_world

__all__ = [
    "Choice",
    "Means",
    "World",
    "compute_fixes",
    "from_findings",
    "make_plan",
    "read_plan",
    "see_world",
    "sign_plan",
    "write_plan",
]
