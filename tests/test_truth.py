"""The main job, end to end: what Home Assistant shows is what is really the case."""

from collections.abc import Iterator
from datetime import UTC, datetime
import random

from freezegun import freeze_time
from freezegun.api import FrozenDateTimeFactory, TickingDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.butlr.coordinator import OCCUPANCY_INTERVAL
from tests.conftest import SetUp
from tests.simulator import Simulator
from tests.truth import mismatches

SIZES = [5, 60]


@pytest.fixture
def flowing_time() -> Iterator[TickingDateTimeFactory]:
    """Return a clock that goes on by itself, as delayed deliveries need it, and can be moved ahead."""
    with freeze_time(datetime.now(UTC), tick=True) as time:
        assert isinstance(time, TickingDateTimeFactory)
        yield time


async def wander(simulator: Simulator, rng: random.Random, steps: int) -> None:
    """Let people enter, walk about and leave."""
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


@pytest.mark.parametrize("rooms", SIZES)
async def test_pushes_tell_the_truth_at_once(
    hass: HomeAssistant, simulator: Simulator, reachable: object, entry: MockConfigEntry, set_up: SetUp
) -> None:
    """With nothing lost, every state is right as soon as the events are delivered, no poll in between."""
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


async def test_a_noisy_cloud_is_right_after_the_next_poll(
    hass: HomeAssistant,
    simulator: Simulator,
    reachable: object,
    entry: MockConfigEntry,
    set_up: SetUp,
    flowing_time: TickingDateTimeFactory,
) -> None:
    """A third of the events lost, a fifth doubled, all shuffled, minutes recomputed: the polls mend it."""
    simulator.settings.update({"loss": 0.3, "duplicates": 0.2, "disorder": 1.0, "disorder_delay": 0.05})
    simulator.settings.recompute = 0.3
    await set_up()
    rng = random.Random(11)
    for _ in range(4):
        await wander(simulator, rng, 10)
        flowing_time.tick(120)
        for _ in range(6):
            flowing_time.tick(OCCUPANCY_INTERVAL)
            async_fire_time_changed(hass)
            await hass.async_block_till_done(wait_background_tasks=True)
        wrong = [line for line in mismatches(hass, simulator) if " motion: " not in line]
        assert wrong == []
