"""What a plan saves, asked of the engine and the price book as in life."""

from decimal import Decimal

from skywright.loop.plan import Choice
from skywright.model.estate import Coverage, CoverageState, Scope, Snapshot
from skywright.model.money import Money
from skywright.model.plan import Action, Proposal
from skywright.wiring import open_house


def estate(tools, house, *rows):
    tables = {}
    for row in rows:
        tables.setdefault(row.KIND, []).append(row)
    scope = Scope("aws", "1", "eu-west-1", "all", tuple(tables))
    coverage = tuple(Coverage("aws", "1", "eu-west-1", kind, CoverageState.COMPLETE, tools.now) for kind in tables)
    files = tuple(house.shelf.write(table, scope, part) for table, part in tables.items())
    house.store.snapshots.add(Snapshot(id="s1", taken_at=tools.now, files=files, coverage=coverage))


def test_the_twin_is_priced_by_the_same_words(tools, tmp_path):
    house = open_house(data=tmp_path)
    old = tools.make(type(tools.volume()), "v-old", type="gp2", size_gib=100, iops=300, attached=True, encrypted=True)
    estate(tools, house, old, tools.volume("v-far", type="nonsense", attached=True, encrypted=True))
    plan = house.plan(Choice(kinds=("storage.volume",))).plan
    (change,) = [change for change in plan.changes if change.target == old.id]
    assert (change.action, change.after) == (Action.UPDATE, {"iops": 3000, "throughput_mibps": 125, "type": "gp3"})
    assert change.saving_monthly == Money(Decimal("2.2"))  # 100 GiB x (0.11 - 0.088) in eu-west-1


def test_costs_that_are_not_known_are_missing(tools, tmp_path):
    house = open_house(data=tmp_path)
    known, unknown = tools.volume("v-1", type="gp2", size_gib=10), tools.volume("v-2", type="nonsense")
    estate(tools, house, known, unknown)
    assert house.costs(house.store.snapshots.latest(), None, [known.id, unknown.id]) == {known.id: Money(Decimal("1.1"))}


def wish(target, proposer, saving, **wanted):
    money = None if saving is None else Money(Decimal(saving))
    return Proposal(
        proposer=proposer,
        target=target,
        action=Action.UPDATE,
        set=wanted,
        why="so",
        reasons=("r",),
        precedence=1,
        saving_monthly=money,
    )


def test_what_has_no_cost_of_its_own_saves_what_its_one_proposer_promises(tools, tmp_path):
    from skywright.loop.plan.saving import savings
    from skywright.loop.plan.settle import Draft
    from skywright.model.plan import Reversibility

    def draft(*savings_):
        wishes = [wish("n", f"p{number}", one) for number, one in enumerate(savings_)]
        return Draft(target="k:c:r:container.node/n", action=Action.UPDATE, row={}, observed="", wanted={},
                     reversibility=Reversibility.FULL, proposals=wishes)  # fmt: skip

    drafts = {
        "k:c:r:container.node/a": draft("7"),
        "k:c:r:container.node/b": draft(None),
        "k:c:r:container.node/c": draft("1", "2"),
    }
    assert savings(drafts, lambda _overlay, _ids: {}) == {"k:c:r:container.node/a": Money(Decimal(7))}
    known = {"k:c:r:container.node/a": Money(Decimal(5))}
    assert savings(drafts, lambda _overlay, _ids: known) == {"k:c:r:container.node/a": Money(Decimal(0))}  # its own cost goes first
