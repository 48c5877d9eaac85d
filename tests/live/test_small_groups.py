"""Small groups: what is shown of them, and that nobody can work out the numbers that are hidden."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import product
import json
from pathlib import Path
from typing import Any

import pytest

from custom_components.butlr.const import CONF_SMALLEST_GROUP
from custom_components.butlr.live.small_groups import (
    ShownCount,
    counted_parts,
    shown_count,
    shown_crossings,
    shown_past,
    smallest_group,
    together,
)
from tests.helpers.live import estate

# The frontend's tests read this file, too.
CASES = Path(__file__).with_name("small_groups.json")


def cases() -> Iterator[dict[str, Any]]:
    """Yield calls of the rules with what they return."""
    part_lists: list[list[ShownCount]] = [[], [ShownCount(4)], [ShownCount(4), ShownCount(None, 3)]]
    part_lists += [[ShownCount(None, 3), ShownCount(None, 8)], [ShownCount(None), ShownCount(0)]]
    for number, smallest, parts in product((None, 0, 1, 2, 3, 6, 7, 10, 11), (0, 3), part_lists):
        shown = shown_count(number, smallest, parts)
        yield {"number": number, "smallest": smallest, "parts": parts, "shown": shown}
    for entries, exits, people in product((None, 0, 2, 9), (None, 0, 2, 8, 6), (ShownCount(1), ShownCount(None, 5))):
        yield {
            "entries": entries,
            "exits": exits,
            "people": people,
            "shown": shown_crossings(entries, exits, 3, people),
        }
    for past, smallest in product((0, 0.04, 2.9, 3, 4.4, 4.5, 7, 7.6), (0, 3)):
        yield {"past": past, "smallest": smallest, "shown": shown_past(past, smallest)}


def test_cases_are_up_to_date() -> None:
    """The file that the frontend's tests read has what the code does. If it is outdated, this test corrects it."""
    expected = "[\n" + ",\n".join(f"  {json.dumps(one)}" for one in cases()) + "\n]\n"
    found = CASES.read_text() if CASES.exists() else ""
    if found != expected:
        CASES.write_text(expected)
    assert found == expected, "small_groups.json was outdated; run the tests again"


def test_what_is_shown() -> None:
    """Nobody and a large group are shown as they are; so is everything if the option is off."""
    assert [shown_count(number, 3) for number in (None, 0, 1, 2, 3)] == [
        (None, None),
        (0, None),
        (None, 3),
        (None, 3),
        (3, None),
    ]
    assert shown_count(1, 0) == (1, None)
    # 4 and at most 2 others: 6 would tell that there are 2, 7 tells that somebody is elsewhere.
    parts = [shown_count(4, 3), shown_count(1, 3)]
    assert [shown_count(number, 3, parts) for number in (5, 6, 7)] == [(None, 7), (None, 7), (7, None)]
    assert together(parts) == (None, 7)
    assert together([ShownCount(4), ShownCount(None), ShownCount(5)]) == (9, None)


@pytest.mark.parametrize(("chosen", "expected"), [(None, 0), (0, 0), (1, 0), (2, 2), (5.0, 5)])
def test_option(chosen: float | None, expected: int) -> None:
    """An entry without the option hides nothing. 1 hides nothing either."""
    assert smallest_group({} if chosen is None else {CONF_SMALLEST_GROUP: chosen}) == expected


@pytest.mark.parametrize("smallest", [2, 3, 4])
def test_no_hidden_number_can_be_worked_out(smallest: int) -> None:
    """Whatever is shown of a building, each hidden number can still be any from 1 up to the smallest group.

    All buildings with two floors are tried. One has two rooms and people outside of them, the other one room.
    """
    numbers = range(smallest + 2)
    seen: defaultdict[tuple[ShownCount, ...], list[tuple[int, ...]]] = defaultdict(list)
    for first, second, outside, third in product(numbers, numbers, range(3 * smallest), numbers):
        rooms = [shown_count(one, smallest) for one in (first, second, third)]
        floors = [
            shown_count(first + second + outside, smallest, rooms[:2]),
            shown_count(third, smallest, rooms[2:]),
        ]
        building = shown_count(first + second + outside + third, smallest, floors)
        seen[*rooms, *floors, building].append((first, second, third))
    hidden = 0
    for shown, worlds in seen.items():
        if (shown[3].number or 0) >= 3 * smallest:
            # Worlds with more people outside are missing here.
            continue
        for nth, one in enumerate(shown[:3]):
            if one.fewer_than:
                hidden += 1
                assert {world[nth] for world in worlds} == set(range(1, smallest)), shown
    assert hidden


def test_crossings_do_not_tell_a_small_group() -> None:
    """Where entries minus exits would be a hidden number, the exits are not shown."""
    assert shown_crossings(9, 2, 3) == ((9, None), (None, 3))
    assert shown_crossings(9, 8, 3) == ((9, None), (None, None))
    assert shown_crossings(9, 5, 3, ShownCount(None, 7)) == ((9, None), (None, None))
    assert shown_crossings(9, 5, 3, ShownCount(7)) == ((9, None), (5, None))
    assert shown_crossings(9, 8, 0) == ((9, None), (8, None))
    assert shown_crossings(None, 2, 3) == ((None, None), (None, 3))


def test_past_numbers_do_not_tell_a_part() -> None:
    """A past number of a floor minus those of its other rooms can be any for the room that is hidden."""
    assert [shown_past(one, 3) for one in (0, 0.5, 2.9, 3, 4.4, 4.6)] == [0, None, None, 3, 3, 6]
    tenths = [one / 10 for one in range(1, 100)]
    seen: defaultdict[tuple[float | None, float | None], set[int]] = defaultdict(set)
    for room, hidden in product(tenths, tenths[:29]):
        if shown_past(room, 3) is not None:
            seen[shown_past(room, 3), shown_past(room + hidden, 3)].add(int(hidden))
    assert seen
    assert all(found == {0, 1, 2} for (room, floor), found in seen.items() if floor != room)


def test_parts_of_the_model_estate() -> None:
    """Zones are parts of their rooms, other zones and rooms of their floors, and floors of their buildings."""
    model = estate()
    parts = counted_parts(model)
    for floor in model.floors.values():
        assert floor in parts[floor.building_id]
    for zone in model.zones.values():
        assert zone in parts[zone.room_id or zone.floor_id]
