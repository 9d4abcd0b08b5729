"""What a user may set about money (``cost:`` in ``skywright.yaml``)."""

from skywright.model.cost_anomaly import AnomalySettings
from skywright.model.cost_budgets import Budget
from skywright.model.cost_shares import SharingSettings
from skywright.model.cost_workloads import WorkloadSettings
from skywright.model.settings_base import Count, Currency


class CostSettings(SharingSettings, frozen=True):
    """``currency``: what totals are shown in when there is more than one. ``closed_after_months``: a billing period so many months
    before the newest of its account counts as closed, where its issuer does not say."""

    currency: Currency = "USD"
    closed_after_months: Count = 2
    anomalies: AnomalySettings = AnomalySettings()
    budgets: dict[str, Budget] = {}  # by name
    workloads: WorkloadSettings = WorkloadSettings()
