"""Home Assistant Cloud gives an address to push to; it cannot be had here, so its module is played."""

import ast
from collections.abc import Callable, Iterator
from enum import Enum
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.butlr.const import CONF_CLOUDHOOK_URL, DOMAIN
from custom_components.butlr.issues.issue import Issue, issue_id
from custom_components.butlr.push import cloudhook
from tests.conftest import Http, SetUp
from tests.helpers.push import occupancy_event, secret_header, webhook_path
from tests.helpers.states import state_of
from tests.simulator import Simulator

ADDRESS = "https://hooks.example.org/abcdef"


class PlayedCloud:
    """The functions of the cloud integration that are used, and what they were asked."""

    class CloudConnectionState(Enum):
        """As in the real module."""

        CLOUD_CONNECTED = "cloud_connected"
        CLOUD_DISCONNECTED = "cloud_disconnected"

    def __init__(self) -> None:
        """Start logged in and connected, with no cloudhook."""
        self.subscribed = True
        self.connected = True
        self.broken = False
        self.address = ADDRESS
        self.hooks: dict[str, str] = {}
        self.connection_listeners: list[Callable[[Any], None]] = []
        self.hook_listeners: list[Callable[[dict[str, Any] | None], None]] = []

    def async_active_subscription(self, hass: HomeAssistant) -> bool:
        """Tell whether somebody is logged in and has paid."""
        return self.subscribed

    def async_is_connected(self, hass: HomeAssistant) -> bool:
        """Tell whether the cloud is connected."""
        return self.connected

    async def async_get_or_create_cloudhook(self, hass: HomeAssistant, webhook_id: str) -> str:
        """Return the address of a webhook."""
        if self.broken:
            raise HomeAssistantError("not connected")
        return self.hooks.setdefault(webhook_id, self.address)

    async def async_delete_cloudhook(self, hass: HomeAssistant, webhook_id: str) -> None:
        """Delete the address of a webhook."""
        if webhook_id not in self.hooks:
            raise ValueError("Hook is not enabled for the cloud.")
        del self.hooks[webhook_id]
        self.cloudhook(None)

    def async_listen_connection_change(self, hass: HomeAssistant, target: Callable[[Any], None]) -> Callable[[], None]:
        """Tell of connections."""
        self.connection_listeners.append(target)
        return lambda: self.connection_listeners.remove(target)

    def async_listen_cloudhook_change(
        self, hass: HomeAssistant, webhook_id: str, on_change: Callable[[dict[str, Any] | None], None]
    ) -> Callable[[], None]:
        """Tell of a cloudhook."""
        self.hook_listeners.append(on_change)
        return lambda: self.hook_listeners.remove(on_change)

    def connection(self, state: CloudConnectionState) -> None:
        """Connect or disconnect."""
        self.connected = state is self.CloudConnectionState.CLOUD_CONNECTED
        for listener in tuple(self.connection_listeners):
            listener(state)

    def cloudhook(self, address: str | None) -> None:
        """Change or delete the cloudhook from elsewhere, as a person can."""
        for listener in tuple(self.hook_listeners):
            listener({"cloudhook_url": address} if address else None)


@pytest.fixture
def played_cloud(hass: HomeAssistant) -> Iterator[PlayedCloud]:
    """Load a played cloud into Home Assistant."""
    played = PlayedCloud()
    hass.config.components.add("cloud")
    integration = SimpleNamespace(get_component=lambda: played)
    with patch("custom_components.butlr.push.cloudhook.async_get_loaded_integration", return_value=integration):
        yield played


