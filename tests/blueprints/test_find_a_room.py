"""The script that finds a room: what it answers is free, and the smallest that is large enough."""

import random
from typing import Any

from homeassistant.core import HomeAssistant

from tests.blueprints.conftest import Use
from tests.helpers.house import House
from tests.helpers.scene import Scene

HALL = "notify.hall"


async def ask(hass: HomeAssistant, **fields: Any) -> dict[str, Any]:
    """Run the script and return its answer."""
    answer: dict[str, Any] | None = await hass.services.async_call(
        "script", "find_a_room", fields, blocking=True, return_response=True
    )
    assert answer is not None
    return answer


def best(scene: Scene, people: int) -> str | None:
    """Return the name of the smallest room that is really free and large enough."""
    spaces = scene.simulator.truth()["spaces"]
    free = [
        (room.capacity_max, room.name)
        for room in scene.simulator.estate.rooms.values()
        if spaces[room.id]["occupied"] is False and spaces[room.id]["available"] and room.capacity_max >= people
    ]
    return min(free)[1] if free else None


async def test_the_answer(hass: HomeAssistant, scene: Scene, house: House, use: Use) -> None:
    house.add(HALL)
    tell = [{"action": "notify.send_message", "target": {"entity_id": HALL}, "data": {"message": "{{ text }}"}}]
    await use("find_a_room", domain="script", more_actions=tell)
    answer = await ask(hass)
    assert answer["text"] == "Focus Room is free (First Floor, for 4 people)."
    assert house.done() == [f"notify.send_message {HALL} message={answer['text']}"]
    rooms = []
    for taken in ("Focus Room", "Boardroom", "Harbour Café"):
        answer = await ask(hass, people=2)
        rooms.append(answer["room"]["name"])
        assert rooms[-1] == best(scene, 2)
        await scene.enter(taken)
        await scene.settle()
    assert rooms == ["Focus Room", "Boardroom", "Harbour Café"]
    answer = await ask(hass, people=2)
    assert (answer["room"], best(scene, 2)) == (None, None)
    assert answer["text"] == "No such room is known to be free."
    await scene.enter("Lobby")
    # The sensor of the booth is offline.
    assert (await ask(hass))["text"] == "No such room is known to be free. Nothing is known about 1 rooms."


async def test_other_wishes(hass: HomeAssistant, scene: Scene, house: House, use: Use) -> None:
    """Places and tags limit the choice; a time that is not known to be usually free is not promised."""
    await use("find_a_room", domain="script", spaces={"area_id": ["boardroom", "focus_room"]}, tags=["quiet"])
    assert [room["name"] for room in (await ask(hass))["rooms"]] == ["Focus Room"]
    assert (await ask(hass, minutes=30))["room"] is None


async def test_a_day(hass: HomeAssistant, scene: Scene, house: House, use: Use) -> None:
    """From noon until late in the evening, the answer is the best of the rooms that are really free."""
    rng = random.Random(14)
    await use("find_a_room", domain="script")
    rooms = ("Focus Room", "Boardroom", "Harbour Café", "Lobby")
    inside: list[tuple[str, str]] = []
    for _ in range(22):
        for _ in range(rng.randrange(4)):
            if inside and rng.random() < 0.5:
                _, person = inside.pop(rng.randrange(len(inside)))
                await scene.simulator.move(to=None, person=person)
            else:
                room = rng.choice(rooms)
                inside.append((room, await scene.enter(room)))
        await scene.settle()
        people = rng.choice((1, 3, 9, 30))
        answer = await ask(hass, people=people)
        assert (answer["room"] and answer["room"]["name"]) == best(scene, people), inside
        await scene.pass_time(1800)
