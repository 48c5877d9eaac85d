"""Counting the seconds of a day."""

from custom_components.butlr.waste.meter import MAX_STEP, DayMeter

DAY = 1_000_000.0


def test_only_time_that_was_observed_counts() -> None:
    """Time counts from an update that says so until the next one."""
    meter = DayMeter(DAY)
    for second, counting in ((0, False), (10, True), (15, True), (21, False), (90, True), (91, False)):
        meter.update(DAY + second, second, DAY, counting=counting)
    assert meter.seconds == 5 + 6 + 1
    meter.update(DAY + 100, 100, DAY, counting=True)
    meter.pause()
    meter.update(DAY + 110, 110, DAY, counting=False)
    assert meter.seconds == 12


def test_a_gap_does_not_count() -> None:
    """Where nobody looked for longer than any reading is valid, nothing is known."""
    meter = DayMeter(DAY)
    meter.update(DAY, 0, DAY, counting=True)
    meter.update(DAY + MAX_STEP, MAX_STEP, DAY, counting=True)
    assert meter.seconds == MAX_STEP
    meter.update(DAY + 2 * MAX_STEP + 1, 2 * MAX_STEP + 1, DAY, counting=True)
    assert meter.seconds == MAX_STEP


def test_a_clock_that_is_set_adds_nothing() -> None:
    """Only the monotonic clock measures."""
    meter = DayMeter(DAY)
    meter.update(DAY + 100, 0, DAY, counting=True)
    meter.update(DAY + 3700, 10, DAY, counting=True)
    meter.update(DAY + 50, 20, DAY, counting=True)
    assert meter.seconds == 20


def test_midnight() -> None:
    """The seconds before midnight are yesterday's."""
    meter = DayMeter(DAY - 86400, 500.0)
    meter.update(DAY - 6, 0, DAY - 86400, counting=True)
    meter.update(DAY + 4, 10, DAY, counting=True)
    assert (meter.day, meter.seconds) == (DAY, 4)
    meter.update(DAY - 86400 + 5, 20, DAY - 86400, counting=False)
    assert meter.seconds == 5
