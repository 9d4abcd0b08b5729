"""Honest fakes that ship: a cloud in a file, a workflow in memory. They keep the ports' contracts, and can be told to fail."""

from skywright.lab.fake.workflow import Crash, MemoryWorkflow

__all__ = ["Crash", "MemoryWorkflow"]
