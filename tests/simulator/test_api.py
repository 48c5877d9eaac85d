"""The simulator's login, GraphQL, tokens and faults."""

from collections.abc import AsyncIterator
import time
from typing import Any

import aiohttp
import pytest

from tests.simulator import Simulator
from tests.simulator.blueprint import draw_estate
from tests.simulator.client import Client

TOPOLOGY = """
query Topology { sites { data { id name timezone siteNumber customID org_id buildings {
  id name building_number site_id customID capacity { max mid } address { lines country } floors {
    id name floorNumber building_id timezone installation_date customID capacity { max mid } area { value unit }
    tags { id name }
    rooms { id name floor_id roomType customID capacity { max mid } coordinates tags { id name } }
    zones { id name floor_id room_id customID coordinates tags { id name }
      sensors { id name mac_address mode floor_id room_id hive_serial is_entrance is_online } }
} } } } }
"""
SENSORS = """
{ sensors { data { id name mac_address mode model floor_id room_id hive_serial is_entrance is_online is_streaming
  power_type last_battery_change_date next_battery_change_date battery_change_by_date last_heartbeat
  installation_status } } }
"""
HIVES = """
{ hives { data { id name serialNumber floor_id room_id isOnline coordinates isStreaming hiveVersion hiveType note
  lastHeartbeat netPathStability installed } } }
"""
TAGS = "{ tags { id name organization_id rooms { id name } zones { id name } floors { id name } } }"


@pytest.fixture
async def sim(socket_enabled: None) -> AsyncIterator[Simulator]:
    """Run a small simulator."""
    simulator = Simulator(rooms=5, seed=1)
    await simulator.start()
    yield simulator
    await simulator.stop()


@pytest.fixture
async def client(sim: Simulator) -> AsyncIterator[Client]:
    """Be logged in."""
    async with Client(sim) as opened:
        yield opened


async def test_login(client: Client) -> None:
    """The documented answer, and a refusal for everything else."""
    status, body = await client.login()
    assert status == 200
    assert body.keys() == {"access_token", "scope", "expires_in", "token_type"}
    assert (body["expires_in"], body["token_type"]) == (3666, "Bearer")
    for wrong in ({"client_secret": "no"}, {"client_id": "no"}, {"audience": "https://butlrauth"}):
        assert (await client.login(**wrong))[0] == 401
    assert (await client.login(grant_type="password"))[0] == 400


@pytest.mark.parametrize("key", ["client_id", "id"])
async def test_accounts_and_api_tokens(sim: Simulator, client: Client, key: str) -> None:
    """A person signs in, and creates, lists and deletes an API token, which can log in meanwhile."""
    sim.settings.client_key = key
    person = {"username": sim.accounts.email, "password": sim.accounts.password}
    assert (await client.request("POST", "/api/v2/login", {**person, "password": "no"}))[0] == 403
    wanted = {"name": "Home Assistant", "description": "a test"}
    assert (await client.request("POST", "/api/v1/client", wanted))[0] == 403
    status, body = await client.request("POST", "/api/v2/login", person)
    assert (status, body["token_type"]) == (200, "Bearer")
    client.token = body["access_token"]
    assert (await client.request("POST", "/api/v1/client", {"name": "x"}))[0] == 400
    status, created = await client.request("POST", "/api/v1/client", wanted)
    assert (status, created.keys()) == (201, {"name", "description", "client_id", "client_secret"})
    login = {part: created[part] for part in ("client_id", "client_secret")}
    assert (await client.login(**login))[0] == 200
    _, (listed,) = await client.request("GET", "/api/v1/client")
    assert listed == {**wanted, "id": listed["id"]}
    assert (listed["id"] == created["client_id"]) is (key == "client_id")
    assert (await client.request("DELETE", f"/api/v1/client/{listed['id']}"))[0] == 204
    assert (await client.request("DELETE", f"/api/v1/client/{listed['id']}"))[0] == 404
    assert (await client.login(**login))[0] == 401


