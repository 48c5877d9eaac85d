"""The webhook for live positions: only for the floors that the user chose, and never at the cost of the others."""

import json
import logging
from typing import Any

import pytest

from custom_components.butlr.const import CONF_BUILDINGS, CONF_POSITIONS
from custom_components.butlr.issues.issue import Issue
from custom_components.butlr.push.subscription import FIRST_RECHECK_DELAY, FIRST_RETRY_DELAY
from tests.conftest import choose
from tests.helpers.open_readings import READINGS
from tests.helpers.push import ALL_TYPES, our_webhooks, subscribed_types
from tests.helpers.scene import Scene
from tests.simulator.delivery import Webhook
from tests.simulator.graphql_api import operation_name

POSITIONS = {"DETECTIONS"}


@pytest.fixture
def floors(scene: Scene) -> list[str]:
    """Return the ids of both floors."""
    return list(scene.simulator.estate.floors)


async def choose_floors(scene: Scene, *floors: str) -> None:
    """Choose floors in the options as a user does."""
    await choose(scene.hass, scene.entry, **{CONF_POSITIONS: list(floors)})


def webhook_of(scene: Scene) -> Webhook | None:
    """Return our webhook for positions; no other of ours has their event type."""
    found = [webhook for webhook in our_webhooks(scene.simulator) if POSITIONS & set(webhook.event_types)]
    assert len(found) <= 1
    assert all(webhook.event_types == ["DETECTIONS"] for webhook in found)
    return found[0] if found else None


def filtered_floors(scene: Scene) -> set[str]:
    """Return the floors of which Butlr sends positions; without a webhook none."""
    webhook = webhook_of(scene)
    if webhook is None:
        return set()
    assert webhook.filters is not None
    assert set(webhook.filters) == {"floor_ids"}
    return set(webhook.filters["floor_ids"])


def others(scene: Scene) -> list[Webhook]:
    """Return our other webhooks."""
    return [webhook for webhook in our_webhooks(scene.simulator) if webhook is not webhook_of(scene)]


# -- the choice --------------------------------------------------------------------------------------------------------


async def test_nothing_is_subscribed_by_default(scene: Scene) -> None:
    """Not even for those who have the newest version."""
    await scene.set_up()
    assert subscribed_types(scene.simulator) == ALL_TYPES
    assert "FiltersOfWebhooks" not in scene.requests()


async def test_the_webhook_follows_the_choice(scene: Scene, floors: list[str]) -> None:
    """It is created, updated and deleted; the others are not touched, and pushes stay verified."""
    await scene.set_up_and_verify()
    before = others(scene)
    await choose_floors(scene, floors[0])
    webhook = webhook_of(scene)
    assert webhook is not None
    assert webhook.name == "Home Assistant 00000001 (positions)"
    assert (webhook.url, webhook.api_key) == (before[0].url, before[0].api_key)
    assert webhook.send_on_value_change is False
    assert filtered_floors(scene) == {floors[0]}
    await choose_floors(scene, *floors)
    assert filtered_floors(scene) == set(floors)
    assert our_webhooks(scene.simulator)[2].id == webhook.id
    await choose_floors(scene)
    assert webhook_of(scene) is None
    assert others(scene) == before
    assert scene.mode == "push"
    assert scene.issues == set()


async def test_other_options_change_nothing(scene: Scene, floors: list[str]) -> None:
    """Butlr is not asked about webhooks."""
    await scene.set_up()
    await choose_floors(scene, *floors)
    count = len(scene.webhook_requests)
    await choose(scene.hass, scene.entry, labels=True)
    assert len(scene.webhook_requests) == count
    assert filtered_floors(scene) == set(floors)


async def test_a_restart_changes_nothing(scene: Scene, floors: list[str]) -> None:
    """The webhooks are listed, and the filter is compared."""
    await scene.set_up()
    await choose_floors(scene, *floors)
    count = len(scene.webhook_requests)
    await scene.reload()
    assert scene.webhook_requests[count:] == ["Webhooks", "FiltersOfWebhooks"]
    assert filtered_floors(scene) == set(floors)


