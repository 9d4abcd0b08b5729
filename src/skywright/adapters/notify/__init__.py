"""People are told: webhook, Slack, Microsoft Teams, PagerDuty, e-mail. One conformance suite holds them to ports.notify."""

from skywright.adapters.notify.open import open_notifier

__all__ = ["open_notifier"]