async def test_tokens_expire(sim: Simulator, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """A token lives as long as its answer said, for every API."""
    sim.settings.token_life = 100
    client.token = (await client.login())[1]["access_token"]
    assert "data" in await client.graphql("{ sites { data { id } } }")
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 101)
    for path in ("/api/v3/graphql", "/api/v3/reporting", "/api/v4/reporting/stats", "/v3/detections"):
        assert (await client.request("POST", path, {}))[0] == 401
    sim.settings.graphql_unauthenticated = "errors"
    body = await client.graphql("{ sites { data { id } } }")
    assert body["errors"][0]["extensions"] == {"code": "UNAUTHENTICATED"}
    assert body["data"] is None


async def test_revoked_credentials(sim: Simulator, client: Client) -> None:
    """A replaced secret ends the tokens made with the old one."""
    old = sim.client_secret
    assert (await client.request("POST", "/_sim/credentials", {}))[1]["client_secret"] != old
    assert (await client.login(client_secret=old))[0] == 401
    assert (await client.request("POST", "/api/v3/reporting", {}))[0] == 401
    assert (await client.login())[0] == 200


async def test_topology(sim: Simulator, client: Client) -> None:
    """The estate of the examples: one building, two floors, five rooms, four zones."""
    (site,) = (await client.graphql(TOPOLOGY))["data"]["sites"]["data"]
    assert site["org_id"] == sim.estate.id
    (building,) = site["buildings"]
    assert building["capacity"] == {"max": 105, "mid": 52}
    ground, first = building["floors"]
    assert ground["id"].startswith("space_")
    assert [len(floor["rooms"]) for floor in (ground, first)] == [2, 3]
    assert [len(floor["zones"]) for floor in (ground, first)] == [2, 2]
    lobby, cafe = ground["rooms"]
    assert lobby["capacity"] == {"max": 0, "mid": 0}
    assert cafe["customID"] == "CAFE-01"
    assert [zone["room_id"] for zone in first["zones"]] == [None, ""]
    assert ground["zones"][1]["sensors"] == []
    assert first["zones"][0]["sensors"][0]["room_id"] is None


async def test_devices_with_placeholders(client: Client) -> None:
    """Eight real sensors and two real hives stand among rows that mean nothing."""
    sensors = (await client.graphql(SENSORS))["data"]["sensors"]["data"]
    macs = [sensor["mac_address"] for sensor in sensors]
    assert sum(mac.startswith("00-17-0d") for mac in macs) == 8
    assert {mac[:5] for mac in macs} == {"00-17", "mi-rr", "fa-ke", ""}
    assert {sensor["room_id"] for sensor in sensors} >= {None, ""}
    assert {sensor["power_type"] for sensor in sensors} == {"Wired", "Battery", None}
    assert any(sensor["installation_status"] == "UNINSTALLED" for sensor in sensors)
    offline = [sensor for sensor in sensors if sensor["mac_address"].startswith("00-17") and not sensor["is_online"]]
    assert len(offline) == 1
    hives = (await client.graphql(HIVES))["data"]["hives"]["data"]
    assert len(hives) == 4
    assert any(hive["serialNumber"] == "" for hive in hives)
    assert any(hive["serialNumber"].startswith("FAKE") for hive in hives)


async def test_tags(sim: Simulator, client: Client) -> None:
    """Bare list; a tag without name, one without use, one on a room that is gone."""
    tags = {tag["name"]: tag for tag in (await client.graphql(TAGS))["data"]["tags"]}
    assert "" in tags
    assert tags["phone ban"]["rooms"] == []
    (gone,) = tags["video"]["rooms"]
    assert gone["id"] not in sim.estate.rooms
    meeting, quiet = tags["meeting room"]["id"], tags["quiet"]["id"]
    query = "query($t: [String!], $or: Boolean) { roomsByTag(tagIDs: $t, useOR: $or) { data { name } } }"

    async def names(tag_ids: list[str], useOR: bool) -> list[str]:  # noqa: N803
        data = (await client.graphql(query, t=tag_ids, **{"or": useOR}))["data"]
        return [room["name"] for room in data["roomsByTag"]["data"]]

    assert await names([meeting, quiet], False) == ["Focus Room"]
    assert await names([meeting, quiet], True) == ["Boardroom", "Focus Room", "Phone Booth 1"]
    assert await names(["meeting room"], False) == []


