"""The panel in the sidebar, and the module that it and the cards are loaded from."""

from collections.abc import Awaitable, Callable
from importlib import metadata
import logging
from pathlib import Path
from typing import Any

from homeassistant.bootstrap import DEFAULT_INTEGRATIONS
from homeassistant.components.lovelace.const import LOVELACE_DATA
from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.const import EVENT_PANELS_UPDATED
from homeassistant.core import HomeAssistant
from homeassistant.loader import async_get_integration
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.butlr import panel
from custom_components.butlr.const import CONF_PANEL, DOMAIN
from tests.conftest import Http, SetUp, choose
from tests.helpers.scene import Scene
from tests.simulator import Simulator

PATH = "/butlr_frontend/butlr.js"
OTHERS = {"type": "module", "url": "/local/someone-elses-card.js?v=1", "id": "1"}

type Ask = Callable[..., Awaitable[Any]]


@pytest.fixture
def onboarded(hass_storage: dict[str, Any]) -> None:
    """Let Home Assistant show its pages: it has been set up before."""
    steps = ["user", "core_config", "analytics", "integration"]
    hass_storage["onboarding"] = {"version": 4, "minor_version": 1, "key": "onboarding", "data": {"done": steps}}


@pytest.fixture
async def frontend(hass: HomeAssistant) -> None:
    """Set Home Assistant's frontend up, as every real Home Assistant does before any custom integration."""
    assert await async_setup_component(hass, "frontend", {})


@pytest.fixture
def command(hass: HomeAssistant, hass_ws_client: WebSocketGenerator) -> Ask:
    """Return a function that sends a websocket command, and returns its result."""

    async def command(name: str, **fields: Any) -> Any:
        client = await hass_ws_client(hass)
        await client.send_json_auto_id({"type": name, **fields})
        answer = await client.receive_json()
        assert answer["success"], answer
        return answer["result"]

    return command


@pytest.fixture
def other(hass: HomeAssistant, entry: MockConfigEntry) -> MockConfigEntry:
    """Return the entry of a second organization, of which nothing is ever read."""
    other = MockConfigEntry(domain=DOMAIN, unique_id="org_other", data=dict(entry.data), options=dict(entry.options))
    other.add_to_hass(hass)
    return other


def store_resources(hass_storage: dict[str, Any], *items: dict[str, Any]) -> None:
    """Store resources of dashboards, as an earlier run left them."""
    key = "lovelace_resources"
    hass_storage[key] = {"version": 1, "minor_version": 1, "key": key, "data": {"items": list(items)}}


async def resources(command: Ask) -> list[tuple[str, str]]:
    """Return the types and URLs of the resources that dashboards load."""
    return [(item["type"], item["url"]) for item in await command("lovelace/resources")]


async def module_url(command: Ask) -> str:
    """Return the URL that the panel is loaded from."""
    url: str = (await command("get_panels"))["butlr"]["config"]["_panel_custom"]["module_url"]
    return url


# -- the module --------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("frontend")
async def test_the_module_is_served(set_up: SetUp, command: Ask, reachable: Http) -> None:
    """Browsers keep the file for a month; its URL is the same until its content changes. Nothing else is served."""
    await set_up()
    response = await reachable.get(await module_url(command))
    assert response.status == 200
    assert await response.read() == (panel.FOLDER / panel.MODULE).read_bytes()
    assert "max-age=" in response.headers["Cache-Control"]
    assert response.content_type == "text/javascript"
    for path in ("/butlr_frontend/", "/butlr_frontend/../const.py", "/butlr_frontend/%2e%2e/const.py"):
        assert (await reachable.get(path)).status in (403, 404)


