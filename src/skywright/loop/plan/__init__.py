"""Findings and insights -> Plan: pure, no clock, no network, no randomness."""
