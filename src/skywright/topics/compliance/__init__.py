"""Compliance: tagging, retention, frameworks."""
