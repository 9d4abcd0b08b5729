"""Small things that several rooms need."""

from skywright.adapters.clouds.kit.translate import text
from skywright.adapters.clouds.kubernetes.resources import Address
from skywright.adapters.clouds.kubernetes.write.base import MANAGED_BY, Target
from skywright.model.errors import NotThere, PlanAgain
from skywright.model.words import t


def drop_ours(target: Target, where: Address) -> None:
    """Delete an object that we made. Raises PlanAgain for one of that name that is not ours."""
    try:
        seen = target.get(where)
    except NotThere:
        return
    if any(text(seen, "metadata", "labels", key) != value for key, value in MANAGED_BY.items()):
        raise PlanAgain(
            t("{name} in namespace {namespace} was not made by Skywright.", name=where.name, namespace=where.namespace),
            next_step=t("Look at it, then delete it by hand if it is not needed."),
        )
    target.delete(where, seen["metadata"]["uid"])
