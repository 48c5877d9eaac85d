"""Where the pictures of floors are: any answer is read, and only complete ones are used."""

from typing import Any

import pytest

from custom_components.butlr.api.floor_plans import MAX_SIDE, MAX_URL_LENGTH, FloorPlan, read_floor_plans

URL = "https://plans.example.com/1.png"
CORNERS = [[0, 0], [20.5, 0], [20.5, 10], [0, 10]]


def answer(*plans: Any) -> dict[str, Any]:
    """Return an answer with one floor."""
    floor = {"id": "space_1", "floor_plans": list(plans)}
    return {"sites": {"data": [{"buildings": [{"floors": [floor]}]}]}}


def test_the_bounds_of_the_corners_count() -> None:
    """The order of the corners is not documented, and two are enough."""
    expected = {"space_1": FloorPlan(URL, 0, 0, 20.5, 10)}
    for corners in (CORNERS, CORNERS[::-1], [[20.5, 0], [0, 10]], [*CORNERS, CORNERS[0]], [[0, 0, 5], [20.5, 10, 5]]):
        assert read_floor_plans(answer({"url": URL, "coordinates": corners})) == expected
    plan = expected["space_1"]
    assert (plan.width, plan.height) == (20.5, 10)


def test_the_first_usable_picture_counts() -> None:
    """A floor may have several pictures, some of them without an address or a place."""
    second = {"url": URL + "2", "coordinates": CORNERS}
    plans = read_floor_plans(
        answer({"url": URL, "coordinates": None}, None, second, {"url": URL, "coordinates": CORNERS})
    )
    assert plans["space_1"].url == URL + "2"


@pytest.mark.parametrize(
    "corners",
    [
        None,
        [],
        [[0, 0]],
        [[0, 0], [0, 0]],
        [[0, 0], [10, 0]],
        [[0, 0], [0.1, 0.1]],
        [[0, 0], [MAX_SIDE, 10]],
        [[0, 0], ["20", 10]],
        [[0, 0], [float("nan"), 10]],
        [[0, 0], [True, 10]],
        [[0, 0], [10]],
        [0, 0, 10, 10],
        "0,0 10,10",
        {"x": 1},
    ],
)
def test_corners_that_are_no_place(corners: Any) -> None:
    """Without two corners of a rectangle there is no background."""
    assert read_floor_plans(answer({"url": URL, "coordinates": corners})) == {}


@pytest.mark.parametrize("url", [None, "", 5, ["a"], "https://a/" + "x" * MAX_URL_LENGTH, "https://a/\n", "\ud800"])
def test_addresses_that_are_none(url: Any) -> None:
    """Without an address there is no background."""
    assert read_floor_plans(answer({"url": url, "coordinates": CORNERS})) == {}


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"sites": None},
        {"sites": []},
        {"sites": {"data": [None, {"buildings": None}, {"buildings": [5, {"floors": {}}]}]}},
        {
            "sites": {
                "data": [
                    {"buildings": [{"floors": [{"id": None, "floor_plans": [{"url": URL, "coordinates": CORNERS}]}]}]}
                ]
            }
        },
        answer(),
        answer([]),
    ],
)
def test_any_answer_can_be_read(data: dict[str, Any]) -> None:
    """An answer in another form has no pictures."""
    assert read_floor_plans(data) == {}
