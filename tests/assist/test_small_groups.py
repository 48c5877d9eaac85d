"""Small groups in what is said and in what language models are told."""

from collections.abc import Iterator
import re
from typing import Any

from custom_components.butlr.assist.explanation import explain
from custom_components.butlr.assist.people import people_everywhere, people_in
from custom_components.butlr.assist.places import Place, Places
from custom_components.butlr.assist.spoken import Speech
from custom_components.butlr.assist.use import Period, Range, use_of
from custom_components.butlr.const import CONF_SMALLEST_GROUP
from tests.helpers.registries import find
from tests.helpers.reports import COPENHAGEN
from tests.helpers.scene import Scene

from .conftest import Expose

# Who enters; the café and the floor of the lobby have doors only.
PEOPLE = {"Boardroom": 5, "Focus Room": 1, "Harbour Café": 2, "Desk Row A": 2}


NUMBERS = ("entries", "exits", "value")


def numbers(told: Any, key: str = "") -> Iterator[tuple[str, float]]:
    """Yield all numbers of people and what they are called."""
    if isinstance(told, dict):
        for name, one in told.items():
            yield from numbers(one, name)
    elif isinstance(told, list):
        for one in told:
            yield from numbers(one, key)
    elif (
        isinstance(told, int | float)
        and not isinstance(told, bool)
        and "spaces" not in key
        and ("people" in key or key in NUMBERS)
    ):
        yield key, told


async def test_small_groups_are_not_told(unlimited_requests: None, house: Scene, expose: Expose) -> None:
    """No answer has a small number, or one from which it could be worked out; free and occupied stay."""
    for name, number in PEOPLE.items():
        for _ in range(number):
            await house.simulator.move(to=find(house.simulator, name))
    await house.settle()
    await house.pass_minutes(6)
    exact = {place.name: place for place in await _places(house)}
    assert people_in(exact["Focus Room"])["people"] == 1
    assert people_in(exact["Boardroom"])["people"] == 5
    options = {**house.entry.options, CONF_SMALLEST_GROUP: 3}
    house.hass.config_entries.async_update_entry(house.entry, options=options)
    places = {place.name: place for place in await _places(house)}
    answers = [people_in(place) for place in places.values()] + [people_everywhere(list(places.values()))]
    now = house.data.client.now()
    answers += [
        await use_of(places[name], Range.of(period, now, COPENHAGEN), now)
        for name in ("Boardroom", "Focus Room", "Harbour Café", "Pier House", "First Floor")
        for period in (Period.TODAY, Period.YESTERDAY)
    ]
    speech = await Speech.load(house.hass, "en")
    explained = [explain(places[name], speech) for name in (*PEOPLE, "Pier House", "First Floor")]
    assert any(one.get("value_fewer_than") == 3 for answer in explained for one in answer["evidence"])
    assert not [answer["text"] for answer in explained if re.search(r"\b[12] (?:person|people)", answer["text"])]
    told = [pair for answer in (*answers, *explained) for pair in numbers(answer)]
    assert any(key.endswith("_fewer_than") for key, _ in told)
    assert not [pair for pair in told if 0 < pair[1] < 3 and not pair[0].endswith("at_least")]
    # Also not what is averaged.
    averages = [value for key, value in told if key == "average_people"]
    assert averages
    assert all(value % 3 == 0 for value in averages)

    focus, floor, boardroom = (people_in(places[name]) for name in ("Focus Room", "First Floor", "Boardroom"))
    assert (focus["people_fewer_than"], focus["utilization_percent_below"], focus["busyness"]) == (3, 75.0, None)
    assert (focus["occupied"], boardroom["people"], boardroom["busyness"]) == (True, 5, "moderate")
    assert people_in(places["Harbour Café"])["busyness"] == "quiet"
    # 5 in the boardroom, at most 2 in the focus room and in the row of desks; the floor itself has 8.
    assert (floor["people_fewer_than"], "people" in floor) == (10, False)
    assert [one["place"].partition(" (")[0] for one in floor["inside"]] == ["Boardroom", "Focus Room", "Desk Row A"]

    assert speech.people([places["Focus Room"]]) == "Fewer than 3 people are in Focus Room."
    assert speech.busyness([places["Focus Room"]]) == "Fewer than 3 people are in Focus Room."
    assert speech.anyone([places["Boardroom"]]) == "5 people are in Boardroom."
    about = "Fewer than 3 people are in Harbour Café. That is an estimate from entries and exits."
    assert speech.people([places["Harbour Café"]]) == about
    assert "Fewer" not in speech.anyone([places["Phone Booth 1"]])

    # What is not told, is not subtracted either.
    for name in ("Boardroom", "First Floor"):
        expose(find(house.simulator, name), "people")
    (shared,) = [one for one in await _places(house, "conversation") if one.name == "First Floor"]
    assert people_in(shared)["people"] == 8


async def _places(house: Scene, assistant: str | None = None) -> list[Place]:
    return (await Places.load(house.hass, assistant=assistant)).all
