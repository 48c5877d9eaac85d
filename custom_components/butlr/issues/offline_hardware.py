"""Hardware that has been offline for long: a hive, or half of what a floor has of sensors, is worth a repair."""

from collections.abc import Iterable
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from ..api.estate import Estate, Floor, Hive, Sensor, Space
from ..polls.estate import EstateCoordinator
from .issue import Issue, clear, plain, show

# How long sensors, or a hive by its heartbeat, must have been offline, in seconds.
LASTING: Final = 3600.0
# A hive that two polls in a row find offline is no flap; a little less than the time between them.
TWO_POLLS: Final = 540.0
# More lines than this nobody reads.
MOST: Final = 20


def silent_sensors(sensors: Iterable[Sensor], estate: Estate) -> list[Sensor]:
    """Return those of some sensors that are not heard."""
    return [one for one in sensors if estate.connected(one) is False and one.id not in estate.unconfirmed]


class OfflineDevices:
    """Knows since when hardware has been offline: since its heartbeat, or since a poll found it so."""

    def __init__(self) -> None:
        """Begin when everything may be online."""
        self._noticed: dict[str, float] = {}

    def notice(self, estate: Estate, now: float) -> None:
        """Take in what is offline as of a poll."""
        devices: tuple[Hive | Sensor, ...] = (*estate.hives.values(), *estate.sensors.values())
        silent = [device.id for device in devices if estate.connected(device) is False]
        self._noticed = {device_id: self._noticed.get(device_id, now) for device_id in silent}

    def hives(self, estate: Estate, now: float) -> list[Hive]:
        """Return the hives that are offline for good, as far as one can tell."""
        return [
            hive
            for hive in estate.hives.values()
            if hive.online is False
            and (now - self._noticed[hive.id] >= TWO_POLLS or now - self._since(hive) >= LASTING)
        ]

    def floors(self, estate: Estate, now: float) -> list[tuple[Floor, int, int]]:
        """Return the floors that are half in the dark, with how many sensors are and how many there are.

        A floor that is in the dark only for want of its hives is told with these.
        """
        hives = {hive.id for hive in self.hives(estate, now)}
        dark = []
        for floor in estate.floors.values():
            sensors = estate.equipment(floor.id).sensors
            silent = [one for one in silent_sensors(sensors, estate) if now - self._since_of(one, estate) >= LASTING]
            unexplained = [one for one in silent if (hive := estate.hive_of(one)) is None or hive.id not in hives]
            if unexplained and 2 * len(silent) >= len(sensors):
                dark.append((floor, len(silent), len(sensors)))
        return dark

    def _since(self, device: Hive | Sensor) -> float:
        """Return since when a device has been offline by its own account, else by ours."""
        noticed = self._noticed[device.id]
        # The heartbeat of one that calls itself online tells nothing: it is its hive that is not heard.
        heartbeat = device.last_heartbeat if device.online is False else None
        # Whatever never had one may say that it was in 1970.
        return min(noticed, heartbeat) if heartbeat and heartbeat > 0 else noticed

    def _since_of(self, sensor: Sensor, estate: Estate) -> float:
        """Return since when a sensor has not been heard, be it for its hive."""
        hive = estate.hive_of(sensor)
        since = self._since(sensor)
        return min(since, self._since(hive)) if hive and hive.online is False else since


@callback
def watch(hass: HomeAssistant, entry: ConfigEntry[Any], poll: EstateCoordinator) -> None:
    """Tell of hardware that is offline for long, while there is any."""
    outages = OfflineDevices()

    @callback
    def review() -> None:
        estate, now = poll.data, poll.succeeded_at or poll.client.now()
        # A poll that fails lets no time pass here: nobody knows whether anything is still offline.
        outages.notice(estate, now)
        hives = [_named(hive, estate.floors.get(hive.floor_id or "")) for hive in outages.hives(estate, now)]
        floors = [
            f"{_named(floor, estate.buildings[floor.building_id])}: {silent}/{sensors}"
            for floor, silent, sensors in outages.floors(estate, now)
        ]
        for issue, key, lines in ((Issue.HIVES_OFFLINE, "hives", hives), (Issue.FLOORS_OFFLINE, "floors", floors)):
            if lines:
                more = [] if len(lines) <= MOST else [f"… (+{len(lines) - MOST})"]
                show(hass, entry, issue, {key: "\n".join(f"- {line}" for line in (*lines[:MOST], *more))})
            else:
                clear(hass, entry, issue)

    entry.async_on_unload(poll.async_add_listener(review))
    review()


def _named(asset: Hive | Space, place: Space | None) -> str:
    """Return a name with that of the place, in which they can format nothing."""
    name = f"`{plain(asset.name) or '?'}`"
    return f"{name} (`{plain(place.name) or '?'}`)" if place else name
