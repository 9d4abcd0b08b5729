"""Questions to a ledger in memory."""

from datetime import date

from tests.topics.cost.books.ledger import MemoryLedger

from skywright.model.cost_settings import CostSettings
from skywright.topics.cost.books import Books
from skywright.topics.cost.books.period import parse_period
from skywright.topics.cost.books.question import Question
from skywright.topics.cost.books.room import parse_by, parse_where
from skywright.topics.cost.books.sheet import Sheet, Wish

TODAY = date(2026, 11, 22)


def asked(rows, by="service", period="2026-09", settings=None, wish=None, where=(), **more) -> Sheet:
    question = Question(by=parse_by(by), period=parse_period(period, TODAY), where=parse_where(where), **more)
    return books(rows, settings).sheet(question, wish or Wish())


def books(rows, settings=None) -> Books:
    return Books(MemoryLedger(rows), settings or CostSettings(), lambda path, kind: kind())


def lines(sheet: Sheet) -> list[tuple]:
    return [(*line.key, str(line.amount.normalize())) for line in sheet.lines]
