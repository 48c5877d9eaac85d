"""The way to the simulated building within this process, without network: answers to requests, and events."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from json import dumps
import time
from typing import Any, Final

from aiohttp.hdrs import METH_POST
from homeassistant.components.webhook import async_handle_webhook
from homeassistant.const import CONF_CLIENT_ID, CONF_CLIENT_SECRET
from homeassistant.core import HomeAssistant
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util.aiohttp import MockRequest
from homeassistant.util.hass_dict import HassKey
from yarl import URL

from ..api.transport import CompleteResponse
from ..const import CONF_BASE_URL, DOMAIN
from .cloud import SimulatedCloud

# A name that no network has (RFC 2606).
SIMULATED_URL: Final = "https://simulated.invalid"
SIMULATED_CREDENTIALS: Final = {
    CONF_CLIENT_ID: "simulated",
    CONF_CLIENT_SECRET: "simulated",
    CONF_BASE_URL: SIMULATED_URL,
}
# How often events are delivered; older ones are lost if Home Assistant was suspended.
DELIVERY_INTERVAL: Final = timedelta(seconds=1)
MAX_DELIVERY_AGE: Final = 60.0


class SimulatedSession:
    """What the client uses instead of a session of aiohttp. All simulated entries share one cloud."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Start without webhooks."""
        self._hass = hass
        self._cloud = SimulatedCloud(lambda: hass.config.time_zone)

    @asynccontextmanager
    async def post(self, url: str, *, json: dict[str, Any], **_: object) -> AsyncIterator[CompleteResponse]:
        """Answer a request."""
        hass = self._hass
        texts = await async_get_translations(hass, hass.config.language, "common", {DOMAIN})
        answer = await hass.async_add_executor_job(
            self._cloud.answer, URL(url).path, json, lambda key: texts[f"component.{DOMAIN}.common.simulated_{key}"]
        )
        yield CompleteResponse(dumps(answer).encode())

    def deliver(self) -> Callable[[], None]:
        """Deliver the events from now on; return a function that ends it."""
        delivered = time.time()

        async def deliver_due(now: datetime) -> None:
            nonlocal delivered
            since, delivered = max(delivered, time.time() - MAX_DELIVERY_AGE), time.time()
            for endpoint, event in self._cloud.due(since, delivered):
                headers = {endpoint["api_key"]["key"]: endpoint["api_key"]["value"]}
                request = MockRequest(dumps(event).encode(), "simulated", METH_POST, headers=headers)
                await async_handle_webhook(self._hass, URL(endpoint["url"]).name, request)

        return async_track_time_interval(self._hass, deliver_due, DELIVERY_INTERVAL, cancel_on_shutdown=True)


_SESSION: Final[HassKey[SimulatedSession]] = HassKey(f"{DOMAIN}_simulated")


def is_simulated(data: Mapping[str, Any]) -> bool:
    """Return whether the data of an entry is that of the simulated building."""
    return data.get(CONF_BASE_URL) == SIMULATED_URL


def simulated_session(hass: HomeAssistant) -> SimulatedSession:
    """Return the session of this Home Assistant."""
    return hass.data.setdefault(_SESSION, SimulatedSession(hass))
