"""Which workload runs where: capacity of several clouds, quotas, shares, compliance, latency, standbys; with a proven bound."""
