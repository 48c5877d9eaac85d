"""Rooms in areas, and devices in them that are turned on and off."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.recorder import get_instance
from homeassistant.core import HomeAssistant
from homeassistant.helpers import area_registry as ar, device_registry as dr, entity_registry as er
from homeassistant.helpers.recorder import session_scope
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.recorder.common import async_wait_recording_done
from sqlalchemy import text

from custom_components.butlr.const import DOMAIN
from tests.helpers.registries import device_of


def put_in_area(hass: HomeAssistant, entry: MockConfigEntry, area: str | None, *butlr_ids: str) -> None:
    """Put the devices of spaces in an area, as a user does."""
    area_id = area and ar.async_get(hass).async_get_or_create(area).id
    for butlr_id in butlr_ids:
        dr.async_get(hass).async_update_device(device_of(hass, entry, butlr_id).id, area_id=area_id)


def add_device(hass: HomeAssistant, device: str, area: str | None, state: str = "off", **attributes: Any) -> str:
    """Add an entity of another integration to an area; return its entity id."""
    domain, name = device.split(".")
    registry = er.async_get(hass)
    registered = registry.async_get_or_create(domain, "test", name, suggested_object_id=name)
    area_id = area and ar.async_get(hass).async_get_or_create(area).id
    registry.async_update_entity(registered.entity_id, area_id=area_id)
    hass.states.async_set(device, state, attributes)
    return registered.entity_id


class RecordedDay:
    """Lets things happen at certain times for the recorder, which may be off for a while, as Home Assistant may be."""

    def __init__(self, hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
        """Begin now."""
        self.hass = hass
        self.start = dt_util.utcnow().timestamp()
        self._freezer = freezer
        # When Home Assistant was off.
        self.downtimes: list[tuple[float, float]] = []

    def at(self, minute: float) -> datetime:
        """Return the time some minutes after the beginning."""
        return dt_util.utc_from_timestamp(self.start + minute * 60)

    async def set(self, minute: float, entity_id: str, state: str, attributes: dict[str, Any] | None = None) -> None:
        """Change a state."""
        await self.wait_until(minute)
        self.hass.states.async_set(entity_id, state, attributes)

    async def wait_until(self, minute: float) -> None:
        """Let time pass without polls or anything else."""
        await self.hass.async_block_till_done()
        self._freezer.move_to(self.at(minute))

    async def get_waste(self, target: dict[str, Any] | None = None, **data: Any) -> dict[str, Any]:
        """Call the action, for the period from the beginning until now."""
        await async_wait_recording_done(self.hass)
        answer = await self.hass.services.async_call(
            DOMAIN, "get_waste", {"start_time": self.at(0), **data}, target=target, blocking=True, return_response=True
        )
        return dict(answer or {})

    async def stop(self, minute: float) -> None:
        """Stop Home Assistant: the recorder sees nothing from now on. The last thing that it sees is the sun."""
        await self.set(minute, "sun.sun", "above_horizon", {"elevation": minute})
        await async_wait_recording_done(self.hass)
        get_instance(self.hass).set_enable(False)

    async def restart(self, minute: float, stopped: float, **states: str) -> None:
        """Start Home Assistant again: every entity writes its state as a new one, whatever it was before."""
        await self.wait_until(minute)
        get_instance(self.hass).set_enable(True)
        for state in self.hass.states.async_all():
            new = states.get(state.entity_id, state.state)
            self.hass.states.async_set(state.entity_id, new, state.attributes, force_update=True)
        self.downtimes.append((self.start + stopped * 60, self.start + minute * 60))
        await async_wait_recording_done(self.hass)

    async def truth(self, empty: Iterable[str], on: str, start: float, end: float, step: float = 10) -> float:
        """Return the minutes in which some rooms were empty and a device was on, from the rows of the database.

        Every few seconds, the newest row of each entity is looked at.
        """
        rows = await get_instance(self.hass).async_add_executor_job(_rows, self.hass)
        newest: dict[str, tuple[str, str]] = {}
        found = 0
        for number in range(round((end - start) / step)):
            moment = start + step * (number + 0.5)
            while rows and rows[0][0] <= moment:
                _, entity_id, state, attributes = rows.pop(0)
                newest[entity_id] = state, attributes
            is_off = any(since <= moment < until for since, until in self.downtimes)
            is_empty = all(newest.get(one, ("", ""))[0] == "off" for one in empty)
            found += not is_off and is_empty and _on(on, *newest.get(on, ("", "")))
        return found * step / 60


def _on(entity_id: str, state: str, attributes: str) -> bool:
    if entity_id.startswith("climate."):
        return state not in ("", "off", "unavailable", "unknown") and '"idle"' not in attributes
    return state in (("on",) if entity_id.startswith("light.") else ("on", "idle", "playing", "paused"))


def _rows(hass: HomeAssistant) -> list[tuple[float, str, str, str]]:
    query = """
        SELECT s.last_updated_ts, m.entity_id, coalesce(s.state, ''), coalesce(a.shared_attrs, '')
        FROM states s JOIN states_meta m USING (metadata_id) LEFT JOIN state_attributes a USING (attributes_id)
        ORDER BY s.last_updated_ts
    """
    with session_scope(hass=hass, read_only=True) as session:
        return [tuple(row) for row in session.execute(text(query))]
