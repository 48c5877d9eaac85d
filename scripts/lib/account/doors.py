"""Checks of what traffic sensors count, and of the estimates that come of it."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from typing import Any, Final

from custom_components.butlr.api.answers import Row
from custom_components.butlr.api.buckets import BUCKETS, DAY, HOUR, midnight, zone_named
from custom_components.butlr.api.estate import PLACEHOLDER_MACS
from custom_components.butlr.api.labels import Label, bucket_named, label_of
from custom_components.butlr.api.questions import (
    ESTIMATE_MEASUREMENTS,
    Asset,
    Calibration,
    Measurement,
    Question,
    full_minute,
)

from .account import Account, Answer, last_hours, without_zone
from .checks import Check, Verdict, many, unclear, words
from .presence import label_found

_KINDS: Final = {Asset.ROOMS: "rooms", Asset.FLOORS: "floors"}
# All is asked in buckets of half an hour where midnights matter: no zone is off by less from another.
FINE: Final = "30m"
# For so many days back it is looked for crossings on either side of a midnight.
DAYS_BACK: Final = 5
# Of so many rooms at most.
MOST: Final = 8
# So many times one of two readings must be nearer, and so much oftener than the other.
VOTES: Final = 3
MAJORITY: Final = 0.8


async def traffic_question(account: Account, asset: Asset = Asset.ROOMS) -> Question:
    """Ask for the crossings of some spaces in the last two hours, in short buckets."""
    ids, zone = await account.with_doors(_KINDS[asset])
    question = Question(
        measurement=Measurement.TRAFFIC, asset=asset, ids=ids, start=0, stop=0, function="sum", time_zone=zone
    )
    return last_hours(question, account.settled, 2, "5m")


async def estimates_question(account: Account, asset: Asset = Asset.ROOMS) -> Question:
    """Ask for the calibrated estimates of some spaces in the last minutes."""
    ids, zone = await account.with_doors(_KINDS[asset])
    stop = account.settled
    return Question(
        measurement=ESTIMATE_MEASUREMENTS[asset],
        asset=asset,
        ids=ids,
        start=stop - 600,
        stop=stop,
        function="last",
        time_zone=zone,
        calibration=Calibration.CORRECTED,
    )


async def _label_of_traffic(account: Account) -> Verdict:
    question = await traffic_question(account)
    filled = replace(question, zeros_for_silence=True)
    day = last_hours(replace(question, least=None), account.settled, 24, "1h")
    week = replace(day, start=day.stop - 7 * DAY)
    return await label_found(account, filled, day, week)


def _label_of_estimates(asset: Asset) -> Callable[[Account], Awaitable[Verdict]]:
    async def ask(account: Account) -> Verdict:
        question = await estimates_question(account, asset)
        day = last_hours(question, account.settled, 24, "1h")
        return await label_found(account, question, day, replace(day, start=day.stop - 3 * DAY))

    return ask


def _begun(answer: Answer, findings: Any) -> list[Row]:
    """Return the rows of an answer with the beginnings of their buckets as times."""
    question = answer.question
    label = label_of(question.measurement, findings) or Label.START
    return [row._replace(timestamp=bucket_named(question, row.timestamp, label)) for row in answer.rows]


def _netted(rows: Iterable[Row], heard: Callable[[str, str | None], bool]) -> dict[str, list[tuple[float, int]]]:
    """Return the crossings of each space by bucket, as what they change: more in is more than 0."""
    changes: dict[str, list[tuple[float, int]]] = {}
    for row in sorted(rows, key=lambda row: row.timestamp):
        if row.value and row.direction and heard(row.space_id, row.mac):
            crossed = round(row.value) * (1 if row.direction == "in" else -1)
            changes.setdefault(row.space_id, []).append((row.timestamp, crossed))
    return changes


async def _history(account: Account) -> tuple[Question, dict[str, list[tuple[float, int]]]]:
    """Return the crossings of the last days, fine enough for any midnight, and the question they answer."""
    question = replace(await traffic_question(account), least=None)
    question = question.about(question.ids[:MOST])
    stop = account.settled // BUCKETS[FINE] * BUCKETS[FINE]
    zone = zone_named(question.time_zone)
    question = replace(question, start=midnight(stop - DAYS_BACK * DAY, zone), stop=stop, every=FINE)
    answer = await account.rows(question, halvings=3)
    estate = await account.estate()
    return question, _netted(_begun(answer, account.client.findings), estate.counts_crossings)


async def _absent(account: Account) -> Verdict:
    question, crossed = await _history(account)
    if not question.ids:
        return unclear("no room has a live traffic sensor")
    zone = zone_named(question.time_zone)
    # A moment by which some room had not been crossed on either day, the latest that there is.
    for back in range(int((question.stop - question.start - DAY) / HOUR)):
        timestamp = question.stop - back * HOUR
        begin = min(midnight(timestamp - 1, zone), midnight(timestamp - 1, UTC))
        still = tuple(
            space for space in question.ids if not any(begin <= one < timestamp for one, _ in crossed.get(space, ()))
        )
        if still and timestamp - 600 >= max(midnight(timestamp - 1, zone), midnight(timestamp - 1, UTC)):
            break
    else:
        return unclear("every room with a door was crossed early in each of the last days: run it again in the morning")
    estimates = replace(await estimates_question(account), ids=still, start=timestamp - 600, stop=timestamp)
    answer = await account.rows(estimates)
    told = {row.space_id for row in answer.rows}
    zero = sum(row.value == 0 for row in answer.rows)
    evidence = f"{many(len(still), 'room')} that nobody had crossed: {len(told)} with rows, {zero} rows of 0"
    return Verdict("absent" if not told else "zero" if len(told) == len(still) else "some of both", evidence)


def _day(*, named: bool) -> Callable[[Account], Awaitable[Verdict]]:
    """Return a check of whose midnight estimates go by, with a zone named in the question or without."""

    async def ask(account: Account) -> Verdict:
        question, crossed = await _history(account)
        zone = zone_named(question.time_zone)
        if not question.ids:
            return unclear("no room has a live traffic sensor")
        if midnight(question.stop, zone) % DAY == 0:
            return unclear("the site's midnight is that of UTC")
        estimates = replace(
            question,
            measurement=Measurement.TRAFFIC_ROOM_OCCUPANCY,
            function="last",
            least=0,
            calibration=Calibration.CORRECTED,
        )
        vary = Question.body if named else without_zone
        nights = await _nights(account, estimates, crossed, vary)
        if any(nights):
            return _judged(nights, f"estimates of half an hour after midnights, in {DAYS_BACK} days", least=1)
        answer = await account.rows(estimates, vary=vary, halvings=3)
        values = _values(question, crossed, _begun(answer, account.client.findings))
        return _judged(
            values, f"values of estimates of {DAYS_BACK} days", least=VOTES, again=_again(question.stop, zone)
        )

    return ask


def _judged(votes: list[int], what: str, *, least: int, again: str = "run it again tomorrow") -> Verdict:
    """Return what votes for the site's day and for that of UTC come to."""
    site, utc = votes
    evidence = f"{what}: {site} speak for the site, {utc} for UTC"
    if site + utc < least or max(votes) < MAJORITY * (site + utc):
        return unclear(f"{evidence}; {again}")
    return Verdict("site" if site > utc else "utc", evidence)


