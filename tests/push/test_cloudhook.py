"""Webhooks through Home Assistant Cloud. A real cloud account is not available to tests, so its module is faked."""

import ast
from collections.abc import Callable, Iterator
from enum import Enum
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest

from custom_components.butlr.const import CONF_CLOUDHOOK_URL
from custom_components.butlr.issues.issue import Issue
from custom_components.butlr.push import cloudhook
from tests.helpers.push import occupancy_event
from tests.helpers.scene import Scene

CLOUDHOOK = "https://hooks.example.org/abcdef"


class FakeCloud:
    """The functions of the cloud integration that are used, with a state that tests can change."""

    class CloudConnectionState(Enum):
        """As in the real module."""

        CLOUD_CONNECTED = "cloud_connected"
        CLOUD_DISCONNECTED = "cloud_disconnected"

    def __init__(self) -> None:
        """Start logged in and connected, without a cloudhook."""
        self.subscribed = True
        self.connected = True
        self.broken = False
        self.url = CLOUDHOOK
        self.hooks: dict[str, str] = {}
        self.connection_listeners: list[Callable[[Any], None]] = []
        self.hook_listeners: list[Callable[[dict[str, Any] | None], None]] = []

    def async_active_subscription(self, hass: HomeAssistant) -> bool:
        """Return whether a subscriber is logged in."""
        return self.subscribed

    def async_is_connected(self, hass: HomeAssistant) -> bool:
        """Return whether the cloud is connected."""
        return self.connected

    async def async_get_or_create_cloudhook(self, hass: HomeAssistant, webhook_id: str) -> str:
        """Return the cloudhook of a webhook."""
        if self.broken:
            raise HomeAssistantError("not connected")
        return self.hooks.setdefault(webhook_id, self.url)

    async def async_delete_cloudhook(self, hass: HomeAssistant, webhook_id: str) -> None:
        """Delete the cloudhook of a webhook."""
        if webhook_id not in self.hooks:
            raise ValueError("Hook is not enabled for the cloud.")
        del self.hooks[webhook_id]
        self.change_cloudhook(None)

    def async_listen_connection_change(self, hass: HomeAssistant, target: Callable[[Any], None]) -> Callable[[], None]:
        """Add a listener for the connection."""
        self.connection_listeners.append(target)
        return lambda: self.connection_listeners.remove(target)

    def async_listen_cloudhook_change(
        self, hass: HomeAssistant, webhook_id: str, on_change: Callable[[dict[str, Any] | None], None]
    ) -> Callable[[], None]:
        """Add a listener for a cloudhook."""
        self.hook_listeners.append(on_change)
        return lambda: self.hook_listeners.remove(on_change)

    def change_connection(self, state: CloudConnectionState) -> None:
        """Connect or disconnect."""
        self.connected = state is CONNECTED
        for listener in tuple(self.connection_listeners):
            listener(state)

    def change_cloudhook(self, url: str | None) -> None:
        """Change or delete the cloudhook, as a user can in the settings."""
        for listener in tuple(self.hook_listeners):
            listener({"cloudhook_url": url} if url else None)


CONNECTED = FakeCloud.CloudConnectionState.CLOUD_CONNECTED
DISCONNECTED = FakeCloud.CloudConnectionState.CLOUD_DISCONNECTED


@pytest.fixture
def fake_cloud(hass: HomeAssistant) -> Iterator[FakeCloud]:
    """Load a fake cloud integration into Home Assistant."""
    fake = FakeCloud()
    hass.config.components.add("cloud")
    integration = SimpleNamespace(get_component=lambda: fake)
    with patch("custom_components.butlr.push.cloudhook.async_get_loaded_integration", return_value=integration):
        yield fake


def urls(scene: Scene) -> list[str]:
    """Return the URLs of the webhooks at Butlr."""
    return [webhook.url for webhook in scene.simulator.webhooks]


