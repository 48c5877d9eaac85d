"""The simulator's webhooks: management, bodies, and everything that goes wrong with deliveries."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
import time
from typing import Any

from aiohttp import web
import pytest

from tests.simulator import Simulator
from tests.simulator.client import Client
from tests.simulator.positions import is_inside

FIELDS = """{ id name event_types filters send_on_value_change endpoint_config {
  url http_timeout api_key { key value } basic_auth { username password } } }"""
CREATE = f"mutation ($input: [WebhookCreateInput!]!) {{ createWebhooks(input: $input) {FIELDS} }}"
UPDATE = f"mutation ($input: [WebhookUpdateInput!]!) {{ updateWebhooks(input: $input) {FIELDS} }}"
DELETE = "mutation ($ids: [ID!]!) { deleteWebhooks(ids: $ids) }"
LIST = f"{{ webhooks {FIELDS} }}"
PLACE = {"org_id", "site_id", "building_id", "floor_id", "org_name", "site_name", "building_name", "floor_name"}
DEVICE = {
    *("hive_id", "sensor_id", "hive_serial", "mac_address", "sensor_mode", "sensor_model"),
    *("hive_model", "hive_version"),
}
ALL = ("FLOOR_OCCUPANCY", "ROOM_OCCUPANCY", "ZONE_OCCUPANCY", "TRAFFIC", "PIR_MOTION", "PIR_NO_MOTION")


@dataclass
class Receiver:
    """An endpoint that remembers what it got."""

    url: str = ""
    events: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    """The next answers; 200 when there are none."""

    async def take(self, request: web.Request) -> web.Response:
        """Take one event."""
        self.events.append(await request.json())
        self.headers.append(dict(request.headers))
        return web.Response(status=self.statuses.pop(0) if self.statuses else 200)

    def kinds(self) -> list[str]:
        """Return the types received."""
        return [event["type"] for event in self.events]


@pytest.fixture
async def sim(socket_enabled: None) -> AsyncIterator[Simulator]:
    """Run a small simulator with impatient retries."""
    simulator = Simulator(rooms=5, seed=1, retry_delays=(0.01, 0.01, 0.01), pir_hold=0.05)
    await simulator.start()
    yield simulator
    await simulator.stop()


@pytest.fixture
async def client(sim: Simulator) -> AsyncIterator[Client]:
    """Be logged in."""
    async with Client(sim) as opened:
        yield opened


@pytest.fixture
async def receiver(socket_enabled: None) -> AsyncIterator[Receiver]:
    """Listen for events."""
    taken = Receiver()
    app = web.Application()
    app.router.add_post("/hook", taken.take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    taken.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield taken
    await runner.cleanup()


def wanted(receiver: Receiver, *kinds: str, **more: Any) -> dict[str, Any]:
    """Return a create input."""
    endpoint = {"url": receiver.url, "http_timeout": 10, "api_key": {"key": "x-key", "value": "s3cret"}}
    return {"name": "Home", "event_types": list(kinds or ALL), "endpoint_config": endpoint, **more}


def space(sim: Simulator, name: str) -> str:
    """Return the id of a space by name."""
    return next(space.id for _, space in sim.estate.spaces() if space.name == name)


async def test_management(sim: Simulator, client: Client, receiver: Receiver) -> None:
    """Create, list (secret included), update in part, delete."""
    (made,) = (await client.graphql(CREATE, input=[wanted(receiver, "ROOM_OCCUPANCY")]))["data"]["createWebhooks"]
    assert made["id"].startswith("webhook_")
    assert made["endpoint_config"] == {
        "url": receiver.url,
        "http_timeout": 10,
        "api_key": {"key": "x-key", "value": "s3cret"},
        "basic_auth": None,
    }
    assert (await client.graphql(LIST))["data"]["webhooks"] == [made]
    change = {"id": made["id"], "event_types": ["ROOM_OCCUPANCY", "TRAFFIC"], "send_on_value_change": True}
    (changed,) = (await client.graphql(UPDATE, input=[change]))["data"]["updateWebhooks"]
    assert changed == made | {"event_types": change["event_types"], "send_on_value_change": True}
    assert (await client.graphql(DELETE, ids=[made["id"]]))["data"] == {"deleteWebhooks": True}
    assert sim.webhooks == []
    assert "errors" in await client.graphql(DELETE, ids=[made["id"]])
    assert "errors" in await client.graphql(UPDATE, input=[change])


@pytest.mark.parametrize(("spelling", "refused"), [("snake", "eventTypes"), ("camel", "event_types"), ("both", None)])
async def test_spelling(sim: Simulator, client: Client, receiver: Receiver, spelling: str, refused: str | None) -> None:
    """A cloud knows one spelling of the inputs and refuses the other before anything runs."""
    sim.settings.webhook_input = spelling
    snake = wanted(receiver, "TRAFFIC")
    endpoint = snake["endpoint_config"]
    camel = {
        "name": "Home",
        "eventTypes": ["PIR_MOTION"],
        "endpointConfig": {"url": endpoint["url"], "httpTimeout": 10, "apiKey": endpoint["api_key"]},
    }
    for given, name in ((snake, "event_types"), (camel, "eventTypes")):
        body = await client.graphql(CREATE, input=[given])
        if name == refused:
            assert body["data"] is None
            error = next(item for item in body["errors"] if item["message"] == "unknown field")
            assert error["path"][:3] == ["variable", "input", 0]
            assert error["extensions"] == {"code": "BAD_USER_INPUT"}
            assert name in {item["path"][-1] for item in body["errors"]}
        else:
            assert body["data"]["createWebhooks"][0]["endpoint_config"]["api_key"]["value"] == "s3cret"
    assert len(sim.webhooks) == (2 if refused is None else 1)


async def test_refused_subscriptions(sim: Simulator, client: Client, receiver: Receiver) -> None:
    """One subscription per type, https unless plain http is allowed, a sane timeout, and the right to do it."""
    await client.request("POST", "/_sim/webhooks", {"event_types": ["TRAFFIC"], "name": "Cleaning"})
    body = await client.graphql(CREATE, input=[wanted(receiver, "ROOM_OCCUPANCY", "TRAFFIC")])
    assert body["errors"][0]["extensions"] == {"code": "BAD_USER_INPUT"}
    assert "TRAFFIC" in body["errors"][0]["message"]
    for timeout in (0.5, 0, 16):
        item = wanted(receiver, "ROOM_OCCUPANCY")
        item["endpoint_config"]["http_timeout"] = timeout
        assert "errors" in await client.graphql(CREATE, input=[item])
    sim.settings.require_https = True
    assert "errors" in await client.graphql(CREATE, input=[wanted(receiver, "ROOM_OCCUPANCY")])
    sim.settings.require_https = False
    sim.settings.minute_suffix = "1M"
    assert "errors" in await client.graphql(CREATE, input=[wanted(receiver, "ROOM_OCCUPANCY_1MIN")])
    assert "errors" not in await client.graphql(CREATE, input=[wanted(receiver, "ROOM_OCCUPANCY_1M")])
    sim.settings.webhook_permission = "forbidden"
    body = await client.graphql(LIST)
    assert (body["errors"][0]["extensions"], body["data"]) == ({"code": "FORBIDDEN"}, {"webhooks": None})
    sim.settings.webhook_permission = "403"
    assert (await client.request("POST", "/api/v3/graphql", {"query": LIST}))[0] == 403
    assert "errors" not in await client.graphql("{ sites { data { id } } }")


async def test_bodies(sim: Simulator, client: Client, receiver: Receiver) -> None:
    """The envelopes of the documentation, field for field."""
    await client.graphql(CREATE, input=[wanted(receiver)])
    board, focus, cafe = space(sim, "Boardroom"), space(sim, "Focus Room"), space(sim, "Harbour Café")
    person = await sim.move(board)
    await sim.move(space(sim, "Desk Row A"), person=person)
    await sim.move(space(sim, "Café Window Seats"), person=person)
    await asyncio.sleep(0.06)
    sim.truth()
    await sim.settle()
    events = {(event["type"], event["metadata"].get("room_name")): event for event in receiver.events}
    for event in receiver.events:
        assert event.keys() >= {"id", "type", "timestamp", "version", "metadata"}
        assert (event["version"], event["id"][:6]) == ("v1.0.0", "event_")
        assert abs(event["timestamp"] - time.time() * 1000) < 5000
        assert event["metadata"].keys() >= PLACE
        assert all(header["x-key"] == "s3cret" for header in receiver.headers)
    room = events["ROOM_OCCUPANCY", "Boardroom"]
    assert room["metadata"].keys() == PLACE | {"room_id", "room_name", "room_custom_id"}
    assert room["data"] == 0
    motion, still = events["PIR_MOTION", "Boardroom"], events["PIR_NO_MOTION", "Boardroom"]
    assert "data" not in motion
    assert motion["metadata"].keys() == still["metadata"].keys() == room["metadata"].keys()
    assert still["timestamp"] - motion["timestamp"] >= 50
    traffic = events["TRAFFIC", "Harbour Café"]
    assert traffic["data"] == {"in": 1, "out": 0}
    optional = {"room_id", "room_name", "room_custom_id", "floor_custom_id"}
    assert traffic["metadata"].keys() == PLACE | DEVICE | optional
    assert not traffic["metadata"]["sensor_id"].startswith("sensor_")
    zone = next(event for event in receiver.events if event["metadata"].get("zone_name") == "Desk Row A")
    assert zone["metadata"].keys() == PLACE | {"zone_id", "zone_name", "zone_custom_id"}
    inside = events["ZONE_OCCUPANCY", "Harbour Café"]
    assert inside["metadata"].keys() == PLACE | {"zone_id", "zone_name"} | optional
    floor = next(event for event in receiver.events if event["type"] == "FLOOR_OCCUPANCY")
    assert floor["metadata"].keys() <= PLACE | {"floor_custom_id"}
    assert not [event for event in receiver.events if event["metadata"].get("room_id") == focus]
    assert cafe not in {e["metadata"].get("room_id") for e in receiver.events if e["type"] == "ROOM_OCCUPANCY"}


async def test_one_minute_events(
    sim: Simulator, client: Client, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One smoothed value per minute and space, stamped with the minute; recomputed ones come corrected."""
    kinds = ("ROOM_OCCUPANCY_1MIN", "ZONE_OCCUPANCY_1MIN", "FLOOR_OCCUPANCY_1MIN")
    await client.graphql(CREATE, input=[wanted(receiver, *kinds)])
    board = space(sim, "Boardroom")
    await sim.move(board)
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 120)
    sim.step(0)
    await sim.settle()
    assert len(receiver.events) == 2 * (3 + 4 + 2)
    assert {event["timestamp"] % 60_000 for event in receiver.events} == {0}
    newest = max((e for e in receiver.events if e["metadata"].get("room_id") == board), key=lambda e: e["timestamp"])
    assert newest["data"] == 1
    receiver.events.clear()
    sim.settings.recompute = 1
    sim.step(60)
    await sim.settle()
    pairs = [event for event in receiver.events if event["metadata"].get("room_id") == board]
    first, corrected = (event["data"] for event in pairs)
    # Others may have come in meanwhile.
    assert first == corrected + 1 >= 2
    assert pairs[0]["id"] != pairs[1]["id"]
    assert pairs[0]["timestamp"] == pairs[1]["timestamp"]


