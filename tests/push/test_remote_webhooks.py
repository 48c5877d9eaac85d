"""Our two webhooks at Butlr under every reading of what it allows, swallows and says; and the one from before."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
import itertools
import json
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.butlr.const import DOMAIN
from custom_components.butlr.issues.issue import Issue, issue_id
from custom_components.butlr.push.subscription import (
    FIRST_RECHECK_DELAY,
    FIRST_UNCERTAIN_RECHECK_DELAY,
    MAX_RECHECK_DELAY,
)
from tests.conftest import Http, SetUp, pass_time
from tests.helpers.open_readings import READINGS
from tests.helpers.push import (
    ALL_TYPES,
    MOVEMENT_TYPES,
    OCCUPANCY_TYPES,
    both_webhooks,
    our_webhooks,
    room_id,
    subscribed_types,
)
from tests.helpers.states import mismatches, state_of
from tests.simulator import Simulator
from tests.simulator.delivery import Webhook
from tests.simulator.graphql_api import operation_name

type Answer = tuple[int, bytes]

NAME = "Home Assistant 00000001"
WRITES = ("CreateWebhooks", "UpdateWebhooks", "DeleteWebhooks")
RETRY = 31


@dataclass
class Desk:
    """Stands before the simulated cloud's webhooks: notes what is asked, and spoils some of the answers."""

    simulator: Simulator
    asked: list[str] = field(default_factory=list)
    spoil: Callable[[str, int], Answer | str | None] = lambda operation, number: None
    """Called with an operation and its number: an answer to give instead, `lost` to lose it on its way, or None."""
    gaps: list[set[str]] = field(default_factory=list)
    """Which event types nobody had after each of them."""

    def __post_init__(self) -> None:
        """Stand there."""
        self._answer = self.simulator.graphql.answer
        self.simulator.graphql.answer = self.answer  # type: ignore[method-assign]

    def answer(self, body: dict[str, Any]) -> Answer:
        """Answer a request."""
        operation = operation_name(body)
        if not operation.endswith("Webhooks"):
            return self._answer(body)
        self.asked.append(operation)
        spoiled = self.spoil(operation, len(self.asked))
        answer = spoiled if isinstance(spoiled, tuple) else self._answer(body)
        self.gaps.append(ALL_TYPES - {kind for webhook in self.simulator.webhooks for kind in webhook.event_types})
        return failure(502) if spoiled == "lost" else answer

    @property
    def writes(self) -> list[str]:
        """Return what was to be changed."""
        return [operation for operation in self.asked if operation in WRITES]

    def forget(self) -> None:
        """Begin anew, and spoil nothing any more."""
        self.asked.clear()
        self.gaps.clear()
        self.spoil = lambda operation, number: None


@pytest.fixture
def desk(simulator: Simulator) -> Desk:
    """Stand before the cloud."""
    return Desk(simulator)


@pytest.fixture(autouse=True)
def _noon(freezer: FrozenDateTimeFactory) -> None:
    """Keep away from midnight, at which totals begin anew."""
    freezer.move_to("2026-11-25T11:00:00Z")


def failure(status: int) -> Answer:
    """Return the answer of a service that fails."""
    return status, b"<html>Bad gateway</html>"


def refusal(operation: str, message: str = "no", status: int = 200, **more: Any) -> Answer:
    """Return an error where a mutation's answer should be."""
    root = operation[0].lower() + operation[1:]
    return status, json.dumps({"errors": [{"message": message, "path": [root], **more}], "data": {root: None}}).encode()


def told(hass: HomeAssistant, entry: MockConfigEntry) -> set[Issue]:
    """Return what Repairs tells of the entry."""
    registry = ir.async_get(hass)
    return {issue for issue in Issue if registry.async_get_issue(DOMAIN, issue_id(entry, issue))}


def registered(entry: MockConfigEntry) -> set[str]:
    """Return the event types that the integration takes for subscribed."""
    return set(map(str, entry.runtime_data.push.subscription.status.types))


def number(hass: HomeAssistant, space: str, key: str) -> int:
    """Return a count that an entity shows."""
    return int(state_of(hass, space, key) or 0)


