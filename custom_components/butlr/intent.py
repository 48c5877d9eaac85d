"""The table of questions that Assist answers. What is said is in `assist/spoken.py`.

Home Assistant takes no sentences from an integration: `docs/custom_sentences/` has files that a person copies.
"""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, override

from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv, intent
import voluptuous as vol

from .assist.names import Fit
from .assist.places import Kind, Place, Places
from .assist.spoken import Speech

# The assistant of Home Assistant itself, whose exposed entities count if the caller names none.
ASSIST: Final = "conversation"
SLOT_SPACE: Final = "space"
# A word for the building that a room may have as its name.
SLOT_OFFICE: Final = "office"
SLOT_HERE: Final = "here"
SLOT_PEOPLE: Final = "people"
# Home Assistant fills this slot with the area of the device that listens.
SLOT_AREA: Final = "preferred_area_id"

_NAME: Final = vol.All(cv.string, vol.Length(max=255))

type Slots = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Meant:
    """The places that a question is about; `is_close` says that no place has the name that was said."""

    places: Sequence[Place]
    is_close: bool = False


async def _find_free_room(speech: Speech, meant: Meant, slots: Slots) -> str:
    rooms = await speech.free_rooms(meant.places, slots.get(SLOT_PEOPLE))
    # The rooms do not tell where they were looked for.
    return speech.join([speech.say("about", space=speech.names(meant.places)), rooms]) if meant.is_close else rooms


async def _get_people(speech: Speech, meant: Meant, slots: Slots) -> str:
    return speech.people(meant.places)


async def _is_anyone_there(speech: Speech, meant: Meant, slots: Slots) -> str:
    return speech.anyone(meant.places)


async def _get_busyness(speech: Speech, meant: Meant, slots: Slots) -> str:
    return speech.busyness(meant.places)


@dataclass(frozen=True, slots=True, kw_only=True)
class AssistQuestion:
    """A question; `everywhere` says whether it can be about all buildings together."""

    intent_type: str
    description: str
    answer: Callable[[Speech, Meant, Slots], Coroutine[Any, Any, str]]
    everywhere: bool = False


QUESTIONS: Final = (
    AssistQuestion(
        intent_type="ButlrFindFreeRoom",
        description="Finds a room that is known to be free, on a floor or in a building, for a number of people",
        answer=_find_free_room,
        everywhere=True,
    ),
    AssistQuestion(
        intent_type="ButlrGetPeople",
        description="Tells how many people are in a building, floor, room or zone",
        answer=_get_people,
    ),
    AssistQuestion(
        intent_type="ButlrIsAnyoneThere",
        description="Tells whether anyone is in a building, floor, room or zone",
        answer=_is_anyone_there,
    ),
    AssistQuestion(
        intent_type="ButlrGetBusyness",
        description="Tells how much of the capacity of a building, floor, room or zone is used",
        answer=_get_busyness,
    ),
)


async def async_setup_intents(hass: HomeAssistant) -> None:
    """Register the answers; they serve all organizations that are set up now or later."""
    for question in QUESTIONS:
        intent.async_register(hass, ButlrIntentHandler(question))


class NotAnsweredError(Exception):
    """A question that cannot be answered; its text says why, in the person's language."""


class ButlrIntentHandler(intent.IntentHandler):
    """Answers one question."""

    def __init__(self, question: AssistQuestion) -> None:
        """Take a row of the table."""
        self._question = question
        self.intent_type = question.intent_type
        self.description = question.description

    @property
    @override
    def slot_schema(self) -> dict[Any, Any]:
        return {
            vol.Optional(SLOT_SPACE): _NAME,
            vol.Optional(SLOT_OFFICE): _NAME,
            vol.Optional(SLOT_HERE): cv.string,
            vol.Optional(SLOT_PEOPLE): vol.All(vol.Coerce(int), vol.Range(min=1, max=10_000)),
            vol.Optional(SLOT_AREA): cv.string,
        }

    @override
    async def async_handle(self, intent_obj: intent.Intent) -> intent.IntentResponse:
        """Answer in the person's language; what the assistant may not see is not told."""
        slots = {name: slot["value"] for name, slot in self.async_validate_slots(intent_obj.slots).items()}
        speech = await Speech.load(intent_obj.hass, intent_obj.language)
        places = await Places.load(
            intent_obj.hass, assistant=intent_obj.assistant or ASSIST, context=intent_obj.context
        )
        response = intent_obj.create_response()
        try:
            meant = self._meant(speech, places, slots)
        except NotAnsweredError as err:
            response.async_set_error(intent.IntentResponseErrorCode.NO_VALID_TARGETS, str(err))
            return response
        response.response_type = intent.IntentResponseType.QUERY_ANSWER
        response.async_set_speech(await self._question.answer(speech, meant, slots))
        return response

    def _meant(self, speech: Speech, places: Places, slots: Slots) -> Meant:
        """Return the places that a question is about; raises NotAnsweredError."""
        if not places.organizations:
            raise NotAnsweredError(speech.say("not_loaded"))
        if not places.buildings:
            raise NotAnsweredError(speech.say("not_exposed"))
        if name := slots.get(SLOT_SPACE):
            return _named(speech, places, name)
        if (name := slots.get(SLOT_OFFICE)) and (found := places.find(name)).fit and found.fit <= Fit.WITHIN:
            return _named(speech, places, name)
        if SLOT_HERE in slots:
            if here := _here(places, slots.get(SLOT_AREA)):
                return Meant(here)
            raise NotAnsweredError(speech.say("not_here"))
        if len(places.buildings) > 1 and not self._question.everywhere:
            names = speech.names(places.buildings)
            raise NotAnsweredError(speech.say("which_building", names=names))
        return Meant(places.buildings)


def _named(speech: Speech, places: Places, name: str) -> Meant:
    """Return the place that is meant by a name; raises NotAnsweredError if none is, or one of several."""
    found = places.find(name)
    if found.place:
        return Meant([found.place], found.is_close)
    names = speech.names(found.alternatives)
    if found.ambiguous:
        raise NotAnsweredError(speech.say("which", name=name, names=names))
    sentences = [speech.say("no_match", name=name), *([speech.say("suggest", names=names)] if names else [])]
    raise NotAnsweredError(speech.join(sentences))


def _here(places: Places, area_id: str | None) -> list[Place]:
    """Return the rooms in an area; if there are none, its zones, else its floors or buildings."""
    by_kind: dict[Kind, list[Place]] = {}
    for place in places.all:
        device = place.visible.devices.get(place.space.id) if place.space else None
        if device and area_id and device.area_id == area_id:
            by_kind.setdefault(place.kind, []).append(place)
    return next((by_kind[kind] for kind in (Kind.ROOM, Kind.ZONE, Kind.FLOOR, Kind.BUILDING) if kind in by_kind), [])