async def test_failures_are_retried_then_dropped(sim: Simulator, client: Client, receiver: Receiver) -> None:
    """Four attempts in all, then the event is gone; the statistics tell."""
    await client.graphql(CREATE, input=[wanted(receiver, "ROOM_OCCUPANCY")])
    receiver.statuses = [500, 401]
    await sim.move(space(sim, "Boardroom"))
    assert len(receiver.events) == 3
    assert sim.deliveries[-1].outcome == "acknowledged"
    receiver.statuses = [500] * 9
    await sim.move(space(sim, "Focus Room"))
    assert sim.deliveries[-1].outcome == "dropped"
    assert (sim.deliveries[-1].attempts, sim.deliveries[-1].status) == (4, 500)
    _, shown = await client.request("GET", "/_sim/webhooks")
    assert shown["statistics"]["acknowledged"] == {"200": 1}
    assert shown["statistics"]["refused"] == {"500": 5, "401": 1}
    assert (shown["statistics"]["failed"], shown["pending"]) == (1, 0)
    assert shown["statistics"]["latency_ms"]["max"] > 0


async def test_value_changes_filters_and_basic_auth(sim: Simulator, client: Client, receiver: Receiver) -> None:
    """What a subscription does not want is not sent."""
    board = space(sim, "Boardroom")
    first = sim.estate.rooms[board].floor_id
    item = wanted(receiver, "ROOM_OCCUPANCY", "TRAFFIC", filters={"floor_ids": [first]}, send_on_value_change=True)
    item["endpoint_config"]["basic_auth"] = {"username": "u", "password": "p"}
    await client.graphql(CREATE, input=[item])
    await sim.move(board)
    assert receiver.kinds() == ["ROOM_OCCUPANCY"]  # the entrance is on another floor
    assert receiver.headers[0]["Authorization"] == "Basic dTpw"
    item = {"id": sim.webhooks[0].id, "filters": {"occupancy": {"comparison": "gte", "value": 3}}}
    await client.graphql(UPDATE, input=[item])
    for _ in range(3):
        await sim.move(board)
    assert [event["data"] for event in receiver.events if event["type"] == "ROOM_OCCUPANCY"] == [1, 3, 4]


