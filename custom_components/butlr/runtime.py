"""The runtime data of a loaded config entry, and lookups that every layer above uses."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.const import CONF_CLIENT_ID, CONF_CLIENT_SECRET
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.util import dt as dt_util

from .api.client import ButlrClient
from .api.estate import Estate
from .const import CONF_BASE_URL, DOMAIN
from .history.importer import HistoryImporter
from .live.capacity import CapacityLimits
from .live.live import Live
from .on_demand.floor_plans import FloorPlans
from .on_demand.today import TodayCoordinator
from .on_demand.typical import TypicalCoordinator
from .polls.estate import EstateCoordinator
from .polls.occupancy import OccupancyCoordinator
from .polls.traffic import TrafficCoordinator
from .push.supervisor import PushSupervisor
from .simulated.session import is_simulated, simulated_session


@dataclass(frozen=True, slots=True, kw_only=True)
class ButlrData:
    """The objects that serve one organization."""

    client: ButlrClient
    live: Live
    limits: CapacityLimits
    estate: EstateCoordinator
    occupancy: OccupancyCoordinator
    traffic: TrafficCoordinator
    today: TodayCoordinator
    typical: TypicalCoordinator
    floor_plans: FloorPlans
    push: PushSupervisor
    history: HistoryImporter
    # By the clock of Home Assistant. What the recorder has from before is from another run.
    started: datetime = field(default_factory=dt_util.utcnow)
    # Names of selected buildings that were removed at Butlr, by id.
    gone_buildings: dict[str, str] = field(default_factory=dict)
    # Functions of the platforms that add entities of a rank, remove others, and return how many are too many. They are
    # awaited in turn, so they are no `Listeners`.
    entity_syncs: list[Callable[[Estate, int], Awaitable[int]]] = field(default_factory=list)


type ButlrConfigEntry = ConfigEntry[ButlrData]


def create_client(hass: HomeAssistant, data: Mapping[str, Any]) -> ButlrClient:
    """Return a client with the credentials of an entry's data."""
    session = simulated_session(hass) if is_simulated(data) else async_get_clientsession(hass)
    return ButlrClient(session, data[CONF_CLIENT_ID], data[CONF_CLIENT_SECRET], data[CONF_BASE_URL])


def is_loaded(entry: ConfigEntry[Any]) -> bool:
    """Return whether an entry has runtime data."""
    return entry.state is ConfigEntryState.LOADED


def butlr_id_of(device: dr.AnyDeviceEntry) -> str | None:
    """Return the Butlr id of a device, or None if the device is not Butlr's."""
    return next((identifier[1] for identifier in device.identifiers if identifier[0] == DOMAIN), None)


def device_of(hass: HomeAssistant, entry_id: str, butlr_id: str) -> dr.DeviceEntry | None:
    """Return the device of an entry that has a Butlr id."""
    return dr.async_get(hass).async_get_device_by_identifier((DOMAIN, butlr_id), entry_id)


def devices_of(hass: HomeAssistant, entry_id: str) -> dict[str, dr.DeviceEntry]:
    """Return the devices of an entry by Butlr id."""
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), entry_id)
    return {butlr_id: device for device in devices if (butlr_id := butlr_id_of(device))}
