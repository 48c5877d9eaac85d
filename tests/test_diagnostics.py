"""Diagnostics show the state of the connection and nothing that identifies the organization."""

from collections.abc import Iterator
import dataclasses
import json
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
from syrupy.assertion import SnapshotAssertion
from yarl import URL

from custom_components.butlr.api.client import DEFAULT_BASE_URL
from custom_components.butlr.const import DOMAIN
from custom_components.butlr.diagnostics import (
    MODELS,
    _keyword,
    async_get_config_entry_diagnostics,
    async_get_device_diagnostics,
)
from custom_components.butlr.issues.issue import Issue, issue_id
from tests.conftest import Http, SetUp, pass_time
from tests.helpers.push import occupancy_event, room_id, secret_header, webhook_path
from tests.helpers.registries import find
from tests.simulator import Simulator

# Keywords that the simulator uses for its assets and that may appear.
WORDS = {"presence", "traffic", "wired", "battery", "heatic 2", "heatic 2+", "installed", "uninstalled", "none"}


@pytest.fixture(autouse=True)
def _noon(freezer: FrozenDateTimeFactory) -> None:
    """Start far from midnight, when totals restart."""
    freezer.move_to("2026-11-25T11:00:00Z")


@pytest.fixture
async def _served(hass: HomeAssistant) -> None:
    """Set up diagnostics; Home Assistant's views must exist before its server starts."""
    assert await async_setup_component(hass, "diagnostics", {})


