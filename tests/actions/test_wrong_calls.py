"""Every invalid call is refused with a message that says what is wrong, before any request to Butlr."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import ATTR_CONFIG_ENTRY_ID
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import device_registry as dr
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.butlr.actions import reports, topology
from custom_components.butlr.const import DOMAIN
from tests.conftest import Ask
from tests.helpers.registries import device_of, find
from tests.helpers.wrong_calls import World, Wrong, boardroom, expect, floor
from tests.simulator import Simulator

NOW = datetime(2026, 10, 28, 15, 0, tzinfo=UTC)
PAST = ("get_occupancy", "get_traffic", "get_statistics", "get_presence_time", "get_heatmap")
ASKS = (*PAST, "find_available_rooms", "get_topology", "get_waste", "import_history")


@pytest.fixture(autouse=True)
def _now(freezer: FrozenDateTimeFactory) -> None:
    """Set the time before anything is set up."""
    freezer.move_to(NOW)


@pytest.fixture
async def simulator(hass: HomeAssistant, _now: None, simulator: Simulator) -> Simulator:
    """Return a simulator of that time, with Home Assistant in the same time zone."""
    await hass.config.async_set_time_zone("Europe/Copenhagen")
    return simulator


WRONG = {
    # The target
    "no such device": Wrong("get_topology", lambda _: {"device_id": "f00"}, {}, "target_unknown", {"ids": "f00"}),
    "no such area": Wrong("get_traffic", lambda _: {"area_id": "attic"}, {}, "target_unknown", {"ids": "attic"}),
    "no such floor": Wrong("get_occupancy", lambda _: {"floor_id": "10"}, {}, "target_unknown", {"ids": "10"}),
    "no such label": Wrong("get_heatmap", lambda _: {"label_id": "red"}, {}, "target_unknown", {"ids": "red"}),
    "no such entity": Wrong(
        "get_statistics", lambda _: {"entity_id": "sensor.x"}, {}, "target_unknown", {"ids": "sensor.x"}
    ),
    "a name that goes on for ever": Wrong(
        "get_topology", lambda _: {"device_id": "f" * 10_000}, {}, "target_unknown", {"ids": f"{'f' * 100}…"}
    ),
    "a name that cannot be shown": Wrong(
        "get_topology", lambda _: {"area_id": "\0\u202e\n"}, {}, "target_unknown", {"ids": "\ufffd" * 3}
    ),
    "a thousand things that are not there": Wrong(
        "get_topology",
        lambda _: {"device_id": [f"{number:04}" for number in range(1000)]},
        {},
        "target_unknown",
        {"ids": "0000, 0001, 0002, 0003, 0004, 0005, 0006, 0007, 0008, 0009, …"},
    ),
    "two things that are not there": Wrong(
        "find_available_rooms",
        lambda _: {"area_id": ["b", "a"]},
        {},
        "target_unknown",
        {"ids": "a, b"},
    ),
    "a device of another integration": Wrong(
        "get_presence_time", lambda world: {"device_id": world.foreign()}, {}, "target_foreign", {"names": "Lamp"}
    ),
    "an entity of another integration": Wrong(
        "get_traffic", lambda _: {"entity_id": "sun.sun"}, {}, "target_foreign", {"names": "sun.sun"}
    ),
    "one of two is foreign": Wrong(
        "get_occupancy",
        lambda world: {"device_id": [world.device("Boardroom"), world.foreign()]},
        {},
        "target_foreign",
        {"names": "Lamp"},
    ),
    "an area without anything": Wrong(
        "find_available_rooms", lambda world: {"area_id": world.area()}, {}, "target_without_butlr"
    ),
    "an area with something else": Wrong(
        "get_topology", lambda world: {"area_id": world.area(world.foreign())}, {}, "target_without_butlr"
    ),
    "an area with hardware only": Wrong(
        "get_occupancy",
        lambda world: {"area_id": world.area(world.hardware("Boardroom ceiling"))},
        {},
        "target_no_space",
        {"names": "Boardroom ceiling"},
    ),
    "a sensor": Wrong(
        "get_occupancy",
        lambda world: {"device_id": [world.device("Boardroom"), world.hardware("Main entrance")]},
        {},
        "target_no_space",
        {"names": "Main entrance"},
    ),
    "an entity of a hive": Wrong(
        "get_topology",
        lambda _: {"entity_id": "binary_sensor.hive_first_connectivity"},
        {},
        "target_no_space",
        {"names": "Hive first"},
    ),
    **{
        f"{action} about an empty list": Wrong(action, lambda _: {"device_id": [], "area_id": []}, {}, "target_empty")
        for action in ASKS
    },
    # The organization
    "no such entry": Wrong(
        "get_topology",
        None,
        {ATTR_CONFIG_ENTRY_ID: "none"},
        "service_config_entry_not_found",
        {"domain": DOMAIN, "entry_id": "none"},
    ),
    # Free rooms
    "capacities the wrong way round": Wrong(
        "find_available_rooms",
        None,
        {"capacity_min": 8, "capacity_max": 4},
        "capacity_reversed",
        {"least": "8", "most": "4"},
    ),
    "no such tag": Wrong(
        "find_available_rooms",
        None,
        {"tags": ["meeting room", "disco"]},
        "tags_unknown",
        {"unknown": "disco", "known": "meeting room, phone ban, quiet, video"},
    ),
    # The time range
    **{
        f"{action} in the future": Wrong(
            action,
            floor,
            {"start_time": "2026-10-29 08:00:00"},
            "range_in_future",
            {"time": "2026-10-29T08:00:00+01:00", "now": "2026-10-28T16:00:00+01:00"},
        )
        for action in PAST
    },
    "until the future": Wrong(
        "get_occupancy",
        boardroom,
        {"start_time": "2026-10-28 08:00:00", "end_time": "2026-10-28 18:00:00"},
        "range_in_future",
        {"time": "2026-10-28T18:00:00+01:00", "now": "2026-10-28T16:00:00+01:00"},
    ),
    **{
        f"{action} backwards": Wrong(
            action,
            floor,
            {"start_time": "2026-10-27T10:00:00+01:00", "end_time": "2026-10-27T10:00:00+02:00"},
            "range_reversed",
            {"start": "2026-10-27T10:00:00+01:00", "end": "2026-10-27T09:00:00+01:00"},
        )
        for action in PAST
    },
    "no time at all": Wrong(
        "get_traffic",
        lambda world: {"device_id": world.device("Lobby")},
        {"start_time": "2026-10-27 10:00:00", "end_time": "2026-10-27 10:00:00"},
        "range_reversed",
        {"start": "2026-10-27T10:00:00+01:00", "end": "2026-10-27T10:00:00+01:00"},
    ),
    "an end only": Wrong("get_occupancy", boardroom, {"end_time": "2026-10-27 10:00:00"}, "range_without_start"),
    "two years": Wrong(
        "get_statistics", boardroom, {"start_time": "2024-10-27 10:00:00"}, "range_too_long", {"days": "366"}
    ),
    "a heatmap of eight days": Wrong(
        "get_heatmap", floor, {"start_time": "2026-10-20 10:00:00"}, "range_too_long", {"days": "7"}
    ),
    "a week of minutes": Wrong(
        "get_occupancy",
        boardroom,
        {"start_time": "2026-10-20 00:00:00", "end_time": "2026-10-27 00:00:00", "interval": "1m"},
        "too_many_figures",
        {"count": "10140", "most": "5000"},
    ),
    "two days of minutes of two rooms": Wrong(
        "get_occupancy",
        lambda world: {"device_id": [world.device("Boardroom"), world.device("Focus Room")]},
        {"start_time": "2026-10-26 00:00:00", "end_time": "2026-10-28 00:00:00", "interval": "1m"},
        "too_many_figures",
        {"count": "5760", "most": "5000"},
    ),
    "half a year of quarters": Wrong(
        "get_traffic",
        lambda world: {"device_id": world.device("Lobby")},
        {"start_time": "2026-05-01 00:00:00", "end_time": "2026-10-01 00:00:00", "interval": "15m"},
        "too_many_figures",
        {"count": "14688", "most": "5000"},
    ),
    **{
        f"no hours from {start} to {end}": Wrong(
            "get_statistics",
            boardroom,
            {"hours_start": start, "hours_end": end},
            "hours_too_short",
            {"start": start[:5], "end": end[:5]},
        )
        for start, end in (("08:00", "08:00:00"), ("00:00", "00:00"), ("23:59", "23:59:59"), ("23:59", "00:00"))
    },
    **{
        f"hours from {start} to {end}": Wrong(
            "get_statistics",
            boardroom,
            {"hours_start": start, "hours_end": end},
            "hours_with_seconds",
            {"start": start, "end": end},
        )
        for start, end in (
            ("22:00:10", "22:00:40"),
            ("08:00:00", "12:00:30"),
            ("23:59:30", "23:59:00"),
        )
    },
    **{
        f"{action} at the beginning of time": Wrong(
            action,
            floor,
            {"start_time": "0001-01-01T00:00:00+14:00"},
            "range_too_early",
            {"time": "0001-01-01T00:00:00+14:00", "earliest": "2000-01-01T01:00:00+01:00"},
        )
        for action in PAST
    },
    **{
        f"{action} at the end of time": Wrong(
            action,
            floor,
            {"start_time": "2026-10-20 10:00:00", "end_time": "9999-12-31T23:59:59-12:00"},
            "range_in_future",
            {"time": "9999-12-31T23:59:59-12:00", "now": "2026-10-28T16:00:00+01:00"},
        )
        for action in PAST
    },
    **{
        f"the year {start[:4]}": Wrong(
            "get_occupancy",
            boardroom,
            {"start_time": start, "end_time": "1970-01-01 00:00:00"},
            "range_too_early",
            {"time": start, "earliest": "2000-01-01T01:00:00+01:00"},
        )
        for start in ("0001-01-01T00:00:00", "0999-06-01T00:00:00", "1969-12-31T23:00:00", "1999-12-31T00:00:00+00:00")
    },
    "an end before there was anybody": Wrong(
        "get_occupancy",
        boardroom,
        {"start_time": "2026-10-20 10:00:00", "end_time": "1969-12-31T00:00:00+00:00"},
        "range_too_early",
        {"time": "1969-12-31T00:00:00+00:00", "earliest": "2000-01-01T01:00:00+01:00"},
    ),
    "the last second of all": Wrong(
        "get_occupancy",
        boardroom,
        {"start_time": "9999-12-31T23:59:59+00:00"},
        "range_in_future",
        {"time": "9999-12-31T23:59:59+00:00", "now": "2026-10-28T16:00:00+01:00"},
    ),
    "hours without an end": Wrong("get_statistics", boardroom, {"hours_start": "08:00"}, "hours_incomplete"),
    "hours without a beginning": Wrong("get_statistics", boardroom, {"hours_end": "08:00"}, "hours_incomplete"),
    # Values without sensors
    "the traffic of a room without a door sensor": Wrong(
        "get_traffic", boardroom, {}, "nothing_sensed", {"names": "Boardroom"}
    ),
    "the presence time of a room with a door sensor only": Wrong(
        "get_presence_time",
        lambda world: {"device_id": world.device("Harbour Café")},
        {},
        "nothing_sensed",
        {"names": "Harbour Café"},
    ),
    "the traffic of zones": Wrong(
        "get_traffic",
        lambda world: {"device_id": [world.device("Desk Row A"), world.device("Desk Row B")]},
        {},
        "nothing_sensed",
        {"names": "Desk Row A, Desk Row B"},
    ),
    "a heatmap of a room": Wrong(
        "get_heatmap",
        lambda world: {"device_id": [world.device("Boardroom"), world.device("First Floor")]},
        {},
        "heatmap_of_floors",
        {"names": "Boardroom"},
    ),
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
async def test_invalid_calls_are_refused_before_any_request(
    hass: HomeAssistant, entry: MockConfigEntry, ask: Ask, simulator: Simulator, wrong: Wrong
) -> None:
    """The error says what is wrong and what to do."""
    hass.states.async_set("sun.sun", "above_horizon")
    target = wrong.target(World(hass=hass, entry=entry, simulator=simulator)) if wrong.target else None
    await expect(hass, ask, simulator, wrong, target)


MALFORMED: dict[str, tuple[str, dict[str, Any], str]] = {
    "a capacity of nobody": ("find_available_rooms", {"capacity_min": 0}, "capacity_min"),
    "half a person": ("find_available_rooms", {"capacity_min": 2.5}, "capacity_min"),
    "yes people": ("find_available_rooms", {"capacity_min": True}, "capacity_min"),
    "as many people as there are numbers": ("find_available_rooms", {"capacity_min": 10**300}, "capacity_min"),
    "infinitely many people": ("find_available_rooms", {"capacity_max": "inf"}, "capacity_max"),
    "free for no number": ("find_available_rooms", {"free_minutes": "nan"}, "free_minutes"),
    "free for ever": ("find_available_rooms", {"free_minutes": "Infinity"}, "free_minutes"),
    "free for a list": ("find_available_rooms", {"free_minutes": [1]}, "free_minutes"),
    "a tag that goes on for ever": ("find_available_rooms", {"tags": "x" * 256}, "tags"),
    "a thousand tags": ("find_available_rooms", {"tags": ["quiet"] * 1000}, "tags"),
    "a thousand days of the week": ("get_statistics", {"weekdays": ["monday"] * 1000}, "weekdays"),
    "a cell of no width": ("get_heatmap", {"resolution": "nan"}, "resolution"),
    "the history of a day and a half": ("import_history", {"days": 1.5}, "days"),
    "all history": ("import_history", {"days": "inf"}, "days"),
    "a capacity in words": ("find_available_rooms", {"capacity_max": "many"}, "capacity_max"),
    "no tags": ("find_available_rooms", {"tags": []}, "tags"),
    "a tag without a name": ("find_available_rooms", {"tags": " "}, "tags"),
    "some of the tags": ("find_available_rooms", {"tags": "quiet", "tags_match": "some"}, "tags_match"),
    "free for minus one minute": ("find_available_rooms", {"free_minutes": -1}, "free_minutes"),
    "usually free for ever": ("find_available_rooms", {"usually_free_minutes": "inf"}, "usually_free_minutes"),
    "the prettiest room": ("find_available_rooms", {"sort": "beauty"}, "sort"),
    "too many rooms": ("find_available_rooms", {"limit": 201}, "limit"),
    "an interval that Butlr does not have": ("get_occupancy", {"interval": "2h"}, "interval"),
    "a sum of people": ("get_occupancy", {"function": "sum"}, "function"),
    "a start in words": ("get_traffic", {"start_time": "yesterday"}, "start_time"),
    "an end of the world": ("get_presence_time", {"end_time": "2026-13-01 00:00:00"}, "end_time"),
    "a day that is none": ("get_statistics", {"weekdays": ["mon"]}, "weekdays"),
    "no day": ("get_statistics", {"weekdays": []}, "weekdays"),
    "an hour that is none": ("get_statistics", {"hours_start": "25:00", "hours_end": "26:00"}, "hours_start"),
    "a cell too small": ("get_heatmap", {"resolution": 0.1}, "resolution"),
    "the history of no day": ("import_history", {"days": 0}, "days"),
    "the history of two years": ("import_history", {"days": 730}, "days"),
    "perhaps hardware": ("get_topology", {"hardware": "perhaps"}, "hardware"),
    "a field that does not exist": ("get_topology", {"depth": 2}, "depth"),
    "every entity": ("get_topology", {"entity_id": "all"}, "entity_id"),
}


@pytest.mark.parametrize("malformed", MALFORMED.values(), ids=MALFORMED)
async def test_malformed_fields(ask: Ask, simulator: Simulator, malformed: tuple[str, dict[str, Any], str]) -> None:
    """Home Assistant names the invalid field."""
    action, data, name = malformed
    simulator.requests.clear()
    error = await ask(action, None, **data)
    assert error["code"] == "invalid_format"
    assert name in error["message"]
    assert not simulator.requests


async def test_a_response_is_required(ask: Ask, hass: HomeAssistant) -> None:
    """Calling an action that only returns data without requesting a response is an error."""
    with pytest.raises(ServiceValidationError) as raised:
        await hass.services.async_call(DOMAIN, "get_topology", {}, blocking=True)
    assert raised.value.translation_key == "service_lacks_response_request"


async def test_an_organization_that_is_not_loaded(
    hass: HomeAssistant, entry: MockConfigEntry, ask: Ask, simulator: Simulator
) -> None:
    """The error names the organization, whether it was chosen by entry or by target."""
    world = World(hass=hass, entry=entry, simulator=simulator)
    target = boardroom(world)
    assert await hass.config_entries.async_unload(entry.entry_id)
    filled = {"domain": DOMAIN, "entry_title": "Harbour Campus"}
    for data in ({}, {ATTR_CONFIG_ENTRY_ID: entry.entry_id}):
        for chosen in (None, target):
            wrong = Wrong("get_topology", None, data, "service_config_entry_not_loaded", filled)
            await expect(hass, ask, simulator, wrong, chosen)


async def test_two_organizations(hass: HomeAssistant, entry: MockConfigEntry, ask: Ask, simulator: Simulator) -> None:
    """With two organizations, one must be chosen, and the target must belong to it."""
    other = MockConfigEntry(domain=DOMAIN, title="Other", unique_id="org_other", data=entry.data)
    other.add_to_hass(hass)
    registry = dr.async_get(hass)
    device = registry.async_get_or_create(config_entry_id=other.entry_id, identifiers={(DOMAIN, "room_other")})
    world = World(hass=hass, entry=entry, simulator=simulator)
    key = "service_found_multiple_config_entry_for_domain"
    await expect(hass, ask, simulator, Wrong("get_topology", None, {}, key, {"domain": DOMAIN}))
    both = {"device_id": [device.id, world.device("Boardroom")]}
    await expect(hass, ask, simulator, Wrong("get_traffic", None, {}, "target_of_several_entries"), both)
    wrong = Wrong(
        "get_topology",
        None,
        {ATTR_CONFIG_ENTRY_ID: entry.entry_id},
        "target_of_another_entry",
        {"entry": "Harbour Campus"},
    )
    await expect(hass, ask, simulator, wrong, {"device_id": device.id})
    assert (await ask("get_topology", None, config_entry_id=entry.entry_id))["name"] == "Harbour Campus"
    assert (await ask("get_topology", boardroom(world)))["name"] == "Harbour Campus"


async def test_a_device_that_is_left_over(
    hass: HomeAssistant, entry: MockConfigEntry, ask: Ask, simulator: Simulator
) -> None:
    """A device whose space no longer exists at Butlr is not a valid target."""
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id, identifiers={(DOMAIN, "room_gone")}, name="Old Library"
    )
    wrong = Wrong("get_occupancy", None, {}, "target_no_space", {"names": "Old Library"})
    await expect(hass, ask, simulator, wrong, {"device_id": device.id})


async def test_tags_that_could_not_be_read(
    hass: HomeAssistant, entry: MockConfigEntry, ask: Ask, simulator: Simulator
) -> None:
    """Rooms cannot be selected by tag while the tags are unread."""
    coordinator = entry.runtime_data.estate
    coordinator.data = replace(coordinator.data, tags={}, unread=frozenset({"tags"}))
    wrong = Wrong("find_available_rooms", None, {"tags": "quiet"}, "tags_unread")
    await expect(hass, ask, simulator, wrong)


async def test_a_topology_that_is_too_large(
    hass: HomeAssistant, entry: MockConfigEntry, ask: Ask, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A topology that is too large is refused, and a smaller part of it can be requested."""
    monkeypatch.setattr(topology, "MAX_TOPOLOGY_SIZE", 15)
    wrong = Wrong("get_topology", None, {}, "estate_too_large", {"count": "22", "most": "15"})
    await expect(hass, ask, simulator, wrong)
    assert (await ask("get_topology", None, hardware=False))["sites"]
    floor = device_of(hass, entry, find(simulator, "First Floor"))
    assert (await ask("get_topology", {"device_id": floor.id}))["sites"]


async def test_too_many_floors(
    hass: HomeAssistant, ask: Ask, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The number of floors is limited, since each heatmap is a separate request."""
    monkeypatch.setattr(reports, "MAX_HEATMAP_FLOORS", 1)
    wrong = Wrong("get_heatmap", None, {}, "too_many_floors", {"count": "2", "most": "1"})
    await expect(hass, ask, simulator, wrong)


async def test_too_many_spaces(
    hass: HomeAssistant, ask: Ask, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Statistics return four values per space, which count toward the limit."""
    monkeypatch.setattr(reports, "MAX_REPORT_VALUES", 7)
    wrong = Wrong("get_statistics", None, {}, "too_many_figures", {"count": "8", "most": "7"})
    await expect(hass, ask, simulator, wrong)
