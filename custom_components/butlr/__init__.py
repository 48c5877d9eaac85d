"""Butlr: anonymous people sensing in Home Assistant. This module only connects the parts."""

from datetime import timedelta

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import config_validation as cv, device_registry as dr
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.helpers.typing import ConfigType

from .assist.tools import register_api
from .const import CONF_CREATED_TOKEN, DOMAIN
from .coordinator import Failures, PollContext, poll_first
from .history.importer import HistoryImporter
from .issues.host_clock import watch_host_clock
from .issues.offline_hardware import watch_offline_hardware
from .issues.time_zones import watch_time_zones
from .live.live import Live
from .live.push_health import PushHealth
from .map.plan_view import FloorPlanView
from .on_demand.floor_plans import FloorPlans
from .on_demand.today import TodayCoordinator
from .on_demand.typical import TypicalCoordinator
from .panel import async_setup_panel
from .polls.estate import EstateCoordinator
from .polls.occupancy import OccupancyCoordinator
from .polls.traffic import TrafficCoordinator
from .push.forwarding import forwarding_of
from .push.removal import clean_up_disabled, clean_up_removed, watch_disabling
from .push.supervisor import PushSupervisor
from .runtime import ButlrConfigEntry, ButlrData, butlr_id_of, create_client, is_loaded
from .services import async_setup_services
from .sign_in import delete_created_token
from .sync.estate import EstateSync
from .sync.store import SyncStore
from .websocket_api import async_setup_websocket_api

PLATFORMS = (Platform.BINARY_SENSOR, Platform.BUTTON, Platform.EVENT, Platform.IMAGE, Platform.NUMBER, Platform.SENSOR)
CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)
# Interval between checks for expired values and new days.
TICK_INTERVAL = timedelta(seconds=10)


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Register what serves all entries: the actions, the websocket commands, the panel and the view of floor plans."""
    async_setup_services(hass)
    async_setup_websocket_api(hass)
    await async_setup_panel(hass)
    hass.http.register_view(FloorPlanView())
    watch_disabling(hass, create_client)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: ButlrConfigEntry) -> bool:
    """Set up one organization."""
    client = create_client(hass, entry.data)
    forwarding_of(hass, entry).stand_in()
    store = SyncStore(hass, entry)
    # Load before the first request: stored findings decide how answers are read, and the stored estate decides which
    # removals are believed.
    await store.load()
    entry.async_on_unload(store.track_findings(client.findings))
    live, push_health = Live(client.now), PushHealth(client.now)
    context = PollContext(hass=hass, entry=entry, client=client, live=live, failures=Failures(hass, entry))
    estate = EstateCoordinator(context)
    estate.guard.restore(*await store.load_estate())
    estate.outages.restore(store.outages)
    live.restore_days(store.days)
    await estate.async_config_entry_first_refresh()
    occupancy = OccupancyCoordinator(context, estate, push_health)
    traffic = TrafficCoordinator(context, estate, push_health)
    await poll_first(hass, entry, occupancy, traffic)
    data = entry.runtime_data = ButlrData(
        client=client,
        live=live,
        limits=store.limits,
        estate=estate,
        occupancy=occupancy,
        traffic=traffic,
        today=TodayCoordinator(context, estate),
        typical=TypicalCoordinator(context, estate),
        floor_plans=FloorPlans(context),
        push=PushSupervisor(hass, entry, client, live, push_health, estate, occupancy, traffic),
        history=HistoryImporter(hass, entry, client, live, estate),
    )
    estate_sync = EstateSync(hass, entry, store)
    await estate_sync.start(PLATFORMS)

    @callback
    def tick(*_: object) -> None:
        for part in (live, estate_sync, data.today, data.typical):
            part.tick()

    entry.async_on_unload(async_track_time_interval(hass, tick, TICK_INTERVAL))
    for poll in (occupancy, traffic):
        entry.async_on_unload(poll.async_add_listener(tick))
    data.push.setup()
    data.history.setup()
    entry.async_on_unload(register_api(hass, entry))
    watch_time_zones(hass, entry, estate)
    watch_offline_hardware(hass, entry, estate)
    regular_polls = (estate, occupancy, traffic)
    timekeepers = (live, push_health, *regular_polls, data.today, data.typical)
    watch_host_clock(hass, entry, client, regular_polls, *(part.clock_moved for part in timekeepers))
    return True


async def async_unload_entry(hass: HomeAssistant, entry: ButlrConfigEntry) -> bool:
    """Unload. The subscription at Butlr stays, so that a restart does not recreate it."""
    unloaded = await hass.config_entries.async_unload_platforms(entry, PLATFORMS)
    if entry.disabled_by:
        await clean_up_disabled(hass, entry, entry.runtime_data.push.subscription)
    return unloaded


async def async_remove_config_entry_device(
    hass: HomeAssistant, entry: ButlrConfigEntry, device: dr.DeviceEntry
) -> bool:
    """Return whether the user may delete a device: only one that is not in the estate."""
    if not is_loaded(entry):
        return False
    butlr_id = butlr_id_of(device)
    return butlr_id is None or not entry.runtime_data.estate.data.has(butlr_id)


async def async_remove_entry(hass: HomeAssistant, entry: ButlrConfigEntry) -> None:
    """Delete the stored file, and undo everything at Butlr, the API token if a sign-in created it."""

    async def finish() -> None:
        if entry.data.get(CONF_CREATED_TOKEN):
            await delete_created_token(hass, entry.data)

    await clean_up_removed(hass, entry, create_client(hass, entry.data), finish)
    await SyncStore(hass, entry).remove()
