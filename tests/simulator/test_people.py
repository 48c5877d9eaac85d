"""The simulator's people: nobody is made or lost, and all values tell one story."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from hypothesis import HealthCheck, given, settings, strategies as st
import pytest

from tests.simulator import Simulator
from tests.simulator.client import Client
from tests.simulator.timeline import MINUTE, lay_buckets, midnight, stretches
from tests.simulator.world import Counted, Crossed, Happening, Moved


@pytest.fixture
def at_noon(freezer: FrozenDateTimeFactory) -> FrozenDateTimeFactory:
    """Stand still on a Monday at noon."""
    freezer.move_to("2026-06-22T10:00:00Z")
    return freezer


@pytest.fixture
async def served(socket_enabled: None, at_noon: FrozenDateTimeFactory) -> AsyncIterator[Simulator]:
    """Run a simulator of 60 rooms with people inside."""
    simulator = Simulator(rooms=60, seed=2, populated=True, activity=10)
    await simulator.start()
    yield simulator
    await simulator.stop()


def check(sim: Simulator) -> None:
    """Compare the truth with the people, and the estimates with the doors."""
    truth = sim.truth()["spaces"]
    inside = [person for person in sim.world.people.values() if person.place is not None]
    coverage = sim.estate.coverage
    for space_id, figures in truth.items():
        if figures["kind"] in ("room", "zone") and figures["people"] is not None:
            heads = sum(1 for person in inside if person.place and space_id in person.place.space_ids)
            assert figures["people"] == heads == sim.world.heads(space_id)
        if figures["kind"] == "floor" and figures["people"] is not None:
            zones = coverage.zones_of.get(space_id, [])
            seen = [zone for zone in zones if coverage.sees(zone.id)]
            assert figures["people"] >= sum(truth[zone.id]["people"] for zone in seen)
            assert figures["people"] <= sum(1 for p in inside if p.place and p.place.floor_id == space_id)
    for building_id in sim.estate.buildings:
        for door in coverage.entrances(building_id):
            start = midnight_of(sim, building_id)
            net = sum(direction for _, direction in sim.world.crossings(door, start, sim.now() + MINUTE))
            assert net == sum(1 for person in inside if person.entrance is not None and person.entrance.id == door.id)


def midnight_of(sim: Simulator, building_id: str) -> int:
    """Return the last midnight where a building stands."""
    zone = sim.world.timezone(building_id)
    return midnight(datetime.fromtimestamp(sim.now() / 1000, UTC).astimezone(zone).date(), zone)


@pytest.mark.parametrize(("rooms", "populated"), [(5, True), (5, False), (60, True), (150, True)])
def test_nobody_is_made_or_lost(at_noon: FrozenDateTimeFactory, rooms: int, populated: bool) -> None:
    """Counts, doors and people agree at the start and after hours of life."""
    sim = Simulator(rooms=rooms, seed=5, populated=populated, activity=15)
    check(sim)
    assert bool(sim.world.people) is populated
    for _ in range(6):
        sim.step(300)
        check(sim)
    assert sim.world.people


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(seed=st.integers(0, 1000), steps=st.lists(st.integers(0, 900), min_size=1, max_size=6), rooms=st.integers(5, 90))
def test_conservation(at_noon: FrozenDateTimeFactory, seed: int, steps: list[int], rooms: int) -> None:
    """Whatever the seed, the size and the pace."""
    sim = Simulator(rooms=rooms, seed=seed, populated=bool(seed % 2), activity=8)
    for seconds in steps:
        sim.step(seconds)
    check(sim)


def test_same_seed_same_story(at_noon: FrozenDateTimeFactory) -> None:
    """Everything follows from the seed."""
    stories = []
    for _ in range(2):
        sim = Simulator(rooms=40, seed=9, populated=True, activity=10)
        sim.step(600)
        stories.append(sim.truth())
    assert stories[0] == stories[1]
    other = Simulator(rooms=40, seed=10, populated=True, activity=10)
    assert other.estate.id != Simulator(rooms=40, seed=9).estate.id


def test_motion_follows_presence(at_noon: FrozenDateTimeFactory) -> None:
    """Motion is on while anybody is there, and for the hold time after; every change is told once."""
    sim = Simulator(rooms=60, seed=3, activity=20, pir_hold=5)
    told: list[Happening] = []
    sim.world.tell = told.append
    motion: dict[str, bool] = {}
    for _ in range(300):
        sim.step(2)
        for item in told:
            if isinstance(item, Moved):
                assert motion.get(item.room_id, False) is not item.motion
                motion[item.room_id] = item.motion
        told.clear()
        for room_id, on in sim.world.motion.items():
            if sim.world.heads(room_id):
                assert on
    pause = sim.now()
    sim.settings.activity = 0
    sim.step(6)
    assert sim.now() - pause == 6000
    for room_id, on in sim.world.motion.items():
        assert on is (sim.world.heads(room_id) > 0)
    assert any(motion.values())


def test_happenings_agree(at_noon: FrozenDateTimeFactory) -> None:
    """The last count told of a space is its truth; the crossings told add up to today's values."""
    sim = Simulator(rooms=60, seed=6, activity=20)
    told: list[Happening] = []
    before = sim.truth()["spaces"]
    sim.world.tell = told.append
    sim.step(400)
    truth = sim.truth()["spaces"]
    last = {item.space_id: item.people for item in told if isinstance(item, Counted)}
    assert last
    for space_id, people in last.items():
        assert truth[space_id]["people"] == people
    crossed = [item for item in told if isinstance(item, Crossed)]
    assert len({(item.sensor.id, item.timestamp, item.inward) for item in crossed}) == len(crossed)
    for floor_id in sim.estate.floors:
        doors = {door.id for door in sim.estate.coverage.traffic_sensors(floor_id)}
        if doors:
            told_in = sum(item.inward for item in crossed if item.sensor.id in doors)
            assert truth[floor_id]["entries_today"] == before[floor_id]["entries_today"] + told_in


