"""How far states can be trusted, and why: compared with an evaluation of the rules that shares no code with them."""

from dataclasses import dataclass, field, replace
from datetime import UTC
import random

import pytest

from custom_components.butlr.api.estate import Building, Estate, Floor, Room, Sensor, Zone
from custom_components.butlr.api.readings import Count, Crossing, Estimate, Motion, NoCount, NoEstimate, Reading, Totals
from custom_components.butlr.live.confidence import stale_after
from custom_components.butlr.live.explanation import RULES
from custom_components.butlr.live.live import Live
from custom_components.butlr.live.reasons import Reason
from tests.helpers.live import COPENHAGEN, MIDNIGHT, NOON, Clock, estate, make_live, poll, sensor

SITUATIONS = 200
OFFICE, SMALL, CAFE, BARE, DESK, ROW = "room_office", "room_small", "room_cafe", "room_bare", "zone_desk", "zone_row"
LOWER, UPPER, BUILDING = "space_lower", "space_upper", "building_1"
# Where sensors are: presence sensors with their rooms, and doors.
COUNTERS = {OFFICE: ("1", "2"), SMALL: ("3",), DESK: ("5",), ROW: ("1", "2", "3", "5"), LOWER: ("1", "2", "3", "5")}
DOORS = {CAFE: ("6", "7"), UPPER: ("8",)}
# The sensors of which one must be online where these are not the same; a zone without its own cannot lose them.
ANY = {UPPER: ("6", "7", "8"), ROW: ("",)}
PIRS = {OFFICE: ("2",), SMALL: ("3",)}
CHILDREN = {
    LOWER: (OFFICE, SMALL, DESK, ROW),
    UPPER: (CAFE, BARE),
    BUILDING: (LOWER, UPPER),
}
BOTTOM_UP = (OFFICE, SMALL, CAFE, BARE, DESK, ROW, LOWER, UPPER, BUILDING)


def building(online: dict[str, bool]) -> Estate:
    """Return a building with every kind of space."""
    rooms = {"1": OFFICE, "2": OFFICE, "3": SMALL, "6": CAFE, "7": CAFE}
    sensors: dict[str, Sensor] = {}
    for number, works in online.items():
        door = number in "678"
        one = sensor(
            int(number), room=rooms.get(number), mode="traffic" if door else "presence", entrance=number == "8"
        )
        floor = UPPER if door else LOWER
        model = "Heatic 2+" if number in "23" else "Heatic 2"
        sensors[one.id] = replace(one, floor_id=floor, hive_serial=None, online=works, model=model)
    return estate(
        buildings={BUILDING: Building(id=BUILDING, name="Building", site_id="site_1")},
        floors={one: Floor(id=one, name=one, building_id=BUILDING) for one in (LOWER, UPPER)},
        rooms={
            one: Room(id=one, name=one, floor_id=UPPER if one in (CAFE, BARE) else LOWER)
            for one in (OFFICE, SMALL, CAFE, BARE)
        },
        zones={
            DESK: Zone(id=DESK, name=DESK, floor_id=LOWER, sensor_ids=("sensor_5",)),
            ROW: Zone(id=ROW, name=ROW, floor_id=LOWER),
        },
        sensors=sensors,
        hives={},
    )


