"""Stores of control data."""
