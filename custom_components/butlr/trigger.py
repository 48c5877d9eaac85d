"""Triggers of automations: a number of people or a utilization changes, or crosses a threshold.

Home Assistant's own classes do the work. These choose the entities, and what counts while something is not known.
"""

from collections.abc import Iterable, Mapping
from typing import ClassVar, Final, override

from homeassistant.const import PERCENTAGE
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers.trigger import (
    ATTR_BEHAVIOR,
    BEHAVIOR_FIRST,
    EntityNumericalStateChangedTriggerBase,
    EntityNumericalStateCrossedThresholdTriggerBase,
    EntityTriggerBase,
    NotTriggeredReasonReporter,
    Trigger,
    TriggerConfig,
)

from .automation_targets import PEOPLE, SENSOR_SPECS, UTILIZATION, AutomationTarget, Shown, is_known


class SpaceTrigger(EntityTriggerBase):
    """A trigger that looks at the entities of spaces."""

    shown: ClassVar[Shown] = PEOPLE
    _domain_specs = SENSOR_SPECS

    def __init__(self, hass: HomeAssistant, config: TriggerConfig) -> None:
        """Prepare to choose from the entities of the target."""
        super().__init__(hass, config)
        self._chosen = AutomationTarget(hass, config.target, self.shown)
        self._current = hass.states.get
        self._is_first = (config.options or {}).get(ATTR_BEHAVIOR) == BEHAVIOR_FIRST
        # Whether each entity was within the threshold when it was last known.
        self._was_within: dict[str, bool] = {}

    @override
    def entity_filter(self, entities: set[str]) -> set[str]:
        chosen = self._chosen.among(entities)
        if self._is_first:
            # What is within the threshold from the beginning may be lost before it changes.
            self.count_matches(chosen)
        return chosen

    @override
    def is_valid_transition(self, from_state: State, to_state: State) -> bool:
        return (
            is_known(from_state)
            and super().is_valid_transition(from_state, to_state)
            and not self._chosen.was_reset(to_state.entity_id)
        )

    @override
    def is_valid_state(self, state: State, report_not_triggered: NotTriggeredReasonReporter) -> bool:
        if not is_known(state):
            return False
        within = self._was_within[state.entity_id] = super().is_valid_state(state, report_not_triggered)
        return within

    @override
    def count_matches(
        self, entity_ids: Iterable[str], states: Mapping[str, State | None] | None = None
    ) -> tuple[int, int]:
        """Return how many entities match, and how many would have to for all to match.

        A value that is not known does not match. Home Assistant leaves such entities out, and would say that all
        rooms are empty although one of them is unavailable. If it matched before, it may still: then no other entity
        is known to be the first.
        """
        entity_ids = list(entity_ids)
        matches, _ = super().count_matches(entity_ids, states)
        read = self._current if states is None else states.get
        found = [state for one in entity_ids if (state := read(one))]
        if matches and self._is_first:
            matches += sum(self._was_within.get(one.entity_id, False) and not is_known(one) for one in found)
        return matches, len(found)


class PeopleCrossedThreshold(SpaceTrigger, EntityNumericalStateCrossedThresholdTriggerBase):
    """Triggers when a number of people crosses a threshold."""


class PeopleChanged(SpaceTrigger, EntityNumericalStateChangedTriggerBase):
    """Triggers when a number of people changes."""


class UtilizationCrossedThreshold(SpaceTrigger, EntityNumericalStateCrossedThresholdTriggerBase):
    """Triggers when a utilization crosses a threshold."""

    shown = UTILIZATION
    _valid_unit = PERCENTAGE


TRIGGERS: Final[dict[str, type[Trigger]]] = {
    "people_changed": PeopleChanged,
    "people_crossed_threshold": PeopleCrossedThreshold,
    "utilization_crossed_threshold": UtilizationCrossedThreshold,
}


async def async_get_triggers(hass: HomeAssistant) -> dict[str, type[Trigger]]:
    """Return the triggers of the integration."""
    return TRIGGERS
