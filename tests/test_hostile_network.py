"""Invalid data from the network is stopped at the API: Home Assistant runs against a hostile cloud."""

from collections.abc import Callable
from contextlib import suppress
import json
import logging
from typing import Any

from aiohttp import web
from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant, valid_entity_id
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
    floor_registry as fr,
    label_registry as lr,
)
from homeassistant.helpers.json import json_bytes
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.butlr.const import CONF_AREAS, CONF_LABELS, DOMAIN
from custom_components.butlr.coordinator import ESTATE_INTERVAL, OCCUPANCY_INTERVAL
from tests.conftest import Http, SetUp, pass_time
from tests.helpers.hostile_cloud import HostileProxy
from tests.helpers.push import occupancy_event, secret_header, webhook_path
from tests.helpers.registries import device_of, differences, find
from tests.helpers.states import state_of
from tests.simulator import Simulator

POLL = ESTATE_INTERVAL.total_seconds() + 1
COUNTS = OCCUPANCY_INTERVAL.total_seconds() + 1
LOGIN = "/api/v2/clients/login"
REPORTING = "/api/v3/reporting"


def unexpected(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    """Return log records with tracebacks that should not exist."""
    return [record for record in caplog.records if record.exc_info and record.levelno > logging.INFO]


def rename(node: Any, name: str) -> None:
    """Replace every name and free text in an answer."""
    if isinstance(node, dict):
        for key in ("name", "roomType", "customID", "model", "hiveVersion", "hiveType"):
            if node.get(key):
                node[key] = name
        for key in ("mac_address", "serialNumber"):
            if node.get(key):
                node[key] += name
        for value in node.values():
            rename(value, name)
    elif isinstance(node, list):
        for value in node:
            rename(value, name)


@pytest.mark.parametrize(
    "name",
    ["NUL\x00\x01 and \x1b[31m", "Half\ud83d", "\ud83d", "\u200b", "ホ" * 5000, "x" * 100_000, "\u202eright\u2028left"],
    ids=["control", "surrogate", "only surrogate", "zero width", "kana", "long", "direction"],
)
async def test_names(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    simulator: Simulator,
    hostile: HostileProxy,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
    name: str,
) -> None:
    """Whatever names contain, the registries can be stored, states are written, and everything exists."""
    caplog.set_level(logging.WARNING)
    hass.config_entries.async_update_entry(
        entry, data={**entry.data, CONF_AREAS: "create"}, options={**entry.options, CONF_LABELS: True}
    )
    hostile.changes = dict.fromkeys(("Topology", "Sensors", "Hives"), lambda answer: rename(answer, name))
    assert await set_up()
    estate = simulator.estate
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    hardware = [one.real for one in estate.sensors.values()] + [one.real for one in estate.hives.values()]
    assert len(devices) == 1 + len(list(estate.spaces())) + sum(hardware)
    for device in devices:
        for text in (device.name, device.model, device.serial_number, device.hw_version):
            assert text is None or (0 < len(text) <= 255 + 20 and json_bytes(text))
    for registry in (ar, dr, er, fr, lr):
        stored = json_bytes(registry.async_get(hass)._data_to_save())
        assert b"\\u0000" not in stored
        assert json.loads(stored)
    for one in er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id):
        assert len(one.entity_id) <= 255
        assert valid_entity_id(one.entity_id)
        if not one.disabled_by:
            state = hass.states.get(one.entity_id)
            assert state
            assert json_bytes(state.as_dict())
    hostile.changes.clear()
    await pass_time(hass, freezer, POLL)
    assert device_of(hass, entry, find(simulator, "Focus Room")).name == "Focus Room"
    assert not unexpected(caplog)


@pytest.mark.parametrize(
    "zone",
    [
        "../../etc/passwd",
        "/etc/passwd",
        "Europe/Copenhagen\x00",
        "Europe",
        "posix",
        "",
        "tzdata.zi",
        "Mars/Phobos",
        "\ud800",
        "x" * 5000,
        "Europe/../Europe/Copenhagen",
        "C:\\windows",
        "con",
        "ä/ö",
        5,
        {"name": "Europe/Copenhagen"},
    ],
    ids=range(16),
)
async def test_time_zones(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    hostile: HostileProxy,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
    zone: Any,
) -> None:
    """An invalid time zone is ignored, at setup and at a poll, and everything else works."""
    caplog.set_level(logging.WARNING)

    def move(answer: Any) -> None:
        for site in answer["data"]["sites"]["data"]:
            site["timezone"] = zone

    hostile.changes["Topology"] = move
    assert await set_up()
    data = entry.runtime_data
    assert [site.time_zone for site in data.estate.data.sites.values()] == [None] * len(data.estate.data.sites)
    assert data.estate.without_time_zone
    hostile.changes.clear()
    await pass_time(hass, freezer, POLL)
    assert not data.estate.without_time_zone
    hostile.changes["Topology"] = move
    await pass_time(hass, freezer, POLL)
    assert not data.estate.failing
    assert not data.traffic.failing
    assert not unexpected(caplog)


