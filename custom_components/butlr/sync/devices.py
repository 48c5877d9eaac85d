"""Sync the device registry: organization > buildings > floors > rooms, zones and hives; sensors below hives."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.translation import async_get_translations
from homeassistant.helpers.typing import UNDEFINED

from ..api.estate import Building, Estate, Floor, Hive, Mode, Room, Sensor, Space, part_of
from ..const import DOMAIN, MANUFACTURER
from ..runtime import ButlrConfigEntry, devices_of
from .batches import in_batches

# Fields of the estate, and the field of the device registry that each one fills.
_DETAILS = {
    "name": "name",
    "room_type": "model",
    "model": "model",
    "mode": "model",
    "type": "model",
    "version": "hw_version",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Details:
    """The fields of a device in the device registry."""

    name: str
    model: str
    entry_type: dr.DeviceEntryType | None = None
    serial_number: str | None = None
    hw_version: str | None = None


@dataclass(frozen=True, slots=True)
class _Device:
    """A device and the Butlr id of its `via_device`; UNDEFINED while that is unread, None for no parent."""

    id: str
    details: _Details
    via: Any


class _ModelNames:
    """Model names in Home Assistant's language; the device registry has no translation keys for them."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = texts

    @classmethod
    async def load(cls, hass: HomeAssistant) -> Self:
        return cls(await async_get_translations(hass, hass.config.language, "common", {DOMAIN}))

    def _text(self, key: str, **parts: str) -> str:
        return self._texts[f"component.{DOMAIN}.common.{key}"].format(**parts)

    def organization(self) -> str:
        return self._text("model_organization")

    def space(self, space: Space) -> str:
        match space:
            case Building():
                return self._text("model_building")
            case Floor():
                return self._text("model_floor")
            case Room(room_type=str(room_type)):
                return self._text("model_room_of_type", room_type=room_type)
            case Room():
                return self._text("model_room")
            case _:
                return self._text("model_zone")

    def hardware(self, device: Hive | Sensor) -> str:
        if isinstance(device, Hive):
            return self._text("model_hive_of_type", hive_type=device.type) if device.type else self._text("model_hive")
        model = device.model or self._text("model_sensor")
        if not device.mode:
            return model
        mode = self._text(f"mode_{device.mode}") if device.mode in set(Mode) else device.mode
        return self._text("model_sensor_of_mode", model=model, mode=mode)


def _devices(estate: Estate, title: str, models: _ModelNames) -> Iterator[_Device]:
    """Yield the devices of an estate, parents first."""
    service = dr.DeviceEntryType.SERVICE
    organization = _Details(name=title, model=models.organization(), entry_type=service)
    yield _Device(estate.organization_id, organization, None)
    for space in estate.spaces.values():
        parent = estate.parent_of(space)
        details = _Details(name=space.name, model=models.space(space), entry_type=service)
        yield _Device(space.id, details, parent.id if parent else estate.organization_id)
    for device in estate.hardware.values():
        yield _Device(device.id, _details(device, models.hardware(device)), _parent_of(estate, device))


def _details(device: Hive | Sensor, model: str) -> _Details:
    if isinstance(device, Hive):
        return _Details(name=device.name, model=model, serial_number=device.serial, hw_version=device.version)
    return _Details(name=device.name, model=model, serial_number=device.mac)


def _parent_of(estate: Estate, device: Hive | Sensor) -> Any:
    """Return the parent of a device: a sensor's hive, else its floor, else the organization."""
    if any(part_of(name, device.id) in estate.unread for name in ("hive_serial", "floor_id", "room_id")):
        return UNDEFINED
    if isinstance(device, Sensor) and device.hive_serial:
        if hive := estate.hive_of(device):
            return hive.id
        if "hives" in estate.unread or estate.unconfirmed:
            return UNDEFINED
    if device.floor_id is None or estate.lacks(device.floor_id):
        return estate.organization_id
    return device.floor_id if device.floor_id in estate.floors else UNDEFINED


def _with_known_details(estate: Estate, device: _Device, registered: dr.DeviceEntry | None) -> _Device:
    """Return the device with unread fields filled from the registry."""
    if registered is None or not estate.unread:
        return device
    unread = {detail for field, detail in _DETAILS.items() if part_of(field, device.id) in estate.unread}
    known: dict[str, Any] = {detail: getattr(registered, detail) for detail in unread}
    return replace(device, details=replace(device.details, **known)) if known else device


def count_devices(estate: Estate) -> int:
    """Return how many devices an estate has."""
    return 1 + len(estate.spaces) + len(estate.hardware)


class DeviceSync:
    """Keeps the device registry equal to the estate."""

    def __init__(self, hass: HomeAssistant, entry: ButlrConfigEntry) -> None:
        """Start with nothing written yet."""
        self._hass = hass
        self._entry = entry
        self._written: dict[str, _Device] = {}
        self._ids: dict[str, str] = {}

    async def sync(self, estate: Estate) -> frozenset[str]:
        """Add, update, re-link and remove devices. Return the Butlr ids of new devices."""
        models = await _ModelNames.load(self._hass)
        registry = dr.async_get(self._hass)
        before = devices_of(self._hass, self._entry.entry_id)
        new = set()
        async for batch in in_batches(_devices(estate, self._entry.title, models)):
            for one in batch:
                device = _with_known_details(estate, one, before.get(one.id))
                if device.id not in before:
                    new.add(device.id)
                if not self._is_current(device, before.get(device.id)):
                    self._write(registry, device)
        gone = [butlr_id for butlr_id in before if estate.lacks(butlr_id)]
        # Children first: removing a parent would make Home Assistant write every child.
        async for ids in in_batches(reversed(gone)):
            for butlr_id in ids:
                self._written.pop(butlr_id, None)
                if registry.async_get(before[butlr_id].id):
                    registry.async_remove_device(before[butlr_id].id)
        return frozenset(new)

    def _is_current(self, device: _Device, registered: dr.DeviceEntry | None) -> bool:
        """Return whether the registry already has the device as it should be."""
        if registered is None or self._written.get(device.id) != device:
            return False
        return device.via is UNDEFINED or registered.via_device_id == self._ids.get(device.via)

    def _write(self, registry: dr.DeviceRegistry, device: _Device) -> None:
        self._ids[device.id] = registry.async_get_or_create(
            config_entry_id=self._entry.entry_id,
            identifiers={(DOMAIN, device.id)},
            manufacturer=MANUFACTURER,
            via_device_id=self._ids.get(device.via, device.via),
            **asdict(device.details),
        ).id
        self._written[device.id] = device
