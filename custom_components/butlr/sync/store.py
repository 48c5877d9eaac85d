"""What outlives a restart: what was done once, what was found out, and the estate as it was; kept beside the entry."""

from collections.abc import Callable
import contextlib
from pathlib import Path
from typing import Any, Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.storage import Store
from homeassistant.util.json import json_loads

from ..api.estate import Estate
from ..api.findings import Findings
from ..api.snapshot import Snapshot, read_snapshot, take_snapshot
from ..const import DOMAIN, LOGGER
from ..runtime import ButlrConfigEntry

VERSION: Final = 1


class SyncStore:
    """Which devices were put into areas, which labels they were given, what was found out of Butlr, what there was.

    Ids stay when their devices go: whoever comes back finds things as the person left them. Whatever is in the file,
    it decides over nothing but itself: what cannot be understood in it is begun anew.
    """

    def __init__(self, hass: HomeAssistant, entry: ButlrConfigEntry) -> None:
        """Start empty."""
        self._hass = hass
        self._entry_id = entry.entry_id
        # What is handed over to be written is never changed afterwards.
        self._store: Store[dict[str, Any]] = Store(
            hass, VERSION, f"{DOMAIN}.{entry.entry_id}", serialize_in_event_loop=False
        )
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
        # Butlr ids of the devices of which it is not known any more which labels they were given.
        self.forgotten: set[str] = set()
        # The names of the buildings that the person chose, by id: those that are gone can be named.
        self.buildings: dict[str, str] = {}
        # The readings of Butlr's documents that hold, by name.
        self.findings: dict[str, str] = {}
        # When nothing sensed a space, and the days that go on although their time zone was corrected.
        self.outages: dict[str, Any] = {}
        self.days: dict[str, Any] = {}
        # The whole estate as it was last; None if it is not known.
        self.estate: Snapshot | None = None

    async def load(self) -> None:
        """Remember; where nothing is remembered, all that was done counts as done for the devices that are there."""
        saved, told = await self._read()
        damaged = self._take(saved or {})
        if saved is not None and damaged:
            LOGGER.warning("Damaged in %s, and begun anew: %s", self._store.path, ", ".join(damaged))
            told = True
        if told and self.offered is None and "placed" in damaged:
            # This is no memory of an older version, in which some of the placed were not.
            self.offered = {}
        if "placed" in damaged:
            self.placed |= self._there()
        if "labelled" in damaged:
            self.forgotten |= self._there() - self.labelled.keys()
        if told:
            # However often set-up has to be tried, it is said once.
            await self.save()

    async def _read(self) -> tuple[Any, bool]:
        """Return what is in the file, None without one, and whether a person was told that it cannot be used."""
        try:
            # Home Assistant would write a traceback, and put a repair as if all were lost.
            await self._hass.async_add_executor_job(_raise_if_unreadable, Path(self._store.path))
            saved = await self._store.async_load()
        except Exception as err:  # noqa: BLE001 - there is no end to what can be in a file
            reason = " ".join(f"{type(err).__name__} {err}".split())
            LOGGER.warning("What was remembered in %s cannot be used, and is begun anew: %s", self._store.path, reason)
            return None, True
        if isinstance(saved, dict):
            self._saved = saved
        return saved, False

    def _take(self, saved: object) -> list[str]:
        """Take over what is valid of what was saved; returns the names of the parts in which something is not."""
        damaged: list[str] = []
        content = saved if isinstance(saved, dict) else {}
        # Older versions did not write all of them.
        later: dict[str, Any] = {
            "forgotten": [],
            "buildings": {},
            "findings": {},
            "outages": {},
            "days": {},
            "estate": {},
        }
        content = {**later, **content} if content else {}

        def ids(name: str) -> set[str]:
            part = content.get(name)
            kept = {one for one in part if isinstance(one, str)} if isinstance(part, list) else set()
            if not isinstance(part, list) or len(kept) < len(part):
                damaged.append(name)
            return kept

        def valid(name: str, fits: Callable[[Any], bool]) -> dict[str, Any]:
            part = content.get(name)
            kept = {key: value for key, value in part.items() if fits(value)} if isinstance(part, dict) else {}
            if not isinstance(part, dict) or len(kept) < len(part):
                damaged.append(name)
            return kept

        self.placed = ids("placed")
        self.forgotten = ids("forgotten")
        self.offered = valid("offered", _is_text) if "offered" in content else None
        self.floors = valid("floors", _is_text)
        self.labels = {tag_id: (label, name) for tag_id, (label, name) in valid("labels", _is_label).items()}
        self.labelled = {device_id: dict(given) for device_id, given in valid("labelled", _is_given).items()}
        self.buildings = valid("buildings", _is_text)
        self.findings = valid("findings", _is_text)
        # What these hold is checked by whoever takes it over.
        self.outages, self.days = (valid(name, lambda value: True) for name in ("outages", "days"))
        self.estate = valid("estate", lambda value: isinstance(value, list)) or None
        return damaged

    def find(self, findings: Findings) -> Callable[[], None]:
        """Hand over what was found out earlier, and remember what is found from now on; returns what ends it."""
        findings.restore(self.findings)

        @callback
        def found() -> None:
            self.findings = findings.as_dict()
            self._hass.async_create_task(self.save(), "butlr remember findings")

        return findings.listen(found)

    async def recall(self) -> tuple[Estate | None, set[str]]:
        """Return the estate as it was last, and the ids of devices and tags of which nothing else is known."""
        known = await self._hass.async_add_executor_job(read_snapshot, self.estate)
        registered = er.async_entries_for_config_entry(er.async_get(self._hass), self._entry_id)
        # A tag has no device, but an entity.
        tags = {one.unique_id.rpartition("_")[0] for one in registered if one.unique_id.startswith("tag_")}
        there = self._there() | tags
        return known, {one for one in there if known is None or not (known.has(one) or one in known.tags)}

    def _there(self) -> set[str]:
        """Return the Butlr ids of the devices that there are."""
        known = dr.async_entries_for_config_entry(dr.async_get(self._hass), self._entry_id)
        return {identifier[1] for device in known for identifier in device.identifiers}

    async def remember(self, estate: Estate) -> None:
        """Know an estate after a restart; thousands of things take a while, and mostly none of them has changed."""

        def take() -> Snapshot | None:
            snapshot = take_snapshot(estate)
            return None if snapshot == self.estate else snapshot

        self.estate = await self._hass.async_add_executor_job(take) or self.estate

    async def save(self) -> None:
        """Keep what has changed."""
        now = {
            "placed": sorted(self.placed),
            **({} if self.offered is None else {"offered": dict(self.offered)}),
            "floors": dict(self.floors),
            "labels": {tag_id: list(label) for tag_id, label in self.labels.items()},
            "labelled": {device_id: dict(labels) for device_id, labels in self.labelled.items()},
            "forgotten": sorted(self.forgotten),
            "buildings": dict(self.buildings),
            "findings": dict(self.findings),
            "outages": self.outages,
            "days": self.days,
            "estate": self.estate or {},
        }
        if now != self._saved:
            self._saved = now
            await self._store.async_save(now)

    async def forget(self) -> None:
        """Leave nothing behind."""
        await self._store.async_remove()


def _raise_if_unreadable(file: Path) -> None:
    """Raise ValueError or OSError for a file that is no JSON; none at all is fine."""
    with contextlib.suppress(FileNotFoundError):
        json_loads(file.read_bytes())


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_label(value: object) -> bool:
    """Tell whether something is the id of a label, and the name that it was given."""
    return isinstance(value, list) and len(value) == 2 and all(map(_is_text, value))


def _is_given(value: object) -> bool:
    """Tell whether something says of labels whether they were given."""
    return isinstance(value, dict) and all(isinstance(ours, bool) for ours in value.values())
