"""What an answer lacks, held against what is known: cases that matter, and estates that lose things at random."""

from dataclasses import replace
from typing import Any

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.butlr.api.estate import Building, Estate, Floor, Hive, Room, Sensor, Site, Tag, Zone
from custom_components.butlr.polls.estate_guard import CONFIRMATION_DELAY, EstateGuard

KINDS = ("sites", "buildings", "floors", "rooms", "zones", "hives", "sensors", "tags")


class Clock:
    """A clock that only a test moves."""

    def __init__(self) -> None:
        """Begin somewhere."""
        self.now = 1000.0

    def __call__(self) -> float:
        """Return the moment."""
        return self.now


def estate(**parts: Any) -> Estate:
    """Return an estate of two buildings with two floors each, or other parts of it."""
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
    """Return an estate without some things, and what is in them."""
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
def witness(clock: Clock) -> EstateGuard:
    """Return what is tested."""
    return EstateGuard(clock)


@pytest.mark.parametrize("gone", ["room_000", "sensor_000", "tag_1", "hive_01"])
def test_one_of_many_goes_at_once(witness: EstateGuard, gone: str) -> None:
    """A single thing that is taken out of a list is everyday life."""
    heard = witness.merge(estate(), without(estate(), gone))
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
def test_more_waits_for_a_witness(witness: EstateGuard, clock: Clock, gone: tuple[str, ...]) -> None:
    """An only child, and several at once: unconfirmed until another answer lacks the same, minutes later."""
    whole, answer = estate(), without(estate(), *gone)
    lost = everything(whole) - everything(answer)
    known = witness.merge(whole, answer)
    assert everything(known) == everything(whole)
    assert known.unconfirmed == lost
    clock.now += CONFIRMATION_DELAY - 1
    known = witness.merge(known, answer)
    assert known.unconfirmed == lost
    clock.now += 1
    known = witness.merge(known, answer)
    assert (everything(known), known.unconfirmed) == (everything(answer), frozenset())
    assert witness.merge(known, whole) == whole


def test_half_of_two_is_half(witness: EstateGuard) -> None:
    """One of two is as many as half of a thousand."""
    two = {key: hive for key, hive in estate().hives.items() if key.startswith("hive_0")}
    known = witness.merge(estate(hives=two), without(estate(hives=two), "hive_00"))
    assert known.unconfirmed == {"hive_00"}


def test_the_new_is_found_before_the_missing(witness: EstateGuard) -> None:
    """What was made anew under another id has the same address, and is what sends now."""
    whole = estate()
    anew = {f"{key}_new": replace(one, id=f"{key}_new") for key, one in whole.sensors.items()}
    known = witness.merge(whole, replace(whole, sensors=anew))
    assert known.unconfirmed == whole.sensors.keys()
    assert known.sensors_by_mac.keys() == {one.mac for one in anew.values()}
    assert set(known.sensors_by_mac.values()) == set(anew.values())


def test_what_is_back_is_as_the_answer_has_it(witness: EstateGuard, clock: Clock) -> None:
    """Then the next time is a first time again."""
    whole = estate()
    answer = without(whole, "space_00")
    known = witness.merge(whole, answer)
    assert witness.merge(known, whole) == whole
    clock.now += 2 * CONFIRMATION_DELAY
    assert witness.merge(whole, answer).unconfirmed


def test_a_witness_agrees_exactly(witness: EstateGuard, clock: Clock) -> None:
    """One that lacks more, or less, or something else, is the first of its kind; also if it lacks but one thing."""
    known = estate()
    for gone in (("space_00",), ("space_00", "room_010"), ("space_01",), ("room_010", "room_011"), ("room_010",)):
        known = witness.merge(known, without(estate(), *gone))
        assert everything(known) == everything(estate())
        clock.now += CONFIRMATION_DELAY
    known = witness.merge(known, without(estate(), "room_010"))
    assert everything(known) == everything(estate()) - {"room_010"}


def test_parts_do_not_wait_for_each_other(witness: EstateGuard, clock: Clock) -> None:
    """A list of sensors that flickers does not keep a floor from going; what is new is there at once."""
    known, floor = estate(), without(estate(), "space_00")
    answer = replace(
        floor, sensors={}, rooms={**floor.rooms, "room_new": Room(id="room_new", name="", floor_id="space_01")}
    )
    known = witness.merge(known, answer)
    assert "room_new" in known.rooms
    clock.now += CONFIRMATION_DELAY
    known = witness.merge(known, replace(answer, sensors=floor.sensors))
    assert "space_00" not in known.floors
    assert len(known.sensors) == 16


