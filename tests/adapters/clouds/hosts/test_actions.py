"""Every action on a host, there and back, each twice, with a failure at every script that changes something; and patience
with hosts that are offline."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from tests.adapters.clouds.acting import change_of as change
from tests.adapters.clouds.hosts._town import Failing, QuickClock, cloud_of, ident, read

from skywright.adapters.clouds.hosts.faults import Offline
from skywright.adapters.clouds.hosts.write import WAYS, steps
from skywright.adapters.clouds.hosts.write.ssh import DROP_IN, PENDING
from skywright.lab.hosts import HostsLab, Machine
from skywright.model.errors import AskHuman, PlanAgain, TryAgain
from skywright.model.plan import Reversibility


class Case(msgspec.Struct, kw_only=True):
    """A host, columns to change, and what is to be seen in the host's own files."""

    host: str
    after: Callable[[Any], dict[str, Any]]
    see: Callable[[Machine], Any]
    goal: Any


def _daemons(name: str, **facts: Any) -> Callable[[Any], dict[str, Any]]:
    return lambda row: {
        "daemons": [{**msgspec.to_builtins(one), **(facts if one.name == name else {})} for one in row.daemons],
    }


def _package(name: str, version: str) -> Callable[[Any], dict[str, Any]]:
    return lambda row: {
        "packages": [{"name": one.name, "version": version if one.name == name else one.version} for one in row.packages],
    }


def _setting(key: str) -> Callable[[Machine], str]:
    return lambda machine: (machine.root / "proc/sys" / key.replace(".", "/")).read_text().strip()


def _sshd(machine: Machine) -> dict[str, str]:
    files = [machine.root / DROP_IN.lstrip("/"), machine.root / "etc/ssh/sshd_config"]
    found: dict[str, str] = {}
    for line in "\n".join(file.read_text() for file in files if file.exists()).splitlines():
        word, _, value = line.partition(" ")
        found.setdefault(word, value)
    return {key: found[key] for key in ("PasswordAuthentication", "PermitRootLogin")}


COOKIES = "net.ipv4.tcp_syncookies"
CASES = {
    "start, stop, enable or disable services": [
        Case(
            host="dc/app-000",
            after=_daemons("nginx", state="stopped", enabled=False),
            see=lambda machine: machine.table("units")["nginx"],
            goal="stopped disabled",
        ),
        Case(
            host="dc/app-000",
            after=_daemons("cups", state="running"),
            see=lambda m: m.table("units")["cups"],
            goal="running disabled",
        ),
    ],
    "install other versions of packages": [
        Case(
            host="dc/app-000",
            after=_package("openssl", "3.0.17-1~deb12u2"),
            see=lambda machine: machine.table("packages"),
            goal={"openssl": "3.0.17-1~deb12u2", "nginx": "1.22.1-9", "libc6": "2.36-9+deb12u9"},
        )
    ],
    "change kernel settings": [
        Case(
            host="dc/syn-1",
            after=lambda row: {"kernel_settings": {**row.kernel_settings, COOKIES: "1"}},
            see=_setting(COOKIES),
            goal="1",
        )
    ],
    "change tags": [
        Case(
            host="dc/app-000",
            after=lambda row: {"tags": {"owner": "search", "tier": "web"}},
            see=lambda machine: (machine.root / "etc/skywright/tags").read_text(),
            goal="owner=search\ntier=web\n",
        )
    ],
    "change owners and modes of files": [
        Case(
            host="dc/shadow-1",
            after=lambda row: {"file_modes": {**row.file_modes, "/etc/shadow": "root:shadow 640"}},
            see=lambda machine: machine.table("modes")["/etc/shadow"],
            goal="root:shadow 640",
        )
    ],
    "let passwords or root in by SSH, or not": [
        Case(
            host="dc/pass-1",
            after=lambda row: {"ssh_password_login": False},
            see=_sshd,
            goal={"PasswordAuthentication": "no", "PermitRootLogin": "no"},
        )
    ],
    "reboot a host that asks for it": [
        Case(
            host="dc/kernel-1",
            after=lambda row: {"reboot_required": False},
            see=lambda machine: (machine.root / "run/reboot-required").exists(),
            goal=False,
        )
    ],
}
ALL = {f"{name} {index}": case for name, cases in CASES.items() for index, case in enumerate(cases)}


