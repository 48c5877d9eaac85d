"""What is added to an estate while the simulator runs: the smallest asset of its kind that makes sense."""

import random

from .blueprint import PLAIN
from .estate import Asset, Building, Estate, Floor, Hive, Room, Sensor, Tag, Zone
from .identifiers import new_id

PARENTS = {
    "building": "site_id",
    "floor": "building_id",
    "room": "floor_id",
    "zone": "floor_id",
    "hive": "floor_id",
    "sensor": "hive_id",
}
"""What an asset of each kind hangs on; a tag hangs on nothing."""


def new_asset(estate: Estate, rng: random.Random, kind: str, parent_id: str = "") -> Asset:
    """Return a new asset of some kind, not yet in the estate.

    Raises:
        KeyError: it would hang on something that does not exist.
        ValueError: there is no such kind.
    """
    name = f"New {kind}"
    match kind:
        case "building":
            return Building(new_id(rng, kind), name, estate.sites[parent_id].id, len(estate.buildings) + 1)
        case "floor":
            building = estate.buildings[parent_id]
            number = len(estate.coverage.floors_of.get(building.id, ()))
            return Floor(new_id(rng, "space"), name, building.id, number)
        case "room":
            return Room(new_id(rng, kind), name, estate.floors[parent_id].id)
        case "zone":
            return Zone(new_id(rng, kind), name, estate.floors[parent_id].id)
        case "hive":
            return Hive(new_id(rng, kind), name, f"{rng.getrandbits(64):016x}", estate.floors[parent_id].id)
        case "sensor":
            hive = estate.hives[parent_id]
            mac = f"00-17-0d-00-01-{rng.getrandbits(24):06x}"
            mac = f"{mac[:17]}-{mac[17:19]}-{mac[19:]}"
            return Sensor(new_id(rng, kind), name, mac, "presence", PLAIN, hive.floor_id, None, hive.id)
        case "tag":
            return Tag(new_id(rng, kind), name)
        case _:
            raise ValueError(f"add one of {', '.join((*PARENTS, 'tag'))}")
