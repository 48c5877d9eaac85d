"""Conditions of automations: a number of people, a utilization, or whether a space is free.

Home Assistant's own classes do the work. These choose the entities, and what counts while something is not known.
"""

from dataclasses import replace
from datetime import timedelta
from typing import ClassVar, Final, Unpack, override

from homeassistant.const import CONF_FOR, PERCENTAGE, STATE_OFF
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers.condition import (
    ATTR_BEHAVIOR,
    BEHAVIOR_ALL,
    Condition,
    ConditionCheckParams,
    ConditionConfig,
    EntityConditionBase,
    EntityNumericalConditionBase,
    EntityStateConditionBase,
)

from .automation_targets import (
    BINARY_SENSOR_SPECS,
    OCCUPANCY,
    PEOPLE,
    SENSOR_SPECS,
    UTILIZATION,
    AutomationTarget,
    Shown,
    is_known,
)

FREE: Final[set[str | bool]] = {STATE_OFF}


class SpaceCondition(EntityConditionBase):
    """A condition that looks at the entities of spaces."""

    shown: ClassVar[Shown] = PEOPLE
    _domain_specs = SENSOR_SPECS

    def __init__(self, hass: HomeAssistant, config: ConditionConfig) -> None:
        """Prepare to choose from the entities of the target."""
        super().__init__(hass, config)
        self._chosen = AutomationTarget(hass, config.target, self.shown)
        self._all_must_match = (config.options or {})[ATTR_BEHAVIOR] == BEHAVIOR_ALL

    @override
    def entity_filter(self, entities: set[str]) -> set[str]:
        return self._chosen.among(entities)

    @override
    def _async_check(self, **kwargs: Unpack[ConditionCheckParams]) -> bool:
        """Return whether the condition is met; if all must match, each of them must have a value.

        Home Assistant leaves out what is not known, and all of nothing match.
        """
        return (not self._all_must_match or self._chosen.all_known()) and super()._async_check(**kwargs)


class NumberCondition(SpaceCondition, EntityNumericalConditionBase):
    """A condition about a number."""

    @override
    def is_valid_state(self, entity_state: State) -> bool:
        """Return whether a state of now matches, or one of the recorder; the time before a start is not known."""
        return (
            is_known(entity_state)
            and super().is_valid_state(entity_state)
            and self._chosen.is_of_this_run(entity_state)
        )


class IsPeople(NumberCondition):
    """Tests a number of people."""


class IsUtilization(NumberCondition):
    """Tests a utilization."""

    shown = UTILIZATION
    _valid_unit = PERCENTAGE


class IsFree(SpaceCondition, EntityStateConditionBase):
    """Tests whether a space is known to be free, and since when."""

    shown = OCCUPANCY
    _domain_specs = BINARY_SENSOR_SPECS
    _states = FREE

    def __init__(self, hass: HomeAssistant, config: ConditionConfig) -> None:
        """Take the duration away from Home Assistant: someone who came and went does not always change the state."""
        options = dict(config.options or {})
        self._minimum: timedelta = options.pop(CONF_FOR, timedelta())
        super().__init__(hass, replace(config, options=options))

    @property
    @override
    def needs_polling(self) -> bool:
        return bool(self._minimum)

    @override
    def is_valid_state(self, entity_state: State) -> bool:
        if not super().is_valid_state(entity_state):
            return False
        empty_for = self._chosen.empty_for(entity_state.entity_id)
        return empty_for is not None and empty_for >= self._minimum.total_seconds()


CONDITIONS: Final[dict[str, type[Condition]]] = {
    "is_free": IsFree,
    "is_people": IsPeople,
    "is_utilization": IsUtilization,
}


async def async_get_conditions(hass: HomeAssistant) -> dict[str, type[Condition]]:
    """Return the conditions of the integration."""
    return CONDITIONS
