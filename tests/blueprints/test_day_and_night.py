"""All blueprints through one day and night with an outage: they do what the people demand, and nothing else.

What is demanded is worked out from the itinerary alone, eight minutes by eight minutes, in plain Python.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
import random

from homeassistant.util import dt as dt_util

from tests.blueprints.conftest import Bookings, UseAll
from tests.helpers.hardware import go_offline, go_online, sensors_of
from tests.helpers.house import House
from tests.helpers.scene import Scene

STEP = 8
STEPS = 180
ROOMS = ("Boardroom", "Focus Room")
BOARDROOM = {"area_id": "boardroom"}
BOTH = {"area_id": ["boardroom", "focus_room"]}
# From this step to that one, the integration is not loaded.
OUTAGE = range(80, 85)
# From these steps to those, the sensor of the Focus Room is offline, and nobody enters or leaves that room.
DARK = (range(44, 52), range(100, 107))
# In these steps a booking begins, a few minutes before they end.
BOOKED = range(30, 160, 9)


@dataclass
class Since:
    """Since when something has been the case; it is forgotten when it no longer is."""

    wait: int
    start: int | None = None

    def follow(self, *, holds: bool, now: int) -> None:
        """Take over what is the case now."""
        self.start = (now if self.start is None else self.start) if holds else None

    def due(self, now: int) -> bool:
        """Return once whether it has been the case for long enough."""
        if self.start is None or now - self.start < self.wait:
            return False
        self.start = None
        return True


@dataclass
class Demand:
    """What the blueprints are to do, given the people in both rooms; None for a room that is not known."""

    done: list[str] = field(default_factory=list)
    before: tuple[int | None, int | None] = (0, 0)
    lit: bool = False
    present: bool = False
    told: bool = False
    asked: bool = False
    hours: float = 0
    empty: Since = field(default_factory=lambda: Since(12))
    all_out: Since = field(default_factory=lambda: Since(22))
    full: Since = field(default_factory=lambda: Since(7))
    used: Since = field(default_factory=lambda: Since(11))
    unused: Since = field(default_factory=lambda: Since(33))
    free: Since = field(default_factory=lambda: Since(12))
    speed: int = 0
    # Since when both rooms are known to have no more people than this.
    calm: dict[int, int | None] = field(default_factory=lambda: dict.fromkeys((0, 2, 3), 0))
    booking: Since = field(default_factory=lambda: Since(12))

    def people(self, now: int, rooms: tuple[int | None, int | None]) -> None:
        """People have moved, or a room is known or unknown now."""
        board, focus = rooms
        seen = [people for people in rooms if people is not None]
        most = max(seen) if len(seen) == len(rooms) else None
        if board and not self.lit:
            self.lit = True
            self.done.append("light.turn_on light.boardroom")
        if any(seen) and not self.present:
            self.present = True
            self.done.append("switch.turn_on switch.sign")
        if self.told and focus is not None and focus <= 1:
            self.told = False
            self.done.append("notify.send_message notify.desk message=Focus Room over")
        self.empty.follow(holds=self.lit and board == 0, now=now)
        self.all_out.follow(holds=self.present and most == 0, now=now)
        self.full.follow(holds=not self.told and focus is not None and focus > 2, now=now)
        self._edge(self.used, now, holds=bool(board), before=bool(self.before[0]))
        self._edge(self.unused, now, holds=board == 0, before=self.before[0] == 0)
        self._edge(self.free, now, holds=board == 0, before=self.before[0] == 0)
        for people, since in self.calm.items():
            self.calm[people] = (now if since is None else since) if most is not None and most <= people else None
        if (speed := air_for(max(seen, default=0))) > self.speed:
            self._air(speed)
        if self.booking.start is not None and board != 0:
            self.booking.start = None
        self.before = rooms

    def time(self, now: int) -> None:
        """Eight minutes have passed, with the same people."""
        if self.empty.due(now):
            self.lit = False
            self.done.append("light.turn_off light.boardroom")
        if self.all_out.due(now):
            self.present = False
            self.done.append("switch.turn_off switch.sign")
        if self.full.due(now):
            self.told = True
            self.done.append("notify.send_message notify.desk message=Focus Room full")
        if self.used.due(now):
            self.done.append("climate.set_temperature climate.boardroom temperature=21")
        if self.unused.due(now):
            self.done.append("climate.set_temperature climate.boardroom temperature=17")
        for people, since in self.calm.items():
            if air_for(people) < self.speed and since is not None and now - since >= 12:
                self._air(air_for(people))
                break
        if self.booking.due(now):
            self.done.append("notify.send_message notify.desk message=no-show")
        if self.free.due(now) and not self.asked and self.hours >= 3.03:
            self.asked = True
            self.done.append("notify.send_message notify.desk message=clean")

    def begin_booking(self, now: int) -> None:
        """A booking of the Boardroom begins."""
        if self.before[0] == 0:
            self.booking.start = now

    def _edge(self, since: Since, now: int, *, holds: bool, before: bool) -> None:
        if not holds:
            since.start = None
        elif not before:
            since.start = now

    def _air(self, speed: int) -> None:
        self.speed = speed
        self.done.append(f"fan.set_percentage fan.air percentage={speed}" if speed else "fan.turn_off fan.air")


def air_for(people: int) -> int:
    """Return the speed of the fan for the number of people in the fullest room."""
    return 100 if people > 3 else 60 if people > 2 else 30 if people else 0


def itinerary(seed: int) -> Iterator[tuple[int, int]]:
    """Yield how many people are in the rooms in each step: busy by day, quiet at night; one person moves at a time."""
    dice = random.Random(seed)
    people = [0, 0]
    for step in range(STEPS):
        busy = 30 <= step < 124
        for room in range(2):
            if dice.random() < (0.45 if busy else 0.08):
                change = 1 if dice.random() < (0.52 if busy else 0.2) else -1
                if room == 1 and any(step in dark for dark in DARK):
                    continue
                people[room] = min(5, max(0, people[room] + change))
        yield people[0], people[1]


async def test_a_day_and_night(scene: Scene, house: House, use_all: UseAll, bookings: Bookings, seed: int) -> None:
    """Step by step, the same actions as the truth demands."""
    start = dt_util.now()
    bookings.events = [bookings.booking(start + timedelta(minutes=STEP * step + 5)) for step in BOOKED]
    for entity_id in ("light.boardroom", "climate.boardroom", "fan.air", "switch.sign"):
        house.add(entity_id, area="boardroom" if "boardroom" in entity_id else None)
    house.add("notify.desk", "unknown")
    house.add("tag.boardroom", dt_util.utcnow().isoformat())
    desk = {"notify": {"entity_id": "notify.desk"}}
    sign = [[{"action": f"switch.turn_{state}", "target": {"entity_id": "switch.sign"}}] for state in ("on", "off")]
    # The test begins at 3:00.
    always = {"from_time": "03:00:30", "to_time": "03:00:00"}
    await use_all(
        {
            "lights": {"spaces": BOARDROOM, "lights": BOARDROOM, "wait": {"minutes": 12}},
            "all_out": {"spaces": BOTH, "wait": {"minutes": 22}, "came": sign[0], "actions": sign[1]},
            "capacity": {
                "spaces": {"area_id": "focus_room"},
                "limit": 50,
                "wait": {"minutes": 7},
                **desk,
                "message": "{{ space }} {{ 'over' if over else 'full' }}",
            },
            "heating": {
                "spaces": BOARDROOM,
                "climate": BOARDROOM,
                "grace": {"minutes": 11},
                "wait": {"minutes": 33},
                **always,
            },
            "ventilation": {
                "spaces": BOTH,
                "fans": {"entity_id": "fan.air"},
                "wait": {"minutes": 12},
                "many_more_than": 2,
                "crowd_more_than": 3,
            },
            "no_show": {
                "calendar": "calendar.bookings",
                "spaces": BOARDROOM,
                "grace": {"minutes": 12},
                **desk,
                "message": "no-show",
            },
            "cleaning": {
                "spaces": BOARDROOM,
                "cleaned": "tag.boardroom",
                "people_hours": 3.03,
                "free_for": {"minutes": 12},
                **always,
                **desk,
                "message": "clean",
            },
        }
    )
    (ceiling,) = (one for one in sensors_of(scene.simulator, "First Floor") if one.name == "Focus Room ceiling")
    demand, before = Demand(), (0, 0)
    for step, planned in enumerate(itinerary(seed)):
        rooms = planned
        now = step * STEP
        if demand.asked and now % 15 == 0:
            demand.asked, demand.hours = False, 0
            house.set("tag.boardroom", dt_util.utcnow().isoformat())
        if step == OUTAGE.start:
            await scene.unload()
            demand.people(now, (None, None))
        if step == OUTAGE.stop:
            # Nobody moves in this moment: Butlr may answer with the number of a moment ago.
            rooms = before
            await scene.hass.config_entries.async_setup(scene.entry.entry_id)
            await scene.settle()
            demand.people(now, before)
        if any(step == dark.start for dark in DARK):
            go_offline(ceiling)
            await scene.data.estate.async_refresh()
            await scene.settle()
            demand.people(now, (before[0], None))
        if any(step == dark.stop for dark in DARK):
            go_online(ceiling)
            await scene.data.estate.async_refresh()
            await scene.settle()
            demand.people(now, before)
        is_dark = any(step in dark for dark in DARK)
        for name, old, new in zip(ROOMS, before, rooms, strict=True):
            if new > old:
                await scene.enter(name)
            elif new < old:
                await scene.leave(name)
            before = (new, before[1]) if name == ROOMS[0] else (before[0], new)
            if step not in OUTAGE and old != new:
                demand.people(now, (before[0], None if is_dark else before[1]))
        await scene.pass_time(STEP * 60)
        demand.hours += before[0] * STEP / 60
        demand.time(now + STEP)
        if step in BOOKED:
            demand.begin_booking(now + STEP)
        expected = sorted(demand.done)
        demand.done.clear()
        assert sorted(house.done()) == expected, f"step {step}, {before}"
