"""What will be paid: the rest of the month and the twelve after it, from the ledger's days."""

from skywright.topics.cost.outlook.look import look
from skywright.topics.cost.outlook.nouns import Ahead, Known, Line, Outlook, exceeding

__all__ = ["Ahead", "Known", "Line", "Outlook", "exceeding", "look"]
