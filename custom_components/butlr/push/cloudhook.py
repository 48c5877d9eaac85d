"""Home Assistant Cloud, if it is loaded: a URL that Butlr can push to without a public Home Assistant.

Exception to "public API only": the cloud integration is reached through the loader, not by `after_dependencies` in the
manifest and an import. Home Assistant installs the requirements of `after_dependencies` recursively before it sets up
an integration, whether or not they are used. On a new Home Assistant 2026.10.4 without `default_config`, that installed
openai, matter-python-client, matter-ble-proxy, aiousbwatcher and serialx only for this integration. With the import but
without `after_dependencies`, setting it up failed with "No module named 'numpy'": the cloud integration imports those
for cameras and voice assistants. The loader returns the module once Home Assistant has loaded it for other reasons.
"""

from collections.abc import Callable
from typing import Any

from homeassistant.core import HomeAssistant, callback
from homeassistant.loader import async_get_loaded_integration


def _cloud(hass: HomeAssistant) -> Any | None:
    """Return the module of the cloud integration, or None if it is not loaded."""
    if "cloud" not in hass.config.components:
        return None
    return async_get_loaded_integration(hass, "cloud").get_component()


def is_subscribed(hass: HomeAssistant) -> bool:
    """Return whether Home Assistant Cloud is logged in with an active subscription."""
    cloud = _cloud(hass)
    return cloud is not None and bool(cloud.async_active_subscription(hass))


def is_connected(hass: HomeAssistant) -> bool:
    """Return whether Home Assistant Cloud is currently connected."""
    cloud = _cloud(hass)
    return cloud is not None and bool(cloud.async_is_connected(hass))


async def get_or_create(hass: HomeAssistant, webhook_id: str) -> str:
    """Return the URL of the cloudhook, or an empty text without the cloud integration.

    Raises:
        HomeAssistantError: The cloud is not available.
    """
    cloud = _cloud(hass)
    return str(await cloud.async_get_or_create_cloudhook(hass, webhook_id)) if cloud else ""


async def delete(hass: HomeAssistant, webhook_id: str) -> None:
    """Delete the cloudhook.

    Raises:
        HomeAssistantError: The cloud is not available.
        ValueError: There is no such cloudhook.
    """
    if cloud := _cloud(hass):
        await cloud.async_delete_cloudhook(hass, webhook_id)


@callback
def listen(
    hass: HomeAssistant,
    webhook_id: str,
    on_connection: Callable[[bool], None],
    on_cloudhook: Callable[[str | None], None],
) -> Callable[[], None]:
    """Listen to changes of the connection and of the cloudhook's URL; return a function that unsubscribes both."""
    if (cloud := _cloud(hass)) is None:
        return lambda: None

    @callback
    def connection_changed(state: Any) -> None:
        on_connection(state is cloud.CloudConnectionState.CLOUD_CONNECTED)

    @callback
    def cloudhook_changed(hook: dict[str, Any] | None) -> None:
        on_cloudhook(hook.get("cloudhook_url") if hook else None)

    unsubscribe_connection = cloud.async_listen_connection_change(hass, connection_changed)
    unsubscribe_cloudhook = cloud.async_listen_cloudhook_change(hass, webhook_id, cloudhook_changed)

    @callback
    def unsubscribe() -> None:
        unsubscribe_connection()
        unsubscribe_cloudhook()

    return unsubscribe
