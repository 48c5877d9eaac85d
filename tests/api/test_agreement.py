"""As many event types as Butlr agrees to, in one webhook, and never half a one left behind."""

from dataclasses import replace
from typing import Any

import pytest

from custom_components.butlr.api.errors import ButlrConnectionError, ButlrGraphQLError
from custom_components.butlr.api.subscriptions import Subscriptions
from tests.api.test_subscriptions import SUBSCRIPTION

from .cloud import GRAPHQL, Asked, Cloud, Reply

CHOICES = (("ROOM_OCCUPANCY", "ROOM_OCCUPANCY_1MIN", "ROOM_OCCUPANCY_1M"), ("TRAFFIC",), ("PIR_MOTION",))
WANTED = replace(SUBSCRIPTION, event_types=("ROOM_OCCUPANCY", "TRAFFIC", "PIR_MOTION"))


class Picky:
    """A cloud that refuses some event types, and from some request on fails."""

    def __init__(self, *refused: str, code: str = "BAD_USER_INPUT", fails_from: int = 99, recovers: int = 99) -> None:
        """Hold no webhook."""
        self.refused = set(refused)
        self.code = code
        self.fails_from, self.recovers = fails_from, recovers
        self.webhooks: dict[str, list[str]] = {}
        self.asked: list[tuple[str, ...]] = []

    def __call__(self, asked: Asked) -> Reply:
        """Create, update or delete."""
        if asked.operation == "DeleteWebhooks":
            self.asked.append(("delete", *asked.body["variables"]["ids"]))
        else:
            self.asked.append(tuple(asked.body["variables"]["input"][0]["event_types"]))
        if self.fails_from <= len(self.asked) < self.recovers:
            return Reply(status=502)
        if asked.operation == "DeleteWebhooks":
            del self.webhooks[asked.body["variables"]["ids"][0]]
            return Reply(body={"data": {"deleteWebhooks": True}})
        row: dict[str, Any] = asked.body["variables"]["input"][0]
        if self.refused & set(row["event_types"]):
            return Reply(body={"errors": [{"message": "taken", "extensions": {"code": self.code}}], "data": None})
        webhook_id = row.get("id", "webhook_1")
        self.webhooks[webhook_id] = row["event_types"]
        root = asked.operation[0].lower() + asked.operation[1:]
        return Reply(body={"data": {root: [{"id": webhook_id, **row}]}})


async def test_together(cloud: Cloud, subscriptions: Subscriptions) -> None:
    """What is agreed to at once takes one request."""
    picky = Picky()
    cloud.always(GRAPHQL, picky)
    assert await subscriptions.agree(WANTED, CHOICES) == WANTED.event_types
    assert picky.asked == [WANTED.event_types]


@pytest.mark.parametrize("existing", [False, True])
async def test_one_by_one(cloud: Cloud, subscriptions: Subscriptions, existing: bool) -> None:
    """What is refused together is asked for type by type, the next name where one is refused, all in one webhook."""
    picky = Picky("ROOM_OCCUPANCY", "ROOM_OCCUPANCY_1MIN", "TRAFFIC")
    cloud.always(GRAPHQL, picky)
    wanted = replace(WANTED, id="webhook_7") if existing else WANTED
    agreed = await subscriptions.agree(wanted, CHOICES)
    assert agreed == ("ROOM_OCCUPANCY_1M", "PIR_MOTION")
    assert picky.webhooks == {"webhook_7" if existing else "webhook_1": list(agreed)}
    assert subscriptions.refused == picky.refused


async def test_nothing_at_all(cloud: Cloud, subscriptions: Subscriptions) -> None:
    """When every type is refused it is about something else: nothing is remembered of the types."""
    picky = Picky("TRAFFIC", "PIR_MOTION", *CHOICES[0])
    cloud.always(GRAPHQL, picky)
    with pytest.raises(ButlrGraphQLError) as caught:
        await subscriptions.agree(WANTED, CHOICES)
    assert caught.value.is_refusal
    assert subscriptions.refused == set()
    assert picky.webhooks == {}


async def test_other_errors_are_no_refusals(cloud: Cloud, subscriptions: Subscriptions) -> None:
    """A service that fails is not asked again type by type."""
    picky = Picky("TRAFFIC", code="INTERNAL_SERVER_ERROR")
    cloud.always(GRAPHQL, picky)
    with pytest.raises(ButlrGraphQLError, match="INTERNAL_SERVER_ERROR"):
        await subscriptions.agree(WANTED, CHOICES)
    assert picky.asked == [WANTED.event_types]


@pytest.mark.parametrize("recovers", [4, 99], ids=["deletion works", "deletion fails too"])
async def test_failing_on_the_way(cloud: Cloud, subscriptions: Subscriptions, recovers: int) -> None:
    """What was created is deleted again, as far as that can be done, and the failure is told."""
    picky = Picky("PIR_MOTION", fails_from=3, recovers=recovers)
    cloud.always(GRAPHQL, picky)
    with pytest.raises(ButlrConnectionError):
        await subscriptions.agree(WANTED, CHOICES)
    assert picky.asked[-1] == ("delete", "webhook_1")
    assert picky.webhooks == ({} if recovers == 4 else {"webhook_1": ["ROOM_OCCUPANCY"]})


async def test_failing_with_one_that_was_there(cloud: Cloud, subscriptions: Subscriptions) -> None:
    """It is not ours to delete what was there before; the next reconcile puts it right."""
    picky = Picky("PIR_MOTION", fails_from=3)
    cloud.always(GRAPHQL, picky)
    with pytest.raises(ButlrConnectionError):
        await subscriptions.agree(replace(WANTED, id="webhook_7"), CHOICES)
    assert picky.webhooks == {"webhook_7": ["ROOM_OCCUPANCY"]}
    assert not [asked for asked in picky.asked if asked[0] == "delete"]
