"""FOCUS validation: a bill as it was delivered -> for every rule of the specification pass, fail, not applicable or undecided."""
