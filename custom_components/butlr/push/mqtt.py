"""Pushes over MQTT: one Home Assistant shares what Butlr pushes to it, others receive that without their own webhook.

Butlr sends each event type to one webhook only, so a second Home Assistant of an organization could only poll. The
events are published as they were received, with QoS 1 and not retained. One retained message tells receivers which
types are pushed, so that they know what to expect. Everything from the broker is checked like the body of a request;
who may publish is decided by the broker. Positions are never shared.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
import json
import re
from typing import Any, Final

from homeassistant.components import mqtt
from homeassistant.config_entries import (
    SIGNAL_CONFIG_ENTRY_CHANGED,
    ConfigEntry,
    ConfigEntryChange,
    ConfigEntryState,
)
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.dispatcher import async_dispatcher_connect

from ..api.documents import read_document
from ..api.estate import Estate, Room, Zone
from ..api.events import EventType, ReadEvent
from ..const import CONF_MQTT, DOMAIN, LOGGER, MQTT_OFF, MQTT_RECEIVE, MQTT_SHARE
from ..live.push_health import NOTIFY_AFTER
from ..polls.estate import EstateCoordinator
from ..timer import Timer
from .receiver import MAX_BODY_BYTES, EventReceiver

QOS: Final = 1
# The last level of the topic with the retained message.
ANNOUNCEMENT: Final = "pushes"
# The level for the floor of an event whose space is not known.
UNKNOWN_FLOOR: Final = "unknown"
# How many events may wait for the broker. If it is slower than that, further events are not shared.
MAX_PENDING: Final = 1000
# Characters that would change the levels of a topic, or that a broker may refuse.
_NO_LEVEL: Final = re.compile(r"[^\w.:-]", re.ASCII)


class MqttLink:
    """Shares pushes over MQTT or receives them, as the options say; a change of the option takes effect at once."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        receiver: EventReceiver,
        estate: EstateCoordinator,
        on_change: Callable[[bool], None],
    ) -> None:
        """Prepare; `on_change` is called when the role, the expected types or `silent` may have changed.

        Its argument is whether sharing began, perhaps again: what was pushed before was not received.
        """
        self._hass = hass
        self._entry = entry
        self._receiver = receiver
        self._estate = estate
        self._on_change = on_change
        self._root = _root_of(entry)
        # The event types that Butlr pushes here; None until that is known.
        self._pushed: list[EventType] | None = None
        # Whether the broker keeps an announcement of ours.
        self._announced = False
        self._pending = 0
        self._unsubscribe: list[Callable[[], None]] = []
        self._silence_timer = Timer(hass, "butlr mqtt silence", self._on_silence)
        self.role = MQTT_OFF
        self.connected = False
        # The event types that another Home Assistant shares, while they can arrive.
        self.types: frozenset[EventType] = frozenset()
        # Whether nobody has shared pushes for long enough that the user should know.
        self.silent = False
        # How many events had each outcome, for diagnostics.
        self.outcomes: Counter[str] = Counter()

    @property
    def missing(self) -> bool:
        """Whether MQTT is needed, but not set up in Home Assistant."""
        return self.role != MQTT_OFF and not mqtt.mqtt_config_entry_enabled(self._hass)

    def setup(self) -> None:
        """Begin, and follow the connection to the broker."""
        on_unload = self._entry.async_on_unload
        on_unload(mqtt.async_subscribe_connection_status(self._hass, self._on_connection))
        on_unload(async_dispatcher_connect(self._hass, SIGNAL_CONFIG_ENTRY_CHANGED, self._on_entry_changed))
        on_unload(self._end)
        self.follow()

    @callback
    def follow(self) -> None:
        """Take the role that the options say."""
        role = self._entry.options.get(CONF_MQTT, MQTT_OFF)
        if role == self.role:
            return
        if self.role == MQTT_SHARE:
            self._announce(())
        self._end()
        self.role = role
        if role == MQTT_RECEIVE:
            self._silence_timer.start(NOTIFY_AFTER)
        if _is_connected(self._hass):
            self._on_connection(connected=True)
        self._on_change(False)

    @callback
    def _end(self) -> None:
        self.role, self.connected, self.silent, self.types = MQTT_OFF, False, False, frozenset()
        self._silence_timer.stop()
        self._end_subscriptions()

    @callback
    def _end_subscriptions(self) -> None:
        while self._unsubscribe:
            self._unsubscribe.pop()()

    @callback
    def _on_entry_changed(self, change: ConfigEntryChange, entry: ConfigEntry[Any]) -> None:
        """Unsubscribe before MQTT is unloaded: its next client would go on with subscriptions that it cannot end."""
        if entry.domain == mqtt.DOMAIN and entry.state is ConfigEntryState.UNLOAD_IN_PROGRESS:
            self._end_subscriptions()

    @callback
    def _on_connection(self, connected: bool) -> None:
        """Share or receive as long as Home Assistant is connected to the broker."""
        self.connected = connected
        if self.role == MQTT_SHARE and self._pushed is not None:
            self._announce(self._pushed)
        elif self.role == MQTT_RECEIVE:
            if not connected:
                self._expect(frozenset())
            elif not self._unsubscribe:
                self._run(self._subscribe())

    # -- sharing ----------------------------------------------------------------------------------------------------

    @callback
    def announce(self, types: Iterable[EventType]) -> None:
        """Tell receivers which event types Butlr pushes from now on."""
        pushed = sorted(types)
        if pushed != self._pushed:
            self._pushed = pushed
            if self.role == MQTT_SHARE:
                self._announce(pushed)

    @callback
    def _announce(self, types: Sequence[EventType]) -> None:
        """Publish the event types; without any, the broker forgets the message, unless it is another one's."""
        if self.connected and (types or self._announced):
            self._announced = bool(types)
            content = json.dumps({"types": types}).encode() if types else b""
            self._run(_publish(self._hass, f"{self._root}/{ANNOUNCEMENT}", content, retain=True))

    @callback
    def share(self, event: ReadEvent, body: bytes) -> None:
        """Publish an event. It is not kept for later: who receives it late has polled the value already."""
        if self.role != MQTT_SHARE:
            return
        if not self.connected:
            self.outcomes["not_connected"] += 1
        elif self._pending >= MAX_PENDING:
            self.outcomes["too_many"] += 1
        else:
            self._run(self._share(f"{self._root}/{_floor_of(event, self._estate.full_estate)}/{event.type}", body))

    async def _share(self, topic: str, body: bytes) -> None:
        self._pending += 1
        try:
            self.outcomes["shared" if await _publish(self._hass, topic, body) else "failed"] += 1
        finally:
            self._pending -= 1

    # -- receiving --------------------------------------------------------------------------------------------------

    async def _subscribe(self) -> None:
        topics = {f"{self._root}/{ANNOUNCEMENT}": self._on_announcement, f"{self._root}/+/+": self._on_event}
        for topic, on_message in topics.items():
            self._unsubscribe.append(await mqtt.async_subscribe(self._hass, topic, on_message, QOS, None))

    @callback
    def _on_announcement(self, message: mqtt.ReceiveMessage) -> None:
        """Expect pushes of the types that are shared."""
        if self.role == MQTT_RECEIVE and self.connected:
            self._expect(_read_types(_bytes_of(message)))

    @callback
    def _expect(self, types: frozenset[EventType]) -> None:
        if types:
            self.silent = False
            self._silence_timer.stop()
        elif self.types:
            self._silence_timer.start(NOTIFY_AFTER)
        self.types = types
        self._on_change(bool(types))

    @callback
    def _on_event(self, message: mqtt.ReceiveMessage) -> None:
        if self.role == MQTT_RECEIVE:
            self.outcomes[self._receive(message)] += 1

    def _receive(self, message: mqtt.ReceiveMessage) -> str:
        """Apply an event; return the outcome."""
        if message.retain:
            return "retained"  # It may be of any age, and is not from this integration.
        body = _bytes_of(message)
        return self._receiver.receive(body) if len(body) <= MAX_BODY_BYTES else "too_large"

    @callback
    def _on_silence(self) -> None:
        self.silent = True
        self._on_change(False)

    @callback
    def _run(self, coroutine: Any) -> None:
        """Run in the background, beginning at once: messages are sent in the order of the calls."""
        self._entry.async_create_background_task(self._hass, coroutine, "butlr mqtt")


