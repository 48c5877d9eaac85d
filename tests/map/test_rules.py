"""What is shown of a space: the cases that the frontend shares, and colors that everybody can tell apart."""

from collections.abc import Iterator
from dataclasses import asdict
from itertools import combinations, product
import json
import math
from pathlib import Path
import re
from typing import Any

import pytest

from custom_components.butlr.live.small_groups import ShownCount
from custom_components.butlr.live.space import Confidence
from custom_components.butlr.map.rules import DOUBTS, STATUS_STYLES, Status, shown_space, statuses

# The frontend's tests read this file, too.
CASES = Path(__file__).with_name("cases.json")
# The backgrounds of Home Assistant's light and dark themes: cards, then pages.
BACKGROUNDS = ("#ffffff", "#fafafa", "#1c1c1c", "#111111")
# How people see linear colors who lack one kind of cone (Machado, Oliveira and Fernandes, 2009).
VISIONS = {
    "normal": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
# States that no Butlr entity writes, but templates and other integrations might.
STRANGE_STATES = ("", " ", "home", "On", "1", "0", "true", "none")
STRANGE_COUNTS = ("", "-1", "3.5", "3.0", "1e3", "0x10", "1_000", " 3", "3 ", "NaN", "٣", "12345678901", "on")


def inputs() -> Iterator[tuple[dict[str, str | None], bool]]:
    """Yield the states of spaces, and whether an estimate stands for their people; strange ones come last."""
    gone = ("unknown", "unavailable", None)
    for state in ("on", "off", *gone, *STRANGE_STATES):
        yield {"occupancy": state}, False
    for occupancy, number in product(("on", "off", *gone), ("0", "7", *gone)):
        yield {"occupancy": occupancy, "people": number}, False
        yield {"occupancy": occupancy, "people_estimate": number}, True
    for estimated in (False, True):
        yield {}, estimated
        yield {"people": "4"}, estimated
        yield {"people_estimate": "4"}, estimated
        yield {"motion": "on"}, estimated
        for number, estimate in (("4", "9"), ("unknown", "9"), ("4", "unknown")):
            yield {"occupancy": "on", "people": number, "people_estimate": estimate}, estimated
    for number in STRANGE_COUNTS:
        yield {"occupancy": "on", "people": number}, False
    for occupancy, motion in product(("on", "off", *gone), ("on", "off", *gone, "true")):
        yield {"occupancy": occupancy, "people": "2", "motion": motion}, False


def case(states: dict[str, str | None], confidence: Confidence, *, estimated: bool) -> dict[str, Any]:
    """Return the states of a space with what is shown of it."""
    space = shown_space(states, estimated=estimated, confidence=confidence)
    shown = {**asdict(space), "hatching": space.hatching}
    # tests/live/test_small_groups.py has cases of its own.
    assert shown.pop("fewer_than") is None
    doubt = confidence if confidence in DOUBTS else None
    return {"states": states, "estimated": estimated, "doubt": doubt, "shown": shown}


def test_cases_are_up_to_date() -> None:
    """The file that the frontend's tests read has what the code does. If it is outdated, this test corrects it."""
    cases = [case(states, Confidence.MEASURED, estimated=estimated) for states, estimated in inputs()]
    occupancies = ("on", "off", "unknown", "unavailable", None)
    cases += [case({"occupancy": one}, doubt, estimated=False) for one, doubt in product(occupancies, Confidence)]
    lines = ",\n".join(f"  {json.dumps(one)}" for one in cases)
    expected = f"[\n{lines}\n]\n"
    found = CASES.read_text() if CASES.exists() else ""
    if found != expected:
        CASES.write_text(expected)
    assert found == expected, "cases.json was outdated; run the tests again"


def shown(*, estimated: bool = False, **states: str | None) -> tuple[Status, int | None, bool, bool]:
    """Return the status of a space, its people, motion, and whether it is hatched."""
    space = shown_space(states, estimated=estimated)
    return space.status, space.people, space.motion, space.hatching is not None


def test_status() -> None:
    """Only the occupancy entity says that a space is free; everything else that is not known is hatched."""
    assert shown(occupancy="off", people="0") == (Status.FREE, 0, False, False)
    assert shown(occupancy="on", people="3", motion="on") == (Status.OCCUPIED, 3, True, False)
    assert shown(people="0") == (Status.UNKNOWN, 0, False, True)
    assert shown(occupancy="unknown", people="unknown") == (Status.UNKNOWN, None, False, True)
    assert shown(occupancy="home") == (Status.UNKNOWN, None, False, True)
    assert shown() == (Status.UNKNOWN, None, False, True)
    assert shown(occupancy="unavailable", people="3", motion="on") == (Status.UNAVAILABLE, None, False, True)


def test_what_is_doubtful_is_hatched_in_its_own_way() -> None:
    """What is known only in part or not lately is neither certain nor unknown; an estimate has a mark of its own."""
    hatchings = {}
    for occupancy, confidence in product(("off", "unknown", "unavailable"), Confidence):
        hatchings[occupancy, confidence] = shown_space(
            {"occupancy": occupancy}, estimated=False, confidence=confidence
        ).hatching
    doubted = {Confidence.PARTIAL, Confidence.STALE}
    assert {one for one in Confidence if hatchings["off", one] == "doubt"} == doubted
    assert {hatchings["off", one] for one in Confidence if one not in doubted} == {None}
    assert all(hatchings[status, one] == status for status in ("unknown", "unavailable") for one in Confidence)


def test_small_groups() -> None:
    """A small group has no number, and neither has a room whose zones would tell it."""
    states = {"occupancy": "on", "people": "2"}
    space = shown_space(states, estimated=False, smallest_group=3)
    assert (space.status, space.people, space.fewer_than, space.count) == (Status.OCCUPIED, None, 3, (None, 3))
    assert shown_space(states | {"people": "4"}, estimated=False, smallest_group=3).people == 4
    parts = [space.count, ShownCount(2)]
    assert shown_space(states | {"people": "4"}, estimated=False, smallest_group=3, parts=parts).fewer_than == 5


def test_counts_and_estimates_never_replace_each_other() -> None:
    """A number that is not known stays unknown, even if the other one is known (rule 7)."""
    assert shown(occupancy="on", people="unknown", people_estimate="3") == (Status.OCCUPIED, None, False, False)
    assert shown(occupancy="on", people="2", people_estimate="3") == (Status.OCCUPIED, 2, False, False)
    assert shown(occupancy="on", people="2", people_estimate="3", estimated=True) == (Status.OCCUPIED, 3, False, False)
    assert shown(occupancy="on", people="2", estimated=True) == (Status.OCCUPIED, None, False, False)


# -- how it looks ------------------------------------------------------------------------------------------------------


def linear(color: str) -> list[float]:
    """Return the linear red, green and blue of a color."""
    parts = [int(color[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    return [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]


def luminance(color: str) -> float:
    """Return the relative luminance of WCAG 2."""
    red, green, blue = linear(color)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colors as in WCAG 2."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def seen(color: str, vision: str) -> tuple[float, float, float]:
    """Return a color as somebody sees it, in the CIE L*a*b* color space, where distance is difference."""
    rgb = linear(color)
    red, green, blue = (
        min(max(sum(share * part for share, part in zip(row, rgb, strict=True)), 0.0), 1.0) for row in VISIONS[vision]
    )

    def f(value: float) -> float:
        return math.cbrt(value) if value > 0.008856 else 7.787 * value + 16 / 116

    x = f((0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505)
    y = f(0.2126 * red + 0.7152 * green + 0.0722 * blue)
    z = f((0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


@pytest.mark.parametrize("status", Status)
def test_colors_are_readable_in_light_and_dark_themes(status: Status) -> None:
    """Icons and borders need a contrast of 3 (WCAG 2.2, 1.4.11)."""
    for background in BACKGROUNDS:
        assert contrast(STATUS_STYLES[status].color, background) > 3


@pytest.mark.parametrize("vision", VISIONS)
def test_colors_differ_for_everybody(vision: str) -> None:
    """No two statuses look alike; a difference of 2 is just noticeable side by side, 20 at a glance."""
    for one, other in combinations(Status, 2):
        first, second = (seen(STATUS_STYLES[status].color, vision) for status in (one, other))
        assert math.dist(first, second) > 20, (one, other)


def test_every_status_has_an_icon() -> None:
    """The paths contain nothing but path data, and the frontend gets them as plain values."""
    assert set(STATUS_STYLES) == set(Status)
    assert all(re.fullmatch(r"M[MLHVCSQTAZ0-9 .,-]+Z", style.icon, re.IGNORECASE) for style in STATUS_STYLES.values())
    assert json.loads(json.dumps(statuses())) == {
        status.value: {"color": style.color, "icon": style.icon} for status, style in STATUS_STYLES.items()
    }
