"""Options flow: what can be changed after the set-up, without a reload."""

from collections.abc import Collection, Mapping
from typing import Any

from homeassistant.components import mqtt
from homeassistant.config_entries import ConfigFlowResult, OptionsFlow
from homeassistant.const import UnitOfTime
from homeassistant.core import HomeAssistant
from homeassistant.helpers.selector import (
    BooleanSelector,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
import voluptuous as vol

from .api.estate import Estate
from .api.names import composed
from .const import (
    CAPACITY_DELAY_MAX,
    CAPACITY_MARGIN_MAX,
    CONF_AREAS,
    CONF_BUILDINGS,
    CONF_CAPACITY_DELAY,
    CONF_CAPACITY_MARGIN,
    CONF_MQTT,
    CONF_OTHER_SYSTEM,
    CONF_PANEL,
    CONF_POSITIONS,
    CONF_SMALLEST_GROUP,
    DEFAULT_CAPACITY_DELAY,
    DEFAULT_CAPACITY_MARGIN,
    DEFAULT_PANEL,
    DEFAULT_SMALLEST_GROUP,
    MQTT_CHOICES,
    MQTT_OFF,
    OTHER_SYSTEM_ALONE,
    OTHER_SYSTEM_CHOICES,
    OTHER_SYSTEM_FORWARD,
    OTHER_SYSTEM_GIVE_BACK,
    SMALLEST_GROUP_MAX,
)
from .forms.size import EstateSize
from .forms.spaces import buildings_errors, number_selector, spaces_options, spaces_schema
from .live.small_groups import smallest_group
from .push.takeover import Takeover
from .runtime import ButlrConfigEntry, is_loaded
from .sync.areas import areas_choice


class ButlrOptionsFlow(OptionsFlow):
    """Change which parts of the estate are added."""

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Show the current choice and apply a new one without reloading the entry."""
        entry: ButlrConfigEntry = self.config_entry
        if not is_loaded(entry):
            return self.async_abort(reason="not_loaded")
        coordinator = entry.runtime_data.estate
        takeover = entry.runtime_data.push.subscription.takeover
        whole = coordinator.full_estate
        errors = buildings_errors(whole, user_input) | privacy_errors(user_input) | mqtt_errors(self.hass, user_input)
        if user_input is None or errors:
            known = {**entry.options, CONF_AREAS: areas_choice(entry)[0]}
            chosen, size = chosen_buildings(whole, entry), EstateSize(whole)
            return self.async_show_form(
                step_id="init",
                data_schema=options_schema(size, user_input or known, chosen).extend(other_system_schema(takeover)),
                errors=errors,
                description_placeholders=size.placeholders(),
            )
        options = {
            **spaces_options(whole, user_input),
            CONF_PANEL: user_input.get(CONF_PANEL, DEFAULT_PANEL),
            CONF_POSITIONS: user_input.get(CONF_POSITIONS, []),
            CONF_SMALLEST_GROUP: int(user_input.get(CONF_SMALLEST_GROUP, DEFAULT_SMALLEST_GROUP)),
            CONF_MQTT: user_input.get(CONF_MQTT, MQTT_OFF),
            CONF_CAPACITY_MARGIN: int(user_input.get(CONF_CAPACITY_MARGIN, DEFAULT_CAPACITY_MARGIN)),
            CONF_CAPACITY_DELAY: int(user_input.get(CONF_CAPACITY_DELAY, DEFAULT_CAPACITY_DELAY)),
        }
        if options[CONF_BUILDINGS]:
            # Buildings that the newest answer lacks were not in the form, so they stay chosen.
            unseen = set(entry.options.get(CONF_BUILDINGS, ())) & whole.unconfirmed - whole.buildings.keys()
            options[CONF_BUILDINGS] = [*options[CONF_BUILDINGS], *sorted(unseen)]
        self.hass.config_entries.async_update_entry(entry, options=options)
        await coordinator.apply_selection()
        if (choice := user_input.get(CONF_OTHER_SYSTEM)) == OTHER_SYSTEM_GIVE_BACK:
            entry.runtime_data.push.subscription.give_back_soon()
        elif choice:
            takeover.set_forward(forward=choice == OTHER_SYSTEM_FORWARD)
        return self.async_create_entry(data=options)


def chosen_buildings(estate: Estate, entry: ButlrConfigEntry) -> list[str]:
    """Return the chosen buildings; a building that is gone is replaced by one of the same name."""
    chosen = entry.options.get(CONF_BUILDINGS, ())
    if not chosen:
        return list(estate.buildings)
    gone = {composed(name) for name in entry.runtime_data.gone_buildings.values()}
    return [key for key, one in estate.buildings.items() if key in chosen or composed(one.name) in gone]


def privacy_errors(user_input: Mapping[str, Any] | None) -> dict[str, str]:
    """Return an error when small groups are to be hidden, although live positions show everybody in them."""
    both = user_input is not None and user_input.get(CONF_POSITIONS) and smallest_group(user_input)
    return {CONF_SMALLEST_GROUP: "positions_show_groups"} if both else {}


def mqtt_errors(hass: HomeAssistant, user_input: Mapping[str, Any] | None) -> dict[str, str]:
    """Return an error when MQTT is chosen without being set up in Home Assistant."""
    chosen = user_input is not None and user_input.get(CONF_MQTT, MQTT_OFF) != MQTT_OFF
    return {CONF_MQTT: "no_mqtt"} if chosen and not mqtt.mqtt_config_entry_enabled(hass) else {}


def options_schema(size: EstateSize, options: Mapping[str, Any], chosen: list[str]) -> vol.Schema:
    """Return the fields of the options: those of the form in the set-up, and what need not be asked there."""
    panel = vol.Optional(CONF_PANEL, default=options.get(CONF_PANEL, DEFAULT_PANEL))
    shown = [floor_id for floor_id in options.get(CONF_POSITIONS, ()) if floor_id in size.estate.floors]
    positions = vol.Optional(CONF_POSITIONS, default=shown)
    smallest = vol.Optional(CONF_SMALLEST_GROUP, default=options.get(CONF_SMALLEST_GROUP, DEFAULT_SMALLEST_GROUP))
    margin = options.get(CONF_CAPACITY_MARGIN, DEFAULT_CAPACITY_MARGIN)
    delay = options.get(CONF_CAPACITY_DELAY, DEFAULT_CAPACITY_DELAY)
    return spaces_schema(size, options, chosen).extend(
        {
            panel: BooleanSelector(),
            positions: floor_selector(size.estate, shown),
            smallest: number_selector(SMALLEST_GROUP_MAX),
            vol.Optional(CONF_MQTT, default=options.get(CONF_MQTT, MQTT_OFF)): SelectSelector(
                SelectSelectorConfig(options=list(MQTT_CHOICES), translation_key=CONF_MQTT)
            ),
            vol.Optional(CONF_CAPACITY_MARGIN, default=margin): number_selector(CAPACITY_MARGIN_MAX),
            vol.Optional(CONF_CAPACITY_DELAY, default=delay): number_selector(CAPACITY_DELAY_MAX, UnitOfTime.MINUTES),
        }
    )


def other_system_schema(takeover: Takeover) -> dict[vol.Marker, SelectSelector]:
    """Return the field about another system's events, only while they are taken over. It is no option: it acts."""
    if (record := takeover.record) is None:
        return {}
    default = OTHER_SYSTEM_FORWARD if record.forward else OTHER_SYSTEM_ALONE
    return {
        vol.Optional(CONF_OTHER_SYSTEM, default=default): SelectSelector(
            SelectSelectorConfig(options=list(OTHER_SYSTEM_CHOICES), translation_key=CONF_OTHER_SYSTEM)
        )
    }


def floor_selector(estate: Estate, chosen: Collection[str]) -> SelectSelector:
    """Return a field that selects floors that can be drawn, named with their building if there are several."""
    drawn = {room.floor_id for room in estate.rooms.values() if room.outline}
    drawn |= {zone.floor_id for zone in estate.zones.values() if zone.outline}
    floors = [
        SelectOptionDict(
            value=floor.id,
            label=f"{building.name}: {floor.name}" if building and len(estate.buildings) > 1 else floor.name,
        )
        for floor in estate.floors.values()
        for building in [estate.buildings.get(floor.building_id)]
        if floor.id in drawn or floor.id in chosen
    ]
    return SelectSelector(SelectSelectorConfig(options=floors, multiple=True, mode=SelectSelectorMode.DROPDOWN))
