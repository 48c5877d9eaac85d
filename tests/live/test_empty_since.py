"""Since when a room has been empty: at least as long as was seen, never longer."""

import pytest

from custom_components.butlr.api.readings import (
    Count,
    Crossing,
    Estimate,
    Motion,
    NoCount,
    NoEstimate,
    OwnEstimate,
    Totals,
)
from custom_components.butlr.live.evidence import VALIDITY
from custom_components.butlr.live.live import Live
from tests.helpers.live import MIDNIGHT, MINUTE, NOON, Clock, estate, make_live, poll, sensor

DAY = 86400.0


@pytest.fixture
def clock() -> Clock:
    """Return a clock that stands at noon."""
    return Clock()


@pytest.fixture
def live(clock: Clock) -> Live:
    """Return a live that knows nothing yet."""
    return make_live(clock)


def minutes(live: Live, clock: Clock, space_id: str = "room_meeting") -> float | None:
    """Return how many minutes a space has been empty."""
    since = live.empty_since(space_id)
    return None if since is None else (clock.now - since) / MINUTE


def test_unknown_and_occupied_are_not_empty(live: Live, clock: Clock) -> None:
    """Of nothing known nothing is told, nor of people, nor of a space that is gone or out of reach."""
    assert live.empty_since("room_meeting") is None
    assert live.empty_since("room_of_another") is None
    live.apply([Count("room_meeting", 1, NOON)])
    assert live.empty_since("room_meeting") is None
    live.apply([Count("room_meeting", 0, NOON)])
    assert minutes(live, clock) == 0
    clock.now += VALIDITY + 1
    live.tick()
    assert live.empty_since("room_meeting") is None


def test_it_counts_from_the_push_that_emptied_it(live: Live, clock: Clock) -> None:
    """Repeats and polls that agree take nothing away."""
    live.apply([Count("room_meeting", 2, NOON - 10)])
    live.apply([Count("room_meeting", 0, NOON)])
    for minute in range(5, 65, 5):
        clock.now = NOON + minute * MINUTE
        poll(live, Count("room_meeting", 0, clock.now - MINUTE, clock.now - 5 * MINUTE))
        assert minutes(live, clock) == minute
    live.apply([Count("room_meeting", 1, clock.now)])
    assert live.empty_since("room_meeting") is None


def test_after_a_start_it_is_what_the_first_poll_saw(live: Live, clock: Clock) -> None:
    """At least the minutes that the poll told of."""
    poll(live, Count("room_meeting", 0, NOON - MINUTE, NOON - 4 * MINUTE))
    assert minutes(live, clock) == 4


def test_who_came_and_went_between_two_polls_is_seen(live: Live, clock: Clock) -> None:
    """The second poll's zeros begin later than the first one's ended."""
    poll(live, Count("room_meeting", 0, NOON - MINUTE, NOON - 4 * MINUTE))
    clock.now += 5 * MINUTE
    poll(live, Count("room_meeting", 0, clock.now - MINUTE, clock.now - 2 * MINUTE))
    assert minutes(live, clock) == 2


@pytest.mark.parametrize("expired", [True, False])
def test_what_was_unknown_in_between_does_not_count(live: Live, clock: Clock, *, expired: bool) -> None:
    """Neither after an expiry nor after an answer without a figure."""
    poll(live, Count("room_meeting", 0, NOON - MINUTE, NOON - 4 * MINUTE))
    clock.now += VALIDITY if expired else MINUTE
    live.tick()
    if not expired:
        poll(live, NoCount("room_meeting", NOON))
    poll(live, Count("room_meeting", 0, clock.now - MINUTE, clock.now - MINUTE))
    assert minutes(live, clock) == 1


def test_motion_counts(live: Live, clock: Clock) -> None:
    """A motion that the count did not see empties the room later; without a count its end is all that is known."""
    poll(live, Count("room_meeting", 0, NOON - 4 * MINUTE, NOON - 4 * MINUTE))
    live.apply([Motion("room_meeting", True, NOON - 3 * MINUTE)])
    assert live.empty_since("room_meeting") is None
    live.apply([Motion("room_meeting", False, NOON - 2 * MINUTE)])
    assert minutes(live, clock) == 2
    poll(live, NoCount("room_meeting", NOON - 5 * MINUTE))
    assert minutes(live, clock) == 2


def canteen(live: Live, people: int, until: float) -> None:
    """Poll the estimate of the canteen."""
    poll(live, Estimate("room_canteen", people, MIDNIGHT, until))


def test_a_room_with_a_door_sensor_only(live: Live, clock: Clock) -> None:
    """It counts from the first estimate of zero, and anew from each crossing, pushed or found by a poll."""
    poll(live, Totals("room_canteen", 3, 3, MIDNIGHT, NOON))
    canteen(live, 0, NOON)
    clock.now = NOON + 4 * MINUTE
    canteen(live, 0, clock.now)
    assert minutes(live, clock, "room_canteen") == 4
    live.apply([Crossing("room_canteen", 1, 0, clock.now), Crossing("room_canteen", 0, 1, clock.now, "b")])
    assert minutes(live, clock, "room_canteen") == 0
    clock.now += 4 * MINUTE
    poll(live, Totals("room_canteen", 4, 4, MIDNIGHT, clock.now))
    assert minutes(live, clock, "room_canteen") == 4
    poll(live, Totals("room_canteen", 5, 5, MIDNIGHT, clock.now))
    assert minutes(live, clock, "room_canteen") == 0
    canteen(live, 1, clock.now)
    assert live.empty_since("room_canteen") is None
    clock.now += MINUTE
    canteen(live, 0, clock.now)
    assert minutes(live, clock, "room_canteen") == 0


