"""Messages by e-mail, over TLS."""

import smtplib
import ssl
from collections.abc import Callable
from datetime import UTC
from email.message import EmailMessage
from email.utils import format_datetime

from skywright.adapters.notify.settings import MailSettings
from skywright.model.errors import AskHuman, TryAgain
from skywright.model.settings import SecretRef
from skywright.model.words import t
from skywright.ports.notify import Message
from skywright.ports.other import Clock

FIRST_WAIT_S = 2.0
PASSING = range(400, 500)  # SMTP's answers that may change by themselves (RFC 5321, 4.2.1)


class Mail:
    """See ports.notify.Notifier."""

    def __init__(self, name: str, settings: MailSettings, clock: Clock, secret: Callable[[SecretRef], str]) -> None:
        self.name = name
        self._settings, self._secret, self._clock = settings, secret, clock

    def send(self, message: Message) -> None:
        """See Notifier."""
        letter = self._letter(message)
        wait = FIRST_WAIT_S
        for left in reversed(range(self._settings.attempts)):
            try:
                self._once(letter)
            except TryAgain:
                if not left:
                    raise
                self._clock.sleep(wait)
                wait *= 2
            else:
                return

    def _letter(self, message: Message) -> EmailMessage:
        letter = EmailMessage()
        letter["From"], letter["To"] = self._settings.sender, ", ".join(self._settings.to)
        letter["Subject"] = " ".join(message.title.split())
        letter["Date"] = format_datetime(self._clock.now().replace(tzinfo=UTC))
        letter["X-Skywright-Key"] = " ".join(message.key.split())
        facts = "\n".join(f"{name}: {value}" for name, value in message.facts.items())
        letter.set_content("\n\n".join(part for part in (message.title, message.body, facts) if part) + "\n")
        return letter

    def _once(self, letter: EmailMessage) -> None:
        """One try. What the server says may name the user; it is left out."""
        try:
            with self._server() as server:
                if self._settings.password is not None:
                    server.login(self._settings.user, self._secret(self._settings.password))
                refused = server.send_message(letter)
        except smtplib.SMTPAuthenticationError as error:
            raise self._ask(t("refused user and password ({code})", code=error.smtp_code)) from None
        except smtplib.SMTPRecipientsRefused as error:
            raise self._of(min(code for code, _ in error.recipients.values())) from None
        except smtplib.SMTPResponseException as error:
            raise self._of(error.smtp_code) from None
        except ssl.SSLCertVerificationError:
            raise self._ask(t("has a certificate that nobody known vouches for")) from None
        except smtplib.SMTPNotSupportedError:
            raise self._ask(t("does not offer what is asked of it (TLS, or signing in)")) from None
        except (OSError, smtplib.SMTPException) as error:
            raise TryAgain(
                t("Notifier {name} could not be reached ({reason}).", name=self.name, reason=type(error).__name__)
            ) from None
        if refused:
            raise self._ask(t("refused some of the recipients"))

    def _server(self) -> smtplib.SMTP:
        wanted = self._settings
        context = ssl.create_default_context(cafile=wanted.ca_file or None)
        if wanted.tls == "tls":
            return smtplib.SMTP_SSL(wanted.host, wanted.port, timeout=wanted.timeout_s, context=context)
        server = smtplib.SMTP(wanted.host, wanted.port, timeout=wanted.timeout_s)
        if wanted.tls == "starttls":
            try:
                server.starttls(context=context)
            except BaseException:
                server.close()
                raise
        return server

    def _of(self, code: int) -> TryAgain | AskHuman:
        if code in PASSING:
            return TryAgain(t("Notifier {name} answered {status}.", name=self.name, status=code))
        return self._ask(t("answered {code}", code=code))

    def _ask(self, what: str) -> AskHuman:
        return AskHuman(
            t("The mail server of notifier {name} {what}.", name=self.name, what=what),
            next_step=t("Check notify.{name}.", name=self.name),
        )
