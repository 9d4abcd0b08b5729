"""One turn through the corridor: gather, audit, analyse, plan, validate."""
