"""Costs that several cost centres share: who bears what, to the last digit."""
