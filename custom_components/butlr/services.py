"""The table of actions and the fields that they accept. What each action returns is in `actions/`."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import partial
import math
from typing import Any, Final

from homeassistant.auth.permissions.const import POLICY_CONTROL, POLICY_READ
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
    ATTR_SORT,
    ATTR_TAGS,
    ATTR_TAGS_MATCH,
    ATTR_USUALLY_FREE_MINUTES,
    SORT_BEST_FIT,
    SORT_USUALLY_FREE,
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
from .actions.target import permitted
from .actions.time_range import ATTR_END_TIME, ATTR_HOURS_END, ATTR_HOURS_START, ATTR_START_TIME, ATTR_WEEKDAYS
from .actions.topology import ATTR_HARDWARE, get_topology
from .actions.waste import get_waste
from .api.buckets import BUCKETS
from .api.heatmap import RESOLUTIONS
from .api.questions import WEEKDAYS
from .assist.explain_action import explain_spaces
from .assist.spoken import ATTR_LANGUAGE, LANGUAGES
from .const import DOMAIN, HISTORY_DAYS_MAX
from .privacy.report import get_privacy_report

type Fields = dict[str | vol.Marker, Any]

_ENTRY: Final[Fields] = {
    vol.Optional(ATTR_CONFIG_ENTRY_ID): ConfigEntrySelector(ConfigEntrySelectorConfig(integration=DOMAIN))
}
_TARGET: Final[Fields] = {**cv.TARGET_FIELDS, **_ENTRY}
_RANGE: Final[Fields] = {vol.Optional(ATTR_START_TIME): cv.datetime, vol.Optional(ATTR_END_TIME): cv.datetime}
_INTERVAL: Final[Fields] = {vol.Optional(ATTR_INTERVAL, default="1h"): vol.In(tuple(BUCKETS))}
MAX_NAME_LENGTH: Final = 255
MAX_LIST_LENGTH: Final = 100
_text = vol.All(cv.string, str.strip, vol.Length(min=1, max=MAX_NAME_LENGTH))


def _number(given: Any) -> float:
    """Return a finite number; raises vol.Invalid for anything else."""
    if isinstance(given, bool):
        raise vol.Invalid("expected a number")
    try:
        number = float(given)
    except (TypeError, ValueError, OverflowError) as err:
        raise vol.Invalid("expected a number") from err
    if not math.isfinite(number):
        raise vol.Invalid("expected a finite number")
    return number


def _whole_number(least: int, most: int) -> Callable[[Any], int]:
    """Accept a whole number within limits; raises vol.Invalid for anything else."""

    def whole(given: Any) -> int:
        number = _number(given)
        if number != int(number) or not least <= number <= most:
            raise vol.Invalid(f"expected a whole number from {least} to {most}")
        return int(number)

    return whole


_capacity = _whole_number(1, 10_000)
_minutes = vol.All(_number, vol.Range(min=0, max=1440))


def _raising_invalid(accepts: Any) -> Callable[[Any], Any]:
    """Wrap a validator so that input of an unexpected type, such as a number instead of ids, raises vol.Invalid."""
    schema = vol.Schema(accepts)

    def accept(given: Any) -> Any:
        try:
            return schema(given)
        except (TypeError, ValueError, AttributeError, ArithmeticError) as err:
            raise vol.Invalid("expected something else") from err

    return accept


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """An action; `fields` are those besides the target and the entry. Without a target, it is about an organization."""

    name: str
    handler: Callable[[HomeAssistant, ServiceCall], Coroutine[Any, Any, ServiceResponse]]
    fields: Fields
    response: SupportsResponse = SupportsResponse.ONLY
    has_target: bool = True
    # What the caller must be allowed to do with the entities of the spaces; None if the handler asks about each fact.
    permission: str | None = POLICY_READ

    @property
    def schema(self) -> vol.Schema:
        """Return the schema of all fields."""
        common = _TARGET if self.has_target else _ENTRY
        return vol.Schema({key: _raising_invalid(accepts) for key, accepts in {**common, **self.fields}.items()})


ACTIONS: Final = (
    Action(
        name="find_available_rooms",
        handler=find_available_rooms,
        fields={
            vol.Optional(ATTR_CAPACITY_MIN): _capacity,
            vol.Optional(ATTR_CAPACITY_MAX): _capacity,
            vol.Optional(ATTR_TAGS): vol.All(cv.ensure_list, vol.Length(min=1, max=MAX_LIST_LENGTH), [_text]),
            vol.Optional(ATTR_TAGS_MATCH, default=ALL): vol.In((ALL, ANY)),
            vol.Optional(ATTR_FREE_MINUTES, default=0): _minutes,
            vol.Optional(ATTR_USUALLY_FREE_MINUTES, default=0): _minutes,
            vol.Optional(ATTR_SORT, default=SORT_BEST_FIT): vol.In((SORT_BEST_FIT, SORT_USUALLY_FREE)),
            vol.Optional(ATTR_LIMIT, default=50): _whole_number(1, 200),
        },
    ),
    Action(
        name="get_occupancy",
        handler=get_occupancy,
        fields={**_RANGE, **_INTERVAL, vol.Optional(ATTR_FUNCTION): vol.In(FUNCTIONS)},
    ),
    Action(name="get_traffic", handler=get_traffic, fields={**_RANGE, **_INTERVAL}),
    Action(
        name="get_statistics",
        handler=get_statistics,
        fields={
            **_RANGE,
            vol.Optional(ATTR_HOURS_START): cv.time,
            vol.Optional(ATTR_HOURS_END): cv.time,
            vol.Optional(ATTR_WEEKDAYS): vol.All(
                cv.ensure_list, vol.Length(min=1, max=MAX_LIST_LENGTH), [vol.In(WEEKDAYS)]
            ),
        },
    ),
    Action(name="get_presence_time", handler=get_presence_time, fields={**_RANGE, **_INTERVAL}),
    Action(
        name="get_heatmap",
        handler=get_heatmap,
        fields={**_RANGE, vol.Optional(ATTR_RESOLUTION, default=0.5): vol.All(_number, vol.In(RESOLUTIONS))},
    ),
    Action(
        name="get_waste",
        handler=get_waste,
        fields={**_RANGE, vol.Optional(ATTR_LIMIT, default=50): _whole_number(1, 200)},
    ),
    Action(
        name="explain",
        handler=explain_spaces,
        fields={vol.Optional(ATTR_LANGUAGE): vol.In(LANGUAGES)},
        permission=None,
    ),
    Action(name="get_topology", handler=get_topology, fields={vol.Optional(ATTR_HARDWARE, default=True): cv.boolean}),
    Action(
        name="get_privacy_report",
        handler=get_privacy_report,
        fields={vol.Optional(ATTR_LANGUAGE): vol.In(LANGUAGES)},
        has_target=False,
    ),
    Action(
        name="import_history",
        handler=import_history,
        fields={vol.Optional(ATTR_DAYS, default=30): _whole_number(1, HISTORY_DAYS_MAX)},
        response=SupportsResponse.OPTIONAL,
        permission=POLICY_CONTROL,
    ),
)


async def _run(hass: HomeAssistant, action: Action, call: ServiceCall) -> ServiceResponse:
    """Return what an action answers to its caller; raises Unauthorized."""
    if action.permission:
        call = await permitted(hass, call, action.permission, everything=not action.has_target)
    return await action.handler(hass, call)


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register the actions, which serve all organizations that are set up now or later."""
    for action in ACTIONS:
        hass.services.async_register(
            DOMAIN,
            action.name,
            partial(_run, hass, action),
            schema=action.schema,
            supports_response=action.response,
        )
