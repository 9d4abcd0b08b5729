"""Every notifier keeps ports.notify: it tells, tries again, gives up with a sentence, and lets no secret out."""

import hashlib
import hmac
from datetime import datetime

import pytest
from tests.conformance.notify.servers import post, web

from skywright.adapters.notify import open_notifier
from skywright.adapters.settings import decode_section, read_secret
from skywright.model.errors import AskHuman, BadInput, TryAgain
from skywright.ports.notify import Message, Severity

NOW = datetime(2026, 11, 22, 8)
MESSAGE = Message(
    key="budget/web/2026-11-01/actual-80", title="Budget web: 80 % of 5,000.00 USD is spent.",
    body="4,020.00 USD <were> spent & told.",
    facts={"budget": "web", "spent": "4020.00"},
)  # fmt: skip
SECRET = "s3cret-of-tests"


class Held:
    """A clock that does not wait."""

    def __init__(self) -> None:
        self.waited: list[float] = []

    def now(self) -> datetime:
        return NOW

    def sleep(self, seconds: float) -> None:
        self.waited.append(seconds)


@pytest.fixture
def clock():
    return Held()


@pytest.fixture
def server():
    with web() as state:
        yield state


@pytest.fixture
def mail(tmp_path):
    with post(tmp_path) as state:
        yield state


@pytest.fixture(params=["webhook", "slack", "teams", "pagerduty"])
def notifier(request, server, clock, monkeypatch):
    monkeypatch.setenv("HOOK", f"{server.url}/{SECRET}")
    monkeypatch.setenv("KEY", SECRET)
    sections = {
        "webhook": {"url": {"env": "HOOK"}, "secret": {"env": "KEY"}},
        "slack": {"url": {"env": "HOOK"}},
        "teams": {"url": {"env": "HOOK"}},
        "pagerduty": {"url": server.url, "routing_key": {"env": "KEY"}},
    }
    return opened("ops", {"kind": request.param, **sections[request.param]}, clock)


def opened(name, raw, clock):
    return open_notifier(name, raw, clock, read_secret, decode_section)


def mailer(mail, clock, **more):
    raw = {"kind": "email", "host": "127.0.0.1", "port": mail.port, "sender": "sky@example.org",
           "to": ["a@example.org", "b@example.org"],
           "user": "sky", "password": {"env": "KEY"}, "ca_file": mail.ca_file, **more}  # fmt: skip
    return opened("ops", raw, clock)


def test_it_tells_what_is_to_be_told(notifier, server):
    notifier.send(MESSAGE)
    (body,) = server.bodies()
    text = str(body)
    assert notifier.name == "ops"
    assert "Budget web: 80 % of 5,000.00 USD is spent." in text
    assert "4020.00" in text


def test_it_tries_again_when_throttled_and_waits_as_long_as_it_is_told(notifier, server, clock):
    server.answers = [(429, {"Retry-After": "7"}), (503, {}), (500, {"Retry-After": "Sun, 22 Nov 2026 08:00:20 GMT"})]
    notifier.send(MESSAGE)
    assert clock.waited == [7.0, 2.0, 20.0]
    assert len(server.requests) == 4


def test_it_gives_up_with_a_sentence(notifier, server, clock):
    server.usual = 503
    with pytest.raises(TryAgain) as caught:
        notifier.send(MESSAGE)
    assert str(caught.value) == "Notifier ops answered 503."
    assert clock.waited == [1.0, 2.0, 4.0]


@pytest.mark.parametrize("status", [302, 400, 403, 404])
def test_what_only_a_person_can_mend_is_said_at_once_and_without_secrets(notifier, server, clock, status):
    server.answers = [(status, {"Location": "http://127.0.0.1:9/elsewhere"})]
    with pytest.raises(AskHuman) as caught:
        notifier.send(MESSAGE)
    assert str(caught.value) == f"Notifier ops answered {status}. Check notify.ops: its address, and its key."
    assert SECRET not in repr(caught.value.__dict__)
    assert len(server.requests) == 1


def test_a_secret_that_is_missing_is_asked_for(notifier, monkeypatch):
    monkeypatch.delenv("HOOK")
    monkeypatch.delenv("KEY")
    with pytest.raises(AskHuman, match=r"^No secret in environment variable (HOOK|KEY)\. "):
        notifier.send(MESSAGE)


def test_who_is_not_there_is_tried_again(clock, monkeypatch):
    monkeypatch.setenv("HOOK", f"http://127.0.0.1:1/{SECRET}")
    with pytest.raises(TryAgain) as caught:
        opened("ops", {"kind": "slack", "url": {"env": "HOOK"}, "attempts": 2}, clock).send(MESSAGE)
    assert str(caught.value) == "Notifier ops could not be reached (ConnectionRefusedError)."
    assert clock.waited == [1.0]
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("url", ["http://example.org/x", "ftp://127.0.0.1/x", "hooks.example.org", "http://[", ""])
def test_only_https_leaves_the_machine(url, clock):
    with pytest.raises(AskHuman) as caught:
        opened("ops", {"kind": "webhook", "url": url}, clock).send(MESSAGE)
    assert str(caught.value) == (
        "The address of notifier ops is not an https one. Set notify.ops.url; plain http is taken for this machine only."
    )