def texts(value: Any) -> Iterator[str]:
    """Yield every text in a structure, including dataclasses."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            if not field.name.startswith("_"):
                yield from texts(getattr(value, field.name))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from texts(key)
            yield from texts(item)
    elif isinstance(value, list | tuple | set | frozenset):
        for item in value:
            yield from texts(item)
    elif isinstance(value, str):
        yield value


def secrets(hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry) -> set[str]:
    """Return every text, in lower case, that identifies the organization or grants access.

    Names of two letters are in any text; those of the estate have at least three.
    """
    found = set(texts(simulator.estate)) | set(texts([*entry.data.values(), *entry.options.values()]))
    for webhook in simulator.webhooks:
        found |= {webhook.id, webhook.name, webhook.url, *texts(webhook.api_key or {})}
    found |= {simulator.client_id, simulator.client_secret, simulator.url, *simulator._web._tokens}
    found |= {entry.title, entry.entry_id, str(entry.unique_id), simulator.estate.id, simulator.estate.name}
    found |= {str(hass.config.external_url), *(str(URL(text).host) for text in found if "://" in text)}
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    for device in devices:
        found |= {device.id, str(device.name), *(identifier[1] for identifier in device.identifiers)}
    for entity in entities:
        found |= {entity.id, entity.entity_id, entity.unique_id}
        if state := hass.states.get(entity.entity_id):
            found.add(str(state.attributes["friendly_name"]))
    return {text.casefold() for text in found if len(text) >= 3} - WORDS


def leaks(dump: Any, hidden: set[str]) -> list[str]:
    """Return the hidden texts that occur in a dump, ignoring case."""
    written = json.dumps(dump, ensure_ascii=False).casefold()
    return sorted(text for text in hidden if text in written)


async def test_the_search_finds(
    hass: HomeAssistant, simulator: Simulator, reachable: Http, entry: MockConfigEntry, set_up: SetUp
) -> None:
    """The hidden texts exist, so the tests below can fail."""
    await set_up()
    hidden = secrets(hass, simulator, entry)
    for text in ("Boardroom", "MEET-1.01", "2100 København Ø", "Nordhavn Workspaces", "Europe/Copenhagen", entry.title):
        assert leaks({"a": [f"x{text.upper()}x"]}, hidden), text
    for sensor in simulator.estate.sensors.values():
        assert not sensor.real or sensor.mac_address in hidden
    assert simulator._web._tokens
    assert {hive.serial for hive in simulator.estate.hives.values() if hive.real} <= hidden
    for key in ("client_id", "client_secret", "webhook_id", "webhook_secret", "base_url"):
        assert entry.data[key].casefold() in hidden
    assert "127.0.0.1" in hidden


@pytest.mark.parametrize("rooms", [500])
@pytest.mark.usefixtures("_served")
async def test_a_large_estate_is_not_recognized(
    hass: HomeAssistant,
    simulator: Simulator,
    reachable: Http,
    entry: MockConfigEntry,
    set_up: SetUp,
    hass_client: ClientSessionGenerator,
) -> None:
    """A dump of 500 rooms contains no name, id, secret or address of the estate, the entry or the cloud."""
    for number, room in enumerate(simulator.estate.rooms.values()):
        room.room_type = f"Ward {number}"
        room.custom_id = f"CUSTOM-{number:04}"
    foreign = simulator.add_foreign_webhook(["TRAFFIC"], "Facility Management Suite")
    foreign.url = "https://bms.example.org:8443/hook?token=hush"
    next(iter(simulator.estate.sites.values())).timezone = None
    await set_up()
    await simulator.move(to=next(iter(simulator.estate.rooms)))
    hidden = secrets(hass, simulator, entry)
    assert len(hidden) > 5000
    response = await (await hass_client()).get(f"/api/diagnostics/config_entry/{entry.entry_id}")
    assert response.status == 200
    whole = await response.json()
    # Home Assistant's own parts of the file; its set-up times contain the entry id.
    for part in ("home_assistant", "custom_components", "integration_manifest", "setup_times"):
        whole.pop(part)
    assert leaks(whole, hidden) == []
    told = {issue["issue_id"] for issue in whole["issues"]}
    assert {issue_id(entry, Issue.CLAIMED), issue_id(entry, Issue.NO_TIME_ZONE)} <= told
    estate = whole["data"]["estate"]["whole"]
    heard = sum(map(simulator.estate.coverage.available, simulator.estate.rooms))
    assert (estate["rooms"], whole["data"]["spaces"]["room"]["available"]) == (500, heard)
    assert whole["data"]["link"]["push"]["claimed"]["TRAFFIC"] == {"webhook_is_known": True, "fallback": None}
    # People read this part.
    assert len(json.dumps(whole["data"])) < 20_000


@pytest.mark.usefixtures("_served")
async def test_no_device_is_recognized(
    hass: HomeAssistant,
    simulator: Simulator,
    reachable: Http,
    entry: MockConfigEntry,
    set_up: SetUp,
    hass_client: ClientSessionGenerator,
) -> None:
    """No device dump identifies a device. Each shows kind, condition and ages."""
    await set_up()
    await simulator.move(to=room_id(simulator, "Boardroom"))
    hidden = secrets(hass, simulator, entry)
    client = await hass_client()
    kinds = []
    for device in dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id):
        response = await client.get(f"/api/diagnostics/config_entry/{entry.entry_id}/device/{device.id}")
        assert response.status == 200
        whole = await response.json()
        assert leaks({"data": whole["data"], "issues": whole["issues"]}, hidden) == []
        kinds.append(whole["data"]["device"]["kind"])
    counted = {kind: kinds.count(kind) for kind in ("organization", "building", "floor", "room", "zone")}
    assert counted == {"organization": 1, "building": 1, "floor": 2, "room": 5, "zone": 4}


async def test_what_an_organization_tells(
    hass: HomeAssistant,
    simulator: Simulator,
    reachable: Http,
    entry: MockConfigEntry,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
    snapshot: SnapshotAssertion,
) -> None:
    """The dump shows counts, ages, polls and pushes in a fixed order."""
    await set_up()
    freezer.tick(5)
    await simulator.move(to=room_id(simulator, "Boardroom"))
    await reachable.post(
        webhook_path(entry), json=occupancy_event(simulator), headers={"X-Butlr-Webhook-Secret": "guess"}
    )
    await reachable.post(
        webhook_path(entry), json=occupancy_event(simulator, type="DETECTIONS"), headers=secret_header(entry)
    )
    freezer.tick(30)
    assert await async_get_config_entry_diagnostics(hass, entry) == snapshot


async def test_what_devices_tell(
    hass: HomeAssistant,
    simulator: Simulator,
    reachable: Http,
    entry: MockConfigEntry,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
    snapshot: SnapshotAssertion,
) -> None:
    """A space shows its sensors, its state and the ages of its readings."""
    await set_up()
    freezer.tick(5)
    await simulator.move(to=room_id(simulator, "Boardroom"))
    freezer.tick(30)
    told = {}
    devices = dr.async_get(hass)
    for name in ("Pier House", "First Floor", "Boardroom", "Lobby", "Desk Row A"):
        device = devices.async_get_device_by_identifier((DOMAIN, find(simulator, name)), entry.entry_id)
        assert device
        told[name] = await async_get_device_diagnostics(hass, entry, device)
        assert told[name].pop("link")["push"]["mode"] == "push"
        told[name].pop("entry")
    assert told == snapshot


async def test_a_sensor_and_a_hive(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Hardware shows whether it is reachable and its battery days; customer text appears only as "other"."""
    sensor = next(one for one in simulator.estate.sensors.values() if one.battery_change_by_date and one.room_id)
    sensor.model = "Ward 7"
    hive = simulator.estate.hives[sensor.hive_id]
    hive.is_online = False
    await set_up()
    registry = dr.async_get(hass)

    def device(butlr_id: str) -> dr.DeviceEntry:
        return registry.async_get_or_create(config_entry_id=entry.entry_id, identifiers={(DOMAIN, butlr_id)})

    told = (await async_get_device_diagnostics(hass, entry, device(sensor.id)))["device"]
    assert (told["kind"], told["model"], told["power"], told["mode"]) == ("sensor", "other", "Battery", sensor.mode)
    assert (told["online"], told["hive"], told["reachable"]) == ("online", "offline", False)
    assert isinstance(told["battery_days"], int)
    told = (await async_get_device_diagnostics(hass, entry, device(hive.id)))["device"]
    assert (told["kind"], told["online"]) == ("hive", "offline")
    assert sum(told["sensors"].values()) > 1
    gone = (await async_get_device_diagnostics(hass, entry, device("room_gone")))["device"]
    assert gone["kind"] == "not in the estate"


