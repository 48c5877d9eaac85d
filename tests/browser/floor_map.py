"""Read the floor map in a page, and compare it with the simulator's truth."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
import re
import time
from typing import Any

from playwright.async_api import Locator, Page

from scripts.lib.processes.simulator_process import SimulatorProcess

UNKNOWN, UNAVAILABLE = "unknown", "unavailable"
_EQUAL_WITHIN = 15.0
# A shape may have been replaced since it was found.
_READ = """shapes => shapes.filter(shape => shape.isConnected).map(shape => ({
    id: shape.dataset.space,
    status: shape.dataset.status,
    people: shape.dataset.people,
    doubt: shape.dataset.doubt ?? '',
    text: shape.closest('svg').querySelector(`[data-labels="${shape.dataset.space}"]`).textContent,
    hatched: [shape, ...shape.querySelectorAll('*')].some(part =>
        `${part.getAttribute('fill')} ${getComputedStyle(part).fill}`.includes('url(')),
}))"""


@dataclass(frozen=True, slots=True)
class Shown:
    """What the map shows of a space."""

    status: str
    people: str
    """The number, or nothing if it is not known."""
    doubt: str
    """Why it is not certain, or nothing: zones are doubtful as soon as a sensor of their floor is offline."""
    text: str
    hatched: bool


def spaces(page: Page, floor_id: str, space_id: str | None = None) -> Locator:
    """Return the spaces on the map of a floor, or one of them."""
    one = "" if space_id is None else f"[data-space='{space_id}']"
    return page.locator(f"[data-floor='{floor_id}'] [data-space][data-status]{one}")


async def read(page: Page, floor_id: str) -> dict[str, Shown]:
    """Return what a page shows of each space of a floor, by its id."""
    shapes = await spaces(page, floor_id).evaluate_all(_READ)
    return {shape.pop("id"): Shown(**shape) for shape in shapes}


def faults(shown: Mapping[str, Shown], truth: Mapping[str, Mapping[str, Any]], floor_spaces: set[str]) -> list[str]:
    """Return how a map differs from the truth about the spaces of its floor."""
    found = [f"{space_id} is {word}" for space_id, word in _missing(set(shown), floor_spaces)]
    for space_id in floor_spaces & set(shown):
        here, values = shown[space_id], truth[space_id]
        people = values["estimate"] if values["people"] is None else values["people"]
        if not values["available"]:
            status, number = [UNAVAILABLE], ""
        elif values["occupied"] is None:
            status, number = [UNKNOWN, UNAVAILABLE], ""
        else:
            status, number = ["occupied" if values["occupied"] else "free"], str(people)
        if here.status not in status or here.people != number:
            found.append(f"{values['name']}: {here.status} {here.people!r}, not {status[0]} {number!r}")
        elif number and not re.search(rf"(?<!\d){number}(?!\d)", here.text):
            found.append(f"{values['name']}: no {number} in {here.text!r}")
        elif here.hatched != (here.status in (UNKNOWN, UNAVAILABLE) or here.doubt in ("partial", "stale")):
            found.append(f"{values['name']}: {here.status} is{'' if here.hatched else ' not'} hatched")
    return found


def _missing(shown: set[str], expected: set[str]) -> list[tuple[str, str]]:
    """Return the spaces that are missing, and those that should not be there."""
    return [(one, "missing") for one in expected - shown] + [(one, "not of this floor") for one in shown - expected]


async def until_true(page: Page, cloud: SimulatorProcess, floor_id: str, within: float = _EQUAL_WITHIN) -> None:
    """Wait until a page shows the truth about every space of a floor; raise AssertionError if it does not."""
    deadline = time.monotonic() + within
    while True:
        there = {space.id for space in await cloud.spaces() if space.floor_id == floor_id and space.kind != "floor"}
        found = faults(await read(page, floor_id), await cloud.truth(), there)
        if not found:
            assert there
            return
        assert time.monotonic() < deadline, "\n".join(found[:20])
        await asyncio.sleep(0.1)
