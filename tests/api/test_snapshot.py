"""An estate survives a restart: it is stored and read back, even if somebody damaged the file."""

from dataclasses import replace
import json
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.butlr.api.estate import Estate
from custom_components.butlr.api.snapshot import read_snapshot, take_snapshot

from . import estate_data as ids
from .cloud import EXAMPLES
from .estate_data import Answers

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


@pytest.fixture
def answers() -> Answers:
    """Return the example answers."""
    return Answers()


def stored(estate: Estate) -> Any:
    """Return a snapshot as it comes from a file."""
    return json.loads(json.dumps(take_snapshot(estate)))


def lasting(estate: Estate) -> Estate:
    """Return an estate without its short-lived fields."""
    return replace(
        estate,
        organization_id="",
        named=frozenset(),
        unconfirmed=frozenset((*estate.hives, *estate.sensors)),
        hives={
            key: replace(hive, online=None, last_heartbeat=None, path_stability=None)
            for key, hive in estate.hives.items()
        },
        sensors={key: replace(one, online=None, last_heartbeat=None) for key, one in estate.sensors.items()},
    )


def test_there_and_back(answers: Answers) -> None:
    """Everything lasting is the same again, and the state of hardware is unknown."""
    estate = answers.build()
    assert estate.sensors[ids.BOARDROOM_CEILING].online
    assert read_snapshot(stored(estate)) == lasting(estate)
    assert take_snapshot(estate) == take_snapshot(lasting(estate))


def test_an_estate_stored_by_an_earlier_version() -> None:
    """A file that version 0.1.0 wrote loads in full. Renaming a stored field means reading the old name as well."""
    content = json.loads((EXAMPLES / "stored-estate-0.1.0.json").read_text())
    estate = read_snapshot(content)
    assert estate is not None
    for kind, rows in content.items():
        assert list(getattr(estate, kind)) == [row["id"] for row in rows]
    (site,) = estate.sites.values()
    assert site.organization_id == content["sites"][0]["organisation_id"]


def test_outlines(answers: Answers) -> None:
    """An outline is stored as a list of points. Without a usable one in the file, the room is still there."""
    estate = answers.build()
    assert len(estate.rooms[ids.LOBBY].outline) == 4
    whole = stored(estate)
    row = next(row for row in whole["rooms"] if row["id"] == ids.LOBBY)
    assert row["outline"] == [list(point) for point in estate.rooms[ids.LOBBY].outline]
    damages: tuple[Any, ...] = ("abc", [], [[0, 0], [1, "x"], [2, 2]], None, [[0, 0], [0, 0], [0, 0]], [1, 2, 3], {})
    for damage in damages:
        row["outline"] = damage
        read = read_snapshot(whole)
        assert read is not None
        assert read.rooms[ids.LOBBY] == replace(estate.rooms[ids.LOBBY], outline=())
    del row["outline"]
    read = read_snapshot(whole)
    assert read is not None
    assert read.rooms[ids.LOBBY].outline == ()


def test_what_is_damaged_is_left_out(answers: Answers) -> None:
    """A damaged row is left out with everything in it, and the rest is there."""
    estate = answers.build()
    whole = stored(estate)
    for kind, name, value in (
        ("rooms", "capacity", "many"),
        ("rooms", "capacity", True),
        ("rooms", "unheard_of", 1),
        ("rooms", "floor_id", "space_gone"),
        ("rooms", "name", None),
        ("sensors", "mac", 7),
        ("zones", "sensor_ids", "abc"),
        ("zones", "sensor_ids", [1]),
        ("tags", "space_ids", {}),
        ("hives", "id", []),
    ):
        rows = json.loads(json.dumps(whole))
        gone = rows[kind][0]["id"]
        rows[kind][0][name] = value
        read = read_snapshot(rows)
        assert read is not None
        assert getattr(read, kind).keys() == getattr(estate, kind).keys() - {gone}
    del whole["floors"][0]["building_id"]
    read = read_snapshot({**whole, "tags": None, "hives": "none"})
    assert read is not None
    assert (len(read.floors), read.tags, read.hives) == (1, {}, {})
    assert {room.floor_id for room in read.rooms.values()} == read.floors.keys()


@pytest.mark.parametrize("value", [None, [], {}, "estate", 7, {"buildings": []}, {"buildings": [{"id": "building_1"}]}])
def test_nothing_is_left(value: Any) -> None:
    """A value that is not a snapshot gives no estate."""
    assert read_snapshot(value) is None


@given(JSON, st.sampled_from(("sites", "buildings", "floors", "rooms", "zones", "sensors", "hives", "tags")), st.data())
def test_anything_may_stand_in_it(value: Any, kind: str, data: st.DataObject) -> None:
    """Nothing raises, and what is left is consistent."""
    whole = stored(Answers().build())
    if data.draw(st.booleans()):
        whole[kind] = value
    else:
        row = data.draw(st.sampled_from(whole[kind]))
        row[data.draw(st.sampled_from(sorted(row)))] = value
    read = read_snapshot(whole)
    if read is not None:
        read.index()
        assert all(read.site_of(space) for space in read.spaces.values())
        assert read_snapshot(stored(read)) == read
