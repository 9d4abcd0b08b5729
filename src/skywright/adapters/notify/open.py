"""A section of the settings -> its notifier."""

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import msgspec

from skywright.adapters.notify.hooks import PagerDuty, Slack, Teams, Webhook
from skywright.adapters.notify.mail import Mail
from skywright.adapters.notify.settings import (
    MailSettings,
    PagerDutySettings,
    SlackSettings,
    TeamsSettings,
    WebhookSettings,
)
from skywright.model.errors import BadInput
from skywright.model.settings import SecretRef
from skywright.model.words import t
from skywright.ports.notify import Notifier
from skywright.ports.other import Clock

KINDS: Mapping[str, type[Any]] = {
    "webhook": WebhookSettings,
    "slack": SlackSettings,
    "teams": TeamsSettings,
    "pagerduty": PagerDutySettings,
    "email": MailSettings,
}

Typed = Callable[[str, Mapping[str, Any], type[Any], Path | None], Any]
"""Where a section stands, the section, its type, the file -> the typed section, or BadInput with file and line."""


def open_notifier(
    name: str, raw: Mapping[str, Any], clock: Clock, secret: Callable[[SecretRef], str], typed: Typed, file: Path | None = None
) -> Notifier:
    """Nothing is connected, and no secret read, before the first message. Raises BadInput for a section that is wrong."""
    kind = str(raw.get("kind", ""))
    if kind not in KINDS:
        message = t("notify.{name}.kind: {kind} is no kind of notifier.", name=name, kind=repr(kind))
        near = get_close_matches(kind.lower(), KINDS, n=1)
        meant = t("Did you mean {near}?", near=repr(near[0])) if near else t("There are: {kinds}.", kinds=", ".join(KINDS))
        raise BadInput(message, where=str(file or "skywright.yaml"), next_step=meant)
    rest = {key: value for key, value in raw.items() if key != "kind"}
    settings = typed(f"notify.{name}", rest, KINDS[kind], file)
    match settings:
        case WebhookSettings():
            return Webhook(name, settings, clock, secret)
        case SlackSettings():
            return Slack(name, settings, clock, secret)
        case TeamsSettings():
            return Teams(name, settings, clock, secret)
        case PagerDutySettings():
            return PagerDuty(name, settings, clock, secret)
        case MailSettings():
            return Mail(name, settings, clock, secret)
        case _:
            raise msgspec.ValidationError(kind)
