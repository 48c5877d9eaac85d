"""The target of an action: one organization, and the spaces chosen by device, entity, area, floor or label."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any, Final

from homeassistant.const import ATTR_CONFIG_ENTRY_ID, ATTR_DEVICE_ID
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.exceptions import ServiceValidationError, Unauthorized, UnknownUser
from homeassistant.helpers import (
    config_validation as cv,
    device_registry as dr,
    entity_registry as er,
    service,
)
from homeassistant.helpers.target import SelectedEntities, TargetSelection, async_extract_referenced_entity_ids

from ..api.buckets import zone_named
from ..api.estate import Estate, Floor, Hive, Sensor, Space
from ..const import DOMAIN
from ..live.small_groups import counted_parts, smallest_group
from ..runtime import ButlrConfigEntry, ButlrData, butlr_id_of, device_of

# Maximum number of names, and characters of a name, in an error message.
MAX_LISTED_NAMES: Final = 10
MAX_LISTED_NAME_LENGTH: Final = 100


@dataclass(frozen=True)
class Scope:
    """One loaded organization and its chosen spaces, parents first; `chosen` is None if there is no target.

    `data` and `estate` are those at the time of the call, so that a response that takes a while is consistent.
    """

    hass: HomeAssistant
    entry: ButlrConfigEntry
    data: ButlrData
    estate: Estate
    chosen: tuple[Space, ...] | None

    def spaces(self) -> list[Space]:
        """Return the chosen spaces with everything in them, parents first."""
        if self.chosen is None:
            return list(self.estate.spaces.values())
        return list(self.estate.within(space.id for space in self.chosen))

    @cached_property
    def tags(self) -> dict[str, list[str]]:
        """Return the names of the tags of each space that has any."""
        tags: dict[str, list[str]] = {}
        for tag in sorted(self.estate.tags.values(), key=lambda tag: tag.name.casefold()):
            for space_id in tag.space_ids:
                tags.setdefault(space_id, []).append(tag.name)
        return tags

    @cached_property
    def children(self) -> dict[str, list[Space]]:
        """Return the spaces right in each space that has any, rooms before zones."""
        children: dict[str, list[Space]] = {}
        for space in self.estate.spaces.values():
            if parent := self.estate.parent_of(space):
                children.setdefault(parent.id, []).append(space)
        return children

    @property
    def smallest_group(self) -> int:
        """Return the smallest number of people that is told in words; 0 if every number is."""
        return smallest_group(self.entry.options)

    @cached_property
    def counted_parts(self) -> dict[str, list[Space]]:
        """Return the spaces whose people are among those of another space, by the id of that space."""
        return counted_parts(self.estate)

    def device(self, asset_id: str) -> dr.DeviceEntry | None:
        """Return the device of an asset."""
        return device_of(self.hass, self.entry.entry_id, asset_id)

    def identify(self, asset: Space | Hive | Sensor) -> dict[str, Any]:
        """Return how responses identify an asset: the name shown in Home Assistant, and the ids for other actions."""
        device = self.device(asset.id)
        return {
            "id": asset.id,
            "name": name_of(device) if device else asset.name,
            "type": _type(asset),
            "device_id": device.id if device else None,
        }

    def describe(self, space: Space) -> dict[str, Any]:
        """Return what identifies a space, plus its floor, building and capacity."""
        estate = self.estate
        parent = estate.parent_of(space)
        building = estate.building_of(space)
        return {
            **self.identify(space),
            "floor": self.identify(parent)["name"] if isinstance(parent, Floor) else None,
            "building": self.identify(building)["name"] if building and building is not space else None,
            "capacity": space.capacity,
        }


def isoformat_local(timestamp: float, time_zone: str) -> str:
    """Format a timestamp in a time zone of the estate, to the second."""
    return datetime.fromtimestamp(int(timestamp), zone_named(time_zone)).isoformat()


def _type(asset: Space | Hive | Sensor) -> str:
    return type(asset).__name__.lower()


def resolve(hass: HomeAssistant, call: ServiceCall) -> Scope:
    """Return the organization and the spaces that an action targets; raises ServiceValidationError."""
    entry_id: str | None = call.data.get(ATTR_CONFIG_ENTRY_ID)
    selection = TargetSelection(call.data)
    if not selection.has_any_target:
        if not call.data.keys().isdisjoint(map(str, cv.TARGET_FIELDS)):
            # An empty list usually comes from a template that matched nothing; do not fall back to everything.
            raise ServiceValidationError(translation_domain=DOMAIN, translation_key="target_empty")
        return scope_of(hass, service.async_get_config_entry(hass, DOMAIN, entry_id))
    devices, named = _devices(hass, selection)
    scope = scope_of(hass, _entry_of(hass, devices, entry_id))
    return replace(scope, chosen=_spaces(scope.estate, devices, named))


async def permitted(hass: HomeAssistant, call: ServiceCall, permission: str, *, everything: bool) -> ServiceCall:
    """Return a call about those of its spaces of which its user may use every entity.

    Raises Unauthorized if there are none, or if they are not `everything` and that is needed.

    Home Assistant checks that for actions with entities as target. Ours have devices.
    """
    if call.context.user_id is None:
        return call
    if (user := await hass.auth.async_get_user(call.context.user_id)) is None:
        raise UnknownUser(context=call.context, permission=permission)
    if user.permissions.access_all_entities(permission):
        return call
    scope = resolve(hass, call)
    registry = er.async_get(hass)
    devices: dict[str, str] = {}
    for space in scope.spaces():
        device = scope.device(space.id)
        entities = er.async_entries_for_device(registry, device.id) if device else []
        if device and entities and all(user.permissions.check_entity(one.entity_id, permission) for one in entities):
            devices[space.id] = device.id
    # A target includes everything in it.
    whole = [one for key, one in devices.items() if all(inner.id in devices for inner in scope.estate.within([key]))]
    if not whole or (everything and len(whole) < len(scope.spaces())):
        raise Unauthorized(context=call.context, permission=permission)
    fields = set(map(str, cv.TARGET_FIELDS))
    data = {key: value for key, value in call.data.items() if key not in fields} | {ATTR_DEVICE_ID: whole}
    return ServiceCall(hass, call.domain, call.service, data, call.context, call.return_response)


def scope_of(hass: HomeAssistant, entry: ButlrConfigEntry) -> Scope:
    """Return all spaces of a loaded organization."""
    return Scope(hass, entry, entry.runtime_data, entry.runtime_data.estate.data, None)


def _devices(hass: HomeAssistant, selection: TargetSelection) -> tuple[list[dr.AnyDeviceEntry], set[str]]:
    """Return the Butlr devices of a selection, and the ids of those that it names directly."""
    found = async_extract_referenced_entity_ids(hass, selection, primary_entities_only=False)
    _raise_if_missing(hass, found)
    registry, entities = dr.async_get(hass), er.async_get(hass)
    named = set(selection.device_ids)
    ids = set(found.referenced_devices)
    foreign = set()
    for entity_id in found.referenced | found.indirectly_referenced:
        entity = entities.async_get(entity_id)
        if entity and entity.platform == DOMAIN and entity.device_id:
            ids.add(entity.device_id)
            if entity_id in found.referenced:
                named.add(entity.device_id)
        elif entity_id in found.referenced:
            foreign.add(entity_id)
    known = [device for device_id in ids if (device := registry.async_get(device_id))]
    foreign |= {name_of(device) for device in known if device.id in named and not butlr_id_of(device)}
    if foreign:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="target_foreign",
            translation_placeholders={"names": join_names(foreign)},
        )
    devices = [device for device in known if butlr_id_of(device)]
    if not devices:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="target_without_butlr")
    return devices, named


def _raise_if_missing(hass: HomeAssistant, found: SelectedEntities) -> None:
    """Raise ServiceValidationError if a selection names something that Home Assistant does not have."""
    missing = found.missing_areas | found.missing_devices | found.missing_floors | found.missing_labels
    entities = er.async_get(hass)
    missing |= {one for one in found.referenced if entities.async_get(one) is None and hass.states.get(one) is None}
    if missing:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="target_unknown",
            translation_placeholders={"ids": join_names(missing)},
        )


def _entry_of(hass: HomeAssistant, devices: Iterable[dr.AnyDeviceEntry], entry_id: str | None) -> ButlrConfigEntry:
    """Return the loaded entry to which all devices belong."""
    ids = {device.config_entry_id for device in devices}
    if len(ids) > 1:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="target_of_several_entries")
    entry: ButlrConfigEntry = service.async_get_config_entry(hass, DOMAIN, entry_id or next(iter(ids)))
    if entry.entry_id not in ids:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="target_of_another_entry",
            translation_placeholders={"entry": entry.title},
        )
    return entry


def _spaces(estate: Estate, devices: Iterable[dr.AnyDeviceEntry], named: set[str]) -> tuple[Space, ...] | None:
    """Return the spaces of devices, parents first; None if the organization is among them."""
    by_id = {butlr_id_of(device): device for device in devices}
    if estate.organization_id in by_id:
        return None
    # Ignore hardware that shares an area with its room, but not hardware that is named directly or is all there is.
    wrong = [device for key, device in by_id.items() if device.id in named and key not in estate.spaces]
    spaces = tuple(space for space in estate.spaces.values() if space.id in by_id)
    if wrong or not spaces:
        names = join_names(name_of(device) for device in wrong or by_id.values())
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="target_no_space", translation_placeholders={"names": names}
        )
    return spaces


def name_of(device: dr.AnyDeviceEntry) -> str:
    """Return the name that Home Assistant shows for a device."""
    return device.name_by_user or device.name or device.id


def join_names(names: Iterable[str]) -> str:
    """Join names for an error message; limit their number and length, and replace unprintable characters."""
    ordered = sorted(map(_printable, names))
    return ", ".join(ordered[:MAX_LISTED_NAMES]) + (", …" if len(ordered) > MAX_LISTED_NAMES else "")


def _printable(name: str) -> str:
    start = name[: MAX_LISTED_NAME_LENGTH + 1]
    text = "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in start)
    return text if len(text) <= MAX_LISTED_NAME_LENGTH else f"{text[:MAX_LISTED_NAME_LENGTH]}…"
