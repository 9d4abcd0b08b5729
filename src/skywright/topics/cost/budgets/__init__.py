"""Budgets: where each stands, when it will be passed, who is told, and which plans would push it over."""

from skywright.topics.cost.budgets.nouns import Standing, Step
from skywright.topics.cost.budgets.room import BudgetRoom

__all__ = ["BudgetRoom", "Standing", "Step"]
