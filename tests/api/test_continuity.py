"""What could not be read is not gone, and what could be read counts as it was read."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.butlr.api.continuity import carry_over
from custom_components.butlr.api.errors import ButlrResponseError
from custom_components.butlr.api.estate import Estate

from . import estate_data as ids
from .estate_data import Answers

KINDS = ("sites", "buildings", "floors", "rooms", "zones", "hives", "sensors", "tags")


def carried(change: Callable[[Answers], Any]) -> tuple[Estate, Estate]:
    """Return the estate of the examples, and what it becomes after a changed answer."""
    old, answers = Answers().build(), Answers()
    change(answers)
    return old, carry_over(old, answers.build())


def test_whole_answers_owe_nothing_to_the_past() -> None:
    """What is missing in complete answers is gone."""
    answers = Answers()
    answers.of(ids.FIRST)["rooms"] = []
    new = answers.build()
    assert carry_over(Answers().build(), new) is new


@pytest.mark.parametrize("wrong", [{}, "x", 5, [None], [{"id": 5}], [{}]])
@pytest.mark.parametrize(
    ("name", "of"),
    [("buildings", ids.SITE), ("floors", ids.BUILDING), ("rooms", ids.FIRST), ("zones", ids.FIRST)],
)
def test_a_list_of_a_wrong_type(name: str, of: str, wrong: Any) -> None:
    """Everything in an unreadable list stays as it was."""

    def spoil(answers: Answers) -> None:
        row = answers.site if name == "buildings" else answers.building if name == "floors" else answers.of(of)
        row[name] = wrong

    old, new = carried(spoil)
    assert new.unread == {f"{name} of {of}"}
    assert all(getattr(new, kind) == getattr(old, kind) for kind in KINDS)
    assert not any(new.lacks(asset_id) for asset_id in (*old.spaces, *old.hardware))


@pytest.mark.parametrize("root", ["sensors", "hives"])
@pytest.mark.parametrize("wrong", [None, [], {}, {"data": {}}, {"data": [None]}, {"data": []}, {"data": "x"}])
def test_a_root_of_a_wrong_type(root: str, wrong: Any) -> None:
    """All sensors, or all hives, stay as they were."""
    old, new = carried(lambda answers: getattr(answers, root).__setitem__(root, wrong))
    assert new.unread == {root}
    assert all(getattr(new, kind) == getattr(old, kind) for kind in KINDS)


def test_one_row_that_cannot_be_read() -> None:
    """The other rows count as they were read now."""

    def spoil(answers: Answers) -> None:
        answers.of(ids.FOCUS)["name"] = "Quiet Room"
        answers.of(ids.BOOTH)["id"] = "room_\ud800"
        answers.of(ids.RECEPTION)["is_online"] = False
        answers.of(ids.CAFE_DOOR)["mac_address"] = {}
        answers.of(ids.FIRST_HIVE)["serialNumber"] = 5
        answers.of(ids.QUIET)["name"] = ["quiet"]

    old, new = carried(spoil)
    assert set(new.rooms) == set(old.rooms)
    assert (new.rooms[ids.FOCUS].name, new.rooms[ids.BOOTH]) == ("Quiet Room", old.rooms[ids.BOOTH])
    assert (new.sensors[ids.RECEPTION].online, new.sensors[ids.CAFE_DOOR]) == (False, old.sensors[ids.CAFE_DOOR])
    assert (new.hives, new.tags) == (old.hives, old.tags)
    assert new.unread == {f"rooms of {ids.FIRST}", "sensors", "hives", "tags"}


@pytest.mark.parametrize(
    ("asset_id", "key", "wrong", "name"),
    [
        (ids.CAFE, "name", 5, "name"),
        (ids.CAFE, "capacity", [40], "capacity"),
        (ids.CAFE, "capacity", {"max": "40"}, "capacity"),
        (ids.CAFE, "roomType", {}, "room_type"),
        (ids.CAFE, "customID", 1, "custom_id"),
        (ids.FIRST, "floorNumber", "1", "number"),
        (ids.DESKS_A, "sensors", {}, "sensor_ids"),
        (ids.DESKS_A, "sensors", [None], "sensor_ids"),
        (ids.QUIET, "rooms", "x", "space_ids"),
        (ids.CAFE_DOOR, "mode", 5, "mode"),
        (ids.CAFE_DOOR, "model", [], "model"),
        (ids.CAFE_DOOR, "floor_id", {}, "floor_id"),
        (ids.CAFE_DOOR, "room_id", 0, "room_id"),
        (ids.MAIN_ENTRANCE, "is_entrance", "yes", "is_entrance"),
        (ids.CAFE_DOOR, "is_online", "true", "online"),
        (ids.CAFE_DOOR, "last_heartbeat", float("nan"), "last_heartbeat"),
        (ids.CAFE_DOOR, "battery_change_by_date", "soon", "battery_change_by"),
        (ids.FIRST_HIVE, "hiveVersion", 2, "version"),
        (ids.FIRST_HIVE, "netPathStability", 1e300, "path_stability"),
    ],
)
def test_a_field_of_a_wrong_type(asset_id: str, key: str, wrong: Any, name: str) -> None:
    """An unreadable field stays as it was, and the fields beside it are read."""

    def spoil(answers: Answers) -> None:
        answers.of(asset_id)[key] = wrong
        if key != "name":
            answers.of(asset_id)["name"] = "Renamed"

    old, new = carried(spoil)
    assert new.unread == {f"{name} of {asset_id}"}
    kind = next(kind for kind in KINDS if asset_id in getattr(new, kind))
    before, now = getattr(old, kind)[asset_id], getattr(new, kind)[asset_id]
    assert getattr(now, name) == getattr(before, name)
    assert (now == before) is (key == "name")


def test_a_time_zone_of_a_wrong_type() -> None:
    """The site keeps its time zone."""
    old, new = carried(lambda answers: answers.site.update(timezone=["Europe/Copenhagen"]))
    assert new.sites == old.sites


def test_what_names_the_organization() -> None:
    """The organization stays the same if neither sites nor tags name it."""

    def spoil(answers: Answers) -> None:
        answers.site["org_id"] = {}
        answers.topology["tags"] = "x"

    old, new = carried(spoil)
    assert new.organization_id == old.organization_id == ids.ORGANIZATION
    # A stored estate need not know its organization.
    answers = Answers()
    answers.of(ids.FIRST)["rooms"] = {}
    assert carry_over(replace(old, organization_id=""), answers.build()).organization_id == ids.ORGANIZATION


def test_what_moved_counts_where_it_is_now() -> None:
    """A room that moved away from a floor with unreadable rooms is in one place only."""

    def move(answers: Answers) -> None:
        room = answers.of(ids.FOCUS)
        answers.of(ids.FIRST)["rooms"] = None
        answers.of(ids.FIRST)["rooms"] = {}
        answers.of(ids.GROUND)["rooms"].append(room)

    old, new = carried(move)
    assert set(new.rooms) == set(old.rooms)
    assert new.rooms[ids.FOCUS].floor_id == ids.GROUND


def test_what_goes_from_a_whole_list_goes() -> None:
    """An unreadable list keeps nothing from other lists alive, as long as it is known what existed."""

    def lose(answers: Answers) -> None:
        answers.of(ids.FIRST)["rooms"] = {}
        answers.of(ids.GROUND)["rooms"] = []
        answers.of(ids.CAFE_DOOR)["installation_status"] = "UNINSTALLED"
        answers.sensors["sensors"]["data"].append(None)

    old, new = carried(lose)
    assert new.lacks(ids.CAFE)
    assert new.lacks(ids.CAFE_DOOR)
    assert not new.lacks(ids.FOCUS)
    # Nothing is known of what existed before Home Assistant started.
    assert not new.lacks("room_unknown")
    assert not new.lacks("strange_id")
    assert new.lacks("hive_gone")
    again = Answers()
    again.of(ids.FIRST)["rooms"] = "x"
    back = carry_over(new, again.build())
    assert (back.gone, set(back.rooms)) == (frozenset(), set(old.rooms))
    # It is remembered as long as anything is unread.
    again = Answers()
    again.of(ids.GROUND)["rooms"] = []
    again.of(ids.FIRST)["rooms"] = {}
    twice = carry_over(new, again.build())
    assert twice.lacks(ids.CAFE)
    assert not twice.lacks(ids.BOOTH)


def test_a_floor_that_is_gone_takes_its_rooms_along() -> None:
    """The rooms of a floor were unreadable before, but now the floor itself is missing."""
    answers = Answers()
    answers.of(ids.FIRST)["rooms"] = {}
    before = carry_over(Answers().build(), answers.build())
    answers = Answers()
    answers.building["floors"].pop()
    answers.sensors["sensors"]["data"].append(None)
    after = carry_over(before, answers.build())
    assert set(after.floors) == {ids.GROUND}
    assert after.lacks(ids.FOCUS)


def test_a_sensor_of_a_room_that_could_not_be_read() -> None:
    """A sensor is on the floor of its room even if the room could not be read."""
    answers = Answers()
    answers.of(ids.FOCUS_CEILING).update(floor_id=None, room_id=ids.FOCUS)
    old = answers.build()
    answers.of(ids.FIRST)["rooms"] = {}
    new = carry_over(old, answers.build())
    assert new.sensors[ids.FOCUS_CEILING].floor_id == ids.FIRST
    assert new.equipment(ids.FOCUS) == old.equipment(ids.FOCUS)


@pytest.mark.parametrize(
    ("unread", "unsure"),
    [
        ("rooms of {FIRST}", {ids.FIRST, ids.BUILDING}),
        ("capacity of {FOCUS}", {ids.FOCUS, ids.FIRST, ids.BUILDING}),
        ("floors of {BUILDING}", {ids.BUILDING}),
        ("hives", set()),
        ("tags", set()),
    ],
)
def test_what_figures_something_has(unread: str, unsure: set[str]) -> None:
    """Which values a space has also depends on what is inside it."""
    name = unread.format(**vars(ids))
    answers = Answers()
    if name.startswith("rooms"):
        answers.of(ids.FIRST)["rooms"] = {}
    elif name.startswith("capacity"):
        answers.of(ids.FOCUS)["capacity"] = 5
    elif name.startswith("floors"):
        answers.building["floors"].append(None)
    elif name == "hives":
        answers.hives["hives"] = None
    else:
        answers.topology["tags"] = None
    new = carry_over(Answers().build(), answers.build())
    assert new.unread == {name}
    assert {space_id for space_id in new.spaces if not new.is_sure_of(space_id)} == unsure


def test_without_sensors_nothing_is_sure() -> None:
    """The values of a space depend on its sensors."""
    _, new = carried(lambda answers: answers.sensors.update(sensors=None))
    assert not any(map(new.is_sure_of, new.spaces))


@pytest.mark.parametrize(
    ("key", "unsure"),
    [
        ("mode", {ids.FOCUS, ids.FIRST, ids.BUILDING, ids.FOCUS_CEILING}),
        ("name", {ids.FOCUS, ids.FIRST, ids.BUILDING, ids.FOCUS_CEILING}),
        ("room_id", None),
    ],
)
def test_a_sensor_that_is_not_known_well(key: str, unsure: set[str] | None) -> None:
    """It may sense its known space, or anything if that is unknown; what was known before still holds."""
    answers = Answers()
    answers.of(ids.FOCUS_CEILING)[key] = 5
    new = answers.build()
    found = {asset_id for asset_id in (*new.spaces, *new.sensors) if not new.is_sure_of(asset_id)}
    assert found == (unsure or {*new.spaces, *new.sensors})
    if unsure is None:
        assert carry_over(Answers().build(), new).is_sure_of(ids.LOBBY)


def test_a_part_is_unsure_of_itself_only() -> None:
    """Unread parts of a building that was not chosen do not matter."""
    answers = Answers()
    second = {**answers.building, "id": "building_2", "floors": [answers.building["floors"].pop()]}
    answers.site["buildings"].append(second)
    first = second["floors"][0]
    first["zones"] = {}
    first["rooms"][0]["name"] = 5
    second["name"] = 5
    answers.sensors["sensors"]["data"].append(None)
    estate = answers.build()
    assert len(estate.unread) == 4
    assert estate.only([ids.BUILDING]).unread == {"sensors"}
    assert estate.only(["building_2"]).unread == estate.unread


def paths(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the paths to everything in a document."""
    items: Any = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [*([path] if path else []), *(below for key, value in items for below in paths(value, (*path, key)))]