@pytest.mark.parametrize(
    "value",
    ["1e300", "-1e300", "NaN", "Infinity", "-Infinity", "-4", "9" * 400, "9" * 6000, '"2"', "{}", "[3]", "true"],
    ids=range(12),
)
async def test_counts(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    simulator: Simulator,
    hostile: HostileProxy,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
    value: str,
) -> None:
    """An implausible value is ignored, and the other values of the answer count."""
    caplog.set_level(logging.WARNING)
    focus, boardroom = find(simulator, "Focus Room"), find(simulator, "Boardroom")
    await set_up()

    def spoil(answer: Any) -> bytes:
        for row in answer["data"]:
            if row.get("room_id") == focus:
                row["value"] = "spoiled"
        return json.dumps(answer).replace('"spoiled"', value).encode()

    hostile.changes[REPORTING] = spoil
    await simulator.move(to=boardroom)
    await pass_time(hass, freezer, 11 * 60)
    assert not entry.runtime_data.occupancy.failing
    assert not entry.runtime_data.traffic.failing
    assert state_of(hass, focus, "people") in ("unknown", "unavailable")
    assert str(state_of(hass, boardroom, "people")).isdigit()
    hostile.changes.clear()
    await pass_time(hass, freezer, COUNTS)
    assert str(state_of(hass, focus, "people")).isdigit()
    assert not unexpected(caplog)


def endless(status: int = 200) -> Callable[[web.Request], Any]:
    """Return a handler whose response never ends."""

    async def serve(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(status=status)
        await response.prepare(request)
        with suppress(ConnectionError):
            while True:
                await response.write(bytes(1024 * 1024))
        return response

    return serve


@pytest.mark.parametrize("name", ["Topology", "Sensors", "Hives", REPORTING, LOGIN])
async def test_endless_answers(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    simulator: Simulator,
    hostile: HostileProxy,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
    name: str,
) -> None:
    """The poll fails, logs that once, keeps the old data, and recovers by itself."""
    assert await set_up()
    caplog.set_level(logging.INFO, logger="custom_components.butlr")
    caplog.clear()
    hostile.instead[name] = endless()
    freezer.tick(4000)
    await entry.runtime_data.estate.async_refresh()
    await entry.runtime_data.occupancy.async_refresh()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert differences(hass, simulator, entry) == []
    said = [record.getMessage() for record in caplog.records if record.name == "custom_components.butlr"]
    assert len([line for line in said if "MiB" in line]) == 1
    assert not [line for line in said if simulator.client_secret in line]
    hostile.instead.clear()
    await entry.runtime_data.occupancy.async_refresh()
    await pass_time(hass, freezer, POLL)
    assert not entry.runtime_data.estate.failing
    assert not entry.runtime_data.occupancy.failing
    assert not unexpected(caplog)


@pytest.mark.parametrize(
    "answer", [[], "token", None, {}, {"access_token": {}}, {"access_token": ["t"]}, {"access_token": "a\nb"}]
)
async def test_a_login_of_a_wrong_type(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    hostile: HostileProxy,
    caplog: pytest.LogCaptureFixture,
    answer: Any,
) -> None:
    """The entry retries and shows why; it does not ask for other credentials."""
    hostile.changes[LOGIN] = lambda _: json.dumps(answer).encode()
    assert not await set_up()
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert "login" in (entry.reason or "")
    assert not hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    assert not unexpected(caplog)


@pytest.mark.parametrize("later_is_old", [True, False])
async def test_a_door_sensor_that_was_moved(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    reachable: Http,
    set_up: SetUp,
    simulator: Simulator,
    hostile: HostileProxy,
    later_is_old: bool,
) -> None:
    """If two rows have one MAC address, the installed sensor counts, for pushes and as a device."""
    cafe, focus = find(simulator, "Harbour Café"), find(simulator, "Focus Room")
    door = next(one for one in simulator.estate.sensors.values() if one.room_id == cafe and one.mode == "traffic")

    def move(answer: Any) -> None:
        rows = answer["data"]["sensors"]["data"]
        old = next(row for row in rows if row["id"] == door.id)
        rows.remove(old)
        new = {**old, "id": "sensor_new", "room_id": focus, "floor_id": simulator.estate.rooms[focus].floor_id}
        old = {**old, "installation_status": "Uninstalled"}
        rows += [new, old] if later_is_old else [old, new]

    hostile.changes["Sensors"] = move
    await set_up()
    assert device_of(hass, entry, "sensor_new").serial_number == door.mac_address
    assert not dr.async_get(hass).async_get_device_by_identifier((DOMAIN, door.id), entry.entry_id)
    assert entry.runtime_data.estate.data.equipment(focus).traffic
    assert not entry.runtime_data.estate.data.equipment(cafe).traffic
    before = int(state_of(hass, focus, "entries_today") or 0)
    metadata = {"org_id": simulator.estate.id, "room_id": cafe, "mac_address": door.mac_address.upper()}
    event = occupancy_event(simulator, {"in": 2, "out": 0}, type="TRAFFIC", metadata=metadata)
    await reachable.post(webhook_path(entry), json=event, headers=secret_header(entry))
    await hass.async_block_till_done()
    assert state_of(hass, focus, "entries_today") == str(before + 2)


async def test_a_sensor_that_hangs_nowhere(
    hass: HomeAssistant, entry: MockConfigEntry, reachable: Http, set_up: SetUp, simulator: Simulator
) -> None:
    """An uninstalled sensor is no device; its events count nowhere and cause no poll of the estate."""
    cafe = find(simulator, "Harbour Café")
    door = next(one for one in simulator.estate.sensors.values() if one.room_id == cafe and one.mode == "traffic")
    door.installation_status = "UNINSTALLED"
    await set_up()
    assert differences(hass, simulator, entry) == []
    asked = len(simulator.requests)
    metadata = {"org_id": simulator.estate.id, "room_id": cafe, "mac_address": door.mac_address}
    event = occupancy_event(simulator, {"in": 2, "out": 0}, type="TRAFFIC", metadata=metadata)
    answer = await reachable.post(webhook_path(entry), json=event, headers=secret_header(entry))
    await hass.async_block_till_done(wait_background_tasks=True)
    assert answer.status == 200
    assert entry.runtime_data.push.webhook.outcomes == {"not_installed": 1}
    assert len(simulator.requests) == asked
