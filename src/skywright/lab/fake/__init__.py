"""Honest fakes that ship: a cloud in a file, a workflow in memory. They keep the ports' contracts, and can be told to fail."""

from skywright.lab.fake.cloud import FakeCloud
from skywright.lab.fake.crash import CrashAt
from skywright.lab.fake.faults import Faults
from skywright.lab.fake.workflow import Crash, MemoryWorkflow
from skywright.lab.fake.world import World

__all__ = ["Crash", "CrashAt", "FakeCloud", "Faults", "MemoryWorkflow", "World"]
