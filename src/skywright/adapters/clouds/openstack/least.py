"""The least privileges: a role, and the policy rules that it must satisfy where a cloud has changed its policies."""

from collections.abc import Iterator, Sequence

from skywright.model.words import t

USERS = """\
openstack user create skywright-reader --password-prompt
openstack role add --user skywright-reader --project PROJECT reader
openstack user create skywright --password-prompt
openstack role add --user skywright --project PROJECT member
# all_projects, users, hypervisors, quotas of others: the role admin on the login's own project"""


def least_privilege(reading: Sequence[str], writing: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """Policy rules for reading and, besides, for writing -> title, language and text of each part.

    The roles are OpenStack's own (reader, member, admin); which rules each satisfies is in each service's policy reference.
    """
    yield (
        t("A user for gathering, and one for executing plans"),
        "sh",
        USERS,
    )
    yield t("Rules that gathering asks for (oslo.policy)"), "text", "\n".join(reading)
    yield t("Rules that executing plans asks for, besides"), "text", "\n".join(writing)