def test_the_real_module_has_what_is_played() -> None:
    """The installed cloud integration has these functions with these parameters, so the play is true to it."""
    spec = find_spec("homeassistant.components")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    source = Path(spec.submodule_search_locations[0], "cloud", "__init__.py").read_text()
    real = {
        node.name: [argument.arg for argument in node.args.args]
        for node in ast.parse(source).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    for name in vars(PlayedCloud):
        if name.startswith("async_"):
            played: Any = getattr(PlayedCloud, name)
            code = played.__code__
            assert real[name] == list(code.co_varnames[1 : code.co_argcount])
    assert "class CloudConnectionState(Enum)" in source
    assert 'hook["cloudhook_url"]' in source


async def test_without_the_cloud_there_is_none(hass: HomeAssistant) -> None:
    """Where the integration is not loaded, everything says no."""
    assert not cloudhook.is_subscribed(hass)
    assert not cloudhook.is_connected(hass)
    await cloudhook.delete(hass, "webhook")
    assert await cloudhook.get_or_create(hass, "webhook") == ""
    cloudhook.listen(
        hass,
        "webhook",
        lambda connected: pytest.fail(f"told of {connected}"),
        lambda url: pytest.fail(f"told of {url}"),
    )()


async def test_a_cloudhook_is_preferred_and_remembered(
    hass: HomeAssistant,
    simulator: Simulator,
    reachable: Http,
    entry: MockConfigEntry,
    set_up: SetUp,
    played_cloud: PlayedCloud,
) -> None:
    """It is created once, used before the external URL, also while the cloud is away, and goes with the entry."""
    await set_up()
    assert [webhook.url for webhook in simulator.webhooks] == [ADDRESS] * 2
    assert entry.data[CONF_CLOUDHOOK_URL] == ADDRESS
    played_cloud.connected = False
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert [webhook.url for webhook in simulator.webhooks] == [ADDRESS] * 2
    await hass.config_entries.async_remove(entry.entry_id)
    assert simulator.webhooks == []
    assert played_cloud.hooks == {}
    assert (played_cloud.connection_listeners, played_cloud.hook_listeners) == ([], [])


async def test_until_the_cloud_connects_the_external_url_serves(
    hass: HomeAssistant,
    simulator: Simulator,
    reachable: Http,
    entry: MockConfigEntry,
    set_up: SetUp,
    played_cloud: PlayedCloud,
) -> None:
    """Then the subscription moves to the cloudhook."""
    played_cloud.connected = False
    await set_up()
    before = {webhook.id for webhook in simulator.webhooks}
    assert all(webhook.url.startswith(str(hass.config.external_url)) for webhook in simulator.webhooks)
    played_cloud.connection(PlayedCloud.CloudConnectionState.CLOUD_CONNECTED)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert {(webhook.id, webhook.url) for webhook in simulator.webhooks} == {(one, ADDRESS) for one in before}


async def test_a_cloudhook_that_is_deleted_is_made_anew(
    hass: HomeAssistant,
    simulator: Simulator,
    reachable: Http,
    entry: MockConfigEntry,
    set_up: SetUp,
    played_cloud: PlayedCloud,
) -> None:
    """A person may delete it in the cloud's settings; the same news twice does nothing."""
    await set_up()
    simulator.requests.clear()
    played_cloud.cloudhook(ADDRESS)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert simulator.requests == []
    played_cloud.hooks = dict.fromkeys(played_cloud.hooks, f"{ADDRESS}-2")
    played_cloud.cloudhook(None)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert [webhook.url for webhook in simulator.webhooks] == [f"{ADDRESS}-2"] * 2
    assert entry.data[CONF_CLOUDHOOK_URL] == f"{ADDRESS}-2"


async def test_a_cloud_that_fails_is_tried_again(
    hass: HomeAssistant,
    simulator: Simulator,
    reachable: Http,
    entry: MockConfigEntry,
    set_up: SetUp,
    played_cloud: PlayedCloud,
    freezer: FrozenDateTimeFactory,
) -> None:
    """Half a minute later."""
    played_cloud.broken = True
    await set_up()
    assert simulator.webhooks == []
    played_cloud.broken = False
    freezer.tick(31)
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert [webhook.url for webhook in simulator.webhooks] == [ADDRESS] * 2


async def test_a_cloudhook_that_is_gone_already(
    hass: HomeAssistant,
    simulator: Simulator,
    reachable: Http,
    entry: MockConfigEntry,
    set_up: SetUp,
    played_cloud: PlayedCloud,
) -> None:
    """Removing the entry does not mind."""
    await set_up()
    played_cloud.hooks.clear()
    await hass.config_entries.async_remove(entry.entry_id)
    assert simulator.webhooks == []


async def test_while_the_cloud_is_away_nothing_is_proven(
    hass: HomeAssistant,
    simulator: Simulator,
    reachable: Http,
    entry: MockConfigEntry,
    set_up: SetUp,
    played_cloud: PlayedCloud,
) -> None:
    """Pushes through a cloudhook need the connection: polling at once, and pushes again with the next event."""
    await set_up()
    organization = simulator.estate.id
    post = partial(reachable.post, webhook_path(entry), headers=secret_header(entry))
    await post(json=occupancy_event(simulator, 1))
    assert state_of(hass, organization, "update_mode") == "push"
    played_cloud.connection(PlayedCloud.CloudConnectionState.CLOUD_DISCONNECTED)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert state_of(hass, organization, "update_mode") == "polling"
    # The address stays good for when it is back.
    assert [webhook.url for webhook in simulator.webhooks] == [ADDRESS] * 2
    played_cloud.connection(PlayedCloud.CloudConnectionState.CLOUD_CONNECTED)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert state_of(hass, organization, "update_mode") == "polling"
    await post(json=occupancy_event(simulator, 2))
    assert state_of(hass, organization, "update_mode") == "push"


async def test_logged_out_of_the_cloud(
    hass: HomeAssistant,
    simulator: Simulator,
    reachable: Http,
    entry: MockConfigEntry,
    set_up: SetUp,
    played_cloud: PlayedCloud,
) -> None:
    """The external URL serves, where there is one; else polling, and a message. Logged in again, the cloudhook does."""
    await set_up()
    external, hass.config.external_url = hass.config.external_url, None
    played_cloud.subscribed = False
    played_cloud.connection(PlayedCloud.CloudConnectionState.CLOUD_DISCONNECTED)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert simulator.webhooks == []
    assert ir.async_get(hass).async_get_issue(DOMAIN, issue_id(entry, Issue.NO_PUBLIC_URL))
    await hass.config.async_update(external_url=external)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert [webhook.url.startswith(str(external)) for webhook in simulator.webhooks] == [True] * 2
    assert not ir.async_get(hass).async_get_issue(DOMAIN, issue_id(entry, Issue.NO_PUBLIC_URL))
    # Another account may give another address.
    played_cloud.subscribed, played_cloud.hooks = True, dict.fromkeys(played_cloud.hooks, f"{ADDRESS}-2")
    played_cloud.connection(PlayedCloud.CloudConnectionState.CLOUD_CONNECTED)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert [webhook.url for webhook in simulator.webhooks] == [f"{ADDRESS}-2"] * 2


async def test_a_cloud_that_connects_late_is_waited_for(
    hass: HomeAssistant,
    simulator: Simulator,
    reachable: Http,
    entry: MockConfigEntry,
    set_up: SetUp,
    played_cloud: PlayedCloud,
) -> None:
    """Without an external URL there is no address yet, but nothing that a person should do."""
    hass.config.external_url = None
    played_cloud.connected = False
    await set_up()
    assert not ir.async_get(hass).async_get_issue(DOMAIN, issue_id(entry, Issue.NO_PUBLIC_URL))
    played_cloud.connection(PlayedCloud.CloudConnectionState.CLOUD_CONNECTED)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert [webhook.url for webhook in simulator.webhooks] == [ADDRESS] * 2


@pytest.mark.parametrize("permission", ["403", "forbidden", "refused"])
async def test_no_address_is_made_in_vain(
    hass: HomeAssistant,
    simulator: Simulator,
    reachable: Http,
    entry: MockConfigEntry,
    set_up: SetUp,
    played_cloud: PlayedCloud,
    permission: str,
) -> None:
    """Where Butlr allows no webhook, or refuses it, no cloudhook is left behind."""
    if permission == "refused":
        played_cloud.address = "http://hooks.example.org/no-https"
        simulator.settings.require_https = True
    else:
        simulator.settings.webhook_permission = permission
    await set_up()
    assert played_cloud.hooks == {}
    assert entry.data[CONF_CLOUDHOOK_URL] is None
    assert simulator.webhooks == []
