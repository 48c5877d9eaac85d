"""Which rooms are free: known to be, large enough, tagged, and for how long."""

from datetime import UTC, datetime
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
    floor_registry as fr,
    label_registry as lr,
)
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.butlr.const import DOMAIN
from custom_components.butlr.coordinator import ESTATE_INTERVAL
from tests.conftest import Ask, Http, SetUp, pass_time
from tests.helpers.registries import device_of, find, target_of
from tests.helpers.states import entity_of
from tests.repository.test_docs import YAML_EXAMPLES
from tests.simulator import Simulator
from tests.simulator.estate import Tag

MINUTE = 60.0


@pytest.fixture
def simulator(freezer: FrozenDateTimeFactory, simulator: Simulator) -> Simulator:
    """Return a simulator of a working day after lunch, when some rooms are occupied and some are free."""
    return simulator


@pytest.fixture(autouse=True)
def _now(freezer: FrozenDateTimeFactory) -> None:
    """Set the time to the afternoon of a working day before anything is set up."""
    freezer.move_to(datetime(2026, 10, 28, 14, 0, 30, tzinfo=UTC))


def names(response: dict[str, Any]) -> list[str]:
    """Return the names of the returned rooms."""
    return [room["name"] for room in response["rooms"]]


def free_in_truth(simulator: Simulator) -> set[str]:
    """Return the ids of the rooms that are free, as far as all sensors that count in them can tell."""
    return empty_in_truth(simulator) - half_sensed(simulator)


def empty_in_truth(simulator: Simulator) -> set[str]:
    """Return the ids of the rooms that are free and have sensors."""
    truth = simulator.truth()["spaces"]
    return {one for one in simulator.estate.rooms if truth[one]["available"] and truth[one]["occupied"] is False}


def half_sensed(simulator: Simulator) -> set[str]:
    """Return the ids of the rooms that have an offline sensor among those that count in them."""
    coverage = simulator.estate.coverage
    counting = {
        one: coverage.room_sensors(one, "presence") or coverage.room_sensors(one, "traffic")
        for one in simulator.estate.rooms
    }
    return {one for one, sensors in counting.items() if not all(map(coverage.works, sensors))}


@pytest.mark.parametrize("rooms", [5, 150])
async def test_all_that_are_free(hass: HomeAssistant, ask: Ask, simulator: Simulator, rooms: int) -> None:
    """Exactly the free rooms are returned, the smallest first; the others are counted by reason."""
    truth = simulator.truth()["spaces"]
    estate = simulator.estate
    response = await ask("find_available_rooms", limit=200)
    assert {room["id"] for room in response["rooms"]} == free_in_truth(simulator)
    assert response["free"] == len(response["rooms"]) > 0
    assert response["considered"] == len(estate.rooms)
    order = [(room["capacity"] or 1000, -room["free_minutes"]) for room in response["rooms"]]
    assert order == sorted(order)
    coverage = estate.coverage
    bare = {one for one in estate.rooms if not any(sensor.real for sensor in coverage.sensors_in.get(one, ()))}
    assert response["left_out"] == {
        "tags": 0,
        "capacity": 0,
        "capacity_unknown": 0,
        "no_sensors": len(bare),
        "unavailable": sum(not truth[one]["available"] for one in estate.rooms if one not in bare),
        "unknown": 0,
        "occupied": sum(truth[one]["occupied"] is True and truth[one]["available"] for one in estate.rooms),
        "stale": 0,
        "partial": len(empty_in_truth(simulator) & half_sensed(simulator)),
        "free_too_briefly": 0,
        "no_baseline": 0,
        "usually_used_soon": 0,
    }
    assert {room["confidence"] for room in response["rooms"]} == {
        "measured" if coverage.room_sensors(one, "presence") else "estimated" for one in free_in_truth(simulator)
    }
    assert sum(response["left_out"].values()) + response["free"] == len(estate.rooms)
    assert response["reason"] is None
    few = await ask("find_available_rooms", limit=1)
    assert (names(few), few["free"]) == (names(response)[:1], response["free"])


