"""Surprises in a series, judged as it comes: one score in 0..1 a point, from what was before it alone."""
