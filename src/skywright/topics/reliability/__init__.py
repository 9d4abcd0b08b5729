"""Reliability: availability, backup, lifecycle."""
