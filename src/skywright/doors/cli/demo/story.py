"""The order of the demo: one walk through the loop, told to a stage."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from skywright.doors.cli.demo import acts
from skywright.doors.cli.demo.cast import Cast, weighed
from skywright.doors.cli.demo.figures import Figures, amount, claims, failing
from skywright.doors.cli.demo.stage import Stage
from skywright.lab.aws import process
from skywright.lab.aws.answers import Score, score


def tell(stage: Stage, *, seed: int, keep: bool) -> Figures:
    """Play the whole demo and give its figures. Everything that it starts has ended when it returns, however it returns."""
    figures = Figures(seed=seed)
    with weighed() as weight, _folder(keep=keep) as folder, stage.opened(folder if keep else None):
        with stage.busy("A cloud is built on this machine"):
            lab, child = process.start(folder / "lab", seed=seed)
        try:
            _play(stage, figures, lab, _cast(folder, lab))
            figures.api_calls = lab.page("GET", "calls")["total"]
        finally:
            process.stop(child)
    figures.cpu_s, figures.rss_mib, figures.wall_s = (round(weight[key], 1) for key in ("cpu_s", "rss_mib", "wall_s"))
    stage.closing(figures)
    return figures


@contextmanager
def _folder(*, keep: bool) -> Iterator[Path]:
    if keep:
        yield Path(tempfile.mkdtemp(prefix="skywright-demo-"))
        return
    with tempfile.TemporaryDirectory(prefix="skywright-demo-") as name:
        yield Path(name)


def _cast(folder: Path, lab: process.Lab) -> Cast:
    configuration = folder / "skywright.yaml"
    configuration.write_text(lab.configuration())
    return Cast(folder / "data", configuration, lab.environment())


def _play(stage: Stage, figures: Figures, lab: process.Lab, cast: Cast) -> None:
    stage.cloud(lab)
    lab.page("DELETE", "calls")
    seen = _look(stage, figures, lab, cast)
    with stage.busy("Findings become a plan; the plan is laid over a twin of the estate"):
        planned = acts.safe_part(cast)
    stage.plan(planned)
    with stage.busy("The plan is carried out, and the process is killed in the middle"):
        survived = acts.survive(cast, planned)
    stage.survived(survived)
    taken_back = _second_plan(stage, lab, cast)
    with stage.busy("A second turn shows what is left"):
        after = acts.look(cast)
    stage.compared(seen, after)
    if taken_back:
        now = acts.type_now(cast, taken_back.target)
        figures.rolled_back = taken_back.holds(now)
        stage.proved(taken_back, now)
    _account(stage, figures, cast)
    figures.plan_changes = len(planned.changes)
    figures.killed, figures.resumed = survived.killed, survived.resumed
    figures.findings_after = len(failing(after.findings))


def _look(stage: Stage, figures: Figures, lab: process.Lab, cast: Cast) -> acts.Seen:
    with stage.busy("Three accounts and four regions are read, and every rule is asked"):
        seen = acts.look(cast)
    result = _score(lab, seen)
    figures.resources, figures.findings_before = seen.resources, len(failing(seen.findings))
    figures.recall, figures.precision, figures.planted = round(result.recall, 4), round(result.precision, 4), result.planted
    stage.seen(seen, result)
    return seen


def _score(lab: process.Lab, seen: acts.Seen) -> Score:
    return score(process.answers(lab), claims(seen.findings, seen.insights))


def _second_plan(stage: Stage, lab: process.Lab, cast: Cast) -> acts.TakenBack | None:
    """Machines are made smaller; one of them fails on purpose."""
    with stage.busy("Oversized machines are made smaller; one of them is made to fail"):
        planned = acts.plan(cast, "resize", "--rule", acts.RESIZING)
        taken_back = acts.take_back(cast, lab, planned) if planned.changes else None
    stage.taken_back(planned, taken_back)
    return taken_back


def _account(stage: Stage, figures: Figures, cast: Cast) -> None:
    """What was saved, and whether the log is whole."""
    saved = cast.play("savings", "--json").json()["total"]
    figures.saving_promised, figures.saving_realised = amount(saved["promised"]), amount(saved["realised"])
    if saved["promised"]:
        figures.currency = saved["promised"]["currency"]
    verified = cast.play("log", "verify", "--json", good=(0, 3))
    figures.log_verified = verified.code == 0
    figures.tampering_found = acts.tampering_found(cast)
    stage.accounts(figures, saved, msgspec.json.decode(verified.output))
