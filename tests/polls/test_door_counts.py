"""Entries and exits are right after every poll, whichever pushes were lost, at any hour and under any limit."""

from contextlib import nullcontext
from datetime import datetime
import json
import random
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.butlr.api.errors import ButlrBadRequestError, ButlrRateLimitError
from custom_components.butlr.api.estate import Estate
from custom_components.butlr.api.estate_reader import fetch_estate
from custom_components.butlr.api.events import PositionsEvent, UnreadEvent, parse_event
from custom_components.butlr.api.findings import Findings
from custom_components.butlr.api.silence import KnownData
from custom_components.butlr.coordinator import Failures, PollContext
from custom_components.butlr.live.live import Live
from custom_components.butlr.live.push_health import PushHealth
from custom_components.butlr.polls.traffic import CROSSING_DELAY, TrafficCoordinator
from tests.simulator import Simulator
from tests.simulator.questions import read_question

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
MINUTE = 60.0
DELAYS = (0.0, 0.0, 0.3, 2.0, 8.0)


class House:
    """People who walk through doors, a cloud that reports them, and the traffic poll, with a clock of its own."""

    def __init__(self, hass: HomeAssistant, rooms: int, seed: int, at: str, settings: dict[str, Any]) -> None:
        """Start with an empty house."""
        self.now = datetime.fromisoformat(at).replace(tzinfo=COPENHAGEN).timestamp()
        self.rng = random.Random(f"{seed}/{at}")
        self.without_zeros = settings.pop("without_zeros", False)
        self.simulator = Simulator(rooms=rooms, seed=seed, fallback_timezone="Europe/Copenhagen", **settings)
        setattr(self.simulator, "now", lambda: round(self.now * 1000))  # noqa: B010 - mypy allows it this way only
        self.simulator._begin()
        self.simulator.dispatcher.listens = lambda kind: kind == "TRAFFIC"  # type: ignore[method-assign]
        self.simulator.dispatcher.publish = self._publish  # type: ignore[method-assign]
        self.client: Any = SimpleNamespace(
            now=lambda: self.now,
            steady=lambda: self.now,
            known_data=KnownData(lambda: self.now),
            findings=Findings(),
            polling=lambda **_: nullcontext(),
            graphql=self._graphql,
            report=self._report,
        )
        self.live = Live(self.client.now)
        self.estate: Estate
        self.poll: TrafficCoordinator
        self.asked: list[tuple[str, int, float]] = []
        self.fault: Exception | None = None
        self.faulty = ""
        self._hass = hass
        self._pushes: list[tuple[float, int, Any]] = []
        self._inside: list[str] = []

    async def begin(self, *, pushed: bool = True) -> None:
        """Read the estate, and prepare the poll."""
        self.estate = await fetch_estate(self.client)
        self.estate.index()
        zones = {site.id: ZoneInfo(site.time_zone) for site in self.estate.sites.values() if site.time_zone}
        self.live.set_estate(self.estate, zones, COPENHAGEN)
        entry = MockConfigEntry()
        estate: Any = SimpleNamespace(data=self.estate, succeeded_at=self.now)
        context = PollContext(
            hass=self._hass, entry=entry, client=self.client, live=self.live, failures=Failures(self._hass, entry)
        )
        self.poll = TrafficCoordinator(context, estate, PushHealth(self.client.now))
        self.poll.crossings_pushed = pushed

    async def _graphql(self, document: str) -> Any:
        return json.loads(self.simulator.graphql.answer({"query": document})[1])["data"]

    async def _report(self, body: dict[str, Any], **_: object) -> Any:
        question = read_question(body, self.simulator.now())
        (measurement,) = question.measurements
        self.asked.append((measurement, len(*question.assets.values()), (question.stop - question.start) / 3_600_000))
        if self.fault and measurement.startswith(self.faulty):
            raise self.fault
        rows = json.loads(json.dumps(self.simulator.reporting.answer(question)["data"]))
        if self.without_zeros and measurement == "traffic":
            rows = [row for row in rows if row["value"]]
        return rows

    def _publish(self, event: Any, provisional: object = None, again: object = None) -> None:
        """Lose a tenth of the pushes, duplicate another, and delay some."""
        for _again in range(self.rng.choices((0, 1, 2), weights=(1, 8, 1))[0]):
            self._pushes.append((self.now + self.rng.choice(DELAYS), len(self._pushes), event))

    def _take_pushes(self) -> None:
        due = sorted(push for push in self._pushes if push[0] <= self.now)
        self._pushes = [push for push in self._pushes if push[0] > self.now]
        for _, _, body in due:
            event, _organization = parse_event(json.dumps(body).encode())
            assert not isinstance(event, UnreadEvent | PositionsEvent)
            self.live.apply(event.readings(self.estate))

    def walk(self) -> None:
        """Let a person arrive, walk on or leave."""
        world, coverage = self.simulator.world, self.simulator.estate.coverage
        places = [*self.simulator.estate.rooms, None]
        timestamp = world.timestamp(self.simulator.now())
        if self._inside and self.rng.random() < 0.6:
            person, to = self.rng.choice(self._inside), self.rng.choice(places)
            if to is None:
                self._inside.remove(person)
            world.move(world.people[person], coverage.place(to) if to else None, timestamp)
        else:
            place = coverage.place(self.rng.choice(places[:-1]) or "")
            mover = self.simulator._mover(place, None, None)
            self._inside.append(mover.id)
            world.move(mover, place, timestamp)

    def pass_time(self, seconds: float, steps: int) -> None:
        """Let time pass while people take steps, except in the last minutes."""
        end = self.now + seconds
        timestamps = sorted(self.rng.uniform(self.now, end - 2 * MINUTE - CROSSING_DELAY) for _ in range(steps))
        for timestamp in timestamps:
            self.now = timestamp
            self.walk()
            self._take_pushes()
        self.now = end
        self._take_pushes()
        self.live.tick()

    def wrong(self) -> list[str]:
        """Return the differences between `Live` and the simulator."""
        found = []
        for space_id, truth in self.simulator.truth()["spaces"].items():
            if truth["entries_today"] is None or not truth["available"]:
                continue
            state = self.live.state(space_id)
            shown, right = (state.entries, state.exits), (truth["entries_today"], truth["exits_today"])
            if shown != right:
                found.append(f"{truth['name']}: {shown} instead of {right}")
        return found