@dataclass
class Facts:
    """What happened: times are seconds before now."""

    online: dict[str, bool]
    every: float
    # By space: the people, how long ago they were received, and whether a poll told.
    counts: dict[str, tuple[int, float, bool]] = field(default_factory=dict)
    motion: dict[str, tuple[bool, float]] = field(default_factory=dict)
    # The polled estimate and how long ago; who crossed inward since, and how long ago.
    estimates: dict[str, tuple[int, float]] = field(default_factory=dict)
    crossed: dict[str, tuple[int, float]] = field(default_factory=dict)

    @classmethod
    def random(cls, generator: random.Random) -> Facts:
        """Return anything that may happen."""
        pick = generator.choice
        share = pick((0.6, 0.9, 1.0))
        facts = cls({number: generator.random() < share for number in "1235678"}, pick((60.0, 300.0)))
        ages = pick(((5.0, 90.0), (5.0, 150.0, 250.0), (100.0, 300.0, 500.0), (10.0, 200.0, 430.0, 590.0, 700.0)))
        present = pick((0.7, 1.0))
        for space in COUNTERS:
            if generator.random() < present:
                facts.counts[space] = pick((0, 0, 0, 2)), pick(ages), pick((True, False))
        for space in PIRS:
            if generator.random() < 0.4:
                facts.motion[space] = pick((True, False)), pick(ages) + pick((-2.5, 31.0))
        for space in DOORS:
            if generator.random() < present:
                facts.estimates[space] = pick((0, 0, 3)), pick(ages)
                if generator.random() < 0.3 and facts.estimates[space][1] > 20:
                    facts.crossed[space] = pick((1, 2)), pick((3.0, 15.0))
        return facts

    def apply(self, live: Live, clock: Clock) -> None:
        """Let it happen, in order."""
        events: list[tuple[float, bool, list[Reading]]] = []
        for space, (people, age, polled) in self.counts.items():
            events.append((age, polled, [Count(space, people, NOON - age)]))
        for space, (detected, age) in self.motion.items():
            events.append((age, False, [Motion(space, detected, NOON - age)]))
        for space, (people, age) in self.estimates.items():
            sums = Totals(space, people + 1, 1, MIDNIGHT, NOON - age)
            events.append((age, True, [sums, Estimate(space, people, MIDNIGHT, NOON - age)]))
        for space, (people, age) in self.crossed.items():
            events.append((age, False, [Crossing(space, people, 0, NOON - age, "sensor", space)]))
        for age, polled, readings in sorted(events, key=lambda event: -event[0]):
            clock.now = NOON - age
            live.apply(readings, polled=polled)
        clock.now = NOON
        live.tick()


@dataclass
class Verdict:
    """What is to be shown of a space, and why; whether anyone is there is not shown while it is unavailable."""

    available: bool
    occupied: bool | None
    confidence: str
    reason: str

    @property
    def known(self) -> bool:
        """Whether it is known if anyone is there."""
        return self.occupied is not None


def judge(facts: Facts) -> dict[str, Verdict]:
    """Evaluate the rules of the design for every space."""
    verdicts: dict[str, Verdict] = {}
    for space in BOTTOM_UP:
        verdicts[space] = _judge(facts, space, {one: verdicts[one] for one in CHILDREN.get(space, ())})
    return verdicts


def _judge(facts: Facts, space: str, children: dict[str, Verdict]) -> Verdict:
    sensors = COUNTERS.get(space) or DOORS.get(space) or ()
    if not any(facts.online.get(number, True) for number in ANY.get(space, sensors or ("",))):
        return Verdict(False, None, "unknown", "sensors_offline")
    if space != BARE and not _is_fresh(facts, space) and not any(one.available for one in children.values()):
        return Verdict(False, None, "unknown", "inside_unavailable" if space == BUILDING else "no_data")
    number = _number(facts, space)
    own = _own(facts, space, number)
    inside = [one for name, one in children.items() if name != BARE]
    if any(one.occupied for one in inside):
        occupied: bool | None = True
        reason = "inside_occupied"
    elif own is None and inside and all(one.known for one in inside):
        occupied, reason = False, "inside_empty"
    else:
        occupied, reason = own, _own_reason(space, number, own)
    confidence = "unknown"
    if occupied is not None:
        ratings = {one.confidence if one.known else "partial" for one in inside} | _own_ratings(facts, space, number)
        confidence = next((one for one in ("stale", "partial", "estimated") if one in ratings), "measured")
    return Verdict(True, occupied, confidence, reason)


def _is_fresh(facts: Facts, space: str) -> bool:
    """Return whether anything of the space itself was received within 10 minutes."""
    ages = [facts.motion[space][1]] if space in facts.motion else []
    ages += [known[space][1] for known in (facts.estimates, facts.crossed) if space in known]
    # A pushed count that no online sensor can have made is no news; a poll that answers is.
    if space in facts.counts and (facts.counts[space][2] or any(facts.online[one] for one in COUNTERS[space])):
        ages.append(facts.counts[space][1])
    return any(age < 600 for age in ages)