@pytest.mark.parametrize(
    ("text", "told"),
    [("Heatic 2+", "Heatic 2+"), ("HEATIC2+", "Heatic 2+"), ("heatic", "Heatic"), ("Ward 7", "other"), (None, None)],
)
def test_only_words_of_the_field_are_repeated(text: str | None, told: str | None) -> None:
    """A known model is reported in its usual spelling, an unknown one as "other"."""
    assert _keyword(text, MODELS) == told


async def test_an_entity_that_did_not_come(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, set_up: SetUp
) -> None:
    """An enabled entity without a state is reported."""
    await set_up()
    hass.states.async_remove("sensor.boardroom_people")
    told = (await async_get_config_entry_diagnostics(hass, entry))["entities"]["sensor.people"]
    assert told["not added"] == 1


async def test_troubles_are_told(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """A failing poll shows the kind of its error and its last success; without an address there are no pushes."""
    await set_up()
    simulator.faults.set("reporting", "500")
    await pass_time(hass, freezer, 61)
    told = await async_get_config_entry_diagnostics(hass, entry)
    occupancy_poll = told["link"]["polls"]["occupancy"]
    assert (occupancy_poll["success"], occupancy_poll["error"]) == (False, "ButlrConnectionError")
    assert occupancy_poll["succeeded"] >= 61
    push = told["link"]["push"]
    assert (push["mode"], push["obstacle"], push["registered"]) == ("polling", "no_public_url", [])
    simulator.faults.set("reporting", "429", retry_after=120)
    await pass_time(hass, freezer, 61)
    assert 0 < (await async_get_config_entry_diagnostics(hass, entry))["link"]["client"]["pause"] <= 120


async def test_not_loaded(hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, set_up: SetUp) -> None:
    """An entry that cannot be set up shows the translation key of the reason."""
    hass.config_entries.async_update_entry(entry, options={"buildings": ["building_x"], "hardware": False})
    simulator.faults.set("graphql", "500")
    await set_up()
    told = (await async_get_config_entry_diagnostics(hass, entry))["entry"]
    assert (told["state"], told["error"]) == (ConfigEntryState.SETUP_RETRY.value, "update_failed")
    assert (told["buildings"], told["address"]) == (1, "other")
    assert told["switches"] == {"hardware": False, "panel": True}
    hass.config_entries.async_update_entry(entry, data={**entry.data, "base_url": DEFAULT_BASE_URL})
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id, identifiers={(DOMAIN, simulator.estate.id)}
    )
    told = await async_get_device_diagnostics(hass, entry, device)
    assert told.keys() == {"entry"}
    assert told["entry"]["address"] == "default"
