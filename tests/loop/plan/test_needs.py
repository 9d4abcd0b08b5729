"""What needs another change comes after it, and not without it."""

from tests.loop.plan.test_make import planned, rejections


def test_what_needs_a_change_comes_after_it_and_not_without_it(tools):
    node, machine = tools.machine("i-1"), tools.machine("i-2")
    first = tools.wish(node, set={"type": "t3.large"})
    then = tools.wish(machine, "end", needs=(node.id,))
    plan = planned(tools, [then, first], tools.world(node, machine))
    waves = {change.target: (change.wave, len(change.depends_on)) for change in plan.changes}
    assert waves == {node.id: (1, 0), machine.id: (2, 1)}
    alone = planned(tools, [then], tools.world(node, machine))
    assert alone.changes == ()
    assert rejections(alone) == [("end", f"It needs a change of {node.id} before, and that is not in the plan.")]


def test_what_needs_what_fell_out_falls_out_too(tools):
    one, two, three = (tools.machine(f"i-{number}") for number in (1, 2, 3))
    wishes = [tools.wish(three, "c", needs=(two.id,)), tools.wish(two, "b", needs=(one.id,))]
    plan = planned(tools, wishes, tools.world(one, two, three))
    assert (plan.changes, sorted(name for name, _ in rejections(plan))) == ((), ["b", "c"])
