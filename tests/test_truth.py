"""The main job, end to end: states in Home Assistant equal the truth in the simulator."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
import random
from zoneinfo import ZoneInfo

from freezegun import freeze_time
from freezegun.api import FrozenDateTimeFactory, TickingDateTimeFactory
from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.butlr.coordinator import OCCUPANCY_INTERVAL
from custom_components.butlr.push.supervisor import RECHECK_DELAY, UpdateMode
from tests.conftest import SetUp
from tests.helpers.states import mismatches, state_of
from tests.simulator import Simulator

SIZES = [5, 60]
NOISE = {"loss": 0.3, "duplicates": 0.2, "disorder": 1.0, "disorder_delay": 0.05, "recompute": 0.3}
TIME_ZONES = ("Europe/Copenhagen", "Europe/London", "America/Los_Angeles", "Asia/Kolkata", "UTC")


@pytest.fixture
def rooms(seed: int) -> int:
    """Return the size of a small estate that the seed chooses."""
    return random.Random(f"{seed}/rooms").choice((5, 6, 9, 14, 20))


@pytest.fixture
def flowing_time(seed: int) -> Iterator[TickingDateTimeFactory]:
    """Return a clock that runs, as delayed deliveries need, and can be moved ahead.

    It begins at a moment that the seed chooses, so that a seed repeats everything.
    """
    with freeze_time(moment_of(seed), tick=True) as time:
        assert isinstance(time, TickingDateTimeFactory)
        yield time


def moment_of(seed: int) -> datetime:
    """Return a moment of some day at which it is far from midnight at every site.

    Who came before midnight and leaves after it makes an estimate that no poll and push agree on for a while.
    """
    rng = random.Random(f"{seed}/moment")
    while True:
        timestamp = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=rng.uniform(0, 365 * 86400))
        if all(1 <= timestamp.astimezone(ZoneInfo(zone)).hour < 23 for zone in TIME_ZONES):
            return timestamp


async def wander(simulator: Simulator, rng: random.Random, steps: int) -> None:
    """Let people enter, walk around and leave."""
    places = [*simulator.estate.rooms, *simulator.estate.zones]
    inside: list[str] = []
    for _ in range(steps):
        if inside and rng.random() < 0.6:
            person = rng.choice(inside)
            to = rng.choice([*places, None])
            await simulator.move(to=to, person=person)
            if to is None:
                inside.remove(person)
        else:
            inside.append(await simulator.move(to=rng.choice(places)))


async def live(
    simulator: Simulator, clock: TickingDateTimeFactory, seconds: float, *, activity: float | None = None
) -> None:
    """Let time pass while people act; their events are sent immediately, all together."""
    usual = simulator.settings.activity
    simulator.settings.activity = usual if activity is None else activity
    clock.tick(seconds)
    simulator.step()
    simulator.settings.activity = usual


async def set_up_in_the_middle_of_life(simulator: Simulator, set_up: SetUp, clock: TickingDateTimeFactory) -> None:
    """Set up where people are, have come and have gone, at a moment when nobody moves."""
    await live(simulator, clock, 60)
    await live(simulator, clock, 90, activity=0)
    await set_up()


@pytest.mark.parametrize("rooms", [5])
async def test_a_door_does_not_speak_for_a_dead_ceiling(
    hass: HomeAssistant,
    flowing_time: TickingDateTimeFactory,
    simulator: Simulator,
    entry: MockConfigEntry,
    set_up: SetUp,
) -> None:
    """Whether a room is occupied is unknown when its presence sensors are all offline; its door counts on."""
    (lobby,) = (room for room in simulator.estate.rooms.values() if room.name == "Lobby")
    for sensor in simulator.estate.coverage.room_sensors(lobby.id, "presence"):
        sensor.is_online = False
    simulator.catch_up()
    # Its last counts are out of the poll's reach by then.
    await live(simulator, flowing_time, 600, activity=0)
    await set_up()
    assert state_of(hass, lobby.id, "occupancy") == STATE_UNKNOWN
    assert str(state_of(hass, lobby.id, "entries_today")).isdecimal()
    assert mismatches(hass, simulator) == []


async def poll(entry: MockConfigEntry) -> None:
    """Run both polls of readings once, now."""
    await entry.runtime_data.occupancy.async_refresh()
    await entry.runtime_data.traffic.async_refresh()


def figures_asked(simulator: Simulator) -> int:
    """Return the number of requests for readings."""
    return sum(record.path.endswith("/reporting") for record in simulator.requests)


async def settled_mismatches(hass: HomeAssistant, simulator: Simulator) -> list[str]:
    """Return what is wrong as soon as every event has arrived, those of motion that ends meanwhile too."""
    while True:
        await simulator.settle()
        await hass.async_block_till_done()
        wrong = mismatches(hass, simulator)
        if not simulator.dispatcher.pending:
            return wrong


@pytest.mark.parametrize("rooms", SIZES)
async def test_pushes_tell_the_truth_at_once(
    hass: HomeAssistant, simulator: Simulator, reachable: object, entry: MockConfigEntry, set_up: SetUp
) -> None:
    """Without loss, every state is right as soon as the events are delivered, without a poll."""
    await set_up()
    assert mismatches(hass, simulator) == []
    asked = len(simulator.requests)
    rng = random.Random(7)
    for _ in range(8):
        await wander(simulator, rng, 5)
        await hass.async_block_till_done()
        assert mismatches(hass, simulator) == []
    assert len(simulator.requests) == asked
    assert all(delivery.status == 200 for delivery in simulator.deliveries)


@pytest.mark.parametrize("rooms", SIZES)
async def test_polls_alone_tell_the_truth(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Without a public address every count is right after the next poll, and traffic after its own."""
    await wander(simulator, random.Random(3), 12)
    freezer.tick(120)
    await set_up()
    assert simulator.webhooks == []
    assert mismatches(hass, simulator) == []
    await wander(simulator, random.Random(4), 12)
    # Two minutes stand still before the poll, so that the newest minute is a whole one.
    freezer.tick(120)
    for _ in range(6):
        freezer.tick(OCCUPANCY_INTERVAL)
        async_fire_time_changed(hass)
        await hass.async_block_till_done(wait_background_tasks=True)
    assert mismatches(hass, simulator) == []


