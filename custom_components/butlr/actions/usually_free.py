"""Until when rooms are usually free today, from Home Assistant's long-term statistics of their people."""

from collections.abc import Iterable
from datetime import tzinfo
from typing import Final

from homeassistant.components.sensor import DOMAIN as SENSOR_DOMAIN
from homeassistant.helpers import entity_registry as er

from ..api.estate import PrimarySource, Room, Space
from ..const import DOMAIN, LOGGER
from ..history.statistics import RecorderFailedError, RecorderStatistics
from ..history.usual import NO_BASELINE, RestOfToday, Usual
from .target import Scope

# The sensor that stands for the people of a space.
PEOPLE_KEYS: Final = {PrimarySource.PRESENCE: "people", PrimarySource.TRAFFIC: "people_estimate"}


async def usually_free(scope: Scope, rooms: Iterable[Room], now: float) -> dict[str, Usual]:
    """Return what is usual for rooms, by id; without a recorder, or if it cannot read, there is no baseline."""
    usual = {room.id: NO_BASELINE for room in rooms}
    if not RecorderStatistics.is_set_up(scope.hass):
        return usual
    recorder = RecorderStatistics(scope.hass)
    try:
        for zone, room_ids in _by_zone(scope, usual).items():
            today = RestOfToday(now, zone)
            means = await recorder.means(room_ids, today.periods)
            usual |= {room_id: today.usual(means.get(entity_id, {})) for entity_id, room_id in room_ids.items()}
    except RecorderFailedError as err:
        LOGGER.debug("What is usual is unknown: %s", err)
    return usual


def _by_zone(scope: Scope, room_ids: Iterable[str]) -> dict[tzinfo, dict[str, str]]:
    """Return the rooms by the entity that stands for their people, by the time zone of their site."""
    by_zone: dict[tzinfo, dict[str, str]] = {}
    for room_id in room_ids:
        if entity_id := entity_of_people(scope, scope.estate.rooms[room_id]):
            by_zone.setdefault(scope.data.live.zone(room_id), {})[entity_id] = room_id
    return by_zone


def entity_of_people(scope: Scope, space: Space) -> str | None:
    """Return the sensor that stands for the people of a space."""
    source = scope.estate.primary_source(space)
    if source is None:
        return None
    return er.async_get(scope.hass).async_get_entity_id(SENSOR_DOMAIN, DOMAIN, f"{space.id}_{PEOPLE_KEYS[source]}")
