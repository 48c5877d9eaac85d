"""Answers that lack known assets: typical cases, and estates that lose assets at random."""

from dataclasses import replace
from typing import Any

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.butlr.api.estate import Building, Estate, Floor, Hive, Room, Sensor, Site, Tag, Zone
from custom_components.butlr.polls.estate_guard import CONFIRMATION_DELAY, EstateGuard

KINDS = ("sites", "buildings", "floors", "rooms", "zones", "hives", "sensors", "tags")


class Clock:
    """A clock that only the test moves."""

    def __init__(self) -> None:
        """Start at an arbitrary time."""
        self.now = 1000.0

    def __call__(self) -> float:
        """Return the current time."""
        return self.now


def estate(**parts: Any) -> Estate:
    """Return an estate of two buildings with two floors each; `parts` replace its parts."""
    buildings = [Building(id=f"building_{b}", name=f"House {b}", site_id="site_1") for b in range(2)]
    floors = [
        Floor(id=f"space_{b}{f}", name=f"Floor {f}", capacity=40, building_id=f"building_{b}")
        for b in range(2)
        for f in range(2)
    ]
    rooms = [
        Room(id=f"room_{floor.id[6:]}{r}", name=f"Room {r}", capacity=r + 1, floor_id=floor.id)
        for floor in floors
        for r in range(4)
    ]
    zones = [Zone(id=f"zone_{floor.id[6:]}", name="Zone", floor_id=floor.id) for floor in floors]
    hives = [Hive(id=f"hive_{floor.id[6:]}", name="Hive", serial=floor.id, floor_id=floor.id) for floor in floors]
    sensors = [
        Sensor(
            id=f"sensor_{room.id[5:]}",
            name="Sensor",
            mac=room.id,
            mode="presence",
            floor_id=room.floor_id,
            room_id=room.id,
            is_entrance=room.id.endswith("0"),
        )
        for room in rooms
    ]
    tags = [Tag(id=f"tag_{r}", name=f"Tag {r}", space_ids=tuple(one.id for one in rooms[r::4])) for r in range(4)]
    tags[0] = replace(tags[0], space_ids=("room_000", "zone_00"))
    whole = {
        "sites": {"site_1": Site(id="site_1", name="Site")},
        **{
            kind: {one.id: one for one in things}
            for kind, things in (
                ("buildings", buildings),
                ("floors", floors),
                ("rooms", rooms),
                ("zones", zones),
                ("hives", hives),
                ("sensors", sensors),
                ("tags", tags),
            )
        },
    }
    return replace(Estate(organization_id="org_1"), **{**whole, **parts})


def without(whole: Estate, *gone: str) -> Estate:
    """Return an estate without some assets and their descendants."""
    lost = set(gone)
    for kind, parent in (("floors", "building_id"), ("rooms", "floor_id"), ("zones", "floor_id")):
        lost |= {key for key, one in getattr(whole, kind).items() if getattr(one, parent) in lost}
    parts: dict[str, Any] = {
        kind: {key: one for key, one in getattr(whole, kind).items() if key not in lost} for kind in KINDS
    }
    return replace(whole, **parts)


def everything(whole: Estate) -> set[str]:
    """Return all ids."""
    return {key for kind in KINDS for key in getattr(whole, kind)}


@pytest.fixture
def clock() -> Clock:
    """Return a clock."""
    return Clock()


@pytest.fixture
def guard(clock: Clock) -> EstateGuard:
    """Return a guard without a known estate."""
    return EstateGuard(clock)


@pytest.mark.parametrize("gone", ["room_000", "sensor_000", "tag_1", "hive_01"])
def test_a_single_asset_is_removed_immediately(guard: EstateGuard, gone: str) -> None:
    """A single asset that leaves a list is removed immediately."""
    heard = guard.merge(estate(), without(estate(), gone))
    assert everything(heard) == everything(estate()) - {gone}
    assert heard.unconfirmed == frozenset()


@pytest.mark.parametrize(
    "gone",
    [
        ("building_0",),
        ("space_00",),
        ("zone_00",),
        ("room_000", "room_001"),
        ("room_000", "room_010", "room_100", "room_110"),
        ("room_000", "zone_01"),
        ("sensor_000", "sensor_111"),
        ("hive_00", "hive_01"),
        ("tag_0", "tag_1", "tag_2", "tag_3"),
        ("site_1", "building_0", "building_1"),
    ],
)
def test_more_needs_confirmation(guard: EstateGuard, clock: Clock, gone: tuple[str, ...]) -> None:
    """The only asset of a list, or several assets, stay unconfirmed until a later answer lacks the same."""
    whole, answer = estate(), without(estate(), *gone)
    lost = everything(whole) - everything(answer)
    known = guard.merge(whole, answer)
    assert everything(known) == everything(whole)
    assert known.unconfirmed == lost
    clock.now += CONFIRMATION_DELAY - 1
    known = guard.merge(known, answer)
    assert known.unconfirmed == lost
    clock.now += 1
    known = guard.merge(known, answer)
    assert (everything(known), known.unconfirmed) == (everything(answer), frozenset())
    assert guard.merge(known, whole) == whole


