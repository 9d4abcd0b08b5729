"""A whole estate of about 2,400 resources on an AWS API: what gathering and auditing it costs us, and what it costs a peer.

``cpu_s``, ``rss_mib`` and ``wall_s`` are of our process alone: gather, then every rule, from nothing to stored findings. The API
calls are counted by the server. ``further_rule_calls``: the calls that auditing once more, with a rule added, takes.
The peer (Cloud Custodian) runs ten policies on the same estate, in the same run; when it cannot be installed its keys are null.
"""

import contextlib
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.measure import measured

ESTATE = "large"
PEER = "c7n==0.9.53"
PEER_VENV = Path(".venv-peer")
POLICIES = Path(__file__).parent / "_c7n" / "policies.yml"
INSTALL_MAX_S = 600
RUN_MAX_S = 900

FURTHER_RULE = """
topic: bench
rules:
  - id: compute_instance_further
    kind: compute.instance
    title: One rule more
    severity: info
    when: vcpus > 64
    why: To see what one rule more costs.
    remedy: None.
    source: this benchmark
    examples: {bad: [{vcpus: 96}], good: [{vcpus: 2}], unknown: [{vcpus: null}]}
"""


def run():
    from skywright.lab.aws import process

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with process.lab_running(folder / "lab", estate=ESTATE) as lab, _environment(lab.environment()):
            ours = _ours(folder, lab)
            return {**ours, **_compared(ours, _peer(folder, lab))}


def _ours(folder, lab):
    configuration = folder / "skywright.yaml"
    configuration.write_text(lab.configuration())
    lab.page("DELETE", "calls")
    with measured() as figures:
        from skywright.wiring import open_house

        house = open_house(configuration, folder / "data")
        snapshot = house.gather(lambda *_: None)
        house.book.audit(snapshot, house.rules)
    calls = lab.page("GET", "calls")["total"]
    lab.page("DELETE", "calls")
    _audit_further(folder, lab)
    return {
        **figures,
        "resources": sum(each.rows for each in snapshot.files if each.table not in ("relation", "usage")),
        "kinds": len({each.table for each in snapshot.files if each.rows} - {"relation", "usage"}),
        "rules": len(house.rules),
        "findings": len(house.findings()),
        "api_calls": calls,
        "further_rule_calls": lab.page("GET", "calls")["total"],
    }


def _audit_further(folder, lab):
    from skywright.wiring import open_house

    packs = folder / "packs"
    packs.mkdir()
    (packs / "further.yaml").write_text(FURTHER_RULE)
    further = folder / "further.yaml"
    further.write_text(lab.configuration() + f"rules:\n  packs: [{packs}]\n")
    house = open_house(further, folder / "data")
    house.book.audit(house.store.snapshots.latest(), house.rules)


def _compared(ours, peer):
    if peer is None:
        return dict.fromkeys(("c7n_api_calls", "c7n_cpu_s", "c7n_policies", "ratio_calls", "ratio_cpu"))
    calls, cpu, policies = peer
    return {
        "c7n_api_calls": calls,
        "c7n_cpu_s": round(cpu, 3),
        "c7n_policies": policies,
        "ratio_calls": round(calls / ours["api_calls"], 2),
        "ratio_cpu": round(cpu / ours["cpu_s"], 2),
    }


def _peer(folder, lab):
    """(API calls, CPU seconds, policies) of the peer over every account and region; None when it cannot be had."""
    if not _installed():
        return None
    lab.page("DELETE", "calls")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    for name, number in lab.accounts.items():
        assume = [] if name == next(iter(lab.accounts)) else ["--assume", f"arn:aws:iam::{number}:role/{lab.role}"]
        regions = [word for region in lab.regions for word in ("-r", region)]
        command = [
            PEER_VENV / "bin" / "custodian",
            "run",
            "-s",
            folder / "out" / name,
            "--cache-period",
            "0",
            *regions,
            *assume,
            POLICIES,
        ]
        try:
            ran = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=RUN_MAX_S, check=False)
        except subprocess.TimeoutExpired:
            return None
        if ran.returncode not in (0, 2):  # 2: a policy met a call that the server does not know
            sys.stderr.write(ran.stderr.decode(errors="replace")[-2000:])
            return None
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return lab.page("GET", "calls")["total"], cpu, POLICIES.read_text().count("resource:")


def _installed():
    """Install the peer into an environment of its own, once."""
    if (PEER_VENV / "bin" / "custodian").exists():
        return True
    pip = [PEER_VENV / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", PEER]
    try:
        subprocess.run([sys.executable, "-m", "venv", PEER_VENV], check=True, stdout=sys.stderr, timeout=INSTALL_MAX_S)
        subprocess.run(pip, check=True, stdout=sys.stderr, timeout=INSTALL_MAX_S)
    except (subprocess.SubprocessError, OSError) as error:
        sys.stderr.write(f"the peer could not be installed: {error}\n")
        shutil.rmtree(PEER_VENV, ignore_errors=True)
        return False
    return True


@contextlib.contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(values)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
