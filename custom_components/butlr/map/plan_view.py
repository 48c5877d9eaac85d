"""The view that serves Butlr's pictures of floors.

A browser gets them from Home Assistant only. What Butlr gave is not trusted: see `api/pictures.py`.
"""

from http import HTTPStatus
from typing import Final

from aiohttp import web
from homeassistant.auth.models import User
from homeassistant.components.http import KEY_HASS, KEY_HASS_USER, HomeAssistantView
from homeassistant.core import HomeAssistant

from ..const import DOMAIN
from ..on_demand.floor_plans import FloorPlans
from ..runtime import ButlrConfigEntry, is_loaded
from .plans import FLOOR_PLAN_URL
from .topology import visible_floors

_HEADERS: Final = {
    # Opened on its own, an SVG is a document with the origin of Home Assistant. It must not run or load anything.
    "Content-Security-Policy": "default-src 'none'; img-src data:; style-src 'unsafe-inline'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, max-age=3600",
}


class FloorPlanView(HomeAssistantView):
    """Serves Butlr's picture of a floor to users who may read an entity of that floor."""

    url = FLOOR_PLAN_URL
    name = "api:butlr:floor_plan"

    async def get(self, request: web.Request, entry_id: str, floor_id: str) -> web.Response:
        """Return the picture. A floor that the user may not read looks like one without a picture."""
        hass, user = request.app[KEY_HASS], request[KEY_HASS_USER]
        plans = await _readable_plans(hass, user, entry_id, floor_id)
        picture = await plans.picture(floor_id) if plans else None
        if picture is None:
            return self.json_message("No floor plan", HTTPStatus.NOT_FOUND)
        return web.Response(body=picture.content, content_type=picture.content_type, headers=_HEADERS)


async def _readable_plans(hass: HomeAssistant, user: User, entry_id: str, floor_id: str) -> FloorPlans | None:
    """Return the pictures of an organization if a user may see that floor."""
    entry: ButlrConfigEntry | None = hass.config_entries.async_get_entry(entry_id)
    if entry is None or entry.domain != DOMAIN or not is_loaded(entry):
        return None
    plans = entry.runtime_data.floor_plans
    return plans if floor_id in await visible_floors(hass, entry, user) else None
