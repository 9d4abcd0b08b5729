"""Reading the ledger: dimensions, periods, exact sums, comparisons."""

from skywright.topics.cost.books.room import Books

__all__ = ["Books"]
