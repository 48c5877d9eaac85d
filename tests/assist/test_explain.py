"""Why spaces are shown as they are: the action, and the same for one space on the floor map."""

from datetime import datetime
from typing import Any

from homeassistant.auth.models import User
from homeassistant.core import Context
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.butlr.api.readings import Count, Crossing, Estimate, Motion, Totals
from custom_components.butlr.assist.spoken import LANGUAGES
from custom_components.butlr.const import DOMAIN
from tests.helpers.registries import device_of, find
from tests.helpers.scene import Scene
from tests.helpers.states import entity_of
from tests.test_websocket_api import user_with


async def _explain(house: Scene, *space_ids: str, user: User | None = None, **fields: str) -> list[dict[str, Any]]:
    """Call the action for spaces, and return what it says about each."""
    device_ids = [device_of(house.hass, house.entry, one).id for one in space_ids]
    answer = await house.hass.services.async_call(
        DOMAIN,
        "explain",
        {"device_id": device_ids, **fields} if device_ids else fields,
        blocking=True,
        return_response=True,
        context=Context(user_id=user.id) if user else None,
    )
    assert answer is not None
    assert answer["further"] == 0
    spaces: Any = answer["spaces"]
    assert len(spaces) == max(len(space_ids), 1)
    return list(spaces)


async def test_everything_that_is_known(house: Scene) -> None:
    """What was sensed and received is told as it was, in words without anything left to fill in."""
    await house.pass_minutes(1)
    live, now = house.data.live, house.data.client.now()
    boardroom, cafe = house.room("Boardroom"), house.room("Harbour Café")
    live.apply([Count(boardroom, 3, now - 4), Motion(boardroom, True, now - 2)])
    (told,) = await _explain(house, boardroom)
    assert (told["shown_as"], told["people"], told["confidence"]) == ("occupied", 3, "measured")
    assert (told["reason"], told["rule"], told["doubts"]) == ("people_counted", 6, [])
    people, motion = told["evidence"]
    assert (people["what"], people["value"], people["received_by"]) == ("people", 3, "push")
    assert datetime.fromisoformat(people["sensed_at"]).timestamp() == int(now - 4)
    assert datetime.fromisoformat(people["received_at"]).timestamp() == int(now)
    assert datetime.fromisoformat(told["stale_at"]).timestamp() == int(now - 4 + 210)
    assert (motion["what"], motion["value"]) == ("motion", True)
    start, _ = live.day(cafe)
    live.apply([Totals(cafe, 4, 1, start, now - 30), Estimate(cafe, 3, start, now - 30)], polled=True)
    live.apply([Crossing(cafe, 0, 3, now - 1, "sensor", "event")])
    texts = [told["text"]]
    for one in await _explain(house, cafe, find(house.simulator, "First Floor")):
        texts.append(one["text"])
        if one["id"] == cafe:
            assert (one["shown_as"], one["confidence"], one["doubts"]) == ("unoccupied", "estimated", ["estimate"])
            assert [(each["what"], each["received_by"]) for each in one["evidence"]] == [
                ("estimate", "poll"),
                ("crossing", "push"),
            ]
            assert one["resets_at"] > one["unknown_at"]
        else:
            assert (one["reason"], "Boardroom" in one["text"]) == ("inside_occupied", True)
    (building,) = await _explain(house)
    texts.append(building["text"])
    assert (building["reason"], building["confidence"]) == ("inside_occupied", "partial")
    for language in LANGUAGES:
        texts += [one["text"] for one in await _explain(house, boardroom, cafe, language=language)]
    assert all(text and not set("{}") & set(text) for text in texts)
    assert len(set(texts)) == 4 + 2 * (len(LANGUAGES) - 1)


async def test_only_what_the_user_may_see(house: Scene) -> None:
    """Nothing is told of motion, sensors or rooms that a user may not see."""
    await house.pass_minutes(1)
    live, now = house.data.live, house.data.client.now()
    boardroom, focus = house.room("Boardroom"), house.room("Focus Room")
    live.apply([Count(boardroom, 0, now - 4), Motion(boardroom, True, now - 2)])
    entity_ids = {entity_of(house.hass, boardroom, "occupancy") or "": True}
    # The first user owns Home Assistant.
    await house.hass.auth.async_create_user("owner")
    user = await user_with(house.hass, "visitor", {"entities": {"entity_ids": entity_ids}})
    seen, hidden = await _explain(house, boardroom, focus, user=user)
    assert (seen["shown_as"], seen["reason"], seen["evidence"]) == ("occupied", "not_shared", [])
    assert not {"motion", "sensors", "updates_come_by", "stale_at"} & set(seen)
    assert hidden["shown_as"] == "not_shared"
    assert not {"text", "evidence", "people"} & set(hidden)
    (all_of_it,) = await _explain(house, boardroom)
    assert (all_of_it["reason"], len(all_of_it["evidence"])) == ("motion", 2)


async def test_on_the_map(house: Scene, hass_ws_client: WebSocketGenerator) -> None:
    """The map is told the same text, and no more than the user may see."""
    assert await async_setup_component(house.hass, "websocket_api", {})
    client, boardroom = await hass_ws_client(house.hass), house.room("Boardroom")
    command = {"type": "butlr/explain", "entry_id": house.entry.entry_id, "language": "de"}
    await client.send_json_auto_id({**command, "space_id": boardroom})
    answer = await client.receive_json()
    (told,) = await _explain(house, boardroom, language="de")
    assert answer["result"] == {"confidence": told["confidence"], "text": told["text"]}
    for wrong in ({"space_id": "room_nowhere"}, {"space_id": boardroom, "entry_id": "nowhere"}):
        await client.send_json_auto_id({**command, **wrong})
        answer = await client.receive_json()
        assert answer["error"]["code"] == "not_found"


async def test_what_is_old_and_what_is_not_shown(house: Scene) -> None:
    """Another day is named, a poll that is overdue is not announced, and a value that is not shown is not told."""
    await house.pass_minutes(1)
    live, now = house.data.live, house.data.client.now()
    boardroom, first = house.room("Boardroom"), find(house.simulator, "First Floor")
    live.apply([Motion(boardroom, False, now - 2)])
    live.apply([Count(boardroom, 2, now - 1)])
    (told,) = await _explain(house, boardroom)
    day = told["evidence"][1]["sensed_at"].partition("T")[0]
    assert "next poll" in told["text"]
    assert day not in told["text"]
    node = live._nodes[boardroom]
    # Butlr's newest answer lacks the room: its last count is not shown.
    node.confirmed = False
    live.apply([Count(boardroom, 2, now)])
    (told,) = await _explain(house, boardroom)
    assert (told["shown_as"], told["reason"]) == ("unavailable", "unconfirmed")
    assert "people" not in {one["what"] for one in told["evidence"]}
    assert "None" not in told["text"]
    node.confirmed = True
    house.freezer.tick(86_400)
    (told,) = await _explain(house, boardroom)
    assert told["evidence"][-1]["what"] == "motion"
    assert f"(sensed at {day} " in told["text"]
    assert "next_poll_at" not in told
    live.apply([Count(first, 0, house.data.client.now())])
    (floor,) = await _explain(house, first)
    assert floor["reason"] == "nobody_counted"
    assert "It also changes when a space in it is occupied." in floor["text"]