async def _nights(
    account: Account,
    estimates: Question,
    crossed: Mapping[str, list[tuple[float, int]]],
    vary: Callable[[Question], dict[str, Any]],
) -> list[int]:
    """Ask for the first half hour of the site's days, about rooms that nobody crossed in it, but before it that day.

    By the site's day nobody has crossed yet, by that of UTC somebody has. The range ends there: what happens later that
    day must not tell.
    """
    zone, length = zone_named(estimates.time_zone), BUCKETS[FINE]
    votes = [0, 0]
    for days in range(DAYS_BACK):
        begin = midnight(estimates.stop - 1, zone, -days)
        if begin + length > estimates.stop:
            continue
        since = midnight(begin + length - 1, UTC)
        nets = {
            space: sum(one for timestamp, one in changes if since <= timestamp < begin)
            for space, changes in crossed.items()
            if since >= estimates.start
            and any(since <= timestamp < begin for timestamp, _ in changes)
            and not any(begin <= timestamp < begin + length for timestamp, _ in changes)
        }
        answer = await account.rows(replace(estimates.about(nets), start=begin, stop=begin + length), vary=vary)
        told = {row.space_id: row.value for row in answer.rows}
        absent = account.found.get("absent_estimates") == "absent"
        for space, net in nets.items():
            estimate = told.get(space)
            if estimate or (absent and estimate is not None):
                votes[1] += 1
            elif absent or (estimate is not None and net > 0):
                votes[0] += 1
    return votes


