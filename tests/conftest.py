"""Fixtures that the tests share: a simulator, a configured entry, and a Home Assistant that Butlr can push to."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Generator
import logging
import random
import secrets
from typing import Any

from aiohttp.test_utils import TestClient
from aiohttp.web import Application, Request, UrlDispatcher
from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import CONF_CLIENT_ID, CONF_CLIENT_SECRET, CONF_WEBHOOK_ID
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.setup import async_setup_component
from hypothesis import settings
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator, WebSocketGenerator

from custom_components.butlr.api import budget
from custom_components.butlr.const import (
    CONF_AREAS,
    CONF_BASE_URL,
    CONF_BUILDINGS,
    CONF_CLOUDHOOK_URL,
    CONF_HARDWARE,
    CONF_HISTORY_DAYS,
    CONF_LABELS,
    CONF_WEBHOOK_SECRET,
    DOMAIN,
)
from tests.helpers.hostile_cloud import HostileProxy
from tests.helpers.scene import Scene
from tests.simulator import Simulator

type Http = TestClient[Request, Application]
type SetUp = Callable[[], Awaitable[bool]]
type Ask = Callable[..., Awaitable[dict[str, Any]]]

# The debug mode of asyncio finds calls from wrong threads. In it, every callback remembers where it was created, which
# takes more than half of the time of tests that let hours pass. So only the tests of these modules use it.
_DEBUGGED = frozenset(
    {"test_setup", "test_truth", "test_webhook", "test_history", "test_websocket_api", "test_any_call"}
)
_SEEDS = pytest.StashKey[list[int]]()

# No test is timed: it would fail on a busy machine.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add options to repeat a failure with its seed, and to try more seeds."""
    parser.addoption("--seed", type=int, help="the seed of a failed test, which is part of its name")
    parser.addoption("--seeds", type=int, default=3, help="how many new seeds to try (default 3)")


def pytest_configure(config: pytest.Config) -> None:
    """Draw the seeds of this run once: all workers of a run must collect the same tests."""
    config.addinivalue_line("markers", "random_seeds: run with new seeds, see the options --seed and --seeds")
    config.addinivalue_line("markers", "recorder(now): set up the recorder, and move the clock to `now` before")
    run = getattr(config, "workerinput", {}).get("testrunuid")
    drawn = random.Random(run).sample(range(1_000_000), config.option.seeds)
    config.stash[_SEEDS] = drawn if config.option.seed is None else [config.option.seed]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Forget the log of what passed: Home Assistant logs much, and every report is sent to another process."""
    report = yield
    if report.passed:
        report.sections.clear()
    return report


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that has the marker once with each seed, which becomes part of its name."""
    if metafunc.definition.get_closest_marker("random_seeds"):
        seeds = metafunc.config.stash[_SEEDS]
        metafunc.parametrize("seed", seeds, ids=[f"seed={seed}" for seed in seeds])


@pytest.fixture(autouse=True)
async def enable_event_loop_debug(request: pytest.FixtureRequest) -> None:
    """Enable the debug mode of the event loop where it is worth its time; the plugin enables it everywhere."""
    asyncio.get_running_loop().set_debug(request.module.__name__.rpartition(".")[2] in _DEBUGGED)


async def pass_time(hass: HomeAssistant, freezer: FrozenDateTimeFactory, seconds: float) -> None:
    """Let time pass, and do everything that is due then."""
    freezer.tick(seconds)
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)


async def choose(hass: HomeAssistant, entry: MockConfigEntry, **options: object) -> None:
    """Change the options as a user does."""
    form = await hass.config_entries.options.async_init(entry.entry_id)
    # "All buildings" is stored as an empty list, but shown as all of them selected.
    every = list(entry.runtime_data.estate.full_estate.buildings)
    user_input = {**entry.options, CONF_BUILDINGS: entry.options[CONF_BUILDINGS] or every, **options}
    result = await hass.config_entries.options.async_configure(form["flow_id"], user_input)
    assert result["type"] is FlowResultType.CREATE_ENTRY, result
    await hass.async_block_till_done(wait_background_tasks=True)


@pytest.fixture
def mock_recorder_before_hass(request: pytest.FixtureRequest) -> None:
    """Prepare the recorder of a test with the marker `recorder`, before Home Assistant is set up."""
    if marker := request.node.get_closest_marker("recorder"):
        for now in marker.args:
            request.getfixturevalue("freezer").move_to(now)
        request.getfixturevalue("async_test_recorder")
        # Do not log every row of the database.
        logging.getLogger("sqlalchemy.engine").setLevel(logging.WARNING)


@pytest.fixture(autouse=True)
def _custom_integrations(request: pytest.FixtureRequest, enable_custom_integrations: None) -> None:
    """Let Home Assistant load the integration of this checkout, beside the recorder of a test with its marker."""
    if request.node.get_closest_marker("recorder"):
        request.getfixturevalue("recorder_mock")


