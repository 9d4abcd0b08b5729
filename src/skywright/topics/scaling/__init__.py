"""Scaling: how many copies, and how large: policies replayed on traces of demand, sizes fitted to series of usage."""
