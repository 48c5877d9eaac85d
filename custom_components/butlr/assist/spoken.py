"""What Assist says to a person: answers about places as sentences in the person's language.

The texts are those in `translations/` whose key begins with "say_". A number is told as an estimate where it is one,
and what is not known is said to be unknown.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Self

from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util import language as language_util

from ..actions.available_rooms import ATTR_CAPACITY_MIN, ATTR_LIMIT, Rejection, find_rooms
from ..actions.target import Scope
from ..api.estate import Building, Floor, PrimarySource, Room, Space
from ..const import DOMAIN
from ..history.usual import UsualUse
from ..live.busyness import busyness_of, utilization_of
from ..live.reasons import Reason
from ..live.space import Confidence
from .facts import Facts
from .free_rooms import hides_rooms, rank_anywhere, rooms_to_tell
from .places import Place

# The field of an action that names the language of its text.
ATTR_LANGUAGE: Final = "language"
# The languages of `translations/`.
LANGUAGES: Final = ("de", "en", "es", "fr", "ja", "nl")
_FALLBACK: Final = "en"
_PREFIX: Final = f"component.{DOMAIN}.common.say_"
# Maximum number of spaces, and of further free rooms, that are told; nobody remembers more by ear.
MAX_SPACES: Final = 5
MAX_FURTHER_ROOMS: Final = 3
# Why nothing is known about a room that matches otherwise.
_NOT_KNOWN: Final = (
    Rejection.NO_SENSORS,
    Rejection.UNAVAILABLE,
    Rejection.UNKNOWN,
    Rejection.STALE,
    Rejection.PARTIAL,
)


def closest_language(language: str) -> str:
    """Return the language of `translations/` that is closest to a person's."""
    return next(iter(language_util.matches(language, LANGUAGES)), _FALLBACK)


