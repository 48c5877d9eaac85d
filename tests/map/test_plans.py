"""Butlr's own pictures of floors: where they are drawn, who gets them, and that nothing else depends on them."""

from typing import Any
from urllib.parse import urlsplit

from homeassistant.auth.models import User
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockUser
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator, WebSocketGenerator

from custom_components.butlr.api.floor_plans import FloorPlan
from custom_components.butlr.map.layout import DrawnSpace, draw_floor
from custom_components.butlr.map.plans import background
from custom_components.butlr.map.topology import topology
from custom_components.butlr.on_demand.floor_plans import MAX_PICTURES_SIZE, PICTURE_RETRY_DELAY, PLANS_INTERVAL
from tests.helpers.scene import Scene
from tests.simulator.floor_plans import MARGIN, PATH

OPERATION = "FloorPlans"


@pytest.fixture
async def planned(scene: Scene) -> Scene:
    """Set the entry up at a cloud that has pictures of its floors."""
    scene.simulator.settings.update({"floor_plans": True})
    await scene.set_up()
    return scene


async def drawings(scene: Scene, user: User | None = None) -> dict[str, Any]:
    """Look at all floors, wait for the pictures, and return the drawings by the names of their floors."""
    user = user or MockUser(is_owner=True).add_to_hass(scene.hass)
    await topology(scene.hass, user)
    await scene.settle()
    organizations = (await topology(scene.hass, user))["organizations"]
    return {
        floor["name"]: floor["drawing"]
        for organization in organizations
        for building in organization["buildings"]
        for floor in building["floors"]
    }


async def signed(scene: Scene, path: str, ws_client: WebSocketGenerator) -> str:
    """Return a path that a browser can load, as the frontend asks for it."""
    assert await async_setup_component(scene.hass, "auth", {})
    client = await ws_client(scene.hass)
    await client.send_json_auto_id({"type": "auth/sign_path", "path": path})
    signed_path: str = (await client.receive_json())["result"]["path"]
    return signed_path


# -- in the topology ---------------------------------------------------------------------------------------------------


async def test_a_picture_is_where_its_corners_are(planned: Scene) -> None:
    """The picture of the simulator is a meter larger than the rooms on each side."""
    drawing = (await drawings(planned))["First Floor"]
    corners = [corner for shape in drawing["shapes"] for corner in shape["outline"]]
    left, right = min(x for x, _ in corners), max(x for x, _ in corners)
    top, bottom = min(y for _, y in corners), max(y for _, y in corners)
    plan = drawing["plan"]
    assert plan["x"] == pytest.approx(left - MARGIN, abs=0.001)
    assert plan["y"] == pytest.approx(top - MARGIN, abs=0.001)
    assert plan["width"] == pytest.approx(right - left + 2 * MARGIN, abs=0.001)
    assert plan["height"] == pytest.approx(bottom - top + 2 * MARGIN, abs=0.001)
    assert urlsplit(plan["url"]).path.startswith(f"/api/butlr/floor_plan/{planned.entry.entry_id}/space_")


async def test_nobody_asks_until_somebody_looks(planned: Scene) -> None:
    """Butlr is asked at the first look, then at most once an hour, and the pictures are not fetched for that."""
    await planned.pass_minutes(15)
    assert planned.requests(OPERATION) == []
    for _ in range(3):
        await drawings(planned)
    assert planned.requests(OPERATION, "floor_plan") == [OPERATION]
    await planned.pass_time(PLANS_INTERVAL + 1)
    assert planned.requests(OPERATION) == [OPERATION]
    await drawings(planned)
    assert planned.requests(OPERATION) == [OPERATION] * 2


async def test_listeners_are_told_when_pictures_change(planned: Scene) -> None:
    """What is shown is told anew once the pictures are known, and not when they are the same."""
    told: list[None] = []
    remove = planned.data.floor_plans.listen(lambda: told.append(None))
    await drawings(planned)
    assert len(told) == 1
    await planned.pass_time(PLANS_INTERVAL + 1)
    await drawings(planned)
    assert len(told) == 1
    planned.simulator.settings.update({"floor_plans": False})
    await planned.pass_time(PLANS_INTERVAL + 1)
    assert (await drawings(planned))["First Floor"]["plan"] is None
    assert len(told) == 2
    remove()


def plans_of(message: dict[str, Any]) -> list[bool]:
    """Return which floors of a topology have a picture."""
    floors = message["event"]["topology"]["organizations"][0]["buildings"][0]["floors"]
    return [floor["drawing"]["plan"] is not None for floor in floors]


async def test_subscribers_get_the_picture(planned: Scene, hass_ws_client: WebSocketGenerator) -> None:
    """Who has the map open sees the picture as soon as it is known."""
    client = await hass_ws_client(planned.hass)
    await client.send_json_auto_id({"type": "butlr/subscribe"})
    assert (await client.receive_json())["success"]
    pictures = plans_of(await client.receive_json())
    assert "as_of" in (await client.receive_json())["event"]
    # On a busy machine, the answer of Butlr can be faster than the thread that draws the first topology.
    if pictures != [True, True]:
        assert pictures == [False, False]
        await planned.settle()
        await planned.pass_time(1.1)
        assert plans_of(await client.receive_json()) == [True, True]


