"""The websocket commands of the frontend, for every user who is logged in: what each may see, and when it changes.

Nothing is listened to while nobody subscribes.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from homeassistant.auth import EVENT_USER_UPDATED
from homeassistant.auth.models import User
from homeassistant.auth.permissions.const import POLICY_READ
from homeassistant.components import websocket_api
from homeassistant.components.websocket_api import ActiveConnection
from homeassistant.config_entries import SIGNAL_CONFIG_ENTRY_CHANGED, ConfigEntry, ConfigEntryChange, ConfigEntryState
from homeassistant.const import EVENT_CORE_CONFIG_UPDATE
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.util.hass_dict import HassKey
import voluptuous as vol

from .actions.target import scope_of
from .api.listeners import all_of
from .assist.explain_action import explain_in
from .const import DOMAIN, LOGGER
from .map.positions import async_setup_positions
from .map.rules import DOUBTS
from .map.topology import topology
from .runtime import ButlrConfigEntry, ButlrData, butlr_id_of, is_loaded
from .timer import Timer

# How long changes are collected before the topology is built again, in seconds. One change of the estate writes
# thousands of devices and entities.
SEND_DELAY: Final = 1.0
# How often a change waits for an entry that is being set up or unloaded: a reload must not empty every screen.
MAX_POSTPONED: Final = 10
# Interval between checks for newer values.
AS_OF_INTERVAL: Final = timedelta(seconds=30)
_CHANGING: Final = (ConfigEntryState.SETUP_IN_PROGRESS, ConfigEntryState.UNLOAD_IN_PROGRESS)


@callback
def async_setup_websocket_api(hass: HomeAssistant) -> None:
    """Register the commands, which serve all organizations that are set up now or later."""
    hass.data[_PUBLISHER] = TopologyPublisher(hass)
    websocket_api.async_register_command(hass, _handle_topology)
    websocket_api.async_register_command(hass, _handle_subscribe)
    websocket_api.async_register_command(hass, _handle_explain)
    async_setup_positions(hass)


@websocket_api.websocket_command({vol.Required("type"): "butlr/topology"})
@websocket_api.async_response
async def _handle_topology(hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]) -> None:
    """Answer with what the user may see now."""
    connection.send_result(msg["id"], await hass.data[_PUBLISHER].build(connection.user))


@websocket_api.websocket_command({vol.Required("type"): "butlr/subscribe"})
@websocket_api.async_response
async def _handle_subscribe(hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]) -> None:
    """Send what the user may see, now and after every change."""
    await hass.data[_PUBLISHER].subscribe(connection, msg["id"])


@websocket_api.websocket_command(
    {
        vol.Required("type"): "butlr/explain",
        vol.Required("entry_id"): str,
        vol.Required("space_id"): str,
        vol.Optional("language"): str,
    }
)
@websocket_api.async_response
async def _handle_explain(hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]) -> None:
    """Answer why a space is shown as it is, as far as the user may see it."""
    entry: ButlrConfigEntry | None = hass.config_entries.async_get_entry(msg["entry_id"])
    if entry and entry.domain == DOMAIN and is_loaded(entry):
        scope = scope_of(hass, entry)
        if msg["space_id"] in scope.estate.spaces:
            context = connection.context(msg)
            (told,) = await explain_in(hass, scope, [msg["space_id"]], msg.get("language"), context)
            if "text" in told:
                connection.send_result(msg["id"], {"confidence": told["confidence"], "text": told["text"]})
                return
    # Whether a space exists is not told to whom it is not shown.
    connection.send_error(msg["id"], websocket_api.ERR_NOT_FOUND, "There is no such space, or you may not see it")


@dataclass(eq=False, slots=True)
class _Subscriber:
    """One subscription, and what it was last sent; None before its command is answered."""

    connection: ActiveConnection
    msg_id: int
    topology: dict[str, Any] | None = None
    as_of: dict[str, int] = field(default_factory=dict)
    doubts: dict[str, str] = field(default_factory=dict)
    # The spaces of which the user may see whether they are occupied.
    _shown: frozenset[str] = frozenset()

    @property
    def audience(self) -> str | None:
        """Which users see the same: None for all who may read every entity, otherwise only the user."""
        user = self.connection.user
        return None if user.is_admin or user.permissions.access_all_entities(POLICY_READ) else user.id

    @callback
    def send_topology(self, topology: dict[str, Any], as_of: dict[str, int]) -> None:
        """Send the topology if it differs from the last one, and the timestamps if they are of other entries."""
        if self.topology is None:
            self.connection.send_result(self.msg_id)
        if topology != self.topology:
            self.topology, self._shown = topology, _shown_spaces(topology)
            self.connection.send_event(self.msg_id, {"topology": topology})
        if as_of.keys() != self.as_of.keys():
            self.send_as_of(as_of)

    @callback
    def send_doubts(self, doubts: Mapping[str, str]) -> None:
        """Send which spaces are known only in part, or not lately, if that differs from the last time."""
        shown = {space_id: doubt for space_id, doubt in doubts.items() if space_id in self._shown}
        if shown != self.doubts:
            self.doubts = shown
            self.connection.send_event(self.msg_id, {"doubts": shown})

    @callback
    def send_as_of(self, as_of: dict[str, int]) -> None:
        """Send the timestamps if they differ from the last ones."""
        if as_of != self.as_of:
            self.as_of = as_of
            self.connection.send_event(self.msg_id, {"as_of": as_of})


class TopologyPublisher:
    """Sends the topology and the age of its values to all subscribers."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Start without subscribers."""
        self._hass = hass
        self._subscribers: set[_Subscriber] = set()
        self._unsubscribes: list[Callable[[], None]] = []
        # The organizations that are listened to, by config entry.
        self._listened: dict[str, tuple[ButlrData, Callable[[], None]]] = {}
        self._timer = Timer(hass, "butlr topology", self._on_timer)
        self._doubts_timer = Timer(hass, "butlr doubts", self._on_as_of_timer)
        self._postponed = 0
        self._lock = asyncio.Lock()
        self._failed = False

    async def build(self, user: User) -> dict[str, Any]:
        """Return what a user may see.

        Raises:
            HomeAssistantError: There is an error in this integration; its text says what to do.
        """
        try:
            built = await topology(self._hass, user)
        except Exception as err:
            # A user who looks at the panel would fill the log.
            if not self._failed:
                LOGGER.exception("The topology could not be built; further failures are not logged")
            self._failed = True
            raise HomeAssistantError(translation_domain=DOMAIN, translation_key="topology_failed") from err
        self._failed = False
        return built

    async def subscribe(self, connection: ActiveConnection, msg_id: int) -> None:
        """Answer a subscription, and send it what there is now."""
        subscriber = _Subscriber(connection, msg_id)

        @callback
        def unsubscribe() -> None:
            self._subscribers.discard(subscriber)
            if not self._subscribers:
                self._stop()

        if not self._subscribers:
            self._start()
        self._subscribers.add(subscriber)
        # A connection that is closed meanwhile unsubscribes.
        connection.subscriptions[msg_id] = unsubscribe
        async with self._lock:
            # When many browsers reconnect, one topology may already have answered this one, too.
            while subscriber in self._subscribers and subscriber.topology is None:
                try:
                    await self._send_to(subscriber)
                except HomeAssistantError:
                    connection.subscriptions.pop(msg_id, None)
                    unsubscribe()
                    raise

    # -- listening ---------------------------------------------------------------------------------------------------

    def _start(self) -> None:
        listen = self._hass.bus.async_listen
        self._unsubscribes = [
            listen(er.EVENT_ENTITY_REGISTRY_UPDATED, self._on_change, self._is_our_entity),
            listen(dr.EVENT_DEVICE_REGISTRY_UPDATED, self._on_change, self._is_our_device),
            listen(EVENT_CORE_CONFIG_UPDATE, self._on_change, _is_shown_setting),
            listen(EVENT_USER_UPDATED, self._on_change),
            async_dispatcher_connect(self._hass, SIGNAL_CONFIG_ENTRY_CHANGED, self._on_entry_change),
            async_track_time_interval(self._hass, self._on_as_of_timer, AS_OF_INTERVAL, cancel_on_shutdown=True),
        ]
        self._listen_to_estates()

    def _stop(self) -> None:
        self._timer.stop()
        self._doubts_timer.stop()
        for unsubscribe in self._unsubscribes:
            unsubscribe()
        self._unsubscribes.clear()
        for _, unsubscribe in self._listened.values():
            unsubscribe()
        self._listened.clear()

    def _listen_to_estates(self) -> None:
        """Listen to the estates and floor plans of the entries that are loaded now, and to no others."""
        loaded = {entry.entry_id: entry.runtime_data for entry in self._loaded_entries()}
        for entry_id, (data, unsubscribe) in list(self._listened.items()):
            if loaded.get(entry_id) is not data:
                unsubscribe()
                del self._listened[entry_id]
        for entry_id in loaded.keys() - self._listened.keys():
            self._listened[entry_id] = loaded[entry_id], self._listen_to(loaded[entry_id])

    def _listen_to(self, data: ButlrData) -> Callable[[], None]:
        """Listen to one organization, and return a function that unsubscribes."""
        return all_of(
            data.estate.async_add_listener(self._on_change),
            data.floor_plans.listen(self._on_change),
            data.live.listen_to_confidence(self._on_confidence),
        )

    def _loaded_entries(self) -> list[ButlrConfigEntry]:
        return [entry for entry in self._hass.config_entries.async_entries(DOMAIN) if is_loaded(entry)]

    @callback
    def _is_our_entity(self, data: er.EventEntityRegistryUpdatedData) -> bool:
        """Return whether an entity is ours, or is gone, so that nobody knows."""
        entity = er.async_get(self._hass).async_get(data["entity_id"])
        return entity is None or entity.platform == DOMAIN

    @callback
    def _is_our_device(self, data: dr.EventDeviceRegistryUpdatedData) -> bool:
        """Return whether a device is ours, or is gone, so that nobody knows."""
        device = dr.async_get(self._hass).async_get(data["device_id"])
        return device is None or butlr_id_of(device) is not None

    @callback
    def _on_entry_change(self, change: ConfigEntryChange, entry: ConfigEntry[Any]) -> None:
        if entry.domain == DOMAIN:
            self._listen_to_estates()
            self._on_change()

    @callback
    def _on_change(self, event: Event[Any] | None = None) -> None:
        if not self._timer.running:
            self._timer.start(SEND_DELAY)

    @callback
    def _on_confidence(self, _: None) -> None:
        if not self._doubts_timer.running:
            self._doubts_timer.start(SEND_DELAY)

    # -- sending -----------------------------------------------------------------------------------------------------

    @callback
    def _on_timer(self) -> None:
        entries = self._hass.config_entries.async_entries(DOMAIN)
        changing = any(entry.state in _CHANGING for entry in entries)
        self._postponed = self._postponed + 1 if changing else 0
        if self._lock.locked() or 0 < self._postponed <= MAX_POSTPONED:
            self._timer.start(SEND_DELAY)
        else:
            self._hass.async_create_task(self._send(), "butlr topology")

    async def _send(self) -> None:
        """Send every user what has changed."""
        async with self._lock:
            for subscriber in {one.audience: one for one in self._subscribers}.values():
                try:
                    await self._send_to(subscriber)
                except HomeAssistantError:
                    # The next change tries again; until then, the last topology is shown.
                    continue

    async def _send_to(self, subscriber: _Subscriber) -> None:
        """Build the topology of a subscriber, and send it to all who see the same."""
        audience = subscriber.audience
        built = await self.build(subscriber.connection.user)
        as_of, doubts = self._as_of(), self._doubts()
        # The permissions of a user may have changed meanwhile.
        for one in self._subscribers:
            if one.audience == audience:
                one.send_topology(built, as_of)
                one.send_doubts(doubts)

    @callback
    def _on_as_of_timer(self, *_: object) -> None:
        as_of, doubts = self._as_of(), self._doubts()
        for subscriber in self._subscribers:
            if subscriber.topology is not None:
                subscriber.send_as_of(as_of)
                subscriber.send_doubts(doubts)

    def _doubts(self) -> dict[str, str]:
        """Return the rooms and zones whose state is known only in part, or not lately."""
        return {
            space_id: confidence.value
            for data in (entry.runtime_data for entry in self._loaded_entries())
            for space_id in (*data.estate.data.rooms, *data.estate.data.zones)
            if (confidence := data.live.state(space_id).confidence) in DOUBTS
        }

    def _as_of(self) -> dict[str, int]:
        """Return when people were last confirmed by a poll or a push, by config entry (Unix seconds)."""
        as_of = {}
        for entry in self._loaded_entries():
            data = entry.runtime_data
            if confirmed := [moment for moment in (data.occupancy.succeeded_at, data.push.last_push) if moment]:
                as_of[entry.entry_id] = int(max(confirmed))
        return as_of


_PUBLISHER: Final[HassKey[TopologyPublisher]] = HassKey(f"{DOMAIN}_topology")


def _shown_spaces(topology: Mapping[str, Any]) -> frozenset[str]:
    """Return the rooms and zones of a topology of which it may be seen whether they are occupied."""
    floors = (
        floor
        for organization in topology["organizations"]
        for building in organization["buildings"]
        for floor in building["floors"]
    )
    return frozenset(space["id"] for floor in floors for space in floor["spaces"] if "occupancy" in space["entities"])


@callback
def _is_shown_setting(data: Mapping[str, Any]) -> bool:
    """Return whether a setting of Home Assistant changed that the topology depends on.

    Reasons why an entry is not loaded are translated, and buildings without a time zone have Home Assistant's.
    """
    return not {"language", "time_zone"}.isdisjoint(data)