@pytest.mark.parametrize(
    ("setting", "check"),
    [
        ("loss", lambda events: len(events) == 0),
        ("duplicates", lambda events: len(events) == 40 and len({event["id"] for event in events}) == 20),
        ("recompute", lambda events: len(events) == 40 and len({event["id"] for event in events}) == 40),
        (
            "disorder",
            lambda events: len(events) == 20 and events != sorted(events, key=lambda event: event["timestamp"]),
        ),
    ],
)
async def test_unreliable_delivery(
    sim: Simulator, client: Client, receiver: Receiver, setting: str, check: Callable[[list[dict[str, Any]]], bool]
) -> None:
    """Loss, duplicates, recomputation and disorder, each at full rate."""
    await client.graphql(CREATE, input=[wanted(receiver, "ROOM_OCCUPANCY")])
    sim.settings.update({setting: 1, "disorder_delay": 0.05})
    board = space(sim, "Boardroom")
    place = sim.estate.coverage.place(board)
    for _ in range(20):
        person = sim.world.newcomer(next(iter(sim.estate.buildings)), None, acts=False)
        sim.world.move(person, place, sim.world.timestamp(sim.now()))
    await sim.settle()
    assert check(receiver.events)
    sums = sim.dispatcher.statistics
    counted = {"loss": sums.lost, "duplicates": sums.duplicated, "disorder": sums.held_back}
    assert counted == {name: 20 if name == setting else 0 for name in counted}
    if setting == "loss":
        assert {delivery.outcome for delivery in sim.deliveries} == {"lost"}


