"""What an action is about: one organization, and the spaces chosen by device, entity, area, floor or label."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any, Final

from homeassistant.const import ATTR_CONFIG_ENTRY_ID
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.exceptions import ServiceValidationError
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
from ..runtime import ButlrConfigEntry, ButlrData, butlr_id_of, device_of

# How many names the text of an error enumerates.
NAMED: Final = 10
# Whoever wrote a longer name than this recognizes it by its beginning.
LONGEST_NAME: Final = 100


@dataclass(frozen=True)
class Scope:
    """One loaded organization, and what of it was chosen, parents first; None when nothing was: all of it.

    `data` and `estate` are those of the moment of asking: an answer that takes a while is of one piece.
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
        kept = {space.id for space in self.chosen}
        spaces = []
        for space in self.estate.spaces.values():
            parent = self.estate.parent_of(space)
            if space.id in kept or (parent and parent.id in kept):
                kept.add(space.id)
                spaces.append(space)
        return spaces

    @cached_property
    def tags(self) -> dict[str, list[str]]:
        """Return the names of the tags of each space that has any."""
        tags: dict[str, list[str]] = {}
        for tag in sorted(self.estate.tags.values(), key=lambda tag: tag.name.casefold()):
            for space_id in tag.space_ids:
                tags.setdefault(space_id, []).append(tag.name)
        return tags

    def device(self, asset_id: str) -> dr.DeviceEntry | None:
        """Return the device of a part of the estate."""
        return device_of(self.hass, self.entry.entry_id, asset_id)

    def identify(self, asset: Space | Hive | Sensor) -> dict[str, Any]:
        """Return by what an answer names a part of the estate: as a person knows it, and as further actions need it."""
        device = self.device(asset.id)
        return {
            "id": asset.id,
            "name": name_of(device) if device else asset.name,
            "type": _type(asset),
            "device_id": device.id if device else None,
        }

    def place(self, space: Space) -> dict[str, Any]:
        """Return the same with where it is, and for how many people."""
        estate = self.estate
        above = estate.parent_of(space)
        top = estate.building_of(space)
        return {
            **self.identify(space),
            "floor": self.identify(above)["name"] if isinstance(above, Floor) else None,
            "building": self.identify(top)["name"] if top and top is not space else None,
            "capacity": space.capacity,
        }


def local(timestamp: float, time_zone: str) -> str:
    """Write a moment in a time zone of the estate, to the second."""
    return datetime.fromtimestamp(int(timestamp), zone_named(time_zone)).isoformat()


def _type(asset: Space | Hive | Sensor) -> str:
    return type(asset).__name__.lower()


def resolve(hass: HomeAssistant, call: ServiceCall) -> Scope:
    """Find out which organization and which of its spaces an action is about; raises ServiceValidationError."""
    entry_id: str | None = call.data.get(ATTR_CONFIG_ENTRY_ID)
    selection = TargetSelection(call.data)
    if not selection.has_any_target:
        if not call.data.keys().isdisjoint(map(str, cv.TARGET_FIELDS)):
            # An empty list is what a template makes that found nothing: no wish for everything.
            raise ServiceValidationError(translation_domain=DOMAIN, translation_key="target_empty")
        return _scope(hass, service.async_get_config_entry(hass, DOMAIN, entry_id))
    devices, named = _devices(hass, selection)
    scope = _scope(hass, _entry_of(hass, devices, entry_id))
    return replace(scope, chosen=_spaces(scope.estate, devices, named))


def _scope(hass: HomeAssistant, entry: ButlrConfigEntry) -> Scope:
    return Scope(hass, entry, entry.runtime_data, entry.runtime_data.estate.data, None)


def _devices(hass: HomeAssistant, selection: TargetSelection) -> tuple[list[dr.AnyDeviceEntry], set[str]]:
    """Return the devices of Butlr that a selection leads to, and the ids of those that were named themselves."""
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
            translation_placeholders={"names": some(foreign)},
        )
    devices = [device for device in known if butlr_id_of(device)]
    if not devices:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="target_without_butlr")
    return devices, named


def _raise_if_missing(hass: HomeAssistant, found: SelectedEntities) -> None:
    """Refuse a selection that names what Home Assistant does not have."""
    missing = found.missing_areas | found.missing_devices | found.missing_floors | found.missing_labels
    entities = er.async_get(hass)
    missing |= {one for one in found.referenced if entities.async_get(one) is None and hass.states.get(one) is None}
    if missing:
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="target_unknown", translation_placeholders={"ids": some(missing)}
        )


def _entry_of(hass: HomeAssistant, devices: Iterable[dr.AnyDeviceEntry], entry_id: str | None) -> ButlrConfigEntry:
    """Return the loaded entry that all the devices belong to."""
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
    """Return the spaces that devices stand for, parents first; None if the organization is among them."""
    by_id = {butlr_id_of(device): device for device in devices}
    if estate.organization_id in by_id:
        return None
    # Hardware that lies in an area beside its room is no mistake; hardware that was named, or is all there is, is one.
    wrong = [device for key, device in by_id.items() if device.id in named and key not in estate.spaces]
    spaces = tuple(space for space in estate.spaces.values() if space.id in by_id)
    if wrong or not spaces:
        names = some(name_of(device) for device in wrong or by_id.values())
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="target_no_space", translation_placeholders={"names": names}
        )
    return spaces


def name_of(device: dr.AnyDeviceEntry) -> str:
    """Return what a person knows a device by."""
    return device.name_by_user or device.name or device.id


def some(names: Iterable[str]) -> str:
    """Return names for the text of an error: not too many, none too long, and only what can be shown."""
    ordered = sorted(map(_shown, names))
    return ", ".join(ordered[:NAMED]) + (", …" if len(ordered) > NAMED else "")


def _shown(name: str) -> str:
    text = "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in name[: LONGEST_NAME + 1])
    return text if len(text) <= LONGEST_NAME else f"{text[:LONGEST_NAME]}…"
