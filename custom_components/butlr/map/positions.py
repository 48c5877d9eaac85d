"""Live positions for those who look at the map of a floor: converted to its drawing, paced, and kept nowhere."""

from collections.abc import Callable, Iterator
from typing import Any, Final

from homeassistant.auth import EVENT_USER_UPDATED
from homeassistant.auth.models import User
from homeassistant.auth.permissions.const import POLICY_READ
from homeassistant.components import websocket_api
from homeassistant.components.websocket_api import ActiveConnection
from homeassistant.config_entries import SIGNAL_CONFIG_ENTRY_CHANGED, ConfigEntry, ConfigEntryChange
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect
import voluptuous as vol

from ..api.events import POSITIONS_TYPE, PositionsEvent
from ..push.positions import chosen_floors
from ..runtime import ButlrConfigEntry, ButlrData, is_loaded
from ..timer import Timer
from .topology import topology

# Positions that were sensed longer ago are not live, in seconds.
MAX_AGE: Final = 10.0
# At most one message in this long for each floor and user, in seconds; it has the newest positions of each sensor.
PACE: Final = 0.2
# More sensors on one floor are not plausible.
MAX_SENSORS: Final = 1_000

type Points = list[list[float]]


@callback
def async_setup_positions(hass: HomeAssistant) -> None:
    """Register the command that lets users look at live positions."""
    websocket_api.async_register_command(hass, _handle_positions)


@websocket_api.websocket_command({vol.Required("type"): "butlr/positions", vol.Required("floor_id"): str})
@websocket_api.async_response
async def _handle_positions(hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]) -> None:
    """Send the positions on a floor as they arrive; the frontend translates the code of a refusal."""
    # A connection that is closed meanwhile removes this.
    connection.subscriptions[msg["id"]] = _nothing
    shown = await _find(hass, connection.user, msg["floor_id"])
    if connection.subscriptions.pop(msg["id"], None) is None:
        return
    if isinstance(shown, str):
        connection.send_error(msg["id"], shown, f"Live positions of this floor are not shown: {shown}")
        return
    entry, data, origin = shown

    @callback
    def send(sensors: dict[str, Points]) -> None:
        connection.send_event(msg["id"], {"sensors": sensors})

    watcher = _Watcher(hass, data, origin, send)

    async def check() -> None:
        """Tell the frontend when the positions may not be shown anymore, or come from another connection to Butlr."""
        found = await _find(hass, connection.user, msg["floor_id"])
        if found != shown and watcher.stop():
            connection.send_event(msg["id"], {"ended": found if isinstance(found, str) else "positions_off"})

    @callback
    def on_user_updated(event: Event[Any]) -> None:
        if event.data["user_id"] == connection.user.id:
            hass.async_create_task(check(), "butlr positions check")

    @callback
    def on_entry_change(change: ConfigEntryChange, changed: ConfigEntry[Any]) -> None:
        if changed is entry:
            hass.async_create_task(check(), "butlr positions check")

    watcher.start(
        msg["floor_id"],
        hass.bus.async_listen(EVENT_USER_UPDATED, on_user_updated),
        async_dispatcher_connect(hass, SIGNAL_CONFIG_ENTRY_CHANGED, on_entry_change),
    )
    connection.subscriptions[msg["id"]] = watcher.stop
    connection.send_result(msg["id"])


def _nothing() -> None:
    """Do nothing."""


async def _find(
    hass: HomeAssistant, user: User, floor_id: str
) -> tuple[ButlrConfigEntry, ButlrData, tuple[float, float]] | str:
    """Return the entry of a floor, its data and the origin of the drawing, or why its positions are not shown."""
    for organization, floor in _floors(await topology(hass, user)):
        if floor["id"] != floor_id:
            continue
        entry: ButlrConfigEntry | None = hass.config_entries.async_get_entry(organization["entry_id"])
        if not entry or not is_loaded(entry) or floor_id not in chosen_floors(entry, entry.runtime_data.estate):
            break
        if floor_id not in organization["positions"]:
            sees_all = user.is_admin or user.permissions.access_all_entities(POLICY_READ)
            return "positions_without_outlines" if sees_all else "positions_hidden"
        subscription = entry.runtime_data.push.subscription
        claimed = any(one.type == POSITIONS_TYPE for one in subscription.status.claimed)
        if subscription.status.obstacle or claimed:
            # Repairs says why. Without a reason, the webhook is about to be created.
            return "positions_not_pushed"
        left, top = floor["drawing"]["origin"]
        return entry, entry.runtime_data, (left, top)
    return "positions_off"


def _floors(tree: dict[str, Any]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for organization in tree["organizations"]:
        for building in organization["buildings"]:
            for floor in building["floors"]:
                yield organization, floor


class _Watcher:
    """Somebody who looks at a floor: the newest positions of each sensor are sent at most every PACE seconds."""

    def __init__(
        self,
        hass: HomeAssistant,
        data: ButlrData,
        origin: tuple[float, float],
        send: Callable[[dict[str, Points]], None],
    ) -> None:
        """Start without positions."""
        self._data = data
        self._origin = origin
        self._send = send
        self._timer = Timer(hass, "butlr positions", self._on_timer)
        self._waiting: dict[str, Points] = {}
        # When each sensor sensed what was sent last.
        self._newest: dict[str, float] = {}
        self._ends: list[Callable[[], None]] = []

    @callback
    def start(self, floor_id: str, *unsubscribes: Callable[[], None]) -> None:
        """Receive the events of a floor; call the `unsubscribes` in the end."""
        self._ends = [self._data.push.positions.watch(floor_id, self._receive), *unsubscribes]

    @callback
    def stop(self) -> bool:
        """Send nothing more; return whether that is new."""
        was_running, self._ends = self._ends, []
        for end in was_running:
            end()
        self._timer.stop()
        self._waiting.clear()
        return bool(was_running)

    @callback
    def _receive(self, event: PositionsEvent) -> None:
        """Send the positions of an event, now or with the next message; old and repeated ones are dropped."""
        sensor = self._data.estate.data.sensors_by_mac.get(event.mac)
        sensor_id = sensor.id if sensor else event.sensor_id
        # One bad clock must not freeze a sensor.
        timestamp = min(event.timestamp, now := self._data.client.now())
        if not sensor_id or not max(now - MAX_AGE, self._newest.get(sensor_id, 0.0)) < timestamp:
            return
        is_new = sensor_id not in self._newest
        if (is_new and len(self._newest) >= MAX_SENSORS) or (points := event.points()) is None:
            return
        self._newest[sensor_id] = timestamp
        left, top = self._origin
        self._waiting[sensor_id] = [[round(x - left, 2), round(top - y, 2)] for x, y in points]
        if not self._timer.running:
            self._on_timer()

    @callback
    def _on_timer(self) -> None:
        if self._waiting:
            sensors, self._waiting = self._waiting, {}
            self._send(sensors)
            self._timer.start(PACE)
