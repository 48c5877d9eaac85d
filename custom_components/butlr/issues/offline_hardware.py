"""Report hardware that stays offline: a hive, or at least half of the sensors of a floor."""

from collections.abc import Iterable
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from ..api.estate import Estate, Floor, Hive, Sensor, Space
from ..polls.estate import EstateCoordinator
from .issue import Issue, quote_name, update_issue

# How long a sensor, or a hive by its heartbeat, must have been offline to be reported, in seconds.
OFFLINE_AFTER: Final = 3600.0
# A hive that two consecutive polls find offline is reported sooner, in seconds: a little less than the poll interval.
HIVE_OFFLINE_AFTER: Final = 540.0
# The most lines that an issue lists.
MAX_LINES: Final = 20


def offline_sensors(sensors: Iterable[Sensor], estate: Estate) -> list[Sensor]:
    """Return those of the sensors that are offline themselves or behind an offline hive."""
    return [one for one in sensors if estate.connected(one) is False and one.id not in estate.unconfirmed]


class OfflineDevices:
    """Tracks since when hardware has been offline: since its last heartbeat, or since a poll found it offline."""

    def __init__(self) -> None:
        """Start with nothing known to be offline."""
        self._found_at: dict[str, float] = {}

    def update(self, estate: Estate, now: float) -> None:
        """Record which hardware a poll found offline."""
        devices: tuple[Hive | Sensor, ...] = (*estate.hives.values(), *estate.sensors.values())
        offline = [device.id for device in devices if estate.connected(device) is False]
        self._found_at = {device_id: self._found_at.get(device_id, now) for device_id in offline}

    def hives(self, estate: Estate, now: float) -> list[Hive]:
        """Return the hives that have been offline long enough to be reported."""
        return [
            hive
            for hive in estate.hives.values()
            if hive.online is False
            and (
                now - self._found_at[hive.id] >= HIVE_OFFLINE_AFTER or now - self._offline_since(hive) >= OFFLINE_AFTER
            )
        ]

    def floors(self, estate: Estate, now: float) -> list[tuple[Floor, int, int]]:
        """Return the floors with at least half of the sensors offline, each with its offline and its total number.

        A floor whose sensors are offline only because of reported hives is left out.
        """
        reported = {hive.id for hive in self.hives(estate, now)}
        floors = []
        for floor in estate.floors.values():
            sensors = estate.equipment(floor.id).sensors
            offline = [
                one
                for one in offline_sensors(sensors, estate)
                if now - self._unreachable_since(one, estate) >= OFFLINE_AFTER
            ]
            unexplained = [one for one in offline if (hive := estate.hive_of(one)) is None or hive.id not in reported]
            if unexplained and 2 * len(offline) >= len(sensors):
                floors.append((floor, len(offline), len(sensors)))
        return floors

    def _offline_since(self, device: Hive | Sensor) -> float:
        """Return since when a device has been offline according to its heartbeat, else according to the polls."""
        found_at = self._found_at[device.id]
        # A device that counts as online is offline because of its hive, so its own heartbeat says nothing.
        heartbeat = device.last_heartbeat if device.online is False else None
        # A device that never sent a heartbeat may report one from 1970.
        return min(found_at, heartbeat) if heartbeat and heartbeat > 0 else found_at

    def _unreachable_since(self, sensor: Sensor, estate: Estate) -> float:
        """Return since when a sensor has been offline, itself or because of its hive."""
        hive = estate.hive_of(sensor)
        since = self._offline_since(sensor)
        return min(since, self._offline_since(hive)) if hive and hive.online is False else since


@callback
def watch_offline_hardware(hass: HomeAssistant, entry: ConfigEntry[Any], poll: EstateCoordinator) -> None:
    """Keep the issues about offline hives and floors current."""
    devices = OfflineDevices()

    @callback
    def update_issues() -> None:
        # After a failed poll, use the time of the last success: it is unknown whether anything is still offline.
        estate, now = poll.data, poll.succeeded_at or poll.client.now()
        devices.update(estate, now)
        hives = [_with_space(hive, estate.floors.get(hive.floor_id or "")) for hive in devices.hives(estate, now)]
        floors = [
            f"{_with_space(floor, estate.buildings[floor.building_id])}: {offline}/{sensors}"
            for floor, offline, sensors in devices.floors(estate, now)
        ]
        for issue, key, lines in ((Issue.HIVES_OFFLINE, "hives", hives), (Issue.FLOORS_OFFLINE, "floors", floors)):
            more = [] if len(lines) <= MAX_LINES else [f"… (+{len(lines) - MAX_LINES})"]
            text = "\n".join(f"- {line}" for line in (*lines[:MAX_LINES], *more))
            update_issue(hass, entry, issue, {key: text}, exists=bool(lines))

    entry.async_on_unload(poll.async_add_listener(update_issues))
    update_issues()


def _with_space(asset: Hive | Space, space: Space | None) -> str:
    """Return the name of an asset, followed by the name of the space that it is in."""
    name = quote_name(asset.name)
    return f"{name} ({quote_name(space.name)})" if space else name