class World:
    """A case in a lab."""

    def __init__(self, lab: HostsLab, name: str) -> None:
        self.lab = lab
        self.case = ALL[name]
        self.clock = QuickClock()
        self.cloud = cloud_of(lab, self.clock)
        site, host = self.case.host.split("/")
        row = self.cloud.refresh([ident(site, host)])[ident(site, host)]
        after = self.case.after(row)
        self.before = {column: msgspec.to_builtins(getattr(row, column)) for column in after}
        self.change = change(row.id, self.before, after)
        self.machine = lab.machines[self.case.host]

    def see(self) -> Any:
        return self.case.see(self.machine)

    def steps(self, calls: Any = None) -> Any:
        return steps(calls or self.cloud.calls, self.change, self.clock.sleep)

    @property
    def reversible(self) -> bool:
        return self.cloud.can("compute.host", self.before, self.change.after) is not Reversibility.NONE


def do(made: Any, first: int = 0) -> int:
    for index in range(first, len(made)):
        try:
            made[index].do(f"token-{index}")
        except TryAgain:
            return index
    return -1


def undo(made: Any, last: int | None = None) -> None:
    for index in range(len(made) - 1 if last is None else last, -1, -1):
        made[index].undo(f"token-{index}", None)


def test_every_action_has_a_case() -> None:
    assert sorted(action.name for action in WAYS.actions()) == sorted(CASES)


@pytest.mark.parametrize("name", ALL)
def test_there_and_back_and_each_twice(name: str, lab) -> None:
    world = World(lab, name)
    before = world.see()
    assert before != world.case.goal
    undo(world.steps())
    assert world.see() == before, "undoing what was never done changes nothing"
    assert do(world.steps()) == -1
    assert world.see() == world.case.goal
    assert do(world.steps()) == -1
    assert world.see() == world.case.goal
    fresh = world.cloud.refresh([world.change.target])[world.change.target]
    assert {column: msgspec.to_builtins(getattr(fresh, column)) for column in world.change.after} == world.change.after
    if not world.reversible:
        with pytest.raises(AskHuman, match="has been rebooted, and that cannot be undone"):
            undo(world.steps())
        return
    undo(world.steps())
    assert world.see() == before
    undo(world.steps())
    assert world.see() == before


@pytest.mark.parametrize("name", ALL)
def test_after_a_failure_undo_leads_back_and_trying_again_leads_on(name: str, lab) -> None:
    nth = 0
    while True:
        nth += 1
        for after in (False, True):
            world = World(lab, name)
            before = world.see()
            calls = Failing(world.cloud.calls, nth, after=after)
            made = world.steps(calls)
            failed = do(made)
            if failed < 0:
                assert nth > 1, "an action that changes nothing"
                return
            if not world.reversible:
                assert do(made, failed) == -1
                return
            if (world.machine.root / PENDING.lstrip("/")).exists():
                settle(world)  # the change was not confirmed: the host has taken it back
            undo(made, failed)
            assert world.see() == before, f"{calls.changes} failed {'after' if after else 'before'} its effect"
            assert do(world.steps()) == -1
            assert world.see() == world.case.goal
            undo(world.steps())
            assert world.see() == before


def settle(world: World) -> None:
    """The host's own timer: the time to confirm is over."""
    later = world.machine.root / "var/lab/later"
    later.touch()
    for _ in range(6000):
        if not (world.machine.root / PENDING.lstrip("/")).exists():
            later.unlink()
            return
        time.sleep(0.01)
    raise AssertionError("the way back has not run")


def test_a_change_of_ssh_that_nobody_confirms_takes_itself_back(lab) -> None:
    world = World(lab, "let passwords or root in by SSH, or not 0")
    before = world.see()
    calls = Failing(world.cloud.calls, 2)  # the second connection, by which it would be confirmed, does not come in
    assert do(world.steps(calls)) == 0
    assert calls.changes == ["change", "confirm"]
    assert world.see() == world.case.goal
    settle(world)
    assert world.see() == before
    assert do(world.steps()) == -1
    assert world.see() == world.case.goal


def test_a_change_of_ssh_that_is_under_way_is_waited_for(lab) -> None:
    world = World(lab, "let passwords or root in by SSH, or not 0")
    (world.machine.root / PENDING.lstrip("/")).touch()
    assert do(world.steps()) == 0
    assert world.clock.slept >= 120


