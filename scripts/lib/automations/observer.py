"""Automations, what they did, and what they should have done, worked out from the people themselves."""

import asyncio
from collections import Counter
from collections.abc import Awaitable
from typing import Any, Final

from .building import ROOMS, Building, entity_of

# Automations are about more people than this in a room.
LIMIT: Final = 1
# Or about more than this percentage of its capacity.
FULL: Final = 20
_RAN: Final = "automation_ran"
_ASK: Final = "check_conditions"
_WITHIN: Final = 30.0
_BOTH: Final = len(ROOMS)
_ASKED: Final = "asked"
_ABOVE: Final[dict[str, Any]] = {"threshold": {"type": "above", "value": {"number": LIMIT}}}
_FULL: Final[dict[str, Any]] = {"threshold": {"type": "above", "value": {"number": FULL}}}
# Each trigger and condition with its options, by what they are about.
_TRIGGERS: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "each": ("people_crossed_threshold", _ABOVE),
    "first": ("people_crossed_threshold", _ABOVE | {"behavior": "first"}),
    "all": ("people_crossed_threshold", _ABOVE | {"behavior": "all"}),
    "changed": ("people_changed", {"threshold": {"type": "any"}}),
    "full": ("utilization_crossed_threshold", _FULL),
}
_CONDITIONS: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "any above": ("is_people", _ABOVE | {"behavior": "any"}),
    "all above": ("is_people", _ABOVE | {"behavior": "all"}),
    "any full": ("is_utilization", _FULL),
    "all free": ("is_free", {"behavior": "all"}),
}


class Observer:
    """Creates automations, and compares what they do after each step with the truth."""

    def __init__(self, building: Building) -> None:
        """Watch a building; `begin` creates the automations."""
        self._building = building
        self._before: dict[str, int | None] = {}
        self.wrong = 0
        building.reconnected = self._listen

    async def begin(self) -> int:
        """Create all automations as the editor does; return how many."""
        configured: dict[str, dict[str, Any]] = {}
        answers: list[dict[str, Any]] = []
        for way, target in self._building.targets.items():
            for kind, (trigger, options) in _TRIGGERS.items():
                configured[f"{way} {kind}"] = {
                    "triggers": [{"trigger": f"butlr.{trigger}", "target": target, "options": options}],
                    "actions": [_report(f"{way} {kind}", "{{ trigger.entity_id }}")],
                }
            for kind, (condition, options) in _CONDITIONS.items():
                tested = {"condition": f"butlr.{condition}", "target": target, "options": options}
                answers.append({"if": [tested], "then": [_report(f"{way} {kind}", "")]})
        # One automation asks all conditions in turn, so that its last event is the end of the answers.
        configured[_ASKED] = {
            "triggers": [{"trigger": "event", "event_type": _ASK}],
            "actions": [*answers, _report(_ASKED, "")],
        }
        for number, (name, automation) in enumerate(configured.items()):
            body = {"alias": name, "mode": "queued", "conditions": [], **automation}
            await self._building.home.request("POST", f"/api/config/automation/config/{number}", body)
        await self._listen()
        self._before = await self._building.truth()
        return len(configured)

    async def _listen(self) -> None:
        await self._building.socket.command("subscribe_events", event_type=_RAN)

    async def step(self, name: str, happening: Awaitable[None], *, interrupts: bool = False) -> None:
        """Let something happen, and print what the automations did, and what they should have done.

        What `interrupts` makes everything unavailable meanwhile, so that no change is seen.
        """
        await happening
        ran = await self._ran()
        now = await self._building.truth()
        due = Counter(self._due(now, seen=not interrupts))
        self._before = now
        correct = ran == due
        self.wrong += not correct
        people = ", ".join(f"{room} {'unavailable' if one is None else one}" for room, one in now.items())
        print(f"{'ok' if correct else 'WRONG':6}{name}: {people}; {_described(ran)}", flush=True)
        if not correct:
            print(f"      should be: {_described(due)}", flush=True)

    async def _ran(self) -> Counter[tuple[str, str]]:
        """Return which automations ran since the last step, by which entity, and which conditions are met."""
        await self._building.socket.command("fire_event", event_type=_ASK)
        ran: Counter[tuple[str, str]] = Counter()
        async with asyncio.timeout(_WITHIN):
            while (data := (await self._building.socket.events.get())["data"])["name"] != _ASKED:
                ran[data["name"], data["entity_id"]] += 1
        return ran

    def _due(self, now: dict[str, int | None], *, seen: bool) -> list[tuple[str, str]]:
        """Return what should have run."""
        due: list[tuple[str, str]] = []
        full = {room: 100 * people / self._building.capacity[room] > FULL for room, people in now.items() if people}
        above = {room for room, people in now.items() if people is not None and people > LIMIT}
        for way in self._building.targets:
            for room, people in now.items():
                before = self._before[room]
                if not seen or before is None or people is None:
                    continue
                due += [(f"{way} changed", entity_of(room))] * abs(people - before)
                if full.get(room) and 100 * before / self._building.capacity[room] <= FULL:
                    due.append((f"{way} full", entity_of(room, "utilization")))
                if before <= LIMIT < people:
                    due.append((f"{way} each", entity_of(room)))
                    due += [(f"{way} first", entity_of(room))] * (len(above) == 1)
                    due += [(f"{way} all", entity_of(room))] * (len(above) == _BOTH)
            due += [(f"{way} any above", "")] * bool(above)
            due += [(f"{way} all above", "")] * (len(above) == _BOTH)
            due += [(f"{way} any full", "")] * any(full.values())
            due += [(f"{way} all free", "")] * all(people == 0 for people in now.values())
        return due


def _report(name: str, entity_id: str) -> dict[str, Any]:
    """Return the action that tells us about a run."""
    return {"event": _RAN, "event_data": {"name": name, "entity_id": entity_id}}


def _described(ran: Counter[tuple[str, str]]) -> str:
    """Return what ran, without what ran the same by area, floor and label."""
    by_kind: dict[str, set[str]] = {}
    for (name, entity_id), times in ran.items():
        way, _, kind = name.partition(" ")
        by_kind.setdefault(f"{kind} {entity_id.removeprefix('sensor.')}".strip() + f" x{times}", set()).add(way)
    return "; ".join(f"{kind} by {'/'.join(sorted(ways))}" for kind, ways in sorted(by_kind.items())) or "nothing ran"
