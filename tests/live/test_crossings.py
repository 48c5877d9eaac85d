"""The crossings of a space that polls do not hold yet, against a list that is gone through each time."""

import math

from hypothesis import given, strategies as st

from custom_components.butlr.api.events import TrafficEvent, parse_event
from custom_components.butlr.api.readings import Crossing, Estimate, Motion, Totals
from custom_components.butlr.api.texts import MAX_ID_LENGTH
from custom_components.butlr.live.crossings import PendingCrossings
from tests.helpers.live import MIDNIGHT, NOON, Clock, make_live

MOMENTS = st.integers(0, 20).map(float)
KNOWN = st.builds(
    Crossing,
    space_id=st.just("room_1"),
    entries=st.integers(0, 3),
    exits=st.integers(0, 3),
    timestamp=MOMENTS,
    sensor=st.sampled_from(["", "mac_1", "mac_2"]),
    event_id=st.sampled_from(["", "event_1", "event_2", "event_3", "event_4"]),
)
STEPS = st.lists(st.tuples(st.sampled_from(["add", "add", "add", "since", "forget"]), KNOWN, MOMENTS), max_size=60)


def same(one: Crossing, other: Crossing) -> bool:
    """Tell whether two crossings are one."""
    if one.event_id and one.event_id == other.event_id:
        return True
    return (one.sensor, one.timestamp, one.entries, one.exits) == (
        other.sensor,
        other.timestamp,
        other.entries,
        other.exits,
    )


@given(STEPS)
def test_sums(steps: list[tuple[str, Crossing, float]]) -> None:
    """Whatever is added, asked and dropped in whatever order, each crossing counts once from its moment on."""
    crossings, kept = PendingCrossings(), list[tuple[float, Crossing]]()
    for what, crossing, timestamp in steps:
        if what == "add":
            new = not any(same(crossing, known) for _, known in kept)
            assert crossings.add(timestamp, crossing) is new
            kept += [(timestamp, crossing)] * new
        elif what == "forget":
            crossings.drop_before(timestamp)
            kept = [(at, known) for at, known in kept if at >= timestamp]
        told = [known for at, known in kept if at >= timestamp]
        sums = sum(known.entries for known in told), sum(known.exits for known in told)
        assert crossings.since(timestamp) == sums
        assert crossings.between(timestamp, math.inf) == sums
        assert len(crossings) == len(kept)
        assert crossings.oldest == min((at for at, _ in kept), default=math.inf)
        assert crossings.newest == max((at for at, _ in kept), default=-math.inf)


def test_many_cost_no_more_each() -> None:
    """A thousand crossings without a poll between them are summed as they come, not again each time."""
    crossings = PendingCrossings()
    assert crossings.since(0.0) == (0, 0)
    for number in range(1000):
        assert crossings.add(1.0 + number, Crossing("room_1", 1, 0, 1.0 + number, "mac"))
    # Only what is kept is summed; were the list gone through, this would be noticed.
    crossings._crossings.clear()
    assert crossings.since(0.0) == (1000, 0)


def test_nobody_who_crosses_ends_nothing() -> None:
    """An event of no entries and no exits says that the door is heard, and not that the room is empty."""
    live = make_live(clock := Clock())
    live.apply([Totals("room_canteen", 0, 0, MIDNIGHT, NOON - 60)], polled=True)
    live.apply([Motion("room_canteen", True, NOON - 30)])
    assert live.state("room_canteen").occupied
    clock.now += 300
    assert live.apply([Crossing("room_canteen", 0, 0, NOON + 300, "mac", "event_1")])
    state = live.state("room_canteen")
    assert (state.occupied, state.entries, state.exits, state.traffic_available) == (True, 0, 0, True)


def test_who_leaves_after_the_motion_leaves_the_room_empty() -> None:
    """Behind a door the last crossing is newer evidence than a motion before it, whenever the estimate was polled."""
    live = make_live(Clock())
    polled = (Totals("room_canteen", 1, 0, MIDNIGHT, NOON - 60), Estimate("room_canteen", 1, MIDNIGHT, NOON - 60))
    live.apply(polled, polled=True)
    live.apply([Motion("room_canteen", True, NOON - 30)])
    live.apply([Crossing("room_canteen", 0, 1, NOON, "mac", "event_1")])
    state = live.state("room_canteen")
    assert (state.estimate, state.motion, state.occupied) == (0, True, False)


def test_an_endless_id_is_not_kept() -> None:
    """An id is for telling events apart; a forged one of any length must not fill the memory."""
    body = b'{"id": "%s", "type": "TRAFFIC", "timestamp": 1, "metadata": {"room_id": "room_1"}, "data": {"in": 1}}'
    event, _ = parse_event(body % (b"x" * 50_000))
    assert isinstance(event, TrafficEvent)
    assert event.event_id == "x" * MAX_ID_LENGTH
