"""The tools that language models use: a table of questions. They only read, and their answers are small."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any, Final, override

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import llm
from homeassistant.util import dt as dt_util
import voluptuous as vol

from ..actions.time_range import EARLIEST
from ..const import DOMAIN
from ..runtime import ButlrConfigEntry
from .attention import attention
from .explanation import explain
from .facts import NotToldError
from .free_rooms import criteria_of, free_rooms
from .people import people_everywhere, people_in
from .places import Found, Kind, Place, Places
from .spoken import Speech
from .use import Period, Range, use_of

PROMPT: Final = (
    "Butlr senses, without cameras, how many people are in buildings, floors, rooms and zones. Pass names of places as "
    "the person says them. If a tool says that several places may be meant, ask the person which one. closest_name_to "
    "means that no place has that name: say which place the answer is about. null means unknown: say so, never say 0 "
    "or empty. Say that a number is an estimate if is_estimate is true. confidence partial means that not all of it is "
    "sensed now, stale that it was not confirmed lately: say so. people_at_least is not the whole number: say "
    "'at least'. people_fewer_than protects small groups: say 'fewer than', and do not work the number out. "
    "only_what_is_shared means that not everything there is shared with you: say that the answer covers only what is "
    "shared. not_all_inside_is_shared says that of the rooms and of the list of spaces."
)
# How long an answer may take, in seconds; a Model Context Protocol client waits for a minute.
TIMEOUT: Final = 45.0
MAX_OFFERED: Final = 20
# How many names are told where several places may be meant.
MAX_NAMES: Final = 10

type _Arguments = Mapping[str, Any]


def _text(given: Any) -> str:
    """Return a name that is not empty."""
    if not isinstance(given, str) or not given.strip() or len(given) > 255:
        raise vol.Invalid("expected a name")
    return given.strip()


def _where(description: str) -> vol.Optional:
    return vol.Optional("place", description=description)


_ANY_PLACE: Final = "The name of a building, floor, room, zone, area or tag. Leave it out for everywhere"
_ONE_PLACE: Final = "The name of a building, floor, room or zone"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolDescription:
    """A row of the table of tools."""

    name: str
    title: str
    description: str
    parameters: Mapping[vol.Marker, Any]
    answer: Callable[[HomeAssistant, Places, _Arguments], Coroutine[Any, Any, dict[str, Any]]]


def _names(key: str, names: Sequence[str]) -> dict[str, Any]:
    """Return some names, and how many more there are."""
    further = len(names) - MAX_NAMES
    return {**({key: list(names[:MAX_NAMES])} if names else {}), **({"further": further} if further > 0 else {})}


class NotFoundError(Exception):
    """A name that stands for no place, or for several."""

    def __init__(self, asked: str, found: Found) -> None:
        """Take what was found instead."""
        super().__init__(asked)
        names = [place.label for place in found.alternatives]
        several = f"Several places may be meant by {asked!r}. Ask which one, then pass one of these names"
        none = f"No place is called {asked!r}, or it may not be told about"
        self.data: dict[str, Any] = {
            "error": several if found.ambiguous else none,
            **_names("which_one" if found.ambiguous else "similar_names", names),
        }


# -- the questions -----------------------------------------------------------------------------------------------------


def _find(places: Places, asked: str, kinds: Sequence[Kind] = tuple(Kind)) -> tuple[Place, dict[str, Any]]:
    """Return the place that is meant, and how sure that is; raises NotFoundError."""
    found = places.find(asked, kinds)
    if found.place is None:
        raise NotFoundError(asked, found)
    names = [place.label for place in found.alternatives]
    close = {"closest_name_to": asked} if found.is_close else {}
    return found.place, close | _names("may_also_be_meant", names)


def _asked(places: Places, arguments: _Arguments) -> tuple[list[Place], dict[str, Any]]:
    """Return the places that are asked about: everything if none is named."""
    if "place" not in arguments:
        return places.buildings, {}
    place, sure = _find(places, arguments["place"])
    return [place], sure


async def _find_free_room(hass: HomeAssistant, places: Places, arguments: _Arguments) -> dict[str, Any]:
    asked, sure = _asked(places, arguments)
    tags = [_find(places, name, (Kind.TAG,))[0] for name in arguments.get("tags", ())]
    # A tag belongs to one organization.
    asked = [place for place in asked if all(place.scope is tag.scope for tag in tags)]
    tag_ids = [one.id for tag in tags for one in tag.scope.estate.tags.values() if one.name == tag.name]
    criteria = criteria_of(
        arguments.get("people"), tag_ids, arguments.get("free_minutes"), arguments.get("needed_minutes")
    )
    return {**await free_rooms(asked, criteria, arguments["limit"]), **sure}


async def _get_people(hass: HomeAssistant, places: Places, arguments: _Arguments) -> dict[str, Any]:
    asked, sure = _asked(places, arguments)
    return {**(people_in(asked[0]) if len(asked) == 1 else people_everywhere(asked)), **sure}


async def _get_use(hass: HomeAssistant, places: Places, arguments: _Arguments) -> dict[str, Any]:
    place, sure = _find(places, arguments["place"])
    data = place.scope.data
    now = data.client.now()
    space = next(place.inside())
    return {**await use_of(place, _range(arguments, now, data.live.zone(space.id)), now), **sure}


def _range(arguments: _Arguments, now: float, zone: tzinfo) -> Range:
    """Return the time range that is asked about; raises NotToldError."""
    if "start" not in arguments:
        if "end" in arguments:
            raise NotToldError("An end needs a start. Pass both, or a period")
        return Range.of(Period(arguments["period"]), now, zone)
    start = _time(arguments["start"], zone, last=False)
    end = min(_time(arguments["end"], zone, last=True), now) if "end" in arguments else now
    if start < EARLIEST:
        raise NotToldError("There is no data before the year 2000, the earliest time that can be asked about")
    if start >= end:
        raise NotToldError("The range must start before it ends, and not in the future")
    return Range(start, end, zone).rounded_out(now)


def _time(text: str, zone: tzinfo, *, last: bool) -> float:
    """Return a time of the site's clock; the last date of a range is part of it. Raises NotToldError."""
    try:
        if date := dt_util.parse_date(text):
            day = datetime(date.year, date.month, date.day, tzinfo=zone)
            return (day + timedelta(days=int(last))).timestamp()
        if moment := dt_util.parse_datetime(text):
            return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).timestamp()
    except ValueError, OverflowError:
        pass
    raise NotToldError(f"{text!r} is no date or time. Pass for example 2026-11-25 or 2026-11-25T09:00")


