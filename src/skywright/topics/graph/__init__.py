"""Who depends on whom: neighbourhoods, what stops if something stops, and whose it is."""
