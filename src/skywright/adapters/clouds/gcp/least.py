"""The least privileges as custom roles to copy."""

from collections.abc import Iterator, Sequence

from skywright.model.words import t


def least_privilege(reading: Sequence[str], writing: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """IAM permissions for reading and, besides, for writing -> title, language and text of each role, as
    ``gcloud iam roles create --file`` takes it."""
    for title, name, names in (
        (t("For gathering"), "Skywright Read", reading),
        (t("For executing plans, besides"), "Skywright Write", writing),
    ):
        lines = [f"title: {name}", "stage: GA", "includedPermissions:", *(f"- {permission}" for permission in names)]
        yield title, "yaml", "\n".join(lines)