def night(people: int) -> tuple[Clock, Live]:
    """Return a live in which a day has begun five minutes ago, with that many people in the canteen before."""
    clock = Clock(MIDNIGHT + DAY - 2 * MINUTE)
    live = make_live(clock, estate(sensors={"sensor_2": sensor(2, room="room_canteen", mode="traffic")}))
    canteen(live, people, clock.now)
    clock.now = MIDNIGHT + DAY + 5 * MINUTE
    live.tick()
    return clock, live


def test_midnight_empties_an_estimate() -> None:
    """By definition it starts at zero, which does not prove that anyone has left; what was empty before stays so."""
    for people, expected in ((2, None), (0, 7)):
        clock, live = night(people)
        for space_id in ("room_canteen", "space_1", "building_1"):
            assert minutes(live, clock, space_id) == expected
        assert live.state("room_canteen").estimate == 0


def test_after_midnight_a_poll_or_a_crossing_tells() -> None:
    """An estimate of the new day is one, and so is what the next crossing leaves; totals of zero say nothing."""
    clock, live = night(2)
    poll(live, Totals("room_canteen", 0, 0, MIDNIGHT + DAY, clock.now), NoEstimate("room_canteen"))
    assert live.state("room_canteen").occupied is False
    assert minutes(live, clock, "room_canteen") is None
    live.apply([Crossing("room_canteen", 0, 1, clock.now)])
    clock.now += MINUTE
    assert minutes(live, clock, "room_canteen") == 1

    clock, live = night(2)
    poll(live, Estimate("room_canteen", 0, MIDNIGHT + DAY, clock.now))
    assert minutes(live, clock, "room_canteen") == 0


def test_midnight_empties_an_estimate_from_totals() -> None:
    """The same where Butlr has no estimate of the site's day: nobody knows whether those who came have left."""
    for exits, expected in ((1, None), (3, 7)):
        clock = Clock(MIDNIGHT + DAY - 2 * MINUTE)
        live = make_live(clock)
        poll(live, Totals("room_canteen", 3, exits, MIDNIGHT, clock.now), OwnEstimate("room_canteen"))
        clock.now += 7 * MINUTE
        poll(live, Totals("room_canteen", 0, 0, MIDNIGHT + DAY, clock.now), OwnEstimate("room_canteen"))
        assert live.state("room_canteen").occupied is False
        since = minutes(live, clock, "room_canteen")
        assert (since is None) is (expected is None)


@pytest.mark.parametrize(("people", "expected"), [(20, 1), (0, 720)])
def test_totals_of_the_first_poll(live: Live, clock: Clock, people: int, expected: int) -> None:
    """Those who crossed today may have done so until the poll; nobody has been here since midnight if nobody came."""
    poll(live, Totals("room_canteen", people, people, MIDNIGHT, NOON - MINUTE), OwnEstimate("room_canteen"))
    assert minutes(live, clock, "room_canteen") == expected


def test_who_passes_the_door_of_a_counted_room_was_there(clock: Clock) -> None:
    """The count stays zero, but the time starts again; the totals of the first poll do not matter."""
    doors = {"sensor_1": sensor(1, room="room_meeting"), "sensor_2": sensor(2, room="room_meeting", mode="traffic")}
    live = make_live(clock, estate(sensors=doors))
    live.apply([Count("room_meeting", 0, NOON)])
    clock.now += 5 * MINUTE
    poll(live, Totals("room_meeting", 7, 7, MIDNIGHT, clock.now))
    assert minutes(live, clock) == 5
    live.apply([Crossing("room_meeting", 1, 0, clock.now)])
    assert minutes(live, clock) == 0


def test_a_door_with_a_pir_and_no_estimate() -> None:
    """The end of motion is all that is known."""
    clock = Clock()
    live = make_live(clock, estate(sensors={"sensor_2": sensor(2, room="room_canteen", mode="traffic")}))
    live.apply([Motion("room_canteen", False, NOON)])
    clock.now += MINUTE
    assert minutes(live, clock, "room_canteen") == 1


def test_a_floor_and_a_building_are_empty_since_the_last_of_their_spaces(live: Live, clock: Clock) -> None:
    """They are known to be empty only as long as all spaces with sensors are; a bare room does not matter."""
    live.apply([Count("room_meeting", 0, NOON), Count("zone_desk", 0, NOON)])
    for space_id in ("space_1", "building_1"):
        assert minutes(live, clock, space_id) is None
    poll(live, Totals("room_canteen", 1, 1, MIDNIGHT, NOON))
    canteen(live, 0, NOON)
    poll(live, Totals("space_1", 0, 0, MIDNIGHT, NOON), Estimate("space_1", 0, MIDNIGHT, NOON))
    clock.now = NOON + 2 * MINUTE
    live.apply([Count("room_meeting", 1, clock.now)])
    for space_id in ("space_1", "building_1"):
        assert minutes(live, clock, space_id) is None
    live.apply([Count("room_meeting", 0, clock.now)])
    clock.now = NOON + 5 * MINUTE
    assert [minutes(live, clock, one) for one in ("space_1", "building_1")] == [3, 3]
    assert minutes(live, clock, "zone_desk") == 5


def test_a_floor_with_a_count_is_empty_although_a_room_is_unknown() -> None:
    """Its own sensors speak for it, and so does the time since which they have seen nobody."""
    clock = Clock()
    live = make_live(
        clock, estate(sensors={"sensor_1": sensor(1, room="room_meeting"), "sensor_2": sensor(2, room=None)})
    )
    live.apply([Count("space_1", 0, NOON)])
    clock.now += 3 * MINUTE
    assert minutes(live, clock, "room_meeting") is None
    assert minutes(live, clock, "space_1") == 3
    live.apply([Count("room_meeting", 0, clock.now)])
    assert minutes(live, clock, "space_1") == 0
