"""What is remembered of the time in which nothing sensed a space."""

from dataclasses import replace
import json
from typing import Any

import pytest

from custom_components.butlr.api.estate import Estate, Hive, Sensor
from custom_components.butlr.live.outages import KEPT, Outages
from tests.live.test_rules import NOON, estate, sensor

MEETING = "room_meeting"
HOUR = 3600.0


def silent(heartbeat: float | None = NOON - HOUR, *, more: tuple[Sensor, ...] = ()) -> Estate:
    """Return the estate with the meeting room's sensor offline."""
    offline = replace(sensor(1, room=MEETING), online=False, last_heartbeat=heartbeat)
    return estate(sensors={one.id: one for one in (offline, *more)})


def spans(outages: Outages, space_id: str = MEETING) -> list[tuple[float, float]]:
    """Return the outages of a space, as far as they lie around noon."""
    return list(outages.of(space_id, NOON - 48 * HOUR, NOON + 48 * HOUR))


def test_an_outage_from_its_beginning_to_its_end() -> None:
    """It begins with the last sign of life and lasts until a sensor is heard again."""
    outages = Outages()
    outages.follow(estate(), NOON - 2 * HOUR)
    assert spans(outages) == []
    outages.follow(silent(), NOON)
    outages.follow(silent(), NOON + 600)
    assert spans(outages) == [(NOON - HOUR, NOON + 48 * HOUR)]
    outages.follow(estate(), NOON + 1200)
    outages.follow(estate(), NOON + 1800)
    assert spans(outages) == [(NOON - HOUR, NOON + 1200)]
    assert outages.touch(MEETING, NOON - 2 * HOUR, NOON - HOUR + 1)
    assert not outages.touch(MEETING, NOON - 2 * HOUR, NOON - HOUR)
    assert not outages.touch(MEETING, NOON + 1200, NOON + 1300)
    assert not outages.touch("room_canteen", NOON - HOUR, NOON)


def test_one_sensor_that_is_heard_is_enough() -> None:
    """A space is without senses only when all of its presence sensors are silent; doors do not count people."""
    outages = Outages()
    outages.follow(silent(more=(sensor(4, room=MEETING),)), NOON - 2 * HOUR)
    assert spans(outages) == []
    outages.follow(silent(more=(sensor(4, room=MEETING, mode="traffic"),)), NOON)
    assert spans(outages) == [(NOON - HOUR, NOON + 48 * HOUR)]
    # The zone lists no sensors of its own: it is counted by those of its floor.
    assert spans(outages, "zone_desk") == spans(outages, MEETING)


@pytest.mark.parametrize(
    ("heartbeat", "looked_at", "begin"),
    [
        (None, None, 0.0),  # never seen alive: nothing of it is believed
        (None, NOON - 600, NOON - 600),
        (NOON - HOUR, NOON - 600, NOON - 600),
        (NOON - 300, NOON - 600, NOON - 300),
    ],
)
def test_when_it_began(heartbeat: float | None, looked_at: float | None, begin: float) -> None:
    """It began after the last heartbeat, or after the sensor was last seen to be online."""
    outages = Outages()
    if looked_at:
        outages.follow(estate(), looked_at)
    outages.follow(silent(heartbeat), NOON)
    assert list(outages.of(MEETING, -1, NOON)) == [(begin, NOON)]


def test_a_silent_hive() -> None:
    """Sensors look healthy behind a hive that is offline: they were heard no later than the hive."""
    whole = estate()
    hive: Hive = replace(whole.hives["hive_1"], online=False, last_heartbeat=NOON - 2 * HOUR)
    healthy = replace(whole.sensors["sensor_1"], last_heartbeat=NOON)
    outages = Outages()
    outages.follow(estate(hives={hive.id: hive}, sensors={healthy.id: healthy}), NOON)
    assert spans(outages) == [(NOON - 2 * HOUR, NOON + 48 * HOUR)]


def test_kept_as_json() -> None:
    """What is kept is what comes back, an outage that lasts goes on, and old ones are forgotten."""
    outages = Outages()
    outages.follow(silent(), NOON)
    outages.follow(estate(), NOON + 600)
    outages.follow(silent(NOON + 700), NOON + 1200)
    other = Outages()
    other.restore(json.loads(json.dumps(outages.as_dict())))
    assert other.as_dict() == outages.as_dict()
    # Which does not change with every look.
    before = other.as_dict()
    other.follow(silent(NOON + 700), NOON + 1260)
    assert other.as_dict() == before
    assert spans(other) == [(NOON - HOUR, NOON + 600), (NOON + 700, NOON + 48 * HOUR)]
    other.follow(estate(), NOON + 1800)
    assert spans(other)[-1] == (NOON + 700, NOON + 1800)
    other.follow(estate(), NOON + 1900 + KEPT)
    assert other.as_dict()["spans"] == {}


@pytest.mark.parametrize(
    "kept",
    [
        None,
        [],
        {},
        {"spans": []},
        {"looked_at": "noon", "spans": {MEETING: None}},
        {"looked_at": True, "spans": {MEETING: [[1], 5, ["a", 2], [1, "b"], [None, None], [float("nan"), 1]]}},
    ],
)
def test_what_is_damaged_is_left_out(kept: Any) -> None:
    """Nothing that a file may hold raises anything."""
    outages = Outages()
    outages.restore(kept)
    assert outages.as_dict() == {"looked_at": 0.0, "spans": {}}
