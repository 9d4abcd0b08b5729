"""The one way to AWS: limits, retries, counting and error translation around every call."""

from collections.abc import Callable, Iterator
from typing import Any, Protocol

from skywright.adapters.clouds.aws.faults import Asked, translated
from skywright.adapters.clouds.aws.session import Sessions
from skywright.adapters.clouds.kit.caller import Caller
from skywright.adapters.clouds.kit.cloud import NotOffered
from skywright.model.errors import AskHuman, BadInput, TryAgain
from skywright.model.words import t
from skywright.ports.other import Clock


class Calls(Protocol):
    """What readers, usage and writes need of AWS."""

    def client_call(self, account: str, region: str, service: str, operation: str, /, **params: Any) -> dict[str, Any]:
        """One call, named as boto3 names it (``describe_instances``), answered without ResponseMetadata. ``region`` may be
        ``global``. Retries what passes; raises TryAgain, PlanAgain, Denied, AskHuman or NotThere."""

    def pages(self, account: str, region: str, service: str, operation: str, items_key: str, /, **params: Any) -> Iterator[Any]:
        """The items under ``items_key`` (dots go deeper) of every page of a call; under "" the pages themselves."""


class AwsCalls:
    """Calls over real clients. Safe to use from many threads. ``counter`` counts attempts by ``service:operation``."""

    def __init__(self, sessions: Sessions, clock: Clock) -> None:
        self._caller = Caller(clock)
        self.counter = self._caller.counter
        self.discover: Callable[[], object] = lambda: None  # opens the accounts' sessions; called for an account not yet known
        self._sessions = sessions

    def client_call(self, account: str, region: str, service: str, operation: str, /, **params: Any) -> dict[str, Any]:
        """See Calls."""
        client = self._client(account, region, service)
        name = client.meta.method_to_api_mapping[operation]
        bucket = (account, client.meta.region_name or region, service)
        return self._caller.call(
            account, bucket, f"{service}:{name}", lambda: self._once(client, account, service, operation, params)
        )

    def pages(self, account: str, region: str, service: str, operation: str, items_key: str, /, **params: Any) -> Iterator[Any]:
        """See Calls. Raises TryAgain when a page's token was given before: such paging would never end."""
        tokens = _Tokens(self._client(account, region, service), operation)
        seen: set[str] = set()
        while True:
            answer = self.client_call(account, region, service, operation, **params)
            yield from _items(answer, items_key)
            following = tokens.following(answer)
            if not following:
                return
            if str(following) in seen:
                raise TryAgain(t("{service} pages {operation} in a circle.", service=service, operation=operation))
            seen.add(str(following))
            params = {**params, **following}

    def method(self, account: str, region: str, service: str, operation: str) -> str:
        """The API reference's name of an operation -> boto3's (``DescribeInstances`` -> ``describe_instances``).

        Raises BadInput for an operation that the service does not have.
        """
        mapping = self._client(account, region, service).meta.method_to_api_mapping
        for method, name in mapping.items():
            if name == operation:
                return str(method)
        raise BadInput(t("{service} has no operation {operation}.", service=service, operation=operation))

    def harmless(self, account: str, region: str, service: str, operation: str) -> dict[str, Any] | None:
        """Parameters with which an operation (named as in the API reference) may be tried on nothing in particular: none, or
        EC2's DryRun. None when it cannot be tried without naming a resource."""
        model = self._client(account, region, service).meta.service_model
        if operation not in model.operation_names:
            return None
        shape = model.operation_model(operation).input_shape
        if shape is None:
            return {}
        return None if shape.required_members else ({"DryRun": True} if "DryRun" in shape.members else {})

    def forgive(self) -> None:
        """Forget which accounts had no valid credentials: they may have been renewed."""
        self._caller.forgive()

    def _client(self, account: str, region: str, service: str) -> Any:
        if not self._sessions.knows(account):
            self.discover()
        if not self._sessions.knows(account):
            raise AskHuman(
                t("Account {account} is not in scope.", account=account),
                next_step=t("Add it under clouds.aws.accounts, or use credentials of that account."),
            )
        return self._sessions.client(account, region, service)

    def _once(self, client: Any, account: str, service: str, operation: str, params: dict[str, Any]) -> dict[str, Any]:
        from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError
        from botocore.parsers import ResponseParserError

        try:
            with self._sessions.acting(account):
                answer: dict[str, Any] = getattr(client, operation)(**params)
        except (ClientError, BotoCoreError, ResponseParserError) as error:
            region = client.meta.region_name
            if isinstance(error, EndpointConnectionError) and self._sessions.lacks(account, service, region):
                raise NotOffered(t("AWS does not offer {service} in {region}.", service=service, region=region)) from error
            name = client.meta.method_to_api_mapping[operation]
            raise translated(error, Asked(account, region, service, name, self._sessions.profile(account))) from error
        answer.pop("ResponseMetadata", None)
        return answer


class _Tokens:
    """Which answer fields lead to which parameters of the next page, as botocore's paginator tables say."""

    def __init__(self, client: Any, operation: str) -> None:
        self._pairs: list[tuple[str, str]] = []
        self._more: str | None = None
        if not client.can_paginate(operation):
            return
        config = client.get_paginator(operation)._pagination_cfg  # noqa: SLF001 - the table has no public reader
        outputs, inputs = _listed(config["output_token"]), _listed(config["input_token"])
        self._pairs = list(zip(outputs, inputs, strict=True))
        self._more = config.get("more_results")

    def following(self, answer: dict[str, Any]) -> dict[str, Any]:
        """The parameters of the next page; empty after the last."""
        import jmespath

        if self._more and not jmespath.search(self._more, answer):
            return {}
        found = {name: jmespath.search(expression, answer) for expression, name in self._pairs}
        return {name: value for name, value in found.items() if value}


def _listed(value: Any) -> list[str]:
    return list(value) if isinstance(value, list) else [value]


def _items(answer: dict[str, Any], items_key: str) -> list[Any]:
    if not items_key:
        return [answer]
    found: Any = answer
    for key in items_key.split("."):
        found = found.get(key) if isinstance(found, dict) else None
    return found if isinstance(found, list) else []
