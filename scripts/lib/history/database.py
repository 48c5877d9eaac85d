"""Home Assistant's database, read from outside and compared with the simulator hour by hour."""

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
class DatabaseCheck:
    """The number of compared hours, the wrong ones, and the number of entities whose sums are rightly not there yet."""

    compared: int
    wrong: tuple[str, ...]
    waiting: int


class Database:
    """The statistics in the configuration folder of Home Assistant."""

    def __init__(self, folder: Path, simulator: Simulator, fallback: str) -> None:
        """Prepare; the simulator must have the same past as the one that Home Assistant was connected to."""
        self._folder = folder
        self._simulator = simulator
        self._fallback = fallback

    def spaces(self, key: str) -> dict[str, str]:
        """Return the enabled entity with a key, by floor, room or zone."""
        registry = json.loads((self._folder / ".storage" / "core.entity_registry").read_text())
        estate = self._simulator.estate
        ids = {f"{one}_{key}": one for one in (*estate.floors, *estate.rooms, *estate.zones)}
        return {
            ids[entity["unique_id"]]: entity["entity_id"]
            for entity in registry["data"]["entities"]
            if entity["platform"] == "butlr" and entity["unique_id"] in ids and not entity["disabled_by"]
        }

    def rows(self) -> dict[str, dict[int, tuple[float | None, ...]]]:
        """Return all hourly rows (mean, min, max, state, sum, last reset) by statistic and hour."""
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

    def check(self, start: int, stop: int, recorded: int, silent: set[str]) -> DatabaseCheck:
        """Compare the hours of [start, stop); counts before `recorded` only: later ones were polled.

        The sums of `silent` entities, which have no state, may be missing: the recorder could not continue them.
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
        return DatabaseCheck(compared, tuple(wrong), len(waiting))

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
