"""The answer to: what is there?"""

from typing import Any, Final

from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse
from homeassistant.exceptions import ServiceValidationError

from ..api.estate import Building, Estate, Floor, Hive, Room, Sensor, Space, Tag, Zone
from ..const import DOMAIN
from .target import Scope, resolve

ATTR_HARDWARE: Final = "hardware"
# More than this is nothing that anybody reads, nor any language model.
LARGEST: Final = 2500


async def get_topology(hass: HomeAssistant, call: ServiceCall) -> ServiceResponse:
    """Return the chosen part of the estate as a tree, with what it hangs in."""
    scope = resolve(hass, call)
    estate = scope.estate
    tree = _Tree(scope, with_hardware=call.data[ATTR_HARDWARE])
    if tree.size > LARGEST:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="estate_too_large",
            translation_placeholders={"count": str(tree.size), "most": str(LARGEST)},
        )
    sites = [
        {
            "id": site.id,
            "name": site.name,
            "time_zone": site.time_zone,
            "buildings": [
                tree.branch(one) for one in estate.buildings.values() if one.site_id == site.id and one.id in tree.kept
            ],
        }
        for site in estate.sites.values()
    ]
    response: dict[str, Any] = {
        "id": estate.organization_id,
        "name": scope.entry.title,
        "tags": [tree.tag(tag) for tag in sorted(estate.tags.values(), key=lambda tag: tag.name.casefold())],
        "sites": [site for site in sites if site["buildings"]],
    }
    if tree.with_hardware and scope.chosen is None:
        response["unplaced"] = tree.hardware(None)
    return response


class _Tree:
    """The chosen spaces, what is in them, and what they hang in."""

    def __init__(self, scope: Scope, *, with_hardware: bool) -> None:
        self._scope = scope
        self.with_hardware = with_hardware
        estate = scope.estate
        self._wanted = {space.id for space in scope.spaces()}
        # With what they hang in, so that it is known where they are; its hardware is not asked for.
        self.kept = set(self._wanted)
        for space in scope.chosen or ():
            above = estate.parent_of(space)
            while above:
                self.kept.add(above.id)
                above = estate.parent_of(above)
        self._children: dict[str, list[Space]] = {}
        for space in estate.spaces.values():
            if space.id in self.kept and (parent := estate.parent_of(space)):
                self._children.setdefault(parent.id, []).append(space)
        self._hardware: dict[str | None, list[Hive | Sensor]] = {}
        for device in estate.hardware.values() if with_hardware else ():
            self._hardware.setdefault(_where(estate, device), []).append(device)
        hung = sum(len(devices) for place, devices in self._hardware.items() if place in self._wanted)
        self.size = len(self.kept) + hung

    def branch(self, space: Space) -> dict[str, Any]:
        """Return a space with everything below it."""
        estate = self._scope.estate
        senses = {
            "people": estate.counts_people(space),
            "traffic": estate.senses_traffic(space),
            "motion": estate.equipment(space.id).motion,
        }
        branch: dict[str, Any] = {
            **self._scope.identify(space),
            "capacity": space.capacity,
            "custom_id": space.custom_id,
            "senses": [sense for sense, sensed in senses.items() if sensed],
        }
        children = self._children.get(space.id, [])
        match space:
            case Building():
                branch["floors"] = [self.branch(one) for one in children]
                return branch
            case Floor():
                branch["number"] = space.number
                branch["rooms"] = [self.branch(one) for one in children if isinstance(one, Room)]
                branch["zones"] = [self.branch(one) for one in children if isinstance(one, Zone)]
            case Room():
                branch["room_type"] = space.room_type
            case Zone():
                branch["room_id"] = space.room_id
        branch["tags"] = self._scope.tags.get(space.id, [])
        if self.with_hardware and space.id in self._wanted:
            branch["hardware"] = self.hardware(space.id)
        return branch

    def tag(self, tag: Tag) -> dict[str, Any]:
        """Return a tag with how much of what is told has it; spaces that are gone do not count."""
        spaces = [self._scope.estate.spaces[one] for one in tag.space_ids if one in self.kept]
        counts = {
            f"{kind.__name__.lower()}s": sum(isinstance(one, kind) for one in spaces) for kind in (Floor, Room, Zone)
        }
        return {"id": tag.id, "name": tag.name, **counts}

    def hardware(self, place: str | None) -> list[dict[str, Any]]:
        """Return the hives and sensors that hang in a place."""
        return [self._device(device) for device in self._hardware.get(place, ())]

    def _device(self, device: Hive | Sensor) -> dict[str, Any]:
        estate = self._scope.estate
        told = {**self._scope.identify(device), "online": estate.connected(device)}
        if isinstance(device, Hive):
            return {**told, "serial": device.serial, "version": device.version}
        hive = estate.hive_of(device)
        return {
            **told,
            "mac": device.mac,
            "mode": device.mode,
            "model": device.model,
            "entrance": device.is_entrance,
            "hive_id": hive.id if hive else None,
        }


def _where(estate: Estate, device: Hive | Sensor) -> str | None:
    """Return the room or floor that hardware hangs in, as far as it is in the estate."""
    return next((place for place in (device.room_id, device.floor_id) if place and place in estate.spaces), None)
