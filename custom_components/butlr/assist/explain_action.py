"""The action that explains what spaces are shown as, and the same for one space on the floor map."""

from typing import Any, Final

from homeassistant.core import Context, HomeAssistant, ServiceCall, ServiceResponse

from ..actions.target import Scope, resolve
from ..api.estate import Building
from .explanation import explain
from .facts import NotToldError
from .places import place_of
from .spoken import ATTR_LANGUAGE, Speech
from .visibility import visible

# How many spaces are explained at once.
MAX_EXPLAINED: Final = 100


async def explain_spaces(hass: HomeAssistant, call: ServiceCall) -> ServiceResponse:
    """Return why the chosen spaces are shown as they are; without a target, the buildings."""
    scope = resolve(hass, call)
    chosen = scope.chosen
    if chosen is None:
        chosen = tuple(space for space in scope.estate.spaces.values() if isinstance(space, Building))
    ids = [space.id for space in chosen[:MAX_EXPLAINED]]
    explained = await explain_in(hass, scope, ids, call.data.get(ATTR_LANGUAGE), call.context)
    answer: dict[str, Any] = {"spaces": explained, "further": len(chosen) - len(ids)}
    return answer


async def explain_in(
    hass: HomeAssistant, scope: Scope, space_ids: list[str], language: str | None, context: Context
) -> list[dict[str, Any]]:
    """Explain spaces as far as the user of a context may see them; those that may not be told say only that."""
    seen = await visible(hass, scope.entry, None, context)
    speech = await Speech.load(hass, language or hass.config.language)
    explained = []
    for space_id in space_ids:
        space = scope.estate.spaces[space_id]
        try:
            told = explain(place_of(scope, seen, space), speech)
        except NotToldError:
            told = {"shown_as": "not_shared"}
        told.pop("place", None)
        explained.append({**scope.describe(space), **told})
    return explained
