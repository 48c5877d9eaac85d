"""The control interface: /_sim, without a token, for tests, demos and other programs."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
import json
from typing import TYPE_CHECKING, Any

from aiohttp import web

from .additions import PARENTS, new_asset
from .settings import Json

if TYPE_CHECKING:
    from .simulator import Simulator

type Handler = Callable[[Json], Awaitable[Any]]

_EDITABLE = {
    "name",
    "timezone",
    "custom_id",
    "capacity_max",
    "capacity_mid",
    "room_type",
    "site_id",
    "building_id",
    "floor_id",
    "room_id",
    "hive_id",
    "mode",
    "model",
    "is_online",
    "is_entrance",
    "installation_status",
    "power_type",
    "battery_change_by_date",
    "sensor_ids",
    "space_ids",
}


def add_control_routes(app: web.Application, simulator: Simulator) -> None:
    """Add all routes of the control interface."""
    control = Control(simulator)
    for method, path, handler in (
        ("GET", "/_sim/truth", control.truth),
        ("POST", "/_sim/use", control.use),
        ("GET", "/_sim/faults", control.faults),
        ("PATCH", "/_sim/faults", control.plan_faults),
        ("GET", "/_sim/edits", control.edits),
        ("POST", "/_sim/edits", control.add_edit),
        ("DELETE", "/_sim/edits", control.clear_edits),
        ("GET", "/_sim/settings", control.settings),
        ("PATCH", "/_sim/settings", control.change_settings),
        ("GET", "/_sim/requests", control.requests),
        ("DELETE", "/_sim/requests", control.clear_requests),
        ("GET", "/_sim/webhooks", control.webhooks),
        ("POST", "/_sim/webhooks", control.add_webhook),
        ("PATCH", "/_sim/webhooks", control.switch_webhook),
        ("POST", "/_sim/credentials", control.credentials),
        ("POST", "/_sim/move", control.move),
        ("POST", "/_sim/event", control.event),
        ("GET", "/_sim/estate", control.estate),
        ("POST", "/_sim/estate", control.edit_estate),
        ("GET", "/_sim/clock", control.clock),
        ("POST", "/_sim/clock", control.set_clock),
    ):
        app.router.add_route(method, path, _wrapped(handler))


def _wrapped(handler: Handler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Return an HTTP handler around one that takes and gives JSON."""

    async def handle(request: web.Request) -> web.StreamResponse:
        """Read, call, answer; a mistake in the request is a 400."""
        try:
            body = await request.json() if request.can_read_body else {}
            if not isinstance(body, dict):
                raise ValueError("the body must be an object")  # noqa: TRY004
            return web.json_response(await handler(body))
        except KeyError as error:
            return web.json_response({"error": f"unknown or missing: {error.args[0]}"}, status=404)
        except (ValueError, TypeError, AttributeError, json.JSONDecodeError) as error:
            return web.json_response({"error": str(error)}, status=400)

    return handle


