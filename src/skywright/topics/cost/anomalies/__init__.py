"""Days on which the bill was not as expected: where, by how much, why, and what happened at that time."""
