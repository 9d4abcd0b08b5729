"""The room where budgets are kept an eye on: books, settings and a forecaster in; standings, alerts and objections out."""

from collections.abc import Mapping
from datetime import date, timedelta

from skywright.model.cost_budgets import Budget, Every
from skywright.model.errors import BadInput
from skywright.model.words import t
from skywright.ports.store import Facts
from skywright.topics.cost.books import Books
from skywright.topics.cost.books.dimensions import Condition
from skywright.topics.cost.books.question import Measure
from skywright.topics.cost.books.rates import Rates
from skywright.topics.cost.budgets.alerts import watched
from skywright.topics.cost.budgets.nouns import Standing
from skywright.topics.cost.budgets.period import period_at
from skywright.topics.cost.budgets.standing import standing
from skywright.topics.cost.outlook.course import course
from skywright.topics.cost.outlook.nouns import Foretell


class BudgetRoom:
    """Budgets by name, as the settings have them."""

    def __init__(self, books: Books, budgets: Mapping[str, Budget], foretell: Foretell) -> None:
        self.books = books
        self.budgets = budgets
        self._foretell = foretell

    def standings(self, today: date, name: str = "", at: date | None = None) -> list[Standing]:
        """Where each budget (or one) stands in the period of ``at``, as of ``today``. Raises BadInput for a name that is none."""
        if name and name not in self.budgets:
            known = ", ".join(sorted(self.budgets)) or t("none")
            raise BadInput(t("There is no budget {name}.", name=repr(name)), next_step=t("cost.budgets has: {known}.", known=known))
        return [self._standing(one, budget, today, at or today) for one, budget in self.budgets.items() if name in {"", one}]

    def to_tell(self, today: date, facts: Facts) -> list[Standing]:
        """The running period of every budget that tells somebody, and the one before it if it was watched: its bill may have come
        since, or been restated."""
        found = []
        for name, budget in self.budgets.items():
            if not budget.notify:
                continue
            running, _ = period_at(budget, today)
            before, _ = period_at(budget, running - timedelta(days=1)) if budget.period is not Every.ONCE else (running, running)
            if before != running and facts.get(watched(name, before)):
                found.append(self._standing(name, budget, today, before))
            found.append(self._standing(name, budget, today, today))
        return found

    def keep_watched(self, today: date, facts: Facts) -> None:
        """Remember that every budget was looked at in its running period."""
        for name, budget in self.budgets.items():
            facts.put(watched(name, period_at(budget, today)[0]), today.isoformat())

    def _standing(self, name: str, budget: Budget, today: date, day: date) -> Standing:
        where = tuple(
            Condition(dimension, (wanted,) if isinstance(wanted, str) else tuple(wanted))
            for dimension, wanted in budget.where.items()
        )
        converted = budget.currency in {"", self.books.settings.currency}
        rates = self.books.rates() if converted else Rates(budget.currency)  # rates lead to the settings' currency only
        with self.books.open(one.dimension for one in where) as session:
            found = course(session, self.books.book, (), Measure(budget.cost), where, rates, today)
        return standing(name, budget, found, self._foretell, day, self.books.settings.currency)
