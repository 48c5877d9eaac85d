"""A day and a night of somebody who lives in three rooms, watched by the three blueprints about care at once.

Where the person is, is drawn at random. What had to be reported, and when, is calculated from that alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from operator import itemgetter
import random
from typing import Final

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest

from tests.helpers.care import TOLD, add_caregivers
from tests.helpers.house import House
from tests.helpers.on_demand import disable_background_pacing
from tests.helpers.scene import Scene
from tests.simulator.edits import ANY

BEDROOM, BATHROOM, CORRIDOR = "Boardroom", "Focus Room", "Lobby"
AREAS: Final = {BEDROOM: "boardroom", BATHROOM: "focus_room", CORRIDOR: "lobby"}
# Minutes. The day begins at 3:00 in the night.
BEGIN, DAY, HOUR = 3 * 60, 24 * 60, 60
NIGHT, QUIET = (22 * HOUR, 6 * HOUR), (22 * HOUR, 7 * HOUR)
LONG, UP, STILL, ESCALATE, DARK = 40, 15, 3 * HOUR, 10, 15
# Butlr cannot be asked from the first minute to the second.
OUTAGE: Final = (14 * HOUR, 14 * HOUR + 50)

AUTOMATIONS: Final = {
    "care_long_stay": {"spaces": {"area_id": "focus_room"}, "minimum": 20, "fixed_limit": LONG, "dark_after": DARK},
    "care_night_wandering": {
        "spaces": {"area_id": ["focus_room", "lobby"]},
        "night_start": "22:00:00",
        "night_end": "06:00:00",
        "minutes": UP,
        "dark_after": DARK,
    },
    "care_no_movement": {
        "spaces": {"area_id": list(AREAS.values())},
        "still": STILL / HOUR,
        "quiet_start": "22:00:00",
        "quiet_end": "07:00:00",
        "dark_after": DARK,
    },
}


def within(minute: int, hours: tuple[int, int]) -> bool:
    """Return whether a minute of the test is in hours that last past midnight."""
    time = (BEGIN + minute) % DAY
    return time >= hours[0] or time < hours[1]


@dataclass(slots=True)
class Life:
    """Where the person is from which minute on; only while Butlr can be asked is it known."""

    moves: dict[int, str] = field(default_factory=dict)

    @classmethod
    def draw(cls, rng: random.Random) -> Life:
        """Draw a life: short and long stays, and a fall in the bathroom, which lasts through the outage."""
        moves, minute, here = {0: BEDROOM}, 0, BEDROOM
        while (minute := minute + rng.choice((5, 10, 20, 30, 55, 100, 240))) < DAY - 5:
            if OUTAGE[0] - 30 <= minute < OUTAGE[1] + 70:
                minute = OUTAGE[1] + 70
            here = rng.choice([room for room in AREAS if room != here])
            moves[minute] = here
        moves[OUTAGE[0] - 30] = CORRIDOR
        moves[OUTAGE[0] - 25] = BATHROOM
        return cls(dict(sorted(moves.items())))

    def place(self, minute: int) -> str | None:
        """Return where the person is known to be."""
        if OUTAGE[0] <= minute < OUTAGE[1]:
            return None
        return [room for start, room in self.moves.items() if start <= minute][-1]

    def stays(self, *rooms: str, hours: tuple[int, int] = (0, 0)) -> Iterator[tuple[int, int]]:
        """Yield from when to when the person is known to be in any of some rooms, within hours of the day."""
        start = None
        for minute in range(DAY + 1):
            here = minute < DAY and self.place(minute) in rooms and within(minute, hours)
            if here and start is None:
                start = minute
            elif not here and start is not None:
                yield start, minute
                start = None

    def expected(self) -> list[tuple[int, str]]:
        """Return what must be reported, to whom, and in which minute."""
        return [*self._too_long(), *self._up_at_night(), *self._without_movement()]

    def _too_long(self) -> Iterator[tuple[int, str]]:
        for start, end in self.stays(BATHROOM):
            yield from _reports("long", start + LONG, end)
        yield OUTAGE[0] + DARK, "nurse: bathroom dark"

    def _up_at_night(self) -> Iterator[tuple[int, str]]:
        up = list(self.stays(BATHROOM, CORRIDOR))
        for start, end in self.stays(BATHROOM, CORRIDOR, hours=NIGHT):
            if start + UP < end:
                # Who is still up in the morning is still up.
                yield from _reports("up", start + UP, next(last for first, last in up if first <= start < last))

    def _without_movement(self) -> Iterator[tuple[int, str]]:
        yield OUTAGE[0] + DARK, "nurse: home dark"
        changes = sorted({*self.moves, *OUTAGE})
        for start, end in zip(changes, [*changes[1:], DAY], strict=True):
            awake = [minute for minute in range(start, end) if not within(minute, QUIET)]
            if start != OUTAGE[0] and len(awake) > STILL:
                yield from _reports("still", awake[STILL], end)


def _reports(what: str, first: int, end: int) -> Iterator[tuple[int, str]]:
    """Yield the report in a minute and its escalation, unless what is reported ended before."""
    if first < end:
        yield first, f"nurse: {what}"
    if first + ESCALATE < end:
        yield first + ESCALATE, f"doctor: {what}"


KINDS: Final = {
    "has been occupied": "long",
    "Someone is up": "up",
    "no movement": "still",
    "nothing is known about it.": "bathroom dark",
    "nothing is known about its rooms": "home dark",
}


EVERY_REPORT: Final = {
    *(f"{who}: {what}" for who in ("nurse", "doctor") for what in ("long", "up", "still")),
    "nurse: bathroom dark",
    "nurse: home dark",
}


def reported(house: House) -> list[str]:
    """Return who was told what since the last call."""
    found = []
    for act in house.log:
        (kind,) = (kind for words, kind in KINDS.items() if words in act.data["message"])
        found.append(f"{act.entities[0].removeprefix('notify.')}: {kind}")
    house.log.clear()
    return found


@pytest.mark.usefixtures("use")
async def test_what_the_truth_demands(
    hass: HomeAssistant, scene: Scene, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everything is reported that must be, within five minutes, and nothing else."""
    disable_background_pacing(monkeypatch)
    # No past stays are known, so the fixed limit holds.
    scene.simulator.edits.add(operation="room_presence_time_secs", path=[ANY], leave_out=True)
    add_caregivers(house)
    automations = [
        {"id": name, "alias": name, "use_blueprint": {"path": f"butlr/{name}.yaml", "input": {**inputs, **TOLD}}}
        for name, inputs in AUTOMATIONS.items()
    ]
    assert await async_setup_component(hass, "automation", {"automation": automations})
    person = Life.draw(random.Random(2))
    found: list[tuple[int, str]] = []
    now, here = 0, None
    # Long stays are looked for every two minutes, when they may be due.
    entered = [start for start, _ in person.stays(BATHROOM)]
    often = {start + wait for start in entered for wait in range(20, 24)} | {
        OUTAGE[0] + wait for wait in range(DARK, 19)
    }
    for minute in sorted({*range(0, DAY, 5), *often} - set(range(DAY, 2 * DAY))):
        if minute > now:
            await scene.pass_time((minute - now) * 60)
            now = minute
        if minute == OUTAGE[0]:
            await scene.unload()
        if minute == OUTAGE[1]:
            await scene.set_up()
        if minute in person.moves:
            going = person.moves[minute]
            await scene.simulator.move(to=scene.room(going), from_=here and scene.room(here))
            await scene.settle()
            here = going
        found += [(minute, report) for report in reported(house)]
    expected = sorted(person.expected(), key=itemgetter(1, 0))
    found.sort(key=itemgetter(1, 0))
    assert {report for _, report in expected} == EVERY_REPORT
    assert [report for _, report in found] == [report for _, report in expected]
    late = [told - due for (due, _), (told, _) in zip(expected, found, strict=True)]
    assert min(late) >= 0
    assert max(late) <= 5
