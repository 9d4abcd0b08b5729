"""Execute: a signed plan -> a run, durably, in reversible waves."""

from skywright.loop.execute.executor import OPEN_STATES, Executor, new_run_id
from skywright.loop.execute.logbook import LogBook, LogVerdict
from skywright.loop.execute.order import Order, chosen
from skywright.loop.execute.rooms import Checks, Fault, NoFault, Rooms

__all__ = [
    "OPEN_STATES",
    "Checks",
    "Executor",
    "Fault",
    "LogBook",
    "LogVerdict",
    "NoFault",
    "Order",
    "Rooms",
    "chosen",
    "new_run_id",
]
