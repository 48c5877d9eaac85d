"""Outages: when they start and end, and how they are stored."""

from dataclasses import replace
import json
from typing import Any

import pytest

from custom_components.butlr.api.estate import Estate, Hive, Sensor
from custom_components.butlr.live.outages import OUTAGES_KEPT, Outages
from tests.helpers.live import NOON, estate, sensor

MEETING = "room_meeting"
HOUR = 3600.0


def offline_estate(heartbeat: float | None = NOON - HOUR, *, more: tuple[Sensor, ...] = ()) -> Estate:
    """Return the estate with the sensor of the meeting room offline."""
    offline = replace(sensor(1, room=MEETING), online=False, last_heartbeat=heartbeat)
    return estate(sensors={one.id: one for one in (offline, *more)})


def spans(outages: Outages, space_id: str = MEETING) -> list[tuple[float, float]]:
    """Return the outages of a space around noon."""
    return list(outages.within(space_id, NOON - 48 * HOUR, NOON + 48 * HOUR))


def test_start_and_end_of_an_outage() -> None:
    """It starts with the last heartbeat and lasts until a sensor is online again."""
    outages = Outages()
    outages.update(estate(), NOON - 2 * HOUR)
    assert spans(outages) == []
    outages.update(offline_estate(), NOON)
    outages.update(offline_estate(), NOON + 600)
    assert spans(outages) == [(NOON - HOUR, NOON + 48 * HOUR)]
    outages.update(estate(), NOON + 1200)
    outages.update(estate(), NOON + 1800)
    assert spans(outages) == [(NOON - HOUR, NOON + 1200)]
    assert outages.overlap(MEETING, NOON - 2 * HOUR, NOON - HOUR + 1)
    assert not outages.overlap(MEETING, NOON - 2 * HOUR, NOON - HOUR)
    assert not outages.overlap(MEETING, NOON + 1200, NOON + 1300)
    assert not outages.overlap("room_canteen", NOON - HOUR, NOON)


def test_one_online_sensor_is_enough() -> None:
    """An outage needs all presence sensors of a space to be offline; door sensors do not count people."""
    outages = Outages()
    outages.update(offline_estate(more=(sensor(4, room=MEETING),)), NOON - 2 * HOUR)
    assert spans(outages) == []
    outages.update(offline_estate(more=(sensor(4, room=MEETING, mode="traffic"),)), NOON)
    assert spans(outages) == [(NOON - HOUR, NOON + 48 * HOUR)]
    # The zone has no sensors of its own, so those of its floor count it.
    assert spans(outages, "zone_desk") == spans(outages, MEETING)


@pytest.mark.parametrize(
    ("heartbeat", "checked_at", "start"),
    [
        (None, None, 0.0),  # never online, as far as is known
        (None, NOON - 600, NOON - 600),
        (NOON - HOUR, NOON - 600, NOON - 600),
        (NOON - 300, NOON - 600, NOON - 300),
    ],
)
def test_start_of_an_outage(heartbeat: float | None, checked_at: float | None, start: float) -> None:
    """It starts at the last heartbeat, or when the sensor was last found online."""
    outages = Outages()
    if checked_at:
        outages.update(estate(), checked_at)
    outages.update(offline_estate(heartbeat), NOON)
    assert list(outages.within(MEETING, -1, NOON)) == [(start, NOON)]


def test_an_offline_hive() -> None:
    """Sensors behind an offline hive look online, but were last online no later than the hive."""
    whole = estate()
    hive: Hive = replace(whole.hives["hive_1"], online=False, last_heartbeat=NOON - 2 * HOUR)
    healthy = replace(whole.sensors["sensor_1"], last_heartbeat=NOON)
    outages = Outages()
    outages.update(estate(hives={hive.id: hive}, sensors={healthy.id: healthy}), NOON)
    assert spans(outages) == [(NOON - 2 * HOUR, NOON + 48 * HOUR)]


def test_stored_as_json() -> None:
    """What is stored is restored; an outage that lasts goes on, and old ones are dropped."""
    outages = Outages()
    outages.update(offline_estate(), NOON)
    outages.update(estate(), NOON + 600)
    outages.update(offline_estate(NOON + 700), NOON + 1200)
    other = Outages()
    other.restore(json.loads(json.dumps(outages.as_dict())))
    assert other.as_dict() == outages.as_dict()
    # A check that finds nothing new changes nothing that is stored.
    before = other.as_dict()
    other.update(offline_estate(NOON + 700), NOON + 1260)
    assert other.as_dict() == before
    assert spans(other) == [(NOON - HOUR, NOON + 600), (NOON + 700, NOON + 48 * HOUR)]
    other.update(estate(), NOON + 1800)
    assert spans(other)[-1] == (NOON + 700, NOON + 1800)
    other.update(estate(), NOON + 1900 + OUTAGES_KEPT)
    assert other.as_dict()["spans"] == {}


@pytest.mark.parametrize(
    "stored",
    [
        None,
        [],
        {},
        {"spans": []},
        {"looked_at": "noon", "spans": {MEETING: None}},
        {"looked_at": True, "spans": {MEETING: [[1], 5, ["a", 2], [1, "b"], [None, None], [float("nan"), 1]]}},
    ],
)
def test_damaged_parts_are_ignored(stored: Any) -> None:
    """No content of a file raises an exception."""
    outages = Outages()
    outages.restore(stored)
    assert outages.as_dict() == {"looked_at": 0.0, "spans": {}}
