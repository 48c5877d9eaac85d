"""What no sensor can have sensed is not shown, and what a minute's median says of a push."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
import json
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from custom_components.butlr.api.estate import Hive
from custom_components.butlr.api.readings import (
    Count,
    Crossing,
    Estimate,
    Motion,
    NoEstimate,
    NoTotals,
    OwnEstimate,
    Totals,
)
from custom_components.butlr.live.day import Day
from custom_components.butlr.live.evidence import THIRD, VALIDITY
from custom_components.butlr.live.live import Live
from custom_components.butlr.live.space import SpaceState
from tests.helpers.live import COPENHAGEN, MIDNIGHT, NOON, Clock, estate, make_live, poll, sensor

LONDON = ZoneInfo("Europe/London")
ROOM = "room_meeting"
CANTEEN = "room_canteen"


def room(live: Live) -> SpaceState:
    """Return the state of the meeting room."""
    return live.state(ROOM)


def silence(live: Live, *, hive: bool = False) -> None:
    """Let the meeting room's ceiling die, while a door of it lives (unless it is behind the same hive)."""
    sensors = {**estate().sensors, "sensor_4": replace(sensor(4, room=ROOM, mode="traffic"), hive_serial=None)}
    hives = {"hive_1": Hive(id="hive_1", name="Hive", serial="HIVE-1", floor_id="space_1", online=not hive)}
    sensors["sensor_1"] = replace(sensors["sensor_1"], online=hive)
    live.set_estate(estate(sensors=sensors, hives=hives), {"site_1": COPENHAGEN}, UTC)


# -- rule 3: a row is no sensing --------------------------------------------------------------------------------------


@pytest.mark.parametrize("hive", [False, True], ids=["sensor", "hive"])
def test_a_door_that_lives_does_not_count_people(live: Live, hive: bool) -> None:
    """The room stays available, by what its door tells; its people are unknown, whatever rows and pushes say."""
    poll(live, Count(ROOM, 1, NOON - 30))
    assert (room(live).people, room(live).occupied) == (1, True)
    silence(live, hive=hive)
    assert (room(live).available, room(live).people, room(live).occupied) == (True, None, None)
    poll(live, Count(ROOM, 0, NOON - 10))
    live.apply([Count(ROOM, 0, NOON - 5)])
    assert (room(live).available, room(live).people, room(live).occupied) == (True, None, None)
    assert live.empty_since(ROOM) is None
    assert live.zero_since(ROOM) is None
    assert live.tally.unsensed == 2
    assert live.state("space_1").free_rooms is None


def test_what_was_counted_before_does_not_come_back(live: Live) -> None:
    """When the sensor is heard again nothing is known until it counts, and whoever polls is told."""
    poll(live, Count(ROOM, 0, NOON - 30))
    silence(live)
    assert not live.senses(ROOM)
    assert live.set_estate(estate(), {"site_1": COPENHAGEN}, UTC)
    assert live.senses(ROOM)
    assert (room(live).people, live.empty_since(ROOM)) == (None, None)
    assert not live.set_estate(estate(), {"site_1": COPENHAGEN}, UTC)
    poll(live, Count(ROOM, 0, NOON - 10, NOON - 200))
    assert (room(live).people, live.zero_since(ROOM)) == (0, NOON - 200)
    assert live.zero_since("room_gone") is None
    assert not live.senses("room_gone")


def test_motion_of_a_dead_sensor_goes_on_for_nobody(live: Live) -> None:
    """Its end will never be told."""
    live.apply([Motion(ROOM, True, NOON - 20)])
    assert (room(live).motion, room(live).occupied) == (True, True)
    silence(live)
    assert (room(live).motion, room(live).occupied) == (None, None)


def test_zones_are_counted_by_their_own_sensors_or_the_floors(clock: Clock) -> None:
    """Of a zone that lists none, any presence sensor of its floor is a witness."""
    live = make_live(clock)
    poll(live, Count("zone_desk", 2, NOON - 30))
    assert live.state("zone_desk").people == 2
    silence(live)
    assert live.state("zone_desk").people is None
    listed = replace(estate().zones["zone_desk"], sensor_ids=("sensor_5",))
    own = {**estate().sensors, "sensor_5": replace(sensor(5, room=None), online=False)}
    live.set_estate(estate(zones={listed.id: listed}, sensors=own), {"site_1": COPENHAGEN}, UTC)
    assert not live.senses("zone_desk")
    # A door that is listed for a zone cannot count there: then the floor's sensors do.
    door = {**estate().sensors, "sensor_5": sensor(5, room=None, mode="traffic")}
    live.set_estate(estate(zones={listed.id: listed}, sensors=door), {"site_1": COPENHAGEN}, UTC)
    assert live.senses("zone_desk")