def test_settings_that_sshd_refuses_are_never_loaded(lab) -> None:
    world = World(lab, "let passwords or root in by SSH, or not 0")
    (world.machine.root / "etc/ssh/sshd_config").write_text(
        "Include /etc/ssh/sshd_config.d/*.conf\nPasswordAuthentication yes\nBogus 1\n"
    )
    with pytest.raises(AskHuman, match="sshd -t refuses the new settings"):
        do(world.steps())
    assert not (world.machine.root / DROP_IN.lstrip("/")).exists()
    assert not (world.machine.root / PENDING.lstrip("/")).exists()


def test_a_server_that_reads_no_drop_ins_is_left_alone(lab) -> None:
    world = World(lab, "let passwords or root in by SSH, or not 0")
    (world.machine.root / "etc/ssh/sshd_config").write_text("PasswordAuthentication yes\n")
    with pytest.raises(AskHuman, match="sshd_config does not include"):
        do(world.steps())


def test_what_others_wrote_into_our_file_stays(lab) -> None:
    world = World(lab, "change kernel settings 0")
    file = world.machine.root / "etc/sysctl.d/90-skywright.conf"
    file.parent.mkdir(parents=True)
    file.write_text("vm.swappiness = 10\nnet.ipv4.tcp_syncookies = 0\n")
    assert do(world.steps()) == -1
    assert file.read_text() == "vm.swappiness = 10\nnet.ipv4.tcp_syncookies = 1\n"


def test_a_service_that_will_not_stop_is_told(lab) -> None:
    world = World(lab, "start, stop, enable or disable services 0")
    (world.machine.root / "var/lab/stuck-nginx").touch()
    with pytest.raises(AskHuman) as caught:
        do(world.steps())
    assert str(caught.value) == f"{world.change.target} refuses: Job for nginx.service failed. Look at the host, then try again."


def test_a_version_that_no_archive_has_is_planned_anew(lab) -> None:
    world = World(lab, "install other versions of packages 0")
    (world.machine.root / "var/lab/archive").write_text("openssl 3.0.18\n")
    with pytest.raises(PlanAgain, match="no archive has openssl"):
        do(world.steps())


def test_a_host_that_has_moved_on_is_left_alone(lab) -> None:
    world = World(lab, "change kernel settings 0")
    (world.machine.root / "proc/sys/net/ipv4/tcp_syncookies").write_text("2\n")
    with pytest.raises(PlanAgain, match="neither"):
        do(world.steps())


def test_who_may_not_is_told_how(lab) -> None:
    world = World(lab, "change tags 0")
    (lab.folder / "bin" / "mv").unlink()
    (lab.folder / "bin" / "mv").write_text("#!/bin/sh\necho 'mv: cannot move: Permission denied' >&2\nexit 1\n")
    (lab.folder / "bin" / "mv").chmod(0o755)
    with pytest.raises(AskHuman) as caught:
        do(world.steps())
    assert str(caught.value) == (
        f"{world.change.target} does not allow us this: mv: cannot move: Permission denied. Set `sudo: true` for site dc, with a "
        "sudoers rule for our user."
    )


