"""Checks of crossings, and of the estimates derived from them."""

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
from .checks import Check, Verdict, many, undetermined, words
from .presence import label_found

_KINDS: Final = {Asset.ROOMS: "rooms", Asset.FLOORS: "floors"}
# Half-hour buckets wherever midnights matter: time zones differ by at least that much.
FINE_BUCKET: Final = "30m"
# How many days to search for crossings near midnight.
DAYS_BACK: Final = 5
# In how many rooms at most.
MAX_ROOMS: Final = 8
# How many values must support a reading, and the share of all values that must.
MIN_VOTES: Final = 3
MAJORITY: Final = 0.8


async def traffic_question(account: Account, asset: Asset = Asset.ROOMS) -> Question:
    """Return a question about the crossings of the last two hours in short buckets."""
    ids, zone = await account.with_doors(_KINDS[asset])
    question = Question(
        measurement=Measurement.TRAFFIC, asset=asset, ids=ids, start=0, stop=0, function="sum", time_zone=zone
    )
    return last_hours(question, account.settled, 2, "5m")


async def estimates_question(account: Account, asset: Asset = Asset.ROOMS) -> Question:
    """Return a question about the calibrated estimates of the last minutes."""
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


def _with_bucket_starts(answer: Answer, findings: Any) -> list[Row]:
    """Return the rows of an answer with the starts of their buckets as times."""
    question = answer.question
    label = label_of(question.measurement, findings) or Label.START
    return [row._replace(timestamp=bucket_named(question, row.timestamp, label)) for row in answer.rows]


def _net_changes(rows: Iterable[Row], counts: Callable[[str, str | None], bool]) -> dict[str, list[tuple[float, int]]]:
    """Return the net change of each space by bucket; entries are positive."""
    changes: dict[str, list[tuple[float, int]]] = {}
    for row in sorted(rows, key=lambda row: row.timestamp):
        if row.value and row.direction and counts(row.space_id, row.mac):
            crossed = round(row.value) * (1 if row.direction == "in" else -1)
            changes.setdefault(row.space_id, []).append((row.timestamp, crossed))
    return changes


async def _history(account: Account) -> tuple[Question, dict[str, list[tuple[float, int]]]]:
    """Return the crossings of the last days in half-hour buckets, and the question they answer."""
    question = replace(await traffic_question(account), least=None)
    question = question.about(question.ids[:MAX_ROOMS])
    stop = account.settled // BUCKETS[FINE_BUCKET] * BUCKETS[FINE_BUCKET]
    zone = zone_named(question.time_zone)
    question = replace(question, start=midnight(stop - DAYS_BACK * DAY, zone), stop=stop, every=FINE_BUCKET)
    answer = await account.rows(question, halvings=3)
    estate = await account.estate()
    return question, _net_changes(_with_bucket_starts(answer, account.client.findings), estate.counts_crossings)


async def _absent(account: Account) -> Verdict:
    question, crossed = await _history(account)
    if not question.ids:
        return undetermined("no room has a live traffic sensor")
    zone = zone_named(question.time_zone)
    # The latest time by which nobody had entered or left some room on either day.
    for back in range(int((question.stop - question.start - DAY) / HOUR)):
        timestamp = question.stop - back * HOUR
        begin = min(midnight(timestamp - 1, zone), midnight(timestamp - 1, UTC))
        still = tuple(
            space for space in question.ids if not any(begin <= one < timestamp for one, _ in crossed.get(space, ()))
        )
        if still and timestamp - 600 >= max(midnight(timestamp - 1, zone), midnight(timestamp - 1, UTC)):
            break
    else:
        return undetermined("somebody passed every door early on each of the last days: run it again in the morning")
    estimates = replace(await estimates_question(account), ids=still, start=timestamp - 600, stop=timestamp)
    answer = await account.rows(estimates)
    estimated = {row.space_id for row in answer.rows}
    zero = sum(row.value == 0 for row in answer.rows)
    evidence = (
        f"{many(len(still), 'room')} that nobody had entered or left: {len(estimated)} with rows, {zero} rows of 0"
    )
    return Verdict("absent" if not estimated else "zero" if len(estimated) == len(still) else "both", evidence)