async def test_truth_equals_reporting(served: Simulator, at_noon: FrozenDateTimeFactory) -> None:
    """Two minutes after the last step the newest minute of every measurement is the truth."""
    served.step(900)
    served.settings.activity = 0
    at_noon.tick(150)
    truth = served.truth()["spaces"]
    figure: dict[str, tuple[str, str]] = {
        "room_occupancy": ("room_id", "people"),
        "zone_occupancy": ("zone_id", "people"),
        "floor_occupancy": ("space_id", "people"),
        "traffic_room_occupancy": ("room_id", "estimate"),
        "traffic_floor_occupancy": ("space_id", "estimate"),
    }
    checked = 0
    async with Client(served) as client:
        for measurement, (key, name) in figure.items():
            more: dict[str, Any] = {"calibrated": "true"} if measurement.startswith("traffic") else {}
            rows = sorted(await client.reporting(measurement, minutes=2, **more), key=lambda row: row["time"])
            newest = {row[key]: row["value"] for row in rows}
            kind = "floor" if key == "space_id" else key.removesuffix("_id")
            expected = {
                space_id: item[name]
                for space_id, item in truth.items()
                if item["kind"] == kind
                and item[name] is not None
                and item["available"]
                and (name == "estimate" or served.estate.coverage.sees(space_id))
            }
            if name == "people":
                # As in production, there are zeros of those whose sensors are dead or only at the doors.
                coverage = served.estate.coverage
                expected |= {
                    space_id: 0
                    for space_id, item in truth.items()
                    if item["kind"] == kind and coverage.senses(space_id) and not coverage.sees(space_id)
                }
            assert newest == expected
            checked += len(newest)
    assert checked > 60


async def test_move_by_hand(served: Simulator) -> None:
    """One person in, across, and out again; nothing else changes."""
    named = {space.name: space.id for _, space in served.estate.spaces()}
    lobby, cafe = named["Lobby 1"], named["Café 1"]
    before = served.truth()["spaces"]
    person = await served.move(cafe)
    after = served.truth()["spaces"]
    assert after[cafe]["entries_today"] == before[cafe]["entries_today"] + 1
    assert after[lobby]["entries_today"] == before[lobby]["entries_today"] + 1
    assert await served.move(lobby, from_=cafe) == person
    assert served.truth()["spaces"][cafe]["exits_today"] == before[cafe]["exits_today"] + 1
    await served.move(None, person=person)
    final = served.truth()["spaces"]
    assert final[lobby]["exits_today"] == before[lobby]["exits_today"] + 1
    assert final[lobby]["estimate"] == before[lobby]["estimate"]
    with pytest.raises(KeyError):
        await served.move("room_gone")
    with pytest.raises(KeyError):
        await served.move(lobby, person=person)
    with pytest.raises(ValueError, match="nobody"):
        await served.move(None, from_=next(r for r in served.estate.rooms if served.world.heads(r) == 0))


async def test_edits_move_the_truth(served: Simulator) -> None:
    """Dead sensors, dead hives and removed rooms take effect immediately, and people stay people."""
    coverage = served.estate.coverage
    room_id = next(
        room_id
        for room_id in served.estate.rooms
        if coverage.sees(room_id)
        and served.world.heads(room_id)
        and coverage.has_pir(room_id)
        and not coverage.room_sensors(room_id, "traffic")
    )
    floor_id = served.estate.rooms[room_id].floor_id
    people = served.world.heads(room_id)
    before = served.truth()["spaces"][floor_id]["people"]
    sensors = served.estate.coverage.room_sensors(room_id, "presence")
    for sensor in sensors:
        sensor.is_online = False
    truth = served.truth()["spaces"]
    assert truth[room_id]["available"] is False
    assert truth[floor_id]["people"] <= before
    for sensor in sensors:
        sensor.is_online = True
        served.estate.hives[sensor.hive_id].is_online = False
    assert served.truth()["spaces"][room_id]["available"] is False
    served.estate.hives[sensors[0].hive_id].is_online = True
    truth = served.truth()["spaces"]
    assert (truth[room_id]["available"], truth[room_id]["people"]) == (True, people)
    assert truth[floor_id]["people"] == before
    crowd = len(served.world.people)
    served.estate.remove(room_id)
    assert room_id not in served.truth()["spaces"]
    assert len(served.world.people) == crowd
    served.step(300)
    check(served)


@given(
    values=st.lists(st.tuples(st.integers(1, 5000), st.integers(0, 9)), min_size=1, max_size=20),
    length=st.integers(1000, 200_000),
)
def test_windows_cover_a_step_function(values: list[tuple[int, int]], length: int) -> None:
    """The means of the buckets, weighted by length, are the mean of the whole."""
    steps = [(0, 0)]
    for gap, value in values:
        steps.append((steps[-1][0] + gap, value))
    buckets = lay_buckets(0, length, 7000, UTC)
    parts = list(stretches(steps, buckets))
    total = sum((stretch.measure("mean") or 0) * (bucket.stop - bucket.start) for bucket, stretch in parts)
    ((_, whole),) = stretches(steps, lay_buckets(0, length, 86_400_000, UTC))
    assert total == pytest.approx((whole.measure("mean") or 0) * length)
