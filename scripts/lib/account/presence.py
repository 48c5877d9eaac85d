"""Checks of what presence sensors count: what rows are named by, and which rows mean nothing."""

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
from .checks import Check, Verdict, many, unclear, word, words

# Of so many minutes all is asked.
MINUTES: Final = 600.0
WEEK: Final = 7 * DAY
# Of so many spaces a week is looked at.
WATCHED: Final = 20
_KINDS: Final = {Asset.ROOMS: "rooms", Asset.FLOORS: "floors", Asset.ZONES: "zones"}


async def people_question(account: Account, asset: Asset) -> Question:
    """Ask for the people in some spaces that are counted, minute by minute, in a range that is over."""
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
    """Ask in turn until an answer tells what its rows are named by."""
    heard = 0
    for question in questions:
        if not question.ids:
            return unclear("there is nothing to ask about")
        answer = await account.rows(question, halvings=2)
        heard += len(answer.rows)
        for told in (answer, *[one async for one in _single_buckets(account, answer)]):
            if label := find_label(told.question, told.timestamps):
                account.client.findings.note(f"label.{told.question.measurement}", label)
                evidence = (
                    f"asked for {many(told.question.buckets, 'bucket')} of {told.question.every}: "
                    f"{many(len(told.rows), 'row')} of {many(ids_of(told.rows), 'space')}, named by the "
                    f"{'beginning' if label == 'start' else 'end'} of the range as its {label}"
                )
                return Verdict(label.value, evidence)
    return unclear(f"{many(heard, 'row')} came, of which none stands at an end of the range")


async def _single_buckets(account: Account, answer: Answer) -> AsyncIterator[Answer]:
    """Ask for the buckets before and after the newest row alone: where rows are rare, none stands at an end."""
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
    """Return a check of whether a measurement is known whose name is inferred."""

    async def ask(account: Account) -> Verdict:
        if not (ids := await account.counted(_KINDS[asset], WATCHED)):
            return unclear("no space of this kind is counted")
        question = Question(measurement=measurement, asset=asset, ids=ids, start=0, stop=0, every=every, function="sum")
        try:
            answer = await account.rows(last_hours(question, account.settled, 24, every), halvings=1)
        except ButlrError as err:
            if not is_refused(err):
                raise
            return Verdict("refused", f"asked about {many(len(ids), 'space')}: {type(err).__name__}")
        reading = "exists" if answer.raw else "no rows"
        return Verdict(reading, f"{many(len(answer.raw), 'row')} of {many(len(ids), 'space')} in 24 hours")

    return ask


async def _presence_time_unit(account: Account) -> Verdict:
    floors = await account.counted("floors", WATCHED)
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
    evidence = f"at most {longest:.0f} s in an hour, at most {most:.1f} people on average in one"
    if longest > HOUR * 1.01:
        return Verdict("each person counts", evidence)
    return Verdict("with anybody", evidence) if most > 1.5 and longest else unclear(f"too few people: {evidence}")


async def _dead(account: Account, ids: tuple[str, ...]) -> Answer:
    stop = account.settled
    question = Question(
        measurement=Measurement.ROOM_OCCUPANCY, asset=Asset.ROOMS, ids=ids, start=stop - MINUTES, stop=stop
    )
    return await account.rows(question)


def _rows_of_the_blind(
    who: Callable[[Account], Awaitable[tuple[str, ...]]], what: str
) -> Callable[[Account], Awaitable[Verdict]]:
    """Return a check of what is told of rooms in which nothing senses people."""

    async def ask(account: Account) -> Verdict:
        if not (ids := await who(account)):
            return unclear(f"there is no room {what}")
        answer = await _dead(account, ids)
        told = {row.space_id for row in answer.rows}
        values = [row.get("value") for row in answer.raw]
        more = sum(bool(value) for value in values)
        evidence = (
            f"{len(told)} of {many(len(ids), 'room')} {what} have rows: {values.count(0)} of 0, {more} of more, "
            f"{values.count(None)} of null"
        )
        reading = "none" if not told else "people" if more else "null" if 0 not in values else "zero"
        return Verdict(reading, evidence)

    return ask


