"""Snapshot x rules -> findings. One SQL query per kind, never a loop over resources."""
