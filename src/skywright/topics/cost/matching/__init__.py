"""Ledger rows and the estate: which resource was billed."""
