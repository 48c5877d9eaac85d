"""When Home Assistant was off, from the timestamps of states."""

from collections.abc import Iterable

import pytest

from custom_components.butlr.waste.downtime import find_downtimes, first_sign

START = 100_000.0
HOUR = 3600.0


def reader(*signs: float) -> object:
    """Return a function that returns the timestamps in a period."""

    async def read(start: float, end: float) -> Iterable[float]:
        return [one for one in signs if start < one < end]

    return read


@pytest.mark.parametrize(
    ("signs", "repeated", "downtimes"),
    [
        # Nothing was written twice.
        ((1 * HOUR, 2 * HOUR), (), []),
        # Off from the last state until the last entity is back.
        ((1 * HOUR, 5 * HOUR, 5 * HOUR + 20), (5 * HOUR, 5 * HOUR + 20), [(1 * HOUR, 5 * HOUR + 20)]),
        # The first one back had another state than before.
        ((1 * HOUR, 5 * HOUR, 5 * HOUR + 600), (5 * HOUR + 600,), [(1 * HOUR, 5 * HOUR + 600)]),
        # A short restart: the longest silence in the minutes before.
        ((4.74 * HOUR, 4.8 * HOUR, 4.84 * HOUR, 5 * HOUR - 10, 5 * HOUR), (5 * HOUR,), [(4.84 * HOUR, 5 * HOUR)]),
        (tuple(5 * HOUR - 60 * n - 5 for n in range(20, 1, -1)), (5 * HOUR,), [(5 * HOUR - 125, 5 * HOUR)]),
        # Off since before the period.
        ((-1.0, 5 * HOUR), (5 * HOUR,), [(0, 5 * HOUR)]),
        # Twice.
        ((1 * HOUR, 2 * HOUR, 9 * HOUR), (2 * HOUR, 9 * HOUR), [(1 * HOUR, 2 * HOUR), (2 * HOUR, 9 * HOUR)]),
    ],
)
async def test_downtimes(
    signs: tuple[float, ...], repeated: tuple[float, ...], downtimes: list[tuple[float, float]]
) -> None:
    """A downtime is the longest silence before a start, and the start."""
    read = reader(*(START + one for one in signs))
    found = await find_downtimes([START + one for one in repeated], [], [], START, read)  # type: ignore[arg-type]
    assert [(since - START, until - START) for since, until in found] == pytest.approx(downtimes)


@pytest.mark.parametrize(("others", "is_start"), [((5 * HOUR,), True), ((5.5 * HOUR,), False), ((), False)])
async def test_one_entity_alone_does_not_show_a_start(others: tuple[float, ...], is_start: bool) -> None:
    """After a start, most entities write a state."""
    written = [[START, START + 5 * HOUR], *[[START, *(START + one + n * HOUR for one in others)] for n in range(3)]]
    found = await find_downtimes([START + 5 * HOUR], [], [written], START, reader(START))  # type: ignore[arg-type]
    assert bool(found) is is_start


@pytest.mark.parametrize(
    ("returns", "downtimes"),
    [
        # All within minutes.
        ((5 * HOUR, 5 * HOUR + 20, 5 * HOUR + 60), [(1 * HOUR, 5 * HOUR)]),
        # One by one, as in the morning after a quiet night.
        ((5 * HOUR, 6 * HOUR, 7 * HOUR), []),
    ],
)
async def test_a_start_after_a_long_silence(returns: tuple[float, ...], downtimes: list[tuple[float, float]]) -> None:
    """If most entities write at once after a long silence, it does not matter which states they write."""
    written = [[START + 1 * HOUR - n, START + one] for n, one in enumerate(returns)]
    read = reader(*(timestamp for one in written for timestamp in one))
    found = await find_downtimes([], [], [written], START, read)  # type: ignore[arg-type]
    assert [(since - START, until - START) for since, until in found] == pytest.approx(downtimes)


@pytest.mark.parametrize(("number", "is_start"), [(4, True), (2, True), (1, False)])
async def test_a_start_with_everything_unavailable(number: int, is_start: bool) -> None:
    """After a short downtime, too, nothing may be within reach. One device that is out of reach shows nothing."""
    written = [[START + 100 - n, *((START + 400,) if n < number else ())] for n in range(4)]
    read = reader(*(timestamp for one in written for timestamp in one))
    found = await find_downtimes([], [START + 400], [written], START, read)  # type: ignore[arg-type]
    assert found == ([(START + 100, START + 400)] if is_start else [])
    # The entities of another group go on: only these were out of reach.
    groups = [written, [[START + 50], [START + 60]]]
    assert await find_downtimes([], [START + 400], groups, START, read) == []  # type: ignore[arg-type]


async def test_the_first_sign() -> None:
    """Longer and longer periods are looked at, until the end."""
    read = reader(START + 40 * HOUR)
    assert await first_sign(START, START + 90 * HOUR, read) == START + 40 * HOUR  # type: ignore[arg-type]
    assert await first_sign(START, START + 30 * HOUR, read) == START + 30 * HOUR  # type: ignore[arg-type]
