"""Checks of people counts: the label of rows, and rows that mean nothing."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Final

from custom_components.butlr.api.answers import read_rows
from custom_components.butlr.api.buckets import BUCKETS, DAY, HOUR, bucket_start, zone_named
from custom_components.butlr.api.errors import ButlrError
from custom_components.butlr.api.labels import find_label
from custom_components.butlr.api.questions import (
    PEOPLE_MEASUREMENTS,
    PRESENCE_TIME_MEASUREMENTS,
    Asset,
    Measurement,
    Question,
    full_minute,
)

from .account import Account, Answer, ids_of, is_refused, last_hours
from .checks import Check, Verdict, many, undetermined, word, words

# Seconds; the range of most requests.
MINUTES: Final = 600.0
WEEK: Final = 7 * DAY
# How many spaces are read for a week.
MAX_SPACES: Final = 20
_KINDS: Final = {Asset.ROOMS: "rooms", Asset.FLOORS: "floors", Asset.ZONES: "zones"}


async def people_question(account: Account, asset: Asset) -> Question:
    """Return a question about the people in some spaces, by the minute, in a range that has ended."""
    ids = await (account.rooms_of_tags() if asset is Asset.TAGS else account.counted(_KINDS[asset]))
    stop = account.settled
    group = ("tag_id", "time") if asset is Asset.TAGS else ()
    return Question(
        measurement=PEOPLE_MEASUREMENTS[asset],
        asset=asset,
        ids=ids,
        start=stop - MINUTES,
        stop=stop,
        every="1m",
        group_by=group,
    )


async def label_found(account: Account, *questions: Question) -> Verdict:
    """Send questions until an answer reveals the label of its rows."""
    received = 0
    for question in questions:
        if not question.ids:
            return undetermined("there are no suitable spaces")
        answer = await account.rows(question, halvings=2)
        received += len(answer.rows)
        for candidate in (answer, *[one async for one in _single_buckets(account, answer)]):
            if label := find_label(candidate.question, candidate.timestamps):
                account.client.findings.note(f"label.{candidate.question.measurement}", label)
                evidence = (
                    f"requested {many(candidate.question.buckets, 'bucket')} of {candidate.question.every}: "
                    f"{many(len(candidate.rows), 'row')} of {many(ids_of(candidate.rows), 'space')}, with the "
                    f"{label} of the range as the time of a row"
                )
                return Verdict(label.value, evidence)
    return undetermined(f"{many(received, 'row')} came, none of them at an end of the range")


async def _single_buckets(account: Account, answer: Answer) -> AsyncIterator[Answer]:
    """Request the buckets before and after the newest row alone; if rows are rare, none is at an end of the range."""
    question, length = answer.question, BUCKETS[answer.question.every]
    zone = zone_named(question.time_zone)
    if find_label(question, answer.timestamps):
        return
    for timestamp in sorted(answer.timestamps, reverse=True)[:2]:
        if bucket_start(timestamp, question.every, zone) != timestamp:
            continue
        for start in (timestamp - length, timestamp):
            if start + length <= account.client.now():
                yield await account.rows(replace(question, start=start, stop=start + length))


def _label(asset: Asset) -> Callable[[Account], Awaitable[Verdict]]:
    async def ask(account: Account) -> Verdict:
        question = await people_question(account, asset)
        return await label_found(account, question, last_hours(question, account.settled, 24, "1h"))

    return ask


async def _label_of_presence_time(account: Account) -> Verdict:
    ids = await account.counted("floors")
    stop = account.settled
    question = Question(
        measurement=PRESENCE_TIME_MEASUREMENTS[Asset.FLOORS],
        asset=Asset.FLOORS,
        ids=ids,
        start=stop - MINUTES,
        stop=stop,
        every="1m",
        function="sum",
    )
    return await label_found(account, question, last_hours(question, stop, 24, "1h"))


def _exists(measurement: Measurement, asset: Asset, every: str = "1h") -> Callable[[Account], Awaitable[Verdict]]:
    """Return a check of whether a measurement exists whose name is inferred."""

    async def ask(account: Account) -> Verdict:
        if not (ids := await account.counted(_KINDS[asset], MAX_SPACES)):
            return undetermined("no space of this kind has an online presence sensor")
        question = Question(measurement=measurement, asset=asset, ids=ids, start=0, stop=0, every=every, function="sum")
        try:
            answer = await account.rows(last_hours(question, account.settled, 24, every), halvings=1)
        except ButlrError as err:
            if not is_refused(err):
                raise
            return Verdict("refused", f"requested for {many(len(ids), 'space')}: {type(err).__name__}")
        reading = "exists" if answer.raw else "no rows"
        return Verdict(reading, f"{many(len(answer.raw), 'row')} of {many(len(ids), 'space')} in 24 hours")

    return ask


async def _presence_time_unit(account: Account) -> Verdict:
    floors = await account.counted("floors", MAX_SPACES)
    question = Question(
        measurement=PRESENCE_TIME_MEASUREMENTS[Asset.FLOORS],
        asset=Asset.FLOORS,
        ids=floors,
        start=0,
        stop=0,
        every="1h",
        function="sum",
        least=1,
    )
    times = await account.rows(last_hours(question, account.settled, 72, "1h"), halvings=2)
    people = replace(times.question, measurement=PEOPLE_MEASUREMENTS[Asset.FLOORS], function="mean")
    crowd = await account.rows(people, halvings=2)
    longest = max((row.value or 0 for row in times.rows), default=0.0)
    most = max((row.value or 0 for row in crowd.rows), default=0.0)
    evidence = f"at most {longest:.0f} s in an hour, with at most {most:.1f} people on average"
    if longest > HOUR * 1.01:
        return Verdict("each person counts", evidence)
    return (
        Verdict("with anybody", evidence)
        if most > 1.5 and longest
        else undetermined(f"too few people were present: {evidence}")
    )


async def _dead(account: Account, ids: tuple[str, ...]) -> Answer:
    stop = account.settled
    question = Question(
        measurement=Measurement.ROOM_OCCUPANCY, asset=Asset.ROOMS, ids=ids, start=stop - MINUTES, stop=stop
    )
    return await account.rows(question)


def _rows_without_presence(
    who: Callable[[Account], Awaitable[tuple[str, ...]]], what: str
) -> Callable[[Account], Awaitable[Verdict]]:
    """Return a check of the rows of rooms in which nothing senses people."""

    async def ask(account: Account) -> Verdict:
        if not (ids := await who(account)):
            return undetermined(f"no room is {what}")
        answer = await _dead(account, ids)
        spaces = {row.space_id for row in answer.rows}
        values = [row.get("value") for row in answer.raw]
        more = sum(bool(value) for value in values)
        evidence = (
            f"{len(spaces)} of {many(len(ids), 'room')} {what} have rows: {values.count(0)} of 0, {more} above 0, "
            f"{values.count(None)} of null"
        )
        reading = "none" if not spaces else "people" if more else "null" if 0 not in values else "zero"
        return Verdict(reading, evidence)

    return ask


async def _marks(account: Account) -> Verdict:
    blind = (*await account.dead(), *await account.doors_only())
    answers = [await _dead(account, blind), await _week(account)]
    rows = [(answer.question, row) for answer in answers for row in answer.raw]
    marked = [row for question, row in rows if any(one.value is None for one in read_rows(question, [row]))]
    carried = {key for _, row in rows for key in row if _is_mark(key)}
    evidence = f"{len(marked)} of {many(len(rows), 'row')} are marked; mark fields: {words(carried)}"
    if marked:
        spelled = {next(filter(_is_mark, row), "null_value") for row in marked}
        return Verdict(words(spelled), evidence)
    return Verdict("none", evidence) if answers[0].raw else undetermined(f"every room has an online sensor; {evidence}")


def _is_mark(key: str) -> bool:
    """Return whether a field is about missing data."""
    return "incomplete" in key.lower() or "null" in key.lower()


async def _week(account: Account) -> Answer:
    question = await people_question(account, Asset.ROOMS)
    some = last_hours(question.about(question.ids[:MAX_SPACES]), account.settled, WEEK / HOUR, "1h")
    return await account.rows(some, halvings=3)


async def _incomplete_week(account: Account) -> Verdict:
    answer = await _week(account)
    if not answer.rows:
        return undetermined("there are no rows for a week")
    unusable = sum(row.value is None for row in answer.rows)
    return Verdict("occurs" if unusable else "none", f"{unusable} of {many(len(answer.rows), 'row')} of a week")


async def _running_minute(account: Account) -> Verdict:
    question = await people_question(account, Asset.ROOMS)
    if not question.ids:
        return undetermined("no room has an online presence sensor")
    now = account.client.now()
    minute_start = full_minute(now)
    if now - minute_start < 2:
        # A minute that has just started has no data yet.
        await account.sleep(5)
        now = account.client.now()
    answer = await account.rows(replace(question, start=minute_start - MINUTES / 2, stop=now))
    if not answer.rows:
        return undetermined("there were no rows")
    newest = max(answer.timestamps)
    label = account.found.get("label.room_occupancy")
    evidence = (
        f"requested {now - minute_start:.0f} s after the full minute: the time of the newest row is "
        f"{newest - minute_start:+.0f} s from it"
    )
    if label is None and newest == minute_start:
        return undetermined(f"the label of rows is unknown; {evidence}")
    comes = newest > minute_start or (newest == minute_start and label == "start")
    return Verdict("yes" if comes else "no", evidence)


async def _zero_rows(account: Account) -> Verdict:
    question = last_hours(await people_question(account, Asset.ROOMS), account.settled, 12, "1h")
    with_bound = await account.rows(replace(question, function="median"), halvings=1)
    without = await account.rows(replace(question, function="median", least=None), halvings=1)
    asked, free = (sum(row.value == 0 for row in answer.rows) for answer in (with_bound, without))
    evidence = f"{asked} of {many(len(with_bound.rows), 'row')} with gte 0, {free} of {len(without.rows)} without"
    if not asked and not free:
        return undetermined(f"no room was empty, or there are no rows of 0: {evidence}")
    return Verdict("always" if free else "only with gte 0", evidence)


async def _sorted(account: Account) -> Verdict:
    question = await people_question(account, Asset.ROOMS)
    answer = await account.rows(question)
    timestamps = [row.timestamp for row in answer.rows]
    if len(set(timestamps)) < 2 or ids_of(answer.rows) < 2:
        return undetermined("there were too few rows")
    series: dict[str, list[float]] = {}
    for row in answer.rows:
        series.setdefault(row.space_id, []).append(row.timestamp)
    within = all(times == sorted(times) for times in series.values())
    switches = sum(one.space_id != other.space_id for one, other in zip(answer.rows, answer.rows[1:], strict=False))
    evidence = f"{many(len(timestamps), 'row')} of {many(len(series), 'space')}, {switches} switches between spaces"
    if timestamps == sorted(timestamps):
        return Verdict("by time", evidence)
    return Verdict("by space, each by time" if within and switches < len(series) else "unsorted", evidence)


async def _repeated(account: Account) -> Verdict:
    answer = await account.rows(await people_question(account, Asset.ROOMS))
    names = {row.get("measurement") for row in answer.raw}
    if not names:
        return undetermined("there were no rows")
    fields = {row.get("field") for row in answer.raw}
    reading = "repeated" if names == {Measurement.ROOM_OCCUPANCY.value} else "renamed"
    return Verdict(reading, f"requested room_occupancy: measurement {words(names)}, field {words(fields)}")


async def _row_fields(account: Account) -> Verdict:
    answer = await account.rows(await people_question(account, Asset.ROOMS))
    if not answer.raw:
        return undetermined("there were no rows")
    empty = {key for row in answer.raw for key, value in row.items() if value == ""}
    null = {key for row in answer.raw for key, value in row.items() if value is None}
    reading = "empty" if empty and not null else "null" if null and not empty else "both" if empty else "neither"
    return Verdict(reading, f"fields: {words({word(key) for row in answer.raw for key in row})}; empty: {words(empty)}")


async def _fractions(account: Account) -> Verdict:
    question = await people_question(account, Asset.ROOMS)
    answer = await account.rows(replace(last_hours(question, account.settled, 24, "1h"), function="mean", least=0.01))
    broken = sum(row.value is not None and row.value % 1 > 0 for row in answer.rows)
    if not answer.rows:
        return undetermined("nobody was present within a day")
    return Verdict("fractions" if broken else "whole", f"{broken} of {many(len(answer.rows), 'hourly mean')}")


async def _tag_filter(account: Account) -> Verdict:
    question = replace(await people_question(account, Asset.TAGS), measurement=Measurement.ROOM_OCCUPANCY, group_by=())
    if not question.ids:
        return undetermined("no tag is on a room with an online presence sensor")
    answer = await account.rows(question)
    rooms = {row.get("room_id") for row in answer.raw}
    tagged = sum(bool(row.get("tag_id")) for row in answer.raw)
    reading = "expanded to rooms" if rooms else "no rows"
    return Verdict(reading, f"{many(len(answer.raw), 'row')} of {many(len(rooms), 'room')}, {tagged} name the tag")


CHECKS = (
    Check(
        "label.room_occupancy",
        "Is the time of a row of people in rooms the start or the end of its bucket?",
        _label(Asset.ROOMS),
    ),
    Check("label.floor_occupancy", "And for floors?", _label(Asset.FLOORS)),
    Check("label.zone_occupancy", "And for zones?", _label(Asset.ZONES)),
    Check("label.tag_occupancy", "And for tags?", _label(Asset.TAGS)),
    Check("label.floor_presence_time_secs", "And for presence times?", _label_of_presence_time),
    Check(
        "room_presence_time",
        "Is there a presence time of rooms under the inferred name?",
        _exists(Measurement.ROOM_PRESENCE_TIME, Asset.ROOMS),
    ),
    Check("zone_presence_time", "And of zones?", _exists(Measurement.ZONE_PRESENCE_TIME, Asset.ZONES)),
    Check("presence_time_unit", "Does presence time count each person, or any presence?", _presence_time_unit),
    Check("presence_per_sensor", "Are there counts of single sensors?", _exists(Measurement.PRESENCE, Asset.ROOMS)),
    Check("tag_filter", "Does room_occupancy accept tags?", _tag_filter),
    Check(
        "rows_of_dead_rooms",
        "Which rows come from rooms whose sensors are all offline?",
        _rows_without_presence(Account.dead, "without an online presence sensor"),
    ),
    Check(
        "rows_of_door_rooms",
        "And from rooms that have only traffic sensors?",
        _rows_without_presence(Account.doors_only, "with traffic sensors only"),
    ),
    Check("incomplete_rows", "How are unusable rows marked?", _marks),
    Check("incomplete_week", "Are there unusable rows from rooms with online sensors?", _incomplete_week),
    Check("running_minute", "Is there a row for the current minute?", _running_minute, ("label.room_occupancy",)),
    Check("zero_rows", "When are there rows of 0?", _zero_rows),
    Check("row_order", "Are rows sorted?", _sorted),
    Check("measurement_repeated", "Do rows repeat the requested measurement?", _repeated),
    Check("empty_fields", "What do fields hold that do not apply to a row?", _row_fields),
    Check("mean_values", "Are means whole numbers?", _fractions),
)
