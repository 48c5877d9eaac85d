"""Crossings that are reported as they happen: each once, whatever polls contain, and none that is late."""

from datetime import UTC

from hypothesis import given, strategies as st
import pytest

from custom_components.butlr.api.readings import Crossing, Reading, Totals
from custom_components.butlr.live.crossings import PRUNING_INTERVAL, ReportedCrossings
from custom_components.butlr.live.evidence import PUSH_DEADLINE
from custom_components.butlr.live.live import Live
from custom_components.butlr.live.skewed_clocks import MAX_CLOCK_SKEW, MAX_FUTURE, SKEWED_KEPT
from tests.helpers.live import COPENHAGEN, MIDNIGHT, NOON, Clock, estate, make_live, poll, sensor

CANTEEN = "room_canteen"


@pytest.fixture
def reported(live: Live) -> list[Crossing]:
    """Return the crossings of the canteen that are reported from now on."""
    found: list[Crossing] = []
    live.listen_to_crossings(CANTEEN, found.append)
    return found


def crossing(timestamp: float, entries: int = 1, exits: int = 0, *, door: str = "mac", event: str = "") -> Crossing:
    """Return people who cross a door of the canteen."""
    return Crossing(CANTEEN, entries, exits, timestamp, door, event or f"event_{door}_{timestamp}")


def totals(entries: int, until: float) -> Totals:
    """Return polled totals of the canteen."""
    return Totals(CANTEEN, entries, 0, MIDNIGHT, until)


@pytest.mark.parametrize(
    ("age", "is_reported"),
    [
        (0, True),
        (PUSH_DEADLINE, True),
        (PUSH_DEADLINE + 0.001, False),
        (3600, False),
        (-MAX_CLOCK_SKEW, True),
        (-3600, True),
        (-MAX_FUTURE, True),
        (-MAX_FUTURE - 1, False),
    ],
)
def test_what_just_happened_is_reported(live: Live, reported: list[Crossing], age: float, is_reported: bool) -> None:
    """A clock that is ahead keeps no door silent (rule 2), and what is late is no event."""
    one = crossing(NOON - age)
    live.apply([one])
    assert reported == [one] * is_reported


def test_nothing_from_before_the_start(clock: Clock) -> None:
    """A crossing that was sensed before Home Assistant started is not one that happens now."""
    live, found = Live(clock), list[Crossing]()
    live.set_estate(estate(), {"site_1": COPENHAGEN}, UTC)
    live.listen_to_crossings(CANTEEN, found.append)
    clock.now += 5
    live.apply([crossing(NOON - 0.001), crossing(NOON)])
    assert found == [crossing(NOON)]


def test_polls_report_nothing(clock: Clock, live: Live, reported: list[Crossing]) -> None:
    """Totals do not say when somebody crossed."""
    poll(live, totals(5, NOON - 1))
    clock.now += 60
    poll(live, totals(9, clock.now - 1))
    assert reported == []
    assert live.state(CANTEEN).entries == 9


def test_a_repeat_after_a_poll_is_no_event(clock: Clock, live: Live, reported: list[Crossing]) -> None:
    """The poll drops the crossing from the pending ones, but Butlr may still repeat it."""
    one = crossing(NOON)
    poll(live, totals(5, NOON - 60))
    live.apply([one])
    clock.now += 30
    poll(live, totals(6, clock.now - 1))
    live.apply([one])
    live.apply([one._replace(event_id="another id")])
    live.apply([one._replace(sensor="another sensor")])
    assert reported == [one]
    assert live.state(CANTEEN).entries == 6


def test_a_poll_may_be_faster_than_the_push(clock: Clock, live: Live, reported: list[Crossing]) -> None:
    """The crossing is counted already, and still happens now for whoever waits for it; it counts once."""
    clock.now += 30
    poll(live, totals(6, clock.now - 1))
    one = crossing(NOON)
    for _ in range(3):
        live.apply([one])
    assert reported == [one]
    assert live.state(CANTEEN).entries == 6
    assert live.tally.older == 3


def test_zero_crossings_are_no_event(live: Live, reported: list[Crossing]) -> None:
    """Butlr may send an event of a door that nobody crosses."""
    assert live.apply([crossing(NOON, 0, 0)])
    assert reported == []


def test_several_doors_at_once(live: Live, reported: list[Crossing]) -> None:
    """Two people who use two doors in the same millisecond are two events."""
    both = [crossing(NOON, door="door 1"), crossing(NOON, door="door 2")]
    live.apply(both)
    live.apply(both)
    assert reported == both


def test_only_the_entrances_of_a_floor(clock: Clock) -> None:
    """The estate says which door is an entrance: its crossings are those of the floor, too."""
    live, found = make_live(clock), list[Crossing]()
    live.listen_to_crossings("space_1", found.append)
    live.apply([crossing(NOON)])
    assert found == []
    live.apply([crossing(NOON)._replace(space_id="space_1")])
    assert len(found) == 1


def test_a_space_without_doors(live: Live) -> None:
    """Neither one that has no traffic sensor, nor one that does not exist."""
    found: list[Crossing] = []
    for space_id in ("room_meeting", "room_gone"):
        live.listen_to_crossings(space_id, found.append)()
        live.listen_to_crossings(space_id, found.append)
        live.apply([crossing(NOON)._replace(space_id=space_id)])
    assert found == []