async def test_camel_case_ids_fail_on_null(client: Client) -> None:
    """The trap: one row without a room blanks the whole list."""
    body = await client.graphql("{ sensors { data { id roomID } } }")
    assert body["data"] is None
    assert {error["message"] for error in body["errors"]} == {
        "the requested element is null which the schema does not allow"
    }
    assert body["errors"][0]["path"][:2] == ["sensors", "data"]
    rooms = await client.graphql("{ rooms { data { floorID floor_id } } zones { data { floorID roomID } } }")
    assert "errors" not in rooms


async def test_errors(sim: Simulator, client: Client) -> None:
    """Not found, wrong documents, introspection off, nothing at all."""
    body = await client.graphql('{ room(id: "room_gone") { id } }')
    assert body == {
        "errors": [{"message": "Asset not found", "path": ["room"], "extensions": {"code": "NOT_FOUND"}}],
        "data": {"room": None},
    }
    assert (await client.request("POST", "/api/v3/graphql", {"query": "{ sites { id } }"}))[0] == 422
    assert (await client.request("POST", "/api/v3/graphql", {"query": "{ sites {"}))[0] == 422
    assert (await client.request("POST", "/api/v3/graphql", {}))[0] == 400
    introspect = '{ __type(name: "WebhookCreateInput") { inputFields { name } } }'
    fields = (await client.graphql(introspect))["data"]["__type"]["inputFields"]
    assert {field["name"] for field in fields} >= {"event_types", "endpoint_config"}
    assert not {field["name"] for field in fields} & {"eventTypes", "endpointConfig"}
    sim.settings.introspection = False
    assert "errors" in await client.graphql(introspect)


async def test_edits_are_seen_at_once(sim: Simulator, client: Client) -> None:
    """An attribute set in Python and an edit over HTTP both change the next answer."""
    room = next(iter(sim.estate.rooms.values()))
    query = "{ rooms { data { id name } } }"
    await client.graphql(query)
    room.name = "Atrium"
    rooms = (await client.graphql(query))["data"]["rooms"]["data"]
    assert rooms[0]["name"] == "Atrium"
    status, made = await client.request(
        "POST", "/_sim/estate", {"add": "room", "floor_id": room.floor_id, "name": "Annex", "capacity": 3}
    )
    assert (status, made["name"], made["capacity_max"]) == (200, "Annex", 3)
    assert len((await client.graphql(query))["data"]["rooms"]["data"]) == 6
    await client.request("POST", "/_sim/estate", {"remove": made["id"]})
    assert len((await client.graphql(query))["data"]["rooms"]["data"]) == 5
    assert (await client.request("POST", "/_sim/estate", {"id": room.id, "colour": "red"}))[0] == 400
    assert (await client.request("POST", "/_sim/estate", {"id": "room_gone", "name": "x"}))[0] == 404


