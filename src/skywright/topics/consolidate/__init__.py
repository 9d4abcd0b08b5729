"""Fewer nodes for the same pods: what draining saves, what it disturbs, and how far that is from the most there is to save."""
