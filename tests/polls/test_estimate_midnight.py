"""Whose midnight estimates go by follows from the crossings of both days, or stays open."""

import random

from hypothesis import given, strategies as st
import pytest

from custom_components.butlr.polls.estimate_midnight import EstimateMidnight, EstimateMidnightDetector, utc_midnight

SITE, UTC = EstimateMidnight.SITE, EstimateMidnight.UTC


def twice(
    since_site: dict[str, tuple[int, int] | None],
    since_utc: dict[str, tuple[int, int] | None],
    estimates: dict[str, int],
) -> EstimateMidnight | None:
    """Return what two answers alike make certain."""
    finder = EstimateMidnightDetector()
    assert finder.add(since_site, since_utc, estimates) is None  # one answer may lag behind the other
    return finder.add(since_site, since_utc, estimates)


@pytest.mark.parametrize(
    ("since_site", "since_utc", "estimate", "found"),
    [
        # West of Greenwich: in the afternoon the day of UTC begins, and those who came before are still there.
        ((5, 2), (0, 0), None, UTC),
        ((5, 2), (0, 0), 3, SITE),
        ((5, 2), (0, 0), 0, None),
        # After the site's midnight those of the evening before belong to the other day.
        ((0, 0), (4, 1), 3, UTC),
        ((0, 0), (4, 1), None, SITE),
        ((0, 0), (4, 1), 0, None),
        # What is the same on both days, or mixed, tells nothing.
        ((0, 0), (0, 0), None, None),
        ((3, 1), (3, 1), 2, None),
        ((5, 1), (2, 1), 4, None),
        (None, (2, 1), 4, None),
        ((2, 1), None, 1, None),
    ],
)
def test_one_space(
    since_site: tuple[int, int] | None,
    since_utc: tuple[int, int] | None,
    estimate: int | None,
    found: EstimateMidnight | None,
) -> None:
    """What one space gives away."""
    estimates = {} if estimate is None else {"a": estimate}
    assert twice({"a": since_site}, {"a": since_utc}, estimates) is found


def test_who_is_missing_has_no_crossings() -> None:
    """An answer need not name those whom nobody crossed."""
    assert twice({"a": (5, 2), "b": (1, 1)}, {"b": (1, 1)}, {"a": 3, "b": 0}) is SITE


def test_spaces_that_contradict_each_other_tell_nothing() -> None:
    """Nothing is certain until all agree, and what was seen before does not count any more."""
    finder = EstimateMidnightDetector()
    assert finder.add({"a": (5, 2)}, {"a": (0, 0)}, {"a": 3}) is None
    assert finder.add({"a": (5, 2), "b": (4, 0)}, {"a": (0, 0), "b": (0, 0)}, {"a": 3}) is None
    assert finder.add({"a": (5, 2)}, {"a": (0, 0)}, {"a": 3}) is None
    # What says nothing takes nothing back.
    assert finder.add({"a": (5, 2)}, {"a": (5, 2)}, {"a": 3}) is None
    assert finder.add({"a": (5, 2)}, {"a": (0, 0)}, {"a": 3}) is SITE
    assert finder.add({"a": (5, 2)}, {"a": (0, 0)}, {}) is None  # once is none


def test_midnight_in_utc() -> None:
    """It is that of the moment."""
    assert utc_midnight(86400.0 * 3 + 5) == 86400.0 * 3
    assert utc_midnight(86400.0 * 3) == 86400.0 * 3


@given(st.integers(0, 10**9), st.sampled_from(EstimateMidnight), st.booleans(), st.booleans(), st.booleans())
def test_never_the_wrong_one(seed: int, truth: EstimateMidnight, earlier: bool, absent: bool, clamped: bool) -> None:
    """Whatever crossed between the two midnights and since, what is found is what the estimates are made by."""
    dice = random.Random(seed)
    since_site: dict[str, tuple[int, int] | None] = {}
    since_utc: dict[str, tuple[int, int] | None] = {}
    estimates: dict[str, int] = {}
    for number in range(dice.randint(1, 6)):
        space_id = f"room_{number}"
        late = (dice.randint(0, 2), dice.randint(0, 2)) if dice.random() < 0.6 else (0, 0)
        early = (dice.randint(0, 3), dice.randint(0, 3)) if dice.random() < 0.6 else (0, 0)
        whole = (late[0] + early[0], late[1] + early[1])
        since_site[space_id], since_utc[space_id] = (late, whole) if earlier else (whole, late)
        entries, exits = (since_site if truth is SITE else since_utc)[space_id] or (0, 0)
        if (entries, exits) != (0, 0) or not absent:
            estimates[space_id] = max(entries - exits, 0) if clamped else entries - exits
    assert twice(since_site, since_utc, estimates) in (None, truth)
