"""Live positions in tests: events of sensors, and those who look at them."""

import time
from typing import Any

from pytest_homeassistant_custom_component.common import MockUser
from pytest_homeassistant_custom_component.typing import MockHAClientWebSocket

from custom_components.butlr.map.topology import topology

from .scene import Scene


async def look(client: MockHAClientWebSocket, floor_id: str) -> Any:
    """Subscribe to the positions of a floor; return the answer."""
    await client.send_json_auto_id({"type": "butlr/positions", "floor_id": floor_id})
    return await client.receive_json()


async def events(client: MockHAClientWebSocket) -> list[dict[str, Any]]:
    """Return the events that have arrived since the last call."""
    await client.send_json_auto_id({"type": "ping"})
    found = []
    while (message := await client.receive_json())["type"] != "pong":
        found.append(message["event"])
    return found


async def drawing_of(scene: Scene, floor_id: str) -> Any:
    """Return the drawing of a floor as an administrator gets it."""
    (organization,) = (await topology(scene.hass, MockUser(is_owner=True).add_to_hass(scene.hass)))["organizations"]
    floors = [floor for building in organization["buildings"] for floor in building["floors"]]
    return next(floor["drawing"] for floor in floors if floor["id"] == floor_id)


def event_of(scene: Scene, name: str, *points: Any, age: float = 0.0, **metadata: Any) -> dict[str, Any]:
    """Return an event of the sensor in a room."""
    room = scene.simulator.estate.rooms[scene.room(name)]
    sensor = scene.simulator.estate.coverage.room_sensors(room.id, "presence")[0]
    return {
        "id": "event_1",
        "type": "DETECTIONS",
        "timestamp": round((time.time() - age) * 1000),
        "metadata": {
            "org_id": scene.simulator.estate.id,
            "floor_id": room.floor_id,
            "sensor_id": sensor.id.removeprefix("sensor_"),
            "mac_address": sensor.mac_address,
            **metadata,
        },
        "data": {"local": [[0.5, 0.5] for _ in points], "world": list(points)},
    }
