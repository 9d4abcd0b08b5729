"""Usage of servers."""
