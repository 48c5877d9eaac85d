"""How many people are where now."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, Final, Self

from homeassistant.helpers import area_registry as ar

from ..api.estate import Building, Floor, Room, Space, Zone
from .facts import KEY_ELSEWHERE, KEY_PEOPLE, Facts, added
from .places import Kind, Place

# How many of the fullest spaces are told, and how many of the fullest floors or buildings.
MAX_FULLEST: Final = 10


def people_in(place: Place, most: int = MAX_FULLEST) -> dict[str, Any]:
    """Return how many people are in a place, and which spaces in it have the most."""
    inside = [Facts(place, space) for space in spaces_of(place) if space is not place.space]
    return whole_of(place) | _inside(inside, most)


def people_everywhere(places: Collection[Place], most: int = MAX_FULLEST) -> dict[str, Any]:
    """Return how many people are in each of several buildings, and which spaces in all of them have the most."""
    inside = [Facts(place, space) for place in places for space in spaces_of(place) if space is not place.space]
    buildings = [Facts(place, place.space) for place in places if place.space]
    shown = buildings if len(buildings) <= most else _by_people(buildings)[:most]
    return {
        "now": [whole_of(one.place) for one in shown],
        **_further("buildings", len(buildings) - len(shown)),
        **_fullest([one for one in inside if isinstance(one.space, Room | Zone)], most),
    }


def whole_of(place: Place) -> dict[str, Any]:
    """Return how many people are in a place."""
    told: dict[str, Any] = {"place": place.label}
    if place.space and place.visible.entities.get(place.space.id):
        facts = Facts(place, place.space)
        told = facts.as_dict()
        if facts.source or not isinstance(place.space, Building | Floor):
            return told
    # Several spaces, or one that may not be told itself, or that nothing counts as a whole.
    return told | _sum(place)


def _sum(place: Place) -> dict[str, Any]:
    """Return the people in all spaces that may be told; counts and estimates are not added to each other."""
    parts = Parts.of(place)
    if not parts.facts:
        return (
            {"people_not_shared": True} if parts.hides else {KEY_PEOPLE: None, "unknown_because": "no sensor covers it"}
        )
    elsewhere = [*parts.estimated]
    for one in parts.counted:
        elsewhere += [facts for space in one.uncounted if (facts := Facts(place, space)).tells_people]
    is_part = parts.hides or bool(parts.zones_left_out)
    if not parts.counted:
        return added(KEY_PEOPLE, elsewhere, at_least=is_part) | {"is_estimate": True} | parts.marks()
    told = added(KEY_PEOPLE, parts.counted, at_least=is_part)
    return told | added(KEY_ELSEWHERE, elsewhere, at_least=parts.hides) | parts.marks()


@dataclass(frozen=True, slots=True)
class Parts:
    """The spaces of a place whose people can be added, because they do not lie in each other.

    `hides` says that there are more sensed spaces whose people may not be told. Zones may overlap with rooms: one that
    may lie in a room that is added is left out.
    """

    facts: tuple[Facts, ...]
    hides: bool
    zones_left_out: int

    @classmethod
    def of(cls, place: Place) -> Self:
        """Divide a place."""
        estate = place.scope.estate
        members = spaces_of(place)
        told = {space.id: facts for space in members if (facts := Facts(place, space)).tells_people}
        top: list[Facts] = []
        covered: set[str] = set()
        hides = False
        for space in members:
            parent = estate.parent_of(space)
            if (parent and parent.id in covered) or space.id in told:
                if not (parent and parent.id in covered):
                    top.append(told[space.id])
                covered.add(space.id)
            elif estate.counts(space):
                hides = True
        rooms = {one.space.id: one.space for one in top if isinstance(one.space, Room)}
        floors = {room.floor_id for room in rooms.values()}
        kept, zones_left_out = [], 0
        for one in top:
            if isinstance(one.space, Zone):
                if one.space.room_id in rooms:
                    continue
                if not one.space.room_id and one.space.floor_id in floors:
                    zones_left_out += 1
                    continue
            kept.append(one)
        return cls(tuple(kept), hides, zones_left_out)

    @property
    def counted(self) -> list[Facts]:
        """Return the spaces whose people are counted."""
        return [one for one in self.facts if not one.is_estimated]

    @property
    def estimated(self) -> list[Facts]:
        """Return the spaces whose people are estimated."""
        return [one for one in self.facts if one.is_estimated]

    def marks(self) -> dict[str, Any]:
        """Return what the parts lack."""
        return {
            **({"only_what_is_shared": True} if self.hides else {}),
            **({"zones_left_out": self.zones_left_out} if self.zones_left_out else {}),
        }


def spaces_of(place: Place) -> list[Space]:
    """Return all spaces that belong to a place, parents first: also those that may not be told."""
    estate, devices = place.scope.estate, place.visible.devices
    kept = {space.id for space in place.spaces}
    if place.kind is Kind.TAG:
        kept |= {one for tag in estate.tags.values() if tag.name == place.name for one in tag.space_ids}
    elif not place.space:
        areas = ar.async_get(place.scope.hass)

        def where(space_id: str) -> str | None:
            device = devices.get(space_id)
            area = areas.async_get_area(device.area_id) if device and device.area_id else None
            if not area:
                return None
            return area.id if place.kind is Kind.AREA else area.floor_id

        around = {where(one) for one in kept} - {None}
        kept |= {one for one in estate.spaces if where(one) in around}
    return list(estate.within(kept))


def _inside(inside: Iterable[Facts], most: int) -> dict[str, Any]:
    """Return the spaces in a place with the most people, and how many rooms are in which state."""
    told: dict[str, Any] = {}
    spaces = [one for one in inside if isinstance(one.space, Room | Zone)]
    rooms = [one for one in spaces if isinstance(one.space, Room) and one.tells_occupancy and one.source]
    if rooms:
        states = [one.occupied_as_told for one in rooms]
        told["rooms"] = {
            "occupied": states.count(True),
            "free": states.count(False),
            "unknown": states.count(None),
        }
    floors = [one for one in inside if isinstance(one.space, Floor | Building) and one.is_visible]
    return told | _fullest(spaces, most, floors)


def _fullest(spaces: Collection[Facts], most: int, floors: Collection[Facts] = ()) -> dict[str, Any]:
    """Return the spaces with the most people, after floors."""
    with_people = [one for one in spaces if one.tells_people and one.number]
    shown_floors = floors if len(floors) <= most else _by_people(floors)[:most]
    shown = _by_people(with_people)[:most]
    told: dict[str, Any] = {}
    if shown_floors or shown:
        told["inside"] = [one.as_dict() for one in (*shown_floors, *shown)]
    told |= _further("floors", len(floors) - len(shown_floors))
    told |= _further("spaces_with_people", len(with_people) - len(shown))
    if any(one.source and not one.tells_people for one in spaces):
        told["not_all_inside_is_shared"] = True
    return told


def _by_people(spaces: Iterable[Facts]) -> list[Facts]:
    """Return spaces in the order of their people, which must not tell which of several small groups is larger."""
    return sorted(spaces, key=lambda one: -one.shown.most if one.tells_people else 0)


def _further(what: str, count: int) -> dict[str, int]:
    return {f"further_{what}": count} if count > 0 else {}
