"""What users would notice, and what it would take to go back, in the words that a reviewer reads."""

import pytest

from skywright.loop.plan.impact import disruption, undo_cost
from skywright.model.plan import Action, Reversibility

CREATE, UPDATE, DELETE = Action.CREATE, Action.UPDATE, Action.DELETE
RESTART = "Stops and starts: minutes without it."
SLOW = "In use throughout; may be slower for hours."

NOTICED = [
    # action, kind, columns, state, what is noticed
    (CREATE, "compute.instance", ["type"], None, "None."),
    (DELETE, "compute.instance", [], "running", "What still uses it fails."),
    (UPDATE, "compute.instance", ["type"], "running", RESTART),
    (UPDATE, "compute.instance", ["type"], None, RESTART),
    (UPDATE, "compute.instance", ["type", "tags"], "running", RESTART),
    (UPDATE, "compute.instance", ["type"], "stopped", "None: it is stopped."),
    (UPDATE, "compute.instance", ["state"], "running", "Stops: it does not answer until it is started again."),
    (UPDATE, "compute.instance", ["tags", "name"], "running", "None."),
    (UPDATE, "compute.instance", ["tags", "monitored"], "running", "None expected."),
    (UPDATE, "compute.instance", ["metadata_token_required"], "running", "None expected."),
    (UPDATE, "database.instance", ["type"], "available", RESTART),
    (UPDATE, "database.instance", ["multi_zone"], "available", RESTART),
    (UPDATE, "database.instance", ["backup_days"], "available", "None expected."),
    (UPDATE, "database.cache", ["type"], "available", RESTART),
    *((UPDATE, "storage.volume", [column], "in-use", SLOW) for column in ("type", "size_gib", "iops", "throughput_mibps")),
    (UPDATE, "storage.volume", ["encrypted"], "in-use", "None expected."),
    (UPDATE, "container.node", ["availability", "schedulable"], "running", "Its pods restart on other nodes."),
    (UPDATE, "container.node", ["schedulable"], "running", "None expected."),
    (UPDATE, "container.workload", ["containers"], "running", "Its copies are replaced, one after the other."),
    (UPDATE, "storage.bucket", ["versioned"], None, "None expected."),
]


@pytest.mark.parametrize(("action", "kind", "columns", "state", "noticed"), NOTICED)
def test_what_users_notice(action, kind, columns, state, noticed):
    assert disruption(action, kind, columns, state) == noticed


COSTS = [
    (CREATE, Reversibility.FULL, "It is deleted again."),
    (UPDATE, Reversibility.FULL, "iops, type set back to before."),
    (DELETE, Reversibility.FULL, "It is brought back as it was."),
    (
        DELETE,
        Reversibility.SAFETY_COPY,
        "Made anew from the copy: a new id, and minutes to hours. The copy costs until it is deleted.",
    ),
    (DELETE, Reversibility.NONE, "Cannot be undone."),
]


@pytest.mark.parametrize(("action", "way", "said"), COSTS)
def test_what_it_takes_to_go_back(action, way, said):
    assert undo_cost(action, way, ["iops", "type"]) == said
