"""How many polled changes were pushed before, and how long pushes take."""

from dataclasses import replace
from datetime import UTC
import statistics
from zoneinfo import ZoneInfo

from hypothesis import given, strategies as st
import pytest

from custom_components.butlr.api.buckets import HOUR
from custom_components.butlr.api.events import EventType
from custom_components.butlr.api.readings import Count, Crossing, Motion, NoCount, Reading, Totals
from custom_components.butlr.live.evidence import PUSH_DEADLINE
from custom_components.butlr.live.live import Live
from custom_components.butlr.live.push_audit import KEPT, MAX_COUNTS, MIN_CHANGES, PushAudit, SpaceCounts
from custom_components.butlr.live.push_health import PushHealth
from tests.helpers.live import COPENHAGEN, MIDNIGHT, NOON, Clock, estate, sensor

ROOM = "room_meeting"
CANTEEN = "room_canteen"


@pytest.fixture
def audit(clock: Clock) -> PushAudit:
    """Return an audit that knows nothing."""
    return PushAudit(clock)


# -- which changes were told -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reports", "told"),
    [
        pytest.param([("poll", 2)], [None], id="the first poll is no change"),
        pytest.param([("poll", 2), ("poll", 2)], [None, None], id="no change"),
        pytest.param([("poll", 2), ("push", 3), ("poll", 3)], [None, True], id="pushed before"),
        pytest.param([("poll", 2), ("poll", 3)], [None, False], id="not pushed"),
        pytest.param([("poll", 2), ("poll", 3), ("push", 3), ("poll", 3)], [None, False, None], id="pushed too late"),
        pytest.param([("poll", 2), ("push", 3), ("push", 4), ("poll", 3)], [None, True], id="moved on since"),
        pytest.param([("poll", 2), ("push", 3), ("poll", 2), ("poll", 3)], [None, None, True], id="poll lags behind"),
        pytest.param(
            [("poll", 2), ("push", 3), ("poll", 3), ("poll", 2), ("poll", 3)],
            [None, True, False, False],
            id="an old push tells nothing",
        ),
        pytest.param([("poll", 1), ("push", 2), ("push", 2), ("poll", 2)], [None, True], id="pushed twice"),
    ],
)
def test_a_polled_count(reports: list[tuple[str, int]], told: list[bool | None]) -> None:
    """A push tells a polled count if it arrived since the last poll, or just before a poll that lags behind."""
    counts = SpaceCounts()
    answers = []
    for kind, people in reports:
        if kind == "push":
            counts.record_push(people)
        else:
            answers.append(counts.record_poll(people))
    assert answers == told


def test_memory_of_counts_is_limited() -> None:
    """However many different counts are pushed; the newest are kept."""
    counts = SpaceCounts()
    counts.record_poll(0)
    for people in range(1, 1000):
        counts.record_push(people)
    assert len(counts.since_poll) == MAX_COUNTS
    assert counts.record_poll(999) is True


def test_a_count_of_offline_sensors_is_no_change(clock: Clock, live: Live) -> None:
    """No push of such a space counts either, nor what has changed until its sensors are online again."""
    live.apply([Count(ROOM, 1, NOON)], polled=True)
    assert live.record_polled_change(Count(ROOM, 1, NOON)) is None
    offline = replace(sensor(1, room=ROOM), online=False)
    live.set_estate(estate(sensors={offline.id: offline}), {"site_1": COPENHAGEN}, UTC)
    clock.now += 300
    assert live.record_polled_change(Count(ROOM, 0, NOON + 300)) is None
    live.set_estate(estate(), {"site_1": COPENHAGEN}, UTC)
    assert live.record_polled_change(Count(ROOM, 2, NOON + 300)) is None
    assert live.record_polled_change(Count(ROOM, 3, NOON + 360)) is False


@pytest.mark.parametrize(
    ("pushed", "polled", "told"),
    [
        pytest.param((), (5, 3), None, id="no change"),
        pytest.param((), (6, 3), False, id="not pushed"),
        pytest.param(((1, 0),), (6, 3), True, id="pushed"),
        pytest.param(((1, 0),), (6, 4), False, id="only the entry was pushed"),
        pytest.param(((1, 0), (0, 1), (1, 1)), (7, 5), True, id="several"),
        pytest.param(((1, 0), (1, 0)), (6, 3), True, id="the poll lags behind"),
    ],
)
def test_polled_totals(
    clock: Clock, live: Live, pushed: tuple[tuple[int, int], ...], polled: tuple[int, int], told: bool | None
) -> None:
    """Pushes told of totals if they told of at least as many crossings."""
    live.apply([Totals(CANTEEN, 5, 3, MIDNIGHT, NOON)], polled=True)
    clock.now = NOON + 300
    for number, (entries, exits) in enumerate(pushed):
        live.apply([Crossing(CANTEEN, entries, exits, NOON + 10 + number, "mac", f"event_{number}")])
    assert live.record_polled_change(Totals(CANTEEN, *polled, MIDNIGHT, NOON + 240)) is told


