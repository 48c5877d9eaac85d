"""What a loaded config entry holds."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_CLIENT_ID, CONF_CLIENT_SECRET
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession

from .api.client import ButlrClient
from .api.estate import Estate
from .const import CONF_BASE_URL
from .history.importer import HistoryImporter
from .live.live import Live
from .on_demand.today import TodayCoordinator
from .on_demand.typical import TypicalCoordinator
from .polls.estate import EstateCoordinator
from .polls.occupancy import OccupancyCoordinator
from .polls.traffic import TrafficCoordinator
from .push.supervisor import PushSupervisor


@dataclass(frozen=True, slots=True, kw_only=True)
class ButlrData:
    """The parts of one organization's link, each doing what its name says."""

    client: ButlrClient
    live: Live
    estate: EstateCoordinator
    occupancy: OccupancyCoordinator
    traffic: TrafficCoordinator
    today: TodayCoordinator
    typical: TypicalCoordinator
    push: PushSupervisor
    history: HistoryImporter
    # The names of chosen buildings that are gone for good, by id.
    gone_buildings: dict[str, str] = field(default_factory=dict)
    # What the platforms do when the estate changed, in the order they were set up.
    followers: list[Callable[[Estate], Awaitable[None]]] = field(default_factory=list)


type ButlrConfigEntry = ConfigEntry[ButlrData]


def create_client(hass: HomeAssistant, entry: ButlrConfigEntry) -> ButlrClient:
    """Return a client with the entry's credentials."""
    return ButlrClient(
        async_get_clientsession(hass),
        entry.data[CONF_CLIENT_ID],
        entry.data[CONF_CLIENT_SECRET],
        entry.data[CONF_BASE_URL],
    )