async def test_everything_can_be_built(sim: Simulator, client: Client) -> None:
    """Buildings, floors, rooms, zones, hives, sensors and tags are added and moved; what stands in one goes with it."""

    async def edit(**changes: Any) -> Any:
        status, asset = await client.request("POST", "/_sim/estate", changes)
        assert status == 200, asset
        return asset

    (site,) = sim.estate.sites
    building = await edit(add="building", site_id=site, name="Mill")
    floors = [await edit(add="floor", building_id=building["id"]) for _ in range(2)]
    assert [floor["number"] for floor in floors] == [0, 1]
    room = await edit(add="room", floor_id=floors[0]["id"])
    zone = await edit(add="zone", floor_id=floors[0]["id"])
    hive = await edit(add="hive", floor_id=floors[0]["id"])
    sensor = await edit(add="sensor", hive_id=hive["id"], room_id=room["id"], mode="traffic")
    tag = await edit(add="tag", name="new", space_ids=[room["id"], zone["id"]])
    for one in (building, *floors, room, zone, hive, sensor, tag):
        assert sim.estate.get(one["id"])
    assert (await edit(id=zone["id"], floor_id=floors[1]["id"]))["floor_id"] == floors[1]["id"]
    await client.reporting("traffic", rooms=[room["id"]])
    await edit(remove=floors[0]["id"])
    assert room["id"] not in sim.estate.rooms
    assert zone["id"] in sim.estate.zones
    assert sim.estate.sensors[sensor["id"]].floor_id == sim.estate.hives[hive["id"]].floor_id == ""
    await edit(remove=building["id"])
    assert (len(sim.estate.floors), zone["id"] in sim.estate.zones) == (2, False)
    for wrong, status in (({"add": "lift"}, 400), ({"add": "room", "floor_id": "space_gone"}, 404)):
        assert (await client.request("POST", "/_sim/estate", wrong))[0] == status


@pytest.mark.parametrize(
    ("mode", "status"), [("401", 401), ("403", 403), ("429", 429), ("500", 500), ("504", 504), ("empty", 200)]
)
async def test_fault_statuses(sim: Simulator, client: Client, mode: str, status: int) -> None:
    """A planned fault hits as often as planned, then it is over."""
    await client.request("PATCH", "/_sim/faults", {"graphql": {"mode": mode, "count": 1, "retry_after": 7}})
    query = {"query": "{ sites { data { id } } tags { id } }"}
    got, body = await client.request("POST", "/api/v3/graphql", query)
    assert got == status
    if mode == "empty":
        assert body == {"data": {"sites": {"data": []}, "tags": []}}
    got, body = await client.request("POST", "/api/v3/graphql", query)
    assert (got, len(body["data"]["sites"]["data"])) == (200, 1)
    assert [record.fault for record in sim.requests[-2:]] == [mode, None]


async def test_other_faults(sim: Simulator, client: Client) -> None:
    """Garbage, partial data, hanging, dropped connections; a wrong plan changes nothing."""
    query = {"query": "{ sensors { data { id } } }"}
    sim.faults.set("graphql", "garbage")
    with pytest.raises(ValueError, match="Expecting value"):
        await client.request("POST", "/api/v3/graphql", query)
    sim.faults.set("graphql", "graphql_errors")
    _, body = await client.request("POST", "/api/v3/graphql", query)
    assert body["errors"]
    assert len(body["data"]["sensors"]["data"]) == 6
    sim.faults.set("graphql", "hang", seconds=0.05)
    begun = time.perf_counter()
    assert (await client.request("POST", "/api/v3/graphql", query))[0] == 200
    assert time.perf_counter() - begun >= 0.05
    sim.faults.set("graphql", "drop")
    with pytest.raises(aiohttp.ClientError):
        await client.request("POST", "/api/v3/graphql", query)
    assert (await client.request("PATCH", "/_sim/faults", {"graphql": "sulks"}))[0] == 400
    assert (await client.request("PATCH", "/_sim/faults", {"fridge": "500"}))[0] == 400
    assert sim.faults.graphql.mode == "drop"
    sim.faults.clear()
    assert (await client.request("POST", "/api/v3/graphql", query))[0] == 200


