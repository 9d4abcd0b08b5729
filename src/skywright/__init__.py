"""Skywright: see the consequences of every infrastructure change before you press apply."""

__version__ = "0.1.0"