def _day(*, named: bool) -> Callable[[Account], Awaitable[Verdict]]:
    """Return a check of whose midnight estimates restart at, with or without a time zone in the request."""

    async def ask(account: Account) -> Verdict:
        question, crossed = await _history(account)
        zone = zone_named(question.time_zone)
        if not question.ids:
            return undetermined("no room has a live traffic sensor")
        if midnight(question.stop, zone) % DAY == 0:
            return undetermined("midnight at the site is also midnight in UTC")
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
            return _verdict_of_votes(nights, f"estimates in the first half hour of {DAYS_BACK} days", least=1)
        answer = await account.rows(estimates, vary=vary, halvings=3)
        values = _values(question, crossed, _with_bucket_starts(answer, account.client.findings))
        return _verdict_of_votes(
            values, f"estimates of {DAYS_BACK} days", least=MIN_VOTES, again=_again(question.stop, zone)
        )

    return ask


def _verdict_of_votes(votes: list[int], what: str, *, least: int, again: str = "run it again tomorrow") -> Verdict:
    """Return the verdict of the votes for the site's day and for that of UTC."""
    site, utc = votes
    evidence = f"{what}: {site} support the site, {utc} support UTC"
    if site + utc < least or max(votes) < MAJORITY * (site + utc):
        return undetermined(f"{evidence}; {again}")
    return Verdict("site" if site > utc else "utc", evidence)


async def _nights(
    account: Account,
    estimates: Question,
    crossed: Mapping[str, list[tuple[float, int]]],
    vary: Callable[[Question], dict[str, Any]],
) -> list[int]:
    """Request the first half hour of the site's days, for rooms with crossings before it on the same UTC day only.

    By the site's day nobody has entered yet; by that of UTC somebody has. The range ends there, so that later crossings
    have no effect.
    """
    zone, length = zone_named(estimates.time_zone), BUCKETS[FINE_BUCKET]
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
        estimated = {row.space_id: row.value for row in answer.rows}
        absent = account.found.get("absent_estimates") == "absent"
        for space, net in nets.items():
            estimate = estimated.get(space)
            if estimate or (absent and estimate is not None):
                votes[1] += 1
            elif absent or (estimate is not None and net > 0):
                votes[0] += 1
    return votes


def _values(question: Question, crossed: Mapping[str, list[tuple[float, int]]], rows: Iterable[Row]) -> list[int]:
    """Count how many estimates are closer to the net crossings since the site's midnight, or since that of UTC."""
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
    """Return when the two midnights can be distinguished, in local time of the site."""
    other = datetime.fromtimestamp(midnight(timestamp, UTC), zone)
    return f"run it again after somebody was inside between 00:00 and {other:%H:%M} local time of the site"


async def _create_empty(account: Account) -> Verdict:
    question = await traffic_question(account)
    if not question.ids:
        return undetermined("no room has a live traffic sensor")
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
        return undetermined("no floor with an entrance has a room door")
    answer = await account.rows(question, halvings=2)
    others = sum((row.mac or "").lower() in inner for row in answer.rows)
    evidence = f"{others} of {many(len(answer.rows), 'row')} are from sensors that are not entrances"
    return Verdict("all doors" if others else "entrances only", evidence) if answer.rows else undetermined("no rows")


async def _phantoms(account: Account) -> Verdict:
    question = last_hours(replace(await traffic_question(account), least=None), account.settled, 24, "1h")
    answer = await account.rows(question, halvings=2)
    macs = [(row.mac or "").lower() for row in answer.rows]
    phantom = sum(mac.startswith(PLACEHOLDER_MACS) for mac in macs)
    if not macs:
        return undetermined("no crossings within a day")
    return Verdict("yes" if phantom else "no", f"{phantom} of {many(len(macs), 'row')}")


