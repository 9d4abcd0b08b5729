"""Benchmarks: `make bench` prints one JSON line each on standard output, and nothing else."""
