"""The actions: what they accept. Each answers from what is known, or asks Butlr; what is wrong is said before."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from homeassistant.const import ATTR_CONFIG_ENTRY_ID
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, SupportsResponse, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.selector import ConfigEntrySelector, ConfigEntrySelectorConfig
import voluptuous as vol

from .const import DOMAIN
from .importing import ATTR_DAYS, import_history
from .missing import MOST_DAYS
from .rooms import (
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
from .tree import ATTR_HARDWARE, get_estate

_ABOUT: Final = {
    **cv.TARGET_FIELDS,
    vol.Optional(ATTR_CONFIG_ENTRY_ID): ConfigEntrySelector(ConfigEntrySelectorConfig(integration=DOMAIN)),
}
_text = vol.All(cv.string, str.strip, vol.Length(min=1))
_capacity = vol.All(vol.Coerce(int), vol.Range(min=1, max=10_000))


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """Something that can be asked; `fields` beside the target and the entry."""

    name: str
    answer: Callable[[HomeAssistant, ServiceCall], Coroutine[Any, Any, ServiceResponse]]
    fields: dict[vol.Marker, Any]
    response: SupportsResponse = SupportsResponse.ONLY

    @property
    def schema(self) -> vol.Schema:
        """Return what may be asked."""
        return vol.Schema({**_ABOUT, **self.fields})


ACTIONS: Final = (
    Action(
        name="find_available_rooms",
        answer=find_available_rooms,
        fields={
            vol.Optional(ATTR_CAPACITY_MIN): _capacity,
            vol.Optional(ATTR_CAPACITY_MAX): _capacity,
            vol.Optional(ATTR_TAGS): vol.All(cv.ensure_list, vol.Length(min=1), [_text]),
            vol.Optional(ATTR_TAGS_MATCH, default=ALL): vol.In((ALL, ANY)),
            vol.Optional(ATTR_FREE_MINUTES): vol.All(vol.Coerce(float), vol.Range(min=0, max=1440)),
            vol.Optional(ATTR_LIMIT, default=50): vol.All(vol.Coerce(int), vol.Range(min=1, max=200)),
        },
    ),
    Action(
        name="import_history",
        answer=import_history,
        fields={vol.Optional(ATTR_DAYS, default=30): vol.All(vol.Coerce(int), vol.Range(min=1, max=MOST_DAYS))},
        response=SupportsResponse.OPTIONAL,
    ),
    Action(name="get_estate", answer=get_estate, fields={vol.Optional(ATTR_HARDWARE, default=True): cv.boolean}),
)


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register the actions, for all organisations that are or will be set up."""
    for action in ACTIONS:
        hass.services.async_register(
            DOMAIN,
            action.name,
            partial(action.answer, hass),
            schema=action.schema,
            supports_response=action.response,
        )