@pytest.fixture
def house(hass: HomeAssistant, rooms: int, seed: int, at: str, settings: dict[str, Any]) -> House:
    """Return a house."""
    return House(hass, rooms, seed, at, dict(settings))


HOURS: dict[str, Any] = {"limit_counts": "hours"}


@pytest.mark.random_seeds
@pytest.mark.parametrize(
    ("rooms", "settings"),
    [
        (5, {}),
        (60, HOURS | {"processing_limit": 60}),
        (300, HOURS),
        (300, HOURS | {"processing_limit": 30}),
        (300, HOURS | {"without_zeros": True}),
        (60, {"without_zeros": True}),
    ],
)
@pytest.mark.parametrize("at", ["2026-03-10T23:31", "2026-03-29T00:30"])
async def test_every_poll_is_right(house: House) -> None:
    """From the evening past midnight into quiet hours, and on a day of 23 hours."""
    await house.begin()
    for _ in range(4):
        house.pass_time(300, house.rng.choice((0, 3, 10)))
        await house.poll._fetch()
    # Midnight, then hours without a crossing, until the day is longer than one answer may cover.
    for _ in range(40):
        house.pass_time(300, 0)
        await house.poll._fetch()
    unknown = house.without_zeros
    for _ in range(24):
        house.pass_time(300, house.rng.choice((0, 0, 1, 1, 5)))
        await house.poll._fetch()
        wrong = house.wrong()
        # An empty answer is not zero for spaces without earlier data.
        assert [line for line in wrong if not (unknown and line.partition(": ")[2].startswith("(None"))] == []
    assert house.simulator.world.crossed


@pytest.mark.parametrize("rooms", [300])
@pytest.mark.parametrize("at", ["2026-03-10T20:00"])
@pytest.mark.parametrize("settings", [HOURS | {"processing_limit": 30}])
async def test_past_hours_are_requested_once(house: House) -> None:
    """If a day is too long for one request, past hours are requested once; late crossings show within an hour."""
    await house.begin()
    for _ in range(3):
        house.pass_time(300, 5)
        await house.poll._fetch()
    doors = sum(bool(house.estate.equipment(one).traffic) for one in house.estate.spaces)
    whole_days = []
    for _ in range(8):
        house.asked.clear()
        house.pass_time(300, 5)
        await house.poll._fetch()
        assert house.wrong() == []
        whole_days.append(sum(items for kind, items, hours in house.asked if kind == "traffic" and hours > 3))
    # The whole day is tried again from time to time.
    assert sum(items > doors / 3 for items in whole_days) <= 2
    # A sensor was offline, and reports a crossing of three hours ago.
    door = next(sensor for sensor in house.simulator.estate.sensors.values() if sensor.mode == "traffic")
    timestamps, directions = house.simulator.world._doors[door.id]
    late = round((house.now - 3 * 3600) * 1000)
    timestamps.insert(0, late)
    directions.insert(0, 1)
    house.simulator.world.crossed.appendleft((late, door.id, 1))
    for _ in range(14):
        house.pass_time(300, 0)
        await house.poll._fetch()
    assert house.wrong() == []


@pytest.mark.parametrize("rooms", [5])
@pytest.mark.parametrize("at", ["2026-03-10T15:00"])
@pytest.mark.parametrize("settings", [{}])
async def test_estimates_that_fail(house: House) -> None:
    """Totals are requested anyway, except after a rate limit, and the error is raised."""
    await house.begin()
    house.fault, house.faulty = ButlrBadRequestError("HTTP 400"), "traffic_"
    with pytest.raises(ButlrBadRequestError):
        await house.poll._fetch()
    assert house.wrong() == []
    house.fault, house.faulty = ButlrRateLimitError(60), ""
    house.asked.clear()
    with pytest.raises(ButlrRateLimitError):
        await house.poll._fetch()
    assert "traffic" not in {kind for kind, _, _ in house.asked}


@pytest.mark.parametrize("rooms", [5])
@pytest.mark.parametrize("at", ["2026-03-10T00:00"])
@pytest.mark.parametrize("settings", [{}])
async def test_the_first_minute_of_a_day(house: House) -> None:
    """Nothing is requested, and the totals are zero."""
    house.now += 20
    await house.begin(pushed=False)
    await house.poll._fetch()
    assert house.asked == []
    assert house.wrong() == []
    assert {house.live.state(one).estimate for one in house.estate.rooms if house.estate.equipment(one).traffic} == {0}
