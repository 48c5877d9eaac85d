"""Home Assistant's database, read from outside and held against what happened in the simulator, hour by hour."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, time as wall_time
import json
from pathlib import Path
import sqlite3
from zoneinfo import ZoneInfo

from tests.helpers.statistics import HOUR, crossed, people
from tests.simulator import Simulator

KEYS = ("people", "entries_today", "exits_today")


@dataclass(frozen=True, slots=True)
class Verdict:
    """How many hours were compared, what was wrong, and of how many entities nothing is there yet, as it should be."""

    compared: int
    wrong: tuple[str, ...]
    waiting: int


class Database:
    """The statistics in the folder of a Home Assistant, and the cloud that they are of."""

    def __init__(self, folder: Path, simulator: Simulator, fallback: str) -> None:
        """Read while it runs or not; the simulator has the same past as that which it was connected to."""
        self._folder = folder
        self._simulator = simulator
        self._fallback = fallback

    def spaces(self, key: str) -> dict[str, str]:
        """Return the enabled entity of each floor, room and zone that shows a figure."""
        registry = json.loads((self._folder / ".storage" / "core.entity_registry").read_text())
        estate = self._simulator.estate
        ids = {f"{one}_{key}": one for one in (*estate.floors, *estate.rooms, *estate.zones)}
        return {
            ids[entity["unique_id"]]: entity["entity_id"]
            for entity in registry["data"]["entities"]
            if entity["platform"] == "butlr" and entity["unique_id"] in ids and not entity["disabled_by"]
        }

    def rows(self) -> dict[str, dict[int, tuple[float | None, ...]]]:
        """Return all hourly rows: mean, least, most, state, sum and last reset, by statistic and hour."""
        query = (
            "SELECT statistic_id, start_ts, mean, min, max, state, sum, last_reset_ts FROM statistics"
            " JOIN statistics_meta ON statistics_meta.id = metadata_id ORDER BY statistic_id, start_ts"
        )
        found: dict[str, dict[int, tuple[float | None, ...]]] = {}
        database = self._folder / "home-assistant_v2.db"
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
            for statistic_id, start, *figures in connection.execute(query):
                found.setdefault(statistic_id, {})[int(start)] = tuple(figures)
        return found

    def judge(self, start: int, stop: int, recorded: int, silent: set[str]) -> Verdict:
        """Compare the hours of [start, stop); counts from `recorded` on are the recorder's own, seen by polls.

        Of the `silent` entities, which show nothing, sums need not be there: the recorder would not go on from them.
        """
        rows = self.rows()
        sums = {entity_id for key in KEYS[1:] for entity_id in self.spaces(key).values()}
        waiting = (silent & sums) - rows.keys()
        compared, wrong = 0, []
        for entity_id, hour, found, truth in self._pairs(rows, start, stop, recorded):
            if entity_id in waiting:
                continue
            compared += 1
            same = found == truth or (
                found is not None
                and truth is not None
                and all(a is not None and abs(a - b) < 1e-6 for a, b in zip(found, truth, strict=True))
            )
            if not same:
                wrong.append(f"{entity_id} {datetime.fromtimestamp(hour, UTC)}: {found} instead of {truth}")
        return Verdict(compared, tuple(wrong), len(waiting))

    def _pairs(
        self, rows: dict[str, dict[int, tuple[float | None, ...]]], start: int, stop: int, recorded: int
    ) -> Iterator[tuple[str, int, tuple[float | None, ...] | None, tuple[float, ...] | None]]:
        for space_id, entity_id in self.spaces("people").items():
            known = rows.get(entity_id, {})
            for hour in range(start, min(stop, recorded), HOUR):
                found = known.get(hour)
                yield entity_id, hour, found and found[:3], people(self._simulator, space_id, hour)
        for position, key in enumerate(KEYS[1:]):
            for space_id, entity_id in self.spaces(key).items():
                known = rows.get(entity_id, {})
                zone = ZoneInfo(self._simulator.estate.site_of(space_id).timezone or self._fallback)
                before = (known[start - HOUR][4] or 0.0) if start - HOUR in known else 0.0
                for hour in range(start, stop, HOUR):
                    day = datetime.fromtimestamp(hour + HOUR - 1, zone).date()
                    midnight = int(datetime.combine(day, wall_time(), zone).timestamp())
                    truth = (
                        crossed(self._simulator, space_id, hour, hour + HOUR)[position],
                        crossed(self._simulator, space_id, midnight, hour + HOUR)[position],
                        midnight,
                    )
                    found = known.get(hour)
                    total = before if found is None else (found[4] or 0.0)
                    yield entity_id, hour, found and (total - before, found[3], found[5]), truth
                    before = total