async def test_removing_the_entry_deletes_the_webhook(scene: Scene, floors: list[str]) -> None:
    """Together with the others."""
    await scene.set_up()
    await choose_floors(scene, *floors)
    await scene.remove()
    assert scene.simulator.webhooks == []


async def test_a_floor_that_is_gone(scene: Scene, floors: list[str]) -> None:
    """Butlr sends the positions of those that are left."""
    await scene.set_up()
    await choose_floors(scene, *floors)
    scene.simulator.estate.remove(floors[0])
    await scene.pass_minutes(25)
    assert filtered_floors(scene) == {floors[1]}


@pytest.mark.parametrize("rooms", [240])
@pytest.mark.usefixtures("unlimited_requests")
async def test_floors_of_buildings_that_are_not_chosen(scene: Scene) -> None:
    """Whoever drops a building drops the positions of its floors, too."""
    await scene.set_up()
    first, second = list(scene.simulator.estate.buildings)[:2]
    floors = {floor.id: floor.building_id for floor in scene.simulator.estate.floors.values()}
    await choose_floors(scene, *floors)
    assert filtered_floors(scene) == set(floors)
    await choose(scene.hass, scene.entry, **{CONF_BUILDINGS: [second]})
    assert filtered_floors(scene) == {floor_id for floor_id, building in floors.items() if building == second != first}


# -- what stands in the way ------------------------------------------------------------------------------------------


async def test_without_a_public_url(scene: Scene, floors: list[str]) -> None:
    """There is no webhook; it is created with the others once there is a URL, and deleted with them."""
    scene.hass.config.external_url = None
    await scene.set_up()
    await choose_floors(scene, *floors)
    assert scene.simulator.webhooks == []
    await scene.set_external_url(scene.url)
    assert filtered_floors(scene) == set(floors)
    await scene.set_external_url(None)
    assert scene.simulator.webhooks == []


async def test_a_claimed_type_is_left_alone(scene: Scene, floors: list[str]) -> None:
    """A message says so; the next check takes the type once it is free."""
    foreign = scene.simulator.add_foreign_webhook(["DETECTIONS"], "Wayfinding")
    await scene.set_up_and_verify()
    assert scene.issues == set()
    await choose_floors(scene, *floors)
    assert webhook_of(scene) is None
    assert foreign in scene.simulator.webhooks
    assert scene.placeholders(Issue.CLAIMED)["webhooks"] == "- DETECTIONS → -: `Wayfinding` (elsewhere.example.org)"
    assert (scene.mode, subscribed_types(scene.simulator)) == ("push", ALL_TYPES)
    scene.simulator.dispatcher.remove(foreign.id)
    await scene.pass_time(FIRST_RECHECK_DELAY + 1)
    assert filtered_floors(scene) == set(floors)
    assert scene.issues == set()


async def test_the_message_ends_with_the_choice(scene: Scene, floors: list[str]) -> None:
    """Nobody needs the type anymore."""
    scene.simulator.add_foreign_webhook(["DETECTIONS"])
    await scene.set_up()
    await choose_floors(scene, *floors)
    assert scene.issues == {Issue.CLAIMED}
    await choose_floors(scene)
    assert scene.issues == set()


@pytest.mark.parametrize("manner", READINGS["refusal"])
@pytest.mark.parametrize("second", READINGS["second_webhook"])
async def test_a_refusal_does_not_disturb_the_others(scene: Scene, floors: list[str], manner: str, second: str) -> None:
    """Whether the event type or one webhook more is refused, and however."""
    scene.simulator.settings.update({"refusal": manner, "second_webhook": second})
    if second == "allowed":
        scene.simulator.add_foreign_webhook(["DETECTIONS"]).hidden = True
    await scene.set_up_and_verify()
    before = our_webhooks(scene.simulator)
    await choose_floors(scene, *floors)
    for _ in range(2):
        assert our_webhooks(scene.simulator) == before
        assert scene.issues == {Issue.CLAIMED}
        assert scene.mode == "push"
        # A refusal is not asked for again by every reconcile.
        count = len(scene.webhook_requests)
        await scene.subscription.reconcile()
        await scene.settle()
        assert scene.webhook_requests[count:] == ["Webhooks"]
    await scene.reload()
    await scene.enter("Focus Room")
    assert scene.mode == "push"
    assert our_webhooks(scene.simulator) == before


