"""The ten rules of `live/rules.py`, each with its own tests."""

from datetime import UTC, datetime

import pytest

from custom_components.butlr.api.estate import Floor
from custom_components.butlr.api.readings import (
    Count,
    Crossing,
    Estimate,
    Motion,
    NoCount,
    NoEstimate,
    NoTotals,
    Totals,
)
from custom_components.butlr.live.evidence import VALIDITY
from custom_components.butlr.live.live import Live
from custom_components.butlr.live.space import GONE, SpaceState
from tests.helpers.live import COPENHAGEN, MIDNIGHT, NOON, Clock, estate, make_live, poll, sensor


def meeting(live: Live) -> SpaceState:
    """Return the state of the meeting room."""
    return live.state("room_meeting")


# -- rule 1: the newest timestamp wins ---------------------------------------------------------------------------------


def test_newest_moment_wins(live: Live) -> None:
    """An older count is dropped and counted, whichever door it comes through."""
    live.apply([Count("room_meeting", 3, NOON - 10)])
    live.apply([Count("room_meeting", 5, NOON - 20)])
    poll(live, Count("room_meeting", 7, NOON - 60))
    assert meeting(live).people == 3
    assert live.tally.older == 2


def test_later_arrival_wins_for_the_same_moment(live: Live) -> None:
    """Butlr recomputes recent minutes: the same minute again is a correction."""
    live.apply([Count("room_meeting", 3, NOON - 60)])
    live.apply([Count("room_meeting", 2, NOON - 60)])
    assert meeting(live).people == 2
    poll(live, Count("room_meeting", 1, NOON - 60))
    assert meeting(live).people == 1


# -- rule 2: clocks that run ahead ------------------------------------------------------------------------------------


def test_a_clock_that_runs_ahead_does_not_freeze_a_space(clock: Clock, live: Live) -> None:
    """A moment far ahead is taken as now, so that the next honest one wins."""
    live.apply([Count("room_meeting", 3, NOON + 3600)])
    assert meeting(live).people == 3
    clock.now += 1
    live.apply([Count("room_meeting", 0, clock.now)])
    assert meeting(live).people == 0


def test_a_clock_a_little_ahead_is_believed(clock: Clock, live: Live) -> None:
    """Up to two minutes ahead the moment stands as it is."""
    live.apply([Count("room_meeting", 3, NOON + 119)])
    clock.now += 1
    live.apply([Count("room_meeting", 0, clock.now)])
    assert meeting(live).people == 3


def test_an_absurd_moment_is_refused(live: Live) -> None:
    """More than a day ahead is no clock; nothing of it is taken."""
    live.apply(
        [
            Count("room_meeting", 3, NOON + 2 * 86400),
            Motion("room_meeting", detected=True, timestamp=NOON + 2 * 86400),
            Crossing("room_canteen", 1, 0, NOON + 2 * 86400),
        ]
    )
    assert meeting(live).people is None
    assert meeting(live).motion is None
    assert live.tally.corrupt == 3


# -- rule 3: nothing known is unknown ---------------------------------------------------------------------------------


def test_nothing_known_is_unknown(live: Live) -> None:
    """Before anything was heard, nothing is shown, least of all a zero."""
    for space in ("building_1", "space_1", "room_meeting", "room_canteen", "zone_desk"):
        state = live.state(space)
        assert (state.people, state.estimate, state.occupied, state.motion) == (None, None, None, None)
        assert (state.entries, state.exits, state.free_rooms) == (None, None, None)


def test_a_count_expires(clock: Clock, live: Live) -> None:
    """Ten minutes after it was sensed a pushed count is unknown, not a moment earlier."""
    live.apply([Count("room_meeting", 3, NOON - 60)])
    clock.now = NOON + VALIDITY - 61
    live.tick()
    assert meeting(live).people == 3
    clock.now = NOON + VALIDITY - 60
    live.tick()
    assert meeting(live).people is None
    assert meeting(live).occupied is None