def test_the_state_is_new_when_the_crossing_is_reported(live: Live) -> None:
    """Whoever is told that somebody entered finds them counted."""
    poll(live, totals(5, NOON - 60))
    seen: list[int | None] = []
    live.listen_to_crossings(CANTEEN, lambda _: seen.append(live.state(CANTEEN).entries))
    live.apply([crossing(NOON, 2)])
    assert seen == [7]


def test_a_door_that_moves(clock: Clock, live: Live, reported: list[Crossing]) -> None:
    """Listeners stay while the estate changes around the room; without doors, it has no crossings."""
    changed = estate()
    sensors = {**changed.sensors, "sensor_2": sensor(2, room="room_meeting", mode="traffic")}
    live.set_estate(estate(sensors=sensors), {"site_1": COPENHAGEN}, UTC)
    live.apply([crossing(NOON)])
    assert reported == []
    live.set_estate(estate(), {"site_1": COPENHAGEN}, UTC)
    clock.now += 1
    live.apply([crossing(clock.now)])
    assert len(reported) == 1


def test_a_clock_that_is_always_ahead(clock: Clock, live: Live, reported: list[Crossing]) -> None:
    """More timestamps in the future than are kept: each crossing is reported once, whenever it is repeated."""
    all_of_them: list[Reading] = []
    for _ in range(2 * SKEWED_KEPT):
        clock.now += 60
        all_of_them.append(crossing(clock.now + 7200))
        live.apply(all_of_them)
    assert reported == all_of_them


def test_memory_is_limited(clock: Clock, live: Live, reported: list[Crossing]) -> None:
    """What cannot be repeated as new any more is forgotten, even if the clock is set back."""
    kept = live._nodes[CANTEEN].evidence._reported
    for _ in range(1000):
        clock.now += 1
        live.apply([crossing(clock.now)])
    assert len(reported) == 1000
    assert len(kept) <= 2 * (PUSH_DEADLINE + PRUNING_INTERVAL)
    clock.now += 3600
    live.clock_moved(3600)
    live.apply([crossing(clock.now)])
    clock.now -= 3600
    live.clock_moved(-3600)
    for _ in range(1000):
        clock.now += 1
        live.apply([crossing(clock.now)])
    assert len(kept) <= 2 * (PUSH_DEADLINE + PRUNING_INTERVAL) + 2


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["push", "push", "push", "poll", "wait"]),
        st.builds(
            Crossing,
            space_id=st.just(CANTEEN),
            entries=st.integers(0, 2),
            exits=st.integers(0, 1),
            timestamp=st.integers(-200, 400).map(lambda seconds: NOON + seconds),
            sensor=st.sampled_from(["mac_1", "mac_2"]),
            event_id=st.sampled_from(["", "event_1", "event_2", "event_3"]),
        ),
        st.integers(0, 90),
    ),
    max_size=40,
)


@given(STEPS)
def test_any_order(steps: list[tuple[str, Crossing, int]]) -> None:
    """Against a list of everything that was ever reported: each crossing once, at any age and beside any poll."""
    live, found = make_live(clock := Clock()), list[Crossing]()
    live.listen_to_crossings(CANTEEN, found.append)
    expected: list[Crossing] = []
    remembered: list[tuple[Crossing, float]] = []
    first_seen: dict[float, float] = {}
    for what, one, seconds in steps:
        if what == "wait":
            clock.now += seconds
        elif what == "poll":
            poll(live, totals(seconds, clock.now))
        else:
            timestamp = one.timestamp
            if timestamp > clock.now + MAX_CLOCK_SKEW or timestamp in first_seen:
                timestamp = first_seen.setdefault(timestamp, clock.now)
            live.apply([one])
            if (one.entries or one.exits) and timestamp >= clock.now - PUSH_DEADLINE:
                known = any(_same(one, other) and until >= clock.now for other, until in remembered)
                expected += [one] * (not known)
                remembered.append((one, one.timestamp + PUSH_DEADLINE))
    assert [_content(one) for one in found] == [_content(one) for one in expected]


def _same(one: Crossing, other: Crossing) -> bool:
    return _content(one) == _content(other) or (one.event_id != "" and one.event_id == other.event_id)


def _content(one: Crossing) -> tuple[str, float, int, int]:
    return one.sensor, one.timestamp, one.entries, one.exits


def test_a_repeat_does_not_shorten_the_memory() -> None:
    """An id that comes again with an older timestamp stays known for as long as before."""
    kept = ReportedCrossings()
    assert kept.add(crossing(NOON + 100, event="one"), NOON + 220, NOON)
    assert not kept.add(crossing(NOON - 100, event="one"), NOON + 20, NOON)
    assert not kept.add(crossing(NOON + 50, event="one"), NOON + 170, NOON + PRUNING_INTERVAL + 1)


def test_a_door_ahead_repeats_after_a_start(clock: Clock) -> None:
    """What lies in the future may be old: nobody knows whether it was reported before the start."""
    live, found = Live(clock), list[Crossing]()
    live.set_estate(estate(), {"site_1": COPENHAGEN}, UTC)
    live.listen_to_crossings(CANTEEN, found.append)
    ahead = [crossing(NOON + seconds) for seconds in (60, 180)]
    live.apply([*ahead, now := crossing(NOON)])
    assert found == [now]
    clock.now += PUSH_DEADLINE
    live.apply([*ahead, later := crossing(clock.now + 180)])
    assert found == [now, later]
