"""State writes: a push or a poll writes only the entities whose state it changes."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
import json
import time
from typing import Any
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.webhook import async_handle_webhook
from homeassistant.const import CONF_WEBHOOK_ID, EVENT_STATE_CHANGED, EVENT_STATE_REPORTED, Platform
from homeassistant.core import Event, EventStateChangedData, EventStateReportedData, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.util.aiohttp import MockRequest
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.butlr.const import DOMAIN
from custom_components.butlr.live import live, rules
from custom_components.butlr.live.space import SpaceState
from tests.conftest import SetUp
from tests.helpers.push import secret_header
from tests.helpers.states import FIGURES, mismatches
from tests.simulator import Simulator


@pytest.fixture
def rooms(freezer: FrozenDateTimeFactory) -> int:
    """Return a size at which unneeded writes would show; at noon, since midnight changes every door's totals."""
    freezer.move_to("2026-11-25T11:00:00Z")
    return 1000


@pytest.fixture
def written(hass: HomeAssistant) -> Iterator[Counter[tuple[str, str]]]:
    """Return how often each state was changed, and how often it was written without a change."""
    writes: Counter[tuple[str, str]] = Counter()

    @callback
    def note(event: Event[EventStateChangedData] | Event[EventStateReportedData]) -> None:
        writes[str(event.event_type), event.data["entity_id"]] += 1

    @callback
    def everything(_data: object) -> bool:
        return True

    ends = [
        hass.bus.async_listen(EVENT_STATE_CHANGED, note),
        # Home Assistant insists on a filter for this one.
        hass.bus.async_listen(EVENT_STATE_REPORTED, note, event_filter=everything),
    ]
    yield writes
    for end in ends:
        end()


class House:
    """A large estate in Home Assistant, and what is written for it."""

    def __init__(self, hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry) -> None:
        """Use the given simulator and entry."""
        self._hass = hass
        self._simulator = simulator
        self._entry = entry
        self.estate = simulator.estate
        self.coverage = simulator.estate.coverage

    def rooms(self, *, presence: bool, doors: bool) -> list[str]:
        """Return the available rooms with exactly these kinds of sensors, ordered by building."""
        coverage = self.coverage
        return [
            room
            for room in self.estate.rooms
            if coverage.available(room)
            and coverage.has_presence(room) is presence
            and bool(coverage.traffic_sensors(room)) is doors
        ]

    def above(self, room: str) -> tuple[str, str]:
        """Return the floor and the building of a room."""
        floor = self.estate.rooms[room].floor_id
        return floor, self.estate.floors[floor].building_id

    def entity(self, platform: Platform, space: str, key: str) -> str | None:
        """Return the id of an enabled entity."""
        registry = er.async_get(self._hass)
        entity_id = registry.async_get_entity_id(platform, DOMAIN, f"{space}_{key}")
        found = registry.async_get(entity_id) if entity_id else None
        return found.entity_id if found and not found.disabled else None

    def changed(self, *names: tuple[str, str]) -> Counter[tuple[str, str]]:
        """Return the writes if each of these values of spaces changes: one for its entity.

        With the number that stands for a space its utilization changes, where that is shown.
        """
        numbers = ("people", "estimate")
        ids = [self.entity(*FIGURES[figure][:1], space, FIGURES[figure][1]) for space, figure in names]
        assert None not in ids, names
        ids += [self.entity(Platform.SENSOR, space, "utilization") for space, figure in names if figure in numbers]
        return Counter((str(EVENT_STATE_CHANGED), entity_id) for entity_id in ids if entity_id)

    async def push(self, kind: str, people: Any = None, **metadata: Any) -> bytes:
        """Push an event that happens now, and return it."""
        event = {"id": f"event_{time.time()}", "type": kind, "timestamp": round(time.time() * 1000), "data": people}
        body = json.dumps(event | {"metadata": {"org_id": self.estate.id, **metadata}}).encode()
        await self.post(body)
        return body

    async def post(self, body: bytes) -> None:
        """Push a body."""
        request: Any = MockRequest(body, "test", method="POST", headers=secret_header(self._entry))
        response = await async_handle_webhook(self._hass, self._entry.data[CONF_WEBHOOK_ID], request)
        assert response.status == 200
        await self._hass.async_block_till_done()

    def truths(self) -> dict[tuple[str, str], Any]:
        """Return every true value that an entity shows, except motion, which is not polled."""
        return {
            (space, figure): value
            for space, figures in self._simulator.truth()["spaces"].items()
            for figure, value in figures.items()
            if figure in FIGURES and figure != "motion" and figures["available"]
            if self.entity(*FIGURES[figure][:1], space, FIGURES[figure][1])
        }

    def total(self, truths: Mapping[tuple[str, str], Any]) -> int:
        """Return the people of all buildings."""
        return sum(truths.get((building, "people")) or 0 for building in self.estate.buildings)


