"""How many people are where now."""

from collections.abc import Iterable
from typing import Any, Final

from ..api.estate import Building, Floor, Room, Space, Zone
from .facts import Facts
from .places import Place

# How many of the fullest spaces are told.
MAX_FULLEST: Final = 10


def people_in(place: Place, most: int = MAX_FULLEST) -> dict[str, Any]:
    """Return how many people are in a place, and which spaces in it have the most."""
    if place.space and place.visible.entities.get(place.space.id):
        whole = Facts(place, place.space).as_dict()
    else:
        # Several spaces, or one that may not be told itself.
        whole = {"place": place.label, **_sum(place)}
    inside = [Facts(place, space) for space in place.inside() if space is not place.space]
    return whole | _inside(inside, most) if inside else whole


def _sum(place: Place) -> dict[str, Any]:
    """Return the people in all spaces that may be told; counts and estimates are not added to each other."""
    facts = [facts for space in spaces_apart(place) if (facts := Facts(place, space)).tells_people]
    counted = [one for one in facts if not one.is_estimated]
    estimated = [one for one in facts if one.is_estimated]
    told: dict[str, Any] = {}
    for key, group in (("people", counted), ("people_estimated_elsewhere", estimated)):
        known = [people for one in group if (people := one.people) is not None and not one.unknown_floors]
        missing = len(group) - len(known)
        if known:
            told[f"{key}_at_least" if missing else key] = sum(known)
        elif group:
            told[key] = None
        if missing:
            told[f"spaces_without_a_known_number{'' if group is counted else '_elsewhere'}"] = missing
    if not facts:
        told["people_not_shared"] = True
    return told


def spaces_apart(place: Place) -> list[Space]:
    """Return the spaces of a place that do not lie in each other, so that their people can be added.

    Zones may overlap with rooms and with each other, so they are only added where there is nothing else.
    """
    inside = list(place.inside())
    told = [space for space in inside if Facts(place, space).tells_people]
    ids = {space.id for space in told}
    top: list[Space] = []
    covered: set[str] = set()
    for space in inside:
        parent = place.scope.estate.parent_of(space)
        if parent and parent.id in covered:
            covered.add(space.id)
        elif space.id in ids:
            covered.add(space.id)
            top.append(space)
    return [space for space in top if not isinstance(space, Zone)] or top


def _inside(facts: Iterable[Facts], most: int) -> dict[str, Any]:
    """Return the spaces in a place with the most people, and how many rooms are in which state."""
    told: dict[str, Any] = {}
    rooms = [one for one in facts if isinstance(one.space, Room) and one.tells_occupancy and one.source]
    if rooms:
        states = [one.state.occupied if one.state.available else None for one in rooms]
        told["rooms"] = {
            "occupied": states.count(True),
            "free": states.count(False),
            "unknown": states.count(None),
        }
    floors = [one for one in facts if isinstance(one.space, Floor | Building)]
    others = [one for one in facts if not isinstance(one.space, Floor | Building) and one.tells_people and one.people]
    others.sort(key=lambda one: -(one.people or 0))
    shown = [*floors, *others[:most]]
    if shown:
        told["inside"] = [one.as_dict() for one in shown]
    if len(others) > most:
        told["further_spaces_with_people"] = len(others) - most
    return told