def _values(question: Question, crossed: Mapping[str, list[tuple[float, int]]], rows: Iterable[Row]) -> list[int]:
    """Count how often an estimate is nearer to what was crossed since the site's midnight, or since that of UTC."""
    zone = zone_named(question.time_zone)
    votes = [0, 0]
    for row in rows:
        days = midnight(row.timestamp, zone), midnight(row.timestamp, UTC)
        if row.value is None or min(days) < question.start:
            continue
        changes = crossed.get(row.space_id, ())
        site, utc = (
            max(sum(one for timestamp, one in changes if day <= timestamp <= row.timestamp), 0) for day in days
        )
        if abs(row.value - site) != abs(row.value - utc):
            votes[abs(row.value - utc) < abs(row.value - site)] += 1
    return votes


def _again(timestamp: float, zone: tzinfo) -> str:
    """Return when the two midnights can be told apart, by the clock of the site."""
    other = datetime.fromtimestamp(midnight(timestamp, UTC), zone)
    return f"run it again when somebody was in between 00:00 and {other:%H:%M} by the clock of the site"


async def _create_empty(account: Account) -> Verdict:
    question = await traffic_question(account)
    if not question.ids:
        return unclear("no room has a live traffic sensor")
    plain = await account.rows(question)
    filled = await account.rows(replace(question, zeros_for_silence=True))
    null = sum(row.get("value") is None for row in filled.raw)
    evidence = f"{many(len(plain.raw), 'row')} without, {len(filled.raw)} with create_empty, {null} of them null"
    if len(filled.raw) <= len(plain.raw):
        return Verdict("adds nothing", evidence)
    return Verdict("adds nulls" if null else "adds zeros", evidence)


async def _floor_doors(account: Account) -> Verdict:
    estate = await account.estate()
    question = last_hours(replace(await traffic_question(account, Asset.FLOORS), least=None), account.settled, 72, "1h")
    inner = {sensor.mac.lower() for sensor in estate.sensors.values() if not sensor.is_entrance}
    on_floors = any(
        sensor.mode == "traffic" and not sensor.is_entrance and sensor.floor_id in question.ids
        for sensor in estate.sensors.values()
    )
    if not on_floors:
        return unclear("no floor with an entrance has another door")
    answer = await account.rows(question, halvings=2)
    others = sum((row.mac or "").lower() in inner for row in answer.rows)
    evidence = f"{others} of {many(len(answer.rows), 'row')} are of sensors that are no entrance"
    return Verdict("all doors" if others else "entrances only", evidence) if answer.rows else unclear("no rows")


async def _phantoms(account: Account) -> Verdict:
    question = last_hours(replace(await traffic_question(account), least=None), account.settled, 24, "1h")
    answer = await account.rows(question, halvings=2)
    macs = [(row.mac or "").lower() for row in answer.rows]
    phantom = sum(mac.startswith(PLACEHOLDER_MACS) for mac in macs)
    if not macs:
        return unclear("nobody crossed within a day")
    return Verdict("come" if phantom else "do not come", f"{phantom} of {many(len(macs), 'row')}")