async def withdraw(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Let the broker forget what an entry that is disabled or removed has announced."""
    if entry.options.get(CONF_MQTT) == MQTT_SHARE and _is_connected(hass):
        await _publish(hass, f"{_root_of(entry)}/{ANNOUNCEMENT}", b"", retain=True)


async def _publish(hass: HomeAssistant, topic: str, payload: bytes, *, retain: bool = False) -> bool:
    """Publish a message; return whether the broker has it."""
    try:
        await mqtt.async_publish(hass, topic, payload, QOS, retain, None)
    except HomeAssistantError as err:
        LOGGER.debug("A message could not be published over MQTT: %s", err)
        return False
    return True


def _is_connected(hass: HomeAssistant) -> bool:
    """Return whether Home Assistant is connected to a broker."""
    return mqtt.DATA_MQTT in hass.data and mqtt.is_connected(hass)


def _root_of(entry: ConfigEntry[Any]) -> str:
    """Return the first two levels of the topics of an organization."""
    return f"{DOMAIN}/{_level(entry.unique_id or entry.entry_id)}"


def _bytes_of(message: mqtt.ReceiveMessage) -> bytes:
    """Return the content of a message: bytes, because no encoding was asked for."""
    payload = message.payload
    return payload.encode() if isinstance(payload, str) else bytes(payload)


def _read_types(content: bytes) -> frozenset[EventType]:
    """Return the event types of an announcement; what cannot be read announces nothing."""
    try:
        document = read_document(content) if len(content) <= MAX_BODY_BYTES else None
    except ValueError:
        document = None
    types = document.get("types") if isinstance(document, dict) else None
    return frozenset(kind for kind in EventType if kind in types) if isinstance(types, list) else frozenset()


def _floor_of(event: ReadEvent, estate: Estate) -> str:
    """Return the id of an event's floor, as a level of a topic."""
    for reading in event.readings(estate):
        space = estate.spaces[reading.space_id]
        return _level(space.floor_id if isinstance(space, Room | Zone) else space.id)
    return UNKNOWN_FLOOR


def _level(name: str) -> str:
    """Return a text as one level of a topic."""
    return _NO_LEVEL.sub("_", name)