def test_a_poll_renews_a_count(clock: Clock, live: Live) -> None:
    """A poll that tells the same keeps it alive for ten minutes more."""
    live.apply([Count("room_meeting", 3, NOON)])
    clock.now += 500
    poll(live, Count("room_meeting", 3, clock.now - 60))
    clock.now += 500
    live.tick()
    assert meeting(live).people == 3


def test_silence_is_unknown_not_empty(live: Live) -> None:
    """A poll that succeeded and says nothing takes back what polls told."""
    poll(live, Count("room_meeting", 3, NOON - 60))
    poll(live, NoCount("room_meeting", NOON - 300))
    assert meeting(live).people is None
    assert meeting(live).available


def test_silence_leaves_a_push_that_is_newer(live: Live) -> None:
    """What a push told within the silent range stands; what it told before does not."""
    live.apply([Count("room_meeting", 3, NOON - 60), Count("zone_desk", 1, NOON - 400)])
    poll(live, NoCount("room_meeting", NOON - 300), NoCount("zone_desk", NOON - 300))
    assert meeting(live).people == 3
    assert live.state("zone_desk").people is None


def test_an_old_count_is_not_taken(live: Live) -> None:
    """What was queued somewhere for longer than ten minutes is no news."""
    live.apply([Count("room_meeting", 3, NOON - VALIDITY - 1)])
    assert meeting(live).people is None
    assert live.tally.stale == 1


# -- rule 4: the cloud out of reach -----------------------------------------------------------------------------------


def test_out_of_reach_is_the_last_truth_then_unavailable(clock: Clock, live: Live) -> None:
    """Ten minutes without a poll and without a push end a space's availability."""
    poll(live, Count("room_meeting", 3, NOON - 60))
    clock.now += VALIDITY - 1
    live.tick()
    assert (meeting(live).available, meeting(live).people) == (True, 3)
    clock.now += 1
    live.tick()
    assert not meeting(live).available


def test_a_space_that_pushes_reach_stays_available(clock: Clock, live: Live) -> None:
    """Pushes keep their space, and what contains it, but not its neighbours."""
    poll(live, Count("room_meeting", 3, NOON), Count("zone_desk", 0, NOON))
    clock.now += VALIDITY - 1
    live.apply([Count("room_meeting", 2, clock.now)])
    clock.now += 2
    live.tick()
    assert meeting(live).available
    assert live.state("space_1").available
    assert live.state("building_1").available
    assert not live.state("zone_desk").available


def test_an_outage_of_one_poll_does_not_blank_the_other(clock: Clock, live: Live) -> None:
    """Traffic and counts live and die apart."""
    poll(live, Count("room_meeting", 3, NOON), Totals("space_1", 4, 2, MIDNIGHT, NOON))
    clock.now += VALIDITY + 1
    poll(live, Totals("space_1", 5, 2, MIDNIGHT, clock.now))
    live.tick()
    assert not meeting(live).available
    assert live.state("space_1").traffic_available
    assert live.state("space_1").entries == 5


def test_the_cloud_comes_back(clock: Clock, live: Live) -> None:
    """One answer makes a space available again."""
    clock.now += VALIDITY + 1
    live.tick()
    assert not meeting(live).available
    poll(live, Count("room_meeting", 0, clock.now))
    assert meeting(live).available


# -- rule 5: sensors offline ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cause", ["sensor", "hive"])
def test_all_sensors_offline_is_unavailable(clock: Clock, live: Live, cause: str) -> None:
    """A space whose sensors are all offline, or behind an offline hive, cannot be spoken of."""
    poll(live, Count("room_meeting", 3, NOON))
    whole = estate()
    if cause == "sensor":
        offline = sensor(1, room="room_meeting", model="Heatic 2+").__replace__(online=False)
        changed = estate(sensors={**whole.sensors, "sensor_1": offline})
    else:
        changed = estate(hives={"hive_1": whole.hives["hive_1"].__replace__(online=False)})
    live.set_estate(changed, {"site_1": COPENHAGEN}, UTC)
    assert not meeting(live).available
    live.set_estate(whole, {"site_1": COPENHAGEN}, UTC)
    # What was counted before is not what is there now.
    assert (meeting(live).available, meeting(live).people) == (True, None)
    poll(live, Count("room_meeting", 3, NOON))
    assert meeting(live).people == 3