@pytest.fixture
def house(hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry) -> House:
    """Return the house, not yet set up."""
    return House(hass, simulator, entry)


@pytest.mark.usefixtures("unlimited_requests")
async def test_a_thousand_rooms(
    hass: HomeAssistant,
    simulator: Simulator,
    house: House,
    entry: MockConfigEntry,
    set_up: SetUp,
    written: Counter[tuple[str, str]],
    freezer: FrozenDateTimeFactory,
) -> None:
    """Pushes and polls write each changed state once, and nothing else, in an estate of any size.

    One set-up, the costly part, serves for all of them.
    """
    await set_up()
    assert len(house.estate.rooms) == 1000
    assert mismatches(hass, simulator) == []
    await _pushes(house, written, freezer)
    await _polls(hass, simulator, house, written, freezer)


async def _pushes(house: House, written: Counter[tuple[str, str]], freezer: FrozenDateTimeFactory) -> None:
    """Push one event of each kind and compare the writes with the expected ones."""

    async def push(kind: str, people: Any = None, **metadata: Any) -> Counter[tuple[str, str]]:
        freezer.tick(0.1)
        written.clear()
        told: list[Any] = []

        def notify(
            before: Mapping[Any, SpaceState], notify: Callable[[Mapping[Any, SpaceState]], None] = live._notify
        ) -> None:
            told.extend(before)
            notify(before)

        with (
            patch.object(rules, "compute_state", wraps=rules.compute_state) as compute,
            patch.object(live, "_notify", notify),
        ):
            body = await house.push(kind, people, **metadata)
        # What is not written is not even looked at, nor asked: only the space, its floor and its building are.
        assert compute.call_count <= 3
        assert len(told) <= 3
        news = Counter(written)
        await house.post(body)
        assert Counter(written) == news, "a repeated push writes nothing"
        return news

    # Counts: the room's own figures, and what it tells of its floor and building. Those are empty until the first.
    room, other = house.rooms(presence=True, doors=False)[:2]
    floor, building = house.above(room)
    assert house.above(other) == (floor, building)
    upwards = [(space, figure) for space in (floor, building) for figure in ("occupied", "free_rooms")]
    assert await push("ROOM_OCCUPANCY", 3, room_id=room) == house.changed(
        (room, "people"), (room, "occupied"), *upwards
    )
    assert await push("ROOM_OCCUPANCY_1MIN", 4, room_id=room) == house.changed((room, "people"))
    # The second room that fills is no news about whether anyone is on the floor.
    assert await push("ROOM_OCCUPANCY", 1, room_id=other) == house.changed(
        (other, "people"), (other, "occupied"), (floor, "free_rooms"), (building, "free_rooms")
    )
    assert await push("ROOM_OCCUPANCY", 4, room_id=room) == Counter(), "the same number later is no news"
    # Floors and zones have numbers of their own; a building's people are the sum of its floors', and so on.
    assert await push("FLOOR_OCCUPANCY", 5, floor_id=floor) == house.changed(
        (floor, "people"), (building, "people"), (house.estate.id, "people")
    )
    zone = next(zone for zone in house.estate.zones if house.entity(Platform.SENSOR, zone, "people"))
    assert house.estate.zones[zone].floor_id == floor
    assert await push("ZONE_OCCUPANCY", 2, zone_id=zone) == house.changed((zone, "people"), (zone, "occupied"))

    # Motion, in another building.
    room = next(room for room in reversed(house.rooms(presence=True, doors=False)) if house.coverage.has_pir(room))
    floor, building = house.above(room)
    upwards = [(space, figure) for space in (floor, building) for figure in ("occupied", "free_rooms")]
    assert await push("PIR_MOTION", room_id=room) == house.changed((room, "motion"), (room, "occupied"), *upwards)
    assert await push("PIR_MOTION", room_id=room) == Counter(), "motion that goes on is no news"
    # The newest count stands below the motion.
    assert await push("PIR_NO_MOTION", room_id=room) == house.changed((room, "motion"), (room, "occupied"), *upwards)

    # A crossing: of a room it is the floor's only as far as the room is occupied by it.
    room = house.rooms(presence=False, doors=True)[-1]
    floor, building = house.above(room)
    (door,) = (door for door in house.coverage.traffic_sensors(room) if not door.is_entrance)
    upwards = [(space, figure) for space in (floor, building) for figure in ("occupied", "free_rooms")]
    crossing = str(EVENT_STATE_CHANGED), house.entity(Platform.EVENT, room, "crossing")
    assert await push("TRAFFIC", {"in": 2, "out": 1}, mac_address=door.mac_address) == house.changed(
        (room, "entries_today"), (room, "exits_today"), (room, "estimate"), (room, "occupied"), *upwards
    ) + Counter({crossing: 2}), "one event for each direction"
    assert await push("TRAFFIC", {"in": 1, "out": 0}, mac_address=door.mac_address) == house.changed(
        (room, "entries_today"), (room, "estimate")
    ) + Counter({crossing: 1})


