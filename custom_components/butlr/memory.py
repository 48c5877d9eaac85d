"""What was done for a device once and is not done again, whatever a person makes of it; kept beside the entry."""

from typing import Any, Final

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.storage import Store

from .const import DOMAIN
from .runtime import ButlrConfigEntry

VERSION: Final = 1


class Memory:
    """Which devices were put into areas, and which labels they were given.

    Ids stay when their devices go: whoever comes back finds things as the person left them.
    """

    def __init__(self, hass: HomeAssistant, entry: ButlrConfigEntry) -> None:
        """Start empty."""
        self._hass = hass
        self._entry_id = entry.entry_id
        self._store: Store[dict[str, Any]] = Store(hass, VERSION, f"{DOMAIN}.{entry.entry_id}")
        self._saved: dict[str, Any] = {}
        # Butlr ids of the devices that are or were in an area, by our doing or a person's: the person decides now.
        self.placed: set[str] = set()
        # What was offered to those for which there was no area; None in the memory of an older version, which counted
        # them among the placed.
        self.offered: dict[str, str] | None = None
        # The Home Assistant floor by the Butlr id of the floor that it was made for, or found.
        self.floors: dict[str, str] = {}
        # The label by the id of its tag, and the name it was given.
        self.labels: dict[str, tuple[str, str]] = {}
        # By the Butlr id of a device: its labels, and whether it had been without, so that they are ours to remove.
        self.labelled: dict[str, dict[str, bool]] = {}

    async def load(self) -> None:
        """Remember; without a memory all devices that are there count as placed, since an older version made them."""
        if saved := await self._store.async_load():
            self._saved = saved
            self.placed = set(saved["placed"])
            self.offered = saved.get("offered")
            self.floors = dict(saved["floors"])
            self.labels = {tag_id: (label_id, name) for tag_id, (label_id, name) in saved["labels"].items()}
            self.labelled = {device_id: dict(labels) for device_id, labels in saved["labelled"].items()}
            return
        known = dr.async_entries_for_config_entry(dr.async_get(self._hass), self._entry_id)
        self.placed = {identifier[1] for device in known for identifier in device.identifiers}

    async def save(self) -> None:
        """Keep what has changed."""
        now = {
            "placed": sorted(self.placed),
            "offered": dict(self.offered or {}),
            "floors": dict(self.floors),
            "labels": {tag_id: list(label) for tag_id, label in self.labels.items()},
            "labelled": {device_id: dict(labels) for device_id, labels in self.labelled.items()},
        }
        if now != self._saved:
            self._saved = now
            await self._store.async_save(now)

    async def forget(self) -> None:
        """Leave nothing behind."""
        await self._store.async_remove()