async def _directions(account: Account) -> Verdict:
    question = last_hours(replace(await traffic_question(account), least=None), account.settled, 24, "5m")
    answer = await account.rows(question, halvings=2)
    both: dict[tuple[str, str | None, float], set[str | None]] = {}
    for row in answer.rows:
        both.setdefault((row.space_id, row.mac, row.timestamp), set()).add(row.direction)
    if not both:
        return undetermined("no crossings within a day")
    alone = sum(len(directions) == 1 for directions in both.values())
    evidence = f"{alone} of {many(len(both), 'bucket')} with crossings have only one direction"
    return Verdict("left out" if alone else "as 0", evidence)


async def _renamed(account: Account) -> Verdict:
    question = last_hours(await estimates_question(account), account.settled, 24, "1h")
    answer = await account.rows(question, halvings=2)
    if not answer.raw:
        return undetermined("there were no estimates")
    names, fields = ({row.get(key) for row in answer.raw} for key in ("measurement", "field"))
    reading = "repeated" if names == {question.measurement.value} else "renamed"
    return Verdict(reading, f"asked for {question.measurement}: measurement {words(names)}, field {words(fields)}")


async def _unaligned(account: Account) -> Verdict:
    question = last_hours(await estimates_question(account), account.settled, 24, "1h")
    answer = await account.rows(replace(question, start=question.start + 17, stop=question.stop + 17), halvings=1)
    if not answer.rows:
        return undetermined("there were no estimates")
    off = sum(timestamp % 60 == 17 for timestamp in answer.timestamps)
    evidence = f"asked 17 s after the hour: {off} of {many(len(answer.timestamps), 'time')} are 17 s after a minute"
    return Verdict("at the start of the range" if off else "on the hour", evidence)


async def _uncalibrated(account: Account) -> Verdict:
    question = last_hours(await estimates_question(account), account.settled, 48, "1h")
    answer = await account.rows(replace(question, calibration=None, least=None), halvings=2)
    below = sum((row.value or 0) < 0 for row in answer.rows)
    if not answer.rows:
        return undetermined("there were no estimates")
    return Verdict(
        "occurs" if below else "none", f"{below} of {many(len(answer.rows), 'uncalibrated estimate')} below 0"
    )


async def _live_lag(account: Account) -> Verdict:
    question = await estimates_question(account)
    now = full_minute(account.client.now())
    answer = await account.rows(replace(question, start=now - 900, stop=now))
    if not answer.rows:
        return undetermined("no room was entered or left today")
    label = label_of(question.measurement, account.client.findings)
    newest = max(answer.timestamps) + (60 if label is Label.START else 0)
    return Verdict(
        f"{now - newest:.0f} s", f"the newest estimate is for the minute that ended {now - newest:.0f} s ago"
    )


_LABELS: Final = ("label.traffic", "label.traffic_room_occupancy")

CHECKS = (
    Check("label.traffic", "Is the time of a row of crossings the start or the end of its bucket?", _label_of_traffic),
    Check("label.traffic_room_occupancy", "And for estimates of rooms?", _label_of_estimates(Asset.ROOMS)),
    Check("label.traffic_floor_occupancy", "And for estimates of floors?", _label_of_estimates(Asset.FLOORS)),
    Check(
        "absent_estimates", "What is the estimate of a room that nobody has entered or left today?", _absent, _LABELS
    ),
    Check(
        "estimate_day",
        "At whose midnight do estimates restart if the request names the site's time zone?",
        _day(named=True),
        (*_LABELS, "absent_estimates"),
    ),
    Check(
        "estimate_day_without_zone",
        "And if the request names no time zone?",
        _day(named=False),
        (*_LABELS, "absent_estimates"),
    ),
    Check("create_empty", "What does create_empty do?", _create_empty),
    Check("floor_doors", "Do the crossings of a floor include those of its room doors?", _floor_doors),
    Check("phantom_rows", "Are there rows of sensors that do not exist?", _phantoms),
    Check("missing_direction", "If somebody entered and nobody left, is there a row for the exits?", _directions),
    Check("estimates_renamed", "Do rows of estimates repeat the requested measurement?", _renamed),
    Check("estimates_aligned", "Where do buckets of estimates start if the range does not start with one?", _unaligned),
    Check("negative_estimates", "Are there negative estimates without calibration?", _uncalibrated),
    Check("estimate_lag", "How old is the newest estimate?", _live_lag, _LABELS),
)