async def _marks(account: Account) -> Verdict:
    blind = (*await account.dead(), *await account.doors_only())
    answers = [await _dead(account, blind), await _week(account)]
    rows = [(answer.question, row) for answer in answers for row in answer.raw]
    marked = [row for question, row in rows if any(one.value is None for one in read_rows(question, [row]))]
    carried = {key for _, row in rows for key in row if _is_mark(key)}
    evidence = f"{len(marked)} of {many(len(rows), 'row')} are marked; fields for it: {words(carried)}"
    if marked:
        spelled = {next(filter(_is_mark, row), "null_value") for row in marked}
        return Verdict(words(spelled), evidence)
    return Verdict("none", evidence) if answers[0].raw else unclear(f"no room is without live sensors; {evidence}")


def _is_mark(key: str) -> bool:
    """Tell whether a field is about data that is missing."""
    return "incomplete" in key.lower() or "null" in key.lower()


async def _week(account: Account) -> Answer:
    question = await people_question(account, Asset.ROOMS)
    some = last_hours(question.about(question.ids[:WATCHED]), account.settled, WEEK / HOUR, "1h")
    return await account.rows(some, halvings=3)


async def _incomplete_week(account: Account) -> Verdict:
    answer = await _week(account)
    if not answer.rows:
        return unclear("a week has no rows")
    unusable = sum(row.value is None for row in answer.rows)
    return Verdict("occurs" if unusable else "none", f"{unusable} of {many(len(answer.rows), 'row')} of a week")


async def _running_minute(account: Account) -> Verdict:
    question = await people_question(account, Asset.ROOMS)
    if not question.ids:
        return unclear("no room is counted")
    now = account.client.now()
    begun = full_minute(now)
    if now - begun < 2:
        # So young a minute has nothing to tell.
        await account.sleep(5)
        now = account.client.now()
    answer = await account.rows(replace(question, start=begun - MINUTES / 2, stop=now))
    if not answer.rows:
        return unclear("no row came")
    newest = max(answer.timestamps)
    label = account.found.get("label.room_occupancy")
    evidence = (
        f"asked {now - begun:.0f} s after the full minute: the newest row is named {newest - begun:+.0f} s from it"
    )
    if label is None and newest == begun:
        return unclear(f"what rows are named by is not known; {evidence}")
    comes = newest > begun or (newest == begun and label == "start")
    return Verdict("comes" if comes else "does not come", evidence)


async def _zero_rows(account: Account) -> Verdict:
    question = last_hours(await people_question(account, Asset.ROOMS), account.settled, 12, "1h")
    with_bound = await account.rows(replace(question, function="median"), halvings=1)
    without = await account.rows(replace(question, function="median", least=None), halvings=1)
    asked, free = (sum(row.value == 0 for row in answer.rows) for answer in (with_bound, without))
    evidence = f"{asked} of {many(len(with_bound.rows), 'row')} with gte 0, {free} of {len(without.rows)} without"
    if not asked and not free:
        return unclear(f"no room was empty, or rows of 0 never come: {evidence}")
    return Verdict("always" if free else "only with gte 0", evidence)


async def _sorted(account: Account) -> Verdict:
    question = await people_question(account, Asset.ROOMS)
    answer = await account.rows(question)
    timestamps = [row.timestamp for row in answer.rows]
    if len(set(timestamps)) < 2 or ids_of(answer.rows) < 2:
        return unclear("too few rows came")
    series: dict[str, list[float]] = {}
    for row in answer.rows:
        series.setdefault(row.space_id, []).append(row.timestamp)
    within = all(times == sorted(times) for times in series.values())
    switches = sum(one.space_id != other.space_id for one, other in zip(answer.rows, answer.rows[1:], strict=False))
    evidence = f"{many(len(timestamps), 'row')} of {many(len(series), 'space')}, {switches} changes from one to another"
    if timestamps == sorted(timestamps):
        return Verdict("by time", evidence)
    return Verdict("by space, each by time" if within and switches < len(series) else "not at all", evidence)