async def test_edits_of_answers(sim: Simulator, client: Client) -> None:
    """Whatever stands at a path can be replaced, shortened or left out, for so many answers, without an error."""

    async def edit(**wanted: Any) -> None:
        assert (await client.request("POST", "/_sim/edits", wanted))[0] == 200

    async def floors() -> Any:
        answer = await client.graphql(TOPOLOGY)
        assert "errors" not in answer
        return answer["data"]["sites"]["data"][0]["buildings"][0]["floors"]

    way = ["sites", "data", 0, "buildings", "*", "floors"]
    whole = await floors()
    await edit(operation="Topology", path=way, value=[], count=1)
    assert await floors() == []
    assert (await client.request("GET", "/_sim/edits"))[1] == {"edits": []}
    assert await floors() == whole
    await edit(operation="Topology", path=[*way, "*", "rooms"], keep=0.5)
    await edit(operation="Topology", path=[*way, 0, "zones"], leave_out=True)
    await edit(path=[*way, "*", "name"], keep=0.5)
    await edit(operation="Sensors", path=way)
    await edit(path=["sites", "data", 7, "name"], value="nobody")
    await edit(path=["sites", "*", 0, "name", "first"], value="nobody")
    edited = await floors()
    assert [len(floor["rooms"]) for floor in edited] == [len(floor["rooms"]) // 2 for floor in whole]
    assert ["zones" in floor for floor in edited] == [False, True]
    assert [floor["name"] for floor in edited] == [floor["name"] for floor in whole]
    await edit(operation="login", path=["access_token"], value=7)
    assert (await client.login())[1]["access_token"] == 7
    mistakes: tuple[dict[str, Any], ...] = ({}, {"path": []}, {"path": "sites"}, {"path": ["sites"], "mood": 1})
    for wrong in mistakes:
        assert (await client.request("POST", "/_sim/edits", wrong))[0] == 400
    assert len((await client.request("GET", "/_sim/edits"))[1]["edits"]) == 7
    assert (await client.request("DELETE", "/_sim/edits"))[1] == {"edits": []}
    assert await floors() == whole


async def test_request_log(sim: Simulator, client: Client) -> None:
    """The log names what was asked, about how many ids, and can be cleared."""
    await client.request("DELETE", "/_sim/requests")
    await client.graphql(TOPOLOGY)
    await client.reporting("room_occupancy", rooms=list(sim.estate.rooms))
    _, log = await client.request("GET", "/_sim/requests")
    seen: list[Any] = [(item["path"], item["kind"], item["ids"], item["status"]) for item in log["requests"]]
    assert seen == [("/api/v3/graphql", "Topology", 0, 200), ("/api/v3/reporting", "room_occupancy", 5, 200)]


async def test_settings_over_http(sim: Simulator, client: Client) -> None:
    """Settings are checked before any of them changes."""
    _, settings = await client.request("PATCH", "/_sim/settings", {"loss": 0.5, "webhook_input": "camel"})
    assert (settings["loss"], sim.settings.webhook_input) == (0.5, "camel")
    for wrong in ({"loss": 2}, {"webhook_input": "kebab"}, {"token_life": 5, "mood": 1}, {"introspection": 1}):
        assert (await client.request("PATCH", "/_sim/settings", wrong))[0] == 400
    assert sim.settings.token_life == 3666


@pytest.mark.parametrize("rooms", [6, 40, 200, 5000])
def test_generated_estates(rooms: int) -> None:
    """Larger estates: right size, distinct names, and all the oddities of real ones."""
    estate = draw_estate(rooms, 3)
    coverage = estate.coverage
    assert len(estate.rooms) == rooms
    for kind in (estate.rooms, estate.zones, estate.buildings, estate.sites):
        names = [asset.name for asset in kind.values()]
        assert len(set(names)) == len(names)
    real = [sensor for sensor in estate.sensors.values() if sensor.real]
    assert any(not sensor.is_online for sensor in real)
    assert any(hive.real and not hive.is_online for hive in estate.hives.values())
    assert all(coverage.entrances(building_id) for building_id in estate.buildings)
    assert draw_estate(rooms, 3).rooms.keys() == estate.rooms.keys()
    if rooms >= 200:
        assert any(not coverage.available(room_id) for room_id in estate.rooms)
        assert any(not zone.sensor_ids for zone in estate.zones.values())
        assert any(not coverage.sensors_in.get(room_id) for room_id in estate.rooms)
    if rooms == 5000:
        assert any(site.timezone is None for site in estate.sites.values())
