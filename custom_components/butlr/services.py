"""The actions: what they accept. Each answers from what is known, or asks Butlr; what is wrong is said before."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import partial
import math
from typing import Any, Final

from homeassistant.const import ATTR_CONFIG_ENTRY_ID
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, SupportsResponse, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.selector import ConfigEntrySelector, ConfigEntrySelectorConfig
import voluptuous as vol

from .actions.available_rooms import (
    ALL,
    ANY,
    ATTR_CAPACITY_MAX,
    ATTR_CAPACITY_MIN,
    ATTR_FREE_MINUTES,
    ATTR_LIMIT,
    ATTR_TAGS,
    ATTR_TAGS_MATCH,
    find_available_rooms,
)
from .actions.import_history import ATTR_DAYS, import_history
from .actions.reports import (
    ATTR_FUNCTION,
    ATTR_INTERVAL,
    ATTR_RESOLUTION,
    FUNCTIONS,
    get_heatmap,
    get_occupancy,
    get_presence_time,
    get_statistics,
    get_traffic,
)
from .actions.time_range import ATTR_END_TIME, ATTR_HOURS_END, ATTR_HOURS_START, ATTR_START_TIME, ATTR_WEEKDAYS
from .actions.topology import ATTR_HARDWARE, get_topology
from .api.buckets import BUCKETS
from .api.heatmap import RESOLUTIONS
from .api.questions import WEEKDAYS
from .const import DOMAIN, HISTORY_DAYS_MAX

type Fields = dict[str | vol.Marker, Any]

_ABOUT: Final[Fields] = {
    **cv.TARGET_FIELDS,
    vol.Optional(ATTR_CONFIG_ENTRY_ID): ConfigEntrySelector(ConfigEntrySelectorConfig(integration=DOMAIN)),
}
_RANGE: Final[Fields] = {vol.Optional(ATTR_START_TIME): cv.datetime, vol.Optional(ATTR_END_TIME): cv.datetime}
_INTERVAL: Final[Fields] = {vol.Optional(ATTR_INTERVAL, default="1h"): vol.In(tuple(BUCKETS))}
# No name is longer, and nobody lists more of them.
LONGEST_TEXT: Final = 255
LONGEST_LIST: Final = 100
_text = vol.All(cv.string, str.strip, vol.Length(min=1, max=LONGEST_TEXT))


def _number(given: Any) -> float:
    """Return a number; whatever is none, or is none that ends, raises vol.Invalid."""
    if isinstance(given, bool):
        raise vol.Invalid("expected a number")
    try:
        number = float(given)
    except (TypeError, ValueError, OverflowError) as err:
        raise vol.Invalid("expected a number") from err
    if not math.isfinite(number):
        raise vol.Invalid("expected a finite number")
    return number


def _whole(least: int, most: int) -> Callable[[Any], int]:
    """Accept a whole number between two others; raises vol.Invalid for the rest, such as half a person."""

    def whole(given: Any) -> int:
        number = _number(given)
        if number != int(number) or not least <= number <= most:
            raise vol.Invalid(f"expected a whole number from {least} to {most}")
        return int(number)

    return whole


_capacity = _whole(1, 10_000)


def _refusing(accepts: Any) -> Callable[[Any], Any]:
    """Accept the same; what a validator cannot even look at, such as a number in place of ids, raises vol.Invalid."""
    schema = vol.Schema(accepts)

    def accept(given: Any) -> Any:
        try:
            return schema(given)
        except (TypeError, ValueError, AttributeError, ArithmeticError) as err:
            raise vol.Invalid("expected something else") from err

    return accept


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """Something that can be asked; `fields` beside the target and the entry."""

    name: str
    answer: Callable[[HomeAssistant, ServiceCall], Coroutine[Any, Any, ServiceResponse]]
    fields: Fields
    response: SupportsResponse = SupportsResponse.ONLY

    @property
    def schema(self) -> vol.Schema:
        """Return what may be asked."""
        return vol.Schema({key: _refusing(accepts) for key, accepts in {**_ABOUT, **self.fields}.items()})


ACTIONS: Final = (
    Action(
        name="find_available_rooms",
        answer=find_available_rooms,
        fields={
            vol.Optional(ATTR_CAPACITY_MIN): _capacity,
            vol.Optional(ATTR_CAPACITY_MAX): _capacity,
            vol.Optional(ATTR_TAGS): vol.All(cv.ensure_list, vol.Length(min=1, max=LONGEST_LIST), [_text]),
            vol.Optional(ATTR_TAGS_MATCH, default=ALL): vol.In((ALL, ANY)),
            vol.Optional(ATTR_FREE_MINUTES, default=0): vol.All(_number, vol.Range(min=0, max=1440)),
            vol.Optional(ATTR_LIMIT, default=50): _whole(1, 200),
        },
    ),
    Action(
        name="get_occupancy",
        answer=get_occupancy,
        fields={**_RANGE, **_INTERVAL, vol.Optional(ATTR_FUNCTION): vol.In(FUNCTIONS)},
    ),
    Action(name="get_traffic", answer=get_traffic, fields={**_RANGE, **_INTERVAL}),
    Action(
        name="get_statistics",
        answer=get_statistics,
        fields={
            **_RANGE,
            vol.Optional(ATTR_HOURS_START): cv.time,
            vol.Optional(ATTR_HOURS_END): cv.time,
            vol.Optional(ATTR_WEEKDAYS): vol.All(
                cv.ensure_list, vol.Length(min=1, max=LONGEST_LIST), [vol.In(WEEKDAYS)]
            ),
        },
    ),
    Action(name="get_presence_time", answer=get_presence_time, fields={**_RANGE, **_INTERVAL}),
    Action(
        name="get_heatmap",
        answer=get_heatmap,
        fields={**_RANGE, vol.Optional(ATTR_RESOLUTION, default=0.5): vol.All(_number, vol.In(RESOLUTIONS))},
    ),
    Action(name="get_topology", answer=get_topology, fields={vol.Optional(ATTR_HARDWARE, default=True): cv.boolean}),
    Action(
        name="import_history",
        answer=import_history,
        fields={vol.Optional(ATTR_DAYS, default=30): _whole(1, HISTORY_DAYS_MAX)},
        response=SupportsResponse.OPTIONAL,
    ),
)


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register the actions, for all organizations that are or will be set up."""
    for action in ACTIONS:
        hass.services.async_register(
            DOMAIN,
            action.name,
            partial(action.answer, hass),
            schema=action.schema,
            supports_response=action.response,
        )
