"""Check whether a few sensors are online without reading the whole estate."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from .client import ButlrClient
from .errors import ButlrResponseError
from .estate import Estate, Sensor
from .queries import connectivity

# Sensors per request.
CONNECTIVITY_BATCH_SIZE: Final = 500


async def is_connectivity_unchanged(client: ButlrClient, estate: Estate, sensors: Iterable[Sensor]) -> bool:
    """Return whether sensors, and the hives they report through, are as online as the estate says.

    Devices missing from the answer count as unchanged. Raises what ButlrClient.graphql raises.
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
    """Return the online state, by id, of the rows of a root that have one."""
    wrapper = data.get(root)
    rows = wrapper.get("data") if isinstance(wrapper, dict) else None
    if not isinstance(rows, list):
        raise ButlrResponseError(f"The answer has no {root}")
    return {
        row["id"]: row[field]
        for row in rows
        if isinstance(row, dict) and isinstance(row.get("id"), str) and isinstance(row.get(field), bool)
    }