def test_one_of_two_needs_confirmation(guard: EstateGuard) -> None:
    """One of two assets is not a single removal: too few stay."""
    two = {key: hive for key, hive in estate().hives.items() if key.startswith("hive_0")}
    known = guard.merge(estate(hives=two), without(estate(hives=two), "hive_00"))
    assert known.unconfirmed == {"hive_00"}


def test_lookups_prefer_new_assets(guard: EstateGuard) -> None:
    """A recreated sensor has the same serial number as the missing one, and a lookup finds the new one."""
    whole = estate()
    anew = {f"{key}_new": replace(one, id=f"{key}_new") for key, one in whole.sensors.items()}
    known = guard.merge(whole, replace(whole, sensors=anew))
    assert known.unconfirmed == whole.sensors.keys()
    assert known.sensors_by_mac.keys() == {one.mac for one in anew.values()}
    assert set(known.sensors_by_mac.values()) == set(anew.values())


def test_returned_assets_are_updated(guard: EstateGuard, clock: Clock) -> None:
    """An asset that returned needs two answers to be removed again."""
    whole = estate()
    answer = without(whole, "space_00")
    known = guard.merge(whole, answer)
    assert guard.merge(known, whole) == whole
    clock.now += 2 * CONFIRMATION_DELAY
    assert guard.merge(whole, answer).unconfirmed


def test_confirmation_must_match_exactly(guard: EstateGuard, clock: Clock) -> None:
    """An answer that lacks more, less or something else confirms nothing, even if it lacks a single asset."""
    known = estate()
    for gone in (("space_00",), ("space_00", "room_010"), ("space_01",), ("room_010", "room_011"), ("room_010",)):
        known = guard.merge(known, without(estate(), *gone))
        assert everything(known) == everything(estate())
        clock.now += CONFIRMATION_DELAY
    known = guard.merge(known, without(estate(), "room_010"))
    assert everything(known) == everything(estate()) - {"room_010"}


def test_parts_are_independent(guard: EstateGuard, clock: Clock) -> None:
    """Changing sensors do not delay the removal of a floor, and new assets appear immediately."""
    known, floor = estate(), without(estate(), "space_00")
    answer = replace(
        floor, sensors={}, rooms={**floor.rooms, "room_new": Room(id="room_new", name="", floor_id="space_01")}
    )
    known = guard.merge(known, answer)
    assert "room_new" in known.rooms
    clock.now += CONFIRMATION_DELAY
    known = guard.merge(known, replace(answer, sensors=floor.sensors))
    assert "space_00" not in known.floors
    assert len(known.sensors) == 16


def test_unread_parts_confirm_nothing(guard: EstateGuard, clock: Clock) -> None:
    """An unread part neither confirms nor refutes: unconfirmed assets stay unconfirmed."""
    whole, answer = estate(), replace(estate(), tags={}, sensors={})
    known = guard.merge(whole, answer)
    clock.now += CONFIRMATION_DELAY
    known = guard.merge(known, replace(answer, unread=frozenset({"tags", "sensors"})))
    assert known.unconfirmed == {*whole.tags, *whole.sensors}
    assert (known.tags.keys(), known.sensors.keys()) == (whole.tags.keys(), whole.sensors.keys())
    known = guard.merge(known, answer)
    assert (known.tags, known.sensors, known.unconfirmed) == ({}, {}, frozenset())


def test_one_unread_list(guard: EstateGuard, clock: Clock) -> None:
    """One unread list does not confirm other missing assets; an unread tag keeps its spaces."""
    whole = estate()
    answer = without(whole, "space_00", "room_010", "room_011", "room_012", "room_013")
    blind = replace(answer, unread=frozenset({"rooms of space_01"}))
    known = guard.merge(whole, blind)
    lost = {"space_00", "room_000", "room_001", "room_002", "room_003", "zone_00"}
    assert known.unconfirmed == lost
    clock.now += CONFIRMATION_DELAY
    known = guard.merge(known, blind)
    assert known.unconfirmed == frozenset()
    assert everything(known) == everything(whole) - lost
    bare = replace(whole, tags={**whole.tags, "tag_1": replace(whole.tags["tag_1"], space_ids=())})
    known = guard.merge(whole, bare)
    clock.now += CONFIRMATION_DELAY
    known = guard.merge(known, replace(bare, unread=frozenset({"space_ids of tag_1"})))
    assert known.tags == whole.tags
    assert known.unconfirmed == {"tag_1"}
    assert guard.merge(known, bare).tags == bare.tags


