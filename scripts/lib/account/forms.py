"""Checks of which requests the reporting service accepts, and of the shapes of its answers."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, Final

from custom_components.butlr.api.answers import ID_PREFIXES
from custom_components.butlr.api.buckets import BUCKETS
from custom_components.butlr.api.questions import Asset, Calibration, Question
from custom_components.butlr.api.values import read_time

from .account import Account, changed, flat, last_hours
from .checks import Check, Verdict, many, undetermined, word
from .doors import estimates_question, traffic_question
from .presence import people_question

MAX_DEPTH: Final = 6


async def _rooms(account: Account) -> Question:
    return await people_question(account, Asset.ROOMS)


def _accepts(
    of: Callable[[Account], Awaitable[Question]], vary: Callable[[Question], dict[str, Any]]
) -> Callable[[Account], Awaitable[Verdict]]:
    """Return a check of whether a request body other than the integration's is accepted."""

    async def ask(account: Account) -> Verdict:
        question = await of(account)
        if not question.ids:
            return undetermined("there are no suitable spaces")
        usual = len((await account.rows(question)).raw)
        rows = await account.is_accepted(vary(question))
        if rows is None:
            return Verdict("rejected", f"the usual request has {many(usual, 'row')}")
        return Verdict("accepted", f"{many(len(rows), 'row')}, the usual request {usual}")

    return ask


def _relative(question: Question) -> dict[str, Any]:
    body = changed(question, "filter", start="-10m")
    del body["filter"]["stop"]
    return body


def _open(question: Question) -> dict[str, Any]:
    body = question.body()
    del body["filter"]["stop"]
    return body


def shape_of(data: Any, depth: int = 0) -> str:
    """Return how an answer is nested, in words: `{room: {time: [rows]}}`."""
    if isinstance(data, list):
        return f"[{shape_of(data[0], depth + 1) if data else ''}]".replace("[row]", "[rows]")
    if not isinstance(data, dict):
        return "value"
    if "value" in data:
        return "row"
    if not data:
        return "{}"
    if "count" in data or "mean" in data:
        return "figures"
    if depth > MAX_DEPTH:
        return "..."
    # Prefer a key with content.
    key, inner = max(data.items(), key=lambda item: isinstance(item[1], dict | list))
    return f"{{{_kind(str(key))}: {shape_of(inner, depth + 1)}}}"


def _kind(key: str) -> str:
    """Return what a key of a nested answer is."""
    if prefix := next((prefix for prefix in ID_PREFIXES if key.startswith(prefix)), None):
        return prefix.rstrip("_")
    if read_time(key) is not None:
        return "time"
    if key in ("in", "out"):
        return "direction"
    return "mac" if key.count("-") >= 5 or key.count(":") >= 5 else word(key)


def _shape(
    of: Callable[[Account], Awaitable[Question]], order: tuple[str, ...] = (), *, raw: bool = False
) -> Callable[[Account], Awaitable[Verdict]]:
    """Return a check of the shape of an answer."""

    async def ask(account: Account) -> Verdict:
        question = replace(await of(account), group_by=order, raw=raw)
        if not question.ids:
            return undetermined("there are no suitable spaces")
        data = await account.client.report(question.body())
        if not data:
            return undetermined("the answer is empty")
        shape = shape_of(data)
        if order or not raw:
            return Verdict(shape, f"order {', '.join(order) or 'none'}, raw {raw}: {many(len(data), 'item')}")
        return Verdict("flat" if isinstance(data, list) else "nested", f"raw alone: {shape}")

    return ask


async def _crossings(account: Account) -> Question:
    return last_hours(replace(await traffic_question(account), least=None), account.settled, 24, "1h")


async def _zones(account: Account) -> Question:
    return await people_question(account, Asset.ZONES)


async def _pages(account: Account) -> Verdict:
    question = await _rooms(account)
    if not question.ids:
        return undetermined("no room has an online presence sensor")
    answer = await account.client.report_whole(question.body())
    rows = len(list(flat(answer.get("data"))))
    if not isinstance(info := answer.get("page_info"), dict):
        return Verdict("not reported", f"{many(rows, 'row')}; the answer has {', '.join(map(word, sorted(answer)))}")
    counts_by_name = {name: info.get(name) for name in ("page_item_count", "total_item_count", "total_pages", "page")}
    counts = ", ".join(f"{name} {number}" for name, number in counts_by_name.items() if isinstance(number, int | None))
    counted = counts_by_name["total_item_count"]
    reading = "0" if counted == 0 and rows else "right" if counted == rows else "something else"
    return Verdict(reading, f"{many(rows, 'row')}: {counts}")