def test_a_webhook_is_signed_over_time_and_body(server, clock, monkeypatch):
    monkeypatch.setenv("KEY", SECRET)
    opened("ops", {"kind": "webhook", "url": server.url, "secret": {"env": "KEY"}}, clock).send(MESSAGE)
    ((_, headers, body),) = server.requests
    stamp = headers["X-Skywright-Timestamp"]
    assert stamp == "1795334400"
    expected = hmac.new(SECRET.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    assert headers["X-Skywright-Signature"] == f"sha256={expected}"
    assert headers["X-Skywright-Key"] == MESSAGE.key


def test_slack_takes_its_three_signs_literally(server, clock, monkeypatch):
    monkeypatch.setenv("HOOK", server.url)
    opened("ops", {"kind": "slack", "url": {"env": "HOOK"}}, clock).send(MESSAGE)
    (body,) = server.bodies()
    assert [block["type"] for block in body["blocks"]] == ["header", "section", "section"]
    assert body["blocks"][1]["text"]["text"] == "4,020.00 USD &lt;were&gt; spent &amp; told."


def test_teams_gets_an_adaptive_card(server, clock, monkeypatch):
    monkeypatch.setenv("HOOK", server.url)
    opened("ops", {"kind": "teams", "url": {"env": "HOOK"}}, clock).send(MESSAGE)
    (attachment,) = server.bodies()[0]["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert attachment["content"]["body"][2]["facts"][0] == {"title": "budget", "value": "web"}


@pytest.mark.parametrize(("resolved", "action"), [(False, "trigger"), (True, "resolve")])
def test_pagerduty_triggers_and_resolves_by_the_same_key(server, clock, monkeypatch, resolved, action):
    monkeypatch.setenv("KEY", SECRET)
    told = Message(key="k", title="t", severity=Severity.CRITICAL, resolved=resolved)
    opened("ops", {"kind": "pagerduty", "url": server.url, "routing_key": {"env": "KEY"}}, clock).send(told)
    assert server.requests[0][0] == "/v2/enqueue"
    (body,) = server.bodies()
    assert (body["routing_key"], body["event_action"], body["dedup_key"]) == (SECRET, action, "k")
    assert ("payload" in body) is not resolved
    assert resolved or body["payload"]["severity"] == "critical"


def test_a_letter_goes_over_tls_to_everybody(mail, clock, monkeypatch):
    monkeypatch.setenv("KEY", "right")
    mailer(mail, clock).send(MESSAGE)
    ((sender, to, text),) = mail.letters
    assert (sender, to) == ("sky@example.org", ["a@example.org", "b@example.org"])
    assert "Subject: Budget web: 80 % of 5,000.00 USD is spent." in text
    assert "Date: Sun, 22 Nov 2026 08:00:00 +0000" in text
    assert "spent: 4020.00" in text
    assert mail.logins == [("sky", "right")]


def test_a_mail_server_that_says_later_is_asked_later(mail, clock, monkeypatch):
    monkeypatch.setenv("KEY", "right")
    mail.answers = [451, 421]
    mailer(mail, clock).send(MESSAGE)
    assert clock.waited == [2.0, 4.0]
    assert len(mail.letters) == 1


def test_a_wrong_password_is_said_without_it(mail, clock, monkeypatch):
    monkeypatch.setenv("KEY", SECRET)
    with pytest.raises(AskHuman) as caught:
        mailer(mail, clock).send(MESSAGE)
    assert str(caught.value) == "The mail server of notifier ops refused user and password (535). Check notify.ops."
    assert clock.waited == []


def test_a_refused_letter_is_said(mail, clock, monkeypatch):
    monkeypatch.setenv("KEY", "right")
    mail.answers = [554]
    with pytest.raises(AskHuman) as caught:
        mailer(mail, clock).send(MESSAGE)
    assert str(caught.value) == "The mail server of notifier ops answered 554. Check notify.ops."


def test_a_certificate_that_nobody_vouches_for_is_refused(mail, clock, monkeypatch):
    monkeypatch.setenv("KEY", "right")
    with pytest.raises(AskHuman) as caught:
        mailer(mail, clock, ca_file="").send(MESSAGE)
    assert str(caught.value) == (
        "The mail server of notifier ops has a certificate that nobody known vouches for. Check notify.ops."
    )
    assert mail.logins == []


WRONG = [
    ({"kind": "pigeon"}, ("skywright.yaml: notify.ops.kind: 'pigeon' is no kind of notifier. "
                          "There are: webhook, slack, teams, pagerduty, email.")),
    ({"kind": "slack"}, "notify.ops:1: notify.ops: object missing required field `url`. See `skywright config schema`."),
    ({"kind": "webhook", "url": "https://x", "secrte": {"env": "A"}},
     "notify.ops:1: unknown key 'secrte'. Did you mean 'secret'?"),
    ({"kind": "email", "host": "mail.example.org", "sender": "a@b", "to": ["c@d"], "tls": "none"},
     ("notify.ops:1: notify.ops: without tls only to this machine: the message and the password would be readable on the way. "
      "See `skywright config schema`.")),
]  # fmt: skip


@pytest.mark.parametrize(("raw", "sentence"), WRONG)
def test_a_section_that_is_wrong_is_said(raw, sentence, clock):
    with pytest.raises(BadInput) as caught:
        opened("ops", raw, clock)
    assert str(caught.value) == sentence
