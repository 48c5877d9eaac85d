"""The least a webhook can do: read the body, parse it, answer."""

from aiohttp.web import Request
from homeassistant.components import webhook
from homeassistant.core import HomeAssistant
from homeassistant.util.json import json_loads

from .const import DOMAIN, PARSE_ONLY


def register(hass: HomeAssistant) -> None:
    """Open the webhook."""
    webhook.async_register(hass, DOMAIN, "Parses only", PARSE_ONLY, _handle)


async def _handle(hass: HomeAssistant, webhook_id: str, request: Request) -> None:
    """Parse with the fastest parser that Home Assistant has, and throw away."""
    json_loads(await request.read())