async def test_a_copy_takes_its_own_way(sim: Simulator, client: Client, receiver: Receiver) -> None:
    """Others may arrive between an event and its duplicate."""
    await client.graphql(CREATE, input=[wanted(receiver, "ROOM_OCCUPANCY")])
    sim.settings.update({"duplicates": 1, "disorder": 1, "disorder_delay": 0.05})
    for _ in range(10):
        person = sim.world.newcomer(next(iter(sim.estate.buildings)), None, acts=False)
        sim.world.move(person, sim.estate.coverage.place(space(sim, "Boardroom")), sim.world.timestamp(sim.now()))
    await sim.settle()
    counts = [event["data"] for event in receiver.events]
    assert sorted(counts) == sorted([*range(1, 11)] * 2)
    assert any(counts.index(count) + 1 < len(counts) - 1 - counts[::-1].index(count) for count in counts)


async def test_hand_made_events(sim: Simulator, client: Client, receiver: Receiver) -> None:
    """A body of any kind goes to the subscriber of its type, or to all."""
    await client.graphql(CREATE, input=[wanted(receiver, "TRAFFIC")])
    await sim.deliver({"type": "TRAFFIC", "nonsense": [1]})
    status, _ = await client.request("POST", "/_sim/event", {"type": "WEATHER"})
    assert status == 200
    assert receiver.kinds() == ["TRAFFIC", "WEATHER"]


