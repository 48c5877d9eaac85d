"""Over capacity: on above the limit at once, off a margin below it after a delay, and unknown if a number is."""

import asyncio

from hypothesis import given, strategies as st
import pytest

from custom_components.butlr.live.capacity import CapacityLimits, OverCapacity


def test_defaults_compare_only() -> None:
    """Without a margin and a delay, it is on exactly while there are more people than the limit."""
    over = OverCapacity()
    for now, people in enumerate([0, 8, 9, 8, 9, 12, 0, 8]):
        assert over.update(people, 8, float(now)) is (people > 8)
        assert over.turns_off_at is None


def test_it_stays_on_within_the_margin() -> None:
    """Who leaves and comes back does not turn it off and on."""
    over = OverCapacity()
    seen = [over.update(people, 8, 0.0, margin=2) for people in (8, 9, 8, 7, 9, 7, 6, 7, 8, 9)]
    assert seen == [False, True, True, True, True, True, False, False, False, True]


def test_off_only_after_the_delay() -> None:
    """It is on at once. To be off, there must have been few enough people all the time."""
    over = OverCapacity()

    def at(now: float, people: int | None) -> bool | None:
        return over.update(people, 8, now, margin=1, delay=60)

    assert at(0, 9) is True
    assert at(10, 7) is True
    assert over.turns_off_at == 70
    assert at(60, 8) is True, "not few enough"
    assert over.turns_off_at is None
    assert at(61, 7) is True
    assert at(120, 6) is True
    assert over.turns_off_at == 121
    assert at(120.9, 6) is True
    assert at(121, 6) is False
    assert over.turns_off_at is None
    assert at(122, 9) is True


def test_an_unknown_number_is_no_number() -> None:
    """It says nothing, and time in which nobody knows does not count; what was known before still does."""
    over = OverCapacity()
    assert over.update(9, 8, 0, margin=2, delay=60) is True
    assert over.update(5, 8, 10, margin=2, delay=60) is True
    assert over.update(None, 8, 50, margin=2, delay=60) is None
    assert over.turns_off_at is None
    assert over.update(7, 8, 90, margin=2, delay=60) is True
    assert over.update(None, 8, 100, margin=2, delay=60) is None
    assert over.update(5, 8, 110, margin=2, delay=60) is True
    assert over.turns_off_at == 170
    # A gap between two low numbers ends the time with few enough people.
    assert over.update(None, 8, 160, margin=2, delay=60) is None
    assert over.update(5, 8, 175, margin=2, delay=60) is True
    assert over.turns_off_at == 235
    assert over.update(5, None, 240, margin=2, delay=60) is None


def test_another_limit_starts_over() -> None:
    """A person who raises the limit above the people that there are turns it off, whatever the margin and the delay."""
    over = OverCapacity()
    assert over.update(9, 8, 0, margin=3, delay=60) is True
    assert over.update(9, 10, 1, margin=3, delay=60) is False
    assert over.update(9, 7, 2, margin=3, delay=60) is True
    assert over.update(2, 7, 3, margin=3, delay=60) is True
    assert over.update(2, 6, 4, margin=3, delay=60) is False
    assert over.turns_off_at is None


@pytest.mark.parametrize("margin", [3, 100])
def test_an_empty_space_is_below_any_margin(margin: int) -> None:
    """A margin above the limit could never be reached."""
    over = OverCapacity()
    assert over.update(4, 3, 0, margin=margin) is True
    assert over.update(1, 3, 1, margin=margin) is True
    assert over.update(0, 3, 2, margin=margin) is False


COUNTS = st.lists(st.tuples(st.integers(0, 40), st.none() | st.integers(0, 6)), max_size=40)


@given(COUNTS, st.integers(1, 5), st.integers(0, 6), st.integers(0, 60))
def test_any_counts(counts: list[tuple[int, int | None]], limit: int, margin: int, delay: int) -> None:
    """Against the whole past: on if the newest count above the limit was not followed by a long enough quiet time."""
    over, now, past = OverCapacity(), 0, list[tuple[int, int | None]]()
    for wait, people in counts:
        now += wait
        if over.turns_off_at is not None and over.turns_off_at < now:
            # The timer of the entity.
            at = int(over.turns_off_at)
            past.append((at, past[-1][1]))
            assert over.update(past[-1][1], limit, at, margin=margin, delay=delay) is False
        past.append((now, people))
        expected = None if people is None else _is_over(past, limit, max(limit - margin, 0), delay)
        assert over.update(people, limit, now, margin=margin, delay=delay) is expected


def _is_over(past: list[tuple[int, int | None]], limit: int, low: int, delay: int) -> bool:
    state, since = False, None
    for at, people in past:
        if people is not None and people > limit:
            state = True
        since = (at if since is None else since) if people is not None and people <= low else None
        if state and since is not None and at - since >= delay:
            state = False
    return state


async def test_limits() -> None:
    """Each change concerns one space, and has been stored when it is done."""
    heard: list[str] = []

    async def save() -> None:
        await asyncio.sleep(0)
        heard.append("store")

    limits = CapacityLimits(save)
    limits.restore({"room_1": 5})
    stop = limits.listen("room_1", lambda: heard.append("room_1"))
    limits.listen("room_2", lambda: heard.append("room_2"))
    assert heard == []
    await limits.set("room_1", 7)
    await limits.set("room_2", 3)
    assert heard == ["room_1", "store", "room_2", "store"]
    assert limits.as_dict() == {"room_1": 7, "room_2": 3}
    await limits.set("room_1", None)
    await limits.set("room_1", None)
    limits.notify("room_3")
    assert (limits.get("room_1"), limits.as_dict()) == (None, {"room_2": 3})
    stop()
    heard.clear()
    await limits.set("room_1", 1)
    assert heard == ["store"]


def test_an_incomplete_sum_proves_only_that_it_is_over() -> None:
    """There may be more people than a sum that lacks a floor."""
    over = OverCapacity()
    seen = [over.update(people, 8, now, incomplete=now > 0) for now, people in enumerate((8, 8, 9, 8))]
    assert seen == [False, None, True, None]
    assert over.update(8, 8, 9) is False
