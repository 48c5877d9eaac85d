"""The form in which a person chooses what to add."""

from collections.abc import Mapping
from typing import Any

from homeassistant.const import UnitOfTime
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
import voluptuous as vol

from ..api.estate import Estate
from ..const import (
    AREAS_CHOICES,
    AREAS_NONE,
    CONF_AREAS,
    CONF_BUILDINGS,
    CONF_HARDWARE,
    CONF_HISTORY_DAYS,
    CONF_LABELS,
    CONF_ZONE_AREAS,
    DEFAULT_HARDWARE,
    DEFAULT_HISTORY_DAYS,
    DEFAULT_LABELS,
    HISTORY_DAYS_MAX,
)
from .size import EstateSize


def buildings_errors(estate: Estate, user_input: Mapping[str, Any] | None) -> dict[str, str]:
    """Return an error when no building is selected, since that would not mean all of them."""
    none_selected = user_input is not None and not user_input.get(CONF_BUILDINGS)
    return {CONF_BUILDINGS: "no_buildings"} if none_selected and estate.buildings else {}


def spaces_schema(size: EstateSize, options: Mapping[str, Any], chosen: list[str]) -> vol.Schema:
    """Return the fields of the form, filled with the current choice."""
    hardware = options.get(CONF_HARDWARE, DEFAULT_HARDWARE)
    entities = size.entities(hardware=hardware)
    buildings = [
        SelectOptionDict(value=building.id, label=f"{building.name} ({entities[building.id]})")
        for building in size.estate.buildings.values()
    ]
    return vol.Schema(
        {
            vol.Optional(CONF_BUILDINGS, default=chosen): SelectSelector(
                SelectSelectorConfig(options=buildings, multiple=True, mode=SelectSelectorMode.LIST)
            ),
            vol.Optional(CONF_HARDWARE, default=hardware): BooleanSelector(),
            vol.Optional(CONF_LABELS, default=options.get(CONF_LABELS, DEFAULT_LABELS)): BooleanSelector(),
            vol.Optional(
                CONF_HISTORY_DAYS, default=options.get(CONF_HISTORY_DAYS, DEFAULT_HISTORY_DAYS)
            ): number_selector(HISTORY_DAYS_MAX, UnitOfTime.DAYS),
            vol.Optional(CONF_AREAS, default=options.get(CONF_AREAS, AREAS_NONE)): SelectSelector(
                SelectSelectorConfig(options=list(AREAS_CHOICES), translation_key=CONF_AREAS)
            ),
            vol.Optional(CONF_ZONE_AREAS, default=options.get(CONF_ZONE_AREAS, True)): BooleanSelector(),
        }
    )


def spaces_options(estate: Estate, user_input: Mapping[str, Any]) -> dict[str, Any]:
    """Return the entry's options. An empty list means all buildings, including later ones."""
    chosen = user_input.get(CONF_BUILDINGS, [])
    return {
        CONF_BUILDINGS: [] if set(chosen) >= estate.buildings.keys() else chosen,
        CONF_HARDWARE: user_input.get(CONF_HARDWARE, DEFAULT_HARDWARE),
        CONF_LABELS: user_input.get(CONF_LABELS, DEFAULT_LABELS),
        CONF_HISTORY_DAYS: int(user_input.get(CONF_HISTORY_DAYS, DEFAULT_HISTORY_DAYS)),
        CONF_AREAS: user_input.get(CONF_AREAS, AREAS_NONE),
        CONF_ZONE_AREAS: user_input.get(CONF_ZONE_AREAS, True),
    }


def number_selector(most: int, unit: str | None = None) -> NumberSelector:
    """Return a field for a whole number from 0."""
    config = NumberSelectorConfig(min=0, max=most, step=1, mode=NumberSelectorMode.BOX)
    return NumberSelector(config | {"unit_of_measurement": unit} if unit else config)
