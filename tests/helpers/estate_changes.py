"""Changes at Butlr, drawn at random: everything that can come, go, move, or become another in an estate."""

from collections.abc import Callable
import random
import time
from typing import Any, Final

from tests.simulator import Simulator
from tests.simulator.additions import PARENTS, new_asset
from tests.simulator.estate import Estate

NAMES: Final = ("Atrium", "Library", "Nook", "Studio", "Atelier", "Salon", "Café", "CAFE", "Ground Floor", "2.07")
MODELS: Final = ("Heatic", "Heatic 2", "Heatic 2+", "Heatic2+")


class Rebuilding:
    """Changes a simulator's estate, one thing at a time."""

    def __init__(self, simulator: Simulator, rng: random.Random) -> None:
        """Prepare to change it by the dice of `rng`."""
        self._estate: Estate = simulator.estate
        self._rng = rng
        self._changes: tuple[Callable[[], str], ...] = (
            self.add,
            self.add,
            self.add,
            self.remove,
            self.remove,
            self.rename,
            self.move,
            self.move,
            self.resize,
            self.retype,
            self.reequip,
            self.recharge,
            self.disconnect,
            self.take_down,
            self.tag,
            self.rezone,
        )

    def change(self) -> str:
        """Change one thing; returns what, in words."""
        while True:
            if done := self._rng.choice(self._changes)():
                return done

    def add(self) -> str:
        """Add something somewhere."""
        estate = self._estate
        kind = self._rng.choice(("building", "floor", "room", "room", "zone", "hive", "sensor", "sensor", "tag"))
        homes: dict[str, Any] = {
            "site_id": estate.sites,
            "building_id": estate.buildings,
            "floor_id": estate.floors,
            "hive_id": estate.hives,
        }
        home = homes[PARENTS[kind]] if kind in PARENTS else {"": None}
        if not home:
            return ""
        asset: Any = new_asset(estate, self._rng, kind, self._rng.choice(list(home)))
        asset.name = self._rng.choice(NAMES)
        estate.add(asset)
        if kind == "sensor":
            self._equip(asset)
        return f"add {asset.id}"

    def remove(self) -> str:
        """Remove something; the last building with its last floor stays."""
        estate = self._estate
        kept: Any = self._rng.choice(
            (estate.rooms, estate.rooms, estate.zones, estate.sensors, estate.sensors, estate.hives, estate.tags)
            + ((estate.floors, estate.buildings) if self._rng.random() < 0.4 else ())
        )
        if not kept:
            return ""
        asset_id = self._rng.choice(list(kept))
        if kept is estate.floors or kept is estate.buildings:
            going = {asset_id, *(floor.id for floor in estate.floors.values() if floor.building_id == asset_id)}
            if not estate.floors.keys() - going or not estate.buildings.keys() - going:
                return ""
        estate.remove(asset_id)
        return f"remove {asset_id}"

    def rename(self) -> str:
        """Give something another name."""
        asset = self._some("buildings", "floors", "rooms", "zones", "sensors", "hives", "tags")
        if asset is None:
            return ""
        asset.name = self._rng.choice(NAMES)
        return f"rename {asset.id} to {asset.name}"

    def move(self) -> str:
        """Move something elsewhere, or take it down."""
        estate, rng = self._estate, self._rng
        asset = self._some("floors", "rooms", "zones", "sensors", "hives")
        if asset is None:
            return ""
        if asset.id in estate.floors:
            asset.building_id = rng.choice(list(estate.buildings))
        elif asset.id in estate.sensors:
            asset.hive_id = rng.choice([*estate.hives, "hive_gone"])
            asset.floor_id = rng.choice([*estate.floors, ""])
            asset.room_id = rng.choice([*estate.rooms, None, ""])
        else:
            asset.floor_id = rng.choice(list(estate.floors))
        return f"move {asset.id}"

    def resize(self) -> str:
        """Change a capacity."""
        asset = self._some("floors", "rooms", "zones")
        if asset is None:
            return ""
        asset.capacity_max = self._rng.choice((0, 0, 1, 8, 40))
        return f"capacity of {asset.id}"

    def retype(self) -> str:
        """Change the type of a room."""
        if room := self._some("rooms"):
            room.room_type = self._rng.choice((None, "Untagged", "office", "conference"))
            return f"type of {room.id}"
        return ""

    def reequip(self) -> str:
        """Set a sensor to something else."""
        if sensor := self._some("sensors"):
            self._equip(sensor)
            return f"equipment of {sensor.id}"
        return ""

    def recharge(self) -> str:
        """Change how a sensor is powered."""
        if sensor := self._some("sensors"):
            sensor.power_type = self._rng.choice(("Wired", "Battery", None))
            due = time.strftime("%Y-%m-%dT%H:%M:%S.41Z", time.gmtime(time.time() + 86400 * self._rng.randint(-50, 500)))
            sensor.battery_change_by_date = self._rng.choice((None, due))
            return f"power of {sensor.id}"
        return ""

    def disconnect(self) -> str:
        """Take hardware offline, or online again."""
        if device := self._some("sensors", "hives"):
            device.is_online = not device.is_online
            device.offline_since = int(time.time())
            return f"connection of {device.id}"
        return ""

    def take_down(self) -> str:
        """Take a sensor down, its row staying, or put it up again."""
        if sensor := self._some("sensors"):
            up = sensor.installation_status == "UNINSTALLED"
            sensor.installation_status = "INSTALLED" if up else "UNINSTALLED"
            return f"installation of {sensor.id}"
        return ""

    def tag(self) -> str:
        """Put a tag on other spaces."""
        estate = self._estate
        if tag := self._some("tags"):
            spaces = [*estate.floors, *estate.rooms, *estate.zones]
            tag.space_ids = self._rng.sample(spaces, min(len(spaces), self._rng.randint(0, 4)))
            return f"tag {tag.id}"
        return ""

    def rezone(self) -> str:
        """Attribute other sensors to a zone."""
        sensors = list(self._estate.sensors)
        if zone := self._some("zones"):
            zone.sensor_ids = self._rng.sample(sensors, min(len(sensors), self._rng.randint(0, 2)))
            return f"sensors of {zone.id}"
        return ""

    def _equip(self, sensor: Any) -> None:
        sensor.mode = self._rng.choice(("presence", "presence", "traffic"))
        sensor.model = self._rng.choice(MODELS)
        sensor.is_entrance = sensor.mode == "traffic" and self._rng.random() < 0.5
        sensor.room_id = self._rng.choice([*self._estate.rooms, None])

    def _some(self, *kinds: str) -> Any:
        """Return something of one of these kinds, if there is any."""
        kept = getattr(self._estate, self._rng.choice(kinds))
        return self._rng.choice(list(kept.values())) if kept else None
