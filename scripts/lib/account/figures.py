"""Checks of statistics v4 and of heatmaps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from custom_components.butlr.api.buckets import DAY
from custom_components.butlr.api.errors import ButlrError, ButlrForbiddenError, ButlrNotFoundError
from custom_components.butlr.api.heatmap import HEATMAP_PATHS, read_cells
from custom_components.butlr.api.questions import WEEKDAYS, TimeConstraints, rfc3339
from custom_components.butlr.api.statistics import STATISTICS_PATH, Statistic
from custom_components.butlr.api.values import read_number

from .account import Account, is_refused
from .checks import Check, Verdict, many, undetermined, words
from .forms import shape_of

# Days, and spaces at most, per request for statistics.
DAYS: Final = 14
MAX_ROOMS: Final = 5
# The key of the list of cells, according to one version of the page.
CELLS: Final = "array_cells"
_UNKNOWN: Final = "room_000000000000000000000000000"


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request for statistics and its answer; None if it was refused."""

    ids: tuple[str, ...]
    data: Any

    @property
    def figures(self) -> list[float]:
        """Return the values, whatever they are called."""
        return [number for one in self.ids for number in _numbers(self.data, one)]


def _numbers(data: Any, space_id: str) -> list[float]:
    figures = data.get(space_id) if isinstance(data, Mapping) else None
    return [number for one in figures.values() if (number := read_number(one)) is not None] if figures else []


async def _ask(account: Account, *, extra: Sequence[str] = (), **fields: Any) -> _Asked:
    """Request the average of some rooms of one time zone, with other fields than usual."""
    estate = await account.estate()
    by_zone: dict[str | None, list[str]] = {}
    for room in await account.counted("rooms"):
        by_zone.setdefault(estate.site_of(estate.rooms[room]).time_zone, []).append(room)
    ids = (*max(by_zone.values(), key=len, default=[])[:MAX_ROOMS], *extra)
    stop = account.settled // DAY * DAY
    body = {
        "measurements": [Statistic.AVERAGE.value],
        "items": list(ids),
        "start": rfc3339(stop - DAYS * DAY),
        "stop": rfc3339(stop),
    } | fields
    try:
        return _Asked(ids, await account.client.report(body, path=STATISTICS_PATH))
    except ButlrError as err:
        if is_refused(err):
            return _Asked(ids, None)
        raise


async def _weekdays(account: Account) -> Verdict:
    usual = await _ask(account)
    if not usual.figures:
        return undetermined("there are no statistics for the last two weeks")
    applied, results = [], []
    for name, spelled in (("capitalized", str.capitalize), ("lower", str.lower)):
        asked = await _ask(account, filters=TimeConstraints(without_weekdays=WEEKDAYS).body(spelled))
        results.append(f"{name} {'refused' if asked.data is None else many(len(asked.figures), 'value')}")
        if asked.data is not None and asked.figures != usual.figures and not any(asked.figures):
            applied.append(name)
    evidence = f"all seven days excluded: {', '.join(results)}; none excluded: {many(len(usual.figures), 'value')}"
    return Verdict("any" if len(applied) == 2 else applied[0] if applied else "ignored", evidence)


async def _shape(account: Account) -> Verdict:
    asked = await _ask(account)
    if not asked.figures:
        return undetermined("there are no statistics for the last two weeks")
    keys = {key for one in asked.ids for key in (asked.data.get(one) or {})}
    named, summed = Statistic.AVERAGE.value in keys, bool(keys & {"mean", "median", "count"})
    reading = "both" if named and summed else "measurement" if named else "summary" if summed else "something else"
    return Verdict(reading, f"{shape_of(asked.data)}, named {words(keys)}")


async def _relative(account: Account) -> Verdict:
    asked = await _ask(account, start="-7d", stop="-1d")
    return Verdict("rejected" if asked.data is None else "accepted", f"-7d to -1d: {many(len(asked.figures), 'value')}")


async def _dates(account: Account) -> Verdict:
    stop = account.settled // DAY * DAY
    asked = await _ask(account, start=rfc3339(stop - 7 * DAY)[:10], stop=rfc3339(stop)[:10])
    return Verdict(
        "rejected" if asked.data is None else "accepted", f"plain dates: {many(len(asked.figures), 'value')}"
    )


async def _zones(account: Account) -> Verdict:
    estate = await account.estate()
    zones = {estate.site_of(estate.rooms[room]).time_zone: room for room in await account.counted("rooms", 10**6)}
    if len(zones) < 2:
        return undetermined("all suitable rooms are in one time zone")
    asked = await _ask(account, items=list(zones.values()))
    found = sum(bool(_numbers(asked.data, room)) for room in zones.values())
    evidence = f"rooms of {many(len(zones), 'zone')}: {found} of them were answered"
    return Verdict("rejected" if asked.data is None else "accepted", evidence)


