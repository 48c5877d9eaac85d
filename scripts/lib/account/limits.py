"""Checks of how much can be requested at once, in a few steps up to the first that is too much."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Final

from custom_components.butlr.api.buckets import HOUR
from custom_components.butlr.api.errors import ButlrOverloadedError, ButlrTimeoutError
from custom_components.butlr.api.questions import Asset, Question

from .account import Account, last_hours
from .checks import Check, Verdict, many, undetermined
from .presence import people_question

# Items times hours of each step. The support article's limits can be read as 160.
STEPS: Final = (20, 80, 150, 170, 240, 320)
# Hours; the longest range per bucket length.
MAX_HOURS: Final = {"1m": 168, "1h": 1440}
# Rooms per request of each step; the integration uses the largest.
BATCHES: Final = (30, 75, 150)
# Larger answers are not requested.
MAX_ROWS: Final = 20_000


@dataclass(frozen=True, slots=True)
class Outcome:
    """The most item-hours that were answered, and the fewest that were not, with the reason."""

    answered: float | None = None
    refused: float | None = None
    how: str = ""
    rows: int = 0


async def _search(account: Account, asset: Asset, every: str) -> Outcome:
    base = await people_question(account, asset)
    best = Outcome()
    for size in STEPS:
        if (part := _sized(base, account.settled, size, every)) is None:
            continue
        weight = len(part.ids) * part.seconds / HOUR
        try:
            answer = await account.rows(part)
        except (ButlrOverloadedError, ButlrTimeoutError) as err:
            how = "504" if isinstance(err, ButlrOverloadedError) else "no answer in time"
            return replace(best, refused=weight, how=how)
        if answer.raw:
            best = Outcome(answered=weight, rows=max(best.rows, len(answer.raw)))
        elif best.answered is not None and await _last_hour(account, part):
            return replace(best, refused=weight, how="no rows")
    return best


def _sized(question: Question, stop: float, size: float, every: str) -> Question | None:
    """Return a question of about this many item-hours, with as many spaces as possible; None if there are too few."""
    if not question.ids:
        return None
    hours = max(-(-size // len(question.ids)), 1)
    ids = question.ids[: max(round(size / hours), 1)]
    if hours > MAX_HOURS[every] or len(ids) * hours * (60 if every == "1m" else 1) > MAX_ROWS:
        return None
    return last_hours(question.about(ids), stop, hours, every)


async def _last_hour(account: Account, part: Question) -> bool:
    """Return whether the last hour of an unanswered request has rows, which means that the request was too large."""
    return bool((await account.rows(replace(part, start=part.stop - HOUR))).raw)


def _limit(asset: Asset, every: str) -> Callable[[Account], Awaitable[Verdict]]:
    async def ask(account: Account) -> Verdict:
        found = await _search(account, asset, every)
        if found.answered is None:
            return undetermined("no request was answered")
        evidence = f"answered {found.answered:.0f} item-hours ({many(found.rows, 'row')})"
        if found.refused is None:
            return Verdict(f"over {found.answered:.0f}", f"{evidence}; there are too few spaces for a larger request")
        name = f"limit.{asset}.{every}"
        account.found[name] = str(found.refused)
        return Verdict(
            f"{found.answered:.0f} to {found.refused:.0f}", f"{evidence}, not {found.refused:.0f}: {found.how}"
        )

    return ask


async def _counts(account: Account) -> Verdict:
    """Find out whether longer buckets count less: request in hours what was too much in minutes."""
    for asset in (Asset.ZONES, Asset.ROOMS):
        if (refused := account.found.get(f"limit.{asset}.1m")) is None:
            continue
        base = await people_question(account, asset)
        part = _sized(base, account.settled, float(refused) * 1.2, "1h")
        if part is None:
            continue
        try:
            answer = await account.rows(part)
        except ButlrOverloadedError, ButlrTimeoutError:
            answer = await account.rows(part.about(()))
        weight = len(part.ids) * part.seconds / HOUR
        rows = many(len(answer.raw), "row")
        evidence = f"{weight:.0f} item-hours in one-hour buckets: {rows}; too large in one-minute buckets"
        return Verdict("rows" if answer.raw else "hours", evidence)
    return undetermined("no limit was reached in one-minute buckets")


async def _batch(account: Account) -> Verdict:
    """Request the last minutes of more and more rooms, as the integration does."""
    base = await people_question(account, Asset.ROOMS)
    rooms = await account.counted("rooms", BATCHES[-1])
    answered = 0
    for size in BATCHES:
        some = base.about(rooms[:size])
        if not (number := len({row.space_id for row in (await account.rows(some)).rows})):
            break
        answered = len(some.ids)
        if size >= len(rooms):
            return Verdict(
                f"at least {answered}", f"{number} of {many(answered, 'room')} have rows; there are no more rooms"
            )
    evidence = f"{many(answered, 'room')} at once have rows, of {len(rooms)} with online presence sensors"
    return Verdict(str(answered), evidence) if answered else undetermined(evidence)


CHECKS = (
    Check("batch_rooms", "For how many rooms at once are the last ten minutes answered?", _batch),
    Check("limit_zones", "How many zones times hours are answered in one-minute buckets?", _limit(Asset.ZONES, "1m")),
    Check("limit_rooms", "And rooms times hours?", _limit(Asset.ROOMS, "1m")),
    Check("limit_rooms_by_hour", "And rooms times hours in one-hour buckets?", _limit(Asset.ROOMS, "1h")),
    Check(
        "limit_counts",
        "Does the limit count rows, or hours regardless of the bucket length?",
        _counts,
        ("limit_zones", "limit_rooms"),
    ),
)
