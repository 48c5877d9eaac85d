"""What was pushed once is pushed again, later: no state moves back, and no automation fires."""

from collections.abc import Awaitable, Callable
from datetime import UTC
import json
import random
import time
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import CONF_WEBHOOK_ID
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.event import async_track_state_change_event
from homeassistant.util.aiohttp import MockRequest
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.butlr.api.readings import Count, Crossing, Motion, Reading, Totals
from custom_components.butlr.live.evidence import SKEWED_KEPT
from custom_components.butlr.live.live import Live
from custom_components.butlr.push.supervisor import RECOUNT_DELAY
from tests.conftest import Http, SetUp
from tests.helpers.push import all_states, occupancy_event, room_id, secret_header
from tests.helpers.states import mismatches, state_of
from tests.live.test_rules import COPENHAGEN, MIDNIGHT, NOON, Clock, estate, make_live
from tests.simulator import Simulator

type Wait = Callable[[float], Awaitable[None]]
type Post = Callable[[dict[str, Any]], Awaitable[None]]


@pytest.fixture
def rooms(freezer: FrozenDateTimeFactory) -> int:
    """Return the size of the estate; at noon, since midnight is news, and some seconds into a minute."""
    freezer.move_to("2026-11-25T11:00:20Z")
    return 5


@pytest.fixture
def wait(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> Wait:
    """Return what lets time pass, a minute at a time at most, with all that is due."""

    async def wait(seconds: float) -> None:
        while seconds > 0:
            freezer.tick(step := min(seconds, 61.0))
            seconds -= step
            async_fire_time_changed(hass)
            await hass.async_block_till_done(wait_background_tasks=True)

    return wait


@pytest.fixture
def post(hass: HomeAssistant, entry: MockConfigEntry) -> Post:
    """Return what pushes an event, with the secret."""

    async def post(event: dict[str, Any]) -> None:
        endpoint = entry.runtime_data.push.webhook
        request: Any = MockRequest(json.dumps(event).encode(), "test", method="POST", headers=secret_header(entry))
        assert (await endpoint.handle(hass, entry.data[CONF_WEBHOOK_ID], request)).status == 200
        await hass.async_block_till_done()

    return post


@pytest.fixture
def fired(hass: HomeAssistant) -> Callable[[], list[str]]:
    """Return what starts to listen as an automation does, and what it then hears in the list that it returns."""

    def listen() -> list[str]:
        heard: list[str] = []

        @callback
        def hear(event: Event[EventStateChangedData]) -> None:
            heard.append(f"{event.data['entity_id']}: {event.data['old_state']} -> {event.data['new_state']}")

        # Whether pushes come, and when the last one came, is what a replay may tell.
        ids = [one.entity_id for one in er.async_get(hass).entities.values() if not one.unique_id.startswith("org_")]
        async_track_state_change_event(hass, ids, hear)
        return heard

    return listen


async def live_a_while(simulator: Simulator, wait: Wait, rng: random.Random) -> None:
    """Let people come, walk about and go for some minutes; at the end some are still there."""
    places = [*simulator.estate.rooms, *simulator.estate.zones]
    inside: list[str] = []
    for _ in range(40):
        if inside and rng.random() < 0.6:
            person = rng.choice(inside)
            to = rng.choice([*places, None])
            await simulator.move(to=to, person=person)
            if to is None:
                inside.remove(person)
        else:
            inside.append(await simulator.move(to=rng.choice(places)))
        await wait(rng.choice([0.1, 0.5, 2, 7, 20]))


def heard(simulator: Simulator) -> list[dict[str, Any]]:
    """Return every event that was delivered, in a random order."""
    events = [delivery.event for delivery in simulator.deliveries]
    assert {event["type"] for event in events} >= {
        "FLOOR_OCCUPANCY",
        "ROOM_OCCUPANCY",
        "ZONE_OCCUPANCY",
        "TRAFFIC",
        "PIR_MOTION",
    }
    random.Random(5).shuffle(events)
    return events


@pytest.mark.parametrize(("later", "seed"), [(0, 1), (5, 3), (200, 5), (5_000, 7)])
@pytest.mark.parametrize("restart", [False, True], ids=["", "restarted"])
async def test_a_session_again(
    hass: HomeAssistant,
    simulator: Simulator,
    reachable: Http,
    entry: MockConfigEntry,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
    wait: Wait,
    post: Post,
    fired: Callable[[], list[str]],
    later: float,
    restart: bool,
    seed: int,
) -> None:
    """Every event of a session again, once and twice, at once or later, also after a restart: nothing moves."""
    await set_up()
    await live_a_while(simulator, wait, random.Random(seed))
    assert [line for line in mismatches(hass, simulator) if "motion" not in line] == []
    if restart:
        # Away for as long as that, then back.
        await hass.config_entries.async_unload(entry.entry_id)
        freezer.tick(later)
        await set_up()
        # Whoever crossed in the minute that ran is news until a poll has told it.
        await wait(RECOUNT_DELAY + 1)
    else:
        await wait(later)
    before, automation = all_states(hass), fired()
    for event in heard(simulator) + heard(simulator):
        await post(event)
    assert automation == []
    assert all_states(hass) == before
    await hass.async_block_till_done(wait_background_tasks=True)
    assert all_states(hass) == before


def at(simulator: Simulator, kind: str, timestamp: float, data: Any = None, **metadata: Any) -> dict[str, Any]:
    """Return an event that is dated at a moment."""
    event = occupancy_event(
        simulator, data, id=f"event_{kind}_{timestamp}", type=kind, timestamp=round(timestamp * 1000)
    )
    event["metadata"] |= metadata
    return event


@pytest.mark.parametrize(("ahead", "later"), [(130, 1), (300, 1), (300, 290), (300, 310), (3_600, 150), (80_000, 400)])
async def test_a_clock_that_ran_ahead_again(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    set_up: SetUp,
    wait: Wait,
    post: Post,
    fired: Callable[[], list[str]],
    ahead: float,
    later: float,
) -> None:
    """What is dated ahead is taken as now, but only once: its repeats are as old as it was."""
    await set_up()
    lobby = room_id(simulator, "Lobby")
    door = next(sensor for sensor in simulator.estate.sensors.values() if sensor.is_entrance)
    early = [
        at(simulator, "ROOM_OCCUPANCY", time.time() + ahead, 5),
        at(simulator, "PIR_MOTION", time.time() + ahead + 1),
        at(simulator, "TRAFFIC", time.time() + ahead + 2, {"in": 4, "out": 1}, mac_address=door.mac_address),
    ]
    entries = int(state_of(hass, lobby, "entries_today") or 0)
    for event in early:
        await post(event)
    boardroom = room_id(simulator, "Boardroom")
    assert [state_of(hass, boardroom, key) for key in ("people", "motion")] == ["5", "on"]
    assert state_of(hass, lobby, "entries_today") == str(entries + 4)
    await wait(later)
    # The truth, by clocks that are right; who came in by the door did not, says the poll.
    await post(at(simulator, "ROOM_OCCUPANCY", time.time(), 0))
    await post(at(simulator, "PIR_NO_MOTION", time.time()))
    await entry.runtime_data.traffic.async_refresh()
    before, automation = all_states(hass), fired()
    assert [state_of(hass, boardroom, key) for key in ("people", "motion", "occupancy")] == ["0", "off", "off"]
    for _ in range(3):
        for event in early:
            await post(event)
        await wait(1)
    assert automation == []
    assert all_states(hass) == before


# -- the same, told to the newest truth alone -------------------------------------------------------------------------


@pytest.fixture
def clock() -> Clock:
    """Return a clock that stands at noon."""
    return Clock()


@pytest.fixture
def live(clock: Clock) -> Live:
    """Return a live that has followed an estate for some minutes and knows nothing."""
    return make_live(clock)


def test_what_was_counted_before_a_restart_is_no_news(clock: Clock) -> None:
    """A count from before the beginning is dropped when it is pushed; a poll may tell it, as it tells the newest."""
    live = Live(clock)
    live.set_estate(estate(), {"site_1": COPENHAGEN}, UTC)
    live.apply([Count("room_meeting", 0, NOON - 60)], polled=True)
    clock.now += 1
    assert not live.apply([Count("room_meeting", 3, NOON - 1)])
    assert live.state("room_meeting").people == 0
    assert live.tally.stale == 1
    assert live.apply([Count("room_meeting", 2, NOON)])
    assert live.state("room_meeting").people == 2


def test_a_repeat_of_what_was_ahead_is_as_old_as_it_was(clock: Clock, live: Live) -> None:
    """Once its moment was taken as now, it stays that: repeated it does not win again, at no time."""
    early: list[Reading] = [
        Count("room_meeting", 3, NOON + 300),
        Motion("room_meeting", detected=True, timestamp=NOON + 300),
    ]
    live.apply(early)
    assert live.state("room_meeting").people == 3
    # Recomputed, the same minute again is a correction.
    live.apply([Count("room_meeting", 4, NOON + 300)])
    assert live.state("room_meeting").people == 4
    clock.now += 1
    live.apply([Count("room_meeting", 0, clock.now), Motion("room_meeting", detected=False, timestamp=clock.now)])
    empty = live.state("room_meeting")
    assert (empty.people, empty.motion, empty.occupied) == (0, False, False)
    for later in (1, 100, 90, 100, 20):
        clock.now += later
        assert not live.apply(early)
        assert live.state("room_meeting") == empty


def test_moments_ahead_are_not_remembered_without_end(clock: Clock, live: Live) -> None:
    """A clock that is always ahead costs a space no more than so many moments."""
    for _ in range(3 * SKEWED_KEPT):
        clock.now += 1
        live.apply([Count("room_meeting", 3, clock.now + 3600)])
    assert len(live._nodes["room_meeting"].evidence._ahead) == SKEWED_KEPT


def test_a_crossing_that_was_ahead_counts_once(clock: Clock, live: Live) -> None:
    """Not even when a poll has come between, which holds it, does it count again."""
    early = Crossing("room_canteen", 2, 0, NOON + 300, "mac", "event_1")
    live.apply([Totals("room_canteen", 5, 5, MIDNIGHT, NOON - 1)], polled=True)
    live.apply([early])
    assert live.state("room_canteen").entries == 7
    clock.now += 60
    live.apply([Totals("room_canteen", 7, 5, MIDNIGHT, clock.now)], polled=True)
    for _ in range(10):
        clock.now += 60
        assert not live.apply([early])
        assert live.state("room_canteen").entries == 7


def test_a_crossing_where_none_are_counted_is_not_kept(clock: Clock, live: Live) -> None:
    """A room without a door sensor has no figure that a crossing could change, and no poll that would clear it away."""
    assert not live.apply([Crossing("room_meeting", 1, 0, NOON, "mac", "event_1")])
    assert not live._nodes["room_meeting"].evidence._crossings
    assert live.tally.elsewhere == 1
