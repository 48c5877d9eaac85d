"""Butlr's pictures of floors as backgrounds of drawings."""

from hashlib import sha256
from typing import Any, Final
from urllib.parse import quote

from ..api.floor_plans import FloorPlan
from ..on_demand.floor_plans import FloorPlans
from .layout import Drawing

FLOOR_PLAN_URL: Final = "/api/butlr/floor_plan/{entry_id}/{floor_id}"
# A picture may be this many times as wide and high as what is drawn on it. Others are not in meters.
MAX_SCALE: Final = 10.0


def background(entry_id: str, floor_id: str, plans: FloorPlans, drawing: Drawing) -> dict[str, Any] | None:
    """Return the background of a drawing (the type `PlanImage` of the frontend); None if there is none."""
    plan = plans.plan(floor_id)
    if plan is None or drawing.origin is None:
        return None
    left, top = drawing.origin
    x, y = plan.left - left, top - plan.top
    is_plausible = (
        plan.width <= MAX_SCALE * drawing.width
        and plan.height <= MAX_SCALE * drawing.height
        and -plan.width < x < drawing.width
        and -plan.height < y < drawing.height
    )
    if not is_plausible:
        return None
    path = FLOOR_PLAN_URL.format(entry_id=entry_id, floor_id=quote(floor_id, safe=""))
    place = {"x": x, "y": y, "width": plan.width, "height": plan.height}
    return {"url": f"{path}?v={_version(plan)}", **{key: round(value, 4) for key, value in place.items()}}


def _version(plan: FloorPlan) -> str:
    """Return what differs when the picture does. Signed addresses differ in each answer, so their query is left out."""
    return sha256(plan.url.partition("?")[0].encode("utf-8", "replace")).hexdigest()[:8]
