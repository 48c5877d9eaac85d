"""The example estate: one building, two floors, five rooms, four zones, eight sensors, two hives, three tags."""

from typing import Any

from custom_components.butlr.api.estate import Estate
from custom_components.butlr.api.estate_reader import build_estate

from .cloud import example

ORGANIZATION = "org_3COLkZsaPOJlseov3sNHfye9FSS"
SITE = "site_3CPAzCG0PTHr58vQ69wOU0ZSikf"
BUILDING = "building_3CaFJs8UBQ2TrvNjanoR9hV3EWV"
GROUND = "space_3C7c9ddvP9G5KtDbUDFg85I67Ii"
FIRST = "space_3CY8eBSiuJDZ9zsxQXtKKYh1WzR"
LOBBY = "room_3CaxkS7gnoNgWDdKm4R4APZ9UMR"
CAFE = "room_3CwgMz2aT9pYnQGXtz4EbERIpAa"
BOARDROOM = "room_3CgFEPgRrxTrfEtSxj0tLkUG5yz"
FOCUS = "room_3C4MPqmPy4T9GGLsqnY11wnVxa8"
BOOTH = "room_3Cd1Yh0o7keYbkntYclY3ZZthJi"
RECEPTION_DESK = "zone_3C2GH1b05xEKWwEw6IfqYf9ytwa"
WINDOW_SEATS = "zone_3C1BWzajvLrlPn37R23X6laV9Wz"
DESKS_A = "zone_3C2A7gAzkymUhNF2KsZ0HYvZ9lO"
DESKS_B = "zone_3CAlUpabjjwKvaa8cGyNfEHP8na"
MAIN_ENTRANCE = "sensor_3CjbGjqKXULvf5SckI5vEbE1sbH"
CAFE_DOOR = "sensor_3C8K1t3JBgmFEa5vvwrdWZC6yWL"
BOARDROOM_CEILING = "sensor_3CQw0g1Jx29xUIzTfagoDTiIhrk"
FOCUS_CEILING = "sensor_3Ckae2mR1LvHQBF0gOnU65bjiWJ"
BOOTH_SENSOR = "sensor_3CP56e5eb5fD6uNIafFhO24HbTs"
DESKS_A_SENSOR = "sensor_3CpMfCCSK5mijvei6JePS8KXVK8"
DESKS_B_SENSOR = "sensor_3Chhn6f9rHUHb76uKiDDoQh67qn"
RECEPTION = "sensor_3C5F6wOebVl9qY0bWSHsWweDlTD"
MIRROR = "sensor_3Cro45xD61o2Giub8RjyXKSdSgi"
GROUND_HIVE = "hive_3C1ffeYJkbTB1CBQOGO1ZwaSD13"
FIRST_HIVE = "hive_3CRZHhrvIGuxTcYcwZwExPtFK2u"
MEETING_ROOM = "tag_3CMZ3r29oN09acL5dMXvjTiX5VM"
QUIET = "tag_3Cd9vFq0mJUQnu30tJJ09VMWuZz"
PHONE_BAN = "tag_3CxgR9GHi7X1ybTdc7cPjSw58VN"


class Answers:
    """The `data` of the three answers, which a test may change before it builds an estate."""

    def __init__(self) -> None:
        """Read the examples, including rows that must be filtered."""
        self.topology: dict[str, Any] = {
            **example("graphql-sites-topology")["data"],
            **example("graphql-tags")["data"],
        }
        self.sensors: dict[str, Any] = example("graphql-sensors-with-placeholders")["data"]
        self.hives: dict[str, Any] = example("graphql-hives-with-placeholders")["data"]

    @property
    def site(self) -> Any:
        """Return the row of the site."""
        return self.topology["sites"]["data"][0]

    @property
    def building(self) -> Any:
        """Return the row of the building."""
        return self.site["buildings"][0]

    def of(self, asset_id: str) -> Any:
        """Return the row of a floor, room, zone, sensor, hive or tag."""
        floors = self.building["floors"]
        spaces = [row for floor in floors for kind in ("rooms", "zones") for row in floor[kind] or ()]
        devices = [*self.sensors["sensors"]["data"], *self.hives["hives"]["data"]]
        rows = [*floors, *spaces, *devices, *self.topology["tags"]]
        return next(row for row in rows if row["id"] == asset_id)

    def build(self) -> Estate:
        """Build the estate."""
        return build_estate(self.topology, self.sensors, self.hives)
