"""The reporting API: rows of measurements over time, in every shape that Butlr documents, quirks included."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, tzinfo
import random
from typing import Any

from .estate import Coverage, Estate, Floor, Room, Sensor, Zone
from .questions import ESTIMATES, PRESENCE, PRESENCE_TIME, Question
from .settings import Json, Settings
from .timeline import (
    HOUR,
    MINUTE,
    NO_DATA,
    Bucket,
    Steps,
    day_start,
    lay_buckets,
    plain,
    rfc3339,
    statistics_of,
    stretches,
    utc_offset,
)
from .world import World

PAGE_INFO = {"page": 1, "page_item_count": 0, "total_item_count": 0, "total_pages": 1}
"""The counts are zero even when data is full: so it is at Butlr."""

_MARKS: dict[str, Json] = {
    "none": {},
    "data_incomplete": {"data_incomplete": True},
    "dataIncomplete": {"dataIncomplete": True},
    "null_percentage": {"null_percentage": 1.0},
    "nullPercentage": {"nullPercentage": 0.31},
    "null_value": {"value": None},
}
"""How the rows of dead sensors are marked."""

type Values = list[tuple[Bucket, float | None]]


class Reporting:
    """Answers questions from a world's records."""

    def __init__(self, world: World, settings: Settings, seed: int) -> None:
        """Use this world."""
        self._world = world
        self._settings = settings
        self._rng = random.Random(f"{seed}/reporting")

    def answer(self, question: Question) -> Json:
        """Return the response body."""
        if self.weight(question) > self._settings.processing_limit:
            return _body({} if question.order is not None and question.order else [])
        series: list[list[Json]] = []
        for measurement in question.measurements:
            series += self._rows(question, measurement)
        # Series stay together but come in no order, and neither do the rows of traffic.
        self._rng.shuffle(series)
        rows = [row for rows in series for row in rows]
        if question.page is not None:
            number, limit = question.page
            rows = rows[(number - 1) * limit : number * limit]
        return _body(self._shape(question, rows))

    def ids(self, question: Question) -> int:
        """Return how many spaces (or sensors) a question is about."""
        return sum(self._count(question, measurement) for measurement in question.measurements)

    def weight(self, question: Question) -> float:
        """Return ids times hours at one-minute buckets; coarser buckets weigh less if it is rows that count."""
        hours = (question.stop - question.start) / HOUR
        return self.ids(question) * hours * (MINUTE / question.every if self._settings.limit_counts == "rows" else 1)

    def _count(self, question: Question, measurement: str) -> int:
        """Return how many ids one measurement is asked for, unknown ones included."""
        named = sum(len(question.assets.get(name, ())) for name in ("rooms", "zones", "spaces", "sensors"))
        if named and not question.assets.keys() & {"tags", "buildings", "clients", "hives"}:
            return named
        if measurement in ("traffic", "presence"):
            return sum(1 for _ in self._sensors(question, "traffic" if measurement == "traffic" else "presence"))
        kind = PRESENCE.get(measurement) or ESTIMATES.get(measurement) or PRESENCE_TIME.get(measurement)
        if kind is None:
            return sum(len(self._tagged(tag_id)) for tag_id in question.assets.get("tags", ()))
        return sum(1 for _ in self._spaces(question, kind))

    @property
    def _estate(self) -> Estate:
        """Return the estate."""
        return self._world.estate

    @property
    def _coverage(self) -> Coverage:
        """Return the estate's indexes."""
        return self._world.estate.coverage

    # --- which spaces and sensors ---------------------------------------------------------------------------------

    def _spaces(self, question: Question, kind: str) -> Iterator[Floor | Room | Zone]:
        """Yield the floors, rooms or zones that pass the filters."""
        estate = self._estate
        shelves: dict[str, Any] = {"floor": estate.floors, "room": estate.rooms, "zone": estate.zones}
        shelf = shelves[kind]
        own = {"floor": "spaces", "room": "rooms", "zone": "zones"}[kind]
        candidates: Iterable[Any] = shelf.values()
        if own in question.assets:
            candidates = (shelf[item] for item in dict.fromkeys(question.assets[own]) if item in shelf)
        others = [name for name in question.assets if name != own]
        for space in candidates:
            if all(self._within(space, name, question.assets[name]) for name in others):
                yield space

    def _within(self, space: Floor | Room | Zone, name: str, ids: Sequence[str]) -> bool:
        """Return whether a space passes a filter of another kind than its own."""
        floor = self._estate.floor_of(space.id)
        match name:
            case "spaces":
                return floor.id in ids
            case "buildings":
                return floor.building_id in ids
            case "clients":
                return self._estate.id in ids or self._estate.site_of(space.id).id in ids
            case "tags":
                return any(space.id in self._tagged(tag_id) for tag_id in ids)
            case _:
                # A room question with a zone or device filter finds nothing.
                return False

    def _tagged(self, tag_id: str) -> Sequence[str]:
        """Return the spaces of a tag; a tag's name is no id."""
        tag = self._estate.tags.get(tag_id)
        return tag.space_ids if tag else ()

    def _sensors(self, question: Question, mode: str) -> Iterator[Sensor]:
        """Yield the sensors that pass the filters; test sensors report crossings too."""
        assets = question.assets
        for sensor in self._estate.sensors.values():
            phantom = mode == "traffic" and sensor.mac_address.lower().startswith("fa-ke")
            if sensor.mode != mode or not (sensor.real or phantom):
                continue
            floor = self._estate.floors.get(sensor.floor_id)
            found = {
                "rooms": sensor.room_id,
                "spaces": sensor.floor_id,
                "buildings": floor.building_id if floor else None,
                "sensors": sensor.id,
                "hives": sensor.hive_id,
            }
            if all(name in found and found[name] in ids for name, ids in assets.items()):
                yield sensor

    # --- rows -------------------------------------------------------------------------------------------------------

    def _rows(self, question: Question, measurement: str) -> Iterator[list[Json]]:
        """Yield the series of one measurement, each a list of rows."""
        if measurement == "traffic":
            yield from self._traffic(question)
        elif measurement == "presence":
            yield from self._per_sensor(question)
        elif measurement == "tag_occupancy":
            yield from self._per_tag(question)
        elif kind := PRESENCE.get(measurement):
            yield from self._presence(question, measurement, kind)
        elif kind := PRESENCE_TIME.get(measurement):
            for space in self._spaces(question, kind):
                if self._answers_for(space.id):
                    values = self._occupied_seconds(question, space.id)
                    yield self._series(question, self._head(space, measurement, "presence_time_secs"), values)
        else:
            yield from self._estimates(question, measurement)

    def _presence(self, question: Question, measurement: str, kind: str) -> Iterator[list[Json]]:
        """Yield counts of people; a tag question repeats them for each tag."""
        for space in self._spaces(question, kind):
            if not self._answers_for(space.id):
                continue
            values = self._measured(question, self._seen(question, space.id), space.id)
            if "tags" in question.assets:
                head = self._head(space, "occupancy", "occupancy")
                for tag_id in question.assets["tags"]:
                    if space.id in self._tagged(tag_id):
                        yield self._series(question, head | {"tag_id": tag_id}, values)
            else:
                yield self._series(question, self._head(space, measurement, "occupancy"), values)

    def _answers_for(self, space_id: str) -> bool:
        """Return whether presence answers hold rows of a space: of what was seen, or of dead sensors and mere doors."""
        coverage = self._coverage
        return coverage.has_presence(space_id) or (self._settings.dead_rows == "zero" and coverage.senses(space_id))

    def _seen(self, question: Question, space_id: str) -> Steps:
        """Return the people that presence sensors saw in a space; where there are none, nothing."""
        if not self._coverage.has_presence(space_id):
            return []
        return self._world.steps(space_id, question.start, question.stop)

    def _estimates(self, question: Question, measurement: str) -> Iterator[list[Json]]:
        """Yield in minus out; calibrated answers call the measurement otherwise."""
        zone = self._estimate_zone(question)
        for space in self._spaces(question, ESTIMATES[measurement]):
            if not self._coverage.traffic_sensors(space.id):
                continue
            asked = question.start, question.stop
            steps = self._world.estimate_steps(space.id, *asked, calibrated=question.calibrated, zone=zone)
            if question.calibrated:
                head = self._head(space, "aggregator_headcount", "aggregator_occupancy") | {"preprocessed": True}
            else:
                head = self._head(space, measurement, "occupancy")
            values = self._measured(question, steps, space.id)
            if question.calibrated and self._settings.absent_estimates == "absent":
                values = self._of_days_with_crossings(question, values, space.id, zone)
            yield self._series(question, head, values)

    def _estimate_zone(self, question: Question) -> tzinfo:
        """Return by whose midnight estimates begin again: without a zone in the question by that of UTC."""
        return UTC if self._settings.estimate_day == "utc" else question.timezone or UTC

    def _of_days_with_crossings(self, question: Question, values: Values, space_id: str, zone: tzinfo) -> Values:
        """Leave out the buckets of days on which nobody has crossed by the end of the question."""
        if not values:
            return values
        begin = day_start(values[0][0].start, zone)
        doors = self._coverage.traffic_sensors(space_id)
        crossed = {
            day_start(timestamp, zone)
            for door in doors
            for timestamp, _ in self._world.crossings(door, begin, question.stop)
        }
        return [(bucket, value) for bucket, value in values if day_start(bucket.start, zone) in crossed]

    def _traffic(self, question: Question) -> Iterator[list[Json]]:
        """Yield crossings: one row per bucket, sensor and direction."""
        for sensor in self._sensors(question, "traffic"):
            buckets = self._buckets(question, self._zone(question, sensor.floor_id))
            crossings = self._world.crossings(sensor, question.start, question.stop)
            ins = _tally(buckets, [timestamp for timestamp, direction in crossings if direction > 0])
            outs = _tally(buckets, [timestamp for timestamp, direction in crossings if direction < 0])
            values_in: Values = []
            values_out: Values = []
            for bucket, entries, exits in zip(buckets, ins, outs, strict=True):
                busy = entries + exits > 0
                values_in.append((bucket, entries if busy else None))
                values_out.append((bucket, exits if busy else None))
            head = self._sensor_head(sensor)
            rows = self._series(question, head | {"field": "in"}, values_in)
            rows += self._series(question, head | {"field": "out"}, values_out)
            self._rng.shuffle(rows)
            yield rows

    def _per_sensor(self, question: Question) -> Iterator[list[Json]]:
        """Yield the counts of single presence sensors, which share out the people of their space."""
        for sensor in self._sensors(question, "presence"):
            zone = next((zone for zone in self._estate.zones.values() if sensor.id in zone.sensor_ids), None)
            space_id = zone.id if zone else sensor.room_id
            if not space_id or (zone is None and space_id not in self._estate.rooms):
                continue
            siblings = self._coverage.zone_sensors(zone) if zone else self._coverage.room_sensors(space_id, "presence")
            position = next((number for number, item in enumerate(siblings) if item.id == sensor.id), 0)
            share: Steps = [
                (timestamp, people if people == NO_DATA else (people + len(siblings) - 1 - position) // len(siblings))
                for timestamp, people in self._world.steps(space_id, question.start, question.stop)
            ]
            head = self._sensor_head(sensor) | {"measurement": "presence", "field": "occupancy"}
            yield self._series(question, head, self._measured(question, share, space_id))

    def _per_tag(self, question: Question) -> Iterator[list[Json]]:
        """Yield tags: the people of all rooms and zones of each."""
        for tag_id in question.assets.get("tags", ()):
            spaces = [item for item in self._tagged(tag_id) if item not in self._estate.floors]
            spaces = [item for item in spaces if item in self._estate.rooms or item in self._estate.zones]
            counted = [item for item in spaces if self._coverage.has_presence(item)]
            if not counted:
                continue
            total: dict[int, tuple[Bucket, float | None]] = {}
            for space_id in counted:
                steps = self._world.steps(space_id, question.start, question.stop)
                for bucket, value in self._measured(question, steps, counted[0]):
                    known = total.get(bucket.label, (bucket, None))[1]
                    both = [item for item in (known, value) if item is not None]
                    total[bucket.label] = (bucket, sum(both) if both else None)
            head = self._head(self._estate.floor_of(counted[0]), "occupancy", "occupancy")
            head |= {"tag_id": tag_id, "space_id": "", "space_name": ""}
            yield self._series(question, head, list(total.values()))

    def _zone(self, question: Question, space_id: str) -> tzinfo:
        """Return the zone whose clock the buckets follow."""
        return question.timezone or self._world.timezone(space_id)

    def _buckets(self, question: Question, zone: tzinfo) -> list[Bucket]:
        """Lay out the buckets; calibrated ones begin wherever the question begins."""
        aligned = not (question.calibrated and question.every < 24 * HOUR)
        buckets = lay_buckets(question.start, question.stop, question.every, zone, aligned=aligned)
        return [bucket for bucket in buckets if question.times.admits(bucket.start, zone)]

    def _measured(self, question: Question, steps: Steps, space_id: str) -> Values:
        """Return the windowed values of a step function."""
        buckets = self._buckets(question, self._zone(question, space_id))
        return [(bucket, stretch.measure(question.function)) for bucket, stretch in stretches(steps, buckets)]

    def _occupied_seconds(self, question: Question, space_id: str) -> Values:
        """Return the seconds with people, per bucket."""
        buckets = self._buckets(question, self._zone(question, space_id))
        steps = self._seen(question, space_id)
        return [
            (bucket, stretch.occupied() if stretch.values else None) for bucket, stretch in stretches(steps, buckets)
        ]

    def _series(self, question: Question, head: Json, values: Values) -> list[Json]:
        """Turn windowed values into rows."""
        rows: list[Json] = []
        previous: float | None = None
        zone = self._zone(question, head["space_id"] or next(iter(self._estate.floors)))
        label = self._label(head)
        dead = self._settings.dead_rows == "zero" and _counts(head)
        start, stop = rfc3339(question.start), rfc3339(question.stop)
        offset = f"{utc_offset(question.start, zone) // HOUR}h"
        in_bucket = head["preprocessed"] and question.raw
        for bucket, measured in values:
            value = measured
            marks: Json = {}
            if value is None and dead:
                value, marks = 0, _MARKS[self._settings.incomplete_rows]
            if value is None and question.create_empty:
                value = question.fill_value if question.fill_value is not None else 0
                if question.fill_previous and previous is not None:
                    value = previous
            if value is None:
                continue
            previous = value
            value = plain(value)
            if question.admits(value):
                row = head.copy()
                row["time"] = rfc3339(bucket.label if label == "start" else bucket.stop)
                row["start"] = rfc3339(bucket.start) if in_bucket else start
                row["stop"] = rfc3339(bucket.stop) if in_bucket else stop
                row["value"] = value
                row["timezone_offset"] = "" if in_bucket else offset
                rows.append(row | marks)
        return rows

    def _label(self, head: Json) -> str:
        """Return which end of its bucket the time of a row names."""
        settings = self._settings
        if head["measurement"] == "traffic":
            return settings.traffic_label
        return settings.presence_label if _counts(head) else settings.estimate_label

    def _head(self, space: Floor | Room | Zone, measurement: str, name: str) -> Json:
        """Return the fields that all rows of a space share; what does not apply is an empty string."""
        floor = self._estate.floor_of(space.id)
        building = self._estate.buildings[floor.building_id]
        room = space if isinstance(space, Room) else None
        zone = space if isinstance(space, Zone) else None
        if zone is not None:
            room = self._estate.rooms.get(zone.room_id or "")
        head = {
            "field": name,
            "measurement": measurement,
            "time": "",
            "start": "",
            "stop": "",
            "value": 0,
            "preprocessed": False,
            "timezone_offset": "",
            "tag_id": "",
            "building_id": building.id,
            "building_name": building.name,
            "hive_id": "",
            "hive_serial": "",
            "sensor_id": "",
            "space_id": floor.id,
            "space_name": floor.name,
            "room_id": room.id if room else "",
            "room_name": room.name if room else "",
            "zone_id": zone.id if zone else "",
            "zone_name": zone.name if zone else "",
            "mac_address": "",
        }
        if space.custom_id:
            kind = "zone" if zone else "room" if room else "floor"
            head[f"{kind}_custom_id"] = space.custom_id
        return head

    def _sensor_head(self, sensor: Sensor) -> Json:
        """Return the fields that all rows of a sensor share."""
        room = self._estate.rooms.get(sensor.room_id or "")
        # Hardware without a floor of its own stands where its room does.
        floor_id = sensor.floor_id or (room.floor_id if room else "")
        head = self._head(self._estate.floors[floor_id], "traffic", "in")
        head.pop("floor_custom_id", None)
        hive = self._estate.hives.get(sensor.hive_id)
        return head | {
            "hive_id": sensor.hive_id,
            "hive_serial": hive.serial if hive else "",
            "sensor_id": sensor.id,
            "room_id": room.id if room else "",
            "room_name": room.name if room else "",
            "mac_address": sensor.mac_address,
        }

    # --- shapes -----------------------------------------------------------------------------------------------------

    def _shape(self, question: Question, rows: list[Json]) -> Any:
        """Return the rows in the shape that was asked for."""
        if question.order is None:
            return rows
        if question.order:
            return _grouped(rows, question.order, question.order, raw=question.raw)
        if question.raw and self._settings.raw_shape == "nested":
            # Recorded answers map asset and time to rows for traffic and to values for presence.
            return _by_asset_and_time(rows)
        return rows


def _counts(head: Json) -> bool:
    """Return whether a series is of what presence sensors see."""
    return head["measurement"] not in ("traffic", "aggregator_headcount", *ESTIMATES)


def _by_asset_and_time(rows: list[Json]) -> Json:
    """Return what `raw` without an order answers."""
    nested: dict[str, dict[str, list[Json]]] = {}
    for row in rows:
        asset = row["zone_id"] or row["room_id"] or row["space_id"]
        nested.setdefault(asset, {}).setdefault(row["time"], []).append(row)
    return {
        asset: {
            timestamp: found if found[0]["preprocessed"] else statistics_of([row["value"] for row in found])
            for timestamp, found in times.items()
        }
        for asset, times in nested.items()
    }


def _grouped(rows: list[Json], order: Sequence[str], whole: Sequence[str], *, raw: bool) -> Any:
    """Nest rows by the fields of `order`; the leaves are rows or values."""
    if not order:
        rows = sorted(rows, key=lambda row: row["time"])
        return rows if raw else statistics_of([row["value"] for row in rows])
    groups: dict[str, list[Json]] = {}
    # The one documented answer that groups by time and direction writes its times without a Z.
    cut = order[0] == "time" and "field" in whole
    for row in rows:
        key = row[order[0]]
        groups.setdefault(key.removesuffix("Z") if cut else key, []).append(row)
    keys = sorted(groups) if order[0] == "time" else list(groups)
    return {key: _grouped(groups[key], order[1:], whole, raw=raw) for key in keys}


def _tally(buckets: Sequence[Bucket], timestamps: Sequence[int]) -> list[int]:
    """Count ascending timestamps into ascending buckets."""
    counts: list[int] = []
    position = 0
    for bucket in buckets:
        while position < len(timestamps) and timestamps[position] < bucket.start:
            position += 1
        begin = position
        while position < len(timestamps) and timestamps[position] < bucket.stop:
            position += 1
        counts.append(position - begin)
    return counts


def _body(data: Any) -> Json:
    """Return a response body."""
    return {"data": data, "page_info": dict(PAGE_INFO)}
