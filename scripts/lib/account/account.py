"""What the checks share: the estate, suitable spaces, and the reading of answers."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from custom_components.butlr.api.answers import Row, read_rows
from custom_components.butlr.api.buckets import HOUR, zone_named
from custom_components.butlr.api.errors import ButlrError, ButlrOverloadedError, ButlrTimeoutError
from custom_components.butlr.api.estate import Estate, Mode, Room, Space
from custom_components.butlr.api.estate_reader import fetch_estate
from custom_components.butlr.api.questions import Question, full_minute

from .client import CheckingClient, Sleep

# Spaces per request; what the support article advises for two hours.
MAX_SPACES: Final = 30
# Seconds; counts of the last minutes are still recomputed.
SETTLING_TIME: Final = 360.0
# How deep an answer is followed, and how often an unanswered request is split in half.
MAX_DEPTH: Final = 8
HALVINGS: Final = 3


@dataclass(frozen=True, slots=True)
class Answer:
    """The rows of an answer, raw and as the integration reads them."""

    question: Question
    raw: list[dict[str, Any]] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)

    @property
    def timestamps(self) -> set[float]:
        """Return the times of the rows."""
        return {row.timestamp for row in self.rows}


class Account:
    """One organization at Butlr. Answers are cached; failed requests are repeated."""

    def __init__(self, client: CheckingClient, sleep: Sleep) -> None:
        """Begin with nothing known."""
        self.client = client
        self.sleep = sleep
        # The readings found so far, by check; some checks depend on others.
        self.found: dict[str, str] = {}
        self._estate: Estate | None = None
        self._login: dict[str, Any] | None = None

    @property
    def settled(self) -> float:
        """Return the last full minute whose counts no longer change."""
        return full_minute(self.client.now() - SETTLING_TIME)

    async def estate(self) -> Estate:
        """Return the estate."""
        if self._estate is None:
            self._estate = await fetch_estate(self.client)
        return self._estate

    async def login(self) -> dict[str, Any]:
        """Return the answer to a login."""
        if self._login is None:
            self._login = await self.client.log_in()
        return self._login

    async def graphql(self, document: str) -> dict[str, Any]:
        """Return the answer to a query, which is sent once."""
        if document not in self.client.answers:
            await self.client.graphql(document)
        return self.client.answers[document]

    async def rows(
        self, question: Question, *, halvings: int = 0, vary: Callable[[Question], dict[str, Any]] = Question.body
    ) -> Answer:
        """Return the answer to a question; `vary` may change the request body.

        While there are no rows, the question is split in half up to `halvings` times.
        """
        if not question.ids:
            return Answer(question)
        try:
            data = await self.client.report(vary(question))
        except ButlrOverloadedError, ButlrTimeoutError:
            if not halvings:
                raise
            data = []
        answer = Answer(question, list(flat(data)), list(read_rows(question, data)))
        if answer.raw or not halvings:
            return answer
        if len(question.ids) > 1:
            middle = len(question.ids) // 2
            parts: Sequence[Question] = (question.about(question.ids[:middle]), question.about(question.ids[middle:]))
        else:
            parts = question.halves() or ()
        for part in parts:
            got = await self.rows(part, halvings=halvings - 1, vary=vary)
            answer.raw.extend(got.raw)
            answer.rows.extend(got.rows)
        return answer

    async def is_accepted(self, body: dict[str, Any]) -> list[dict[str, Any]] | None:
        """Return the rows of the answer to a body; None if it is refused. Other errors are raised."""
        try:
            return list(flat(await self.client.report(body)))
        except ButlrError as err:
            if is_refused(err):
                return None
            raise

    # --- suitable spaces --------------------------------------------------------------------------------------------

    async def counted(self, kind: str, most: int = MAX_SPACES) -> tuple[str, ...]:
        """Return the rooms, floors or zones with an online presence sensor."""
        estate = await self.estate()
        ids = (space for space in getattr(estate, kind) if estate.any_online(estate.equipment(space).counters))
        return tuple(ids)[:most]

    async def dead(self) -> tuple[str, ...]:
        """Return the rooms whose presence sensors are all offline."""
        estate = await self.estate()
        return tuple(
            room
            for room in estate.rooms
            if (counters := estate.equipment(room).counters) and not estate.any_online(counters)
        )[:MAX_SPACES]

    async def doors_only(self) -> tuple[str, ...]:
        """Return the rooms that have only traffic sensors."""
        estate = await self.estate()
        return tuple(room for room in estate.rooms if _has_only_doors(estate, room))[:MAX_SPACES]

    async def with_doors(self, kind: str) -> tuple[tuple[str, ...], str]:
        """Return the rooms or floors with an online door sensor, of the time zone with the most, and that zone."""
        estate = await self.estate()
        by_zone: dict[str, list[str]] = {}
        spaces: dict[str, Space] = getattr(estate, kind)
        for space in spaces.values():
            if estate.any_online(estate.equipment(space.id).doors):
                zone = estate.site_of(space).time_zone or "UTC"
                by_zone.setdefault(zone, []).append(space.id)
        if not by_zone:
            return (), "UTC"
        # Prefer a zone other than UTC, since there the two days cannot be distinguished.
        zone = max(by_zone, key=lambda name: (zone_named(name) is not zone_named("UTC"), len(by_zone[name])))
        return tuple(by_zone[zone][:MAX_SPACES]), zone

    async def rooms_of_tags(self) -> tuple[str, ...]:
        """Return the tags of rooms with an online presence sensor."""
        estate = await self.estate()
        counted = set(await self.counted("rooms", len(estate.rooms)))
        return tuple(tag.id for tag in estate.tags.values() if counted.intersection(tag.space_ids))[:MAX_SPACES]


def is_refused(err: ButlrError) -> bool:
    """Return whether an error is about the request itself."""
    return type(err).__name__ in ("ButlrBadRequestError", "ButlrGraphQLError", "ButlrResponseError")


def flat(data: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
    """Yield every row in an answer."""
    if isinstance(data, dict):
        if "value" in data:
            yield data
            return
        data = list(data.values())
    if isinstance(data, list) and depth < MAX_DEPTH:
        for item in data:
            yield from flat(item, depth + 1)


def without_zone(question: Question) -> dict[str, Any]:
    """Return the body of a question without its time zone."""
    body = question.body()
    del body["window"]["timezone"]
    return body


def changed(question: Question, part: str, **fields: Any) -> dict[str, Any]:
    """Return the body of a question with some fields of a part replaced."""
    body = question.body()
    return body | {part: {**body.get(part, {}), **fields}}


def last_hours(question: Question, stop: float, hours: float, every: str) -> Question:
    """Return the same question about some hours up to the last full hour."""
    end = stop // HOUR * HOUR
    return replace(question, start=end - hours * HOUR, stop=end, every=every)


def ids_of(rows: Iterable[Row]) -> int:
    """Return the number of spaces in some rows."""
    return len({row.space_id for row in rows})


def _has_only_doors(estate: Estate, space_id: str) -> bool:
    equipment = estate.equipment(space_id)
    return (
        isinstance(estate.spaces[space_id], Room)
        and bool(equipment.sensors)
        and all(sensor.mode == Mode.TRAFFIC for sensor in equipment.sensors)
    )
