"""The minutes today in which a room was empty while something in its area was on, against what really happened."""

from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.helpers import device_registry as dr, entity_registry as er, restore_state
from homeassistant.helpers.restore_state import RestoredExtraData
from homeassistant.util import dt as dt_util
import pytest

from tests.helpers.on_demand import set_enabled
from tests.helpers.registries import device_of, target_of
from tests.helpers.scene import Scene
from tests.helpers.states import entity_of
from tests.helpers.waste import RecordedDay, add_device, put_in_area

KEY = "empty_on_today"
LIGHT = "light.boardroom"


@pytest.fixture
async def empty_room(scene: Scene) -> Scene:
    """Set up a Boardroom that is known to be empty, in an area with a light that is off; count its minutes."""
    await scene.set_up()
    put_in_area(scene.hass, scene.entry, "Boardroom", scene.room("Boardroom"))
    add_device(scene.hass, LIGHT, "Boardroom")
    await set_enabled(scene.hass, scene.entry, scene.freezer, f"_{KEY}")
    assert counted(scene) == "0"
    assert scene.state("Boardroom", "occupancy") == "off"
    return scene


def counted(scene: Scene) -> str | None:
    """Return the minutes that are shown for the Boardroom."""
    return scene.state("Boardroom", KEY)


async def minutes(scene: Scene, number: int) -> None:
    """Let minutes pass exactly."""
    for _ in range(number * 2):
        await scene.pass_time(30)


async def test_counts_only_what_is_on_in_an_empty_room(empty_room: Scene) -> None:
    """Neither an occupied room counts, nor one in which everything is off, nor one of which nothing is known."""
    scene, states = empty_room, empty_room.hass.states
    await minutes(scene, 2)
    assert counted(scene) == "0"
    states.async_set(LIGHT, "on")
    await minutes(scene, 5)
    assert counted(scene) == "5"
    person = await scene.enter("Boardroom")
    await minutes(scene, 3)
    assert counted(scene) == "5"
    await scene.simulator.move(person=person)
    await minutes(scene, 2)
    assert counted(scene) == "7"
    states.async_set(LIGHT, STATE_UNAVAILABLE)
    await minutes(scene, 2)
    assert counted(scene) == "7"
    states.async_set(LIGHT, "on")
    await minutes(scene, 1)
    assert counted(scene) == "8"


async def test_an_outage_does_not_count(empty_room: Scene) -> None:
    """The last values stay for ten minutes; after them, the room is not known to be empty."""
    scene = empty_room
    scene.hass.states.async_set(LIGHT, "on")
    scene.simulator.faults.set("reporting", "500")
    for _ in range(15):
        await scene.pass_time(60)
    assert counted(scene) == STATE_UNAVAILABLE
    scene.simulator.faults.clear()
    while scene.state("Boardroom", "occupancy") != "off":
        await scene.pass_time(60)
    assert counted(scene) in ("9", "10")


async def test_an_unknown_room_does_not_count(empty_room: Scene) -> None:
    """A poll without a value says nothing about the room, so it is not known to be empty."""
    scene = empty_room
    scene.hass.states.async_set(LIGHT, "on")
    scene.simulator.faults.set("reporting", "empty")
    while scene.state("Boardroom", "occupancy") == "off":
        await scene.pass_time(30)
    assert scene.state("Boardroom", "occupancy") == STATE_UNKNOWN
    before = counted(scene)
    await minutes(scene, 5)
    assert scene.state("Boardroom", "occupancy") == STATE_UNKNOWN
    assert counted(scene) == before


async def test_seconds_are_exact(empty_room: Scene) -> None:
    """What is on for less than an interval counts for as long as it was on."""
    scene, states = empty_room, empty_room.hass.states
    for _ in range(9):
        states.async_set(LIGHT, "on")
        await scene.pass_time(8)
        states.async_set(LIGHT, "off")
        await scene.pass_time(1)
    assert counted(scene) == "1"
    states.async_set(LIGHT, "on")
    await scene.pass_time(47)
    assert counted(scene) == "1"
    await scene.pass_time(1)
    states.async_set(LIGHT, "off")
    await scene.settle()
    assert counted(scene) == "2"


