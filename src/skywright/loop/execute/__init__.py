"""Plan -> Run, durably, in waves, reversible."""
