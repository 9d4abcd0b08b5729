"""Snapshot, usage, prices -> insights with evidence."""
