"""Events that are pushed again later: no state goes back, and no automation is triggered."""

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
from custom_components.butlr.live.live import Live
from custom_components.butlr.live.skewed_clocks import SKEWED_KEPT
from custom_components.butlr.push.supervisor import RECOUNT_DELAY
from tests.conftest import Http, SetUp
from tests.helpers.live import COPENHAGEN, MIDNIGHT, NOON, Clock, estate, make_live
from tests.helpers.push import all_states, occupancy_event, room_id, secret_header
from tests.helpers.states import mismatches, state_of
from tests.simulator import Simulator

type Wait = Callable[[float], Awaitable[None]]
type Post = Callable[[dict[str, Any]], Awaitable[None]]


@pytest.fixture
def rooms(freezer: FrozenDateTimeFactory) -> int:
    """Return the size of the estate; move the clock to shortly after noon, away from midnight and within a minute."""
    freezer.move_to("2026-11-25T11:00:20Z")
    return 5


@pytest.fixture
def wait(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> Wait:
    """Return a function that lets time pass in steps of at most a minute, and does everything that is due."""

    async def wait(seconds: float) -> None:
        while seconds > 0:
            freezer.tick(step := min(seconds, 61.0))
            seconds -= step
            async_fire_time_changed(hass)
            await hass.async_block_till_done(wait_background_tasks=True)

    return wait


@pytest.fixture
def post(hass: HomeAssistant, entry: MockConfigEntry) -> Post:
    """Return a function that pushes an event with the secret."""

    async def post(event: dict[str, Any]) -> None:
        handler = entry.runtime_data.push.webhook
        request: Any = MockRequest(json.dumps(event).encode(), "test", method="POST", headers=secret_header(entry))
        assert (await handler.handle(hass, entry.data[CONF_WEBHOOK_ID], request)).status == 200
        await hass.async_block_till_done()

    return post


@pytest.fixture
def listen(hass: HomeAssistant) -> Callable[[], list[str]]:
    """Return a function that starts to listen as an automation does, and returns the list of changes that follow."""

    def start() -> list[str]:
        changes: list[str] = []

        @callback
        def on_change(event: Event[EventStateChangedData]) -> None:
            changes.append(f"{event.data['entity_id']}: {event.data['old_state']} -> {event.data['new_state']}")

        # A replay may change what the organization shows about pushes.
        ids = [one.entity_id for one in er.async_get(hass).entities.values() if not one.unique_id.startswith("org_")]
        async_track_state_change_event(hass, ids, on_change)
        return changes

    return start


async def live_a_while(simulator: Simulator, wait: Wait, rng: random.Random) -> None:
    """Let people come, move around and leave for some minutes; at the end, some are still there."""
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


def delivered_events(simulator: Simulator) -> list[dict[str, Any]]:
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
async def test_a_replayed_session(
    hass: HomeAssistant,
    simulator: Simulator,
    reachable: Http,
    entry: MockConfigEntry,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
    wait: Wait,
    post: Post,
    listen: Callable[[], list[str]],
    later: float,
    restart: bool,
    seed: int,
) -> None:
    """Every event of a session is pushed twice more, immediately, later or after a restart: nothing changes."""
    await set_up()
    await live_a_while(simulator, wait, random.Random(seed))
    assert [line for line in mismatches(hass, simulator) if "motion" not in line] == []
    if restart:
        await hass.config_entries.async_unload(entry.entry_id)
        freezer.tick(later)
        await set_up()
        # Crossings in the running minute count as new until a poll has returned them.
        await wait(RECOUNT_DELAY + 1)
    else:
        await wait(later)
    before, changes = all_states(hass), listen()
    for event in delivered_events(simulator) + delivered_events(simulator):
        await post(event)
    assert changes == []
    assert all_states(hass) == before
    await hass.async_block_till_done(wait_background_tasks=True)
    assert all_states(hass) == before


def at(simulator: Simulator, kind: str, timestamp: float, data: Any = None, **metadata: Any) -> dict[str, Any]:
    """Return an event with a timestamp."""
    event = occupancy_event(
        simulator, data, id=f"event_{kind}_{timestamp}", type=kind, timestamp=round(timestamp * 1000)
    )
    event["metadata"] |= metadata
    return event


@pytest.mark.parametrize(("ahead", "later"), [(130, 1), (300, 1), (300, 290), (300, 310), (3_600, 150), (80_000, 400)])
async def test_replayed_events_from_the_future(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    set_up: SetUp,
    wait: Wait,
    post: Post,
    listen: Callable[[], list[str]],
    ahead: float,
    later: float,
) -> None:
    """A timestamp in the future is treated as now, but only once: repeats are as old as the first delivery."""
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
    # Correct events follow, and a poll that does not confirm the crossings.
    await post(at(simulator, "ROOM_OCCUPANCY", time.time(), 0))
    await post(at(simulator, "PIR_NO_MOTION", time.time()))
    await entry.runtime_data.traffic.async_refresh()
    before, changes = all_states(hass), listen()
    assert [state_of(hass, boardroom, key) for key in ("people", "motion", "occupancy")] == ["0", "off", "off"]
    for _ in range(3):
        for event in early:
            await post(event)
        await wait(1)
    assert changes == []
    assert all_states(hass) == before


# -- the same, without Home Assistant --------------------------------------------------------------------------------


@pytest.fixture
def clock() -> Clock:
    """Return a clock that stands at noon."""
    return Clock()


@pytest.fixture
def live(clock: Clock) -> Live:
    """Return the state of an estate that has been loaded for some minutes, without any reading."""
    return make_live(clock)


def test_a_pushed_count_from_before_a_restart_is_dropped(clock: Clock) -> None:
    """A polled one is applied, since polls return the newest count."""
    live = Live(clock)
    live.set_estate(estate(), {"site_1": COPENHAGEN}, UTC)
    live.apply([Count("room_meeting", 0, NOON - 60)], polled=True)
    clock.now += 1
    assert not live.apply([Count("room_meeting", 3, NOON - 1)])
    assert live.state("room_meeting").people == 0
    assert live.tally.stale == 1
    assert live.apply([Count("room_meeting", 2, NOON)])
    assert live.state("room_meeting").people == 2


def test_a_repeated_reading_from_the_future_is_old(clock: Clock, live: Live) -> None:
    """It keeps the timestamp of its first delivery, so it never wins again."""
    early: list[Reading] = [
        Count("room_meeting", 3, NOON + 300),
        Motion("room_meeting", detected=True, timestamp=NOON + 300),
    ]
    live.apply(early)
    assert live.state("room_meeting").people == 3
    # Butlr may recompute the same minute; that is a correction.
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


def test_timestamps_from_the_future_are_limited(clock: Clock, live: Live) -> None:
    """A space remembers only a fixed number of them, even if a clock is always ahead."""
    for _ in range(3 * SKEWED_KEPT):
        clock.now += 1
        live.apply([Count("room_meeting", 3, clock.now + 3600)])
    assert len(live._nodes["room_meeting"].evidence._clocks) == SKEWED_KEPT


def test_a_crossing_from_the_future_counts_once(clock: Clock, live: Live) -> None:
    """Even if a poll in between includes it."""
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


def test_a_crossing_in_a_room_without_doors_is_dropped(clock: Clock, live: Live) -> None:
    """It changes no value, and no poll would ever remove it."""
    assert not live.apply([Crossing("room_meeting", 1, 0, NOON, "mac", "event_1")])
    assert not live._nodes["room_meeting"].evidence._crossings
    assert live.tally.unknown_space == 1