@pytest.mark.parametrize("rooms", [150])
@pytest.mark.parametrize(("least", "most"), [(4, None), (None, 4), (3, 8)])
async def test_capacity(ask: Ask, simulator: Simulator, least: int | None, most: int | None) -> None:
    """Rooms are selected by capacity; rooms of unknown capacity are left out."""
    sizes = {"capacity_min": least, "capacity_max": most}
    response = await ask("find_available_rooms", limit=200, **{key: size for key, size in sizes.items() if size})
    rooms = simulator.estate.rooms
    fitting = {one for one in rooms if (least or 1) <= rooms[one].capacity_max <= (most or 1000)}
    assert {room["id"] for room in response["rooms"]} == free_in_truth(simulator) & fitting
    assert response["left_out"]["capacity_unknown"] == sum(not room.capacity_max for room in rooms.values())
    assert response["left_out"]["capacity"] == len(rooms) - len(fitting) - response["left_out"]["capacity_unknown"]


@pytest.mark.parametrize("rooms", [150])
async def test_tags(entry: MockConfigEntry, ask: Ask, simulator: Simulator) -> None:
    """Rooms are selected by all or any tags, given by name (in any case) or id."""
    quiet, meeting = (
        next(tag for tag in simulator.estate.tags.values() if tag.name == name) for name in ("quiet", "meeting room")
    )
    both = next(iter(free_in_truth(simulator)))
    for tag in (quiet, meeting):
        tag.space_ids = list({*tag.space_ids, both})
    free = free_in_truth(simulator)

    async def found(match: str | None, *tags: str) -> set[str]:
        more = {"tags_match": match} if match else {}
        response = await ask("find_available_rooms", tags=list(tags), limit=200, **more)
        return {room["id"] for room in response["rooms"]}

    await entry.runtime_data.estate.async_refresh()
    assert await found(None, "Quiet") == free & set(quiet.space_ids)
    assert (
        await found(None, quiet.id, " meeting ROOM ") == free & set(quiet.space_ids) & set(meeting.space_ids) != set()
    )
    assert await found("any", "quiet", "meeting room") == free & {*quiet.space_ids, *meeting.space_ids}


async def test_spellings_of_tags(ask: Ask, entry: MockConfigEntry, simulator: Simulator) -> None:
    """An exact name comes first; accents may be omitted where this is unambiguous; ids work, too."""
    rooms = list(free_in_truth(simulator))
    for number, (name, room) in enumerate(zip(("Café", "Cafe", "Recepcio\u0301n", "か"), rooms, strict=False)):
        simulator.estate.add(Tag(f"tag_n{number}", name, [room]))
    await entry.runtime_data.estate.async_refresh()

    async def found(tag: str) -> list[str]:
        response = await ask("find_available_rooms", tags=[tag])
        return [room["id"] for room in response["rooms"]] if "rooms" in response else [response["translation_key"]]

    assert await found("cafe\u0301") == rooms[:1]
    assert await found("CAFE") == rooms[1:2]
    assert await found("recepcion") == await found("RECEPCIÓN") == rooms[2:3]
    assert await found("tag_n3") == rooms[3:4]
    assert await found("が") == ["tags_unknown"]


async def test_the_fields_of_a_room(
    hass: HomeAssistant, entry: MockConfigEntry, ask: Ask, simulator: Simulator
) -> None:
    """A room is returned with the name that the user gave it and everything that further actions need."""
    boardroom = find(simulator, "Boardroom")
    device = device_of(hass, entry, boardroom)
    dr.async_get(hass).async_update_device(device.id, name_by_user="Bridge")
    (room,) = (await ask("find_available_rooms", target_of(hass, entry, boardroom)))["rooms"]
    assert room == {
        "id": boardroom,
        "name": "Bridge",
        "type": "room",
        "device_id": device.id,
        "floor": "First Floor",
        "building": "Pier House",
        "capacity": 12,
        "room_type": "conference",
        "tags": ["meeting room"],
        "free_since": "2026-10-28T14:55:00+01:00",
        "free_minutes": 5,
        "confidence": "measured",
        # There is no recorder, so nothing is usual.
        "usual_use": "unknown",
        "usually_free_until": None,
        "usually_free_minutes": None,
        "baseline_weeks": 0,
        "ranked_by": None,
    }