async def test_a_new_day_begins_at_the_midnight_of_the_site(empty_room: Scene) -> None:
    """The count starts over in Copenhagen's midnight, which is not Home Assistant's."""
    scene = empty_room
    assert scene.hass.config.time_zone == "US/Pacific"
    scene.hass.states.async_set(LIGHT, "on")
    await minutes(scene, 1)
    scene.freezer.move_to("2026-11-25T22:58:00Z")
    await scene.pass_minutes(1)
    entity_id = entity_of(scene.hass, scene.room("Boardroom"), KEY)
    assert entity_id
    before = scene.hass.states.get(entity_id)
    assert before
    assert before.attributes["last_reset"] == "2026-11-24T23:00:00+00:00"
    assert int(before.state) >= 1
    await scene.pass_minutes(3)
    after = scene.hass.states.get(entity_id)
    assert after
    assert after.attributes["last_reset"] == "2026-11-25T23:00:00+00:00"
    since_midnight = dt_util.utcnow().timestamp() - 1795647600
    assert int(after.state) == since_midnight // 60 == 2


async def test_a_restart_invents_nothing(empty_room: Scene) -> None:
    """The count goes on with what it was, and the time between does not count."""
    scene = empty_room
    scene.hass.states.async_set(LIGHT, "on")
    await minutes(scene, 3)
    await scene.unload()
    assert counted(scene) == STATE_UNAVAILABLE
    await scene.pass_time(300)
    await scene.set_up()
    assert counted(scene) == "3"
    await minutes(scene, 1)
    assert counted(scene) == "4"
    entity_id = entity_of(scene.hass, scene.room("Boardroom"), KEY)
    # What is stored regularly is as new as the moment.
    stored = restore_state.async_get(scene.hass).async_get_stored_states()
    extra = [one.extra_data.as_dict() for one in stored if one.extra_data and one.state.entity_id == entity_id]
    assert [one["seconds"] for one in extra] == [240]


async def test_what_was_stored_may_be_of_another_day_or_damaged(empty_room: Scene) -> None:
    """A count of yesterday is not today's, and nonsense is no count."""
    scene = empty_room
    entity_id = entity_of(scene.hass, scene.room("Boardroom"), KEY)
    today, _ = scene.data.live.day(scene.room("Boardroom"))
    for seconds, stored in (
        (4, {"day": today, "seconds": 240.0}),
        (0, {"day": today - 86400, "seconds": 240.0}),
        (0, {"day": today, "seconds": "240"}),
        (0, {"day": today, "seconds": 1e9}),
        (0, {"day": today, "seconds": float("nan")}),
        (0, {}),
    ):
        await scene.unload()
        restore_state.async_get(scene.hass).last_states[entity_id or ""].extra_data = RestoredExtraData(stored)
        await scene.set_up()
        assert counted(scene) == str(seconds), stored


async def test_areas_change(empty_room: Scene) -> None:
    """The devices are those of the area in which the room is now."""
    scene, hass = empty_room, empty_room.hass
    boardroom = scene.room("Boardroom")
    add_device(hass, "media_player.screen", "Elsewhere", "playing")
    await minutes(scene, 1)
    assert counted(scene) == "0"
    put_in_area(hass, scene.entry, "Elsewhere", boardroom)
    await minutes(scene, 2)
    assert counted(scene) == "1"
    er.async_get(hass).async_update_entity("media_player.screen", area_id=None)
    await minutes(scene, 1)
    # Nothing in the area counts.
    assert counted(scene) == STATE_UNKNOWN
    put_in_area(hass, scene.entry, None, boardroom)
    await minutes(scene, 1)
    assert counted(scene) == STATE_UNKNOWN
    put_in_area(hass, scene.entry, "Boardroom", boardroom)
    hass.states.async_set(LIGHT, "on")
    await minutes(scene, 2)
    assert counted(scene) in ("2", "3")