def test_missing_and_then_unread(guard: EstateGuard, clock: Clock) -> None:
    """Missing assets of an unread part stay unconfirmed, and so do others that the answer lacks."""
    whole = estate()
    known = guard.merge(whole, without(whole, "room_000", "room_001"))
    clock.now += CONFIRMATION_DELAY
    blind = replace(without(whole, "room_000", "room_001", "zone_01"), unread=frozenset({"rooms of space_00"}))
    known = guard.merge(known, blind)
    assert known.unconfirmed == {"room_000", "room_001", "zone_01"}
    assert everything(known) == everything(whole)
    assert guard.merge(known, without(whole, "room_000", "room_001")).unconfirmed == frozenset()


def test_the_first_answer(guard: EstateGuard) -> None:
    """The first answer is the estate."""
    assert guard.merge(None, estate()) == estate()
    assert guard.merge(None, replace(estate(), unread=frozenset({"hives"}), hives={})).unconfirmed == frozenset()


def test_uninstalled_sensors_are_removed(guard: EstateGuard) -> None:
    """Sensors that Butlr reports as uninstalled are removed immediately."""
    whole = estate()
    answer = replace(without(whole, "sensor_000", "sensor_001"), uninstalled={"sensor_000": "a", "sensor_001": "b"})
    known = guard.merge(whole, answer)
    assert known.unconfirmed == frozenset()
    assert known.sensors.keys() == whole.sensors.keys() - {"sensor_000", "sensor_001"}


def test_orphans(clock: Clock) -> None:
    """Devices from an earlier run are unconfirmed as well until a later answer confirms or contains them."""
    guard = EstateGuard(clock)
    guard.restore(None, ("room_old", "sensor_old", "room_000", "org_1"))
    known = guard.merge(None, estate())
    assert known.unconfirmed == {"room_old", "sensor_old"}
    assert not known.lacks("room_old")
    assert known.lacks("room_never")
    clock.now += CONFIRMATION_DELAY
    assert guard.merge(known, estate()).unconfirmed == frozenset()
    assert guard.merge(None, estate()).unconfirmed == frozenset()


def test_an_id_of_another_kind(guard: EstateGuard) -> None:
    """An id that now belongs to another kind has only the new meaning, and its old descendants are removed."""
    whole = estate()
    answer = without(whole, "space_00", "room_010", "room_011")
    answer = replace(answer, zones={**answer.zones, "space_00": Zone(id="space_00", name="Zone", floor_id="space_01")})
    known = guard.merge(whole, answer)
    assert "space_00" not in known.floors
    assert "room_000" not in known.rooms
    assert known.unconfirmed == {"room_010", "room_011"}


FIELDS = [
    ("floors", "capacity", None),
    ("rooms", "capacity", None),
    ("rooms", "name", "id"),
    ("sensors", "room_id", None),
    ("sensors", "floor_id", None),
    ("sensors", "mode", ""),
    ("sensors", "is_entrance", False),
    ("hives", "floor_id", None),
]