def test_some_sensors_offline_is_available(clock: Clock) -> None:
    """One sensor that is heard is enough."""
    more = {**estate().sensors, "sensor_4": sensor(4, room="room_meeting").__replace__(online=False)}
    live = make_live(clock, estate(sensors=more))
    assert meeting(live).available


def test_a_dead_door_has_no_traffic(clock: Clock) -> None:
    """A ceiling sensor that is heard does not speak for a door sensor, of a room or of a floor."""
    ceiling = sensor(4, room="room_canteen")
    live = make_live(clock, estate(sensors={**estate().sensors, "sensor_4": ceiling}))
    assert live.state("room_canteen").traffic_available
    assert not live.state("room_meeting").traffic_available
    dead = {key: estate().sensors[key].__replace__(online=False) for key in ("sensor_2", "sensor_3")}
    live = make_live(clock, estate(sensors={**estate().sensors, "sensor_4": ceiling, **dead}))
    for space in ("room_canteen", "space_1"):
        assert live.state(space).available
        assert not live.state(space).traffic_available


def test_what_is_unavailable_counts_for_nothing(clock: Clock) -> None:
    """An offline room is neither free nor a reason to call its floor occupied."""
    offline = sensor(1, room="room_meeting").__replace__(online=False)
    live = make_live(clock, estate(sensors={**estate().sensors, "sensor_1": offline}))
    poll(live, Count("room_meeting", 3, NOON), Estimate("room_canteen", 0, MIDNIGHT, NOON))
    assert live.state("space_1").free_rooms == 1
    assert not live.state("space_1").occupied


# -- rule 6: occupied follows the newest evidence ---------------------------------------------------------------------


def test_motion_comes_before_the_count(clock: Clock, live: Live) -> None:
    """PIR turns occupied on over an older zero; a newer zero turns it off although motion still says on."""
    poll(live, Count("room_meeting", 0, NOON - 60))
    live.apply([Motion("room_meeting", detected=True, timestamp=NOON)])
    assert (meeting(live).occupied, meeting(live).motion, meeting(live).people) == (True, True, 0)
    clock.now += 60
    live.apply([Count("room_meeting", 0, clock.now)])
    assert (meeting(live).occupied, meeting(live).motion) == (False, True)


def test_no_motion_ends_what_motion_began(live: Live) -> None:
    """With no count above zero, the end of motion is the end of occupied."""
    live.apply([Motion("room_meeting", detected=True, timestamp=NOON)])
    assert meeting(live).occupied is True
    live.apply([Motion("room_meeting", detected=False, timestamp=NOON + 30)])
    assert meeting(live).occupied is False


def test_people_who_sit_still_are_there(live: Live) -> None:
    """No motion does not outvote people who are counted."""
    live.apply([Count("room_meeting", 2, NOON - 60), Motion("room_meeting", detected=False, timestamp=NOON)])
    assert meeting(live).occupied is True


def test_a_count_of_the_same_moment_outvotes_motion(live: Live) -> None:
    """Motion must be newer than the count to matter."""
    live.apply([Motion("room_meeting", detected=True, timestamp=NOON), Count("room_meeting", 0, NOON)])
    assert meeting(live).occupied is False


def test_an_expired_count_that_is_newer_leaves_occupied_unknown(clock: Clock, live: Live) -> None:
    """Motion older than the last count is no evidence of what came after."""
    live.apply([Motion("room_meeting", detected=True, timestamp=NOON - 60), Count("room_meeting", 1, NOON)])
    clock.now += VALIDITY
    poll(live, NoCount("room_meeting", NOON))
    assert meeting(live).occupied is None


