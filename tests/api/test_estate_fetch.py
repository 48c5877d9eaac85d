"""An estate is read in three requests, of which some may fail."""

from typing import Any

import aiohttp
import pytest

from custom_components.butlr.api.client import ButlrClient
from custom_components.butlr.api.errors import (
    ButlrConnectionError,
    ButlrError,
    ButlrForbiddenError,
    ButlrGraphQLError,
    ButlrNoSitesError,
    ButlrRateLimitError,
    ButlrResponseError,
)
from custom_components.butlr.api.estate_reader import fetch_estate
from tests.simulator import Simulator

from . import estate_data as ids
from .cloud import GRAPHQL, Asked, Clock, Cloud, Reply, example
from .estate_data import Answers


class Estates:
    """Answers the three documents by name; an answer can be replaced."""

    def __init__(self) -> None:
        """Begin with the examples."""
        answers = Answers()
        self.topology = answers.topology
        self.replies: dict[str, Reply | list[Reply]] = {
            "Topology": Reply(body={"data": answers.topology}),
            "Sensors": Reply(body={"data": answers.sensors}),
            "Hives": Reply(body={"data": answers.hives}),
        }

    def __call__(self, asked: Asked) -> Reply:
        """Answer a request; from a list of replies, send one after the other."""
        reply = self.replies[asked.operation]
        return reply.pop(0) if isinstance(reply, list) else reply


@pytest.fixture
def estates(cloud: Cloud) -> Estates:
    """Let the scripted cloud answer with the example estate."""
    estates = Estates()
    cloud.always(GRAPHQL, estates)
    return estates


def failed(*path: Any, code: str = "INTERNAL", data: Any = None) -> Reply:
    """Return a GraphQL answer with one error at a path."""
    return Reply(body={"errors": [{"message": "no", "path": path, "extensions": {"code": code}}], "data": data})


async def test_three_requests(cloud: Cloud, client: ButlrClient, estates: Estates) -> None:
    """Three requests suffice, without variables and without the spelling that blanks lists."""
    estate = await fetch_estate(client)
    assert (len(estate.rooms), len(estate.zones), len(estate.sensors), len(estate.hives), len(estate.tags)) == (
        5,
        4,
        8,
        2,
        3,
    )
    assert estate.unread == frozenset()
    assert [asked.operation for asked in cloud.at(GRAPHQL)] == ["Topology", "Sensors", "Hives"]
    for asked in cloud.at(GRAPHQL):
        assert "variables" not in asked.body
        assert not [word for word in ("floorID", "roomID", "hiveID") if word in asked.body["query"]]


async def test_partial_answers_are_an_estate_in_part(client: ButlrClient, estates: Estates) -> None:
    """A floor that could not be read must not look empty, and the rest is read."""
    path = ("sites", "data", 0, "buildings", 0, "floors", 1, "rooms")
    floor = estates.topology["sites"]["data"][0]["buildings"][0]["floors"][1]
    floor["rooms"] = None
    estates.replies["Topology"] = failed(*path, data=estates.topology)
    estate = await fetch_estate(client)
    assert (set(estate.rooms), len(estate.zones), len(estate.sensors)) == ({ids.LOBBY, ids.CAFE}, 4, 8)
    assert estate.unread == {f"rooms of {ids.FIRST}"}
    assert not estate.lacks(ids.FOCUS)
    assert estate.lacks("space_gone")


@pytest.mark.parametrize("partial", ["graphql-error-partial-data", "graphql-error-camelcase-null"])
async def test_sensors_fail(client: ButlrClient, estates: Estates, partial: str) -> None:
    """A null list of sensors is not an estate without sensors."""
    estates.replies["Sensors"] = Reply(body=example(partial))
    estate = await fetch_estate(client)
    assert (len(estate.rooms), estate.sensors, "sensors" in estate.unread) == (5, {}, True)


@pytest.mark.parametrize(
    ("path", "part"),
    [
        (["sites"], "sites"),
        (["sites", "data", 0], "sites"),
        (["sites", "data", 7, "name"], "sites"),
        (["sites", "data", -1, "name"], "sites"),
        (["sites", "data", 0, "timezone"], f"time_zone of {ids.SITE}"),
        (["sites", "data", 0, "buildings"], f"buildings of {ids.SITE}"),
        (["sites", "data", 0, "buildings", 0, "floors", 1], f"floors of {ids.BUILDING}"),
        (["sites", "data", 0, "buildings", 0, "floors", 0, "floorNumber"], f"number of {ids.GROUND}"),
        (["sites", "data", 0, "buildings", 0, "floors", 0, "rooms", 1, "capacity", "max"], f"capacity of {ids.CAFE}"),
        (
            ["sites", "data", 0, "buildings", 0, "floors", 0, "zones", 0, "sensors", 0, "id"],
            f"sensor_ids of {ids.RECEPTION_DESK}",
        ),
        (["tags", 0], "tags"),
        (["tags", 1, "rooms", 0, "id"], f"space_ids of {ids.QUIET}"),
        (["tags", 1, {"odd": 1}], "tags"),
    ],
)
async def test_where_an_error_lies(client: ButlrClient, estates: Estates, path: list[Any], part: str) -> None:
    """The path of an error names the unread part, as far as it can be followed."""
    quiet = next(place for place, tag in enumerate(estates.topology["tags"]) if tag["id"] == ids.QUIET)
    estates.topology["tags"].insert(1, estates.topology["tags"].pop(quiet))
    estates.replies["Topology"] = failed(*path, data=estates.topology)
    estate = await fetch_estate(client)
    assert (len(estate.rooms), set(estate.unread)) == (5, {part})