class Speech:
    """Says things in one language."""

    def __init__(self, language: str, texts: Mapping[str, str]) -> None:
        """Take the texts of a language."""
        self._texts = texts
        self._between_sentences, self._between_names = ("", "、") if language == "ja" else (" ", ", ")

    @classmethod
    async def load(cls, hass: HomeAssistant, language: str) -> Self:
        """Load the texts of the language that is closest to a person's."""
        closest = closest_language(language)
        return cls(closest, await async_get_translations(hass, closest, "common", {DOMAIN}))

    def say(self, key: str, **values: Any) -> str:
        """Return one text with its values."""
        return self._texts[f"{_PREFIX}{key}"].format(**values)

    def join(self, sentences: Iterable[str]) -> str:
        """Return sentences as one text."""
        return self._between_sentences.join(sentences)

    def names(self, places: Sequence[Place]) -> str:
        """Return the names of some places, with what contains them where a name alone does not tell them apart."""
        alone = Counter(place.name for place in places)
        names = [place.name if alone[place.name] == 1 else _full_name(place) for place in places]
        different = list(dict.fromkeys(names))
        listed = self.listed(different[:MAX_SPACES])
        more = len(different) - MAX_SPACES
        return self.say("names_more", names=listed, count=more) if more > 0 else listed

    def listed(self, names: Iterable[str]) -> str:
        """Return names as one text."""
        return self._between_names.join(names)

    # -- answers ----------------------------------------------------------------------------------------------------

    def people(self, places: Iterable[Place]) -> str:
        """Say how many people are in places."""
        return self._each(places, _Said.people)

    def anyone(self, places: Iterable[Place]) -> str:
        """Say whether anyone is in places."""
        return self._each(places, _Said.anyone)

    def busyness(self, places: Iterable[Place]) -> str:
        """Say how busy places are."""
        return self._each(places, _Said.busyness)

    def _each(self, places: Iterable[Place], sentence: Callable[[_Said], str]) -> str:
        """Say something about each of several spaces; of many, the total and those that are not known to be empty."""
        said = [_Said(self, place, space) for place in places for space in place.spaces]
        if len(said) <= MAX_SPACES:
            return self.join(map(sentence, said))
        shown = [one.shown_as() for one in said]
        counts = {"occupied": shown.count(True), "empty": shown.count(False), "unknown": shown.count(None)}
        told = [one for wanted in (True, None) for one, state in zip(said, shown, strict=True) if state is wanted]
        more = len(told) - MAX_SPACES
        return self.join(
            [
                self.say("several", count=len(said), **counts),
                *map(sentence, told[:MAX_SPACES]),
                *([self.say("several_more", count=more)] if more > 0 else []),
            ]
        )

    async def free_rooms(self, places: Sequence[Place], seats: int | None) -> str:
        """Say which rooms in places are known to be free, the smallest that is large enough first."""
        fields = {ATTR_LIMIT: 1 + MAX_FURTHER_ROOMS} | ({ATTR_CAPACITY_MIN: seats} if seats else {})
        found = [
            (scope, await find_rooms(scope, [room for _, room in rooms.values()], fields))
            for scope, rooms in rooms_to_tell(places)
        ]
        free = [(scope, room) for scope, answer in found for room in answer["rooms"]]
        if free := sorted(free, key=lambda one: rank_anywhere(one[1])):
            return self.join(self._free(free, sum(answer["free"] for _, answer in found)))
        left_out = Counter[str]()
        for _, answer in found:
            left_out.update(answer["left_out"])
        unknown = any(left_out[one] for one in _NOT_KNOWN)
        considered = any(answer["considered"] for _, answer in found)
        if left_out[Rejection.OCCUPIED] or unknown or (considered and hides_rooms(places)):
            return self.join([self.say("none_free"), *([self.say("some_unknown")] if unknown else [])])
        if left_out[Rejection.CAPACITY_UNKNOWN]:
            return self.say("capacity_unknown")
        if considered:
            return self.say("no_rooms")
        hidden = [place for place in places if any(isinstance(space, Room) for space in place.inside())]
        return self.join(self.say("hidden", space=place.name) for place in hidden) or self.say("no_rooms")

    def _free(self, free: Sequence[tuple[Scope, Mapping[str, Any]]], count: int) -> Iterable[str]:
        """Yield sentences about free rooms, of which there may be more."""
        (_, best), further = free[0], free[1 : 1 + MAX_FURTHER_ROOMS]
        yield self.say(
            "free_estimated" if _is_free_by_estimate(best) else "free", space=best["name"], floor=best["floor"]
        )
        if best["capacity"]:
            yield self.say("capacity", count=best["capacity"])
        match UsualUse(best["usual_use"]):
            case UsualUse.FREE_UNTIL_MIDNIGHT:
                yield self.say("free_until_midnight")
            case UsualUse.FREE_UNTIL_USED | UsualUse.FREE_UNTIL_UNKNOWN:
                until = datetime.fromisoformat(best["usually_free_until"])
                yield self.say("free_until_used", time=until.strftime("%H:%M"))
            case UsualUse.USED:
                yield self.say("used")
        if further:
            names = self.listed(
                self.say("by_estimate", space=room["name"]) if _is_free_by_estimate(room) else room["name"]
                for _, room in further
            )
            more = count - 1 - len(further)
            yield self.say("also_free_more", names=names, count=more) if more else self.say("also_free", names=names)

    def counted(self, key: str, count: int, space: str) -> str:
        """Say a number of people in the form of its grammatical number."""
        form = {0: "none", 1: "one"}.get(count, "other")
        return self.say(f"{key}_{form}", count=count, space=space)


def _is_free_by_estimate(room: Mapping[str, Any]) -> bool:
    """Return whether it is an estimate that nobody is in a free room."""
    return bool(room["confidence"] == Confidence.ESTIMATED)


def _full_name(place: Place) -> str:
    """Return the name of a place with the names of what contains it, as a person can say it."""
    around = place.scope.estate.around(place.space) if place.space else ()
    return " ".join([place.name, *(place.scope.identify(one)["name"] for one in around)])


