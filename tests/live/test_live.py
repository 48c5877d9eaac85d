"""Who is notified of changes, and what holds for readings in any order."""

from collections.abc import Iterable
from datetime import UTC
from functools import partial
from itertools import pairwise
import random

from hypothesis import given, settings, strategies as st

from custom_components.butlr.api.estate import Room
from custom_components.butlr.api.readings import (
    Count,
    Crossing,
    Estimate,
    Motion,
    Reading,
    Totals,
)
from custom_components.butlr.live.live import Live
from custom_components.butlr.live.space import GONE, SpaceState
from tests.helpers.live import COPENHAGEN, MIDNIGHT, NOON, Clock, estate, make_live, poll


def meeting(live: Live) -> SpaceState:
    """Return the state of the meeting room."""
    return live.state("room_meeting")


# -- listeners --------------------------------------------------------------------------------------------------------


def _note(notified: list[str], space: str, _state: SpaceState) -> None:
    notified.append(space)


def test_only_changed_spaces_are_notified(live: Live) -> None:
    """A push notifies its space and those above it, and only if a field changed."""
    notified: list[str] = []
    ends = [
        live.listen(space, SpaceState._fields, partial(_note, notified, space))
        for space in ("building_1", "space_1", "room_meeting", "room_canteen", "zone_desk")
    ]
    live.apply([Count("room_meeting", 1, NOON)])
    assert notified == ["room_meeting", "space_1", "building_1"]
    notified.clear()
    live.apply([Count("room_meeting", 1, NOON + 1)])
    live.apply([Count("room_meeting", 1, NOON - 1)])
    assert notified == []
    live.apply([Count("room_meeting", 2, NOON + 2)])
    assert notified == ["room_meeting"]  # the floor has a count of its own and was occupied already
    notified.clear()
    for end in ends:
        end()
    live.apply([Count("room_meeting", 0, NOON + 3)])
    assert notified == []


def test_changes_in_two_steps_are_all_notified(live: Live) -> None:
    """A floor's own entries change first, and then what it aggregates from its room."""
    poll(
        live,
        Totals("room_canteen", 0, 0, MIDNIGHT, NOON - 60),
        Estimate("room_canteen", 0, MIDNIGHT, NOON - 60),
        Totals("space_1", 0, 0, MIDNIGHT, NOON - 60),
        Estimate("space_1", 0, MIDNIGHT, NOON - 60),
        Count("room_meeting", 0, NOON - 60),
    )
    notified: list[str] = []
    for name in ("entries", "occupied", "free_rooms"):
        live.listen("space_1", (name,), partial(_note, notified, name))
    live.apply([Crossing("space_1", 1, 0, NOON, "mac"), Crossing("room_canteen", 1, 0, NOON, "mac")])
    assert notified == ["entries", "occupied", "free_rooms"]


def test_listeners_of_a_removed_space_are_notified(live: Live) -> None:
    """Its state becomes unavailable, and there are no further changes."""
    notified: list[SpaceState] = []
    live.listen("zone_desk", ("available",), notified.append)
    live.set_estate(estate(zones={}), {"site_1": COPENHAGEN}, UTC)
    assert notified == [GONE]
    live.listen("zone_desk", ("available",), notified.append)()
    live.apply([Count("zone_desk", 1, NOON)])
    assert notified == [GONE]


def test_a_new_estate_keeps_states(live: Live) -> None:
    """Renames and additions keep the states and the listeners of other spaces."""
    notified: list[int | None] = []
    poll(live, Count("room_meeting", 3, NOON))
    live.listen("room_meeting", ("people",), lambda state: notified.append(state.people))
    rooms = {**estate().rooms, "room_new": Room(id="room_new", name="New", floor_id="space_1")}
    live.set_estate(estate(rooms=rooms), {"site_1": COPENHAGEN}, UTC)
    assert meeting(live).people == 3
    assert notified == []
    live.apply([Count("room_meeting", 4, NOON + 1)])
    assert notified == [4]


# -- properties -------------------------------------------------------------------------------------------------------

SPACES = ("space_1", "room_meeting", "room_canteen", "zone_desk")


@st.composite
def readings(draw: st.DrawFn) -> list[Reading]:
    """Return readings with one value per space, kind and timestamp, as the later of two arrivals would win."""
    timestamps = st.integers(min_value=int(NOON - 500), max_value=int(NOON + 100)).map(float)
    counts = draw(st.dictionaries(st.tuples(st.sampled_from(SPACES), timestamps), st.integers(0, 9), max_size=12))
    motions = draw(st.dictionaries(timestamps, st.booleans(), max_size=6))
    doors = draw(
        st.dictionaries(
            st.tuples(st.sampled_from(("space_1", "room_canteen")), timestamps, st.integers(0, 3)),
            st.tuples(st.integers(0, 3), st.integers(0, 3)),
            max_size=12,
        )
    )
    polls = draw(st.dictionaries(timestamps, st.tuples(st.integers(0, 50), st.integers(0, 50)), max_size=2))
    return [
        *(Count(space, people, timestamp) for (space, timestamp), people in counts.items()),
        *(Motion("room_meeting", detected=on, timestamp=timestamp) for timestamp, on in motions.items()),
        *(
            Crossing(space, entries, exits, timestamp, f"mac-{door}", f"event-{space}-{timestamp}-{door}")
            for (space, timestamp, door), (entries, exits) in doors.items()
        ),
        *(Totals("room_canteen", entries, exits, MIDNIGHT, timestamp) for timestamp, (entries, exits) in polls.items()),
        *(Estimate("room_canteen", people, MIDNIGHT, timestamp) for timestamp, (people, _) in polls.items()),
    ]


def outcome(of: Iterable[Reading]) -> dict[str, SpaceState]:
    """Return all states after the readings, one by one."""
    live = make_live(Clock())
    for reading in of:
        live.apply([reading])
    return {space: live.state(space) for space in (*SPACES, "building_1", "room_bare")}


@settings(max_examples=300)
@given(st.data(), readings())
def test_order_and_repeats_do_not_matter(data: st.DataObject, given_readings: list[Reading]) -> None:
    """Every permutation of a set of readings, with duplicates, results in the same states."""
    repeats = data.draw(st.lists(st.sampled_from(given_readings), max_size=6)) if given_readings else []
    shuffled = data.draw(st.permutations(given_readings + repeats))
    assert outcome(shuffled) == outcome(given_readings)


@settings(max_examples=200)
@given(readings(), st.randoms(use_true_random=False))
def test_sums_equal_recomputed_ones(given_readings: list[Reading], rng: random.Random) -> None:
    """The sums that are updated child by child equal those that are recomputed."""
    clock = Clock()
    live = make_live(clock)
    for reading in given_readings:
        live.apply([reading])
        clock.now += rng.choice((0, 1, 200, 700))
        live.tick()
        states = {space: live.state(space) for space in (*SPACES, "building_1")}
        live.set_estate(estate(), {"site_1": COPENHAGEN}, UTC)
        assert {space: live.state(space) for space in states} == states


@settings(max_examples=100)
@given(readings())
def test_late_repeats_change_nothing(given_readings: list[Reading]) -> None:
    """Readings that are repeated later, in any order, leave every state as it is."""
    live = make_live(Clock())
    live.apply(
        sorted(given_readings, key=lambda reading: getattr(reading, "timestamp", getattr(reading, "until", 0.0)))
    )
    before = [live.state(space) for space in SPACES]
    for one, other in pairwise([*given_readings, *reversed(given_readings)]):
        live.apply([other, one])
    assert [live.state(space) for space in SPACES] == before