class Answers:
    """Replaces answers of the simulated cloud to some operations; the operations can still be executed."""

    def __init__(self, scene: Scene, operation: str, answer: tuple[int, bytes]) -> None:
        """Replace the method of the simulator that answers requests."""
        self._answer = scene.simulator.graphql.answer
        self._replaced = operation, answer
        self.active = True
        scene.simulator.graphql.answer = self.answer  # type: ignore[method-assign]

    def answer(self, body: dict[str, Any]) -> tuple[int, bytes]:
        """Answer a request."""
        operation, answer = self._replaced
        return answer if self.active and operation_name(body) == operation else self._answer(body)


async def test_a_temporary_failure_is_retried(scene: Scene, floors: list[str]) -> None:
    """Until then, the other webhooks push."""
    await scene.set_up_and_verify()
    answers = Answers(scene, "CreateWebhooks", (502, b""))
    await choose_floors(scene, *floors)
    assert webhook_of(scene) is None
    assert (scene.mode, scene.issues, scene.subscription.retrying) == ("push", set(), True)
    answers.active = False
    await scene.pass_time(FIRST_RETRY_DELAY + 1)
    assert filtered_floors(scene) == set(floors)
    assert not scene.subscription.retrying


async def test_a_failed_update_is_retried(scene: Scene, floors: list[str]) -> None:
    """Until then, Butlr sends positions of a floor that is not chosen anymore, and they are not read."""
    await scene.set_up()
    await choose_floors(scene, floors[0])
    answers = Answers(scene, "UpdateWebhooks", (502, b""))
    await choose_floors(scene, floors[1])
    assert filtered_floors(scene) == {floors[0]}
    answers.active = False
    await scene.pass_time(FIRST_RETRY_DELAY + 1)
    assert filtered_floors(scene) == {floors[1]}


async def test_a_forbidden_webhook_is_not_retried(scene: Scene, floors: list[str]) -> None:
    """The permission to manage webhooks may not include this one."""
    await scene.set_up_and_verify()
    Answers(scene, "CreateWebhooks", (403, b""))
    await choose_floors(scene, *floors)
    assert (scene.mode, scene.issues, scene.subscription.retrying) == ("push", {Issue.CLAIMED}, False)


async def test_a_cloud_that_does_not_tell_filters(scene: Scene, floors: list[str]) -> None:
    """After a restart the filter is set again, since nobody knows what it was."""
    await scene.set_up()
    await choose_floors(scene, *floors)
    refusal = {"errors": [{"message": "no", "extensions": {"code": "GRAPHQL_VALIDATION_FAILED"}}]}
    Answers(scene, "FiltersOfWebhooks", (200, json.dumps(refusal).encode()))
    count = len(scene.webhook_requests)
    await scene.reload()
    assert scene.webhook_requests[count:] == ["Webhooks", "FiltersOfWebhooks", "UpdateWebhooks"]
    assert filtered_floors(scene) == set(floors)


async def test_a_failure_to_read_the_filter_is_retried(scene: Scene, floors: list[str]) -> None:
    """The filter is not set again blindly, and the other webhooks push."""
    await scene.set_up()
    await choose_floors(scene, *floors)
    answers = Answers(scene, "FiltersOfWebhooks", (502, b""))
    await scene.reload()
    await scene.enter("Boardroom")
    assert (scene.mode, scene.subscription.retrying) == ("push", True)
    answers.active = False
    count = len(scene.webhook_requests)
    await scene.pass_time(FIRST_RETRY_DELAY + 1)
    assert scene.webhook_requests[count:] == ["Webhooks", "FiltersOfWebhooks"]
    assert not scene.subscription.retrying
    assert filtered_floors(scene) == set(floors)


@pytest.mark.parametrize("filters", [None, {}, [], "x", 5, {"floor_ids": None}, {"floor_ids": ["space_other", 5]}])
async def test_a_filter_that_somebody_changed(scene: Scene, floors: list[str], filters: Any) -> None:
    """It is set again; a webhook without it would send the positions of everybody."""
    await scene.set_up()
    await choose_floors(scene, floors[0])
    webhook = webhook_of(scene)
    assert webhook is not None
    webhook.filters = filters
    await scene.reload()
    assert filtered_floors(scene) == {floors[0]}


