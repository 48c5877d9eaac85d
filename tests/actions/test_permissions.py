"""Who may call the actions: users only about what they may read, automations about everything."""

from typing import Any

from homeassistant.auth.const import GROUP_ID_READ_ONLY, GROUP_ID_USER
from homeassistant.auth.models import User
from homeassistant.core import Context
from homeassistant.exceptions import Unauthorized, UnknownUser
import pytest

from tests.helpers.registries import find, target_of
from tests.helpers.scene import Scene
from tests.test_websocket_api import user_with


async def call(scene: Scene, user_id: str | None, *spaces: str, action: str = "get_topology") -> Any:
    """Call an action about spaces, or about everything without any."""
    target = target_of(scene.hass, scene.entry, *spaces) if spaces else {}
    return await scene.hass.services.async_call(
        "butlr", action, target, blocking=True, return_response=True, context=Context(user_id=user_id)
    )


async def group(scene: Scene, group_id: str) -> User:
    """Return a user of one of Home Assistant's own groups."""
    return await scene.hass.auth.async_create_user(group_id, group_ids=[group_id])


async def test_who_may_ask(scene: Scene, hass_admin_user: User) -> None:
    """A user with limits is answered about spaces only if all of them may be read; reading is not enough to import."""
    await scene.set_up()
    boardroom, focus = scene.room("Boardroom"), scene.room("Focus Room")
    (device,) = target_of(scene.hass, scene.entry, boardroom)["device_id"]
    guest = await user_with(scene.hass, "guest", {"entities": {"device_ids": {device: {"read": True}}}})
    partly = await user_with(
        scene.hass, "partly", {"entities": {"entity_ids": {"binary_sensor.boardroom_occupancy": {"read": True}}}}
    )
    reader, member = await group(scene, GROUP_ID_READ_ONLY), await group(scene, GROUP_ID_USER)
    for spaces in ((), (boardroom,), (boardroom, focus), (find(scene.simulator, "First Floor"),)):
        answer = await call(scene, guest.id, *spaces, action="find_available_rooms")
        assert ([room["id"] for room in answer["rooms"]], answer["considered"]) == ([boardroom], 1)
    for user_id in (None, reader.id, member.id, hass_admin_user.id):
        assert await call(scene, user_id)
    for user, room in ((guest, focus), (partly, boardroom)):
        with pytest.raises(Unauthorized):
            await call(scene, user.id, room)
    with pytest.raises(Unauthorized):
        await call(scene, guest.id, action="get_privacy_report")
    assert await call(scene, reader.id, action="get_privacy_report")
    with pytest.raises(UnknownUser):
        await call(scene, "gone", boardroom)
    with pytest.raises(Unauthorized):
        await call(scene, reader.id, boardroom, action="import_history")