async def _missing(account: Account) -> Verdict:
    asked = await _ask(account, extra=[_UNKNOWN])
    if asked.data is None:
        return Verdict("rejected", "a room that does not exist, beside others")
    there = isinstance(asked.data, Mapping) and _UNKNOWN in asked.data
    return Verdict("null" if there else "absent", f"{many(len(asked.figures), 'value')} of the others")


async def _known(account: Account) -> Verdict:
    known = [one.value for one in Statistic if (await _ask(account, measurements=[one.value])).data is not None]
    missing = set(Statistic) - set(known)
    return Verdict("all" if not missing else f"not {words(missing)}", f"{len(known)} of {len(Statistic)} accepted")


# --- heatmaps -------------------------------------------------------------------------------------------------------


async def _heatmap(account: Account, path: str, **options: Any) -> Any:
    """Return a whole heatmap of a floor with people; None if there is none at that path."""
    floor = (await account.counted("floors", 1) or tuple((await account.estate()).floors))[:1]
    if not floor:
        return None
    options = {"grid_resolution": 1.0, "heatmap_type": "occupancy", **options}
    body = {
        "data_types": ["heatmap_v2"],
        "filter": {
            "space_id": floor[0],
            "start": rfc3339(account.settled - 7 * DAY),
            "stop": rfc3339(account.settled),
            "omit_empty_value": True,
        },
        "window": {"heatmap_v2_options": options},
    }
    try:
        return await account.client.report_whole(body, path=path)
    except ButlrNotFoundError, ButlrForbiddenError:
        return None


async def _some_heatmap(account: Account, **options: Any) -> Any:
    """Return a whole heatmap from the first path that has one; None if there is none."""
    for path in HEATMAP_PATHS:
        if (answer := await _heatmap(account, path, **options)) is not None:
            return answer
    return None


async def _heatmap_path(account: Account) -> Verdict:
    answers = {path: await _heatmap(account, path) for path in HEATMAP_PATHS}
    there = [path for path, answer in answers.items() if answer is not None]
    evidence = ", ".join(f"{path} {'answers' if path in there else 'does not'}" for path in answers)
    return Verdict("both" if len(there) == len(HEATMAP_PATHS) else there[0] if there else "neither", evidence)


async def _heatmap_shape(account: Account) -> Verdict:
    if (answer := await _some_heatmap(account)) is None:
        return undetermined("there are no heatmaps")
    shape = shape_of(answer)
    if not (cells := len(list(read_cells(answer)))):
        return undetermined(f"the heatmap of a week has no cell: {shape}")
    data = answer.get("data", answer) if isinstance(answer, dict) else answer
    evidence = f"{many(cells, 'cell')}: {shape}"
    if "row" in shape:
        return Verdict("objects", evidence)
    if isinstance(data, dict):
        return Verdict("object" if CELLS in data else "something else", evidence)
    return Verdict("wrapped" if isinstance(data[0], dict) else "bare", evidence)


async def _heatmap_fields(account: Account) -> Verdict:
    if (answer := await _some_heatmap(account)) is None:
        return undetermined("there are no heatmaps")
    fields: set[str] = set()
    node = answer
    while isinstance(node, dict | list) and node:
        if isinstance(node, dict):
            fields.update(node)
            node = next((inner for inner in node.values() if isinstance(inner, dict | list)), None)
        else:
            node = node[0]
    values = [cell["value"] for cell in read_cells(answer)]
    evidence = f"{many(len(values), 'value')} from {min(values, default=0):.3g} to {max(values, default=0):.3g}"
    return Verdict(words(fields), evidence)


async def _normalize(account: Account) -> Verdict:
    if await _some_heatmap(account) is None:
        return undetermined("there are no heatmaps")
    try:
        answer = await _some_heatmap(account, normalize=True)
    except ButlrError as err:
        if is_refused(err):
            return Verdict("rejected", "normalize: true")
        raise
    values = [cell["value"] for cell in read_cells(answer)]
    return Verdict("accepted", f"normalize: true: {many(len(values), 'value')} up to {max(values, default=0):.3g}")


CHECKS = (
    Check("stats_shape", "Under which names do statistics return values?", _shape),
    Check("stats_known", "Which of the documented statistics are accepted?", _known),
    Check("weekday_case", "Which spelling of weekdays do statistics apply?", _weekdays),
    Check("stats_relative", "Do statistics accept relative times?", _relative),
    Check("stats_dates", "Do statistics accept plain dates?", _dates),
    Check("stats_zones", "Can one request for statistics span two time zones?", _zones),
    Check("stats_missing", "How do statistics answer for an id that does not exist?", _missing),
    Check("heatmap_path", "At which path are heatmaps?", _heatmap_path),
    Check("heatmap_shape", "How are the cells of a heatmap wrapped?", _heatmap_shape),
    Check("heatmap_fields", "Which fields does a heatmap have?", _heatmap_fields),
    Check("heatmap_normalize", "Is the option normalize accepted?", _normalize),
)
