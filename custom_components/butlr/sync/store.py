"""Storage that survives a restart: one-time actions per device, findings about Butlr, and the last estate."""

from collections.abc import Callable
import contextlib
from pathlib import Path
from typing import Any, Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.storage import Store
from homeassistant.util.json import json_loads

from ..api.estate import Estate
from ..api.findings import Findings
from ..api.readings import MAX_PEOPLE
from ..api.snapshot import Snapshot, read_snapshot, take_snapshot
from ..const import DOMAIN, LOGGER
from ..live.capacity import CapacityLimits
from ..runtime import ButlrConfigEntry, devices_of

STORE_VERSION: Final = 1


class SyncStore:
    """One-time actions already done per device, findings about Butlr's API, and the last estate.

    Ids stay when their devices are removed, so a device that returns is left as the user arranged it. A damaged part of
    the file is reset; the other parts are kept.
    """

    def __init__(self, hass: HomeAssistant, entry: ButlrConfigEntry) -> None:
        """Initialize an empty store."""
        self._hass = hass
        self._entry_id = entry.entry_id
        # Saved data is never modified afterwards, so it can be serialized outside the event loop.
        self._store: Store[dict[str, Any]] = Store(
            hass, STORE_VERSION, f"{DOMAIN}.{entry.entry_id}", serialize_in_event_loop=False
        )
        self._saved: dict[str, Any] = {}
        # Butlr ids of devices that have or had an area. They are not assigned again.
        self.had_area: set[str] = set()
        # The areas option that was tried for devices without a matching area. None in files of older versions, which
        # listed those devices in `placed`.
        self.offered: dict[str, str] | None = None
        # Home Assistant floor ids by Butlr floor id.
        self.floors: dict[str, str] = {}
        # Label id and label name by tag id.
        self.labels: dict[str, tuple[str, str]] = {}
        # Label ids by Butlr id, each with whether this integration added it and may remove it.
        self.labeled: dict[str, dict[str, bool]] = {}
        # Butlr ids of devices whose record of added labels was lost.
        self.forgotten: set[str] = set()
        # Names of the chosen buildings by id, so that a building that is gone can be named.
        self.buildings: dict[str, str] = {}
        # Findings about undocumented behavior of Butlr's API, by name.
        self.findings: dict[str, str] = {}
        # Outages of presence sensors, and days that continue although their time zone was corrected.
        self.outages: dict[str, Any] = {}
        self.days: dict[str, Any] = {}
        # The limits that people set for spaces.
        self.limits = CapacityLimits(self.save)
        # The full estate of the last poll, or None.
        self.estate: Snapshot | None = None

    async def load(self) -> None:
        """Load the file. If a part is missing, treat all existing devices as already done."""
        saved, reported = await self._read()
        damaged = self._restore(saved or {})
        if saved is not None and damaged:
            LOGGER.warning("Parts of the file %s are damaged and are reset: %s", self._store.path, ", ".join(damaged))
            reported = True
        if reported and self.offered is None and "placed" in damaged:
            # The file was not written by an older version.
            self.offered = {}
        if "placed" in damaged:
            self.had_area |= self._registered_ids()
        if "labelled" in damaged:
            self.forgotten |= self._registered_ids() - self.labeled.keys()
        if reported:
            # Save now, so that retries of the setup do not log the damage again.
            await self.save()

    async def _read(self) -> tuple[Any, bool]:
        """Return the content of the file, or None, and whether an unusable file was logged."""
        try:
            # Store would log a traceback and create a repair issue for an unreadable file.
            await self._hass.async_add_executor_job(_raise_if_unreadable, Path(self._store.path))
            saved = await self._store.async_load()
        except Exception as err:  # noqa: BLE001 - the file may contain anything
            reason = " ".join(f"{type(err).__name__} {err}".split())
            LOGGER.warning("The file %s cannot be read and is reset: %s", self._store.path, reason)
            return None, True
        if isinstance(saved, dict):
            self._saved = saved
        return saved, False

    def _restore(self, saved: object) -> list[str]:
        """Restore the valid parts. Return the names of damaged parts."""
        damaged: list[str] = []
        content = saved if isinstance(saved, dict) else {}
        # Parts that older versions did not write.
        later: dict[str, Any] = {
            "forgotten": [],
            "buildings": {},
            "findings": {},
            "outages": {},
            "days": {},
            "limits": {},
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

        self.had_area = ids("placed")
        self.forgotten = ids("forgotten")
        self.offered = valid("offered", _is_text) if "offered" in content else None
        self.floors = valid("floors", _is_text)
        self.labels = {tag_id: (label, name) for tag_id, (label, name) in valid("labels", _is_label).items()}
        self.labeled = {device_id: dict(given) for device_id, given in valid("labelled", _is_label_record).items()}
        self.buildings = valid("buildings", _is_text)
        self.findings = valid("findings", _is_text)
        # The users of these parts validate their content.
        self.outages, self.days = (valid(name, lambda value: True) for name in ("outages", "days"))
        self.limits.restore(valid("limits", _is_limit))
        self.estate = valid("estate", lambda value: isinstance(value, list)) or None
        return damaged

    def track_findings(self, findings: Findings) -> Callable[[], None]:
        """Restore earlier findings and save new ones. Return a function that stops this."""
        findings.restore(self.findings)

        @callback
        def save_findings() -> None:
            self.findings = findings.as_dict()
            self._save_soon()

        return findings.listen(save_findings)

    async def load_estate(self) -> tuple[Estate | None, set[str]]:
        """Return the last estate, and the ids of registered devices and tags that it lacks."""
        known = await self._hass.async_add_executor_job(read_snapshot, self.estate)
        registered = er.async_entries_for_config_entry(er.async_get(self._hass), self._entry_id)
        # A tag has no device, but an entity.
        tags = {one.unique_id.rpartition("_")[0] for one in registered if one.unique_id.startswith("tag_")}
        ids = self._registered_ids() | tags
        return known, {one for one in ids if known is None or not (known.has(one) or one in known.tags)}

    def _registered_ids(self) -> set[str]:
        """Return the Butlr ids of all devices of the entry."""
        return set(devices_of(self._hass, self._entry_id))

    async def set_estate(self, estate: Estate) -> None:
        """Replace the stored estate. Runs in the executor, because an estate may have thousands of assets."""

        def changed_snapshot() -> Snapshot | None:
            snapshot = take_snapshot(estate)
            return None if snapshot == self.estate else snapshot

        self.estate = await self._hass.async_add_executor_job(changed_snapshot) or self.estate

    @callback
    def _save_soon(self) -> None:
        self._hass.async_create_task(self.save(), "butlr save")

    async def save(self) -> None:
        """Write the file if anything changed."""
        now = {
            "placed": sorted(self.had_area),
            **({} if self.offered is None else {"offered": dict(self.offered)}),
            "floors": dict(self.floors),
            "labels": {tag_id: list(label) for tag_id, label in self.labels.items()},
            "labelled": {device_id: dict(labels) for device_id, labels in self.labeled.items()},
            "forgotten": sorted(self.forgotten),
            "buildings": dict(self.buildings),
            "findings": dict(self.findings),
            "outages": self.outages,
            "days": self.days,
            "limits": self.limits.as_dict(),
            "estate": self.estate or {},
        }
        if now != self._saved:
            self._saved = now
            await self._store.async_save(now)

    async def remove(self) -> None:
        """Delete the file."""
        await self._store.async_remove()


def _raise_if_unreadable(file: Path) -> None:
    """Raise ValueError or OSError for a file that is not JSON; a missing file is fine."""
    with contextlib.suppress(FileNotFoundError):
        json_loads(file.read_bytes())


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_limit(value: object) -> bool:
    """Return whether a value is a number of people that a person can set."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= MAX_PEOPLE


def _is_label(value: object) -> bool:
    """Return whether a value is a pair of label id and label name."""
    return isinstance(value, list) and len(value) == 2 and all(map(_is_text, value))


def _is_label_record(value: object) -> bool:
    """Return whether a value maps label ids to booleans."""
    return isinstance(value, dict) and all(isinstance(ours, bool) for ours in value.values())
