"""Butlr: anonymous people sensing in Home Assistant. This module only wires the parts together."""

import asyncio
from datetime import timedelta

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_WEBHOOK_ID, Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import config_validation as cv, device_registry as dr
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.helpers.typing import ConfigType

from .api.errors import ButlrError
from .const import CONF_CLOUDHOOK_URL, DOMAIN, LOGGER
from .coordinator import Failures
from .history.importer import HistoryImporter
from .issues.host_clock import watch_host_clock
from .issues.issue import Issue, delete_issues
from .issues.offline_hardware import watch_offline_hardware
from .issues.time_zones import watch_time_zones
from .live.live import Live
from .live.push_health import PushHealth
from .on_demand.today import TodayCoordinator
from .on_demand.typical import TypicalCoordinator
from .polls.estate import EstateCoordinator
from .polls.occupancy import OccupancyCoordinator
from .polls.traffic import TrafficCoordinator
from .push import cloudhook
from .push.subscription import remove_subscription
from .push.supervisor import PushSupervisor
from .runtime import ButlrConfigEntry, ButlrData, create_client
from .services import async_setup_services
from .sync.estate import EstateSync
from .sync.store import SyncStore

PLATFORMS = (Platform.BINARY_SENSOR, Platform.BUTTON, Platform.SENSOR)
CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)
# How late an expiry or a midnight may show.
TICK = timedelta(seconds=10)
# How long set-up waits for the first counts, in seconds. A large estate takes longer: its requests are spread.
MAX_FIRST_POLL_WAIT = 10.0


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Register the actions, whichever organizations are set up; accept no YAML."""
    async_setup_services(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: ButlrConfigEntry) -> bool:
    """Set up one organization."""
    client = create_client(hass, entry)
    store = SyncStore(hass, entry)
    # Before the first answer: what is known of Butlr decides how it is read, and what is known of the estate what of it
    # is believed.
    await store.load()
    entry.async_on_unload(store.track_findings(client.findings))
    live, push_health = Live(client.now), PushHealth(client.now)
    failing = Failures(hass, entry)
    estate = EstateCoordinator(hass, entry, client, failing, live)
    estate.guard.recall(*await store.load_estate())
    estate.outages.restore(store.outages)
    live.recall_days(store.days)
    await estate.async_config_entry_first_refresh()
    occupancy = OccupancyCoordinator(hass, entry, client, failing, live, estate, push_health)
    traffic = TrafficCoordinator(hass, entry, client, failing, live, estate, push_health)
    # Entities shall appear with the truth; if it cannot be had soon, they appear unknown and the polls go on.
    polls = [
        entry.async_create_background_task(hass, poll.async_refresh(), f"{poll.name} first poll")
        for poll in (occupancy, traffic)
    ]
    await asyncio.wait(polls, timeout=MAX_FIRST_POLL_WAIT)
    push = PushSupervisor(hass, entry, client, live, push_health, estate, occupancy, traffic)
    history = HistoryImporter(hass, entry, client, live, estate)
    today = TodayCoordinator(hass, entry, client, failing, live, estate)
    typical = TypicalCoordinator(hass, entry, client, failing, live, estate)
    entry.runtime_data = ButlrData(
        client=client,
        live=live,
        estate=estate,
        occupancy=occupancy,
        traffic=traffic,
        today=today,
        typical=typical,
        push=push,
        history=history,
    )
    following = EstateSync(hass, entry, store)
    await following.start(PLATFORMS)

    @callback
    def tick(*_: object) -> None:
        live.tick()
        following.tick()
        today.tick()
        typical.tick()

    entry.async_on_unload(async_track_time_interval(hass, tick, TICK))
    for poll in (occupancy, traffic):
        entry.async_on_unload(poll.async_add_listener(tick))
    push.setup()
    history.setup()
    watch_time_zones(hass, entry, estate)
    watch_offline_hardware(hass, entry, estate)
    polls_of_now = (estate, occupancy, traffic)
    followers = (one.clock_moved for one in (live, push_health, *polls_of_now, today, typical))
    watch_host_clock(hass, entry, client, polls_of_now, *followers)
    return True


async def async_unload_entry(hass: HomeAssistant, entry: ButlrConfigEntry) -> bool:
    """Unload; the subscription at Butlr stays, so that a restart does not churn it."""
    unloaded = await hass.config_entries.async_unload_platforms(entry, PLATFORMS)
    if entry.disabled_by:
        delete_issues(hass, entry, *Issue)
    return unloaded


async def async_migrate_entry(hass: HomeAssistant, entry: ButlrConfigEntry) -> bool:
    """Take over what an older version stored: there is one version so far, and what a later one stores is unknown."""
    return entry.version == 1


async def async_remove_config_entry_device(
    hass: HomeAssistant, entry: ButlrConfigEntry, device: dr.DeviceEntry
) -> bool:
    """Let a person delete a device that is not in the estate (any more)."""
    if entry.state is not ConfigEntryState.LOADED:
        return False
    estate = entry.runtime_data.estate.data
    return not any(estate.has(identifier[1]) for identifier in device.identifiers)


async def async_remove_entry(hass: HomeAssistant, entry: ButlrConfigEntry) -> None:
    """Delete what was made elsewhere: the memory, the subscription at Butlr and the cloudhook."""
    delete_issues(hass, entry, *Issue)
    await SyncStore(hass, entry).remove()
    try:
        await remove_subscription(create_client(hass, entry), entry)
    except ButlrError as err:
        LOGGER.warning("The webhook at Butlr could not be deleted. Delete it there. Error: %s", err)
    if entry.data.get(CONF_CLOUDHOOK_URL):
        try:
            await cloudhook.delete(hass, entry.data[CONF_WEBHOOK_ID])
        except HomeAssistantError, ValueError:
            LOGGER.debug("The cloudhook no longer exists or cannot be reached")