# -- rule 7: floors and buildings, presence and traffic ---------------------------------------------------------------


def test_presence_and_traffic_never_mix(live: Live) -> None:
    """A floor with presence sensors is not occupied by its estimate; a room with traffic sensors only is."""
    poll(
        live,
        Count("space_1", 0, NOON),
        Estimate("space_1", 7, MIDNIGHT, NOON),
        Estimate("room_canteen", 4, MIDNIGHT, NOON),
    )
    assert (live.state("space_1").people, live.state("space_1").estimate) == (0, 7)
    assert (live.state("room_canteen").people, live.state("room_canteen").estimate) == (None, 4)
    assert live.state("room_canteen").occupied
    live.apply([Crossing("room_canteen", 0, 4, NOON + 1)])
    assert live.state("room_canteen").occupied is False
    assert live.state("space_1").occupied is False


def test_a_floor_is_occupied_by_what_it_contains(live: Live) -> None:
    """A zone is enough, and the building follows."""
    poll(live, Count("space_1", 0, NOON), Count("zone_desk", 1, NOON))
    assert live.state("space_1").occupied is True
    assert live.state("building_1").occupied is True
    poll(live, Count("zone_desk", 0, NOON + 1))
    assert live.state("space_1").occupied is False
    assert live.state("building_1").occupied is False


def test_a_floor_without_an_own_count_knows_only_if_all_below_is_known(clock: Clock) -> None:
    """Empty is said when everything that is sensed is known to be empty."""
    doors = {
        "sensor_2": sensor(2, room="room_canteen", mode="traffic"),
        "sensor_4": sensor(4, room="room_bare", mode="traffic"),
    }
    live = make_live(clock, estate(sensors=doors))
    poll(live, Estimate("room_canteen", 0, MIDNIGHT, NOON))
    assert live.state("space_1").occupied is None  # the other room is not known
    poll(live, Estimate("room_bare", 0, MIDNIGHT, NOON))
    # Nothing on this floor can count the people of a zone: it does not hide what the doors tell.
    assert live.state("space_1").occupied is False


def test_a_building_sums_its_floors(clock: Clock) -> None:
    """People of a building are those of its floors that are known."""
    floors = {key: Floor(id=key, name=key, building_id="building_1") for key in ("space_1", "space_2", "space_3")}
    there = {
        f"sensor_{number}": sensor(number, room=None).__replace__(floor_id=f"space_{number}") for number in (1, 2, 3)
    }
    live = make_live(clock, estate(floors=floors, sensors=there))
    poll(live, Count("space_1", 3, NOON), Count("space_2", 4, NOON))
    assert live.state("building_1").people == 7
    poll(live, NoCount("space_1", NOON + 1), NoCount("space_2", NOON + 1))
    assert live.state("building_1").people is None


def test_free_rooms_are_known_to_be_empty(live: Live) -> None:
    """Rooms without sensors and rooms that are unknown are not free; zones are no rooms."""
    assert live.state("space_1").free_rooms is None
    poll(live, Count("room_meeting", 0, NOON), Count("room_bare", 0, NOON), Count("zone_desk", 0, NOON))
    assert live.state("space_1").free_rooms == 1
    poll(live, Estimate("room_canteen", 0, MIDNIGHT, NOON))
    assert live.state("space_1").free_rooms == 2
    assert live.state("building_1").free_rooms == 2
    poll(live, Count("room_meeting", 1, NOON + 1))
    assert live.state("building_1").free_rooms == 1


# -- rule 8: crossings ------------------------------------------------------------------------------------------------


def crossing(timestamp: float, entries: int = 1, exits: int = 0, event_id: str = "") -> Crossing:
    """Return a crossing of the canteen's door."""
    return Crossing("room_canteen", entries, exits, timestamp, "mac", event_id)