async def test_rooms_that_share_an_area(empty_room: Scene) -> None:
    """What is on serves all rooms of the area: it counts only while all are known to be empty."""
    scene = empty_room
    put_in_area(scene.hass, scene.entry, "Boardroom", scene.room("Focus Room"))
    scene.hass.states.async_set(LIGHT, "on")
    await scene.pass_time(2)
    person = await scene.enter("Focus Room")
    before = counted(scene)
    await minutes(scene, 3)
    assert counted(scene) == before == "0"
    await scene.simulator.move(person=person)
    await minutes(scene, 2)
    assert counted(scene) in ("1", "2")


async def test_a_neighbor_of_which_nothing_is_known(empty_room: Scene) -> None:
    """If a room without sensors shares the area, nobody knows whether the area is empty: that is not 0."""
    scene = empty_room
    focus_room = scene.room("Focus Room")
    await scene.unload()
    for sensor in scene.simulator.estate.sensors.values():
        if sensor.room_id == focus_room:
            sensor.room_id = None
    await scene.set_up()
    scene.hass.states.async_set(LIGHT, "on")
    await minutes(scene, 1)
    assert counted(scene) == "1"
    put_in_area(scene.hass, scene.entry, "Boardroom", focus_room)
    await minutes(scene, 1)
    assert counted(scene) == STATE_UNKNOWN


async def test_a_room_that_leaves(empty_room: Scene, caplog: pytest.LogCaptureFixture) -> None:
    """A room that is gone at Butlr counts no more, and does not disturb the others."""
    scene = empty_room
    scene.hass.states.async_set(LIGHT, "on")
    await minutes(scene, 1)
    boardroom = scene.room("Boardroom")
    device_id = device_of(scene.hass, scene.entry, boardroom).id
    del scene.simulator.estate.rooms[boardroom]
    await scene.pass_minutes(25)
    assert dr.async_get(scene.hass).async_get(device_id) is None
    assert entity_of(scene.hass, boardroom, KEY) is None
    assert not [one for one in caplog.records if one.levelname == "ERROR" and "butlr" in one.name]


@pytest.mark.recorder("2026-11-25T11:00:00Z")
async def test_the_sensor_and_the_action_agree(empty_room: Scene) -> None:
    """What is counted as it happens is what the recorder has afterwards, and what the rows of its database say."""
    scene, hass = empty_room, empty_room.hass
    # No two states of an entity may have the same timestamp, as they have if an entry is reloaded with a clock that
    # stands still: then it is not known which of them the recorder returns.
    await scene.unload()
    await scene.pass_time(5)
    await scene.set_up()
    await scene.pass_time(5)
    day = RecordedDay(hass, scene.freezer)
    occupancy = entity_of(hass, scene.room("Boardroom"), "occupancy") or ""
    hass.states.async_set(LIGHT, "on")
    await minutes(scene, 3)
    person = await scene.enter("Boardroom")
    await minutes(scene, 2)
    await scene.simulator.move(person=person)
    await minutes(scene, 4)
    await scene.unload()
    await scene.pass_time(120)
    await scene.set_up()
    await minutes(scene, 2)
    target = target_of(hass, scene.entry, scene.room("Boardroom"))
    (room,) = (await day.get_waste(target))["rooms"]
    now = dt_util.utcnow().timestamp()
    truth = await day.truth([occupancy], LIGHT, day.start, now)
    assert room["empty_on_minutes"] == pytest.approx(truth, abs=0.2)
    assert int(counted(scene) or 0) == pytest.approx(truth, abs=1)
    assert truth == pytest.approx(9, abs=1)
