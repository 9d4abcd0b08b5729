"""Bills: what providers deliver -> the ledger, in FOCUS 1.4, exact to the last digit."""
