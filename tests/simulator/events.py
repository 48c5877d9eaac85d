"""Webhook bodies, in the envelope that Butlr documents."""

import random
from typing import Any

from .estate import Estate, Floor, Room, Sensor, Zone
from .identifiers import new_id
from .settings import Json, Settings
from .world import Counted, Crossed, Happening, Moved

OCCUPANCY = ("FLOOR_OCCUPANCY", "ROOM_OCCUPANCY", "ZONE_OCCUPANCY")


class EventWriter:
    """Writes what happens as webhook bodies."""

    def __init__(self, estate: Estate, settings: Settings, seed: int | str) -> None:
        """Use ids of their own seed, so that writing events does not change what people do."""
        self._estate = estate
        self._settings = settings
        self._rng = random.Random(f"{seed}/events")

    def write(self, happening: Happening) -> Json:
        """Return the body for a happening."""
        match happening:
            case Counted(space_id, people, timestamp):
                return self.occupancy(space_id, people, timestamp)
            case Crossed(sensor, inward, timestamp):
                data = {"in": 1, "out": 0} if inward else {"in": 0, "out": 1}
                return self._envelope("TRAFFIC", timestamp, self._device_metadata(sensor)) | {"data": data}
            case Moved(room_id, motion, timestamp):
                kind = "PIR_MOTION" if motion else "PIR_NO_MOTION"
                room = self._estate.rooms[room_id]
                return self._envelope(kind, timestamp, self._metadata(self._estate.floors[room.floor_id], room))

    def kind(self, happening: Happening) -> str:
        """Return the event type of a happening without writing it."""
        match happening:
            case Counted(space_id):
                return self.occupancy_kind(space_id)
            case Crossed():
                return "TRAFFIC"
            case Moved(motion=motion):
                return "PIR_MOTION" if motion else "PIR_NO_MOTION"

    def occupancy_kind(self, space_id: str) -> str:
        """Return the plain occupancy type of a space."""
        if space_id in self._estate.floors:
            return OCCUPANCY[0]
        return OCCUPANCY[1] if space_id in self._estate.rooms else OCCUPANCY[2]

    def occupancy(self, space_id: str, people: float, timestamp: int, *, by_minute: bool = False) -> Json:
        """Return the body of an occupancy event."""
        kind = self.occupancy_kind(space_id)
        if by_minute:
            kind = f"{kind}_{self._settings.minute_suffix}"
        estate = self._estate
        floor = estate.floor_of(space_id)
        room, zone = estate.rooms.get(space_id), estate.zones.get(space_id)
        if zone is not None:
            room = estate.rooms.get(zone.room_id or "")
        return self._envelope(kind, timestamp, self._metadata(floor, room, zone)) | {"data": people}

    def positions(self, sensor: Sensor, points: list[list[float]], timestamp: int) -> Json:
        """Return the body of an event that says where people are: on the floor, and as the sensor sees it."""
        left, lower = points[0] if points else (0.0, 0.0)
        local = [[round((x - left) / 10 % 1, 4), round((y - lower) / 10 % 1, 4)] for x, y in points]
        data = {"local": local, "world": points}
        return self._envelope("DETECTIONS", timestamp, self._device_metadata(sensor)) | {"data": data}

    def again(self, event: Json) -> Json:
        """Return the same event as it is sent when its minute was recomputed: with another id."""
        return event | {"id": new_id(self._rng, "event")}

    def _envelope(self, kind: str, timestamp: int, metadata: Json) -> Json:
        """Return the outer part of a body."""
        return {
            "id": new_id(self._rng, "event"),
            "type": kind,
            "timestamp": timestamp,
            "version": "v1.0.0",
            "metadata": metadata,
        }

    def _metadata(
        self, floor: Floor, room: Room | None = None, zone: Zone | None = None, device: Json | None = None
    ) -> Json:
        """Return who and where; what does not apply is absent."""
        building = self._estate.buildings[floor.building_id]
        site = self._estate.sites[building.site_id]
        named = device or {}
        ids: Json = {key: named[key] for key in ("hive_id", "sensor_id") if key in named}
        rest: Json = {key: value for key, value in named.items() if key not in ids}
        metadata: dict[str, Any] = {
            "org_id": self._estate.id,
            "site_id": site.id,
            "building_id": building.id,
            "floor_id": floor.id,
            "room_id": room.id if room else None,
            "zone_id": zone.id if zone else None,
            "floor_custom_id": floor.custom_id,
            "room_custom_id": room.custom_id if room else None,
            "zone_custom_id": zone.custom_id if zone else None,
            **ids,
            "org_name": self._estate.name,
            "site_name": site.name,
            "building_name": building.name,
            "floor_name": floor.name,
            "room_name": room.name if room else None,
            "zone_name": zone.name if zone else None,
            **rest,
        }
        return {key: value for key, value in metadata.items() if value is not None}

    def _device_metadata(self, sensor: Sensor) -> Json:
        """Return who and where of a sensor; its id loses the prefix here, as at Butlr."""
        hive = self._estate.hives.get(sensor.hive_id)
        device = {
            "hive_id": sensor.hive_id,
            "sensor_id": sensor.id.removeprefix("sensor_"),
            "hive_serial": hive.serial if hive else "",
            "mac_address": sensor.mac_address,
            "sensor_mode": sensor.mode,
            "sensor_model": sensor.model,
            "hive_model": hive.type if hive else "",
            "hive_version": hive.version if hive else "",
        }
        room = self._estate.rooms.get(sensor.room_id or "")
        # Hardware without a floor of its own stands where its room does.
        floor = self._estate.floors[sensor.floor_id or (room.floor_id if room else "")]
        return self._metadata(floor, room, device=device)
