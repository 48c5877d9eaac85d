"""The action that returns the topology: the estate as a tree."""

from typing import Any, Final

from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse
from homeassistant.exceptions import ServiceValidationError

from ..api.estate import Building, Estate, Floor, Hive, Room, Sensor, Space, Tag, Zone
from ..const import DOMAIN
from .target import Scope, resolve

ATTR_HARDWARE: Final = "hardware"
# Maximum number of spaces and devices in a response.
MAX_TOPOLOGY_SIZE: Final = 2500


async def get_topology(hass: HomeAssistant, call: ServiceCall) -> ServiceResponse:
    """Return the chosen spaces as a tree, with the spaces that they are in."""
    scope = resolve(hass, call)
    estate = scope.estate
    tree = _Tree(scope, with_hardware=call.data[ATTR_HARDWARE])
    if tree.size > MAX_TOPOLOGY_SIZE:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="estate_too_large",
            translation_placeholders={"count": str(tree.size), "most": str(MAX_TOPOLOGY_SIZE)},
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
    """The chosen spaces, the spaces in them and above them, and their hardware."""

    def __init__(self, scope: Scope, *, with_hardware: bool) -> None:
        self._scope = scope
        self.with_hardware = with_hardware
        estate = scope.estate
        self._chosen = {space.id for space in scope.spaces()}
        # The spaces above show where the chosen ones are; they are listed without hardware.
        self.kept = set(self._chosen)
        for space in scope.chosen or ():
            self.kept.update(one.id for one in estate.around(space))
        self._children: dict[str, list[Space]] = {}
        for space in estate.spaces.values():
            if space.id in self.kept and (parent := estate.parent_of(space)):
                self._children.setdefault(parent.id, []).append(space)
        self._hardware: dict[str | None, list[Hive | Sensor]] = {}
        for device in estate.hardware.values() if with_hardware else ():
            self._hardware.setdefault(_location(estate, device), []).append(device)
        listed = sum(len(devices) for space_id, devices in self._hardware.items() if space_id in self._chosen)
        self.size = len(self.kept) + listed

    def branch(self, space: Space) -> dict[str, Any]:
        """Return a space with the spaces in it."""
        estate = self._scope.estate
        senses = {
            "people": estate.counts_people(space),
            "traffic": estate.senses_traffic(space),
            "motion": estate.equipment(space.id).motion,
        }
        branch: dict[str, Any] = {
            **self._identify(space),
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
        if self.with_hardware and space.id in self._chosen:
            branch["hardware"] = self.hardware(space.id)
        return branch

    def tag(self, tag: Tag) -> dict[str, Any]:
        """Return a tag, and how many of the returned floors, rooms and zones have it."""
        spaces = [self._scope.estate.spaces[one] for one in tag.space_ids if one in self.kept]
        counts = {
            f"{kind.__name__.lower()}s": sum(isinstance(one, kind) for one in spaces) for kind in (Floor, Room, Zone)
        }
        return {"id": tag.id, "name": tag.name, **counts}

    def hardware(self, space_id: str | None) -> list[dict[str, Any]]:
        """Return the hives and sensors installed in a space; with None, those without a known space."""
        return [self._device(device) for device in self._hardware.get(space_id, ())]

    def _identify(self, asset: Space | Hive | Sensor) -> dict[str, Any]:
        """Identify an asset, and mark it if it is missing in Butlr's latest answer and not yet confirmed as gone."""
        marks = {"unconfirmed": True} if asset.id in self._scope.estate.unconfirmed else {}
        return {**self._scope.identify(asset), **marks}

    def _device(self, device: Hive | Sensor) -> dict[str, Any]:
        estate = self._scope.estate
        details = {**self._identify(device), "online": estate.connected(device)}
        if isinstance(device, Hive):
            return {**details, "serial": device.serial, "version": device.version}
        hive = estate.hive_of(device)
        return {
            **details,
            "mac": device.mac,
            "mode": device.mode,
            "model": device.model,
            "entrance": device.is_entrance,
            "hive_id": hive.id if hive else None,
        }


def _location(estate: Estate, device: Hive | Sensor) -> str | None:
    """Return the id of the room or floor in which hardware is installed; None if it is not in the estate."""
    return next((one for one in (device.room_id, device.floor_id) if one and one in estate.spaces), None)
