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
from skywright.lab import town
from skywright.lab.town import Town


def tell(stage: Stage, *, seed: int, keep: bool) -> Figures:
    """Play the whole demo and give its figures. Everything that it starts has ended when it returns, however it returns."""
    figures = Figures(seed=seed)
    with weighed() as weight, _folder(keep=keep) as folder, stage.opened(folder if keep else None):
        with stage.busy("Seven clouds are built on this machine"):
            lab, children = town.start(folder / "lab", seed=seed)
        try:
            _play(stage, figures, lab, _cast(folder, lab))
            figures.api_calls = lab.calls()["total"]
        finally:
            town.stop(children)
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


def _cast(folder: Path, lab: Town) -> Cast:
    configuration = folder / "skywright.yaml"
    configuration.touch(mode=0o600)
    configuration.write_text(lab.configuration())
    return Cast(folder / "data", configuration, lab.environment())


def _play(stage: Stage, figures: Figures, lab: Town, cast: Cast) -> None:
    stage.cloud(lab)
    figures.clouds = list(lab.clouds)
    lab.forget_calls()
    seen = _look(stage, figures, lab, cast)
    _weave(stage, figures, cast)
    with stage.busy("Findings become one plan over the clouds; it is laid over a twin of the estate"):
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
    with stage.busy("A bill of three months meets the estate"):
        billed = acts.bill(cast)
    stage.billed(billed)
    figures.bill_rows, figures.bill_ties_out = billed.rows, billed.ties_out
    figures.surprises_planted, figures.surprises_found = len(billed.planted), billed.found
    figures.plan_changes, figures.plan_clouds = len(planned.changes), planned.clouds
    figures.killed, figures.resumed = survived.killed, survived.resumed
    figures.findings_after = len(failing(after.findings))


def _look(stage: Stage, figures: Figures, lab: Town, cast: Cast) -> acts.Seen:
    with stage.busy("All of them are read into one estate, and every rule is asked"):
        seen = acts.look(cast)
    results = town.scores(lab.answers(), claims(seen.findings, seen.insights))
    figures.resources_by_cloud, figures.resources = seen.resources, sum(seen.resources.values())
    figures.findings_before = len(failing(seen.findings))
    figures.planted = sum(one.planted for one in results.values())
    figures.recall = _share(sum(one.found for one in results.values()), figures.planted)
    figures.precision = _share(sum(one.right for one in results.values()), sum(one.claimed for one in results.values()))
    stage.seen(seen, results)
    return seen


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 1.0


def _weave(stage: Stage, figures: Figures, cast: Cast) -> None:
    with stage.busy("What the internet reaches, and what runs on what"):
        woven = acts.weave(cast)
    figures.reachable, figures.relations_across_clouds = len(woven.reached), len(woven.across)
    stage.woven(woven)


def _second_plan(stage: Stage, lab: Town, cast: Cast) -> acts.TakenBack | None:
    """Machines are made smaller; one of them fails on purpose."""
    with stage.busy("Oversized machines are made smaller; one of them is made to fail"):
        planned = acts.plan(cast, "resize", "--rule", acts.RESIZING, "--target", "aws:*")
        taken_back = acts.take_back(cast, lab.aws, planned) if planned.changes and lab.aws else None
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
