"""Durable execution on DBOS: in a SQLite file of its own, or in the store's PostgreSQL with many workers."""

from skywright.adapters.workflows.dbos.crew import AskingWorkflow, DbosCrew
from skywright.adapters.workflows.dbos.worker import DbosWorker
from skywright.adapters.workflows.dbos.workflow import DbosWorkflow

__all__ = ["AskingWorkflow", "DbosCrew", "DbosWorker", "DbosWorkflow"]
