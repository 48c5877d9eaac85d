"""Why a space is shown as it is: the reason always agrees with what is shown."""

from dataclasses import replace
from datetime import UTC
import random

import pytest

from custom_components.butlr.api.readings import Count, Crossing, Estimate, Motion, NoCount, Reading, Totals
from custom_components.butlr.live.evidence import VALIDITY
from custom_components.butlr.live.live import Live
from custom_components.butlr.live.reasons import Reason
from tests.helpers.live import COPENHAGEN, MIDNIGHT, NOON, Clock, estate, poll

OCCUPIED = {Reason.INSIDE_OCCUPIED, Reason.PEOPLE_COUNTED, Reason.PEOPLE_ESTIMATED, Reason.MOTION}
EMPTY = {Reason.NOBODY_COUNTED, Reason.NOBODY_ESTIMATED, Reason.MOTION_ENDED, Reason.INSIDE_EMPTY}
UNKNOWN = {Reason.NO_SENSORS, Reason.NO_COUNT, Reason.NO_ESTIMATE, Reason.INSIDE_UNKNOWN}
UNAVAILABLE = {Reason.UNCONFIRMED, Reason.SENSORS_OFFLINE, Reason.NO_DATA, Reason.INSIDE_UNAVAILABLE}


def test_reasons_one_by_one(live: Live, clock: Clock) -> None:
    """Each reading gives the reason that it is."""
    assert live.reason("room_meeting") is Reason.NO_COUNT
    assert live.reason("room_canteen") is Reason.NO_ESTIMATE
    assert live.reason("room_bare") is Reason.NO_SENSORS
    assert live.reason("building_1") is Reason.INSIDE_UNKNOWN
    assert live.reason("somewhere else") is Reason.UNCONFIRMED
    live.apply([Motion("room_meeting", False, NOON - 20)])
    assert live.reason("room_meeting") is Reason.MOTION_ENDED
    live.apply([Count("room_meeting", 2, NOON - 10)])
    assert live.reason("room_meeting") is Reason.PEOPLE_COUNTED
    assert live.reason("space_1") is live.reason("building_1") is Reason.INSIDE_OCCUPIED
    live.apply([Count("room_meeting", 0, NOON - 5)])
    assert live.reason("room_meeting") is Reason.NOBODY_COUNTED
    live.apply([Motion("room_meeting", True, NOON)])
    assert live.reason("room_meeting") is Reason.MOTION
    poll(live, Totals("room_canteen", 3, 1, MIDNIGHT, NOON), Estimate("room_canteen", 2, MIDNIGHT, NOON))
    assert live.reason("room_canteen") is Reason.PEOPLE_ESTIMATED
    live.apply([Crossing("room_canteen", 0, 2, NOON + 1, "sensor", "event-1")])
    assert live.reason("room_canteen") is Reason.NOBODY_ESTIMATED
    clock.now += VALIDITY + 10
    live.tick()
    assert live.reason("room_meeting") is Reason.NO_DATA


def test_reasons_of_hardware(live: Live, clock: Clock) -> None:
    """An offline sensor is told from a cloud that does not answer; what is empty inside is told from a count."""
    live.apply([Count("room_meeting", 0, NOON), Count("zone_desk", 0, NOON)])
    poll(live, Totals("room_canteen", 0, 0, MIDNIGHT, NOON), Estimate("room_canteen", 0, MIDNIGHT, NOON))
    poll(live, Totals("space_1", 0, 0, MIDNIGHT, NOON), Estimate("space_1", 0, MIDNIGHT, NOON))
    assert live.reason("building_1") is Reason.INSIDE_EMPTY
    some = estate()
    offline = {key: replace(one, online=False) for key, one in some.sensors.items()}
    live.set_estate(replace(some, sensors=offline, unconfirmed=frozenset({"zone_desk"})), {"site_1": COPENHAGEN}, UTC)
    assert live.reason("room_meeting") is Reason.SENSORS_OFFLINE
    assert live.reason("zone_desk") is Reason.UNCONFIRMED
    # What has no sensors is never unavailable.
    sensed = {key: room for key, room in some.rooms.items() if key != "room_bare"}
    live.set_estate(replace(some, sensors=offline, rooms=sensed), {"site_1": COPENHAGEN}, UTC)
    assert live.reason("space_1") is Reason.SENSORS_OFFLINE
    assert live.reason("building_1") is Reason.INSIDE_UNAVAILABLE


@pytest.mark.random_seeds
def test_reasons_agree_with_states(live: Live, clock: Clock, seed: int) -> None:
    """Whatever happens, the reason is of the kind that is shown."""
    generator = random.Random(seed)
    spaces = ("room_meeting", "room_canteen", "zone_desk", "space_1", "building_1", "room_bare")
    seen = set()
    for step in range(400):
        clock.now += generator.choice((1, 20, 90, 400))
        space, now = generator.choice(spaces[:4]), clock.now - generator.choice((0, 5, 30))
        number = generator.choice((0, 0, 1, 3))
        reading: Reading = generator.choice(
            (
                Count(space, number, now),
                NoCount(space, now),
                Motion(space, bool(number), now),
                Totals(space, number + 1, 1, MIDNIGHT, now),
                Estimate(space, number, MIDNIGHT, now),
                Crossing(space, number, 1, now, "sensor", f"event-{step}"),
            )
        )
        live.apply([reading], polled=generator.random() < 0.5)
        live.tick()
        for one in spaces:
            state, reason = live.state(one), live.reason(one)
            seen.add(reason)
            wanted = {True: OCCUPIED, False: EMPTY, None: UNKNOWN}[state.occupied] if state.available else UNAVAILABLE
            assert reason in wanted, (one, state, reason)
    assert len(seen) > 6
