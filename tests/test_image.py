"""The floor plan of a floor as a picture: what it shows, when it is drawn, and when it is written."""

from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree as ET

from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import Event, State
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.butlr.const import CONF_SMALLEST_GROUP, DOMAIN
from custom_components.butlr.image import DRAW_DELAY, MIN_INTERVAL, FloorImage
from custom_components.butlr.runtime import device_of
from tests.helpers.scene import Scene

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
async def first_floor(scene: Scene) -> Floor:
    """Set the entry up, and enable the picture of the first floor."""
    await scene.set_up()
    floor = Floor(scene, "First Floor")
    er.async_get(scene.hass).async_update_entity(floor.entity_id, disabled_by=None)
    await scene.reload()
    # After the first polls, there is nothing left to draw, and the last picture is old.
    for _ in range(3):
        await scene.pass_time(MIN_INTERVAL + 1)
    return floor


class Floor:
    """A floor whose picture is looked at."""

    def __init__(self, scene: Scene, name: str) -> None:
        """Look the entity up."""
        self.scene = scene
        self.id = next(floor.id for floor in scene.simulator.estate.floors.values() if floor.name == name)
        entity_id = er.async_get(scene.hass).async_get_entity_id("image", DOMAIN, f"{self.id}_floor_plan")
        assert entity_id is not None
        self.entity_id = entity_id
        self.written: list[State] = []
        scene.hass.bus.async_listen("state_changed", self._note)

    def _note(self, event: Event[Mapping[str, Any]]) -> None:
        if event.data["entity_id"] == self.entity_id and event.data["new_state"]:
            self.written.append(event.data["new_state"])

    @property
    def state(self) -> State:
        """Return the state."""
        state = self.scene.hass.states.get(self.entity_id)
        assert state is not None
        return state

    async def words(self) -> list[str]:
        """Return all texts of the picture, as a browser gets it."""
        response = await self.scene.http.get(self.state.attributes["entity_picture"])
        assert (response.status, response.content_type) == (200, "image/svg+xml")
        root = ET.fromstring(await response.read())  # noqa: S314 - it is our own
        return ["".join(element.itertext()) for element in root.iter(f"{SVG}text")]


async def test_it_is_disabled_by_default(scene: Scene) -> None:
    """Every floor has a picture, and nothing is drawn until somebody wants it."""
    await scene.set_up()
    registered = [one for one in er.async_get(scene.hass).entities.values() if one.unique_id.endswith("_floor_plan")]
    assert {one.entity_id for one in registered} == {"image.ground_floor_floor_plan", "image.first_floor_floor_plan"}
    assert {one.disabled_by for one in registered} == {er.RegistryEntryDisabler.INTEGRATION}
    assert scene.hass.states.async_entity_ids("image") == []


async def test_what_it_shows(first_floor: Floor) -> None:
    """Rooms and zones with their names, numbers and statuses."""
    words = await first_floor.words()
    assert {"Boardroom", "Free", "0", "Unavailable"} <= set(words)
    # A name may have several lines.
    assert all(name in " ".join(words) for name in ("Focus Room", "Phone Booth 1", "Desk Row A", "Desk Row B"))
    assert "Lobby" not in words
    await first_floor.scene.enter("Boardroom")
    await first_floor.scene.enter("Boardroom")
    await first_floor.scene.pass_time(MIN_INTERVAL)
    words = await first_floor.words()
    assert words[words.index("Boardroom") : words.index("Boardroom") + 3] == ["Boardroom", "2", "Occupied"]


async def test_doors_and_estimates(scene: Scene) -> None:
    """A floor with doors shows who came and went, and marks estimates."""
    await scene.set_up()
    ground = Floor(scene, "Ground Floor")
    er.async_get(scene.hass).async_update_entity(ground.entity_id, disabled_by=None)
    await scene.reload()
    for _ in range(3):
        await scene.enter("Harbour Café")
    await scene.pass_minutes(6)
    words = await ground.words()
    assert "≈3" in words
    assert any(word.startswith("≈ ") for word in words)
    for place in (ground.id, "Harbour Café"):
        crossed = [scene.state(place, "entries_today"), scene.state(place, "exits_today")]
        assert crossed in [words[at : at + 2] for at in range(len(words))]


async def test_small_groups(first_floor: Floor) -> None:
    """As soon as small groups are to be hidden, the picture has no small numbers; states stay exact."""
    scene = first_floor.scene
    for _ in range(2):
        await scene.enter("Boardroom")
    await scene.pass_time(MIN_INTERVAL)
    options = {**scene.entry.options, CONF_SMALLEST_GROUP: 3}
    scene.hass.config_entries.async_update_entry(scene.entry, options=options)
    await scene.data.estate.apply_selection()
    await scene.settle()
    await scene.pass_time(MIN_INTERVAL)
    words = await first_floor.words()
    assert words[words.index("Boardroom") : words.index("Boardroom") + 3] == ["Boardroom", "<3", "Occupied"]
    assert scene.state("Boardroom", "people") == "2"
    await scene.enter("Boardroom")
    await scene.pass_time(MIN_INTERVAL)
    assert "3" in await first_floor.words()


