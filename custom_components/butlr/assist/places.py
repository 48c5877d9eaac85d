"""The places that people ask about, by their names: spaces, tags, and areas and floors of Home Assistant."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache, cached_property
from typing import Final, Self

from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import area_registry as ar, device_registry as dr, floor_registry as fr

from ..actions.target import Scope, name_of, scope_of
from ..api.estate import Building, Floor, Room, Space, Zone
from ..const import DOMAIN
from .names import Fit, Named, has_number, match
from .visibility import Visible, visible


class Kind(StrEnum):
    """The kinds of places. Where two places with one name overlap, the earlier kind is meant."""

    BUILDING = "building"
    FLOOR = "floor"
    ROOM = "room"
    ZONE = "zone"
    AREA = "area"
    TAG = "tag"


KINDS: Final = {Building: Kind.BUILDING, Floor: Kind.FLOOR, Room: Kind.ROOM, Zone: Kind.ZONE}
_ORDER: Final = {kind: number for number, kind in enumerate(Kind)}
# With more places, it is not clear anyway which is meant.
_MAX_OVERLAPS: Final = 50


@dataclass(frozen=True, slots=True)
class Place:
    """A space, or several that share an area, a floor of Home Assistant or a tag.

    `label` is the name with everything that tells it from others with the same name.
    """

    kind: Kind
    name: str
    label: str
    scope: Scope
    visible: Visible
    spaces: tuple[Space, ...]

    @property
    def space(self) -> Space | None:
        """Return the space that this place is; None for an area, a floor of Home Assistant or a tag."""
        is_one = len(self.spaces) == 1 and self.kind is KINDS[type(self.spaces[0])]
        return self.spaces[0] if is_one else None

    def part(self, space: Space) -> Place:
        """Return a space in this place as a place."""
        return self if space is self.space else place_of(self.scope, self.visible, space)

    def inside(self) -> Iterator[Space]:
        """Return the visible spaces of this place and in them, parents first."""
        within = self.scope.estate.within(space.id for space in self.spaces)
        return (space for space in within if self.visible.entities.get(space.id))


@dataclass(frozen=True, slots=True)
class Found:
    """The place that is meant, or None; `alternatives` are others that may be meant."""

    place: Place | None
    alternatives: tuple[Place, ...] = ()
    fit: Fit | None = None

    @property
    def is_close(self) -> bool:
        """Return whether the place has no such name, but one that begins like it or is misspelled."""
        return self.fit in (Fit.BEGINNING, Fit.TYPING)

    @property
    def ambiguous(self) -> bool:
        """Return whether several places fit equally well."""
        return self.place is None and self.fit is not None


@dataclass(frozen=True)
class Places:
    """Everything that may be told about some organizations, by name."""

    organizations: tuple[tuple[Scope, Visible], ...]
    _hass: HomeAssistant = field(repr=False)
    # The language of the person who asks.
    language: str = "en"

    @classmethod
    async def load(
        cls,
        hass: HomeAssistant,
        *,
        assistant: str | None,
        context: Context | None = None,
        entry_id: str | None = None,
        language: str | None = None,
    ) -> Self:
        """Read what an assistant may tell a user; without an assistant, exposure does not matter."""
        entries = [
            entry for entry in hass.config_entries.async_loaded_entries(DOMAIN) if entry_id in (None, entry.entry_id)
        ]
        return cls(
            tuple([(scope_of(hass, entry), await visible(hass, entry, assistant, context)) for entry in entries]),
            hass,
            language or hass.config.language,
        )

    def find(self, asked: str, kinds: Collection[Kind] = tuple(Kind)) -> Found:
        """Return the place of some kinds that a person means by a name."""
        named = [one for one in self._named if one.thing.kind in kinds]
        wanted = asked.strip().casefold()
        if by_label := [
            one.thing for one in named if one.thing.label.casefold() == wanted != one.thing.name.casefold()
        ]:
            # A label that is not unique does not say which one is meant.
            return Found(by_label[0] if len(by_label) == 1 else None, tuple(by_label[1:] and by_label), Fit.EXACT)
        found = match(asked, named)
        things = _without_overlaps(found.things, found.fit)
        if len(things) == 1:
            return Found(things[0], tuple(one for one in found.things if one not in things) + found.others, found.fit)
        return Found(None, things or found.others, found.fit)

    @property
    def all(self) -> list[Place]:
        """Return all places."""
        return [one.thing for one in self._named]

    @cached_property
    def buildings(self) -> list[Place]:
        """Return the buildings in which anything is visible; together they are everything."""
        return [
            place_of(scope, visible_, building)
            for scope, visible_ in self.organizations
            for building in scope.estate.buildings.values()
            if any(place_of(scope, visible_, building).inside())
        ]

    @cached_property
    def _named(self) -> list[Named[Place]]:
        named = [one for scope, seen in self.organizations for one in self._of(scope, seen)]
        return _told_apart(named)

    def _of(self, scope: Scope, seen: Visible) -> Iterator[Named[Place]]:
        """Yield the places of an organization with their names."""
        areas, floors = ar.async_get(self._hass), fr.async_get(self._hass)
        by_area: dict[str, tuple[ar.AreaEntry, list[Space]]] = {}
        by_floor: dict[str, tuple[fr.FloorEntry, list[Space]]] = {}
        # What contains something visible can be asked about, too.
        containers = {
            one.id
            for space in scope.estate.spaces.values()
            if seen.entities.get(space.id)
            for one in scope.estate.around(space)
        }
        # Of what contains many spaces, once.
        names_of = cache(lambda space_id: _names(scope.estate.spaces[space_id], seen))
        for space in scope.estate.spaces.values():
            device = seen.devices.get(space.id)
            area = areas.async_get_area(device.area_id) if device and device.area_id else None
            floor = floors.async_get_floor(area.floor_id) if area and area.floor_id else None
            if seen.entities.get(space.id) or space.id in containers:
                place = place_of(scope, seen, space)
                around = [name for one in scope.estate.around(space) for name in names_of(one.id)]
                around += [one.name for one in (area, floor) if one]
                around += _whereabouts(place)
                yield Named(place, place.kind, _names(space, seen), tuple(dict.fromkeys(around)))
                if area:
                    by_area.setdefault(area.id, (area, []))[1].append(space)
                if floor:
                    by_floor.setdefault(floor.floor_id, (floor, []))[1].append(space)
        for area, spaces in by_area.values():
            yield _group(Kind.AREA, (area.name, *sorted(area.aliases)), scope, seen, spaces)
        for floor, spaces in by_floor.values():
            yield _group(Kind.FLOOR, (floor.name, *sorted(floor.aliases)), scope, seen, spaces)
        for tag in scope.estate.tags.values():
            tagged = [scope.estate.spaces[one] for one in tag.space_ids if one in scope.estate.spaces]
            if visible_ := [space for space in tagged if seen.entities.get(space.id)]:
                yield _group(Kind.TAG, (tag.name,), scope, seen, visible_)


def place_of(scope: Scope, seen: Visible, space: Space) -> Place:
    """Return a space as a place."""
    name, kind = _name(space, seen), KINDS[type(space)]
    parts = [*([kind] if kind is Kind.ZONE else []), *(_name(one, seen) for one in scope.estate.around(space))]
    return Place(kind, name, f"{name} ({', '.join(parts)})" if parts else name, scope, seen, (space,))


def _group(kind: Kind, names: tuple[str, ...], scope: Scope, seen: Visible, spaces: Iterable[Space]) -> Named[Place]:
    """Return several spaces as a place."""
    return Named(Place(kind, names[0], f"{names[0]} ({kind})", scope, seen, tuple(spaces)), kind, names)


def _name(space: Space, seen: Visible) -> str:
    """Return the name that Home Assistant shows."""
    device = seen.devices.get(space.id)
    return name_of(device) if device else space.name


def _names(space: Space, seen: Visible) -> tuple[str, ...]:
    """Return the names of a space: in Home Assistant, at Butlr, the aliases of its entities, and a floor's number."""
    device: dr.DeviceEntry | None = seen.devices.get(space.id)
    names: list[str] = [_name(space, seen), space.name, *((device.name or "",) if device else ())]
    for entity in seen.registry_entries(space.id):
        names += [alias for alias in entity.aliases if isinstance(alias, str)]
    if isinstance(space, Floor) and space.number is not None and not any(map(has_number, names)):
        names.append(f"floor {space.number}")
    return tuple(name for name in dict.fromkeys(names) if name.strip())


