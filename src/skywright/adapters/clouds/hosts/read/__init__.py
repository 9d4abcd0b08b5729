"""Readers: what a host says -> rows."""

from skywright.adapters.clouds.hosts.read.machines import READERS

__all__ = ["READERS"]
