"""What the ledger does not hold -> sentences that say so: no row answers, a tag that nobody has, a time that was never read."""

from collections.abc import Iterator, Sequence
from datetime import date
from difflib import get_close_matches

import msgspec

from skywright.model.cost_dimensions import TAG
from skywright.model.errors import BadInput
from skywright.model.words import t
from skywright.ports.engine import Session
from skywright.topics.cost.books.dimensions import Book, Condition
from skywright.topics.cost.books.period import Grain, Period
from skywright.topics.cost.books.question import Question, grain_sql, held, nothing, scope

VALUES_MAX, NAMED_MAX = 5_000, 12


def unanswered(session: Session, book: Book, question: Question) -> BadInput:
    """Why no row answers: the ledger is empty, the period is not held, or a condition meets nothing (which, and what would)."""
    whole = msgspec.structs.replace(question, where=())
    if not question.where or not _rows(session, book, whole):
        return nothing(question.period, held(session))
    for one in question.where:
        if not _rows(session, book, msgspec.structs.replace(question, where=(one,))):
            message = t("No row of {period} has {condition}.", period=question.period, condition=_words(one))
            return BadInput(message, where="--where", next_step=_instead(session, book, whole, one))
    return BadInput(
        t("No row of {period} meets all conditions at once.", period=question.period),
        where="--where",
        next_step=t("Leave one of them out."),
    )


def without_usage(session: Session, book: Book, question: Question) -> BadInput:
    """Why no usage answers: nothing of that time is held, or other charges only."""
    if not _rows(session, book, question):
        return unanswered(session, book, question)
    return BadInput(
        t("The ledger holds no usage of {period}, only other charges.", period=question.period),
        next_step=t("`skywright cost show --by charge` shows which."),
    )


def _rows(session: Session, book: Book, question: Question) -> int:
    since, until = question.period.ends
    sql = f"SELECT count(*) FROM cost_and_usage WHERE {scope(book, question)}"
    count: int = session.query(sql, {"since": since, "until": until}).rows[0][0]
    return count


def _words(one: Condition) -> str:
    return f"{one.dimension}{'!=' if one.negated else '='}{', '.join(one.values)}"


def _instead(session: Session, book: Book, whole: Question, one: Condition) -> str:
    since, until = whole.period.ends
    value = book.sql(one.dimension)
    sql = f"SELECT DISTINCT {value} AS v FROM cost_and_usage WHERE {scope(book, whole)} ORDER BY v LIMIT {VALUES_MAX}"
    there = [str(value) for (value,) in session.query(sql, {"since": since, "until": until}).rows if value is not None]
    lower = {value.lower(): value for value in there}
    near = [] if one.negated else [lower[found] for wanted in one.values for found in get_close_matches(wanted.lower(), lower, n=1)]
    if near:
        return t("Did you mean {name}?", name=", ".join(near))
    if not there:
        return t("No row has any {dimension}.", dimension=one.dimension)
    if len(there) <= NAMED_MAX:
        return t("There are: {names}.", names=", ".join(there))
    return t("`skywright cost show --by {dimension}` lists what there is.", dimension=one.dimension)


def remarks(session: Session, question: Question, keys: Sequence[Sequence[str | None]], compared: Period | None) -> Iterator[str]:
    """What a reader of an answer with these ``keys`` must know: a tag that no row has; a period beside it that was never read."""
    for place, name in enumerate(question.by):
        if name.startswith(TAG) and all(key[place] is None for key in keys):
            there = tag_keys(session, question.period)
            names = ", ".join(there[:NAMED_MAX]) + (", ..." if len(there) > NAMED_MAX else "")
            yield t("No row has a tag {key}. There are: {names}.", key=name.removeprefix(TAG), names=names or t("none"))
    if compared and not holds_any(session, compared):
        yield t("The ledger holds nothing of {compared}: nothing can be said of a change.", compared=compared)
    elif compared and (first := _first_use(session)) and compared.start < first < compared.end:
        yield t("The ledger's first usage is of {first}: {compared} may not be whole.", first=first, compared=compared)


def _first_use(session: Session) -> date | None:
    """The first day of any usage; a correction may be of a day before the first bill."""
    used = "ChargeCategory = 'Usage' AND ChargeClass IS DISTINCT FROM 'Correction'"
    first = session.query(f"SELECT min(ChargePeriodStart) FROM cost_and_usage WHERE {used}").rows[0][0]
    return first.date() if first is not None else None


def tag_keys(session: Session, period: Period) -> list[str]:
    """The keys of tags that rows of a period have, the most frequent first."""
    since, until = period.ends
    sql = (
        "SELECT key FROM (SELECT unnest(map_keys(Tags)) AS key FROM cost_and_usage"
        f" WHERE {period.column} >= $since AND {period.column} < $until) GROUP BY key ORDER BY count(*) DESC, key"
    )
    return [key for (key,) in session.query(sql, {"since": since, "until": until}).rows]


def holds_any(session: Session, span: Period) -> bool:
    """Whether the ledger holds anything of a period."""
    return any(held_steps(session, span, span.steps(span.grain), span.grain))


def held_steps(session: Session, span: Period, steps: Sequence[date], grain: Grain) -> tuple[bool, ...]:
    """For each month or day of a trend whether the ledger holds anything of it: what was never read did not cost nothing."""
    since, until = span.ends
    step = grain_sql(grain)
    sql = f"SELECT DISTINCT {step} FROM cost_and_usage WHERE {span.column} >= $since AND {span.column} < $until"
    there = {day for (day,) in session.query(sql, {"since": since, "until": until}).rows}
    return tuple(one in there for one in steps)