async def test_order_without_disorder(sim: Simulator, client: Client, receiver: Receiver) -> None:
    """By default the events of a space arrive in order, and many of them quickly."""
    await client.graphql(CREATE, input=[wanted(receiver)])
    sim.settings.activity = 60
    # Processor time of this thread: what else the machine does is not ours.
    begun = time.thread_time()
    sim.step(60)
    await sim.settle()
    spent = time.thread_time() - begun
    assert len(receiver.events) > 100
    # Both ends share one loop in debug mode here; by itself the simulator delivers many times more.
    assert len(receiver.events) / spent > 100
    by_space: dict[str, list[int]] = {}
    for event in receiver.events:
        if event["type"] == "ROOM_OCCUPANCY":
            by_space.setdefault(event["metadata"]["room_id"], []).append(event["timestamp"])
    assert all(timestamps == sorted(timestamps) for timestamps in by_space.values())


# -- what the documents leave open -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scope", "flag", "crossings", "motions"),
    [("occupancy", True, 3, 2), ("all", True, 1, 1), ("all", False, 3, 2), ("occupancy", False, 3, 2)],
)
async def test_what_the_flag_swallows(
    sim: Simulator, client: Client, receiver: Receiver, scope: str, flag: bool, crossings: int, motions: int
) -> None:
    """Counts that are the same; and, under one reading, crossings and motion that equal the one before."""
    sim.settings.flag_scope = scope
    await client.graphql(CREATE, input=[wanted(receiver, send_on_value_change=flag)])
    board, cafe = space(sim, "Boardroom"), space(sim, "Harbour Café")
    for _ in range(3):
        await sim.move(cafe)
    receiver.events[:] = [event for event in receiver.events if event["metadata"].get("room_id") in (board, cafe)]
    assert receiver.kinds().count("TRAFFIC") == crossings
    for _ in range(2):
        person = await sim.move(board)
        await sim.move(person=person)
        await asyncio.sleep(0.06)
        sim.truth()
        await sim.settle()
    assert receiver.kinds().count("PIR_MOTION") == receiver.kinds().count("PIR_NO_MOTION") == motions