EVERYWHERE = paths([Answers().topology, Answers().sensors, Answers().hives])
# Values of a wrong type anywhere; nulls and blanks have a meaning.
WRONG = st.sampled_from([{"a": 1}, [[]], [5], 1e300, float("nan"), [None], {"id": {}}])


@given(st.dictionaries(st.sampled_from([path for path in EVERYWHERE if len(path) > 2]), WRONG, min_size=1, max_size=12))
@settings(max_examples=300)
def test_nothing_of_a_wrong_type_costs_anything(changes: dict[tuple[Any, ...], Any]) -> None:
    """Whatever is invalid in an answer, everything that existed still exists with its values."""
    fresh = Answers()
    old = fresh.build()
    documents: Any = [fresh.topology, fresh.sensors, fresh.hives]
    # Change the deepest paths first, so that every path stays valid.
    for path in sorted(changes, key=len, reverse=True):
        node = documents
        for key in path[:-1]:
            node = node[key]
        node[path[-1]] = changes[path]
    try:
        new = carry_over(old, fresh.build())
    except ButlrResponseError:
        # Without any site there is no new estate, and the old one stays.
        assert any(path[:2] == (0, "sites") and len(path) < 6 for path in changes)
        return
    for kind in KINDS:
        assert getattr(new, kind).keys() == getattr(old, kind).keys()
    for space_id in old.spaces:
        had, has = old.equipment(space_id), new.equipment(space_id)
        assert (has.presence, has.traffic, has.motion) == (had.presence, had.traffic, had.motion)
