"""What is known about one space, as far as it may be told; every answer rests on this."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from ..actions.usually_free import PEOPLE_KEYS
from ..api.estate import Building, Floor, PrimarySource, Space
from ..live.busyness import busyness_of, utilization_of
from ..live.space import SpaceState
from .places import Place

_OCCUPANCY_KEY: Final = "occupancy"
_UTILIZATION_KEYS: Final = ("utilization", "busyness")


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
        """Return whether it may be told if the space is occupied: the number that stands for it tells that, too."""
        return self.tells_people or self.tells(_OCCUPANCY_KEY)

    @property
    def tells_utilization(self) -> bool:
        """Return whether it may be told how much of the capacity is used: a number tells that, too."""
        return self.tells_people or self.tells(*_UTILIZATION_KEYS)

    @property
    def is_available(self) -> bool:
        """Return whether the number is available."""
        return self.state.traffic_available if self.is_estimated else self.state.available

    @property
    def people(self) -> int | None:
        """Return the number of people; None if it is unknown or unavailable."""
        return self.state.primary_count if self.is_available else None

    @cached_property
    def unknown_floors(self) -> int:
        """Return how many floors are missing in the sum of a building."""
        if not isinstance(self.space, Building):
            return 0
        estate, live = self.place.scope.estate, self.place.scope.data.live
        states = (
            live.state(floor.id)
            for floor in estate.floors.values()
            if floor.building_id == self.space.id and estate.counts_people(floor)
        )
        return sum(not state.available or state.people is None for state in states)

    def as_dict(self) -> dict[str, Any]:
        """Return what may be told, in words that a language model understands."""
        told: dict[str, Any] = {"place": self.place.part(self.space).label}
        if self.source and self.tells_people:
            told |= self._people()
        elif self.source:
            told["people_not_shared"] = True
        if self.tells_occupancy:
            told["occupied"] = self.state.occupied if self.state.available else None
        if self.space.capacity is not None:
            told["capacity"] = self.space.capacity
        if self.source and self.space.capacity is not None and self.tells_utilization:
            known = self.people is not None and not self.unknown_floors
            told["utilization_percent"] = utilization_of(self.state, self.space) if known else None
            busyness = busyness_of(self.state, self.space) if known else None
            told["busyness"] = busyness and busyness.value
        if isinstance(self.space, Building | Floor) and self.tells("free_rooms"):
            told["free_rooms"] = self.state.free_rooms if self.state.available else None
        if why := self._why_unknown(told):
            told["unknown_because"] = why
        return told

    def _people(self) -> dict[str, Any]:
        people = self.people
        if people is not None and self.unknown_floors:
            # Without these floors, zero would be a guess.
            known = {"people_at_least": people} if people else {"people": None}
            return {**known, "floors_without_a_known_number": self.unknown_floors}
        return {"people": people, **({"is_estimate": True} if self.is_estimated else {})}

    def _why_unknown(self, told: dict[str, Any]) -> str | None:
        """Return why a fact that may be told is unknown."""
        if self.source is None and told.get("occupied") is None:
            return "no sensor covers it" if self.state.available else "its sensors are offline or Butlr sends no data"
        if None not in (told.get("people", 0), told.get("occupied", 0)):
            return None
        if not (self.is_available and self.state.available):
            return "its sensors are offline or Butlr sends no data"
        return "there is no recent and reliable number"