@pytest.mark.parametrize("code", ["FORBIDDEN", "INTERNAL"])
async def test_tags_fail_beside_data(cloud: Cloud, client: ButlrClient, estates: Estates, code: str) -> None:
    """If tags fail beside readable sites, the sites are used, and the tags are unread."""
    estates.replies["Topology"] = failed("tags", code=code, data={**estates.topology, "tags": None})
    estate = await fetch_estate(client)
    assert (len(estate.rooms), estate.tags, estate.unread) == (5, {}, frozenset({"tags"}))
    assert len(cloud.at(GRAPHQL)) == 3


async def test_there_are_no_tags(client: ButlrClient, estates: Estates) -> None:
    """Having no tags is a valid answer."""
    estates.topology["tags"] = []
    assert (await fetch_estate(client)).unread == frozenset()


async def test_an_error_within_the_tags(client: ButlrClient, estates: Estates) -> None:
    """One failed tag does not keep the estate from being read."""
    estates.replies["Topology"] = failed("tags", 0, "rooms", data=estates.topology)
    estate = await fetch_estate(client)
    assert (len(estate.tags), len(estate.rooms)) == (3, 5)


async def test_tags_blank_everything(cloud: Cloud, client: ButlrClient, estates: Estates) -> None:
    """If failing tags blank the sites too, the sites are requested alone."""
    estates.replies["Topology"] = [failed("tags"), Reply(body={"data": {"sites": estates.topology["sites"]}})]
    estate = await fetch_estate(client)
    assert (len(estate.rooms), estate.unread, estate.organization_id) == (5, frozenset({"tags"}), ids.ORGANIZATION)
    first, second = (asked.body["query"] for asked in cloud.at(GRAPHQL) if asked.operation == "Topology")
    assert "tags {" in first
    assert "tags {" not in second
    assert "customID" in second


@pytest.mark.parametrize("refusal", [Reply(status=403), failed("tags", code="FORBIDDEN")])
async def test_tags_not_allowed(cloud: Cloud, client: ButlrClient, estates: Estates, refusal: Reply) -> None:
    """Credentials that may not read tags still give an estate."""
    estates.replies["Topology"] = [refusal, refusal, Reply(body={"data": {"sites": estates.topology["sites"]}})]
    estate = await fetch_estate(client)
    assert (len(estate.rooms), estate.unread) == (5, frozenset({"tags"}))
    assert cloud.logins == 2


@pytest.mark.parametrize(
    "body",
    [
        {"errors": [{"path": ["tags"]}, {"path": ["webhooks"]}]},
        {"errors": [{"path": ["tags"]}, "sites"]},
        {"errors": [{"path": ["tags"]}, {"message": "no path"}]},
        {"errors": [{"path": None}]},
        {"errors": ["tags"]},
        {"errors": [{"path": []}]},
    ],
)
async def test_more_than_tags_fail(cloud: Cloud, client: ButlrClient, estates: Estates, body: Any) -> None:
    """An error without a known place may be about anything."""
    estates.replies["Topology"] = Reply(body={**body, "data": estates.topology})
    with pytest.raises(ButlrGraphQLError):
        await fetch_estate(client)
    assert len(cloud.at(GRAPHQL)) == 1


@pytest.mark.parametrize(
    "reply", [failed("hives"), failed("hives", code="FORBIDDEN"), failed("hives", data={"hives": {"data": []}})]
)
async def test_hives_fail(client: ButlrClient, estates: Estates, reply: Reply) -> None:
    """Without hives the estate is usable, sensors count by their own state, and hives are unread."""
    estates.replies["Hives"] = reply
    estate = await fetch_estate(client)
    assert (len(estate.rooms), len(estate.sensors), estate.hives, estate.unread) == (5, 8, {}, frozenset({"hives"}))
    assert [sensor.id for sensor in estate.sensors.values() if not estate.is_online(sensor)] == [ids.BOOTH_SENSOR]


async def test_tags_and_hives_fail(client: ButlrClient, estates: Estates) -> None:
    """Tags and hives may fail together."""
    estates.replies["Topology"] = Reply(body={"data": {**estates.topology, "tags": None}})
    estates.replies["Hives"] = failed("hives")
    assert (await fetch_estate(client)).unread == frozenset({"tags", "hives"})