def _number(facts: Facts, space: str) -> int | None:
    """Return the number that stands for a space, if it is believed."""
    if space in DOORS:
        known = space in facts.estimates and facts.estimates[space][1] < 600
        return facts.estimates[space][0] + facts.crossed.get(space, (0, 0))[0] if known else None
    if space not in facts.counts or not any(facts.online[number] for number in COUNTERS[space]):
        return None
    return facts.counts[space][0] if facts.counts[space][1] < 600 else None


def _own(facts: Facts, space: str, number: int | None) -> bool | None:
    """Return whether a space is occupied by its own newest evidence."""
    detected, age = facts.motion.get(space, (None, 1000.0))
    if age >= 600:
        detected = None
    # Of a polled count, only the start of its minute is certain.
    counted = facts.counts[space][1] + 20 * facts.counts[space][2] if space in PIRS and number is not None else 1000.0
    by_count = None if number is None else number > 0
    return by_count if detected is None or age >= counted else detected or bool(by_count)


def _own_reason(space: str, number: int | None, own: bool | None) -> str:
    kind = "estimated" if space in DOORS else "counted"
    if own is None:
        none = {BARE: "no_sensors", BUILDING: "inside_unknown", CAFE: "no_estimate", UPPER: "no_estimate"}
        return none.get(space, "no_count")
    if number:
        return f"people_{kind}"
    if own:
        return "motion"
    return f"nobody_{kind}" if number is not None else "motion_ended"


def _own_ratings(facts: Facts, space: str, number: int | None) -> set[str]:
    """Return what makes a space's own number less than measured."""
    ratings = {"estimated"} if space in DOORS else set()
    sensors = COUNTERS.get(space) or DOORS.get(space) or ()
    if not all(facts.online[one] for one in sensors) or (sensors and number is None):
        ratings.add("partial")
    if number is not None:
        age, limit = (facts.estimates[space][1], 450) if space in DOORS else (facts.counts[space][1], facts.every + 150)
        ratings |= {"stale"} if age >= limit else set()
    return ratings


@pytest.mark.random_seeds
def test_agrees_with_an_independent_evaluation(seed: int) -> None:
    """In any situation, state, confidence, reason and arrivals are those that the rules give, and change when said."""
    generator = random.Random(seed)
    seen: set[tuple[str, str]] = set()
    for _ in range(SITUATIONS):
        facts, clock = Facts.random(generator), Clock(NOON - 1800)
        live = Live(clock)
        live.set_estate(building(facts.online), {"site_1": COPENHAGEN}, UTC)
        live.set_counts_stale_after(facts.every + 150)
        facts.apply(live, clock)
        for space, verdict in judge(facts).items():
            state, why = live.state(space), live.explain(space)
            occupied = state.occupied if state.available else None
            assert Verdict(state.available, occupied, state.confidence.value, why.reason.value) == verdict, (
                space,
                facts,
            )
            assert why.confidence is state.confidence
            seen.add((space, verdict.confidence))
            _check_arrivals(facts, space, live)
        _check_what_is_next(facts, live, clock)
    kinds = {"measured", "partial", "stale", "unknown"}
    assert {(OFFICE, kind) for kind in kinds} | {(CAFE, kind) for kind in kinds - {"measured"} | {"estimated"}} <= seen
    assert {(BUILDING, kind) for kind in ("estimated", "partial", "stale", "unknown")} <= seen
    assert {(LOWER, "measured"), (UPPER, "estimated"), (BARE, "unknown")} <= seen


