"""Bodies that Butlr, a faulty Butlr, or someone else might post: valid events, near misses, and noise."""

from collections.abc import Callable
import copy
from dataclasses import dataclass
import functools
import json
from typing import Any

from hypothesis import strategies as st

from tests.simulator import Simulator

type Json = dict[str, Any]

OCCUPANCY = ("FLOOR_OCCUPANCY", "ROOM_OCCUPANCY", "ZONE_OCCUPANCY")
TYPES = (
    *OCCUPANCY,
    *(f"{kind}{suffix}" for kind in OCCUPANCY for suffix in ("_1MIN", "_1M")),
    *("TRAFFIC", "TRAFFIC", "TRAFFIC", "PIR_MOTION", "PIR_NO_MOTION"),
)
# Unsupported types that look like supported ones.
STRANGE_TYPES = (
    *("DETECTIONS", "SENSOR_HEALTH", "HIVE_HEALTH", "TRAFFIC_1MIN", "PIR_MOTION_1M", "ROOM_OCCUPANCY_1M_1MIN"),
    *("ROOM_OCCUPANCY_1MIN_1MIN", "ROOM_OCCUPANCY_1", "room occupancy", " ROOM_OCCUPANCY", "ROOM_OCCUPANCY\0"),
    # These are appended to the type of the event.
    *("+_1MIN", "+_1M", "+_1MIN_1M", "+_1M_1MIN", "+_1H", "+ "),
    *("ROOM_OCCUPANCY_", "OCCUPANCY", "BUILDING_OCCUPANCY", "EventType.TRAFFIC", "Roomoccupancy", "", "\ud800"),
)
# Milliseconds before now: mostly new, then both sides of every time limit of the integration.
AGES = (
    *(0,) * 30,
    *(1, 10, 50, 100, 1_000, 5_000, 59_000, 61_000, 590_000, 610_000, 3_600_000, 86_400_000, 10**10),
    # Few of these, since after an accepted timestamp in the future most others are old.
    *(-1, -5, -20, -130_000, -3_600_000, -86_390_000, -86_410_000, -(10**12)),
)
# Wrong values: the most likely ones first, then every JSON type, both ends of every range, and values that break
# parsers.
LIKELY: tuple[Any, ...] = (None, True, "", "3", -1, 0.4, 100_001, {}, float("nan"), float("inf"))
JUNK: tuple[Any, ...] = (
    *LIKELY,
    *(None, True, False, "", "3", "0", "null", "NaN", " ", [], {}, [3], {"people": 3}, [[]], {"": {"": None}}),
    *(-1, -0.0, -1e-9, 0, 0.4, 0.5, 1.5, 3, 99_999.4, 100_000, 100_000.5, 100_001, 2**31, 2**53 + 1, 2**63, 2**64),
    *(10**15, 10**18, 10**308, 10**309, 10**400, -(10**400), 1e308, -1e308, 5e-324, float("nan")),
    *(float("inf"), float("-inf"), "\0", "\ud800", "\udcff\udc80", "😀", "\u202e", "\u0131", "\ufb01", "x" * 3_000),
    *("room_", "space_", "../../etc/passwd", "{{ states }}", "%s%n", "'; drop table states; --"),
)
# The paths at which values are replaced.
REQUIRED_PATHS: tuple[tuple[str, ...], ...] = (("timestamp",), ("data",), ("data",), ("data", "in"))
PATHS: tuple[tuple[str, ...], ...] = (
    *(("type",), ("timestamp",), ("metadata",), ("data",), ("id",), ("version",)),
    *(("data", "in"), ("data", "out")),
    *(
        ("metadata", name)
        for name in (
            *("org_id", "floor_id", "room_id", "zone_id", "mac_address", "floor_custom_id", "room_custom_id"),
            *("zone_custom_id", "site_id", "room_name", "sensor_id", "something"),
        )
    ),
)
ENCODINGS = (*("utf-8",) * 12, "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "utf-32-be")


@dataclass(frozen=True, slots=True)
class Body:
    """A body that is finished when it is sent, since its timestamp depends on the time.

    Each of `changes` is a path and its new value (`...` deletes it); `twice` is a member that occurs a second time.
    Each of `damages` is applied to the bytes: an operation, a position (0 to 1) and a number.
    """

    document: Any
    age: int | None = None
    changes: tuple[tuple[tuple[str, ...], Any], ...] = ()
    twice: tuple[str, Any] | None = None
    change_case: Callable[[str], str] = str
    encoding: str = "utf-8"
    ascii_only: bool = True
    damages: tuple[tuple[str, float, int], ...] = ()

    def bytes(self, now: float) -> bytes:
        """Return the bytes to post now."""
        if isinstance(self.document, bytes):
            return functools.reduce(_damage, self.damages, self.document)
        document = copy.deepcopy(self.document)
        if self.age is not None:
            document["timestamp"] = round(now * 1000) - self.age
            document["type"] = self.change_case(document["type"])
        for path, value in self.changes:
            _change(document, path, value)
        text = json.dumps(document, ensure_ascii=self.ascii_only)
        if self.twice is not None and text.startswith("{"):
            name, value = self.twice
            member = f"{json.dumps(name)}: {json.dumps(value)}"
            text = f"{{{member}, {text[1:]}" if len(name) % 2 else f"{text[:-1]}, {member}}}"
        return functools.reduce(_damage, self.damages, text.encode(self.encoding, "surrogatepass"))


def _change(document: Any, path: tuple[str, ...], value: Any) -> None:
    """Set or delete the value at a path, if the path exists."""
    for step in path[:-1]:
        document = document.get(step) if isinstance(document, dict) else None
    if not isinstance(document, dict):
        return
    if value is ...:
        document.pop(path[-1], None)
    else:
        document[path[-1]] = value


def _damage(body: bytes, damage: tuple[str, float, int]) -> bytes:
    """Damage bytes as a faulty connection, a faulty disk or an attacker may."""
    what, where, number = damage
    at = int(where * len(body))
    match what:
        case "flip":
            return body[:at] + bytes([(body[at] if at < len(body) else 0) ^ (1 << number % 8)]) + body[at + 1 :]
        case "cut":
            return body[:at]
        case "lose":
            return body[:at] + body[at + 1 + number % 16 :]
        case "insert":
            return body[:at] + bytes([number % 256]) + body[at:]
        case "repeat":
            return body[:at] + body[at : at + number] * 3 + body[at + number :]
        case "double":
            return body * 2
        case _:
            return body + b" " * (60_000 + number * 40)


def _nested() -> tuple[bytes, ...]:
    """Return JSON that is nested deeper than any stack, alone and in an event."""
    event = b'{"type": "ROOM_OCCUPANCY", "timestamp": 1, "metadata": {}, "data": %s}'
    found = []
    for depth in (50, 900, 5_000, 12_000, 32_000, 60_000):
        for opening, closing in ((b"[", b"]"), (b'{"a":', b"}")):
            deep = opening * depth
            found += [deep, deep + b"1" + closing * depth, event % (deep + b"1" + closing * depth)]
    return tuple(found)


def valid_events(simulator: Simulator) -> st.SearchStrategy[Body]:
    """Return a strategy for events as documented by Butlr, about spaces of the estate."""
    estate, organization = simulator.estate, simulator.estate.id

    def occupancy(kind: str, people: float, pick: int, *, by_key: bool) -> Json:
        level = kind.partition("_")[0].lower()
        kept: dict[str, dict[str, Any]] = {"floor": estate.floors, "room": estate.rooms, "zone": estate.zones}
        spaces = list(kept[level].values())
        space = spaces[pick % len(spaces)]
        named = by_key and space.custom_id
        name = {f"{level}_custom_id": space.custom_id} if named else {f"{level}_id": space.id}
        return {"data": people, "metadata": {"org_id": organization, **name}}

    def traffic(entries: float, exits: float, pick: int) -> Json:
        # Half of them are traffic sensors; the others should not report crossings.
        doors = [sensor for sensor in estate.sensors.values() if sensor.mode == "traffic"]
        sensors = [*estate.sensors.values(), *doors * (len(estate.sensors) // len(doors))]
        sensor = sensors[pick % len(sensors)]
        metadata = {"org_id": organization, "floor_id": sensor.floor_id, "mac_address": sensor.mac_address}
        if sensor.room_id:
            metadata["room_id"] = sensor.room_id
        return {"data": {"in": entries, "out": exits}, "metadata": metadata}

    def build(kind: str, age: int, number: float, other: int, pick: int, change_case: Callable[[str], str]) -> Body:
        if "OCCUPANCY" in kind:
            document = occupancy(kind, number, pick, by_key=other % 5 == 0)
        elif kind == "TRAFFIC":
            document = traffic(number, other, pick)
        else:
            document = {k: v for k, v in occupancy("ROOM_OCCUPANCY", 0, pick, by_key=False).items() if k != "data"}
        document |= {"id": f"event_{other}_{pick}_{number}", "type": kind, "version": "v1.0.0"}
        return Body(document, age, change_case=change_case)

    return st.builds(
        build,
        st.sampled_from(TYPES),
        st.sampled_from(AGES),
        st.sampled_from([0, 0, 1, 1, 2, 3, 5, 0.5, 7.49, 40, 100_000]),
        st.integers(0, 40),
        st.integers(0, 1_000),
        st.sampled_from([str.upper, str.upper, str.lower, str.title]),
    )


def near_misses(simulator: Simulator) -> st.SearchStrategy[Body]:
    """Return a strategy for events with something missing, wrong, out of range, or duplicated."""
    spaces = [*simulator.estate.buildings, *simulator.estate.floors, *simulator.estate.rooms, *simulator.estate.zones]
    # A valid value in the wrong place is wrong as well, such as the id of a room instead of a floor.
    levels = st.sampled_from([("metadata", "floor_id"), ("metadata", "room_id"), ("metadata", "zone_id")])
    junk = st.sampled_from((*JUNK, *STRANGE_TYPES, *spaces, *(space.upper() for space in spaces), "org_other"))
    change = st.one_of(
        st.tuples(st.sampled_from(PATHS), st.just(...)),
        st.tuples(st.sampled_from(PATHS), junk),
        st.tuples(st.sampled_from(REQUIRED_PATHS), st.sampled_from(LIKELY)),
        st.tuples(levels, st.sampled_from(spaces)),
    )

    def build(
        body: Body,
        changes: list[Any],
        strange: str | None,
        twice: tuple[str, Any] | None,
        encoding: str,
        ascii_only: bool,
    ) -> Body:
        if strange is not None:
            own = f"{body.document['type']}{strange[1:]}" if strange.startswith("+") else strange
            changes = [*changes[1:], (("type",), own)]
        return Body(body.document, body.age, tuple(changes), twice, body.change_case, encoding, ascii_only)

    return st.builds(
        build,
        valid_events(simulator),
        st.lists(change, min_size=1, max_size=2),
        st.one_of(st.none(), st.none(), st.none(), st.sampled_from(STRANGE_TYPES)),
        st.one_of(st.none(), st.none(), st.tuples(st.sampled_from(["type", "timestamp", "data", "metadata"]), junk)),
        st.sampled_from(ENCODINGS),
        st.booleans(),
    )


def damaged(simulator: Simulator) -> st.SearchStrategy[Body]:
    """Return a strategy for valid events that were damaged in transit."""
    what = st.sampled_from(["flip", "flip", "cut", "lose", "insert", "repeat", "double", "pad"])
    damage = st.tuples(what, st.floats(0, 1), st.integers(0, 255))

    def build(body: Body, damages: list[tuple[str, float, int]]) -> Body:
        return Body(body.document, body.age, change_case=body.change_case, damages=tuple(damages))

    return st.builds(build, valid_events(simulator), st.lists(damage, min_size=1, max_size=3))


def noise() -> st.SearchStrategy[Body]:
    """Return a strategy for bodies that are no events: any JSON, bytes, depths and lengths."""
    scalars = st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=10), st.sampled_from(JUNK)
    )
    keys = st.one_of(st.text(max_size=5), st.sampled_from(["type", "timestamp", "metadata", "data", "room_id", "in"]))
    anything = st.recursive(
        scalars,
        lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(keys, inner, max_size=4)),
        max_leaves=8,
    )
    fixed = (*_nested(), b"", b" ", b"\0" * 100, b"\xff\xfe", b"9" * 5_000, b'"' + b"x" * 60_000 + b'"')
    return st.one_of(
        st.builds(Body, anything), st.builds(Body, st.binary(max_size=120)), st.builds(Body, st.sampled_from(fixed))
    )


def bodies(simulator: Simulator) -> st.SearchStrategy[Body]:
    """Return a strategy for all kinds of bodies."""
    near = near_misses(simulator)
    return st.one_of(valid_events(simulator), near, near, near, damaged(simulator), noise())
