"""The books and a forecaster -> an outlook."""

from datetime import date

from skywright.topics.cost.books import Books
from skywright.topics.cost.books.absent import unanswered
from skywright.topics.cost.books.dimensions import Condition
from skywright.topics.cost.books.period import Grain, Period
from skywright.topics.cost.books.question import Measure, Question, held
from skywright.topics.cost.outlook.course import course
from skywright.topics.cost.outlook.look import look
from skywright.topics.cost.outlook.nouns import Foretell, Outlook

Asked = tuple[tuple[str, ...], Measure, tuple[Condition, ...]]
"""Dimensions, which cost, and conditions."""


def outlook(books: Books, asked: Asked, foretell: Foretell, today: date) -> Outlook:
    """Raises BadInput when nothing in the ledger answers."""
    by, measure, where = asked
    with books.open((*by, *(one.dimension for one in where))) as session:
        found = course(session, books.book, by, measure, where, books.rates(), today)
        if found is None:
            span = held(session)
            period = Period(span[0] if span else date.min, max(span[1] if span else today, today), Grain.DAY)
            raise unanswered(session, books.book, Question(by=(), period=period, measure=measure, where=where))
    return look(found, by, measure.value, foretell)