class _Said:
    """What is said about one space."""

    def __init__(self, speech: Speech, place: Place, space: Space) -> None:
        """Prepare to speak of the space."""
        self._speech, self._facts, self._space = speech, Facts(place, space), space
        self._estate = place.scope.estate
        self._name: str = place.scope.identify(space)["name"]

    def people(self) -> str:
        """Say how many people are in the space."""
        if self._facts.source is None:
            # Doors and motion tell whether anyone is there, but not how many.
            return self._occupancy("occupied_uncounted")
        return self._people() if self._facts.tells_people else self._say("hidden")

    def anyone(self) -> str:
        """Say whether anyone is in the space."""
        if self._facts.is_occupied and self._facts.tells_people and self._facts.number:
            return self._people()
        return self._occupancy("occupied")

    def _occupancy(self, occupied: str) -> str:
        """Say whether anyone is in the space, not how many; `occupied` is what is said if somebody is."""
        facts = self._facts
        if self._is_unsensed():
            return self._say("no_sensors")
        if not facts.tells_occupancy:
            return self._say("hidden")
        if not facts.state.available:
            return self._say("unavailable")
        # Without yes or no, because it may be asked whether the space is in use, or whether it is free.
        if facts.occupied_as_told:
            return self._say(occupied)
        if facts.occupied_as_told is None:
            return self._say("occupancy_unknown")
        return self._say("about_none" if self._is_estimated() else "people_none")

    def busyness(self) -> str:
        """Say how busy the space is."""
        facts = self._facts
        if facts.source is None:
            return self._occupancy("occupied_uncounted")
        if not facts.tells_utilization:
            return self._say("hidden")
        if facts.number is None or not facts.is_whole:
            # How much of the capacity is used may be told without the number.
            unknown = "unknown" if facts.is_available else "unavailable"
            return self._people() if facts.tells_people else self._say(unknown)
        if facts.shown.fewer_than:
            # How much of the capacity is used would tell how many there are.
            return self._people()
        people = [self._people()] if facts.tells_people else []
        utilization, busyness = utilization_of(facts.state, self._space), busyness_of(facts.state, self._space)
        if utilization is None or busyness is None:
            return self._speech.join([*people, self._say("no_capacity")])
        return self._speech.join([*people, self._speech.say(busyness.value, percent=round(utilization))])

    def _people(self) -> str:
        """Say the number of people, or why it is unknown."""
        facts, count = self._facts, self._facts.number
        if not facts.is_available:
            return self._say("unavailable")
        # Without what is not counted, zero would be a guess.
        if count is None or (not facts.is_whole and not count):
            return self._say("occupied_uncounted" if facts.occupied_as_told else "unknown")
        estimated = facts.is_estimated if count else self._is_estimated()
        shown = facts.shown
        if facts.is_whole and shown.fewer_than:
            key = "about_fewer_than" if estimated else "fewer_than"
            return self._speech.say(key, count=shown.fewer_than, space=self._name)
        key = "at_least" if facts.unknown_floors else "people" if facts.is_whole else "at_least_counted"
        return self._speech.counted("about" if estimated else key, shown.least, self._name)

    def shown_as(self) -> bool | None:
        """Return whether the space is shown as occupied; None if that is unknown or may not be told."""
        return self._facts.occupied_as_told

    def _is_unsensed(self) -> bool:
        """Return whether no sensor covers the space."""
        return self._facts.place.scope.data.live.reason(self._space.id) is Reason.NO_SENSORS

    def _is_estimated(self) -> bool:
        """Return whether it takes estimates to know that nobody is there: of the space, or of rooms in it."""
        if self._facts.is_estimated:
            return True
        if not isinstance(self._space, Building | Floor):
            return False
        return any(
            self._estate.primary_source(room) is PrimarySource.TRAFFIC
            for room in (*self._estate.floors.values(), *self._estate.rooms.values())
            if self._space in self._estate.around(room)
        )

    def _say(self, key: str) -> str:
        return self._speech.say(key, space=self._name)
