"""Prices: packaged list prices and the user's discounts -> a table, and SQL that prices an estate with it."""

from skywright.adapters.prices.book import BookPrices, Offer

__all__ = ["BookPrices", "Offer"]
