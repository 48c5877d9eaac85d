"""Home Assistant Cloud, where it is there: an address that Butlr can push to without a public Home Assistant.

The cloud integration is neither imported nor named in the manifest: either would make Home Assistant install all that
it can be combined with, voice assistants included, before this integration may start. It is reached through the loader
once Home Assistant has loaded it by itself.
"""

from collections.abc import Callable
from typing import Any

from homeassistant.core import HomeAssistant, callback
from homeassistant.loader import async_get_loaded_integration


def _cloud(hass: HomeAssistant) -> Any | None:
    """Return the cloud integration's module, None when it is not loaded."""
    if "cloud" not in hass.config.components:
        return None
    return async_get_loaded_integration(hass, "cloud").get_component()


def is_subscribed(hass: HomeAssistant) -> bool:
    """Tell whether Home Assistant Cloud is logged in with a valid subscription."""
    cloud = _cloud(hass)
    return cloud is not None and bool(cloud.async_active_subscription(hass))


def is_connected(hass: HomeAssistant) -> bool:
    """Tell whether Home Assistant Cloud is connected right now."""
    cloud = _cloud(hass)
    return cloud is not None and bool(cloud.async_is_connected(hass))


async def get_or_create(hass: HomeAssistant, webhook_id: str) -> str:
    """Return the cloudhook's address; raises HomeAssistantError when the cloud is not available."""
    cloud = _cloud(hass)
    return str(await cloud.async_get_or_create_cloudhook(hass, webhook_id)) if cloud else ""


async def delete(hass: HomeAssistant, webhook_id: str) -> None:
    """Delete a cloudhook; raises HomeAssistantError or ValueError when that cannot be done."""
    if cloud := _cloud(hass):
        await cloud.async_delete_cloudhook(hass, webhook_id)


@callback
def listen(
    hass: HomeAssistant,
    webhook_id: str,
    on_connection: Callable[[bool], None],
    on_address: Callable[[str | None], None],
) -> Callable[[], None]:
    """Tell when the cloud connects or disconnects, and when the cloudhook's address changed; returns what ends it."""
    if (cloud := _cloud(hass)) is None:
        return lambda: None

    @callback
    def connection_changed(state: Any) -> None:
        on_connection(state is cloud.CloudConnectionState.CLOUD_CONNECTED)

    @callback
    def cloudhook_changed(cloudhook: dict[str, Any] | None) -> None:
        on_address(cloudhook.get("cloudhook_url") if cloudhook else None)

    ends = (
        cloud.async_listen_connection_change(hass, connection_changed),
        cloud.async_listen_cloudhook_change(hass, webhook_id, cloudhook_changed),
    )

    @callback
    def end() -> None:
        for stop in ends:
            stop()

    return end
