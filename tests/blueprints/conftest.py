"""Blueprints of this repository in Home Assistant's own engine, among the simulator's rooms and a house of devices.

A test sets the scene (`house`), creates automations or scripts from blueprints (`use`), lets people move and time pass
(`scene`), and compares what was done (`house.done()`).
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, override

from homeassistant.components.blueprint.models import DomainBlueprints
from homeassistant.components.calendar import CalendarEntity, CalendarEvent
from homeassistant.const import STATE_OFF, STATE_ON
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import setup_test_component_platform

from custom_components.butlr.const import CONF_AREAS
from tests.helpers.automation_runs import Runs
from tests.helpers.house import House
from tests.helpers.scene import Scene
from tests.repository.test_files import ROOT

BLUEPRINTS: Final = ROOT / "blueprints"

type Use = Callable[..., Awaitable[str]]
type UseAll = Callable[..., Awaitable[None]]


def automations_from(blueprints: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the configuration of automations from blueprints, given the fields of each."""
    return [
        {"id": name, "alias": name, "use_blueprint": {"path": f"butlr/{name}.yaml", "input": inputs}}
        for name, inputs in blueprints.items()
    ]


class Bookings(CalendarEntity):
    """A calendar that a test fills."""

    _attr_name = "Bookings"
    _attr_should_poll = False
    entity_id = "calendar.bookings"

    def __init__(self) -> None:
        """Begin without bookings."""
        self.events: list[CalendarEvent] = []

    def booking(self, start: datetime) -> CalendarEvent:
        """Return a booking for 40 minutes."""
        return CalendarEvent(start=start, end=start + timedelta(minutes=40), summary="Team")

    @property
    @override
    def event(self) -> CalendarEvent | None:
        return self.events[0] if self.events else None

    @override
    async def async_get_events(
        self, hass: HomeAssistant, start_date: datetime, end_date: datetime
    ) -> list[CalendarEvent]:
        return [
            event
            for event in self.events
            if event.start_datetime_local < end_date and event.end_datetime_local > start_date
        ]


@pytest.fixture
async def house(hass: HomeAssistant, scene: Scene) -> House:
    """Set the entry up with an area for each room, verify that pushes arrive, and empty the building."""
    hass.config_entries.async_update_entry(scene.entry, data={**scene.entry.data, CONF_AREAS: "create"})
    await scene.set_up_and_verify()
    await scene.leave("Boardroom")
    return House(hass)


@pytest.fixture
async def bookings(scene: Scene, house: House) -> AsyncIterator[Bookings]:
    """Return a calendar with a booking in 20 minutes, for 40 minutes."""
    bookings = Bookings()
    bookings.events.append(bookings.booking(dt_util.now() + timedelta(minutes=20)))
    setup_test_component_platform(scene.hass, "calendar", [bookings])
    assert await async_setup_component(scene.hass, "calendar", {"calendar": [{"platform": "test"}]})
    await scene.settle()
    house.add("notify.desk", "unknown")
    yield bookings
    await bookings.async_remove()


@pytest.fixture
async def use_all(hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[UseAll]:
    """Return a function that creates automations (or scripts) from blueprints, given the fields of each."""
    monkeypatch.setattr(DomainBlueprints, "blueprint_folder", property(lambda self: BLUEPRINTS / self.domain))
    Runs(hass, monkeypatch)

    async def use_all(blueprints: dict[str, dict[str, Any]], domain: str = "automation") -> None:
        configs = automations_from(blueprints)
        by_name = {config["id"]: {"use_blueprint": config["use_blueprint"]} for config in configs}
        assert await async_setup_component(hass, domain, {domain: configs if domain == "automation" else by_name})
        await hass.async_block_till_done()
        for name in blueprints:
            # An automation that is not valid is unavailable.
            assert (state := hass.states.get(f"{domain}.{name}"))
            assert state.state == (STATE_ON if domain == "automation" else STATE_OFF)

    yield use_all
    # Timers of the automations must not outlive the test.
    for domain in ("automation", "script"):
        if hass.services.has_service(domain, "turn_off"):
            await hass.services.async_call(domain, "turn_off", {"entity_id": "all"}, blocking=True)


@pytest.fixture
def use(use_all: UseAll) -> Use:
    """Return a function that creates one automation or script from a blueprint, and returns its entity id."""

    async def use(blueprint: str, domain: str = "automation", **inputs: Any) -> str:
        await use_all({blueprint: inputs}, domain)
        return f"{domain}.{blueprint}"

    return use
