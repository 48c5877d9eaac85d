"""How good the pushes are, as the sensors, diagnostics and Repairs show it."""

from http import HTTPStatus
import random
from typing import Any

from homeassistant.helpers import entity_registry as er
import pytest

from custom_components.butlr.diagnostics import async_get_config_entry_diagnostics
from custom_components.butlr.issues.issue import Issue
from custom_components.butlr.live.push_audit import MIN_CHANGES, WINDOW
from tests.helpers.push import occupancy_event
from tests.helpers.scene import Scene

KEYS = ("push_agreement", "push_delay")


@pytest.fixture
async def audited(scene: Scene) -> Scene:
    """Return a scene in which pushes arrive, with the two sensors enabled."""
    registry = er.async_get(scene.hass)
    organization = scene.simulator.estate.id
    for key in KEYS:
        registry.async_get_or_create(
            "sensor", "butlr", f"{organization}_{key}", config_entry=scene.entry, disabled_by=None
        )
    await scene.set_up_and_verify()
    await scene.pass_minutes(12)
    return scene


def polled_values(scene: Scene) -> dict[str, tuple[str, ...]]:
    """Return what polls show of each space: its people, and its crossings as one."""
    values: dict[str, dict[str, str]] = {}
    counted = {*scene.simulator.estate.floors, *scene.simulator.estate.rooms, *scene.simulator.estate.zones}
    for entity in er.async_entries_for_config_entry(er.async_get(scene.hass), scene.entry.entry_id):
        space_id, _, key = entity.unique_id.rpartition("_people")
        kind = "people"
        if key or not space_id:
            kind = "crossings"
            space_id = entity.unique_id.removesuffix("_entries_today").removesuffix("_exits_today")
        state = scene.hass.states.get(entity.entity_id)
        if space_id in counted and state is not None and state.state.isdigit():
            values.setdefault(f"{space_id} {kind}", {})[entity.unique_id] = state.state
    return {name: tuple(value for _, value in sorted(states.items())) for name, states in values.items()}


async def diagnostics(scene: Scene) -> list[dict[str, Any]]:
    """Return the days in the diagnostics."""
    found = await async_get_config_entry_diagnostics(scene.hass, scene.entry)
    return list(found["link"]["push_audit"].values())


async def test_the_share_that_was_pushed(audited: Scene) -> None:
    """A third of the pushes is lost; the share equals what the states show before and after each poll."""
    rng = random.Random(7)
    rooms = ("Boardroom", "Focus Room", "Phone Booth 1", "Harbour Café")
    changes = told = 0
    assert audited.mismatches == []
    for _ in range(12):
        lost = rng.random() < 0.34
        before = polled_values(audited)
        audited.simulator.settings.loss = float(lost)
        await audited.enter(rng.choice(rooms))
        await audited.settle()
        audited.simulator.settings.loss = 0.0
        await audited.pass_minutes(6)
        after = polled_values(audited)
        assert [line for line in audited.mismatches if " motion: " not in line] == []
        differ = sum(after[name] != before[name] for name in after)
        changes += differ
        told += 0 if lost else differ
    assert 0 < told < changes
    assert float(audited.organization_state("push_agreement") or "nan") == pytest.approx(told / changes * 100)
    days = await diagnostics(audited)
    assert sum(day["polled_changes"] for day in days) == changes
    assert sum(day["told_by_pushes"] for day in days) == told


async def test_the_delay(audited: Scene) -> None:
    """The clock stands still, so the delay is the age of the event."""
    for number in range(3):
        event = occupancy_event(audited.simulator, people=number + 5)
        audited.freezer.tick(0.25)
        assert await audited.push(event) == HTTPStatus.OK
        # A repeated delivery is late, but no news.
        audited.freezer.tick(30)
        assert await audited.push(event) == HTTPStatus.OK
    await audited.pass_minutes(6)
    assert float(audited.organization_state("push_delay") or "nan") == pytest.approx(250, rel=0.01)
    assert sum(day["pushes"] for day in await diagnostics(audited)) == 3


async def test_many_lost_pushes_are_reported(audited: Scene) -> None:
    """While others arrive. Pushes that stop entirely are another issue."""
    audit = audited.data.live.audit
    for _ in range(4):
        for number in range(MIN_CHANGES):
            audit.record_change(told=number < 0.4 * MIN_CHANGES)
        audited.freezer.tick(3600)
    await audited.enter("Boardroom")
    await audited.pass_minutes(6)
    assert Issue.PUSHES_INCOMPLETE in audited.issues
    assert audited.placeholders(Issue.PUSHES_INCOMPLETE) == {"entry": "Harbour Campus", "share": "41", "good": "90"}
    # No push for longer than an hour: that is not what the issue says.
    audited.simulator.settings.loss = 1.0
    await audited.pass_time(3700)
    await audited.pass_minutes(2)
    assert Issue.PUSHES_INCOMPLETE not in audited.issues
    audited.simulator.settings.loss = 0.0
    await audited.enter("Boardroom")
    await audited.pass_minutes(6)
    assert Issue.PUSHES_INCOMPLETE in audited.issues
    audited.freezer.tick(WINDOW)
    await audited.enter("Boardroom")
    await audited.pass_minutes(6)
    assert Issue.PUSHES_INCOMPLETE not in audited.issues
