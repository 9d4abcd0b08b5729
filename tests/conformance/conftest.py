"""The suites run on every adapter; those that need PostgreSQL start a server of their own."""

from tests.postgres import postgres, postgres_url, pytest_terminal_summary

__all__ = ["postgres", "postgres_url", "pytest_terminal_summary"]