def test_what_could_not_be_read_is_no_witness(witness: EstateGuard, clock: Clock) -> None:
    """Neither for nor against: what was unconfirmed stays so."""
    whole, answer = estate(), replace(estate(), tags={}, sensors={})
    known = witness.merge(whole, answer)
    clock.now += CONFIRMATION_DELAY
    known = witness.merge(known, replace(answer, unread=frozenset({"tags", "sensors"})))
    assert known.unconfirmed == {*whole.tags, *whole.sensors}
    assert (known.tags.keys(), known.sensors.keys()) == (whole.tags.keys(), whole.sensors.keys())
    known = witness.merge(known, answer)
    assert (known.tags, known.sensors, known.unconfirmed) == ({}, {}, frozenset())


def test_one_list_that_could_not_be_read(witness: EstateGuard, clock: Clock) -> None:
    """The rooms of one floor, while another is lacking; and where a tag is."""
    whole = estate()
    answer = without(whole, "space_00", "room_010", "room_011", "room_012", "room_013")
    blind = replace(answer, unread=frozenset({"rooms of space_01"}))
    known = witness.merge(whole, blind)
    lost = {"space_00", "room_000", "room_001", "room_002", "room_003", "zone_00"}
    assert known.unconfirmed == lost
    clock.now += CONFIRMATION_DELAY
    known = witness.merge(known, blind)
    assert known.unconfirmed == frozenset()
    assert everything(known) == everything(whole) - lost
    bare = replace(whole, tags={**whole.tags, "tag_1": replace(whole.tags["tag_1"], space_ids=())})
    known = witness.merge(whole, bare)
    clock.now += CONFIRMATION_DELAY
    known = witness.merge(known, replace(bare, unread=frozenset({"space_ids of tag_1"})))
    assert known.tags == whole.tags
    assert known.unconfirmed == {"tag_1"}
    assert witness.merge(known, bare).tags == bare.tags


def test_what_was_missing_and_cannot_be_read(witness: EstateGuard, clock: Clock) -> None:
    """It stays missing, and with it whatever else that answer lacks."""
    whole = estate()
    known = witness.merge(whole, without(whole, "room_000", "room_001"))
    clock.now += CONFIRMATION_DELAY
    blind = replace(without(whole, "room_000", "room_001", "zone_01"), unread=frozenset({"rooms of space_00"}))
    known = witness.merge(known, blind)
    assert known.unconfirmed == {"room_000", "room_001", "zone_01"}
    assert everything(known) == everything(whole)
    assert witness.merge(known, without(whole, "room_000", "room_001")).unconfirmed == frozenset()


def test_without_anything_known(witness: EstateGuard) -> None:
    """The first answer of all is all there is."""
    assert witness.merge(None, estate()) == estate()
    assert witness.merge(None, replace(estate(), unread=frozenset({"hives"}), hives={})).unconfirmed == frozenset()


def test_what_is_taken_down_is_not_lacking(witness: EstateGuard) -> None:
    """Butlr says of some sensors that they hang nowhere any more: that is no silence."""
    whole = estate()
    answer = replace(without(whole, "sensor_000", "sensor_001"), uninstalled={"sensor_000": "a", "sensor_001": "b"})
    known = witness.merge(whole, answer)
    assert known.unconfirmed == frozenset()
    assert known.sensors.keys() == whole.sensors.keys() - {"sensor_000", "sensor_001"}


def test_orphans(clock: Clock) -> None:
    """Devices of which nothing is known wait as well, and are known when they are back."""
    witness = EstateGuard(clock)
    witness.restore(None, ("room_old", "sensor_old", "room_000", "org_1"))
    known = witness.merge(None, estate())
    assert known.unconfirmed == {"room_old", "sensor_old"}
    assert not known.lacks("room_old")
    assert known.lacks("room_never")
    clock.now += CONFIRMATION_DELAY
    assert witness.merge(known, estate()).unconfirmed == frozenset()
    assert witness.merge(None, estate()).unconfirmed == frozenset()