@pytest.mark.parametrize(
    ("manner", "status", "code", "unknown_status", "unknown_code"),
    [
        ("code", 200, "BAD_USER_INPUT", 200, "BAD_USER_INPUT"),
        ("path", 200, None, 422, "GRAPHQL_VALIDATION_FAILED"),
        ("400", 400, None, 400, None),
        ("422", 422, None, 422, None),
    ],
)
async def test_manners_of_refusal(
    sim: Simulator,
    client: Client,
    receiver: Receiver,
    manner: str,
    status: int,
    code: str | None,
    unknown_status: int,
    unknown_code: str | None,
) -> None:
    """What resolvers refuse, and input fields that are not known: all immediately, or one at a time."""
    sim.settings.update({"refusal": manner, "second_webhook": "refused"})

    async def ask(item: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        body = {"query": CREATE, "variables": {"input": [item]}}
        return await client.request("POST", "/api/v3/graphql", body)

    assert (await ask(wanted(receiver, "TRAFFIC")))[0] == 200
    got, body = await ask(wanted(receiver, "PIR_MOTION"))
    (error,) = body["errors"]
    assert (got, error["path"]) == (status, ["createWebhooks"])
    assert error.get("extensions", {}).get("code") == code
    assert (body["data"] is None) == (status != 200)
    got, body = await ask({"name": "Home", "eventTypes": ["PIR_MOTION"], "endpointConfig": {"httpTimeout": 1}})
    assert got == unknown_status
    assert (len(body["errors"]) == 1) == (manner != "code")
    assert body["errors"][0]["path"][:3] == ["variable", "input", 0]
    assert body["errors"][0].get("extensions", {}).get("code") == unknown_code
    assert len(sim.webhooks) == 1


@pytest.mark.parametrize(
    ("reading", "known", "works"),
    [("listed", False, False), ("settable", True, True), ("ignored", True, False), ("unknown", False, False)],
)
async def test_switched_off(
    sim: Simulator, client: Client, receiver: Receiver, reading: str, known: bool, works: bool
) -> None:
    """It gets nothing and holds its event types; whether it tells of that, and can be switched on, is a setting."""
    sim.settings.webhook_status = reading
    await client.graphql(CREATE, input=[wanted(receiver, "ROOM_OCCUPANCY")])
    (webhook,) = sim.webhooks
    assert (await client.request("PATCH", "/_sim/webhooks", {"id": webhook.id, "status": False}))[0] == 200
    await sim.move(space(sim, "Boardroom"))
    await sim.deliver({"type": "ROOM_OCCUPANCY"})
    assert receiver.events == []
    assert "errors" in await client.graphql(CREATE, input=[wanted(receiver, "ROOM_OCCUPANCY")])
    body = await client.graphql("{ webhooks { status } }")
    assert body["data"] == (None if reading == "unknown" else {"webhooks": [{"status": False}]})
    body = await client.graphql(UPDATE, input=[{"id": webhook.id, "status": True}])
    assert ("errors" not in body) == known
    await sim.move(space(sim, "Boardroom"))
    assert receiver.kinds() == (["ROOM_OCCUPANCY"] if works else [])


async def test_positions(sim: Simulator, client: Client, receiver: Receiver) -> None:
    """Each working presence sensor of the floors in the filter says where people are, inside their room or zone."""
    sim.tell_positions()
    boardroom, row = space(sim, "Boardroom"), space(sim, "Desk Row A")
    floor = sim.estate.rooms[boardroom].floor_id
    await client.graphql(CREATE, input=[wanted(receiver, "DETECTIONS", filters={"floor_ids": [floor]})])
    for place in (boardroom, boardroom, row, space(sim, "Phone Booth 1"), space(sim, "Lobby"), floor):
        await sim.move(to=place)
    assert receiver.events == []
    sim.tell_positions()
    await sim.settle()
    seen = {event["metadata"]["sensor_id"]: event for event in receiver.events}
    working = [one for one in sim.estate.coverage.floor_sensors(floor, "presence") if sim.estate.coverage.works(one)]
    assert seen.keys() == {sensor.id.removeprefix("sensor_") for sensor in working}
    assert {event["metadata"]["floor_id"] for event in receiver.events} == {floor}
    assert all(event["metadata"].keys() >= PLACE | DEVICE for event in receiver.events)
    assert all(len(event["data"]["local"]) == len(event["data"]["world"]) for event in receiver.events)
    assert sorted(len(event["data"]["world"]) for event in receiver.events) == [0, 0, 1, 2]
    outlines = [sim.estate.rooms[boardroom].coordinates, sim.estate.zones[row].coordinates]
    for event in receiver.events:
        for x, y in event["data"]["world"]:
            assert any(is_inside(outline, x, y) for outline in outlines)


async def test_positions_without_outlines(sim: Simulator, client: Client, receiver: Receiver) -> None:
    """Butlr knows where somebody is by the floor plan alone."""
    await client.graphql(CREATE, input=[wanted(receiver, "DETECTIONS")])
    boardroom = sim.estate.rooms[space(sim, "Boardroom")]
    await sim.move(to=boardroom.id)
    # Outlines that contain nothing.
    for outline in ([], [[0.0, 0.0], [1.0, 1.0], [2.0, 2.0]]):
        boardroom.coordinates = outline
        sim.tell_positions()
        await sim.settle()
    assert {len(event["data"]["world"]) for event in receiver.events} == {0}


@pytest.mark.parametrize(("rate", "least", "most"), [(50.0, 5, 60), (0.0, 0, 0)])
async def test_the_rate_of_positions(
    sim: Simulator, client: Client, receiver: Receiver, rate: float, least: int, most: int
) -> None:
    """They go on while nobody moves."""
    sim.settings.update({"positions_rate": rate, "activity": 0})
    sensor = next(one for one in sim.estate.sensors.values() if one.mode == "presence" and one.is_online)
    filters = {"mac_addresses": [sensor.mac_address]}
    await client.graphql(CREATE, input=[wanted(receiver, "DETECTIONS", filters=filters)])
    sim.run()
    await asyncio.sleep(0.5)
    sim.settings.positions_rate = 0
    await sim.settle()
    assert least <= len(receiver.events) <= most