@pytest.mark.parametrize("root", ["sensors", "hives"])
async def test_a_list_without_a_row(client: ButlrClient, estates: Estates, root: str) -> None:
    """A list without any row comes from a backend that failed without saying so."""
    estates.replies[root.capitalize()] = Reply(body={"data": {root: {"data": []}}})
    estate = await fetch_estate(client)
    assert (getattr(estate, root), estate.unread) == ({}, frozenset({root}))


async def test_hives_are_null(client: ButlrClient, estates: Estates) -> None:
    """Null hives without an error are undocumented, so they are unread."""
    estates.replies["Hives"] = Reply(body={"data": {"hives": None}})
    assert (await fetch_estate(client)).unread == {"hives"}


async def test_no_floor_could_be_read(client: ButlrClient, estates: Estates) -> None:
    """Unreadable floors are an error; having none is not."""
    building = estates.topology["sites"]["data"][0]["buildings"][0]
    building["floors"] = []
    assert (await fetch_estate(client)).floors == {}
    building["floors"] = {}
    with pytest.raises(ButlrResponseError, match="None of the floors"):
        await fetch_estate(client)


async def test_a_hive_fails(client: ButlrClient, estates: Estates) -> None:
    """The other hives are read."""
    hives = {"hives": {"data": [None, *Answers().hives["hives"]["data"]]}}
    estates.replies["Hives"] = failed("hives", "data", 0, data=hives)
    estate = await fetch_estate(client)
    assert (set(estate.hives), set(estate.unread)) == ({ids.GROUND_HIVE, ids.FIRST_HIVE}, {"hives"})


async def test_no_site_could_be_read(client: ButlrClient, estates: Estates) -> None:
    """An error beside an empty list means that the list is not really empty."""
    estates.replies["Topology"] = failed("sites", "data", 0, data={"sites": {"data": []}, "tags": []})
    with pytest.raises(ButlrResponseError, match="None of the sites") as caught:
        await fetch_estate(client)
    assert not isinstance(caught.value, ButlrNoSitesError)
    estates.replies["Topology"] = Reply(body={"data": {"sites": {"data": []}, "tags": []}})
    with pytest.raises(ButlrNoSitesError):
        await fetch_estate(client)


@pytest.mark.parametrize("sites", [None, {}, {"data": None}, {"data": []}])
async def test_tags_take_the_sites_along(client: ButlrClient, estates: Estates, sites: Any) -> None:
    """Data without sites is no estate, so the sites are requested alone."""
    estates.replies["Topology"] = [
        failed("tags", data={"sites": sites, "tags": None}),
        Reply(body={"data": {"sites": estates.topology["sites"]}}),
    ]
    estate = await fetch_estate(client)
    assert (len(estate.rooms), set(estate.unread)) == (5, {"tags"})


@pytest.mark.parametrize("name", ["Topology", "Sensors", "Hives"])
@pytest.mark.parametrize(
    ("status", "error"), [(500, ButlrConnectionError), (429, ButlrRateLimitError), (404, ButlrResponseError)]
)
async def test_outages(client: ButlrClient, estates: Estates, name: str, status: int, error: type[ButlrError]) -> None:
    """If any of the three requests fails, the whole read fails."""
    estates.replies[name] = Reply(status=status)
    with pytest.raises(error):
        await fetch_estate(client)


@pytest.mark.parametrize("name", ["Topology", "Sensors"])
async def test_not_allowed(client: ButlrClient, estates: Estates, name: str) -> None:
    """Sites and sensors must be readable."""
    estates.replies[name] = Reply(status=403)
    with pytest.raises(ButlrForbiddenError):
        await fetch_estate(client)


async def test_simulator(simulator: Simulator, session: aiohttp.ClientSession, clock: Clock) -> None:
    """The simulated cloud, which checks the schema, accepts the three documents."""
    client = ButlrClient(session, simulator.client_id, simulator.client_secret, simulator.url, clock=clock)
    estate = await fetch_estate(client)
    assert [record.kind for record in simulator.requests] == ["login", "Topology", "Sensors", "Hives"]
    assert [record.status for record in simulator.requests] == [200] * 4
    assert (len(estate.rooms), len(estate.zones), len(estate.sensors), len(estate.hives)) == (5, 4, 8, 2)
    assert estate.unread == frozenset()
    assert estate.organization_id == simulator.estate.id
    assert {zone.id: zone.sensor_ids for zone in estate.zones.values() if zone.sensor_ids} == {
        zone.id: tuple(zone.sensor_ids) for zone in simulator.estate.zones.values() if zone.sensor_ids
    }
    assert any(not zone.sensor_ids for zone in estate.zones.values())
    simulator.faults.set("graphql", "empty")
    with pytest.raises(ButlrNoSitesError):
        await fetch_estate(client)
