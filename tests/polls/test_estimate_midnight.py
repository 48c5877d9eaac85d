"""Detecting from the crossings which midnight estimates start at."""

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
    """Return the result after two identical polls."""
    detector = EstimateMidnightDetector()
    assert detector.add(since_site, since_utc, estimates) is None  # a single poll is not enough
    return detector.add(since_site, since_utc, estimates)


@pytest.mark.parametrize(
    ("since_site", "since_utc", "estimate", "found"),
    [
        # West of Greenwich the UTC day starts in the afternoon, while people are inside.
        ((5, 2), (0, 0), None, UTC),
        ((5, 2), (0, 0), 3, SITE),
        ((5, 2), (0, 0), 0, None),
        # After the site's midnight, crossings of the evening belong to the UTC day only.
        ((0, 0), (4, 1), 3, UTC),
        ((0, 0), (4, 1), None, SITE),
        ((0, 0), (4, 1), 0, None),
        # Days with equal or mixed crossings are inconclusive.
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
    """One space votes for the site, for UTC, or not at all."""
    estimates = {} if estimate is None else {"a": estimate}
    assert twice({"a": since_site}, {"a": since_utc}, estimates) is found


def test_a_missing_space_has_no_crossings() -> None:
    """A space that is missing in an answer had no crossings."""
    assert twice({"a": (5, 2), "b": (1, 1)}, {"b": (1, 1)}, {"a": 3, "b": 0}) is SITE


def test_contradicting_spaces() -> None:
    """Contradicting spaces reset the evidence."""
    detector = EstimateMidnightDetector()
    assert detector.add({"a": (5, 2)}, {"a": (0, 0)}, {"a": 3}) is None
    assert detector.add({"a": (5, 2), "b": (4, 0)}, {"a": (0, 0), "b": (0, 0)}, {"a": 3}) is None
    assert detector.add({"a": (5, 2)}, {"a": (0, 0)}, {"a": 3}) is None
    # An inconclusive poll does not reset the evidence.
    assert detector.add({"a": (5, 2)}, {"a": (5, 2)}, {"a": 3}) is None
    assert detector.add({"a": (5, 2)}, {"a": (0, 0)}, {"a": 3}) is SITE
    assert detector.add({"a": (5, 2)}, {"a": (0, 0)}, {}) is None  # one poll after the reset


def test_midnight_in_utc() -> None:
    """The last midnight in UTC."""
    assert utc_midnight(86400.0 * 3 + 5) == 86400.0 * 3
    assert utc_midnight(86400.0 * 3) == 86400.0 * 3


@given(st.integers(0, 10**9), st.sampled_from(EstimateMidnight), st.booleans(), st.booleans(), st.booleans())
def test_random_crossings(seed: int, truth: EstimateMidnight, earlier: bool, absent: bool, clamped: bool) -> None:
    """Whatever the crossings, the result is the midnight that the estimates use."""
    dice = random.Random(seed)
    since_site: dict[str, tuple[int, int] | None] = {}
    since_utc: dict[str, tuple[int, int] | None] = {}
    estimates: dict[str, int] = {}
    for number in range(dice.randint(1, 6)):
        space_id = f"room_{number}"
        late = (dice.randint(0, 2), dice.randint(0, 2)) if dice.random() < 0.6 else (0, 0)
        early = (dice.randint(0, 3), dice.randint(0, 3)) if dice.random() < 0.6 else (0, 0)
        both = (late[0] + early[0], late[1] + early[1])
        since_site[space_id], since_utc[space_id] = (late, both) if earlier else (both, late)
        entries, exits = (since_site if truth is SITE else since_utc)[space_id] or (0, 0)
        if (entries, exits) != (0, 0) or not absent:
            estimates[space_id] = max(entries - exits, 0) if clamped else entries - exits
    assert twice(since_site, since_utc, estimates) in (None, truth)