def test_crossings_come_on_top_of_the_poll(live: Live) -> None:
    """Only those that are newer than the polled figure."""
    poll(live, Totals("room_canteen", 10, 8, MIDNIGHT, NOON - 10))
    live.apply([crossing(NOON - 11), crossing(NOON - 10, 2, 0), crossing(NOON, 0, 1)])
    assert (live.state("room_canteen").entries, live.state("room_canteen").exits) == (12, 9)
    assert live.tally.older == 1


def test_a_crossing_counts_once(live: Live) -> None:
    """The same event id, or the same sensor, moment and numbers, is the same crossing."""
    poll(live, Totals("room_canteen", 0, 0, MIDNIGHT, NOON - 10))
    live.apply([crossing(NOON, event_id="event_1"), crossing(NOON, event_id="event_2")])
    live.apply([crossing(NOON + 1, 5, event_id="event_1")])
    live.apply([crossing(NOON + 1, event_id="event_3")])
    assert live.state("room_canteen").entries == 2
    assert live.tally.repeated == 2


def test_a_poll_replaces_what_it_holds(live: Live) -> None:
    """After the next poll its own figure counts, not the crossings that led to it; repeats of those are old."""
    poll(live, Totals("room_canteen", 0, 0, MIDNIGHT, NOON - 10))
    live.apply([crossing(NOON - 5)])
    poll(live, Totals("room_canteen", 1, 0, MIDNIGHT, NOON))
    live.apply([crossing(NOON - 5)])
    assert live.state("room_canteen").entries == 1


def test_crossings_without_a_poll_stay_unknown(live: Live) -> None:
    """What came in before nobody counts is no total; once polled, the newer ones are on top."""
    live.apply([crossing(NOON - 20), crossing(NOON - 1)])
    assert live.state("room_canteen").entries is None
    poll(live, Totals("room_canteen", 7, 0, MIDNIGHT, NOON - 10))
    assert live.state("room_canteen").entries == 8


def test_the_estimate_follows_crossings(live: Live) -> None:
    """A person at the door is seen at once, and the estimate never goes below zero."""
    poll(live, Estimate("room_canteen", 1, MIDNIGHT, NOON - 10))
    live.apply([crossing(NOON, 2, 1)])
    assert live.state("room_canteen").estimate == 2
    live.apply([crossing(NOON + 1, 0, 5)])
    assert live.state("room_canteen").estimate == 0


def test_a_silent_poll_takes_the_estimate_back(live: Live) -> None:
    """No row, no estimate."""
    poll(live, Estimate("room_canteen", 1, MIDNIGHT, NOON - 10))
    poll(live, NoEstimate("room_canteen"))
    assert live.state("room_canteen").estimate is None
    assert live.state("room_canteen").occupied is None


def test_an_older_poll_changes_nothing(live: Live) -> None:
    """Answers may overtake each other."""
    poll(live, Totals("room_canteen", 5, 4, MIDNIGHT, NOON), Estimate("room_canteen", 1, MIDNIGHT, NOON))
    poll(live, Totals("room_canteen", 3, 3, MIDNIGHT, NOON - 9), Estimate("room_canteen", 0, MIDNIGHT, NOON - 9))
    assert (live.state("room_canteen").entries, live.state("room_canteen").estimate) == (5, 1)


def test_no_rows_are_zero_only_where_nothing_speaks_against_it(clock: Clock, live: Live) -> None:
    """Zeros may be left out of an answer that has others; an empty answer may be a failure."""
    poll(live, NoTotals("room_canteen", NOON, others=False))
    assert live.state("room_canteen").entries is None
    poll(live, NoTotals("room_canteen", NOON, others=True))
    assert live.state("room_canteen").entries == 0
    clock.now += 60
    poll(live, NoTotals("room_canteen", clock.now, others=False))
    assert live.state("room_canteen").entries == 0
    # A push told of somebody whom the polls do not know yet.
    live.apply([crossing(clock.now)])
    poll(live, NoTotals("room_canteen", clock.now + 1, others=True))
    assert live.state("room_canteen").entries == 1