def _whereabouts(place: Place) -> Iterator[str]:
    """Yield the names of the site and of the organization of a space."""
    for one in (place.space, *place.scope.estate.around(place.spaces[0])):
        if isinstance(one, Building) and (site := place.scope.estate.sites.get(one.site_id)):
            yield site.name
    yield place.scope.entry.title


def _labels(place: Place) -> Iterator[str]:
    """Yield labels of a place, each of which tells more; the last of a space is its id."""
    yield place.label
    if place.kind is Kind.BUILDING:
        yield f"{place.name} ({place.kind})"
    where = [*_whereabouts(place)] if place.space else [place.scope.entry.title]
    for one in where:
        yield f"{place.label[:-1]}, {one})" if place.label != place.name else f"{place.name} ({one})"
    if place.space:
        yield place.space.id


def _told_apart(named: Sequence[Named[Place]]) -> list[Named[Place]]:
    """Return places with labels that are unique, if anything tells the places apart."""
    names = Counter(one.thing.name.casefold() for one in named)
    further = {number: _labels(one.thing) for number, one in enumerate(named)}
    labels = {number: next(one) for number, one in further.items()}
    changed = True
    while changed:
        changed, counted = False, Counter(label.casefold() for label in labels.values())
        for number, label in labels.items():
            if (counted[label.casefold()] > 1 or names[label.casefold()] > 1) and (more := next(further[number], None)):
                labels[number], changed = more, True
    return [replace(one, thing=replace(one.thing, label=labels[number])) for number, one in enumerate(named)]


def _without_overlaps(places: Sequence[Place], fit: Fit | None) -> tuple[Place, ...]:
    """Return places without those that overlap with one of an earlier kind: the area of a room, a zone in a room.

    If only a part of the name fits, several spaces together are another thing than one of them.
    """
    if len(places) > _MAX_OVERLAPS:
        return tuple(places)
    kept: list[Place] = []
    covered: set[str] = set()
    for place in sorted(places, key=lambda one: _ORDER[one.kind]):
        inside = {space.id for space in place.inside()}
        if isinstance(place.space, Zone):
            overlaps = place.space.room_id in {one.space.id for one in kept if one.space}
        elif fit in (Fit.EXACT, Fit.SAME):
            overlaps = not place.space and not inside.isdisjoint(covered)
        else:
            overlaps = not place.space and inside <= covered
        if not overlaps:
            kept.append(place)
            covered |= inside
    return tuple(kept)