@pytest.mark.random_seeds
async def test_shuffled_pushes_tell_the_truth_at_once(
    hass: HomeAssistant,
    flowing_time: TickingDateTimeFactory,
    simulator: Simulator,
    reachable: object,
    entry: MockConfigEntry,
    set_up: SetUp,
    seed: int,
) -> None:
    """With none lost but a fifth doubled and all shuffled, all is right when the last is in: motion too, no poll."""
    rng = random.Random(seed)
    simulator.settings.update(NOISE | {"loss": 0.0, "activity": rng.uniform(5, 40)})
    await set_up_in_the_middle_of_life(simulator, set_up, flowing_time)
    assert await settled_mismatches(hass, simulator) == []
    while entry.runtime_data.push.mode is not UpdateMode.PUSH:
        await live(simulator, flowing_time, 5)
        assert await settled_mismatches(hass, simulator) == []
    # Now that pushes are proven and the polls after the subscription are over, the next polls are five minutes away.
    await live(simulator, flowing_time, RECHECK_DELAY, activity=0)
    await hass.async_block_till_done(wait_background_tasks=True)
    await poll(entry)
    asked = figures_asked(simulator)
    for _ in range(5):
        await live(simulator, flowing_time, rng.uniform(1, 30))
        assert await settled_mismatches(hass, simulator) == []
    assert figures_asked(simulator) == asked
    assert all(delivery.outcome == "acknowledged" for delivery in simulator.deliveries)
    moved = {one.event["metadata"]["room_id"] for one in simulator.deliveries if one.event["type"].startswith("PIR_")}
    assert [room_id for room_id in moved if state_of(hass, room_id, "motion") not in (STATE_ON, STATE_OFF)] == []


@pytest.mark.random_seeds
async def test_a_noisy_cloud_is_right_after_the_next_poll(
    hass: HomeAssistant,
    flowing_time: TickingDateTimeFactory,
    simulator: Simulator,
    reachable: object,
    entry: MockConfigEntry,
    set_up: SetUp,
    seed: int,
) -> None:
    """With a third of the events lost, a fifth doubled and all shuffled, one poll corrects every state."""
    rng = random.Random(seed)
    simulator.settings.update(NOISE | {"activity": rng.uniform(5, 40)})
    await set_up_in_the_middle_of_life(simulator, set_up, flowing_time)
    for _ in range(4):
        await live(simulator, flowing_time, rng.uniform(1, 60))
        await simulator.settle()
        # A push of the last whole minute is newer than the median of that minute: all must stand still during one.
        await live(simulator, flowing_time, 120, activity=0)
        await poll(entry)
        # Motion cannot be asked for: a lost end of it stays until the next event.
        assert [line for line in await settled_mismatches(hass, simulator) if " motion: " not in line] == []
