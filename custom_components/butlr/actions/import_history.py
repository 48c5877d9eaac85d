"""The action that imports the past, independently of the options."""

from typing import Final

from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from ..const import DOMAIN
from ..history.importer import HistoryRunningError, HistoryStoppedError
from ..history.statistics import RecorderFailedError, RecorderStatistics
from .target import resolve

ATTR_DAYS: Final = "days"


async def import_history(hass: HomeAssistant, call: ServiceCall) -> ServiceResponse:
    """Start importing the last days, and return how much of them is missing."""
    scope = resolve(hass, call)
    if not RecorderStatistics.is_set_up(hass):
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="no_recorder")
    only = None if scope.chosen is None else {space.id for space in scope.spaces()}
    try:
        plan = await scope.data.history.start(call.data[ATTR_DAYS], only)
    except HistoryRunningError as err:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="history_running") from err
    except HistoryStoppedError as err:
        raise HomeAssistantError(translation_domain=DOMAIN, translation_key="history_stopped") from err
    except RecorderFailedError as err:
        raise HomeAssistantError(translation_domain=DOMAIN, translation_key="recorder_failed") from err
    return {"spaces": plan.spaces, "hours": plan.hours, "requests": plan.requests}