async def _get_attention(hass: HomeAssistant, places: Places, arguments: _Arguments) -> dict[str, Any]:
    return await attention(hass, places)


async def _explain_occupancy(hass: HomeAssistant, places: Places, arguments: _Arguments) -> dict[str, Any]:
    place, sure = _find(places, arguments["place"])
    return {**explain(place, await Speech.load(hass, places.language)), **sure}


def _number(least: int, most: int) -> Any:
    return vol.All(vol.Coerce(int), vol.Range(min=least, max=most))


TOOL_DESCRIPTIONS: Final = (
    ToolDescription(
        name="butlr__find_free_room",
        title="Find a free room",
        description=(
            "Find rooms that are known to be free now, the best match first, with their capacity and until when they "
            "are usually free today. Unknown rooms are never offered."
        ),
        parameters={
            _where(_ANY_PLACE): _text,
            vol.Optional("people", description="For how many people"): _number(1, 10_000),
            vol.Optional("tags", description="Names of tags that a room must have"): [_text],
            vol.Optional("free_minutes", description="For how long it must have been free already"): _number(1, 1440),
            vol.Optional("needed_minutes", description="For how long it must usually stay free"): _number(1, 1440),
            vol.Optional("limit", description="How many rooms to return", default=5): _number(1, MAX_OFFERED),
        },
        answer=_find_free_room,
    ),
    ToolDescription(
        name="butlr__get_people",
        title="Get people",
        description=(
            "Get how many people are in a place now, whether it is occupied, how full it is, and where in it people "
            "are. Without a place: in all buildings."
        ),
        parameters={_where(_ANY_PLACE): _text},
        answer=_get_people,
    ),
    ToolDescription(
        name="butlr__get_use",
        title="Get past use",
        description=(
            "Get how many people were in a place on average in a time range, when it was busiest, how many entered and "
            "left, and whether that was more or less than usual (the same hours of the four weeks before)."
        ),
        parameters={
            vol.Required("place", description="The name of a building, floor, room, zone, area or tag"): _text,
            vol.Optional("period", description="The time range in words", default=Period.TODAY.value): vol.In(
                [one.value for one in Period]
            ),
            vol.Optional("start", description="A date or time at the site, instead of a period"): _text,
            vol.Optional("end", description="A date or time at the site; now if it is left out"): _text,
        },
        answer=_get_use,
    ),
    ToolDescription(
        name="butlr__get_attention",
        title="Get what needs attention",
        description=(
            "Get what needs attention: sensors and hives that are offline, batteries to replace, spaces without data, "
            "problems of the connection to Butlr, and messages in Repairs."
        ),
        parameters={},
        answer=_get_attention,
    ),
    ToolDescription(
        name="butlr__explain_occupancy",
        title="Explain occupancy",
        description=(
            "Explain why a place is shown as occupied, unoccupied, unknown or unavailable: the evidence, when it was "
            "sensed and received, what decided, how far it can be trusted, and what changes it next."
        ),
        parameters={vol.Required("place", description=_ONE_PLACE): _text},
        answer=_explain_occupancy,
    ),
)