def test_what_became_something_else(witness: EstateGuard) -> None:
    """An id that is that of another kind now is not both; what hung in it goes with it."""
    whole = estate()
    answer = without(whole, "space_00", "room_010", "room_011")
    answer = replace(answer, zones={**answer.zones, "space_00": Zone(id="space_00", name="Zone", floor_id="space_01")})
    known = witness.merge(whole, answer)
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
    witness: EstateGuard, clock: Clock, kind: str, name: str, empty: Any, share: int
) -> None:
    """Half of all that had a capacity, a room, a mode ... did not lose it in one night; a few may have."""
    whole = estate()
    things = getattr(whole, kind)
    had = [key for key, one in things.items() if getattr(one, name)]

    def losing(count: int) -> Estate:
        lost = {key: replace(things[key], **{name: key if empty == "id" else empty}) for key in had[:count]}
        parts: Any = {kind: {**things, **lost}}
        return replace(whole, **parts)

    answer = losing(-(-len(had) // share))
    known = witness.merge(whole, answer)
    assert known == whole
    clock.now += CONFIRMATION_DELAY
    assert witness.merge(known, answer) == answer
    assert witness.merge(whole, losing(1)) == losing(1)
    if len(had) > 4:
        assert witness.merge(whole, losing(len(had) // 2 - 1)) == losing(len(had) // 2 - 1)


def test_fields_of_what_is_missing(witness: EstateGuard, clock: Clock) -> None:
    """Both at once: half of the sensors is missing, and the others are nowhere."""
    whole = estate()
    some = dict(list(whole.sensors.items())[::2])
    nowhere = {key: replace(one, room_id=None) for key, one in some.items()}
    known = witness.merge(whole, replace(whole, sensors=nowhere))
    assert replace(known, unconfirmed=frozenset(), sensors={}) == replace(whole, sensors={})
    assert known.sensors == whole.sensors
    assert known.unconfirmed == whole.sensors.keys() - some


def test_tags_are_put_elsewhere_at_once(witness: EstateGuard) -> None:
    """One tag at a time, to another space or to fewer; not from everywhere."""
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
        assert witness.merge(whole, answer) == answer


def test_tags_on_nothing_wait(witness: EstateGuard, clock: Clock) -> None:
    """One that is on nothing, and several that lose their rooms: they stay where they were, and are not sure."""
    whole = estate()
    bare = replace(whole, tags={**whole.tags, "tag_1": replace(whole.tags["tag_1"], space_ids=())})
    known = witness.merge(whole, bare)
    assert known.tags == whole.tags
    assert known.unconfirmed == {"tag_1"}
    clock.now += CONFIRMATION_DELAY
    assert witness.merge(known, bare) == bare
    zones_only = {
        key: replace(tag, space_ids=tuple(one for one in tag.space_ids if one.startswith("zone_")))
        for key, tag in whole.tags.items()
    }
    answer = replace(whole, tags=zones_only)
    known = witness.merge(whole, answer)
    assert {key: set(tag.space_ids) for key, tag in known.tags.items()} == {
        key: set(tag.space_ids) for key, tag in whole.tags.items()
    }
    assert known.unconfirmed == whole.tags.keys()
    clock.now += CONFIRMATION_DELAY
    assert witness.merge(known, answer) == answer


def test_tags_of_missing_spaces(witness: EstateGuard, clock: Clock) -> None:
    """A space that is unconfirmed keeps its tags, and they are as sure as ever; gone, it has none."""
    whole = estate()
    answer = without(whole, "space_00")
    tags = {
        key: replace(tag, space_ids=tuple(one for one in tag.space_ids if one in answer.spaces))
        for key, tag in answer.tags.items()
    }
    answer = replace(answer, tags=tags)
    known = witness.merge(whole, answer)
    assert {key: set(tag.space_ids) for key, tag in known.tags.items()} == {
        key: set(tag.space_ids) for key, tag in whole.tags.items()
    }
    assert known.unconfirmed == {"space_00", "room_000", "room_001", "room_002", "room_003", "zone_00"}
    clock.now += CONFIRMATION_DELAY
    assert witness.merge(known, answer) == answer


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.sets(st.sampled_from(sorted(everything(estate()))), max_size=9), st.integers(0, 900))))
def test_any_loss(answers: list[tuple[set[str], int]]) -> None:
    """Everything hangs together; what is not in an answer is unconfirmed or gone for a reason; the last word counts."""
    clock, whole = Clock(), estate()
    witness, known = EstateGuard(clock), estate()
    for gone, seconds in answers:
        before, answer = known, without(whole, *gone)
        clock.now += seconds
        known = witness.merge(before, answer)
        known.index()
        if answer.sites:
            assert all(known.site_of(space) for space in known.spaces.values())
        assert everything(known) == everything(answer) | known.unconfirmed
        assert known.unconfirmed.isdisjoint(everything(answer)) or known.unconfirmed & known.tags.keys()
    for _ in range(2):
        clock.now += CONFIRMATION_DELAY
        known = witness.merge(known, whole)
    assert known == whole