@pytest.fixture(autouse=True)
def _router_stays_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let integrations add URLs while Home Assistant is being served: its own server allows that, that of tests not."""
    monkeypatch.setattr(UrlDispatcher, "freeze", lambda router: None)


@pytest.fixture
def rooms() -> int:
    """Return the number of rooms of the estate; test modules and parametrizations override it."""
    return 5


@pytest.fixture
def seed() -> int:
    """Return the seed of the simulator; see the marker `random_seeds`."""
    return 1


@pytest.fixture
async def simulator(hass: HomeAssistant, rooms: int, seed: int, socket_enabled: None) -> AsyncIterator[Simulator]:
    """Run a simulated Butlr cloud on a loopback port; a site without a time zone is where Home Assistant is."""
    simulator = Simulator(rooms=rooms, seed=seed, fallback_timezone=hass.config.time_zone)
    await simulator.start(port=0)
    yield simulator
    await simulator.stop()


@pytest.fixture
def entry(hass: HomeAssistant, simulator: Simulator) -> MockConfigEntry:
    """Return an entry as the config flow creates it, not yet set up."""
    entry = MockConfigEntry(
        domain=DOMAIN,
        title="Harbour Campus",
        unique_id=simulator.estate.id,
        entry_id="01JBUTLR000000000000000001",
        data={
            CONF_CLIENT_ID: simulator.client_id,
            CONF_CLIENT_SECRET: simulator.client_secret,
            CONF_BASE_URL: simulator.url,
            CONF_WEBHOOK_ID: secrets.token_hex(32),
            CONF_WEBHOOK_SECRET: secrets.token_hex(32),
            CONF_CLOUDHOOK_URL: None,
            CONF_AREAS: "none",
        },
        options={CONF_BUILDINGS: [], CONF_HARDWARE: True, CONF_LABELS: False, CONF_HISTORY_DAYS: 0},
    )
    entry.add_to_hass(hass)
    return entry


@pytest.fixture
def set_up(hass: HomeAssistant, entry: MockConfigEntry) -> SetUp:
    """Return a function that sets the entry up and waits until everything has settled."""

    async def set_up() -> bool:
        result = await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)
        return result

    return set_up


@pytest.fixture
def unlimited_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lift the request budget, for tests whose large estate would otherwise wait a minute for it."""
    for name in ("REQUESTS_PER_MINUTE", "AFTER_PEOPLE_PER_MINUTE", "BACKGROUND_REQUESTS_PER_MINUTE"):
        monkeypatch.setattr(budget, name, 1_000)
    monkeypatch.setattr(budget, "BACKGROUND_BURST_PERIOD", 0.0)


@pytest.fixture
async def reachable(hass: HomeAssistant, hass_client_no_auth: ClientSessionGenerator) -> Http:
    """Serve Home Assistant's HTTP API on a loopback port that the simulator can push to."""
    assert await async_setup_component(hass, "webhook", {})
    client: Http = await hass_client_no_auth()
    hass.config.external_url = str(client.make_url("")).rstrip("/")
    return client


@pytest.fixture
def noon(freezer: FrozenDateTimeFactory) -> FrozenDateTimeFactory:
    """Stop the clock at noon, away from midnight, when daily totals start over."""
    freezer.move_to("2026-11-25T11:00:00Z")
    return freezer


@pytest.fixture
def scene(
    noon: FrozenDateTimeFactory, hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, reachable: Http
) -> Scene:
    """Return a cloud, an entry that is not yet set up, and a Home Assistant that the cloud can push to."""
    return Scene(hass=hass, simulator=simulator, entry=entry, http=reachable, freezer=noon)


@pytest.fixture
async def ask(hass: HomeAssistant, set_up: SetUp, hass_ws_client: WebSocketGenerator) -> Ask:
    """Set the entry up; return a function that calls an action and returns its response or its error."""
    await set_up()

    async def ask(name: str, target: dict[str, Any] | None = None, **data: Any) -> dict[str, Any]:
        call: dict[str, Any] = {
            "type": "call_service",
            "domain": DOMAIN,
            "service": name,
            "service_data": data,
            "return_response": True,
        }
        if target is not None:
            call["target"] = target
        # A connection from before time passed would have been closed because it was silent.
        client = await hass_ws_client(hass)
        await client.send_json_auto_id(call)
        answer = await client.receive_json()
        response: dict[str, Any] = answer["result"]["response"] if answer["success"] else answer["error"]
        return response

    return ask


@pytest.fixture
async def hostile(hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry) -> AsyncIterator[HostileProxy]:
    """Put a server between the simulator and the entry that can change every answer."""
    hostile = HostileProxy(simulator)
    await hostile.start()
    hass.config_entries.async_update_entry(entry, data={**entry.data, CONF_BASE_URL: hostile.url})
    yield hostile
    await hostile.stop()
