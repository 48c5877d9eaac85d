"""Event types are added one by one as far as Butlr accepts them, and none is given up in between."""

from dataclasses import replace
from typing import Any

import pytest

from custom_components.butlr.api.client import ButlrClient
from custom_components.butlr.api.errors import ButlrConnectionError, ButlrGraphQLError
from custom_components.butlr.api.subscriptions import Subscriptions
from tests.api.test_subscriptions import SUBSCRIPTION

from .cloud import GRAPHQL, Asked, Cloud, Reply

CHOICES = (("ROOM_OCCUPANCY", "ROOM_OCCUPANCY_1MIN", "ROOM_OCCUPANCY_1M"), ("TRAFFIC",), ("PIR_MOTION",))
WANTED = replace(SUBSCRIPTION, event_types=("ROOM_OCCUPANCY", "TRAFFIC", "PIR_MOTION"))


class Picky:
    """A cloud that refuses some event types and may fail from some request on."""

    def __init__(self, *refused: str, code: str = "BAD_USER_INPUT", fails_from: int = 99) -> None:
        """Begin without webhooks."""
        self.refused = set(refused)
        self.code = code
        self.fails_from = fails_from
        self.webhooks: dict[str, list[str]] = {}
        self.asked: list[tuple[str, ...]] = []

    def __call__(self, asked: Asked) -> Reply:
        """Create or update a webhook."""
        self.asked.append(tuple(asked.body["variables"]["input"][0]["event_types"]))
        if self.fails_from <= len(self.asked):
            return Reply(status=502)
        row: dict[str, Any] = asked.body["variables"]["input"][0]
        if self.refused & set(row["event_types"]):
            return Reply(body={"errors": [{"message": "taken", "extensions": {"code": self.code}}], "data": None})
        webhook_id = row.get("id", "webhook_1")
        self.webhooks[webhook_id] = row["event_types"]
        root = asked.operation[0].lower() + asked.operation[1:]
        return Reply(body={"data": {root: [{"id": webhook_id, **row}]}})


async def test_one_by_one(cloud: Cloud, client: ButlrClient, subscriptions: Subscriptions) -> None:
    """Types are requested one by one, with the next name after a refusal, in one webhook; refusals are remembered."""
    picky = Picky("ROOM_OCCUPANCY", "ROOM_OCCUPANCY_1MIN", "TRAFFIC")
    cloud.always(GRAPHQL, picky)
    agreed = await subscriptions.agree(replace(WANTED, event_types=()), CHOICES)
    assert (agreed.id, agreed.event_types) == ("webhook_1", ("ROOM_OCCUPANCY_1M", "PIR_MOTION"))
    assert picky.webhooks == {"webhook_1": list(agreed.event_types)}
    assert subscriptions.refused == dict.fromkeys(picky.refused, True)
    assert client.findings.as_dict() == {"minute_suffix": "1M", "refusal": "code", "webhook_input": "snake"}


async def test_what_is_there_is_never_given_up(cloud: Cloud, subscriptions: Subscriptions) -> None:
    """A webhook keeps its types while more are requested; a worse name goes when a better one is accepted."""
    picky = Picky("TRAFFIC")
    cloud.always(GRAPHQL, picky)
    has = replace(WANTED, id="webhook_7", event_types=("ROOM_OCCUPANCY_1MIN", "PIR_MOTION"))
    agreed = await subscriptions.agree(has, CHOICES)
    assert set(agreed.event_types) == {"ROOM_OCCUPANCY", "PIR_MOTION"}
    assert all("PIR_MOTION" in asked for asked in picky.asked)
    assert len(picky.asked) == 2
    picky.refused.add("ROOM_OCCUPANCY")
    assert await subscriptions.agree(has, CHOICES) == has


async def test_nothing_at_all(cloud: Cloud, subscriptions: Subscriptions) -> None:
    """If every type is refused, no webhook is created."""
    picky = Picky("TRAFFIC", "PIR_MOTION", *CHOICES[0])
    cloud.always(GRAPHQL, picky)
    assert (await subscriptions.agree(replace(WANTED, event_types=()), CHOICES)).id == ""
    assert picky.webhooks == {}


async def test_other_errors_are_no_refusals(cloud: Cloud, subscriptions: Subscriptions) -> None:
    """If the service fails, types are not requested one by one."""
    picky = Picky("TRAFFIC", code="INTERNAL_SERVER_ERROR")
    cloud.always(GRAPHQL, picky)
    with pytest.raises(ButlrGraphQLError, match="INTERNAL_SERVER_ERROR"):
        await subscriptions.agree(replace(WANTED, event_types=()), CHOICES[1:])
    assert picky.asked == [("TRAFFIC",)]


async def test_failing_on_the_way(cloud: Cloud, subscriptions: Subscriptions) -> None:
    """Accepted types stay, and the failure is raised; the next reconcile continues from there."""
    picky = Picky(fails_from=2)
    cloud.always(GRAPHQL, picky)
    with pytest.raises(ButlrConnectionError):
        await subscriptions.agree(replace(WANTED, event_types=()), CHOICES)
    assert picky.webhooks == {"webhook_1": ["ROOM_OCCUPANCY"]}