async def _paged(account: Account) -> Verdict:
    question = await _rooms(account)
    if not question.ids:
        return undetermined("no room has an online presence sensor")
    whole = len((await account.rows(question)).raw)
    rows = await account.is_accepted(question.body() | {"paginate": {"page": 1, "limit": 2}})
    if rows is None:
        return Verdict("rejected", "page 1 of 2 rows")
    reading = "honored" if len(rows) == 2 < whole else "ignored" if len(rows) == whole else "something else"
    return Verdict(reading, f"page 1 of 2 rows: {len(rows)} came, {whole} without")


async def _unknown_id(account: Account) -> Verdict:
    question = await _rooms(account)
    rows = await account.is_accepted(question.about((*question.ids, "room_000000000000000000000000000")).body())
    return Verdict("rejected" if rows is None else "skipped", f"{many(len(rows or ()), 'row')} beside it")


async def _buckets(account: Account) -> Verdict:
    question = await _rooms(account)
    if not question.ids:
        return undetermined("no room has an online presence sensor")
    day = last_hours(question, account.settled, 24, "1h").about(question.ids[:3])
    known = [every for every in BUCKETS if await account.is_accepted(replace(day, every=every).body()) is not None]
    missing = [every for every in BUCKETS if every not in known]
    return Verdict("all" if not missing else f"not {', '.join(missing)}", f"accepted: {', '.join(known) or 'none'}")


def _calibrated(value: Any) -> Callable[[Question], dict[str, Any]]:
    return lambda question: changed(question, "filter", calibrated=value)


async def _hour_estimates(account: Account) -> Question:
    return last_hours(await estimates_question(account), account.settled, 24, "1h")


CHECKS = (
    Check("stop_now", "Is a stop of `now` accepted?", _accepts(_rooms, lambda one: changed(one, "filter", stop="now"))),
    Check("no_stop", "Is a request without a stop accepted?", _accepts(_rooms, _open)),
    Check("relative_start", "Is a start of `-10m` accepted?", _accepts(_rooms, _relative)),
    Check(
        "option_precision",
        "Is the option precision accepted?",
        _accepts(_rooms, lambda one: changed(one, "options", format="json", precision="s")),
    ),
    Check(
        "option_timestamp",
        "Is the option timestamp accepted?",
        _accepts(_rooms, lambda one: changed(one, "options", format="json", timestamp="RFC3339")),
    ),
    Check(
        "null_on_incomplete",
        "Is the option null_on_incomplete accepted?",
        _accepts(_rooms, lambda one: changed(one, "options", null_on_incomplete=True)),
    ),
    Check(
        "calibrated_boolean",
        "Is `calibrated: true` accepted as a boolean?",
        _accepts(_hour_estimates, _calibrated(value=True)),
    ),
    Check("calibrated_yes", 'Is `calibrated: "yes"` accepted?', _accepts(_hour_estimates, _calibrated("yes"))),
    Check(
        "calibrated_raw",
        'Is `calibrated: "raw"` accepted?',
        _accepts(_hour_estimates, _calibrated(Calibration.RAW.value)),
    ),
    Check("bucket_lengths", "Which bucket lengths are accepted?", _buckets),
    Check("unknown_id", "What happens with a room that does not exist?", _unknown_id),
    Check("page_counts", "Do the counts in page_info match the rows?", _pages),
    Check("paginate", "Does paginate have an effect?", _paged),
    Check("shape", "What is the shape of an answer without group_by?", _shape(_rooms)),
    Check("shape_time", "And grouped by time?", _shape(_rooms, ("time",))),
    Check("shape_room_time", "And grouped by room and time?", _shape(_rooms, ("room_id", "time"))),
    Check("shape_room_time_raw", "And grouped by room and time, raw?", _shape(_rooms, ("room_id", "time"), raw=True)),
    Check("shape_zone_raw", "And grouped by zone, raw?", _shape(_zones, ("zone_id",), raw=True)),
    Check("shape_time_field", "And of crossings grouped by time and direction?", _shape(_crossings, ("time", "field"))),
    Check(
        "shape_room_field", "And of crossings grouped by room and direction?", _shape(_crossings, ("room_id", "field"))
    ),
    Check("raw_shape", "And raw without grouping?", _shape(_rooms, raw=True)),
)
