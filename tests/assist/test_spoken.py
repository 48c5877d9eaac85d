"""Questions to Assist, asked as a person does: the real conversation agent, with the sentences of docs/ installed."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
import shutil

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components import conversation
from homeassistant.core import Context
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
    intent,
)
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events

from custom_components.butlr.assist.free_rooms import free_rooms
from custom_components.butlr.assist.places import Places
from custom_components.butlr.assist.spoken import Speech
from custom_components.butlr.intent import ASSIST, QUESTIONS
from tests.actions.test_usually_free import remember
from tests.helpers.hardware import go_offline, sensors_of
from tests.helpers.registries import device_of, find
from tests.helpers.reports import COPENHAGEN
from tests.helpers.scene import Scene
from tests.repository.test_files import ROOT
from tests.simulator import Simulator
from tests.simulator.blueprint import Drawing
from tests.simulator.estate import Building, Floor

from .conftest import Expose

SENTENCES = ROOT / "docs" / "custom_sentences"
# When the clock of the scene stands still.
NOON = datetime(2026, 11, 25, 11, tzinfo=UTC)
PEOPLE, ESTIMATE, OCCUPANCY, MOTION = "people", "people_estimate", "occupancy", "motion"
BUT_DOORS = "People in rooms with door sensors only are not counted."
OFFLINE = "{} is not available right now: its sensors are offline, or Butlr cannot be reached."

type Say = Callable[..., Awaitable[str]]


@pytest.fixture
async def say(house: Scene, tmp_path: Path) -> Say:
    """Install the sentences as the documentation tells; return a function that asks Assist."""
    house.hass.config.config_dir = str(tmp_path)
    (tmp_path / "configuration.yaml").touch()
    shutil.copytree(SENTENCES, tmp_path / "custom_sentences")
    assert await async_setup_component(house.hass, "conversation", {})

    async def say(text: str, language: str = "en", device_id: str | None = None) -> str:
        result = await conversation.async_converse(house.hass, text, None, Context(), language, device_id=device_id)
        speech: str = result.response.speech["plain"]["speech"]
        return speech

    return say


@pytest.fixture
def exposed(house: Scene, expose: Expose) -> None:
    """Expose the building, the floors and the rooms; not the zones."""
    for name in ("Pier House", "Ground Floor", "First Floor"):
        expose(find(house.simulator, name), PEOPLE, OCCUPANCY)
    for room in house.simulator.estate.rooms.values():
        counts = {"Harbour Café": [ESTIMATE], "Storage": []}.get(room.name, [PEOPLE])
        expose(room.id, OCCUPANCY, *counts)


@pytest.mark.usefixtures("exposed")
async def test_answers(house: Scene, say: Say) -> None:
    """The answers are the truth of the simulator; estimates are called estimates."""
    estimate = "That is an estimate from entries and exits."
    nobody = "By entries and exits, nobody should be in {}. That is an estimate."
    # Whether the building is empty depends on the doors of the café, but not whether the first floor is.
    assert await say("is anyone in the building") == nobody.format("Pier House")
    assert await say("is anyone on the ground floor") == nobody.format("Ground Floor")
    assert await say("how many people are on the ground floor") == nobody.format("Ground Floor")
    assert await say("is the café free") == nobody.format("Harbour Café")
    assert await say("is anyone on the first floor") == "Nobody is in First Floor."
    for _ in range(3):
        await house.enter("Boardroom")
    for _ in range(2):
        await house.enter("Harbour Café")
    await house.settle()
    for question, answer in (
        ("Which room is free on the first floor?", "Focus Room, First Floor, is free. Capacity: 4."),
        ("which room is free", "Focus Room, First Floor, is free. Capacity: 4. Also free: Lobby."),
        ("which room is free on the frist floor", "For First Floor: Focus Room, First Floor, is free. Capacity: 4."),
        ("find me a free room for six people", "No matching room is known to be free."),
        (
            "find me a room for 50 people",
            "No room is known to be large enough: the capacity of some rooms is not set in Butlr Studio.",
        ),
        ("find me a room for 50 people on the first floor", "There is no room that matches."),
        ("How many people are in the building?", f"At least 3 people are in Pier House. {BUT_DOORS}"),
        ("how many people are in the bordroom", "3 people are in Boardroom."),
        ("How many people are in the café?", f"About 2 people are in Harbour Café. {estimate}"),
        ("How many people are in the lobby?", "Nobody is in Lobby."),
        ("Is anyone in the lobby?", "Nobody is in Lobby."),
        ("is the focus room free", "Nobody is in Focus Room."),
        ("is the boardroom free", "3 people are in Boardroom."),
        ("is anyone in the café", f"About 2 people are in Harbour Café. {estimate}"),
        # The people of a floor are those that its presence sensors count; the café has only a door.
        ("is anyone on the ground floor", "Ground Floor is occupied."),
        (
            "how many people are on the ground floor",
            "Ground Floor is occupied. It is not known how many people are there.",
        ),
        ("how busy is the ground floor", "Ground Floor is occupied. It is not known how many people are there."),
        ("How busy is the building?", f"At least 3 people are in Pier House. {BUT_DOORS}"),
        ("how full is the boardroom", "3 people are in Boardroom. That is 25% of its capacity: it is quiet."),
        (
            "how busy is the lobby",
            "Nobody is in Lobby. Its capacity is not set in Butlr Studio, so it is not known how busy that is.",
        ),
        # What is not known, and what is not said.
        ("is anyone in the phone booth", OFFLINE.format("Phone Booth 1")),
        ("how many people are in the phone booth", OFFLINE.format("Phone Booth 1")),
        ("how many people are in the moon", "I know no space named moon."),
        ("is anyone in the desk row", "I know no space named desk row."),
        (
            "is anyone in the lobbing",
            "I know no space named lobbing. Did you mean one of these: Lobby?",
        ),
        (
            "is anyone in here",
            "No space of Butlr is in the area of this device. Ask again with the name of a space.",
        ),
    ):
        assert await say(question) == answer, question
    for _ in range(6):
        await house.enter("Boardroom")
    await house.enter("Focus Room")
    await house.settle()
    assert await say("is anyone on the first floor") == "10 people are in First Floor."
    assert await say("how busy is the boardroom") == (
        "9 people are in Boardroom. That is 75% of its capacity: it is busy."
    )
    assert await say("is it busy in the focus room") == (
        "1 person is in Focus Room. That is 25% of its capacity: it is quiet."
    )


@pytest.mark.usefixtures("exposed")
async def test_every_language(house: Scene, say: Say) -> None:
    """The answer is in the language of the question; other languages are answered in English."""
    for _ in range(3):
        await house.enter("Boardroom")
    await house.settle()
    for language, question, answer in (
        ("de", "Welcher Raum ist im ersten Stock frei?", "Focus Room, First Floor, ist frei. Kapazität: 4."),
        ("de", "Wie viele Personen sind im Boardroom?", "In Boardroom sind 3 Personen."),
        ("de-DE", "Ist jemand in der Lobby?", "In Lobby ist niemand."),
        ("es", "¿Cuántas personas hay en Boardroom?", "Hay 3 personas en Boardroom."),
        ("es", "¿Hay alguien en casa?", "No"),
        ("fr", "Quelle salle est libre au premier étage ?", "Libre\xa0: Focus Room, First Floor. Capacité\xa0: 4."),
        ("fr", "Combien de personnes y a-t-il au premier étage ?", "First Floor\xa0: 3 personnes."),
        ("ja", "1階で空いている部屋はどこですか", "First FloorのFocus Roomが空いています。定員は4人です。"),
        ("ja", "Boardroomはどのくらい混んでいますか", "Boardroomには3人います。定員の25%で、混んでいません。"),
        (
            "nl",
            "Hoe druk is de boardroom?",
            "Er zijn 3 personen in Boardroom. Dat is 25 % van de capaciteit: het is rustig.",
        ),
        ("nl", "Is er iemand in de lobby?", "Er is niemand in Lobby."),
    ):
        assert await say(question, language) == answer, question
    for language, text in (("de-CH", "Es gibt keinen passenden Raum."), ("pt-BR", "There is no room that matches.")):
        assert (await Speech.load(house.hass, language)).say("no_rooms") == text


@pytest.mark.usefixtures("exposed")
async def test_installed_later(house: Scene, say: Say, tmp_path: Path) -> None:
    """Without the sentences, Assist does not understand; a copied file is used after a reload."""
    folder = tmp_path / "custom_sentences"
    folder.rename(tmp_path / "elsewhere")
    assert await say("which room is free") == "Sorry, I couldn't understand that"
    (tmp_path / "elsewhere").rename(folder)
    await house.hass.services.async_call("conversation", "reload", {}, blocking=True)
    assert (await say("which room is free")).startswith("Focus Room, First Floor, is free.")


@pytest.mark.usefixtures("exposed")
async def test_what_is_not_known(house: Scene, say: Say) -> None:
    """Offline floors, an outage and a reload: nothing is said to be empty that is not known to be."""
    guest = await house.enter("Boardroom")
    go_offline(*sensors_of(house.simulator, "Ground Floor"))
    house.simulator.catch_up()
    await house.pass_minutes(12)
    at_least = "At least 1 person is in Pier House. Not all of its floors are known right now."
    for question, answer in (
        ("how many people are in the building", at_least),
        ("how busy is the building", at_least),
        ("is anyone in the building", at_least),
        ("is anyone in the lobby", OFFLINE.format("Lobby")),
        ("how busy is the café", OFFLINE.format("Harbour Café")),
        ("is anyone on the ground floor", OFFLINE.format("Ground Floor")),
        (
            "which room is free on the ground floor",
            "No matching room is known to be free. Some rooms may be free, but nothing is known about them right now.",
        ),
    ):
        assert await say(question) == answer, question
    await house.simulator.move(to=None, person=guest)
    await house.pass_minutes(6)
    assert await say("how many people are in the boardroom") == "Nobody is in Boardroom."
    assert await say("how many people are in the building") == (
        "It is not known right now how many people are in Pier House."
    )
    assert await say("is anyone in the building") == "It is not known right now whether anyone is in Pier House."
    # Butlr answers, but has no numbers.
    house.simulator.faults.set("reporting", "empty")
    await house.pass_minutes(11)
    for question, answer in (
        ("how many people are in the boardroom", "It is not known right now how many people are in Boardroom."),
        ("how busy is the boardroom", "It is not known right now how many people are in Boardroom."),
        ("is anyone in the boardroom", "It is not known right now whether anyone is in Boardroom."),
    ):
        assert await say(question) == answer, question
    for endpoint in ("login", "graphql", "reporting"):
        house.simulator.faults.set(endpoint, "drop")
    await house.pass_minutes(11)
    assert await say("how many people are in the boardroom") == OFFLINE.format("Boardroom")
    assert await say("is the focus room free") == OFFLINE.format("Focus Room")
    await house.unload()
    assert await say("is the focus room free") == (
        "The Butlr integration is not running. See in Home Assistant's settings what it needs."
    )


async def test_what_is_exposed(house: Scene, say: Say, expose: Expose) -> None:
    """Only what is exposed is told: nothing, that there is a room, whether anyone is there, or how many."""
    boardroom, lobby = house.room("Boardroom"), house.room("Lobby")
    await house.enter("Boardroom")
    await house.settle()
    hidden = (
        "What is known about {} is not exposed to Assist. Expose its people and occupancy entities to ask about them."
    )
    # Home Assistant exposes motion by itself.
    expose(boardroom, MOTION, exposed=False)
    expose(house.room("Focus Room"), MOTION, exposed=False)
    expose(house.room("Phone Booth 1"), MOTION, exposed=False)
    assert await say("how many people are in the boardroom") == (
        "No space of Butlr is exposed to Assist. Expose the entities of the spaces that you want to ask about."
    )
    expose(boardroom, MOTION)
    for question in ("how many people are in", "is anyone in", "how busy is it in", "is there a free room in"):
        assert await say(f"{question} the boardroom") == hidden.format("Boardroom"), question
    assert await say("how many people are in the building") == hidden.format("Pier House")
    assert await say("is anyone in the lobby") == "I know no space named lobby."
    expose(boardroom, OCCUPANCY)
    assert await say("is anyone in the boardroom") == "Boardroom is occupied."
    assert await say("how many people are in the boardroom") == hidden.format("Boardroom")
    assert await say("which room is free") == "No matching room is known to be free."
    expose(boardroom, "utilization")
    assert await say("how busy is the boardroom") == "That is 8% of its capacity: it is quiet."
    expose(lobby, OCCUPANCY)
    assert await say("which room is free") == "Lobby, Ground Floor, is free."
    expose(lobby, OCCUPANCY, exposed=False)
    assert await say("which room is free") == "No matching room is known to be free."


async def test_how_busy_is_no_number(house: Scene, say: Say, expose: Expose) -> None:
    """Whoever may only be told the share of the capacity is told no number, not even a part of it."""
    expose(house.room("Boardroom"), MOTION, exposed=False)
    building = find(house.simulator, "Pier House")
    expose(building, "utilization")
    await house.enter("Boardroom")
    await house.settle()
    unknown = "It is not known right now how many people are in Pier House."
    assert await say("how busy is the building") == unknown
    go_offline(*sensors_of(house.simulator, "Ground Floor"))
    house.simulator.catch_up()
    await house.pass_minutes(12)
    assert await say("how busy is the building") == unknown


async def test_many_spaces(house: Scene, say: Say, expose: Expose) -> None:
    """Of an area with many spaces, those that are occupied or unknown are told first; the rest is counted."""
    hass, simulator = house.hass, house.simulator
    drawing = Drawing(simulator.rng, simulator.estate, macs=1_000)
    floor = simulator.estate.floors[find(simulator, "First Floor")]
    hive = drawing.hive(floor, "Hive of the cells")
    cells = [drawing.room(floor, f"Cell {letter}", None, 2).id for letter in "PQRSTUV"]
    for cell in cells:
        drawing.sensor(f"Ceiling of {cell}", hive, cell)
    await house.reload()
    area = ar.async_get(hass).async_create("Quarantine")
    for cell in cells:
        dr.async_get(hass).async_update_device(device_of(hass, house.entry, cell).id, area_id=area.id)
        expose(cell, PEOPLE, OCCUPANCY)
    await house.settle()
    assert "Cell T and 2 more. Ask again" in await say("is anyone in the cell")
    question = "how many people are in the quarantine"
    assert await say(question) == "7 spaces: 0 occupied, 7 empty, 0 unknown."
    for _ in range(3):
        await simulator.move(to=cells[-1])
    await house.settle()
    assert await say(question) == "7 spaces: 1 occupied, 6 empty, 0 unknown. 3 people are in Cell V."
    for cell in cells[:-1]:
        await simulator.move(to=cell)
    await house.settle()
    everywhere = await say("is anyone in the quarantine")
    assert everywhere.startswith("7 spaces: 7 occupied, 0 empty, 0 unknown. 1 person is in Cell P.")
    assert everywhere.endswith("1 person is in Cell T. And 2 more.")


async def test_a_building_with_doors_only(house: Scene, say: Say, expose: Expose) -> None:
    """A building whose floors have only doors has sensors, which tell whether anyone is there."""
    estate = house.simulator.estate
    drawing = Drawing(house.simulator.rng, estate, macs=1_000)
    building = Building(drawing.id("building"), "Annex", next(iter(estate.sites)), 2, None, [], "DK")
    floor = Floor(drawing.id("space"), "Annex Floor", building.id, 5, None, 40, 20)
    estate.add(building)
    estate.add(floor)
    nook = drawing.room(floor, "Nook", None, 2).id
    drawing.sensor("Door", drawing.hive(floor, "Hive"), nook, mode="traffic", model="Heatic 2", entrance=True)
    await house.reload()
    await house.settle()
    expose(building.id, OCCUPANCY)
    nobody = "By entries and exits, nobody should be in Annex. That is an estimate."
    assert [await say("how many people are in the annex"), await say("is anyone in the annex")] == [nobody, nobody]
    await house.simulator.move(to=nook)
    await house.settle()
    assert await say("is anyone in the annex") == "Annex is occupied."
    for question in ("how many people are in", "how busy is"):
        assert await say(f"{question} the annex") == "Annex is occupied. It is not known how many people are there."


@pytest.mark.usefixtures("exposed")
async def test_asking_writes_nothing(house: Scene) -> None:
    """Asking for the entities of an assistant leaves the registry as it is; without an assistant, it is Assist."""
    hass = house.hass
    writes = async_capture_events(hass, er.EVENT_ENTITY_REGISTRY_UPDATED)
    assert await async_setup_component(hass, "intent", {})
    for assistant, answer in (
        (None, "Nobody is in Boardroom."),
        (ASSIST, "Nobody is in Boardroom."),
        (
            "cloud.alexa",
            "No space of Butlr is exposed to Assist. Expose the entities of the spaces that you want to ask about.",
        ),
    ):
        for question in QUESTIONS:
            response = await intent.async_handle(
                hass, "test", question.intent_type, {"space": {"value": "Boardroom"}}, assistant=assistant
            )
            spoken_answer = response.speech["plain"]["speech"]
            if question.intent_type == "ButlrGetPeople":
                assert spoken_answer == answer
            assert (response.error_code is None) == (assistant != "cloud.alexa")
    assert writes == []


@pytest.mark.usefixtures("exposed")
async def test_names(house: Scene, say: Say, expose: Expose) -> None:
    """Several rooms with one name are asked back about; an area and a device that listens in it mean its spaces."""
    hass, devices = house.hass, dr.async_get(house.hass)
    await house.enter("Boardroom")
    await house.settle()
    for name in ("Boardroom", "Lobby"):
        devices.async_update_device(device_of(hass, house.entry, house.room(name)).id, name_by_user="Salon")
    assert await say("how many people are in the salon") == (
        "salon can mean several spaces: Salon Ground Floor Pier House, Salon First Floor Pier House. "
        "Ask again with one of these names."
    )
    assert await say("how many people are in the Salon First Floor Pier House") == "1 person is in Salon."
    area = ar.async_get(hass).async_create("Meeting corner", aliases={"Sitzungsecke"})
    for name in ("Boardroom", "Focus Room"):
        devices.async_update_device(device_of(hass, house.entry, house.room(name)).id, area_id=area.id)
    both = "1 person is in Salon. Nobody is in Focus Room."
    assert await say("how many people are in the meeting corner") == both
    assert await say("Wie viele Leute sind in der Sitzungsecke", "de") == (
        "In Salon ist 1 Person. In Focus Room ist niemand."
    )
    satellite = MockConfigEntry(domain="test")
    satellite.add_to_hass(hass)
    device = devices.async_get_or_create(config_entry_id=satellite.entry_id, identifiers={("test", "satellite")})
    devices.async_update_device(device.id, area_id=area.id)
    assert await say("how many people are here", device_id=device.id) == both
    assert await say("is anyone in this room", device_id=device.id) == both


@pytest.mark.usefixtures("exposed")
async def test_the_office(house: Scene, say: Say) -> None:
    """The office is the building, or a room of that name; a name that is too long is none."""
    await house.enter("Focus Room")
    await house.settle()
    assert await say("how many people are in the office") == f"At least 1 person is in Pier House. {BUT_DOORS}"
    boardroom = device_of(house.hass, house.entry, house.room("Boardroom"))
    dr.async_get(house.hass).async_update_device(boardroom.id, name_by_user="Office")
    assert await say("how many people are in the office") == "Nobody is in Office."
    for name, language in (("Büro", "de"), ("Kantoor", "nl")):
        dr.async_get(house.hass).async_update_device(boardroom.id, name_by_user=name)
        question = {"de": "Ist jemand im Büro", "nl": "Is er iemand in het kantoor"}[language]
        assert name in await say(question, language)
    with pytest.raises(intent.InvalidSlotInfo):
        await intent.async_handle(house.hass, "test", QUESTIONS[1].intent_type, {"space": {"value": "a" * 256}})


@pytest.fixture
def second_building(noon: FrozenDateTimeFactory, simulator: Simulator) -> None:
    """Add a building at Butlr, with a small room, one without sensors, and two that nobody uses."""
    drawing = Drawing(simulator.rng, simulator.estate, macs=1_000)
    building = Building(drawing.id("building"), "Mill Court", next(iter(simulator.estate.sites)), 2, None, [], "DK")
    floor = Floor(drawing.id("space"), "Floor 1", building.id, 1, None, 40, 20)
    simulator.estate.add(building)
    simulator.estate.add(floor)
    drawing.room(floor, "Storage", None, 10)
    hive = drawing.hive(floor, "Hive of the mill")
    for name, seats in (("Nook", 2), ("Loft", 30), ("Attic", 40)):
        drawing.sensor(f"{name} ceiling", hive, drawing.room(floor, name, None, seats).id)


@pytest.mark.usefixtures("second_building", "exposed")
async def test_two_buildings(house: Scene, say: Say, expose: Expose) -> None:
    """It is asked back which building is meant; a free room may be anywhere."""
    expose(find(house.simulator, "Mill Court"), "free_rooms")
    which = "There are several buildings: Pier House, Mill Court. Ask again with one of these names."
    for question in ("how many people are in the building", "how busy is it"):
        assert await say(question) == which
    for question, answer in (
        (
            "which room is free",
            "Nook, Floor 1, is free. Capacity: 2. Also free: Focus Room, Boardroom, Loft, and 3 more.",
        ),
        (
            "find a free room for 30 people",
            "Loft, Floor 1, is free. Capacity: 30. Also free: Attic, Harbour Café (an estimate).",
        ),
        ("I need a room for 31 people in Mill Court", "Attic, Floor 1, is free. Capacity: 40."),
        (
            "I need a room for 31 people in Pier House",
            "Harbour Café, Ground Floor, should be free. That is an estimate from entries and exits. Capacity: 40.",
        ),
    ):
        assert await say(question) == answer, question
    # The same order for language models.
    places = await Places.load(house.hass, assistant=ASSIST)
    told = await free_rooms(places.buildings, {}, 3)
    assert [room["room"].partition(" (")[0] for room in told["free_rooms"]] == ["Nook", "Focus Room", "Boardroom"]
    for question in ("how many people are in", "is anyone in", "how busy is"):
        assert await say(f"{question} the storage") == "Storage has no sensors, so nothing is known about it."
    assert (await say("how many people are in Mill Court")).startswith("What is known about Mill Court is not exposed")


@pytest.mark.recorder(NOON)
@pytest.mark.usefixtures("exposed")
@pytest.mark.parametrize(
    ("used_at", "usually"),
    [
        ({19}, "It is usually free until 19:00."),
        (set(), "It is usually free for the rest of the day."),
        ({12}, "It is usually used at this time."),
    ],
)
async def test_until_when(house: Scene, say: Say, used_at: set[int], usually: str) -> None:
    """It is said until when the room is usually free, at the site's clock."""
    days = [NOON.astimezone(COPENHAGEN) - timedelta(weeks=week) for week in range(1, 5)]
    hours = {hour: 2.0 if hour in used_at else 0.0 for hour in range(24)}
    means = {int(day.replace(hour=hour).timestamp()): mean for day in days for hour, mean in hours.items()}
    await remember(house.hass, house.room("Focus Room"), means)
    assert await say("is there a free room on the first floor") == (
        f"Focus Room, First Floor, is free. Capacity: 4. {usually} Also free: Boardroom."
    )