@pytest.mark.parametrize("fault", ["500", "403", "garbage", "graphql_errors", "drop"])
async def test_errors_disturb_nothing(planned: Scene, fault: str, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever goes wrong, there is no picture, and nothing else: no repair, no log, no unavailable entity."""
    planned.simulator.faults.set("graphql", fault, count=2)
    assert (await drawings(planned))["First Floor"]["plan"] is None
    planned.simulator.faults.clear()
    assert planned.data.floor_plans.report()["errors"]["addresses"] is not None
    assert not planned.data.estate.failing
    assert planned.mismatches == []
    assert planned.issues == set()
    assert "loor plan" not in "".join(record.message for record in caplog.records if record.levelno >= 30)


async def test_a_cloud_without_the_field(planned: Scene) -> None:
    """A cloud whose schema has no pictures refuses the question, and no other."""
    planned.simulator.edits.add(operation=OPERATION, path=["sites"], leave_out=True)
    assert (await drawings(planned))["First Floor"]["plan"] is None


def test_implausible_places_are_not_used() -> None:
    """A picture whose corners are pixels, or that is elsewhere, would put rooms where they are not."""

    class Known:
        """One picture."""

        def __init__(self, *corners: float) -> None:
            self.found = FloorPlan("https://example.com/a.png", *corners)

        def plan(self, floor_id: str) -> FloorPlan:
            """Return the picture."""
            return self.found

    outline = ((0.0, 0.0), (20.0, 0.0), (20.0, 10.0), (0.0, 10.0))
    room = DrawnSpace(id="room_1", kind="room", name="Room", outline=outline)
    plan, tiles = draw_floor("space_1", [room]), draw_floor("space_1", [])

    def used(*corners: float, drawing: Any = plan) -> bool:
        return background("entry", "space_1", Known(*corners), drawing) is not None  # type: ignore[arg-type]

    assert used(-1, -1, 21, 11)
    assert used(5, 5, 6, 6)
    assert not used(0, 0, 2400, 1200)
    assert not used(100, 100, 120, 110)
    assert not used(-1, -1, 21, 11, drawing=tiles)


# -- the view ----------------------------------------------------------------------------------------------------------


async def test_the_view_serves_the_picture(planned: Scene, hass_ws_client: WebSocketGenerator) -> None:
    """A browser loads it with a signed path, and may do nothing with it but show it."""
    url = (await drawings(planned))["First Floor"]["plan"]["url"]
    response = await planned.http.get(await signed(planned, url, hass_ws_client))
    assert response.status == 200
    assert response.content_type == "image/svg+xml"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    policy = response.headers["Content-Security-Policy"]
    assert "sandbox" in policy
    assert "default-src 'none'" in policy
    assert "First Floor" in await response.text()
    assert planned.data.floor_plans.report() == {
        "requested": True,
        "floors": 2,
        "pictures": ["image/svg+xml"],
        "errors": {"addresses": None, "picture": None},
    }


async def test_a_picture_is_fetched_once_an_hour(planned: Scene, hass_client: ClientSessionGenerator) -> None:
    """However many look, Home Assistant fetches a picture once."""
    url = (await drawings(planned))["First Floor"]["plan"]["url"]
    client = await hass_client()
    for _ in range(3):
        assert (await client.get(url)).status == 200
    assert planned.requests("floor_plan") == ["floor_plan"]
    await planned.pass_time(PLANS_INTERVAL + 1)
    assert await planned.data.floor_plans.picture(next(reversed(planned.simulator.estate.floors)))
    assert planned.requests("floor_plan") == ["floor_plan"] * 2


async def test_a_picture_that_is_gone(planned: Scene, hass_client: ClientSessionGenerator) -> None:
    """A missing picture is 404 and is not asked for again for some minutes; one that was there stays."""
    found = await drawings(planned)
    client = await hass_client()
    assert (await client.get(found["Ground Floor"]["plan"]["url"])).status == 200
    planned.simulator.settings.update({"floor_plans": False})
    for _ in range(3):
        assert (await client.get(found["First Floor"]["plan"]["url"])).status == 404
    assert planned.requests("floor_plan") == ["floor_plan"] * 2
    planned.simulator.settings.update({"floor_plans": True})
    await planned.pass_time(PICTURE_RETRY_DELAY + 1)
    assert (await client.get(found["First Floor"]["plan"]["url"])).status == 200


async def test_who_may_see_it(planned: Scene, hass: HomeAssistant, hass_client: ClientSessionGenerator) -> None:
    """Only users who may read an entity of that floor; to all others it looks as if there were no picture."""
    url = (await drawings(planned))["First Floor"]["plan"]["url"]
    assert (await planned.http.get(url)).status == 401
    user = MockUser(groups=[]).add_to_hass(hass)
    refresh_token = await hass.auth.async_create_refresh_token(user, "https://example.com")
    client = await hass_client(hass.auth.async_create_access_token(refresh_token))
    assert (await client.get(url)).status == 404
    user.mock_policy({"entities": {"entity_ids": {"sensor.lobby_entries_today": True}}})
    assert (await client.get(url)).status == 404
    user.mock_policy({"entities": {"entity_ids": {"sensor.boardroom_people": True}}})
    assert (await client.get(url)).status == 200
    await planned.unload()
    assert (await client.get(url)).status == 404
    assert (await client.get(url.replace(planned.entry.entry_id, "01JNOTHING"))).status == 404


async def test_pictures_use_little_memory(planned: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """The picture that nobody has looked at for the longest time is forgotten first."""
    assert MAX_PICTURES_SIZE < 20_000_000
    await drawings(planned)
    plans, (ground, first) = planned.data.floor_plans, planned.simulator.estate.floors
    picture = await plans.picture(ground)
    assert picture is not None
    monkeypatch.setattr(f"{type(plans).__module__}.MAX_PICTURES_SIZE", len(picture.content))
    assert await plans.picture(first) is not None
    assert planned.requests("floor_plan") == ["floor_plan"] * 2
    assert await plans.picture(ground) is not None
    assert planned.requests("floor_plan") == ["floor_plan"] * 3
    assert PATH.format(floor_id=ground) == planned.simulator.requests[-1].path