# -- for Home Assistant ------------------------------------------------------------------------------------------------


class ButlrTool(llm.Tool):
    """A tool that answers one question.

    With an entry id, it tells everything about that organization. Otherwise it tells what is exposed to the assistant.
    """

    annotations = llm.ToolAnnotations(read_only=True, destructive=False, idempotent=True, open_world=False)
    integration = DOMAIN

    def __init__(self, description: ToolDescription, entry_id: str | None = None) -> None:
        """Take a row of the table."""
        self.name, self.title, self.description = description.name, description.title, description.description
        self.parameters = vol.Schema(dict(description.parameters))
        self._answer = description.answer
        self._entry_id = entry_id

    @override
    async def async_call(
        self, hass: HomeAssistant, tool_input: llm.ToolInput, llm_context: llm.LLMContext
    ) -> llm.ToolResult:
        """Answer. What a model can correct is an error in the result, with what to do."""
        try:
            arguments = self.parameters(tool_input.tool_args)
            async with asyncio.timeout(TIMEOUT):
                places = await Places.load(
                    hass,
                    assistant=None if self._entry_id else llm_context.assistant,
                    context=llm_context.context,
                    entry_id=self._entry_id,
                    language=llm_context.language,
                )
                if not places.organizations:
                    raise NotToldError("Butlr is not connected now. Try again in a few minutes")
                return llm.ToolResult(data=await self._answer(hass, places, arguments))
        except NotFoundError as err:
            return llm.ToolResult(data=err.data, error=True)
        except TimeoutError:
            error = "Butlr needs too long to answer. Ask about a shorter range or a smaller place"
        except (vol.Invalid, NotToldError, HomeAssistantError) as err:
            error = str(err)
        return llm.ToolResult(data={"error": error}, error=True)


TOOLS: Final = tuple(ButlrTool(one) for one in TOOL_DESCRIPTIONS)


@dataclass(slots=True, kw_only=True)
class ButlrAPI(llm.API):
    """Tools that tell everything about an organization, for a model that a person lets use them."""

    entry_id: str

    @override
    async def async_get_api_instance(self, llm_context: llm.LLMContext) -> llm.APIInstance:
        """Return the tools."""
        tools: list[llm.Tool] = [ButlrTool(one, self.entry_id) for one in TOOL_DESCRIPTIONS]
        return llm.APIInstance(api=self, api_prompt=PROMPT, llm_context=llm_context, tools=tools)


def api_id(entry: ButlrConfigEntry) -> str:
    """Return the id under which a person chooses the tools of an organization."""
    return f"{DOMAIN}-{entry.entry_id.lower()}"


@callback
def register_api(hass: HomeAssistant, entry: ButlrConfigEntry) -> CALLBACK_TYPE:
    """Offer an organization's tools, and return a function that withdraws them."""
    api = ButlrAPI(hass=hass, id=api_id(entry), name=f"Butlr: {entry.title}", entry_id=entry.entry_id)
    return llm.async_register_api(hass, api)