async def test_a_refused_update_ends_the_positions(scene: Scene, floors: list[str]) -> None:
    """The webhook would go on sending the positions of a floor that is not chosen anymore."""
    await scene.set_up_and_verify()
    await choose_floors(scene, floors[0])
    refusal = {"errors": [{"message": "no", "extensions": {"code": "BAD_USER_INPUT"}}], "data": None}
    Answers(scene, "UpdateWebhooks", (200, json.dumps(refusal).encode()))
    await choose_floors(scene, floors[1])
    assert webhook_of(scene) is None
    assert (scene.mode, scene.issues) == ("push", {Issue.CLAIMED})


async def test_a_webhook_that_was_switched_off_or_doubled(scene: Scene, floors: list[str]) -> None:
    """It is created anew."""
    await scene.set_up()
    await choose_floors(scene, *floors)
    webhook = webhook_of(scene)
    assert webhook is not None
    webhook.status = False
    await scene.reload()
    again = webhook_of(scene)
    assert again is not None
    assert (again.status, again.id == webhook.id) == (True, False)


# -- events ------------------------------------------------------------------------------------------------------------


async def test_unwatched_events_are_only_counted(scene: Scene, floors: list[str]) -> None:
    """They are no sign of life of the other event types, and neither a state nor a sensor of ours shows them."""
    await scene.set_up()
    await choose_floors(scene, *floors)
    await scene.enter("Boardroom")
    await scene.settle()
    push = scene.data.push
    before, last_push = push.webhook.outcomes.copy(), push.last_push
    states = {state.entity_id: state.last_reported for state in scene.hass.states.async_all()}
    scene.freezer.tick(1)
    scene.simulator.tell_positions()
    await scene.simulator.settle()
    assert push.webhook.outcomes - before == {"unwatched": 5}
    assert push.last_push == last_push
    assert {state.entity_id: state.last_reported for state in scene.hass.states.async_all()} == states


async def test_positions_are_in_no_debug_log(scene: Scene, floors: list[str], caplog: pytest.LogCaptureFixture) -> None:
    """Whether somebody looks or not."""
    for name in ("custom_components.butlr", "homeassistant"):
        caplog.set_level(logging.DEBUG, name)
    await scene.set_up()
    await choose_floors(scene, *floors)
    await scene.enter("Boardroom")
    for _ in range(2):
        caplog.clear()
        scene.simulator.tell_positions()
        await scene.simulator.settle()
        sent = [delivery.event for delivery in scene.simulator.deliveries if delivery.event["type"] == "DETECTIONS"]
        numbers = {str(number) for event in sent for point in event["data"]["world"] for number in point}
        assert len(numbers) >= 2
        assert not [number for number in numbers if number in caplog.text]
        scene.data.push.positions.watch(floors[1], lambda event: None)


async def test_those_who_look(scene: Scene, floors: list[str]) -> None:
    """They are handed the events of their floor, as long as it is chosen."""
    await scene.set_up()
    await choose_floors(scene, floors[1])
    await scene.enter("Boardroom")
    seen: list[str] = []
    ends = [scene.data.push.positions.watch(floors[1], lambda event: seen.append(event.floor_id)) for _ in range(2)]
    outcomes = scene.data.push.webhook.outcomes

    async def tell() -> int:
        seen.clear()
        scene.simulator.tell_positions()
        await scene.simulator.settle()
        assert set(seen) <= {floors[1]}
        return len(seen)

    sensors = 4
    assert await tell() == 2 * sensors
    ends[0]()
    assert await tell() == sensors
    assert outcomes["shown"] == 2 * sensors
    # Events that were under way when the floor was dropped.
    webhook = webhook_of(scene)
    assert webhook is not None
    await choose_floors(scene)
    scene.simulator.dispatcher.keep(webhook)
    assert await tell() == 0
    assert outcomes["not_chosen"] == sensors
    ends[1]()
    assert await tell() == 0
    assert outcomes["unwatched"] == sensors