async def restart(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Set the entry up anew, with nothing in memory."""
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)


async def of_the_version_before(hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry) -> Webhook:
    """Put the one webhook at Butlr that the version before made, while the entry is not loaded."""
    url = f"{hass.config.external_url}/api/webhook/{entry.data['webhook_id']}"
    key = {"key": "X-Butlr-Webhook-Secret", "value": entry.data["webhook_secret"]}
    old = Webhook("webhook_old", NAME, sorted(ALL_TYPES), url, api_key=key, send_on_value_change=True)
    simulator.dispatcher.keep(old)
    return old


# -- every reading ---------------------------------------------------------------------------------------------------


def readings() -> Iterator[dict[str, str]]:
    """Yield every combination of what swallows, allows and refuses, each with other spellings."""
    spellings = itertools.cycle(itertools.product(READINGS["webhook_input"], READINGS["minute_suffix"]))
    names = ("flag_scope", "second_webhook", "refusal")
    for combination in itertools.product(*(READINGS[name] for name in names)):
        webhook_input, minute_suffix = next(spellings)
        chosen = dict(zip(names, combination, strict=True))
        yield {**chosen, "webhook_input": webhook_input, "minute_suffix": minute_suffix}


def describe(reading: dict[str, str]) -> str:
    """Name a combination."""
    return " ".join(reading.values())


@pytest.mark.parametrize("reading", readings(), ids=describe)
async def test_everybody_is_counted_and_motion_ends(
    hass: HomeAssistant,
    simulator: Simulator,
    reachable: Http,
    entry: MockConfigEntry,
    set_up: SetUp,
    desk: Desk,
    freezer: FrozenDateTimeFactory,
    reading: dict[str, str],
) -> None:
    """Five people in a row through one door are five at once, and motion goes on and off as often as it does.

    The room's own counts are taken by somebody who is not shown: in every manner of refusal the rest is subscribed,
    the one-minute variant in the spelling that this cloud knows, and the person is told what is refused.
    """
    simulator.settings.update(reading)
    simulator.add_foreign_webhook(["ROOM_OCCUPANCY"]).hidden = True
    await set_up()
    types = ALL_TYPES - {"ROOM_OCCUPANCY"} | {f"ROOM_OCCUPANCY_{reading['minute_suffix']}"}
    assert subscribed_types(simulator) == types
    assert registered(entry) == ALL_TYPES
    assert told(hass, entry) == {Issue.CLAIMED}
    if reading["second_webhook"] == "allowed":
        counts, movements = both_webhooks(simulator)
        assert set(movements.event_types) == MOVEMENT_TYPES
        assert (counts.send_on_value_change, movements.send_on_value_change) == (True, False)
    else:
        (webhook,) = our_webhooks(simulator)
        assert (webhook.name, webhook.send_on_value_change) == (NAME, False)
    found = entry.runtime_data.client.findings
    assert found.get("second_webhook") == reading["second_webhook"]
    assert found.get("refusal") == reading["refusal"]
    assert found.get("minute_suffix") == reading["minute_suffix"]

    cafe, room = room_id(simulator, "Harbour Café"), room_id(simulator, "Boardroom")
    for key, inward in (("entries_today", True), ("exits_today", False)):
        before = number(hass, cafe, key)
        for people in range(1, 6):
            freezer.tick(1)
            await (simulator.move(to=cafe) if inward else simulator.move(from_=cafe))
            assert number(hass, cafe, key) == before + people
    for _ in range(3):
        freezer.tick(2)
        await simulator.move(to=room)
        assert state_of(hass, room, "motion") == "on"
        freezer.tick(2)
        await simulator.move(from_=room)
        # The minutes between are told, too; polls find the same.
        await pass_time(hass, freezer, 62)
        simulator.catch_up()
        await simulator.settle()
        assert state_of(hass, room, "motion") == "off"
    assert mismatches(hass, simulator) == []

    # Found again after a restart, asked for what is refused, and nothing moved.
    shape = [(webhook.id, *webhook.event_types) for webhook in simulator.webhooks]
    desk.forget()
    await restart(hass, entry)
    assert [(webhook.id, *webhook.event_types) for webhook in simulator.webhooks] == shape
    assert not any(desk.gaps)
    await hass.config_entries.async_unload(entry.entry_id)
    assert len(simulator.webhooks) == len(shape)
    await hass.config_entries.async_remove(entry.entry_id)
    assert our_webhooks(simulator) == []


@pytest.mark.parametrize("second", READINGS["second_webhook"])
@pytest.mark.parametrize("refusal_manner", READINGS["refusal"])
async def test_a_restart_changes_nothing(
    hass: HomeAssistant,
    simulator: Simulator,
    reachable: Http,
    entry: MockConfigEntry,
    set_up: SetUp,
    desk: Desk,
    second: str,
    refusal_manner: str,
) -> None:
    """Where nothing is taken, what is there is left alone, one webhook or two."""
    simulator.settings.update({"second_webhook": second, "refusal": refusal_manner})
    await set_up()
    assert subscribed_types(simulator) == ALL_TYPES
    assert told(hass, entry) == set()
    assert len(our_webhooks(simulator)) == (2 if second == "allowed" else 1)
    desk.forget()
    for _ in range(2):
        await restart(hass, entry)
    assert desk.asked == ["Webhooks"] * 2
    assert registered(entry) == ALL_TYPES


# -- ours from before ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("second", READINGS["second_webhook"])
async def test_ours_from_before_is_taken_over(
    hass: HomeAssistant,
    simulator: Simulator,
    reachable: Http,
    entry: MockConfigEntry,
    set_up: SetUp,
    desk: Desk,
    second: str,
) -> None:
    """In as few steps as can be: an event type must leave one webhook before it can be in another."""
    simulator.settings.second_webhook = second
    await of_the_version_before(hass, simulator, entry)
    await set_up()
    assert subscribed_types(simulator) == ALL_TYPES
    if second == "allowed":
        counts, movements = both_webhooks(simulator)
        assert (counts.id, set(counts.event_types), counts.name) == (
            "webhook_old",
            OCCUPANCY_TYPES,
            f"{NAME} (occupancy)",
        )
        assert set(movements.event_types) == MOVEMENT_TYPES
        assert desk.writes == ["UpdateWebhooks", "CreateWebhooks"]
        assert desk.gaps == [set(), MOVEMENT_TYPES, set()]
    else:
        (webhook,) = our_webhooks(simulator)
        assert (webhook.id, webhook.name, webhook.send_on_value_change) == ("webhook_old", NAME, False)
        assert desk.writes == ["UpdateWebhooks", "CreateWebhooks", "UpdateWebhooks"]
    assert told(hass, entry) == set()


@pytest.mark.parametrize("second", READINGS["second_webhook"])
@pytest.mark.parametrize("step", [1, 2, 3, 4])
@pytest.mark.parametrize("how", ["500", "lost", "error", "panic"])
async def test_a_take_over_that_fails(
    hass: HomeAssistant,
    simulator: Simulator,
    reachable: Http,
    entry: MockConfigEntry,
    set_up: SetUp,
    desk: Desk,
    freezer: FrozenDateTimeFactory,
    second: str,
    step: int,
    how: str,
) -> None:
    """Whichever step fails, and however, nothing is without a webhook for longer than until the next try."""
    simulator.settings.second_webhook = second
    await of_the_version_before(hass, simulator, entry)

    def spoil(operation: str, number: int) -> Answer | str | None:
        if number != step:
            return None
        answers: dict[str, Answer | str] = {
            "500": failure(500),
            "lost": "lost",
            "error": refusal(operation, extensions={"code": "INTERNAL_SERVER_ERROR"}),
            "panic": refusal(operation, "internal system error"),
        }
        return answers[how]

    desk.spoil = spoil
    await set_up()
    # The list, the first webhook, the second, and everything in the first where the second is refused.
    failed = step <= (3 if second == "allowed" else 4)
    assert entry.runtime_data.push.subscription.retrying == failed
    # Nobody can tell that an update worked whose answer is lost: of that the next try finds out.
    assert subscribed_types(simulator) == (OCCUPANCY_TYPES if (step, how) == (2, "lost") else ALL_TYPES)
    assert told(hass, entry) == set()
    desk.spoil = lambda operation, number: None
    await pass_time(hass, freezer, RETRY)
    assert subscribed_types(simulator) == ALL_TYPES
    assert len(our_webhooks(simulator)) == (2 if second == "allowed" else 1)
    assert registered(entry) == ALL_TYPES
    assert not entry.runtime_data.push.subscription.retrying
    await simulator.move(to=room_id(simulator, "Boardroom"))
    assert state_of(hass, simulator.estate.id, "update_mode") == "push"
    assert mismatches(hass, simulator) == []


async def test_a_take_over_that_cannot_be_put_back(
    hass: HomeAssistant,
    simulator: Simulator,
    reachable: Http,
    entry: MockConfigEntry,
    set_up: SetUp,
    desk: Desk,
    freezer: FrozenDateTimeFactory,
) -> None:
    """The cloud is away from the middle on: only what is really subscribed counts, and the next try goes on there."""
    await of_the_version_before(hass, simulator, entry)
    desk.spoil = lambda operation, number: failure(503) if number > 2 else None
    await set_up()
    assert subscribed_types(simulator) == registered(entry) == OCCUPANCY_TYPES
    assert not entry.runtime_data.traffic.crossings_pushed
    assert told(hass, entry) == set()
    desk.forget()
    await pass_time(hass, freezer, RETRY)
    assert subscribed_types(simulator) == registered(entry) == ALL_TYPES
    assert desk.writes == ["CreateWebhooks"]


async def test_a_second_webhook_that_fails_again_and_again(
    hass: HomeAssistant,
    simulator: Simulator,
    reachable: Http,
    entry: MockConfigEntry,
    set_up: SetUp,
    desk: Desk,
    freezer: FrozenDateTimeFactory,
) -> None:
    """One webhook carries everything meanwhile, without the flag, and what it proved is not asked for anew."""
    await of_the_version_before(hass, simulator, entry)
    desk.spoil = lambda operation, number: failure(500) if operation == "CreateWebhooks" else None
    await set_up()
    (webhook,) = our_webhooks(simulator)
    assert (set(webhook.event_types), webhook.send_on_value_change) == (ALL_TYPES, False)
    await simulator.move(to=room_id(simulator, "Boardroom"))
    await pass_time(hass, freezer, RETRY)
    assert desk.writes.count("CreateWebhooks") == 2
    assert subscribed_types(simulator) == ALL_TYPES
    assert state_of(hass, simulator.estate.id, "update_mode") == "push"
    desk.forget()
    await pass_time(hass, freezer, 61)
    assert len(both_webhooks(simulator)) == 2


# -- what people at Butlr did ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("second", READINGS["second_webhook"])
@pytest.mark.parametrize("gone", [0, 1])
async def test_one_of_two_is_gone(
    hass: HomeAssistant,
    simulator: Simulator,
    reachable: Http,
    entry: MockConfigEntry,
    set_up: SetUp,
    second: str,
    gone: int,
) -> None:
    """It is made anew; where that is no longer allowed, the other one carries everything."""
    await set_up()
    simulator.settings.second_webhook = second
    pair = both_webhooks(simulator)
    simulator.dispatcher.remove(pair[gone].id)
    await restart(hass, entry)
    assert subscribed_types(simulator) == registered(entry) == ALL_TYPES
    assert pair[1 - gone].id in {webhook.id for webhook in our_webhooks(simulator)}
    assert len(our_webhooks(simulator)) == (2 if second == "allowed" else 1)


async def test_event_types_that_were_mixed_up(
    hass: HomeAssistant, simulator: Simulator, reachable: Http, entry: MockConfigEntry, set_up: SetUp, desk: Desk
) -> None:
    """Each goes where it belongs, though either webhook has what the other one needs."""
    await set_up()
    counts, movements = both_webhooks(simulator)
    counts.event_types = ["FLOOR_OCCUPANCY", "ROOM_OCCUPANCY", "TRAFFIC"]
    movements.event_types = ["PIR_MOTION", "PIR_NO_MOTION", "ZONE_OCCUPANCY"]
    desk.forget()
    await restart(hass, entry)
    after = both_webhooks(simulator)
    assert [webhook.id for webhook in after] == [counts.id, movements.id]
    assert [set(webhook.event_types) for webhook in after] == [OCCUPANCY_TYPES, MOVEMENT_TYPES]
    assert set(desk.writes) == {"UpdateWebhooks"}


@pytest.mark.parametrize("flag", ["counts", "movements"])
async def test_a_flag_that_was_changed(
    hass: HomeAssistant, simulator: Simulator, reachable: Http, entry: MockConfigEntry, set_up: SetUp, flag: str
) -> None:
    """It is put right, for what it concerns is known."""
    await set_up()
    counts, movements = both_webhooks(simulator)
    changed = counts if flag == "counts" else movements
    changed.send_on_value_change = not changed.send_on_value_change
    await restart(hass, entry)
    after = both_webhooks(simulator)
    assert [set(webhook.event_types) for webhook in after] == [OCCUPANCY_TYPES, MOVEMENT_TYPES]


@pytest.mark.parametrize("status", ["listed", "settable", "ignored"])
@pytest.mark.parametrize("second", READINGS["second_webhook"])
@pytest.mark.parametrize("manner", READINGS["refusal"])
async def test_ours_that_is_switched_off(
    hass: HomeAssistant,
    simulator: Simulator,
    reachable: Http,
    entry: MockConfigEntry,
    set_up: SetUp,
    desk: Desk,
    status: str,
    second: str,
    manner: str,
) -> None:
    """It is switched on where that can be done, and else made anew."""
    simulator.settings.update({"webhook_status": status, "second_webhook": second, "refusal": manner})
    await set_up()
    before = {webhook.id for webhook in our_webhooks(simulator)}
    for webhook in our_webhooks(simulator):
        webhook.status = False
    desk.forget()
    await restart(hass, entry)
    assert all(webhook.status for webhook in our_webhooks(simulator))
    assert subscribed_types(simulator) == registered(entry) == ALL_TYPES
    assert len(our_webhooks(simulator)) == len(before)
    after = {webhook.id for webhook in our_webhooks(simulator)}
    assert after == before if status == "settable" else after.isdisjoint(before)
    assert ("DeleteWebhooks" in desk.asked) == (status != "settable")
    await simulator.move(to=room_id(simulator, "Boardroom"))
    assert mismatches(hass, simulator) == []
    desk.forget()
    await restart(hass, entry)
    assert desk.asked == ["Webhooks"]


async def test_a_cloud_that_fails_while_one_is_switched_on(
    hass: HomeAssistant,
    simulator: Simulator,
    reachable: Http,
    entry: MockConfigEntry,
    set_up: SetUp,
    desk: Desk,
    freezer: FrozenDateTimeFactory,
) -> None:
    """That says nothing of whether it can be switched on."""
    simulator.settings.webhook_status = "settable"
    await set_up()
    before = {webhook.id for webhook in our_webhooks(simulator)}
    both_webhooks(simulator)[0].status = False
    desk.forget()
    desk.spoil = lambda operation, number: failure(500) if operation == "UpdateWebhooks" else None
    await restart(hass, entry)
    assert entry.runtime_data.push.subscription.retrying
    desk.forget()
    await pass_time(hass, freezer, RETRY)
    assert {webhook.id for webhook in our_webhooks(simulator) if webhook.status} == before


@pytest.mark.parametrize("status", ["listed", "unknown"])
async def test_theirs_that_is_switched_off(
    hass: HomeAssistant, simulator: Simulator, reachable: Http, entry: MockConfigEntry, set_up: SetUp, status: str
) -> None:
    """It holds its event types all the same; a cloud that does not tell of it is asked for the rest."""
    simulator.settings.webhook_status = status
    foreign = simulator.add_foreign_webhook(["TRAFFIC"])
    foreign.status = False
    await set_up()
    assert subscribed_types(simulator) == ALL_TYPES - {"TRAFFIC"}
    assert told(hass, entry) == {Issue.CLAIMED}
    assert (foreign in simulator.webhooks, foreign.status) == (True, False)


async def test_switched_off_while_running(
    hass: HomeAssistant,
    simulator: Simulator,
    reachable: Http,
    entry: MockConfigEntry,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
) -> None:
    """The polls find out that nothing comes, and it is put right."""
    await set_up()
    await simulator.move(to=room_id(simulator, "Boardroom"))
    await pass_time(hass, freezer, 61)
    for webhook in our_webhooks(simulator):
        webhook.status = False
    await simulator.move(to=room_id(simulator, "Boardroom"))
    for _ in range(9):
        await pass_time(hass, freezer, 60.5)
    assert all(webhook.status for webhook in our_webhooks(simulator))
    await simulator.move(to=room_id(simulator, "Boardroom"))
    assert state_of(hass, simulator.estate.id, "update_mode") == "push"


# -- refused, failing, and refused for a while -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        failure(500),
        failure(503),
        failure(504),
        refusal("CreateWebhooks", extensions={"code": "INTERNAL_SERVER_ERROR"}),
        refusal("CreateWebhooks", extensions={"code": "SERVICE_UNAVAILABLE"}),
        refusal("CreateWebhooks", "internal system error"),
        refusal("CreateWebhooks", "context deadline exceeded"),
        refusal("CreateWebhooks", "internal error", status=422),
        (200, b'{"errors": [{"message": "down"}], "data": null}'),
        (200, b"no JSON"),
        (200, b'{"data": {"createWebhooks": null}}'),
    ],
)
async def test_a_service_that_fails_refuses_nothing(
    hass: HomeAssistant,
    simulator: Simulator,
    reachable: Http,
    entry: MockConfigEntry,
    set_up: SetUp,
    desk: Desk,
    freezer: FrozenDateTimeFactory,
    answer: Answer,
) -> None:
    """It is tried again soon, and nobody is told anything."""
    desk.spoil = lambda operation, number: answer if operation == "CreateWebhooks" else None
    await set_up()
    assert desk.writes == ["CreateWebhooks"]
    assert told(hass, entry) == set()
    assert entry.runtime_data.push.subscription.retrying
    desk.forget()
    await pass_time(hass, freezer, RETRY)
    assert len(both_webhooks(simulator)) == 2
    assert subscribed_types(simulator) == registered(entry) == ALL_TYPES


@pytest.mark.parametrize(
    "refused",
    [
        refusal("CreateWebhooks"),
        refusal("CreateWebhooks", "taken", extensions={"code": "LIMIT_REACHED"}),
        (400, b'{"errors": [{"message": "taken"}]}'),
        (422, b'{"errors": [{"message": "taken"}], "data": null}'),
        (400, b'{"error": "bad request"}'),
    ],
)
async def test_a_failure_in_disguise_heals(
    hass: HomeAssistant,
    simulator: Simulator,
    reachable: Http,
    entry: MockConfigEntry,
    set_up: SetUp,
    desk: Desk,
    freezer: FrozenDateTimeFactory,
    refused: Answer,
) -> None:
    """What looked like a refusal of everything is looked at again after minutes, and is over then."""
    desk.spoil = lambda operation, number: refused if operation == "CreateWebhooks" else None
    await set_up()
    assert told(hass, entry) == {Issue.WEBHOOK_REFUSED}
    desk.asked.clear()
    await pass_time(hass, freezer, FIRST_UNCERTAIN_RECHECK_DELAY - 10)
    assert desk.asked == []
    desk.forget()
    await pass_time(hass, freezer, 11)
    assert len(both_webhooks(simulator)) == 2
    assert subscribed_types(simulator) == registered(entry) == ALL_TYPES
    assert told(hass, entry) == set()


@pytest.mark.parametrize(("manner", "first"), [("code", FIRST_RECHECK_DELAY), ("path", FIRST_UNCERTAIN_RECHECK_DELAY)])
async def test_what_is_refused_is_asked_for_again(
    hass: HomeAssistant,
    simulator: Simulator,
    reachable: Http,
    entry: MockConfigEntry,
    set_up: SetUp,
    desk: Desk,
    freezer: FrozenDateTimeFactory,
    manner: str,
    first: float,
) -> None:
    """Less and less often, up to once a day, without touching what is subscribed; and then it is there."""
    simulator.settings.refusal = manner
    holder = simulator.add_foreign_webhook(["TRAFFIC"])
    holder.hidden = True
    await set_up()
    await simulator.move(to=room_id(simulator, "Boardroom"))
    assert state_of(hass, simulator.estate.id, "update_mode") == "push"
    subscription = entry.runtime_data.push.subscription
    delay = first
    for _ in range(10):
        before = [(webhook.id, *webhook.event_types) for webhook in simulator.webhooks]
        desk.forget()
        await subscription.reconcile()
        assert desk.writes == []
        freezer.tick(delay - 5)
        await pass_time(hass, freezer, 0)
        assert desk.writes == []
        await pass_time(hass, freezer, 6)
        assert set(desk.writes) == {"UpdateWebhooks"}
        assert not any(gap - {"TRAFFIC"} for gap in desk.gaps)
        assert [(webhook.id, *webhook.event_types) for webhook in simulator.webhooks] == before
        assert told(hass, entry) >= {Issue.CLAIMED}
        delay = min(delay * 2, MAX_RECHECK_DELAY)
    assert delay == MAX_RECHECK_DELAY
    simulator.dispatcher.remove(holder.id)
    await pass_time(hass, freezer, MAX_RECHECK_DELAY + 1)
    assert subscribed_types(simulator) == registered(entry) == ALL_TYPES
    assert Issue.CLAIMED not in told(hass, entry)
    desk.forget()
    await pass_time(hass, freezer, MAX_RECHECK_DELAY + 1)
    assert desk.writes == []


async def test_news_are_looked_at_soon(
    hass: HomeAssistant,
    simulator: Simulator,
    reachable: Http,
    entry: MockConfigEntry,
    set_up: SetUp,
    desk: Desk,
    freezer: FrozenDateTimeFactory,
) -> None:
    """Another refusal does not wait for the look that is due for an old one; an unloaded entry looks at nothing."""
    simulator.add_foreign_webhook(["TRAFFIC"])
    await set_up()
    both_webhooks(simulator)[1].event_types.remove("PIR_MOTION")
    desk.spoil = lambda operation, number: refusal(operation) if operation == "UpdateWebhooks" else None
    await entry.runtime_data.push.subscription.reconcile()
    assert registered(entry) == ALL_TYPES - {"TRAFFIC", "PIR_MOTION"}
    desk.forget()
    await pass_time(hass, freezer, FIRST_UNCERTAIN_RECHECK_DELAY + 1)
    assert registered(entry) == ALL_TYPES - {"TRAFFIC"}
    await hass.config_entries.async_unload(entry.entry_id)
    desk.forget()
    await pass_time(hass, freezer, MAX_RECHECK_DELAY)
    assert desk.asked == []


@pytest.mark.parametrize("manner", READINGS["refusal"])
async def test_rights_that_are_missing(
    hass: HomeAssistant,
    simulator: Simulator,
    reachable: Http,
    entry: MockConfigEntry,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
    manner: str,
) -> None:
    """Said with a code or in words, it is told as such; given later, they are found out within an hour."""
    simulator.settings.update({"webhook_permission": "forbidden", "refusal": manner})
    await set_up()
    assert told(hass, entry) == {Issue.WEBHOOKS_NOT_ALLOWED}
    simulator.settings.webhook_permission = "granted"
    await pass_time(hass, freezer, FIRST_RECHECK_DELAY + 1)
    assert registered(entry) == ALL_TYPES
    assert Issue.WEBHOOKS_NOT_ALLOWED not in told(hass, entry)


@pytest.mark.parametrize("join", ["agreed", "forbidden", "failing"])
async def test_a_second_webhook_that_is_forbidden(
    hass: HomeAssistant,
    simulator: Simulator,
    reachable: Http,
    entry: MockConfigEntry,
    set_up: SetUp,
    desk: Desk,
    join: str,
) -> None:
    """The first one was allowed, so it may carry everything; if it may not either, it is the right that is missing."""
    forbidden = refusal("CreateWebhooks", extensions={"code": "FORBIDDEN"})

    def spoil(operation: str, number: int) -> Answer | None:
        if operation == "CreateWebhooks":
            return forbidden if number > 2 else None
        if operation != "UpdateWebhooks" or join == "agreed":
            return None
        return forbidden if join == "forbidden" else failure(500)

    desk.spoil = spoil
    await set_up()
    assert told(hass, entry) == ({Issue.WEBHOOKS_NOT_ALLOWED} if join == "forbidden" else set())
    assert entry.runtime_data.push.subscription.retrying == (join == "failing")
    assert registered(entry) == {"agreed": ALL_TYPES, "forbidden": set(), "failing": OCCUPANCY_TYPES}[join]


@pytest.mark.parametrize("second", READINGS["second_webhook"])
@pytest.mark.parametrize(
    "taken", [sorted(MOVEMENT_TYPES), ["PIR_MOTION"], [*OCCUPANCY_TYPES, *(f"{kind}_1MIN" for kind in OCCUPANCY_TYPES)]]
)
async def test_event_types_that_are_taken(
    hass: HomeAssistant,
    simulator: Simulator,
    reachable: Http,
    entry: MockConfigEntry,
    set_up: SetUp,
    second: str,
    taken: list[str],
) -> None:
    """Types that are taken are told from a second webhook that is refused, and counts keep their flag."""
    simulator.settings.second_webhook = second
    simulator.add_foreign_webhook(taken).hidden = True
    await set_up()
    assert subscribed_types(simulator) == registered(entry) == ALL_TYPES - set(taken)
    assert told(hass, entry) == {Issue.CLAIMED}
    together = second == "refused" and taken == ["PIR_MOTION"]
    assert len(our_webhooks(simulator)) == (2 if taken == ["PIR_MOTION"] and not together else 1)
    expected = [True, False] if taken == ["PIR_MOTION"] else [taken[0] in MOVEMENT_TYPES]
    assert [webhook.send_on_value_change for webhook in our_webhooks(simulator)] == ([False] if together else expected)


async def test_an_address_that_is_refused_for_one_that_was_there(
    hass: HomeAssistant, simulator: Simulator, reachable: Http, entry: MockConfigEntry, set_up: SetUp
) -> None:
    """Nothing arrives at the old address, so nothing is taken for subscribed."""
    await set_up()
    simulator.settings.require_https = True
    await hass.config.async_update(external_url="http://127.0.0.1:9")
    await hass.async_block_till_done(wait_background_tasks=True)
    assert told(hass, entry) == {Issue.WEBHOOK_REFUSED}
    assert registered(entry) == set()


@pytest.mark.parametrize("failing", [1, 2], ids=["one", "both"])
async def test_a_new_address_that_only_one_gets(
    hass: HomeAssistant,
    simulator: Simulator,
    reachable: Http,
    entry: MockConfigEntry,
    set_up: SetUp,
    desk: Desk,
    freezer: FrozenDateTimeFactory,
    failing: int,
) -> None:
    """What still goes to the old one is not taken for subscribed; the next try puts it right."""
    address = hass.config.external_url
    hass.config.external_url = "http://127.0.0.1:9"
    await set_up()
    desk.forget()
    desk.spoil = lambda operation, number: failure(500) if 1 < number <= 1 + failing else None
    await hass.config.async_update(external_url=address)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert entry.runtime_data.push.subscription.retrying
    if failing == 1:
        assert registered(entry) == MOVEMENT_TYPES
    desk.forget()
    await pass_time(hass, freezer, RETRY)
    assert registered(entry) == ALL_TYPES
    assert all(webhook.url.startswith(str(address)) for webhook in both_webhooks(simulator))
    assert told(hass, entry) == set()