def test_the_fake_equals_the_real_module() -> None:
    """The installed cloud integration has the same functions with the same parameters."""
    spec = find_spec("homeassistant.components")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    source = Path(spec.submodule_search_locations[0], "cloud", "__init__.py").read_text()
    real = {
        node.name: [argument.arg for argument in node.args.args]
        for node in ast.parse(source).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    for name in vars(FakeCloud):
        if name.startswith("async_"):
            fake: Any = getattr(FakeCloud, name)
            code = fake.__code__
            assert real[name] == list(code.co_varnames[1 : code.co_argcount])
    assert "class CloudConnectionState(Enum)" in source
    assert 'hook["cloudhook_url"]' in source


async def test_without_the_cloud_integration(hass: HomeAssistant) -> None:
    """Every function answers as if nobody were logged in."""
    assert not cloudhook.is_subscribed(hass)
    assert not cloudhook.is_connected(hass)
    await cloudhook.delete(hass, "webhook")
    assert await cloudhook.get_or_create(hass, "webhook") == ""
    cloudhook.listen(
        hass,
        "webhook",
        lambda connected: pytest.fail(f"called with {connected}"),
        lambda url: pytest.fail(f"called with {url}"),
    )()


async def test_a_cloudhook_is_preferred(scene: Scene, fake_cloud: FakeCloud) -> None:
    """It is created and stored, and used instead of the external URL."""
    await scene.set_up()
    assert urls(scene) == [CLOUDHOOK] * 2
    assert scene.entry.data[CONF_CLOUDHOOK_URL] == CLOUDHOOK


async def test_a_stored_cloudhook_is_used_while_the_cloud_is_disconnected(scene: Scene, fake_cloud: FakeCloud) -> None:
    """A restart without a connection changes nothing at Butlr."""
    await scene.set_up()
    fake_cloud.connected = False
    await scene.reload()
    assert urls(scene) == [CLOUDHOOK] * 2


async def test_removing_the_entry_deletes_the_cloudhook(scene: Scene, fake_cloud: FakeCloud) -> None:
    """With it go the webhooks and the listeners."""
    await scene.set_up()
    await scene.remove()
    assert urls(scene) == []
    assert fake_cloud.hooks == {}
    assert (fake_cloud.connection_listeners, fake_cloud.hook_listeners) == ([], [])


async def test_the_entry_can_be_removed_without_its_cloudhook(scene: Scene, fake_cloud: FakeCloud) -> None:
    """A cloudhook that no longer exists does not keep the entry from being removed."""
    await scene.set_up()
    fake_cloud.hooks.clear()
    await scene.remove()
    assert urls(scene) == []


async def test_the_external_url_is_used_until_the_cloud_connects(scene: Scene, fake_cloud: FakeCloud) -> None:
    """Once it is connected, the same webhooks move to the cloudhook."""
    fake_cloud.connected = False
    await scene.set_up()
    before = {webhook.id for webhook in scene.simulator.webhooks}
    assert all(url.startswith(scene.url) for url in urls(scene))
    fake_cloud.change_connection(CONNECTED)
    await scene.settle()
    assert {(webhook.id, webhook.url) for webhook in scene.simulator.webhooks} == {(one, CLOUDHOOK) for one in before}


async def test_a_deleted_cloudhook_is_recreated(scene: Scene, fake_cloud: FakeCloud) -> None:
    """A user can delete it in the settings of Home Assistant Cloud."""
    await scene.set_up()
    fake_cloud.hooks = dict.fromkeys(fake_cloud.hooks, f"{CLOUDHOOK}-2")
    fake_cloud.change_cloudhook(None)
    await scene.settle()
    assert urls(scene) == [f"{CLOUDHOOK}-2"] * 2
    assert scene.entry.data[CONF_CLOUDHOOK_URL] == f"{CLOUDHOOK}-2"


async def test_an_unchanged_cloudhook_causes_no_request(scene: Scene, fake_cloud: FakeCloud) -> None:
    """The cloud may report the same URL again."""
    await scene.set_up()
    scene.simulator.requests.clear()
    fake_cloud.change_cloudhook(CLOUDHOOK)
    await scene.settle()
    assert scene.requests() == []


async def test_a_cloud_that_fails_is_retried(scene: Scene, fake_cloud: FakeCloud) -> None:
    """After half a minute."""
    fake_cloud.broken = True
    await scene.set_up()
    assert urls(scene) == []
    fake_cloud.broken = False
    await scene.pass_time(31)
    assert urls(scene) == [CLOUDHOOK] * 2


async def test_pushes_are_unverified_while_the_cloud_is_disconnected(scene: Scene, fake_cloud: FakeCloud) -> None:
    """The mode changes to polling immediately; the webhooks stay as they are."""
    await scene.set_up()
    await scene.push(occupancy_event(scene.simulator, 1))
    assert scene.mode == "push"
    fake_cloud.change_connection(DISCONNECTED)
    await scene.settle()
    assert scene.mode == "polling"
    assert urls(scene) == [CLOUDHOOK] * 2


async def test_an_event_verifies_pushes_after_a_reconnect(scene: Scene, fake_cloud: FakeCloud) -> None:
    """A new connection alone does not show that pushes arrive."""
    await scene.set_up()
    for state in (DISCONNECTED, CONNECTED):
        fake_cloud.change_connection(state)
        await scene.settle()
    assert scene.mode == "polling"
    await scene.push(occupancy_event(scene.simulator, 2))
    assert scene.mode == "push"


@pytest.fixture
async def logged_out(scene: Scene, fake_cloud: FakeCloud) -> Scene:
    """Return a scene in which the user logged out of Home Assistant Cloud and there is no external URL."""
    await scene.set_up()
    scene.hass.config.external_url = None
    fake_cloud.subscribed = False
    fake_cloud.change_connection(DISCONNECTED)
    await scene.settle()
    return scene


async def test_logging_out_without_an_external_url(logged_out: Scene) -> None:
    """The webhooks are deleted, and the missing URL is reported."""
    assert urls(logged_out) == []
    assert logged_out.issues == {Issue.NO_PUBLIC_URL}


async def test_an_external_url_replaces_the_cloudhook(logged_out: Scene) -> None:
    """The webhooks are created again, and the issue is deleted."""
    await logged_out.set_external_url(logged_out.url)
    assert [url.startswith(logged_out.url) for url in urls(logged_out)] == [True] * 2
    assert logged_out.issues == set()


async def test_logging_in_again_uses_the_new_cloudhook(logged_out: Scene, fake_cloud: FakeCloud) -> None:
    """Another account may have another URL."""
    fake_cloud.subscribed, fake_cloud.hooks = True, dict.fromkeys(fake_cloud.hooks, f"{CLOUDHOOK}-2")
    fake_cloud.change_connection(CONNECTED)
    await logged_out.settle()
    assert urls(logged_out) == [f"{CLOUDHOOK}-2"] * 2


async def test_a_cloud_that_connects_late(scene: Scene, fake_cloud: FakeCloud) -> None:
    """There is no URL yet, but nothing that a user should do about it."""
    scene.hass.config.external_url = None
    fake_cloud.connected = False
    await scene.set_up()
    assert scene.issues == set()
    fake_cloud.change_connection(CONNECTED)
    await scene.settle()
    assert urls(scene) == [CLOUDHOOK] * 2


@pytest.mark.parametrize("permission", ["403", "forbidden", "refused"])
async def test_no_unused_cloudhook_is_left(scene: Scene, fake_cloud: FakeCloud, permission: str) -> None:
    """None exists if Butlr allows no webhook or refuses it."""
    if permission == "refused":
        fake_cloud.url = "http://hooks.example.org/no-https"
        scene.simulator.settings.require_https = True
    else:
        scene.simulator.settings.webhook_permission = permission
    await scene.set_up()
    assert fake_cloud.hooks == {}
    assert scene.entry.data[CONF_CLOUDHOOK_URL] is None
    assert urls(scene) == []