def test_sudo_is_used_where_it_is_configured(lab) -> None:
    (lab.folder / "bin" / "sudo").write_text(
        '#!/bin/sh\nprintf "%s\\n" "$*" >> "$SKYWRIGHT_LAB_ROOT/var/lab/sudo"\nshift\nexec "$@"\n'
    )
    rows, _ = read(cloud_of(lab, sudo=True), "edge")
    assert rows["shop-000"].state == "up"
    assert (lab.machines["edge/shop-000"].root / "var/lab/sudo").read_text() == "-n sh -s\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"tags": {"a": "b"}}, {"tags": {"a": "$(reboot)"}}),
        ({"tags": {"a": "b"}}, {"tags": {"a\nb": "c"}}),
        ({"kernel_settings": {"vm.swappiness": "1"}}, {"kernel_settings": {"vm.swappiness": "2"}}),
        ({"kernel_settings": {COOKIES: "0"}}, {"kernel_settings": {COOKIES: "1; reboot"}}),
        ({"kernel_settings": {COOKIES: "0"}}, {"kernel_settings": {}}),
        ({"file_modes": {"/etc/passwd": "root:root 644"}}, {"file_modes": {"/etc/passwd": "root:root 644 x"}}),
        ({"file_modes": {"/bin/sh": "root:root 755"}}, {"file_modes": {"/bin/sh": "root:root 4755"}}),
        ({"daemons": [{"name": "ssh", "state": "running"}]}, {"daemons": [{"name": "ssh", "state": "stopped"}]}),
        ({"daemons": [{"name": "a;b", "state": "running"}]}, {"daemons": [{"name": "a;b", "state": "stopped"}]}),
        ({"daemons": [{"name": "a", "state": "running"}]}, {"daemons": []}),
        ({"daemons": [{"name": "a", "state": "running"}]}, {"daemons": [{"name": "a", "state": "failed"}]}),
        ({"packages": [{"name": "a", "version": "1"}]}, {"packages": [{"name": "a", "version": "1 && reboot"}]}),
        ({"packages": [{"name": "a", "version": None}]}, {"packages": [{"name": "a", "version": "1"}]}),
        ({"ssh_password_login": None}, {"ssh_password_login": False}),
        ({"reboot_required": False}, {"reboot_required": True}),
        ({"vcpus": 1}, {"vcpus": 2}),
        ({"state": "up"}, None),
    ],
)
def test_what_cannot_be_done(before: dict[str, Any], after: dict[str, Any] | None) -> None:
    assert WAYS.can("compute.host", before, after) is None


def test_a_change_waits_for_a_host_that_is_offline_until_its_time_is_up(lab) -> None:
    clock = QuickClock()
    cloud = cloud_of(lab, clock, queue_hours=40.0)
    rows, _ = read(cloud, "edge")
    lab.machines["edge/shop-000"].fault = "offline"
    step = steps(cloud.calls, change(rows["shop-000"].id, {"tags": {"owner": "platform"}}, {"tags": {"owner": "x"}}), clock.sleep)[
        0
    ]
    waited: list[float] = []
    for _ in range(4):
        with pytest.raises(Offline) as caught:
            step.do("token")
        waited.append(caught.value.after_s)
        clock.sleep(caught.value.after_s)
    assert [round(seconds / 3600, 3) for seconds in waited] == [1.0, 4.0, 10.0, 25.0]
    assert "is offline; Set tags" in str(caught.value)
    assert "waits until 2026-03-03 04:00." in str(caught.value)
    assert read(cloud, "edge")[0]["shop-000"].queued_changes == 1
    with pytest.raises(AskHuman) as over:
        step.do("token")
    assert str(over.value) == (
        'Set tags: {"owner":"platform"} -> {"owner":"x"} of hosts:edge:global:compute.host/shop-000. has waited for shop-000 since '
        "2026-03-01 12:00, and its time is up. Plan it again when the host is back, or give it longer (queue_hours of site edge)."
    )
    assert cloud.calls.memory.waiting("edge", "shop-000") == {}


def test_a_change_arrives_when_its_host_is_back(lab) -> None:
    clock = QuickClock()
    cloud = cloud_of(lab, clock)
    rows, _ = read(cloud, "edge")
    machine = lab.machines["edge/shop-000"]
    machine.fault = "offline"
    wanted = change(rows["shop-000"].id, {"tags": {"owner": "platform"}}, {"tags": {"owner": "x"}})
    step = steps(cloud.calls, wanted, clock.sleep)[0]
    with pytest.raises(Offline):
        step.do("token")
    again = cloud_of(lab, clock)  # another process takes the run up
    waiting = again.calls.memory.waiting("edge", "shop-000")["token"]
    assert (waiting.tries, waiting.until) == (1, datetime(2026, 3, 1, 12) + timedelta(hours=24))
    machine.fault = ""
    steps(again.calls, wanted, clock.sleep)[0].do("token")
    assert (machine.root / "etc/skywright/tags").read_text() == "owner=x\n"
    assert again.calls.memory.waiting("edge", "shop-000") == {}


def test_elsewhere_nothing_is_queued(lab) -> None:
    cloud = cloud_of(lab)
    rows, _ = read(cloud, "dc")
    lab.machines["dc/app-000"].fault = "offline"
    with pytest.raises(Offline) as caught:
        steps(cloud.calls, change(rows["app-000"].id, {"tags": {"owner": "platform"}}, {"tags": {"owner": "x"}}))[0].do("token")
    assert caught.value.after_s is None
    assert cloud.calls.memory.waiting("dc", "app-000") == {}
