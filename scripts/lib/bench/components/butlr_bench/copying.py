"""Which entities an entry of Butlr has, to make as many of the same kinds."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.device_registry import DeviceInfo

from .const import CONF_COPY_OF, DOMAIN

if TYPE_CHECKING:
    from .targeted import Targets
    from .textbook import TextbookCoordinator


@dataclass(frozen=True, slots=True)
class Copy:
    """An enabled entity of Butlr, as the registries know it, and the entry that it is copied for."""

    owner: str
    space_id: str
    key: str
    name: str | None
    device_name: str | None
    device_class: str | None
    unit: str | None
    capabilities: dict[str, Any]

    @property
    def unique_id(self) -> str:
        """Return an id that no other copy has."""
        return f"{self.owner}_{self.space_id}_{self.key}"

    @property
    def device_info(self) -> DeviceInfo:
        """Return the same device once more, for this integration."""
        return DeviceInfo(
            identifiers={(DOMAIN, f"{self.owner}_{self.space_id}")}, name=self.device_name, manufacturer="Butlr"
        )


@dataclass(frozen=True, slots=True)
class Copies:
    """The copies by platform, and what feeds them: nothing when they are bare."""

    by_platform: dict[str, tuple[Copy, ...]]
    feed: TextbookCoordinator | Targets | None

    @classmethod
    def of(cls, hass: HomeAssistant, entry: ConfigEntry[Copies], feed: TextbookCoordinator | Targets | None) -> Self:
        """Read what the entry has that this one shall copy."""
        found: dict[str, list[Copy]] = {}
        for platform, copy in _read(hass, entry.data[CONF_COPY_OF], entry.entry_id):
            found.setdefault(platform, []).append(copy)
        return cls({platform: tuple(copies) for platform, copies in found.items()}, feed)


def _read(hass: HomeAssistant, entry_id: str, owner: str) -> Iterator[tuple[str, Copy]]:
    """Go through the enabled entities of an entry."""
    devices = dr.async_get(hass)
    for entity in er.async_entries_for_config_entry(er.async_get(hass), entry_id):
        device = devices.async_get(entity.device_id or "")
        if entity.disabled_by or device is None:
            continue
        space_id = next(iter(device.identifiers))[1]
        yield (
            entity.domain,
            Copy(
                owner,
                space_id,
                entity.unique_id.removeprefix(f"{space_id}_"),
                entity.original_name,
                device.name,
                entity.original_device_class,
                entity.unit_of_measurement,
                dict(entity.capabilities or {}),
            ),
        )