@pytest.mark.parametrize("others", [True, False])
def test_what_was_counted_today_is_never_zero_again(clock: Clock, live: Live, others: bool) -> None:
    """After crossings were told, a poll without any makes them unknown, until the next day or the next figure."""
    poll(live, Totals("room_canteen", 7, 5, MIDNIGHT, NOON))
    for _ in range(2):
        poll(live, NoTotals("room_canteen", NOON + 60, others=others))
        assert live.state("room_canteen").entries is None
        assert live.state("room_canteen").traffic_available
    poll(live, Totals("room_canteen", 8, 5, MIDNIGHT, NOON + 60))
    assert live.state("room_canteen").entries == 8
    clock.now = MIDNIGHT + 86400 + 60
    live.tick()
    poll(live, NoTotals("room_canteen", clock.now, others=others))
    assert live.state("room_canteen").entries == 0


@pytest.mark.parametrize(
    ("day", "hours"),
    [((2026, 6, 22), 24), ((2026, 3, 29), 23), ((2026, 10, 25), 25)],
    ids=["plain", "to summer time", "to winter time"],
)
def test_the_day_is_the_sites(day: tuple[int, int, int], hours: int) -> None:
    """At the site's midnight a new day starts at zero, 23, 24 or 25 hours after the last."""
    midnight = datetime(*day, tzinfo=COPENHAGEN).timestamp()
    clock = Clock(midnight + hours * 3600 - 1)
    live = make_live(clock)
    assert live.day("room_canteen") == (midnight, "Europe/Copenhagen")
    poll(live, Totals("room_canteen", 9, 9, midnight, clock.now), Estimate("room_canteen", 2, midnight, clock.now))
    live.apply([crossing(clock.now)])
    assert (live.state("room_canteen").entries, live.state("room_canteen").estimate) == (10, 3)
    clock.now += 1
    live.tick()
    state = live.state("room_canteen")
    assert (state.entries, state.exits, state.estimate) == (0, 0, 0)
    assert state.day == clock.now
    live.apply([crossing(clock.now + 1), crossing(clock.now - 1)])
    assert live.state("room_canteen").entries == 1
    # An answer to a question of yesterday comes too late.
    poll(live, Totals("room_canteen", 9, 9, midnight, clock.now - 1), Estimate("room_canteen", 9, midnight, clock.now))
    assert (live.state("room_canteen").entries, live.state("room_canteen").estimate) == (1, 1)


def test_a_site_without_a_zone_uses_the_default(clock: Clock) -> None:
    """Which is Home Assistant's."""
    live = Live(clock)
    live.set_estate(estate(), {}, UTC)
    assert live.day("room_canteen") == (NOON // 86400 * 86400, "UTC")


# -- rules 9 and 10, and what concerns nobody --------------------------------------------------------------------------


def test_motion_is_never_invented(clock: Clock, live: Live) -> None:
    """Counts do not make motion, and a late event does not either; but a late end mends a motion that is shown."""
    live.apply([Count("room_meeting", 3, NOON)])
    assert meeting(live).motion is None
    live.apply([Motion("room_meeting", detected=True, timestamp=NOON - VALIDITY - 1)])
    live.apply([Motion("room_meeting", detected=False, timestamp=NOON - VALIDITY - 1)])
    assert meeting(live).motion is None
    live.apply([Motion("room_meeting", detected=True, timestamp=NOON)])
    live.apply([Motion("room_meeting", detected=False, timestamp=NOON - 1)])
    assert meeting(live).motion is True
    clock.now += 2 * VALIDITY
    live.apply([Motion("room_meeting", detected=False, timestamp=NOON + 1)])
    assert meeting(live).motion is False


def test_what_is_not_in_the_estate_is_nowhere(live: Live) -> None:
    """Readings of unknown spaces are counted; their state is unavailable."""
    assert not live.apply([Count("room_other", 3, NOON)])
    assert live.tally.unknown_space == 1
    assert live.state("room_other") == GONE
