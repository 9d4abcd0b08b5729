"""Rails of safety: what is protected, what cannot be undone, what would break."""

from tests.loop.validate._targets import VOLUME

from skywright.loop.validate.rails import safety
from skywright.model.finding import Finding, RuleVerdict, Severity
from skywright.model.plan import Reversibility
from skywright.model.settings import RailSettings
from skywright.model.verdict import Consequences

from .conftest import NOW, change, facts, rid, row


def test_a_protected_tag_blocks_a_deletion(said):
    known = facts([change(VOLUME, delete=True)], rows={VOLUME: row(VOLUME, tags={"keep": "True"})})
    assert said(safety.protected, known) == [
        ("block", f"{VOLUME} is protected by tag keep=True and would be deleted. Remove the tag, or drop this change.")
    ]


def test_a_name_and_an_account_protect_too_and_all_are_told(said):
    settings = RailSettings(protected_names=["prod-*"], protected_accounts=["1"])
    known = facts([change(VOLUME)], rows={VOLUME: row(VOLUME, name="prod-db")}, settings=settings)
    assert said(safety.protected, known) == [
        (
            "block",
            f"{VOLUME} is protected by its name (prod-*) and would be changed. Change rails.protected_names, or drop this change.",
        ),
        (
            "block",
            f"{VOLUME} is protected by its account (1) and would be changed. Change rails.protected_accounts, or drop this change.",
        ),
    ]


def test_tags_that_could_not_be_read_protect_from_deletion(said):
    rows = {VOLUME: row(VOLUME, tags=None)}
    assert said(safety.protected, facts([change(VOLUME, delete=True)], rows=rows)) == [
        (
            "block",
            (
                f"{VOLUME} is protected by tags that could not be read and would be deleted. "
                "Gather again with the right to read tags, or drop this change."
            ),
        )
    ]
    assert said(safety.protected, facts([change(VOLUME)], rows=rows)) == []


def test_other_tags_and_values_do_not_protect(said):
    assert said(safety.protected, facts([change(VOLUME)], rows={VOLUME: row(VOLUME, tags={"keep": "false", "x": "true"})})) == []


def test_what_cannot_be_undone_blocks_unless_it_is_allowed(said):
    one = change(VOLUME, delete=True, reversibility=Reversibility.NONE)
    assert said(safety.irreversible, facts([one])) == [
        (
            "block",
            (
                f"{VOLUME} would be deleted, which cannot be undone, and no safety copy is made first. "
                "Drop this change, or set rails.irreversible_allowed in the configuration."
            ),
        )
    ]
    assert said(safety.irreversible, facts([one], settings=RailSettings(irreversible_allowed=True))) == []
    assert said(safety.irreversible, facts([change(VOLUME, delete=True, reversibility=Reversibility.SAFETY_COPY)])) == []


def finding(verdict):
    return Finding(
        id="f-2", rule="network_route_blackhole", verdict=verdict, severity=Severity.HIGH, kind="network.route",
        resource=rid("network.route", "rtb-1"),
        native_id="rtb-1", cloud="aws", account="1", region="r", first_seen=NOW, last_seen=NOW,
    )  # fmt: skip


def test_what_breaks_on_the_twin_blocks_and_what_becomes_unknown_warns(said):
    seen = Consequences(introduced=(finding(RuleVerdict.FAIL), finding(RuleVerdict.UNKNOWN)))
    now_what = "Drop the change that causes it, or plan its repair along with it."
    assert said(safety.introduced, facts([change(VOLUME)], consequences=seen)) == [
        ("block", f"{rid('network.route', 'rtb-1')} would newly fail network_route_blackhole (high). {now_what}"),
        ("warn", f"Whether {rid('network.route', 'rtb-1')} passes network_route_blackhole could no longer be told. {now_what}"),
    ]