async def _repeated(account: Account) -> Verdict:
    answer = await account.rows(await people_question(account, Asset.ROOMS))
    names = {row.get("measurement") for row in answer.raw}
    if not names:
        return unclear("no row came")
    fields = {row.get("field") for row in answer.raw}
    reading = "repeated" if names == {Measurement.ROOM_OCCUPANCY.value} else "renamed"
    return Verdict(reading, f"asked for room_occupancy: measurement {words(names)}, field {words(fields)}")


async def _row_fields(account: Account) -> Verdict:
    answer = await account.rows(await people_question(account, Asset.ROOMS))
    if not answer.raw:
        return unclear("no row came")
    empty = {key for row in answer.raw for key, value in row.items() if value == ""}
    null = {key for row in answer.raw for key, value in row.items() if value is None}
    reading = "empty" if empty and not null else "null" if null and not empty else "both" if empty else "neither"
    return Verdict(reading, f"fields: {words({word(key) for row in answer.raw for key in row})}; empty: {words(empty)}")


async def _fractions(account: Account) -> Verdict:
    question = await people_question(account, Asset.ROOMS)
    answer = await account.rows(replace(last_hours(question, account.settled, 24, "1h"), function="mean", least=0.01))
    broken = sum(row.value is not None and row.value % 1 > 0 for row in answer.rows)
    if not answer.rows:
        return unclear("nobody was there within a day")
    return Verdict("fractions" if broken else "whole", f"{broken} of {many(len(answer.rows), 'hourly mean')}")


async def _tag_filter(account: Account) -> Verdict:
    question = replace(await people_question(account, Asset.TAGS), measurement=Measurement.ROOM_OCCUPANCY, group_by=())
    if not question.ids:
        return unclear("no tag is on a counted room")
    answer = await account.rows(question)
    rooms = {row.get("room_id") for row in answer.raw}
    tagged = sum(bool(row.get("tag_id")) for row in answer.raw)
    reading = "expanded to rooms" if rooms else "no rows"
    return Verdict(reading, f"{many(len(answer.raw), 'row')} of {many(len(rooms), 'room')}, {tagged} name the tag")


CHECKS = (
    Check("label.room_occupancy", "Which end of its bucket names a row of people in rooms?", _label(Asset.ROOMS)),
    Check("label.floor_occupancy", "And of floors?", _label(Asset.FLOORS)),
    Check("label.zone_occupancy", "And of zones?", _label(Asset.ZONES)),
    Check("label.tag_occupancy", "And of tags?", _label(Asset.TAGS)),
    Check("label.floor_presence_time_secs", "And of presence times?", _label_of_presence_time),
    Check(
        "room_presence_time",
        "Is there a presence time of rooms, whose name is inferred?",
        _exists(Measurement.ROOM_PRESENCE_TIME, Asset.ROOMS),
    ),
    Check("zone_presence_time", "And of zones?", _exists(Measurement.ZONE_PRESENCE_TIME, Asset.ZONES)),
    Check(
        "presence_time_unit", "Does presence time count each person, or whether there is anybody?", _presence_time_unit
    ),
    Check("presence_per_sensor", "Are there counts of single sensors?", _exists(Measurement.PRESENCE, Asset.ROOMS)),
    Check("tag_filter", "Does room_occupancy take tags?", _tag_filter),
    Check(
        "rows_of_dead_rooms",
        "What is told of rooms whose sensors are all offline?",
        _rows_of_the_blind(Account.dead, "without a live presence sensor"),
    ),
    Check(
        "rows_of_door_rooms",
        "And of rooms that have only traffic sensors?",
        _rows_of_the_blind(Account.doors_only, "with traffic sensors only"),
    ),
    Check("incomplete_rows", "How are rows marked that cannot be used?", _marks),
    Check("incomplete_week", "Do such rows come of rooms with live sensors?", _incomplete_week),
    Check("running_minute", "Does the minute come that still runs?", _running_minute, ("label.room_occupancy",)),
    Check("zero_rows", "When do rows of zero come?", _zero_rows),
    Check("row_order", "Are rows sorted?", _sorted),
    Check("measurement_repeated", "Do rows repeat what was asked for?", _repeated),
    Check("empty_fields", "What have fields of rows that do not apply?", _row_fields),
    Check("mean_values", "Are means whole numbers?", _fractions),
)
