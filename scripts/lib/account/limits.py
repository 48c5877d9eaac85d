"""Checks of how much may be asked at once: a search in few steps, which ends at the first that is too much."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Final

from custom_components.butlr.api.buckets import HOUR
from custom_components.butlr.api.errors import ButlrOverloadedError, ButlrTimeoutError
from custom_components.butlr.api.questions import Asset, Question

from .account import Account, last_hours
from .checks import Check, Verdict, many, unclear
from .presence import people_question

# How much is asked for in turn, as items times hours. The support article's maxima can be read as 160.
STEPS: Final = (20, 80, 150, 170, 240, 320)
# A longer range than a week is not asked for in minutes, nor one of more than two months in hours.
LONGEST: Final = {"1m": 168, "1h": 1440}
# So many rooms are asked about at once, in turn; the integration asks about the most.
BATCHES: Final = (30, 75, 150)
# No larger answer is asked for.
MOST_ROWS: Final = 20_000


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a search came to: the most item-hours that were answered, and the fewest that were not, and how."""

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
    """Return a question of about so many item-hours, with as many spaces as fit; None where there are too few."""
    if not question.ids:
        return None
    hours = max(-(-size // len(question.ids)), 1)
    ids = question.ids[: max(round(size / hours), 1)]
    if hours > LONGEST[every] or len(ids) * hours * (60 if every == "1m" else 1) > MOST_ROWS:
        return None
    return last_hours(question.about(ids), stop, hours, every)


async def _last_hour(account: Account, part: Question) -> bool:
    """Tell whether the last hour of a question that was answered with nothing has rows: then that was too much."""
    return bool((await account.rows(replace(part, start=part.stop - HOUR))).raw)


def _limit(asset: Asset, every: str) -> Callable[[Account], Awaitable[Verdict]]:
    async def ask(account: Account) -> Verdict:
        found = await _search(account, asset, every)
        if found.answered is None:
            return unclear("nothing was answered at all")
        evidence = f"answered {found.answered:.0f} item-hours ({many(found.rows, 'row')})"
        if found.refused is None:
            return Verdict(f"over {found.answered:.0f}", f"{evidence}; there are too few spaces to ask for more")
        name = f"limit.{asset}.{every}"
        account.found[name] = str(found.refused)
        return Verdict(
            f"{found.answered:.0f} to {found.refused:.0f}", f"{evidence}, not {found.refused:.0f}: {found.how}"
        )

    return ask


async def _counts(account: Account) -> Verdict:
    """Find out whether coarser buckets weigh less: what is too much in minutes is asked for in hours."""
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
        evidence = f"{weight:.0f} item-hours in buckets of an hour: {many(len(answer.raw), 'row')}; too much in minutes"
        return Verdict("rows" if answer.raw else "hours", evidence)
    return unclear("no limit was met in minutes")


async def _batch(account: Account) -> Verdict:
    """Ask for the last minutes of ever more rooms, as the integration does."""
    base = await people_question(account, Asset.ROOMS)
    rooms = await account.counted("rooms", BATCHES[-1])
    answered = 0
    for size in BATCHES:
        some = base.about(rooms[:size])
        if not (number := len({row.space_id for row in (await account.rows(some)).rows})):
            break
        answered = len(some.ids)
        if size >= len(rooms):
            return Verdict(f"at least {answered}", f"{number} of {many(answered, 'room')} have rows; there are no more")
    evidence = f"{many(answered, 'room')} at once have rows, of {len(rooms)} that are counted"
    return Verdict(str(answered), evidence) if answered else unclear(evidence)


CHECKS = (
    Check("batch_rooms", "How many rooms are answered at once, of the last ten minutes?", _batch),
    Check("limit_zones", "How many zones times hours are answered in minutes?", _limit(Asset.ZONES, "1m")),
    Check("limit_rooms", "And rooms?", _limit(Asset.ROOMS, "1m")),
    Check("limit_rooms_by_hour", "And rooms by the hour?", _limit(Asset.ROOMS, "1h")),
    Check(
        "limit_counts",
        "Does the limit count rows, or hours however long the buckets are?",
        _counts,
        ("limit_zones", "limit_rooms"),
    ),
)
