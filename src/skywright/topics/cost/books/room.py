"""The room where the ledger is read: settings and a ledger in, answers out."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from functools import cached_property
from pathlib import Path

from skywright.model.cost_books import TagRules
from skywright.model.cost_dimensions import is_dimension
from skywright.model.cost_settings import CostSettings
from skywright.model.errors import BadInput
from skywright.model.words import t
from skywright.ports.bills import Ledger
from skywright.ports.engine import Session
from skywright.topics.cost.books.dimensions import Book, Condition, unknown_dimension
from skywright.topics.cost.books.period import Grain, Period, add_months
from skywright.topics.cost.books.question import Question, dated, held, nothing
from skywright.topics.cost.books.rates import Rates, read_rates
from skywright.topics.cost.books.sheet import Sheet, Wish, sheet
from skywright.topics.cost.books.why import Answer, why

ReadTags = Callable[[Path, type[TagRules]], TagRules]
"""A YAML file of rules -> the rules. Raises BadInput with file and line."""


Beside = tuple[Mapping[str, str], Mapping[str, Path]]
"""Views and tables of the estate (topics.cost.matching)."""


class Books:
    """What is asked of the ledger. Opens it for each answer; holds no file open in between."""

    def __init__(
        self, ledger: Ledger, settings: CostSettings, read_tags: ReadTags, beside: Callable[[], Beside] | None = None
    ) -> None:
        self.ledger = ledger
        self.settings = settings
        self._read_tags = read_tags
        self._beside = beside

    @cached_property
    def book(self) -> Book:
        """The dimensions, with the user's rules. Raises BadInput with file and line for a rule that is wrong."""
        tags = self.settings.tags
        return Book(self.settings, self._read_tags(Path(tags), TagRules) if isinstance(tags, str) else tags)

    def rates(self) -> Rates:
        """The user's rates into the currency of the settings. Raises BadInput with file and line."""
        target = self.settings.currency
        return read_rates(Path(self.settings.rates), target) if self.settings.rates else Rates(target)

    @contextmanager
    def open(self, names: Iterable[str] = ()) -> Iterator[Session]:
        """The ledger, and the estate beside it where the dimensions ``names`` ask for it."""
        with self.ledger.open(*(self._estate if self.book.needs_estate(names) else ())) as session:
            yield session

    @cached_property
    def _estate(self) -> Beside:
        if self._beside is None:
            raise AssertionError("no estate was given to these books")
        return self._beside()

    def newest(self) -> Period:
        """The last billing month that the ledger holds. Raises BadInput when it is empty."""
        with self.ledger.open() as session:
            span = held(session)
        if span is None:
            raise nothing(Period(date.min, date.min, Grain.DAY), None)
        return Period(span[1], add_months(span[1], 1), Grain.MONTH)

    def sheet(self, question: Question, wish: Wish) -> Sheet:
        """See topics.cost.books.sheet."""
        rates = self.rates()
        with self.open(_names(question)) as session:
            return sheet(session, self.book, dated(question, rates), rates, wish)

    def why(self, question: Question, compared: Period) -> Answer:
        """See topics.cost.books.why."""
        rates = self.rates()
        with self.open(_names(question)) as session:
            return why(session, self.book, dated(question, rates), compared, rates)


def _names(question: Question) -> tuple[str, ...]:
    return (*question.by, *(one.dimension for one in question.where))


def parse_by(text: str) -> tuple[str, ...]:
    """``service,tag:team`` -> dimensions. Raises BadInput for a name that is none, or that stands there twice."""
    names = tuple(_name(name.strip()) for name in text.split(",") if name.strip())
    for name in names:
        if names.count(name) > 1:
            raise BadInput(t("{name} stands there twice.", name=name), where="--by", next_step=t("Name it once."))
    return names


def parse_where(texts: Iterable[str]) -> tuple[Condition, ...]:
    """``dimension=value`` or ``dimension!=value`` (globs; empty: rows without any) -> conditions. Values of one dimension are
    alternatives. Raises BadInput."""
    found: dict[tuple[str, bool], list[str]] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise BadInput(t("{text!r} is no condition.", text=text), where="--where", next_step=t("Write dimension=value."))
        negated = name.endswith("!")
        found.setdefault((_name(name.rstrip("!").strip(), "--where"), negated), []).append(value.strip())
    return tuple(Condition(name, tuple(values), negated) for (name, negated), values in found.items())


def _name(name: str, where: str = "--by") -> str:
    lower = name if name.startswith("tag:") else name.lower().replace("-", "_")
    if is_dimension(lower):
        return lower
    raise unknown_dimension(name, where)