@pytest.mark.usefixtures("frontend")
async def test_another_module_has_another_url(
    set_up: SetUp, command: Ask, reachable: Http, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An update changes the URL, so that no browser shows what it has stored."""
    before = panel._version()
    (tmp_path / panel.MODULE).write_text("// the next version")
    monkeypatch.setattr(panel, "FOLDER", tmp_path)
    await set_up()
    url = await module_url(command)
    assert before not in url
    assert await resources(command) == [("module", url)]
    assert await (await reachable.get(url)).text() == "// the next version"


@pytest.mark.usefixtures("frontend")
async def test_a_missing_module_is_told(
    hass: HomeAssistant,
    set_up: SetUp,
    command: Ask,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Without the file there is no panel; everything else works."""
    monkeypatch.setattr(panel, "FOLDER", tmp_path)
    assert await set_up()
    assert "butlr" not in await command("get_panels")
    assert await resources(command) == []
    (record,) = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert record.message.startswith("The panel and the cards are missing because this installation is not complete: ")
    assert str(tmp_path / panel.MODULE) in record.message


# -- the panel ---------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("frontend")
async def test_the_panel_is_for_everybody(
    hass: HomeAssistant, set_up: SetUp, hass_ws_client: WebSocketGenerator, hass_read_only_access_token: str
) -> None:
    """The panel is in the sidebar of a user who is not an administrator, too."""
    await set_up()
    client = await hass_ws_client(hass, hass_read_only_access_token)
    await client.send_json_auto_id({"type": "get_panels"})
    shown = (await client.receive_json())["result"]["butlr"]
    custom = shown["config"].pop("_panel_custom")
    assert custom.pop("module_url").startswith(f"{PATH}?v=")
    assert custom == {
        "name": "butlr-panel",
        "embed_iframe": False,
        "trust_external": False,
        "handle_safe_area": False,
    }
    assert shown == {
        "component_name": "custom",
        "icon": "mdi:floor-plan",
        "title": "Butlr",
        "default_visible": True,
        "show_in_sidebar": True,
        "config": {},
        "url_path": "butlr",
        "require_admin": False,
        # The gear of an entry opens its options, as before.
        "config_panel_domain": None,
    }


@pytest.mark.usefixtures("frontend")
async def test_the_panel_follows_the_option(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, command: Ask
) -> None:
    """The option takes effect at once, without a reload; dashboards keep the cards."""
    await set_up()
    data = entry.runtime_data
    await choose(hass, entry, panel=False)
    assert "butlr" not in await command("get_panels")
    assert len(await resources(command)) == 1
    await choose(hass, entry, panel=True)
    assert "butlr" in await command("get_panels")
    assert entry.runtime_data is data


@pytest.mark.usefixtures("frontend", "other")
async def test_one_entry_is_enough(hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, command: Ask) -> None:
    """The panel shows all organizations, so it is there as long as one of them wants it."""
    await set_up()
    other = hass.config_entries.async_entries(DOMAIN)[1]
    await choose(hass, entry, panel=False)
    assert "butlr" in await command("get_panels")
    hass.config_entries.async_update_entry(other, options={**other.options, CONF_PANEL: False})
    await hass.async_block_till_done()
    assert "butlr" not in await command("get_panels")


@pytest.mark.usefixtures("frontend")
async def test_a_reload_does_not_touch_the_panel(hass: HomeAssistant, scene: Scene) -> None:
    """Whoever looks at the panel keeps it while an entry is reloaded, or cannot be set up again."""
    await scene.set_up()
    updates = async_capture_events(hass, EVENT_PANELS_UPDATED)
    await scene.reload()
    scene.simulator.faults.set("graphql", "500")
    await scene.reload()
    assert scene.entry.state is ConfigEntryState.SETUP_RETRY
    assert updates == []


@pytest.mark.usefixtures("frontend")
async def test_the_panel_is_there_before_the_first_connection(
    entry: MockConfigEntry, set_up: SetUp, command: Ask, simulator: Simulator
) -> None:
    """The panel can say why nothing is shown yet."""
    simulator.faults.set("graphql", "500")
    await set_up()
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert "butlr" in await command("get_panels")


@pytest.mark.usefixtures("frontend")
async def test_the_panel_goes_with_the_last_entry(hass: HomeAssistant, scene: Scene, command: Ask) -> None:
    """Disabled or removed: nothing is left in the sidebar and in dashboards. It comes back with an entry."""
    await scene.set_up()
    manager, entry_id = hass.config_entries, scene.entry.entry_id
    await manager.async_set_disabled_by(entry_id, ConfigEntryDisabler.USER)
    await scene.settle()
    assert "butlr" not in await command("get_panels")
    assert await resources(command) == []
    await manager.async_set_disabled_by(entry_id, None)
    await scene.settle()
    assert "butlr" in await command("get_panels")
    assert len(await resources(command)) == 1
    await scene.remove()
    assert "butlr" not in await command("get_panels")
    assert await resources(command) == []


async def test_the_place_of_the_panel_is_taken(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, command: Ask, caplog: pytest.LogCaptureFixture
) -> None:
    """A panel that the user has put at the same address stays, and the log says so."""
    config = {"panel_custom": [{"name": "my-panel", "url_path": "butlr", "module_url": "/local/my-panel.js"}]}
    assert await async_setup_component(hass, "panel_custom", config)
    await set_up()
    await choose(hass, entry, panel=False)
    assert (await command("get_panels"))["butlr"]["config"]["_panel_custom"]["name"] == "my-panel"
    assert "Another panel is already at /butlr" in caplog.text


# -- dashboards --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stored", [True, False])
async def test_dashboards_load_the_module(
    hass: HomeAssistant, set_up: SetUp, command: Ask, hass_storage: dict[str, Any], stored: bool
) -> None:
    """Dashboards load the same URL as the panel, so the module runs once. Resources of others stay."""
    if stored:
        store_resources(hass_storage, OTHERS)
    assert await async_setup_component(hass, "frontend", {})
    await set_up()
    others = [(OTHERS["type"], OTHERS["url"])] if stored else []
    assert await resources(command) == [*others, ("module", await module_url(command))]


@pytest.mark.parametrize(
    "items",
    [
        [{"type": "module", "url": f"{PATH}?v=old", "id": "2"}],
        [{"type": "js", "url": PATH, "id": "2"}],
        [{"type": "module", "url": f"{PATH}?v={number}", "id": str(number)} for number in range(2, 5)],
    ],
    ids=["old version", "added by hand", "several"],
)
async def test_a_restart_adds_no_second_resource(
    hass: HomeAssistant, set_up: SetUp, command: Ask, hass_storage: dict[str, Any], items: list[dict[str, Any]]
) -> None:
    """What an earlier version has stored is updated, not added again; it keeps its id and its place."""
    store_resources(hass_storage, items[0], OTHERS, *items[1:])
    assert await async_setup_component(hass, "frontend", {})
    await set_up()
    listed = await command("lovelace/resources")
    assert [item["id"] for item in listed] == ["2", "1"]
    assert await resources(command) == [("module", await module_url(command)), (OTHERS["type"], OTHERS["url"])]


async def test_the_current_resource_is_not_written_again(
    hass: HomeAssistant, set_up: SetUp, command: Ask, hass_storage: dict[str, Any]
) -> None:
    """An ordinary restart changes nothing in the list."""
    ours = {"type": "module", "url": f"{PATH}?v={panel._version()}", "id": "2"}
    store_resources(hass_storage, OTHERS, ours)
    assert await async_setup_component(hass, "frontend", {})
    changes: list[str] = []

    async def changed(change: str, item_id: str, item: dict[str, Any]) -> None:
        changes.append(change)

    collection: Any = hass.data[LOVELACE_DATA].resources
    collection.async_add_listener(changed)
    await set_up()
    assert await command("lovelace/resources") == [OTHERS, ours]
    # Reading the list reports what is in it.
    assert changes == ["added", "added"]


@pytest.mark.usefixtures("onboarded")
async def test_resources_in_yaml(hass: HomeAssistant, scene: Scene, command: Ask, reachable: Http) -> None:
    """A list in YAML cannot be changed, so every page loads the module instead, until the last entry is removed."""
    config = {"lovelace": {"resource_mode": "yaml", "resources": [{"type": "module", "url": "/local/card.js"}]}}
    assert await async_setup_component(hass, "lovelace", config)
    assert await async_setup_component(hass, "frontend", config)
    await scene.set_up()
    url = await module_url(command)
    assert await resources(command) == [("module", "/local/card.js")]
    assert url in await (await reachable.get("/")).text()
    await scene.remove()
    assert url not in await (await reachable.get("/")).text()


@pytest.mark.usefixtures("onboarded")
async def test_our_resource_in_yaml(hass: HomeAssistant, set_up: SetUp, command: Ask, reachable: Http) -> None:
    """A user who has listed the module in YAML needs nothing more."""
    config = {"lovelace": {"resource_mode": "yaml", "resources": [{"type": "module", "url": PATH}]}}
    assert await async_setup_component(hass, "lovelace", config)
    assert await async_setup_component(hass, "frontend", config)
    await set_up()
    assert PATH not in await (await reachable.get("/")).text()


# -- without a frontend ------------------------------------------------------------------------------------------------


async def test_without_a_frontend(hass: HomeAssistant, scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    """A Home Assistant without a frontend gets none because of this integration."""
    assert await scene.set_up()
    assert not {"frontend", "lovelace", "panel_custom"} & hass.config.components
    await scene.reload()
    await scene.remove()
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_nothing_is_installed_because_of_it(hass: HomeAssistant) -> None:
    """What the manifest names needs only packages that every Home Assistant has or installs, and MQTT's client.

    That is in every image of Home Assistant, has no requirements of its own, and is less than 100 kB.
    """

    async def required(*domains: str) -> set[str]:
        """Return what Home Assistant installs before it sets integrations up: it follows all dependencies."""
        seen, waiting, requirements = set(domains), list(domains), set[str]()
        while waiting:
            integration = await async_get_integration(hass, waiting.pop())
            requirements.update(integration.requirements)
            new = {*integration.dependencies, *integration.after_dependencies} - seen
            seen |= new
            waiting += new
        return requirements

    of_every_installation = await required(*DEFAULT_INTEGRATIONS) | set(metadata.requires("homeassistant") or ())
    assert await required(DOMAIN) - of_every_installation == {"paho-mqtt==2.1.0"}


async def test_the_frontend_comes_later(hass: HomeAssistant, set_up: SetUp, command: Ask) -> None:
    """The order in which Home Assistant sets up its integrations does not matter."""
    await set_up()
    assert await async_setup_component(hass, "frontend", {})
    await hass.async_block_till_done()
    assert await resources(command) == [("module", await module_url(command))]