async def _polls(
    hass: HomeAssistant,
    simulator: Simulator,
    house: House,
    written: Counter[tuple[str, str]],
    freezer: FrozenDateTimeFactory,
) -> None:
    """Change every hundredth room without a push; the next poll writes exactly what differs."""

    async def poll(seconds: float) -> Counter[tuple[str, str]]:
        written.clear()
        freezer.tick(seconds)
        async_fire_time_changed(hass)
        await hass.async_block_till_done(wait_background_tasks=True)
        return Counter(written)

    # What was pushed above was not the truth; after two minutes the polls know better, and after that nothing is news.
    await poll(301)
    assert mismatches(hass, simulator) == []
    assert await poll(61) == Counter(), "a poll without news writes nothing"
    before = house.truths()
    some = house.rooms(presence=True, doors=False)[::20][:30]
    for room in some:
        # Nobody comes in by a door: the traffic poll has no news of its own then.
        person = simulator.world.newcomer(house.above(room)[1], None, acts=False)
        simulator.world.move(person, house.coverage.place(room), simulator.world.timestamp(simulator.now()))
    after = house.truths()
    differ = {name for name in after if after[name] != before[name]}
    if house.total(before) != house.total(after):
        differ.add((house.estate.id, "people"))
    assert {space for space, figure in differ if space in house.estate.rooms} == set(some)
    writes = await poll(121)
    # Nothing that is not different in truth, all that is, and nothing that was written in vain.
    assert writes.keys() == house.changed(*differ).keys()
    assert mismatches(hass, simulator) == []
    # A poll asks about 150 spaces at a time, and shows each answer when it comes: what sums up spaces of two answers
    # is written twice. The spaces themselves are written once.
    often = {name for name in differ if any(writes[one] > 1 for one in house.changed(name))}
    assert not {space for space, _ in often} & (house.estate.rooms.keys() | house.estate.zones.keys())
    assert {figure for _, figure in often} <= {"free_rooms", "people", "occupied"}
    assert max(writes.values()) <= 3
