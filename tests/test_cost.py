"""What news cost: a push writes the entities of its space whose state changes, a poll those that changed."""

from collections.abc import Iterator

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import EVENT_STATE_CHANGED, EVENT_STATE_REPORTED
from homeassistant.core import Event, EventStateChangedData, EventStateReportedData, HomeAssistant, callback
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from tests.conftest import SetUp
from tests.simulator import Simulator
from tests.truth import mismatches


@pytest.fixture
def rooms(freezer: FrozenDateTimeFactory) -> int:
    """Return a size at which writing too much would show; at noon, since midnight is news for every door."""
    freezer.move_to("2026-11-25T11:00:00Z")
    return 400


@pytest.fixture
def written(hass: HomeAssistant) -> Iterator[list[str]]:
    """Return the ids of entities whose state was written, again for each write, useful or not."""
    ids: list[str] = []

    @callback
    def note(event: Event[EventStateChangedData] | Event[EventStateReportedData]) -> None:
        if "update_mode" not in event.data["entity_id"]:
            ids.append(event.data["entity_id"])

    @callback
    def everything(_data: object) -> bool:
        return True

    ends = [
        hass.bus.async_listen(EVENT_STATE_CHANGED, note),
        # Home Assistant insists on a filter for this one.
        hass.bus.async_listen(EVENT_STATE_REPORTED, note, event_filter=everything),
    ]
    yield ids
    for end in ends:
        end()


async def test_a_push_writes_what_it_changes(
    hass: HomeAssistant,
    simulator: Simulator,
    reachable: object,
    entry: MockConfigEntry,
    set_up: SetUp,
    written: list[str],
) -> None:
    """One person enters one room: each entity that shows it is written once, no other at all."""
    await set_up()
    room = next(
        room.id
        for room in simulator.estate.rooms.values()
        if entry.runtime_data.estate.data.equipment(room.id).presence
    )
    written.clear()
    await simulator.move(to=room)
    await hass.async_block_till_done()
    assert mismatches(hass, simulator) == []
    assert len(hass.states.async_all()) > 2000
    # The entrance, the room and its motion, the floor, the building: some ten figures.
    assert 5 <= len(written) <= 20
    # People and utilization of one space may come by two events (room, then floor), but never more.
    assert all(written.count(entity_id) <= 2 for entity_id in written)
    written.clear()
    await simulator.deliver(simulator.deliveries[-1].event)
    await hass.async_block_till_done()
    assert written == []


async def test_a_poll_writes_what_changed(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    set_up: SetUp,
    written: list[str],
    freezer: FrozenDateTimeFactory,
) -> None:
    """A poll that brings no news writes nothing; one with a change writes that."""
    await set_up()
    written.clear()
    freezer.tick(61)
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert written == []
    zone = next(iter(simulator.estate.zones))
    await simulator.move(to=zone)
    freezer.tick(121)
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert 2 <= len(written) <= 20