# -- rule 1: a minute's median and a push within that minute ----------------------------------------------------------


@pytest.mark.parametrize(("second", "people"), [(0, 5), (20, 5), (21, 2), (43, 2), (59, 2)])
def test_a_push_within_the_polled_minute(live: Live, second: float, people: int) -> None:
    """Who left late in the minute is gone; a push early in it that the median contradicts was not the last word."""
    minute = NOON - 60
    live.apply([Count(ROOM, 2, minute + second)])
    poll(live, Count(ROOM, 5, minute + THIRD, minute))
    assert room(live).people == people


@pytest.mark.parametrize(("second", "occupied"), [(-1, False), (0, False), (1, True), (59, True)])
def test_motion_within_the_polled_minute(live: Live, second: float, occupied: bool) -> None:
    """A minute's zero says nothing of who moves after its beginning."""
    minute = NOON - 60
    live.apply([Motion(ROOM, True, minute + second)])
    poll(live, Count(ROOM, 0, minute + THIRD, minute))
    assert room(live).occupied is occupied


# -- rule 7: one number stands for a space ----------------------------------------------------------------------------


def test_the_estimate_never_stands_for_a_count(clock: Clock) -> None:
    """Where people are counted, a missing count is unknown, and an estimate is something else."""
    both = {**estate().sensors, "sensor_4": sensor(4, room=ROOM, mode="traffic")}
    live = make_live(clock, estate(sensors=both))
    poll(live, Count(ROOM, 4, NOON - 30), Estimate(ROOM, 2, MIDNIGHT, NOON))
    assert (room(live).primary_count, room(live).people, room(live).estimate) == (4, 4, 2)
    clock.now += VALIDITY + 1
    poll(live, Estimate(ROOM, 2, MIDNIGHT, clock.now))
    assert (room(live).primary_count, room(live).people, room(live).estimate) == (None, None, 2)
    poll(live, Estimate(CANTEEN, 3, MIDNIGHT, clock.now), Count("space_1", 9, clock.now))
    assert live.state(CANTEEN).primary_count == 3
    assert live.state("building_1").primary_count == 9


# -- rule 8: estimates that Butlr does not give -----------------------------------------------------------------------


def test_nobody_crossed(live: Live) -> None:
    """Where the totals are known and zero, a missing estimate is zero; and whoever comes is counted from there."""
    poll(live, NoEstimate(CANTEEN))
    assert (live.state(CANTEEN).estimate, live.state(CANTEEN).occupied) == (None, None)
    poll(live, Totals(CANTEEN, 0, 0, MIDNIGHT, NOON - 60), NoEstimate(CANTEEN))
    assert (live.state(CANTEEN).estimate, live.state(CANTEEN).occupied) == (0, False)
    assert live.empty_since(CANTEEN) == MIDNIGHT
    live.apply([Crossing(CANTEEN, 2, 0, NOON - 20, "m", "e1")])
    assert (live.state(CANTEEN).estimate, live.state(CANTEEN).entries, live.state(CANTEEN).occupied) == (2, 2, True)
    # The first estimate to come is older than the totals: nobody is lost between the two.
    poll(live, Totals(CANTEEN, 2, 0, MIDNIGHT, NOON), Estimate(CANTEEN, 0, MIDNIGHT, NOON - 60))
    assert (live.state(CANTEEN).estimate, live.state(CANTEEN).entries) == (2, 2)


def test_an_estimate_that_is_missing_though_somebody_crossed(clock: Clock, live: Live) -> None:
    """It is unknown, and so is one that nobody has asked for again."""
    poll(live, Totals(CANTEEN, 3, 1, MIDNIGHT, NOON - 60), NoEstimate(CANTEEN))
    assert live.state(CANTEEN).estimate is None
    poll(live, Totals(CANTEEN, 0, 0, MIDNIGHT, NOON), NoEstimate(CANTEEN))
    assert live.state(CANTEEN).estimate == 0
    clock.now += VALIDITY
    live.tick()
    assert live.state(CANTEEN).estimate is None


def test_the_day_begins_without_anybody(clock: Clock, live: Live) -> None:
    """From midnight on nobody has crossed, although Butlr gives neither sums nor an estimate."""
    poll(live, Totals(CANTEEN, 5, 1, MIDNIGHT, NOON), Estimate(CANTEEN, 4, MIDNIGHT, NOON))
    clock.now = MIDNIGHT + 86400 + 60
    live.tick()
    poll(live, NoTotals(CANTEEN, clock.now, others=False), NoEstimate(CANTEEN))
    state = live.state(CANTEEN)
    assert (state.entries, state.exits, state.estimate, state.occupied) == (0, 0, 0, False)