@pytest.mark.parametrize(("kind", "name", "empty"), FIELDS)
@pytest.mark.parametrize("share", [1, 2])
def test_fields_that_turn_empty_together(
    guard: EstateGuard, clock: Clock, kind: str, name: str, empty: Any, share: int
) -> None:
    """If a field turns empty in half of the assets, the old values stay; if in a few, the change is applied."""
    whole = estate()
    things = getattr(whole, kind)
    had = [key for key, one in things.items() if getattr(one, name)]

    def losing(count: int) -> Estate:
        lost = {key: replace(things[key], **{name: key if empty == "id" else empty}) for key in had[:count]}
        parts: Any = {kind: {**things, **lost}}
        return replace(whole, **parts)

    answer = losing(-(-len(had) // share))
    known = guard.merge(whole, answer)
    assert known == whole
    clock.now += CONFIRMATION_DELAY
    assert guard.merge(known, answer) == answer
    assert guard.merge(whole, losing(1)) == losing(1)
    if len(had) > 4:
        assert guard.merge(whole, losing(len(had) // 2 - 1)) == losing(len(had) // 2 - 1)


def test_fields_of_missing_assets(guard: EstateGuard, clock: Clock) -> None:
    """Half of the sensors are missing, and the others lost their rooms."""
    whole = estate()
    some = dict(list(whole.sensors.items())[::2])
    nowhere = {key: replace(one, room_id=None) for key, one in some.items()}
    known = guard.merge(whole, replace(whole, sensors=nowhere))
    assert replace(known, unconfirmed=frozenset(), sensors={}) == replace(whole, sensors={})
    assert known.sensors == whole.sensors
    assert known.unconfirmed == whole.sensors.keys() - some


def test_moved_tags_are_applied_immediately(guard: EstateGuard) -> None:
    """A single tag that moves or loses some of its spaces is applied immediately."""
    whole = estate()

    def tagged(**spaces: tuple[str, ...]) -> Estate:
        return replace(
            whole, tags={**whole.tags, **{key: replace(whole.tags[key], space_ids=on) for key, on in spaces.items()}}
        )

    for answer in (
        tagged(tag_0=("zone_00",)),
        tagged(tag_0=("room_000",)),
        tagged(tag_1=("room_001",)),
        tagged(tag_1=("space_00",), tag_2=("zone_01", *whole.tags["tag_2"].space_ids)),
        tagged(tag_1=whole.tags["tag_1"].space_ids[1:], tag_2=whole.tags["tag_2"].space_ids[1:]),
    ):
        assert guard.merge(whole, answer) == answer


def test_tags_without_spaces_need_confirmation(guard: EstateGuard, clock: Clock) -> None:
    """A tag without spaces and several tags that lose their rooms keep them, and are unconfirmed."""
    whole = estate()
    bare = replace(whole, tags={**whole.tags, "tag_1": replace(whole.tags["tag_1"], space_ids=())})
    known = guard.merge(whole, bare)
    assert known.tags == whole.tags
    assert known.unconfirmed == {"tag_1"}
    clock.now += CONFIRMATION_DELAY
    assert guard.merge(known, bare) == bare
    zones_only = {
        key: replace(tag, space_ids=tuple(one for one in tag.space_ids if one.startswith("zone_")))
        for key, tag in whole.tags.items()
    }
    answer = replace(whole, tags=zones_only)
    known = guard.merge(whole, answer)
    assert {key: set(tag.space_ids) for key, tag in known.tags.items()} == {
        key: set(tag.space_ids) for key, tag in whole.tags.items()
    }
    assert known.unconfirmed == whole.tags.keys()
    clock.now += CONFIRMATION_DELAY
    assert guard.merge(known, answer) == answer


def test_tags_of_missing_spaces(guard: EstateGuard, clock: Clock) -> None:
    """An unconfirmed space keeps its tags, which are confirmed; a removed space has none."""
    whole = estate()
    answer = without(whole, "space_00")
    tags = {
        key: replace(tag, space_ids=tuple(one for one in tag.space_ids if one in answer.spaces))
        for key, tag in answer.tags.items()
    }
    answer = replace(answer, tags=tags)
    known = guard.merge(whole, answer)
    assert {key: set(tag.space_ids) for key, tag in known.tags.items()} == {
        key: set(tag.space_ids) for key, tag in whole.tags.items()
    }
    assert known.unconfirmed == {"space_00", "room_000", "room_001", "room_002", "room_003", "zone_00"}
    clock.now += CONFIRMATION_DELAY
    assert guard.merge(known, answer) == answer


@settings(max_examples=200)
@given(st.lists(st.tuples(st.sets(st.sampled_from(sorted(everything(estate()))), max_size=9), st.integers(0, 900))))
def test_random_losses(answers: list[tuple[set[str], int]]) -> None:
    """The estate stays consistent, missing assets are unconfirmed or rightly removed, and the last answer wins."""
    clock, whole = Clock(), estate()
    guard, known = EstateGuard(clock), estate()
    for gone, seconds in answers:
        before, answer = known, without(whole, *gone)
        clock.now += seconds
        known = guard.merge(before, answer)
        known.index()
        if answer.sites:
            assert all(known.site_of(space) for space in known.spaces.values())
        assert everything(known) == everything(answer) | known.unconfirmed
        assert known.unconfirmed.isdisjoint(everything(answer)) or known.unconfirmed & known.tags.keys()
    for _ in range(2):
        clock.now += CONFIRMATION_DELAY
        known = guard.merge(known, whole)
    assert known == whole
