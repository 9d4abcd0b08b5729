"""Microsoft Graph, as far as access reviews need it: users, service principals, groups and applications, in pages."""

from typing import Any

from skywright.lab.azure.refused import Refused
from skywright.lab.azure.verbs import page
from skywright.lab.kit import Answer, Request

COLLECTIONS = ("users", "groups", "serviceprincipals", "applications", "directoryroles")


REGISTRATIONS = "reports/authenticationmethods/userregistrationdetails"


class Directory:
    """The objects of one tenant, by collection."""

    def __init__(self) -> None:
        self.objects: dict[str, list[dict[str, Any]]] = {name: [] for name in COLLECTIONS}
        self.members: dict[str, list[str]] = {}  # group -> ids

    def answer(self, request: Request, origin: str) -> Answer:
        """``/v1.0/<collection>[/<id>[/members]]``. Raises Refused (404) for anything else."""
        _, _, rest = request.path.strip("/").partition("/")
        if rest.lower() == REGISTRATIONS:
            registered = [_registered(one) for one in self.objects["users"]]
            return page(registered, request, 100, origin, link="@odata.nextLink")
        first, *more = rest.lower().split("/")
        found = self.objects.get(first)
        if found is None:
            raise Refused(404, "Request_ResourceNotFound", f"Resource not found for the segment '{first}'.")
        if not more:
            return page([_chosen(one, request) for one in found], request, 100, origin, link="@odata.nextLink")
        one = next((each for each in found if each["id"] == more[0]), None)
        if one is None:
            raise Refused(
                404,
                "Request_ResourceNotFound",
                f"Resource '{more[0]}' does not exist or one of its queried references is not present.",
            )
        if more[1:] == ["members"]:
            named = set(self.members.get(more[0], ()))
            listed = [each for objects in self.objects.values() for each in objects if each["id"] in named]
            return page([_chosen(each, request) for each in listed], request, 100, origin, link="@odata.nextLink")
        return Answer(200, _chosen(one, request))


def _registered(user: dict[str, Any]) -> dict[str, Any]:
    """How a user proves who they are: everyone but guests has a second factor."""
    strong = user["userType"] == "Member"
    return {
        "id": user["id"],
        "userPrincipalName": user["userPrincipalName"],
        "isMfaRegistered": strong,
        "isMfaCapable": strong,
        "methodsRegistered": ["microsoftAuthenticatorPush"] if strong else [],
    }


def _chosen(one: dict[str, Any], request: Request) -> dict[str, Any]:
    """What ``$select`` asks for; without it what Graph shows by default."""
    names = [name for name in request.parameter("$select").split(",") if name]
    hidden = {"signInActivity", "accountEnabled", "passwordCredentials", "keyCredentials", "createdDateTime", "userType"}
    if not names:
        return {name: value for name, value in one.items() if name not in hidden}
    return {"id": one["id"], **{name: one[name] for name in names if name in one}}