def test_entries_minus_exits_stand_for_another_days_estimate(live: Live) -> None:
    """Of the site's day, with what was pushed since, and never less than nobody."""
    poll(live, OwnEstimate(CANTEEN))
    assert live.state(CANTEEN).estimate is None
    poll(live, Totals(CANTEEN, 7, 3, MIDNIGHT, NOON - 60), OwnEstimate(CANTEEN))
    assert (live.state(CANTEEN).estimate, live.state(CANTEEN).occupied) == (4, True)
    live.apply([Crossing(CANTEEN, 0, 5, NOON - 20, "m", "e1")])
    assert (live.state(CANTEEN).estimate, live.state(CANTEEN).occupied) == (0, False)
    poll(live, Estimate(CANTEEN, 6, MIDNIGHT, NOON))
    assert live.state(CANTEEN).estimate == 6


# -- the day ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after"), [(COPENHAGEN, LONDON), (LONDON, COPENHAGEN), (UTC, ZoneInfo("Asia/Tokyo"))]
)
def test_a_corrected_time_zone_does_not_begin_the_day_anew(clock: Clock, before: tzinfo, after: tzinfo) -> None:
    """Today goes on from where it began; tomorrow begins with the midnight of the right zone."""
    live = Live(clock)
    live.set_estate(estate(), {"site_1": before}, UTC)
    begun, _ = live.day(CANTEEN)
    poll(live, Totals(CANTEEN, 18, 2, begun, NOON - 60))
    assert (live.state(CANTEEN).entries, live.state(CANTEEN).day) == (18, begun)
    live.set_estate(estate(), {"site_1": after}, UTC)
    assert (live.state(CANTEEN).entries, live.state(CANTEEN).day) == (18, begun)
    assert live.day(CANTEEN) == (begun, getattr(after, "key", "UTC"))
    tomorrow = datetime.fromtimestamp(NOON, after).replace(hour=0, minute=0) + timedelta(days=1)
    clock.now = tomorrow.timestamp() - 1
    assert live.day(CANTEEN)[0] == begun
    clock.now += 1
    live.tick()
    assert live.day(CANTEEN)[0] == tomorrow.timestamp()
    assert live.state(CANTEEN).day == tomorrow.timestamp()


def test_a_site_that_gets_a_time_zone_or_loses_it(clock: Clock) -> None:
    """So does the day of a site without a time zone go on when Home Assistant's own is corrected."""
    live = Live(clock)
    live.set_estate(estate(), {}, COPENHAGEN)
    begun, _ = live.day(CANTEEN)
    live.set_estate(estate(), {}, LONDON)
    assert live.day(CANTEEN) == (begun, "Europe/London")
    live.set_estate(estate(), {"site_1": COPENHAGEN}, LONDON)
    assert live.day(CANTEEN) == (begun, "Europe/Copenhagen")
    assert begun == MIDNIGHT


def test_a_correction_long_after_the_last_look() -> None:
    """A day that is over meanwhile is not gone on with."""
    day = Day(COPENHAGEN)
    day.roll(NOON - 3 * 86400)
    corrected = day.corrected(LONDON, NOON)
    assert (corrected.start, corrected.end) == (MIDNIGHT, datetime(2026, 6, 23, tzinfo=LONDON).timestamp())


@pytest.mark.parametrize(
    "kept", [None, [], ["Europe/London"], ["Europe/Paris", MIDNIGHT, NOON], ["Europe/London", 1, 2]]
)
def test_a_corrected_day_goes_on_after_a_restart(clock: Clock, kept: Any) -> None:
    """A day that is over, of another zone, or no day at all is not gone on with."""
    live = Live(clock)
    live.set_estate(estate(), {"site_1": COPENHAGEN}, UTC)
    assert live.corrected_days() == {}
    live.set_estate(estate(), {"site_1": LONDON}, UTC)
    days = live.corrected_days()
    assert days == {"site_1": ["Europe/London", MIDNIGHT, MIDNIGHT + 90000]}
    again = Live(clock)
    again.restore_days(json.loads(json.dumps(days)))
    again.set_estate(estate(), {"site_1": LONDON}, UTC)
    assert again.day(CANTEEN)[0] == MIDNIGHT
    other = Live(clock)
    other.restore_days({"site_1": kept})
    other.set_estate(estate(), {"site_1": LONDON}, UTC)
    assert other.day(CANTEEN)[0] == MIDNIGHT + 3600
