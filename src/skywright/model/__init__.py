"""Nouns: frozen types that every other floor speaks in. Imports the standard library and msgspec, nothing else."""