async def test_for_how_long(
    hass: HomeAssistant, ask: Ask, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """Only the observed free time counts: it starts at start-up and again after every visit."""
    response = await ask("find_available_rooms", free_minutes=6)
    assert (response["free"], response["reason"]) == (0, "free_too_briefly")
    assert response["left_out"]["free_too_briefly"] == len(free_in_truth(simulator))
    counted = ["Focus Room", "Boardroom", "Lobby"]
    for free in (counted, [*counted[:2], "Harbour Café", counted[2]]):
        # The estimate is only known since its first poll, five minutes later.
        for _ in range(5):
            await pass_time(hass, freezer, MINUTE)
        assert names(await ask("find_available_rooms", free_minutes=10)) == free
    assert len(free) == len(free_in_truth(simulator))
    boardroom = find(simulator, "Boardroom")
    await simulator.move(to=boardroom)
    # Long enough to be counted: Butlr returns the median of each minute.
    await pass_time(hass, freezer, 2 * MINUTE)
    await simulator.move(from_=boardroom)
    for _ in range(3):
        await pass_time(hass, freezer, MINUTE)
    response = await ask("find_available_rooms", free_minutes=10)
    assert boardroom not in {room["id"] for room in response["rooms"]}
    since = {room["id"]: room["free_minutes"] for room in (await ask("find_available_rooms"))["rooms"]}
    assert since[boardroom] == 3


async def test_why_there_is_none(
    hass: HomeAssistant, entry: MockConfigEntry, ask: Ask, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """The reason is that of the rooms that came closest; an unknown room is not free."""

    async def why(target: dict[str, Any] | None = None, **data: Any) -> str:
        response = await ask("find_available_rooms", target, **data)
        assert response["rooms"] == []
        return str(response["reason"])

    boardroom, booth = find(simulator, "Boardroom"), find(simulator, "Phone Booth 1")
    assert await why(capacity_min=500) == "capacity"
    assert await why(tags="video") == "tags"
    assert await why(target_of(hass, entry, find(simulator, "Lobby")), capacity_max=10) == "capacity_unknown"
    assert await why(target_of(hass, entry, find(simulator, "Desk Row A"))) == "no_rooms"
    assert await why(target_of(hass, entry, booth)) == "unavailable"
    await simulator.move(to=boardroom)
    await pass_time(hass, freezer, 2 * MINUTE)
    assert await why(target_of(hass, entry, boardroom)) == "occupied"
    assert await why(target_of(hass, entry, boardroom, booth)) == "occupied"
    simulator.faults.set("reporting", "empty")
    await pass_time(hass, freezer, 2 * MINUTE)
    assert await why(target_of(hass, entry, boardroom)) == "unknown"
    simulator.faults.clear()
    for sensor in simulator.estate.sensors.values():
        if sensor.room_id == boardroom:
            sensor.room_id = None
    await pass_time(hass, freezer, ESTATE_INTERVAL.total_seconds() + 1)
    assert await why(target_of(hass, entry, boardroom)) == "no_sensors"


async def test_where(hass: HomeAssistant, entry: MockConfigEntry, ask: Ask, simulator: Simulator) -> None:
    """Targets can be devices, entities, areas, floors and labels, and include the spaces inside."""
    boardroom, cafe = find(simulator, "Boardroom"), find(simulator, "Harbour Café")
    devices, areas = dr.async_get(hass), ar.async_get(hass)
    upstairs = fr.async_get(hass).async_create("Upstairs")
    area = areas.async_create("West", floor_id=upstairs.floor_id)
    label = lr.async_get(hass).async_create("Talks").label_id
    devices.async_update_device(device_of(hass, entry, boardroom).id, area_id=area.id, labels={label})
    hive = next(iter(entry.runtime_data.estate.data.hives))
    devices.async_update_device(device_of(hass, entry, hive).id, area_id=area.id)
    lamp = er.async_get(hass).async_get_or_create("light", "lamp", "1")
    er.async_get(hass).async_update_entity(lamp.entity_id, area_id=area.id)
    occupancy = entity_of(hass, boardroom, "occupancy")
    assert occupancy
    er.async_get(hass).async_update_entity(occupancy, labels={label})
    for target in (
        target_of(hass, entry, boardroom),
        {"entity_id": occupancy},
        {"area_id": area.id},
        {"floor_id": upstairs.floor_id},
        {"label_id": label},
    ):
        assert names(await ask("find_available_rooms", target)) == ["Boardroom"]
    ground, house = find(simulator, "Ground Floor"), find(simulator, "Pier House")
    first = find(simulator, "First Floor")
    assert names(await ask("find_available_rooms", target_of(hass, entry, first))) == ["Focus Room", "Boardroom"]
    everything = names(await ask("find_available_rooms"))
    for target in (
        target_of(hass, entry, house),
        target_of(hass, entry, ground, first),
        target_of(hass, entry, simulator.estate.id, cafe),
    ):
        assert names(await ask("find_available_rooms", target)) == everything
    # An entity can be in another area than its device.
    other = areas.async_create("East")
    estimate = entity_of(hass, cafe, "people_estimate")
    assert estimate
    er.async_get(hass).async_update_entity(estimate, area_id=other.id)
    assert names(await ask("find_available_rooms", {"area_id": other.id})) == ["Harbour Café"]
    mode = entity_of(hass, simulator.estate.id, "update_mode")
    assert mode
    er.async_get(hass).async_update_entity(mode, area_id=other.id)
    assert names(await ask("find_available_rooms", {"area_id": other.id})) == everything


async def test_the_script_of_the_readme(
    hass: HomeAssistant, ask: Ask, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """The script of the README works as it is, whether or not a room is free."""
    messages = []

    async def remember(call: ServiceCall) -> None:
        messages.append(call.data["message"])

    hass.services.async_register("notify", "send_message", remember)
    scripts = (example for example in YAML_EXAMPLES if "sequence" in example)
    (script,) = (script for script in scripts if "butlr.find_available_rooms" in str(script))
    assert await async_setup_component(hass, "script", {"script": {"where": script}})
    await hass.services.async_call("script", "where", blocking=True)
    await simulator.move(to=find(simulator, "Boardroom"))
    await simulator.move(to=find(simulator, "Harbour Café"))
    await pass_time(hass, freezer, 5 * MINUTE + 1)
    await hass.services.async_call("script", "where", blocking=True)
    assert messages == [
        "Take Boardroom, First Floor. Rooms free: 2.",
        "No room for eight is free (occupied). Rooms in an unknown state: 0.",
    ]


@pytest.mark.parametrize("rooms", [12])
async def test_never_longer_than_in_truth(
    hass: HomeAssistant,
    reachable: Http,
    set_up: SetUp,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
) -> None:
    """During half an hour of pushes, no room is ever reported as free for longer than it really was."""
    await set_up()
    assert simulator.webhooks
    counted = {one for one in simulator.estate.rooms if simulator.estate.coverage.sees(one)}
    begun, seen = simulator.now(), 0
    for _ in range(30):
        freezer.tick(MINUTE)
        simulator.step()
        await simulator.settle()
        await pass_time(hass, freezer, 1)
        response: Any = await hass.services.async_call(
            DOMAIN, "find_available_rooms", {"limit": 200}, blocking=True, return_response=True
        )
        for room in response["rooms"]:
            since = datetime.fromisoformat(room["free_since"]).timestamp()
            if room["id"] not in counted or since * 1000 < begun:
                continue
            steps = simulator.world.steps(room["id"], begun, simulator.now())
            assert not any(people for timestamp, people in steps if timestamp / 1000 > since + 1), room
            seen += 1
    assert seen > 20