async def _directions(account: Account) -> Verdict:
    question = last_hours(replace(await traffic_question(account), least=None), account.settled, 24, "5m")
    answer = await account.rows(question, halvings=2)
    both: dict[tuple[str, str | None, float], set[str | None]] = {}
    for row in answer.rows:
        both.setdefault((row.space_id, row.mac, row.timestamp), set()).add(row.direction)
    if not both:
        return unclear("nobody crossed within a day")
    alone = sum(len(directions) == 1 for directions in both.values())
    evidence = f"{alone} of {many(len(both), 'bucket')} with crossings have one direction only"
    return Verdict("left out" if alone else "as 0", evidence)


async def _renamed(account: Account) -> Verdict:
    question = last_hours(await estimates_question(account), account.settled, 24, "1h")
    answer = await account.rows(question, halvings=2)
    if not answer.raw:
        return unclear("no estimate came")
    names, fields = ({row.get(key) for row in answer.raw} for key in ("measurement", "field"))
    reading = "repeated" if names == {question.measurement.value} else "renamed"
    return Verdict(reading, f"asked for {question.measurement}: measurement {words(names)}, field {words(fields)}")


async def _unaligned(account: Account) -> Verdict:
    question = last_hours(await estimates_question(account), account.settled, 24, "1h")
    answer = await account.rows(replace(question, start=question.start + 17, stop=question.stop + 17), halvings=1)
    if not answer.rows:
        return unclear("no estimate came")
    off = sum(timestamp % 60 == 17 for timestamp in answer.timestamps)
    evidence = f"asked 17 s after the hour: {off} of {many(len(answer.timestamps), 'time')} are 17 s after a minute"
    return Verdict("where the range begins" if off else "with the hour", evidence)


async def _uncalibrated(account: Account) -> Verdict:
    question = last_hours(await estimates_question(account), account.settled, 48, "1h")
    answer = await account.rows(replace(question, calibration=None, least=None), halvings=2)
    below = sum((row.value or 0) < 0 for row in answer.rows)
    if not answer.rows:
        return unclear("no estimate came")
    return Verdict(
        "occurs" if below else "none", f"{below} of {many(len(answer.rows), 'uncalibrated estimate')} below 0"
    )


async def _live_lag(account: Account) -> Verdict:
    question = await estimates_question(account)
    now = full_minute(account.client.now())
    answer = await account.rows(replace(question, start=now - 900, stop=now))
    if not answer.rows:
        return unclear("no room was crossed today")
    label = label_of(question.measurement, account.client.findings)
    newest = max(answer.timestamps) + (60 if label is Label.START else 0)
    return Verdict(f"{now - newest:.0f} s", f"the newest estimate is of the minute that ended {now - newest:.0f} s ago")


_LABELS: Final = ("label.traffic", "label.traffic_room_occupancy")

CHECKS = (
    Check("label.traffic", "Which end of its bucket names a row of crossings?", _label_of_traffic),
    Check("label.traffic_room_occupancy", "And of estimates of rooms?", _label_of_estimates(Asset.ROOMS)),
    Check("label.traffic_floor_occupancy", "And of floors?", _label_of_estimates(Asset.FLOORS)),
    Check("absent_estimates", "What is the estimate of a room that nobody has crossed today?", _absent, _LABELS),
    Check(
        "estimate_day",
        "Whose midnight do estimates go by, if the site's zone is named?",
        _day(named=True),
        (*_LABELS, "absent_estimates"),
    ),
    Check("estimate_day_without_zone", "And if no zone is named?", _day(named=False), (*_LABELS, "absent_estimates")),
    Check("create_empty", "What does create_empty do?", _create_empty),
    Check("floor_doors", "Do the crossings of a floor hold those of its room doors?", _floor_doors),
    Check("phantom_rows", "Do rows come of sensors that do not exist?", _phantoms),
    Check("missing_direction", "How is it written that nobody left where somebody came?", _directions),
    Check("estimates_renamed", "Do rows of estimates repeat what was asked for?", _renamed),
    Check("estimates_aligned", "Where do buckets of estimates begin if the range does not with one?", _unaligned),
    Check("negative_estimates", "Are there negative estimates without calibration?", _uncalibrated),
    Check("estimate_lag", "How old is the newest estimate?", _live_lag, _LABELS),
)