class Control:
    """Everything that can be read and controlled."""

    def __init__(self, simulator: Simulator) -> None:
        """Control this simulator."""
        self._simulator = simulator

    async def truth(self, body: Json) -> Json:
        """Return the truth."""
        return self._simulator.truth()

    async def use(self, body: Json) -> Json:
        """Return how many people were in a space: {"id", "start", "end"} in Unix seconds."""
        return self._simulator.true_use(body["id"], body["start"], body["end"])

    async def faults(self, body: Json) -> Json:
        """Show the fault plan."""
        return self._simulator.faults.as_dict()

    async def plan_faults(self, body: Json) -> Json:
        """Change the faults of the endpoints named."""
        self._simulator.faults.update(body)
        return self._simulator.faults.as_dict()

    async def edits(self, body: Json) -> Json:
        """Show the edits of answers that are in force."""
        return {"edits": self._simulator.edits.as_list()}

    async def add_edit(self, body: Json) -> Json:
        """Edit answers: {"operation"?, "path", "value"? or "keep"? or "leave_out"?, "count"?}, see `Edit`."""
        self._simulator.edits.add(**body)
        return await self.edits(body)

    async def clear_edits(self, body: Json) -> Json:
        """Remove all edits."""
        self._simulator.edits.clear()
        return await self.edits(body)

    async def settings(self, body: Json) -> Json:
        """Show the settings."""
        return self._simulator.settings.as_dict()

    async def change_settings(self, body: Json) -> Json:
        """Change settings; `paused` also starts the people's time."""
        self._simulator.settings.update(body)
        if body.get("paused") is False:
            self._simulator.run()
        return self._simulator.settings.as_dict()

    async def requests(self, body: Json) -> Json:
        """Show the request log."""
        return {"requests": [asdict(record) for record in self._simulator.requests]}

    async def clear_requests(self, body: Json) -> Json:
        """Empty the request log."""
        self._simulator.requests.clear()
        return {"requests": []}

    async def webhooks(self, body: Json) -> Json:
        """Show subscriptions, sums and recent deliveries."""
        return self._simulator.dispatcher.as_dict()

    async def add_webhook(self, body: Json) -> Json:
        """Let another system hold event types: {"event_types": [...], "name"?, further attributes}."""
        webhook = self._simulator.add_foreign_webhook(**body)
        return asdict(webhook)

    async def switch_webhook(self, body: Json) -> Json:
        """Switch a webhook on or off: {"id", "status"}."""
        webhook = self._simulator.dispatcher.webhooks[body["id"]]
        webhook.status = bool(body["status"])
        self._simulator.dispatcher.changed()
        return asdict(webhook)

    async def credentials(self, body: Json) -> Json:
        """Revoke the secret: {"client_secret"?: the next one}."""
        secret = self._simulator.revoke(body.get("client_secret"))
        return {"client_id": self._simulator.client_id, "client_secret": secret}

    async def move(self, body: Json) -> Json:
        """Move one person: {"person"?, "from"?, "to": id or null}."""
        person = await self._simulator.move(body.get("to"), from_=body.get("from"), person=body.get("person"))
        return {"person": person}

    async def event(self, body: Json) -> Json:
        """Deliver a body as it is."""
        await self._simulator.deliver(body)
        return {"delivered": True}

    async def estate(self, body: Json) -> Json:
        """Show the estate, as the simulator keeps it."""
        estate = self._simulator.estate
        kinds = ("sites", "buildings", "floors", "rooms", "zones", "sensors", "hives", "tags")
        shown: Json = {"id": estate.id, "name": estate.name}
        return shown | {kind: [asdict(asset) for asset in getattr(estate, kind).values()] for kind in kinds}

    async def edit_estate(self, body: Json) -> Json:
        """Edit the estate.

        {"id", and what is to change} edits, {"remove": id} removes, {"add": kind, ...} adds a building ("site_id"), a
        floor ("building_id"), a room, zone or hive ("floor_id"), a sensor ("hive_id") or a tag; more is edited at once.
        The answer is the asset, or {} after a removal.
        """
        estate = self._simulator.estate
        changes = dict(body)
        if (gone := changes.pop("remove", None)) is not None:
            estate.remove(gone)
            self._simulator.catch_up()
            return {}
        asset: Any
        if (kind := changes.pop("add", None)) is not None:
            parent = PARENTS.get(kind)
            asset = new_asset(estate, self._simulator.rng, kind, changes.pop(parent) if parent else "")
            self._apply(asset, changes)
            estate.add(asset)
        else:
            asset = estate.get(changes.pop("id"))
            self._apply(asset, changes)
        self._simulator.world.refresh(self._simulator.now())
        return asdict(asset)

    @staticmethod
    def _apply(asset: Any, changes: Json) -> None:
        """Change attributes of an asset.

        Raises:
            ValueError: it has no such attribute; nothing has changed then.
        """
        if "capacity" in changes:
            changes["capacity_max"] = changes.pop("capacity")
        unknown = [name for name in changes if name not in _EDITABLE or not hasattr(asset, name)]
        if unknown:
            raise ValueError(f"cannot change {', '.join(unknown)}")
        for name, value in changes.items():
            setattr(asset, name, value)

    async def clock(self, body: Json) -> Json:
        """Show the simulator's time."""
        return {"now": self._simulator.now(), "shift": self._simulator.clock_shift}

    async def set_clock(self, body: Json) -> Json:
        """Let people live for some time at once: {"step": seconds}; or only shift the clock: {"advance": seconds}."""
        if "step" in body:
            self._simulator.step(float(body["step"]))
        else:
            self._simulator.clock_shift += float(body["advance"])
            self._simulator.catch_up()
        return await self.clock(body)
