"""Until when a space is usually free today: the rule, the clock changes and the odd time zones."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from custom_components.butlr.history.usual import NO_BASELINE, RestOfToday, Usual, UsualUse

HOUR = 3600
COPENHAGEN = ZoneInfo("Europe/Copenhagen")
# A Wednesday in the winter; 9:20 at the site.
NOW = datetime(2026, 11, 25, 9, 20, tzinfo=COPENHAGEN)


@pytest.fixture(autouse=True)
def _custom_integrations() -> None:
    """Set up nothing at all."""


def at(zone: ZoneInfo, month: int, day: int, hour: int, minute: int = 0, fold: int = 0) -> int:
    """Return a local time of the year as a timestamp."""
    return int(datetime(2026, month, day, hour, minute, tzinfo=zone, fold=fold).timestamp())


def means(*weeks: dict[int, float]) -> dict[int, float]:
    """Return the means of the hours of the Wednesdays before, the latest first."""
    days = ((11, 18), (11, 11), (11, 4), (10, 28))
    return {
        at(COPENHAGEN, *day, hour): mean for day, week in zip(days, weeks, strict=False) for hour, mean in week.items()
    }


def usual(known: dict[int, float]) -> Usual:
    """Return what is usual at NOW."""
    return RestOfToday(NOW.timestamp(), COPENHAGEN).usual(known)


FREE = dict.fromkeys(range(24), 0.0)
USED_AT_11 = FREE | {11: 4.0}


@pytest.mark.parametrize(
    ("weeks", "use", "until", "known"),
    [
        # Most of the known weeks decide; a tie is used.
        ((USED_AT_11, USED_AT_11, USED_AT_11, FREE), UsualUse.FREE_UNTIL_USED, 11, 4),
        ((USED_AT_11, USED_AT_11, FREE, FREE), UsualUse.FREE_UNTIL_USED, 11, 4),
        ((USED_AT_11, FREE, FREE, FREE), UsualUse.FREE_UNTIL_MIDNIGHT, 24, 4),
        ((USED_AT_11, FREE, FREE), UsualUse.FREE_UNTIL_MIDNIGHT, 24, 3),
        ((USED_AT_11, FREE), UsualUse.FREE_UNTIL_USED, 11, 2),
        ((FREE,), UsualUse.FREE_UNTIL_MIDNIGHT, 24, 1),
        # Somebody who walked through does not make a room used.
        ((FREE | {12: 0.1},), UsualUse.FREE_UNTIL_MIDNIGHT, 24, 1),
        ((FREE | {12: 0.11},), UsualUse.FREE_UNTIL_USED, 12, 1),
        # What is used now is not free, whatever comes later, and the past of today does not matter.
        ((FREE | {9: 1.0},), UsualUse.USED, None, 1),
        ((FREE | {8: 1.0},), UsualUse.FREE_UNTIL_MIDNIGHT, 24, 1),
        # What is not known is not promised.
        (({9: 0.0, 10: 0.0},), UsualUse.FREE_UNTIL_UNKNOWN, 11, 1),
        ((FREE, FREE, {}, {9: 0.0}), UsualUse.FREE_UNTIL_MIDNIGHT, 24, 2),
        (({10: 0.0, 11: 0.0},), UsualUse.UNKNOWN, None, 0),
        ((), UsualUse.UNKNOWN, None, 0),
    ],
)
def test_the_rule(weeks: tuple[dict[int, float], ...], use: UsualUse, until: int | None, known: int) -> None:
    """The hours that are usually free are counted from now on, by the weeks that are known."""
    end = None if until is None else at(COPENHAGEN, 11, 25, 0) + until * HOUR
    found = usual(means(*weeks))
    assert found == Usual(use, end, known)
    seconds = None if known == 0 else 0 if end is None else end - NOW.timestamp()
    assert found.seconds(NOW.timestamp()) == seconds


def test_other_days_and_older_weeks_do_not_count() -> None:
    """Only the same weekday of the last four weeks is compared."""
    others = {at(COPENHAGEN, 11, day, 9): 0.0 for day in (16, 17, 19, 20, 21, 22, 23, 24)}
    assert usual(others | {at(COPENHAGEN, 10, 21, 9): 0.0}) == NO_BASELINE


def test_over_a_change_of_clocks() -> None:
    """The same local time is compared, although it is another hour of UTC: three weeks here are in summer time."""
    now = datetime(2026, 10, 28, 16, 0, tzinfo=COPENHAGEN)
    today = RestOfToday(now.timestamp(), COPENHAGEN)
    used = {at(COPENHAGEN, *day, 18): 3.0 for day in ((10, 21), (10, 14), (10, 7), (9, 30))}
    free = {
        at(COPENHAGEN, *day, 0) + hour * HOUR: 0.0
        for day in ((10, 21), (10, 14), (10, 7), (9, 30))
        for hour in range(24)
    }
    assert today.usual(free | used) == Usual(UsualUse.FREE_UNTIL_USED, at(COPENHAGEN, 10, 28, 18), 4)
    assert all(end - start == 8 * HOUR for start, end in today.periods)


def test_the_days_on_which_clocks_change() -> None:
    """An hour that a week did not have is not known; of an hour that it had twice, both must have been free."""
    # The Sunday after the clocks went back on 25 October at 3:00.
    now = datetime(2026, 11, 1, 2, 10, tzinfo=COPENHAGEN)
    today = RestOfToday(now.timestamp(), COPENHAGEN)
    first, second = at(COPENHAGEN, 10, 25, 2), at(COPENHAGEN, 10, 25, 2, fold=1)
    assert second - first == HOUR
    assert today.usual({first: 0.0, second: 2.0}).use is UsualUse.USED
    assert today.usual({first: 2.0, second: 0.0}).use is UsualUse.USED
    assert today.usual({first: 0.0, second: 0.0}).until == at(COPENHAGEN, 11, 1, 3)
    assert today.usual({first: 0.0}) == today.usual({second: 0.0}) == NO_BASELINE
    # The Sunday after the clocks went forward on 29 March at 2:00: 2:00 to 3:00 did not exist.
    now = datetime(2026, 4, 5, 2, 10, tzinfo=COPENHAGEN)
    today = RestOfToday(now.timestamp(), COPENHAGEN)
    hours = dict.fromkeys(range(at(COPENHAGEN, 3, 29, 0), at(COPENHAGEN, 3, 30, 0), HOUR), 0.0)
    assert today.usual(hours) == NO_BASELINE
    before = {at(COPENHAGEN, 3, 22, 2): 0.0}
    assert today.usual(hours | before).weeks == 1
    # The day itself is 23 hours long, and its midnight is right.
    now = datetime(2026, 3, 29, 0, 30, tzinfo=COPENHAGEN)
    today = RestOfToday(now.timestamp(), COPENHAGEN)
    week = dict.fromkeys(range(at(COPENHAGEN, 3, 22, 0), at(COPENHAGEN, 3, 23, 0), HOUR), 0.0)
    assert today.usual(week) == Usual(UsualUse.FREE_UNTIL_MIDNIGHT, at(COPENHAGEN, 3, 30, 0), 1)


@pytest.mark.parametrize("name", ["Asia/Kolkata", "Asia/Kathmandu", "Pacific/Auckland", "America/St_Johns"])
def test_time_zones_off_by_less_than_an_hour(name: str) -> None:
    """Statistics have hours of UTC, so that the figure ends at such an hour, and at midnight at the latest."""
    zone = ZoneInfo(name)
    now = at(zone, 11, 25, 9, 20)
    start = at(zone, 11, 18, 0) // HOUR * HOUR
    free = {start + number * HOUR: 0.0 for number in range(26)}
    today = RestOfToday(now, zone)
    assert today.usual(free) == Usual(UsualUse.FREE_UNTIL_MIDNIGHT, at(zone, 11, 26, 0), 1)
    noon = at(zone, 11, 18, 12) // HOUR * HOUR
    assert today.usual(free | {noon: 1.0}).until == noon + 7 * 24 * HOUR


def test_clocks_that_move_by_half_an_hour() -> None:
    """Where an hour of today overlaps two hours of a past week, both must have been free."""
    zone = ZoneInfo("Australia/Lord_Howe")
    now = at(zone, 10, 7, 9, 10)
    today = RestOfToday(now, zone)
    day = at(zone, 9, 30, 0) // HOUR * HOUR
    free = {day + number * HOUR: 0.0 for number in range(26)}
    assert today.usual(free).use is UsualUse.FREE_UNTIL_MIDNIGHT
    local = now // HOUR * HOUR - 7 * 24 * HOUR + HOUR // 2
    for hour in (local // HOUR * HOUR, local // HOUR * HOUR + HOUR):
        assert today.usual(free | {hour: 1.0}).use is UsualUse.USED
