"""Pack files -> rules, with every problem of every file reported at once."""

from collections.abc import Sequence
from pathlib import Path

from skywright.adapters.packs.document import read_document
from skywright.adapters.packs.examples import ExampleBench
from skywright.adapters.packs.problems import Place, Problems, unknown
from skywright.adapters.packs.reading import PACK_KEYS, read_rule
from skywright.model.finding import RuleVerdict
from skywright.model.rule import Rule
from skywright.model.schema import columns
from skywright.model.settings import RuleSettings
from skywright.model.words import t

Placed = tuple[Rule, Place]


def check_packs(files: Sequence[Path], settings: RuleSettings) -> tuple[Rule, ...]:
    """Read, compile and bind every rule. Raises BadInput with all problems."""
    problems = Problems()
    placed: list[Placed] = []
    for file in files:
        document = read_document(file, problems)
        if document is not None and document.data is not None:
            placed.extend(_read_pack(document, settings))
    _refuse_twins(placed)
    _check_settings([rule for rule, _ in placed], settings, problems)
    problems.stop_if_any()
    with ExampleBench() as bench:
        for rule, place in placed:
            _bind(bench, rule, place)
    problems.stop_if_any()
    return tuple(sorted((rule for rule, _ in placed if rule.id not in settings.disable), key=lambda rule: rule.id))


def _read_pack(document: Place, settings: RuleSettings) -> list[Placed]:
    document.known_keys(PACK_KEYS, t("key"))
    topic = document.at("topic").text(required=True)
    placed: list[Placed] = []
    for place in document.at("rules").items():
        identifier = place.data.get("id") if isinstance(place.data, dict) else None
        rule = read_rule(place, topic, settings.params.get(str(identifier), {}))
        if rule is not None:
            placed.append((rule, place))
    return placed


def _refuse_twins(placed: Sequence[Placed]) -> None:
    first: dict[str, Rule] = {}
    for rule, place in placed:
        if (other := first.setdefault(rule.id, rule)) is not rule:
            place.at("id").problem(
                t("There is another rule `{id}` at {file}:{line}.", id=rule.id, file=other.file, line=other.line)
            )


def _check_settings(rules: Sequence[Rule], settings: RuleSettings, problems: Problems) -> None:
    known = [rule.id for rule in rules]
    for section, named in (("rules.params", list(settings.params)), ("rules.disable", settings.disable)):
        for identifier in named:
            if identifier not in known:
                problems.add(t("{section} in the configuration", section=section), 0, unknown(t("rule"), identifier, known))


def _bind(bench: ExampleBench, rule: Rule, place: Place) -> None:
    """Ask DuckDB itself: unknown functions, types that do not fit, a condition that is not true or false."""
    kind, wrong = bench.bind(rule.condition, rule)
    if wrong:
        place.at("when").problem(t("The condition cannot be computed: {why}", why=wrong))
    elif kind not in ("BOOLEAN", '"NULL"'):
        place.at("when").problem(t("The condition is {kind}; it must be true or false.", kind=kind))
    else:
        _check_blind(bench.blind(rule), rule, place)
    for name, sql in rule.computed.items():
        _, wrong = bench.bind(f"CAST(({sql}) AS {columns(rule.kind)[name]})", rule)
        if wrong:
            place.at("fix").at("compute").at(name).problem(t("The fix cannot be computed: {why}", why=wrong))


def _check_blind(verdict: RuleVerdict, rule: Rule, place: Place) -> None:
    """What is not known must not fail, and what can be unknown must show an example of it."""
    if verdict is RuleVerdict.FAIL:
        place.at("when").problem(
            t("The rule fails a resource of which nothing is known. Unknown is not absent: the condition must be NULL there.")
        )
    elif verdict is RuleVerdict.UNKNOWN and not any(example.verdict is verdict for example in rule.examples):
        place.at("examples").problem(t("The rule can be unknown and needs an example of it under `unknown`."))