def test_other_totals_are_no_change(clock: Clock, live: Live) -> None:
    """Those of another day, those that are older than the last, and those of a space that is gone."""
    live.apply([Totals(CANTEEN, 5, 3, MIDNIGHT, NOON)], polled=True)
    clock.now = NOON + 300
    assert live.record_polled_change(Totals(CANTEEN, 6, 3, MIDNIGHT - 86400, NOON)) is None
    assert live.record_polled_change(Totals(CANTEEN, 6, 3, MIDNIGHT, NOON - 60)) is None
    assert live.record_polled_change(Totals("room_gone", 6, 3, MIDNIGHT, NOON)) is None
    assert live.record_polled_change(NoCount(ROOM, NOON)) is None


def test_changes_count_once_a_poll_has_shown_what_there_was(clock: Clock) -> None:
    """What changed before the subscription was never to be pushed."""
    health, kind = PushHealth(clock), EventType.ROOM_OCCUPANCY
    assert not health.expects(kind)
    health.subscribe([kind])
    health.record_poll([kind], clock.now + PUSH_DEADLINE - 1)
    assert not health.expects(kind)
    health.record_poll([kind], clock.now + PUSH_DEADLINE)
    assert health.expects(kind)
    assert not health.expects(EventType.TRAFFIC)
    health.subscribe([kind])
    assert not health.expects(kind)


# -- the share ---------------------------------------------------------------------------------------------------------


def test_the_share_of_a_day(clock: Clock, audit: PushAudit) -> None:
    """Changes of the last 24 hours count."""
    assert audit.agreement is None
    audit.record_change(told=False)
    clock.now += 23 * HOUR
    for _ in range(3):
        audit.record_change(told=True)
    assert audit.agreement == 3 / 4
    clock.now += HOUR
    assert audit.agreement == 1
    clock.now += 24 * HOUR
    assert audit.agreement is None


def fill(clock: Clock, audit: PushAudit, told: int, changes: int, hours: int = 4) -> None:
    """Record changes over some hours, and let the hours before be forgotten."""
    clock.now += 25 * HOUR
    for hour in range(hours):
        for number in range(changes // hours):
            audit.record_change(told=number < told // hours)
        clock.now += HOUR if hour < hours - 1 else 0


def test_low_agreement(clock: Clock, audit: PushAudit) -> None:
    """It must be low for hours, with enough changes, and be good again, not only a little better."""
    assert not audit.is_low
    fill(clock, audit, told=0, changes=MIN_CHANGES - 2)
    assert not audit.is_low
    fill(clock, audit, told=0, changes=100, hours=2)
    assert not audit.is_low
    fill(clock, audit, told=84, changes=100)
    assert not audit.is_low
    fill(clock, audit, told=76, changes=100)
    assert audit.is_low
    fill(clock, audit, told=84, changes=100)
    assert audit.is_low
    fill(clock, audit, told=92, changes=100)
    assert not audit.is_low
    fill(clock, audit, told=0, changes=100)
    assert audit.is_low
    clock.now += 25 * HOUR
    assert not audit.is_low


# -- the delay ---------------------------------------------------------------------------------------------------------


@given(delays=st.lists(st.floats(0, 600), min_size=1, max_size=200))
def test_the_median_delay(delays: list[float]) -> None:
    """It is right to a percent, or one of the two in the middle."""
    clock = Clock()
    audit = PushAudit(clock)
    for delay in delays:
        audit.record_delay(clock.now - delay)
    median = audit.delay
    assert median is not None
    low, high = statistics.median_low(delays) * 1000, statistics.median_high(delays) * 1000
    # The clock itself is a float of seconds since 1970.
    assert low * 0.99 - 0.02 <= median <= high * 1.01 + 0.02


def test_a_clock_that_is_ahead_says_nothing(clock: Clock, audit: PushAudit) -> None:
    """No delay is negative."""
    audit.record_delay(clock.now + 0.5)
    assert audit.delay is None


def test_only_news_have_a_delay(clock: Clock, live: Live) -> None:
    """Butlr repeats events and recomputes minutes; only the first delivery says how long a push takes."""

    def push(reading: Reading, delay: float) -> None:
        clock.now = reading.timestamp + delay  # type: ignore[union-attr]
        live.apply([reading])

    for number in range(5):
        push(Count(ROOM, number, NOON + number * 60), 0.2)
        push(Count(ROOM, number + 1, NOON + number * 60), 40)
    push(Motion(ROOM, True, NOON + 600), 0.2)
    push(Crossing(CANTEEN, 1, 0, NOON + 601, "mac", "a"), 0.2)
    push(Crossing(CANTEEN, 1, 0, NOON + 601, "mac", "a"), 9)
    live.apply([Count(ROOM, 7, NOON + 300)], polled=True)
    assert live.audit.delay == pytest.approx(200, rel=0.01)
    assert [day["pushes"] for day in live.audit.by_day(UTC).values()] == [7]


# -- days --------------------------------------------------------------------------------------------------------------


def test_days(clock: Clock, audit: PushAudit) -> None:
    """Days are those of the time zone, and a week is kept."""
    zone = ZoneInfo("America/New_York")
    for _ in range(10):
        audit.record_change(told=True)
        audit.record_change(told=False)
        audit.record_delay(clock.now - 0.25)
        clock.now += 24 * HOUR
    days = audit.by_day(zone)
    assert len(days) == KEPT // (24 * HOUR)
    assert list(days.values())[-1] == {
        "polled_changes": 2,
        "told_by_pushes": 1,
        "pushes": 1,
        "median_delay_ms": pytest.approx(250, rel=0.01),
    }
    assert list(days) == sorted(days)