async def test_it_needs_the_token_or_a_login(first_floor: Floor, hass_client: ClientSessionGenerator) -> None:
    """Home Assistant's own view serves it, so that nobody else sees it."""
    address = f"/api/image_proxy/{first_floor.entity_id}"
    assert (await first_floor.scene.http.get(address)).status == 403
    assert (await (await hass_client()).get(address)).status == 200


async def test_the_last_change_is_shown_within_half_a_minute(first_floor: Floor) -> None:
    """The first change is drawn at once, the next ones half a minute later, all in one picture."""
    scene = first_floor.scene
    first_floor.written.clear()
    await scene.enter("Boardroom")
    await scene.pass_time(DRAW_DELAY + 0.1)
    assert len(first_floor.written) == 1
    for _ in range(5):
        await scene.enter("Boardroom")
        await scene.pass_time(4)
    assert len(first_floor.written) == 1
    assert "6" not in await first_floor.words()
    await scene.pass_time(MIN_INTERVAL - 20)
    assert len(first_floor.written) == 2
    assert "6" in await first_floor.words()
    assert first_floor.written[0].state < first_floor.written[1].state


async def test_nothing_is_written_while_nothing_changes(first_floor: Floor) -> None:
    """Polls that find nothing new, and changes on other floors, write nothing."""
    scene = first_floor.scene
    await scene.pass_minutes(2)
    first_floor.written.clear()
    before = first_floor.state.state
    await scene.enter("Harbour Café")
    await scene.pass_minutes(7)
    # Home Assistant itself writes the state every five minutes, with a new token for the same picture.
    assert {state.state for state in first_floor.written} == {before}
    assert len(first_floor.written) <= 2


async def test_it_follows_names_and_rooms(first_floor: Floor) -> None:
    """A room that is renamed, added, disabled or removed is drawn so."""
    scene = first_floor.scene
    devices = dr.async_get(scene.hass)
    boardroom = device_of(scene.hass, scene.entry.entry_id, scene.room("Boardroom"))
    focus = device_of(scene.hass, scene.entry.entry_id, scene.room("Focus Room"))
    assert boardroom is not None
    assert focus is not None
    devices.async_update_device(boardroom.id, name_by_user="<Chefs>")
    await scene.settle()
    await scene.pass_time(MIN_INTERVAL + 1)
    words = await first_floor.words()
    assert "<Chefs>" in words
    assert "Boardroom" not in words
    devices.async_update_device(focus.id, disabled_by=dr.DeviceEntryDisabler.USER)
    await scene.settle()
    await scene.pass_time(MIN_INTERVAL + 1)
    assert "Focus" not in " ".join(await first_floor.words())
    scene.simulator.estate.remove(scene.room("Phone Booth 1"))
    for zone in scene.simulator.estate.zones.values():
        if zone.name == "Desk Row A":
            zone.name = "Window Row"
    await scene.data.estate.async_refresh()
    await scene.pass_minutes(11)
    words = await first_floor.words()
    assert "Window Row" in " ".join(words)
    assert "Booth" not in " ".join(words)


async def test_it_speaks_the_language_of_home_assistant(first_floor: Floor) -> None:
    """The words change with the language, without a restart."""
    scene = first_floor.scene
    await scene.hass.config.async_update(language="de")
    await scene.settle()
    await scene.pass_time(MIN_INTERVAL + 1)
    words = await first_floor.words()
    assert "Frei" in words
    assert "Free" not in words


async def test_it_is_unavailable_with_its_floor(first_floor: Floor) -> None:
    """When nothing is known of the floor any more, there is no picture that could be taken for now."""
    scene = first_floor.scene
    for endpoint in ("graphql", "reporting"):
        scene.simulator.faults.set(endpoint, "500")
    await scene.pass_minutes(15)
    assert first_floor.state.state == STATE_UNAVAILABLE
    scene.simulator.faults.clear()
    await scene.pass_minutes(3)
    assert first_floor.state.state != STATE_UNAVAILABLE


async def test_it_stops_with_its_entry(first_floor: Floor) -> None:
    """After the entry is unloaded, nothing is drawn."""
    scene = first_floor.scene
    await scene.enter("Boardroom")
    await scene.unload()
    first_floor.written.clear()
    await scene.pass_time(MIN_INTERVAL + 1)
    assert first_floor.written == []


async def test_other_integrations_get_it(first_floor: Floor) -> None:
    """The action that saves pictures to files gets the same picture."""
    scene = first_floor.scene
    assert await async_setup_component(scene.hass, "image", {})
    component = scene.hass.data["image"]
    entity = component.get_entity(first_floor.entity_id)
    assert isinstance(entity, FloorImage)
    image = await entity.async_image()
    assert image is not None
    assert image.startswith(b"<svg")
