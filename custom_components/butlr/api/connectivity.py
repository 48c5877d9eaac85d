"""Whether some sensors are heard right now, without asking for the whole estate."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from .client import ButlrClient
from .errors import ButlrResponseError
from .estate import Estate, Sensor
from .queries import connectivity

# How many sensors are asked about at once.
CONNECTIVITY_BATCH_SIZE: Final = 500


async def is_connectivity_unchanged(client: ButlrClient, estate: Estate, sensors: Iterable[Sensor]) -> bool:
    """Ask whether sensors, and the hives that they report through, are as online as the estate has them.

    Raises what ButlrClient.graphql raises. What is not answered for is no news.
    """
    wanted = {sensor.id: sensor for sensor in sensors}
    ids = list(wanted)
    for start in range(0, len(ids), CONNECTIVITY_BATCH_SIZE):
        some = [wanted[sensor_id] for sensor_id in ids[start : start + CONNECTIVITY_BATCH_SIZE]]
        hives = {hive.id: hive for sensor in some if (hive := estate.hive_of(sensor))}
        data = await client.graphql(connectivity((sensor.id for sensor in some), hives))
        sensors_online, hives_online = _online(data, "sensors", "is_online"), _online(data, "hives", "isOnline")
        if any(sensors_online.get(one.id, one.online) != one.online for one in some) or any(
            hives_online.get(hive.id, hive.online) != hive.online for hive in hives.values()
        ):
            return False
    return True


def _online(data: Mapping[str, Any], root: str, field: str) -> dict[str, bool]:
    """Return which of the rows of a root say that they are online, or that they are not."""
    wrapper = data.get(root)
    rows = wrapper.get("data") if isinstance(wrapper, dict) else None
    if not isinstance(rows, list):
        raise ButlrResponseError(f"The answer has no {root}")
    return {
        row["id"]: row[field]
        for row in rows
        if isinstance(row, dict) and isinstance(row.get("id"), str) and isinstance(row.get(field), bool)
    }
