"""Durable execution on DBOS, with a SQLite file of its own."""

from skywright.adapters.workflows.dbos.workflow import DbosWorkflow

__all__ = ["DbosWorkflow"]