def _check_arrivals(facts: Facts, space: str, live: Live) -> None:
    """Compare how values arrived with what happened."""
    for arrival in live.explain(space).arrivals:
        value: int | None
        match arrival.what:
            case "people":
                value, age, polled = facts.counts[space]
            case "motion":
                (value, age), polled = facts.motion[space], False
            case "estimate":
                (people, age), polled = facts.estimates[space], True
                value = people + facts.crossed.get(space, (0, 0))[0]
            case _:
                (value, age), polled = (None, facts.crossed[space][1]), False
        assert arrival == (arrival.what, value, NOON - age, NOON - age, polled), (space, facts)


def _check_what_is_next(facts: Facts, live: Live, clock: Clock) -> None:
    """Let time pass without news: a state is stale, and no longer believed, exactly when that was announced."""
    announced = {space: live.explain(space) for space in BOTTOM_UP}
    times = sorted(
        {time for why in announced.values() for time in (why.stale_at, why.unknown_at) if time and time > NOON}
    )
    for time in times:
        for now in (time - 1, time):
            clock.now = now
            live.tick()
            for space, why in announced.items():
                if why.unknown_at and live.explain(space).unknown_at:
                    assert now < why.unknown_at, (space, facts)
                    assert ("not_renewed" in live.explain(space).doubts) is (now >= (why.stale_at or 0)), (space, facts)


def test_every_reason_has_a_rule() -> None:
    """Whatever decides is one of the ten rules."""
    assert RULES.keys() == set(Reason)
    assert set(RULES.values()) <= set(range(1, 11))


def test_what_midnight_resets_is_partial(clock: Clock) -> None:
    """An estimate that is zero because it is midnight says nothing about who is still there."""
    live = make_live(clock)
    poll(live, Totals("room_canteen", 3, 1, MIDNIGHT, NOON), Estimate("room_canteen", 2, MIDNIGHT, NOON))
    clock.now = MIDNIGHT + 86400 - 100
    poll(live, Totals("room_canteen", 3, 1, MIDNIGHT, clock.now), Estimate("room_canteen", 2, MIDNIGHT, clock.now))
    assert live.explain("room_canteen").resets_at == MIDNIGHT + 86400
    clock.now = MIDNIGHT + 86400 + 1
    live.tick()
    assert (live.state("room_canteen").occupied, live.state("room_canteen").confidence) == (False, "partial")
    assert live.explain("room_canteen").doubts == ("estimate", "reset")
    clock.now += 60
    poll(live, Estimate("room_canteen", 0, MIDNIGHT + 86400, clock.now))
    assert live.state("room_canteen").confidence == "estimated"


def test_a_new_pace_decides_what_is_stale(live: Live, clock: Clock) -> None:
    """A count that is fresh enough while pushes are relied on may be stale when they are not."""
    live.set_counts_stale_after(stale_after(300, 1))
    live.apply([Count("room_meeting", 1, NOON)])
    clock.now += 220
    live.tick()
    assert live.state("room_meeting").confidence == "measured"
    live.set_counts_stale_after(stale_after(60, 1))
    live.tick()
    assert live.state("room_meeting").confidence == "stale"
    assert live.state("building_1").confidence == "stale"
    poll(live, Count("room_meeting", 1, clock.now - 40), NoCount("zone_desk", clock.now))
    poll(live, NoEstimate("room_canteen"), NoEstimate("space_1"))
    assert live.state("room_meeting").confidence == "measured"
    assert live.state("space_1").confidence == "partial"
    assert live.explain("space_1").doubts == ("no_number", "inside_unknown")


@pytest.mark.parametrize("duration", [0.1, 10, 25, 76, 110])
def test_no_count_is_stale_while_polls_are_slow(duration: float) -> None:
    """A count waits for its poll and two retries, each of which begins a minute after the one before it ended."""
    third_answer = 60 + duration + 60 + duration + 60 + duration
    assert third_answer < stale_after(60, duration) <= third_answer + 60
    assert stale_after(300, duration) > 300 + 60 + 2 * duration


def test_a_space_that_is_gone(live: Live) -> None:
    """Nothing is known of it."""
    why = live.explain("room_gone")
    assert (why.confidence, why.reason, why.rule, why.arrivals) == ("unknown", "unconfirmed", 3, ())
