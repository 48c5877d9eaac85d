"""What is known about one space, as far as it may be told; every answer rests on this."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from ..actions.usually_free import PEOPLE_KEYS
from ..api.estate import Building, Floor, PrimarySource, Space, Zone
from ..live.busyness import Busyness, busyness_with, percent_of
from ..live.reasons import Reason
from ..live.small_groups import ShownCount, shown_count, together
from ..live.space import Confidence, SpaceState
from .places import Place

# In answers: the people who are counted, and those who are only estimated and not part of them.
KEY_PEOPLE: Final = "people"
KEY_ELSEWHERE: Final = "people_estimated_elsewhere"
_OCCUPANCY_KEY: Final = "occupancy"
_UTILIZATION_KEY: Final = "utilization"
_BUSYNESS_KEY: Final = "busyness"


# What a model must be told of; that a number is an estimate, or unknown, is told otherwise.
_TOLD_CONFIDENCES: Final = (Confidence.PARTIAL, Confidence.STALE)


class NotToldError(Exception):
    """A question that cannot be answered; the text says why, for a language model."""


@dataclass(frozen=True)
class Facts:
    """A space of a place, at the time of the question."""

    place: Place
    space: Space

    @cached_property
    def state(self) -> SpaceState:
        """Return the state."""
        return self.place.scope.data.live.state(self.space.id)

    @cached_property
    def source(self) -> PrimarySource | None:
        """Return which number stands for the space."""
        return self.place.scope.estate.primary_source(self.space)

    @property
    def is_visible(self) -> bool:
        """Return whether anything of the space may be told."""
        return bool(self.place.visible.entities.get(self.space.id))

    @property
    def is_estimated(self) -> bool:
        """Return whether the number is entries minus exits."""
        return self.source is PrimarySource.TRAFFIC

    def tells(self, *keys: str) -> bool:
        """Return whether any of these entities may be told."""
        return self.place.visible.tells(self.space.id, keys)

    @property
    def tells_people(self) -> bool:
        """Return whether the number of people may be told."""
        return self.source is not None and self.tells(PEOPLE_KEYS[self.source])

    @property
    def tells_occupancy(self) -> bool:
        """Return whether it may be told if the space is occupied: a number of people can tell that, too."""
        return self.tells_people or self.tells(_OCCUPANCY_KEY)

    @property
    def tells_utilization(self) -> bool:
        """Return whether it may be told how much of the capacity is used: a number tells that, too."""
        return self.tells_people or self.tells(_UTILIZATION_KEY)

    @property
    def tells_busyness(self) -> bool:
        """Return whether it may be told how busy the space is: the share of the capacity tells that, too."""
        return self.tells_utilization or self.tells(_BUSYNESS_KEY)

    @property
    def is_available(self) -> bool:
        """Return whether the number is available."""
        return self.state.traffic_available if self.is_estimated else self.state.available

    @property
    def people(self) -> int | None:
        """Return the number of people; None if it is unknown or unavailable."""
        return self.state.primary_count if self.is_available else None

    @property
    def is_occupied(self) -> bool | None:
        """Return whether the space is occupied; None if that is unknown or unavailable."""
        return self.state.occupied if self.state.available else None

    @property
    def occupied_as_told(self) -> bool | None:
        """Return whether the space is occupied, unless only something else than what may be told tells that."""
        implied = self.tells_people and self.number is not None and self.is_occupied is bool(self.number)
        return self.is_occupied if implied or self.tells(_OCCUPANCY_KEY) else None

    @property
    def number(self) -> int | None:
        """Return the number of people, which is unknown if nobody is counted in an occupied space."""
        return None if self.people == 0 and self.is_occupied else self.people

    @cached_property
    def shown(self) -> ShownCount:
        """Return the number as it may be told: a small group only as fewer than a number."""
        scope = self.place.scope
        if not scope.smallest_group:
            return ShownCount(self.number)
        parts = (Facts(self.place, space) for space in scope.counted_parts.get(self.space.id, ()))
        return shown_count(self.number, scope.smallest_group, (one.shown for one in parts if one.tells_people))

    @cached_property
    def sensed_inside(self) -> list[Facts]:
        """Return the spaces in it that sensors cover."""
        scope = self.place.scope
        inside = [Facts(self.place, one) for one in scope.estate.within((self.space.id,)) if one is not self.space]
        return [one for one in inside if scope.data.live.is_sensed(one.space.id)]

    @cached_property
    def uncounted(self) -> list[Space]:
        """Return the spaces in it whose people are not part of its count: only doors sense them."""
        if self.source is not PrimarySource.PRESENCE or not isinstance(self.space, Building | Floor):
            return []
        scope = self.place.scope
        around, found = [self.space.id], dict[str, Space]()
        while around:
            for space in scope.children.get(around.pop(), ()):
                if scope.estate.primary_source(space) is not PrimarySource.TRAFFIC:
                    around.append(space.id)
                elif not isinstance(space, Zone) or space.room_id not in found:
                    found[space.id] = space
        return list(found.values())

    @property
    def is_whole(self) -> bool:
        """Return whether the number is that of everybody in the space."""
        if not self.unknown_floors and not self.uncounted:
            return True
        # What is known to be empty has nobody, however it is sensed.
        return self.number == 0 and self.is_occupied is False

    @cached_property
    def unknown_floors(self) -> int:
        """Return how many floors are missing in the sum of a building."""
        if not isinstance(self.space, Building):
            return 0
        return self.place.scope.data.live.uncounted_floors(self.space.id)

    def as_dict(self) -> dict[str, Any]:
        """Return what may be told, in words that a language model understands."""
        told: dict[str, Any] = {"place": self.place.part(self.space).label}
        if self.source and self.tells_people:
            told |= self._people()
        elif self.source:
            told["people_not_shared"] = True
        if self.tells_occupancy:
            told["occupied"] = self.occupied_as_told
            if self.occupied_as_told is not None and self.state.confidence in _TOLD_CONFIDENCES:
                told["confidence"] = self.state.confidence.value
        if self.space.capacity is not None:
            told["capacity"] = self.space.capacity
            told |= self._busyness()
        if isinstance(self.space, Building | Floor) and self.tells("free_rooms"):
            told["free_rooms"] = self.state.free_rooms if self.state.available else None
        if why := self._why_unknown(told):
            told["unknown_because"] = why
        return told

    def _people(self) -> dict[str, Any]:
        if self.is_whole:
            estimated = self.is_estimated or bool(self.uncounted)
            return {**told_as("people", self.shown), **({"is_estimate": True} if estimated else {})}
        # Without the others, zero would be a guess.
        told: dict[str, Any] = {"people_at_least": self.shown.least} if self.number else {"people": None}
        if self.unknown_floors:
            told["floors_without_a_known_number"] = self.unknown_floors
        elsewhere = [facts for space in self.uncounted if (facts := Facts(self.place, space)).tells_people]
        return told | added(KEY_ELSEWHERE, elsewhere, at_least=len(elsewhere) < len(self.uncounted))

    def _busyness(self) -> dict[str, Any]:
        """Return how much of the capacity is used: of the part that is known, at least so much."""
        told: dict[str, Any] = {}
        if self.source is None:
            return told
        shown = self.shown
        if self.tells_utilization:
            if self.number and not self.is_whole:
                told["utilization_percent_at_least"] = percent_of(shown.least, self.space)
            elif shown.fewer_than:
                told["utilization_percent_below"] = percent_of(shown.fewer_than, self.space)
            else:
                told["utilization_percent"] = percent_of(shown.number, self.space) if self.is_whole else None
        if self.tells_busyness:
            busyness = self.shown_busyness if self.is_whole else None
            told["busyness"] = busyness and busyness.value
        return told

    @property
    def shown_busyness(self) -> Busyness | None:
        """Return how busy the space is; None if that is unknown, or would tell more of a small group than is told."""
        if self.number is None:
            return None
        shown = self.shown
        with_least, with_most = (busyness_with(count, self.space) for count in (shown.least, shown.most))
        return with_most if with_least is with_most else None

    def _why_unknown(self, told: dict[str, Any]) -> str | None:
        """Return why a fact that may be told is unknown."""
        if self.place.scope.data.live.reason(self.space.id) is Reason.NO_SENSORS:
            return "no sensor covers it"
        if None not in (told.get("people", 0), told.get("occupied", 0)):
            return None
        if self.people == 0 and self.occupied_as_told:
            return "it is occupied, but nobody is counted in it: the number is unknown"
        if not (self.state.available and (self.source is None or self.is_available)):
            return "its sensors are offline or Butlr sends no data"
        return "there is no recent and reliable number"


def told_as(key: str, shown: ShownCount) -> dict[str, Any]:
    """Return a number of people under a key that says whether it is told only as fewer than that."""
    return {f"{key}_fewer_than": shown.fewer_than} if shown.fewer_than else {key: shown.number}


def added(key: str, group: Collection[Facts], *, at_least: bool = False) -> dict[str, Any]:
    """Return the people of several spaces together; `at_least` says that there are more spaces than these."""
    if not group:
        return {}
    counts = [one.shown for one in group if one.number is not None]
    missing = len(group) - len(counts)
    if not (missing or at_least) and all(one.is_whole for one in group):
        return told_as(key, together(counts))
    # Without the others, zero would be a guess.
    least = sum(one.least for one in counts)
    told: dict[str, Any] = {f"{key}_at_least": least} if least else {key: None}
    if missing:
        told[f"spaces_without_a_known_number{'' if key == KEY_PEOPLE else '_elsewhere'}"] = missing
    return told
