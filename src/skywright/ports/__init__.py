"""Verbs we need from outside, as small Protocols. Each docstring is the contract; tests/conformance holds adapters to it."""
