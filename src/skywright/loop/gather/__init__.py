"""Clouds -> Snapshot. A scope that fails is a gap, not a crash."""
