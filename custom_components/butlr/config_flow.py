"""Config flow and options flow: setup, reauthentication, reconfiguration and options."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import replace
import secrets
from typing import Any, override

from homeassistant.components.webhook import async_generate_id
from homeassistant.config_entries import (
    ConfigEntry,
    ConfigFlow,
    ConfigFlowResult,
    OptionsFlow,
)
from homeassistant.const import CONF_CLIENT_ID, CONF_CLIENT_SECRET, CONF_WEBHOOK_ID, UnitOfTime
from homeassistant.core import callback
from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
import voluptuous as vol

from .api.client import DEFAULT_BASE_URL
from .api.errors import (
    ButlrAddressError,
    ButlrAuthError,
    ButlrConnectionError,
    ButlrNoSitesError,
    ButlrRateLimitError,
    ButlrResponseError,
)
from .api.estate import Estate
from .api.estate_reader import fetch_estate
from .api.names import composed
from .binary_sensor import HARDWARE_BINARY_SENSORS, SPACE_BINARY_SENSORS
from .button import ACCOUNT_BUTTONS
from .const import (
    AREAS_CHOICES,
    AREAS_NONE,
    CAPACITY_DELAY_MAX,
    CAPACITY_MARGIN_MAX,
    CONF_ADVANCED,
    CONF_AREAS,
    CONF_BASE_URL,
    CONF_BUILDINGS,
    CONF_CAPACITY_DELAY,
    CONF_CAPACITY_MARGIN,
    CONF_CLOUDHOOK_URL,
    CONF_HARDWARE,
    CONF_HISTORY_DAYS,
    CONF_LABELS,
    CONF_PANEL,
    CONF_POSITIONS,
    CONF_WEBHOOK_SECRET,
    CONF_ZONE_AREAS,
    DEFAULT_CAPACITY_DELAY,
    DEFAULT_CAPACITY_MARGIN,
    DEFAULT_HARDWARE,
    DEFAULT_HISTORY_DAYS,
    DEFAULT_LABELS,
    DEFAULT_PANEL,
    DOMAIN,
    HISTORY_DAYS_MAX,
    LOGGER,
)
from .entity import expand_descriptions
from .event import SPACE_EVENTS
from .runtime import ButlrConfigEntry, create_client, devices_of, is_loaded
from .sensor.account import ACCOUNT_SENSORS
from .sensor.hardware import HARDWARE_SENSORS
from .sensor.organization import OFFLINE_SENSOR_COUNTS, ORGANIZATION_PEOPLE
from .sensor.space import SPACE_SENSORS
from .sync.areas import areas_choice
from .sync.devices import count_devices

# Entities of spaces, hardware and the organization, to be counted before setup.
ESTATE_DESCRIPTIONS = (
    *SPACE_BINARY_SENSORS,
    *SPACE_SENSORS,
    *SPACE_EVENTS,
    *HARDWARE_BINARY_SENSORS,
    *HARDWARE_SENSORS,
    *ORGANIZATION_PEOPLE,
    *OFFLINE_SENSOR_COUNTS,
)
# Entities that every organization has once.
ACCOUNT_DESCRIPTIONS = (*ACCOUNT_SENSORS, *ACCOUNT_BUTTONS)


class ButlrConfigFlow(ConfigFlow, domain=DOMAIN):
    """Ask for credentials, check them by reading the estate, then ask what to add."""

    def __init__(self) -> None:
        """Initialize the flow."""
        self._credentials: dict[str, str] = {}
        self._estate: Estate

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry[Any]) -> OptionsFlow:
        return ButlrOptionsFlow()

    @override
    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the credentials of a new organization."""
        errors = await self._check(user_input)
        if user_input is None or errors:
            return self._credentials_form("user", user_input or {}, errors)
        self._abort_if_unique_id_configured()
        return await self.async_step_spaces()

    async def async_step_spaces(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask which parts of the estate to add and show how many devices and entities they are."""
        errors = buildings_errors(self._estate, user_input)
        if user_input is None or errors:
            return self.async_show_form(
                step_id="spaces",
                data_schema=spaces_schema(self._estate, user_input or {}, list(self._estate.buildings)),
                errors=errors,
                description_placeholders=size_placeholders(self._estate),
                last_step=True,
            )
        sites = list(self._estate.sites.values())
        return self.async_create_entry(
            title=sites[0].name if len(sites) == 1 else "Butlr",
            data={
                **self._credentials,
                CONF_WEBHOOK_ID: async_generate_id(),
                CONF_WEBHOOK_SECRET: new_secret(),
                CONF_CLOUDHOOK_URL: None,
            },
            options=spaces_options(self._estate, user_input),
        )

    async def async_step_reauth(self, entry_data: Mapping[str, Any]) -> ConfigFlowResult:
        """Start reauthentication after Butlr refused the credentials."""
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for new credentials."""
        return await self._replace_credentials("reauth_confirm", self._get_reauth_entry(), user_input)

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Change the credentials or the address."""
        # The user may reconfigure because a secret leaked, so the webhook secret is replaced as well.
        fresh = {CONF_WEBHOOK_SECRET: new_secret()}
        return await self._replace_credentials("reconfigure", self._get_reconfigure_entry(), user_input, fresh)

    async def _replace_credentials(
        self,
        step_id: str,
        entry: ButlrConfigEntry,
        user_input: dict[str, Any] | None,
        more: Mapping[str, str] | None = None,
    ) -> ConfigFlowResult:
        """Ask for credentials of the same organization, and store them with `more` in the entry."""
        errors = await self._check(user_input)
        if user_input is None or errors:
            known = {
                CONF_CLIENT_ID: entry.data[CONF_CLIENT_ID],
                CONF_ADVANCED: {CONF_BASE_URL: entry.data[CONF_BASE_URL]},
            }
            return self._credentials_form(step_id, user_input or known, errors)
        self._abort_if_unique_id_mismatch(reason="wrong_account")
        return self.async_update_reload_and_abort(entry, data_updates={**self._credentials, **(more or {})})

    def _credentials_form(self, step_id: str, known: Mapping[str, Any], errors: dict[str, str]) -> ConfigFlowResult:
        """Show the form with the previous input; an empty address means Butlr's own."""
        base_url = known.get(CONF_ADVANCED, {}).get(CONF_BASE_URL, DEFAULT_BASE_URL)
        address = vol.Optional(CONF_BASE_URL, default=DEFAULT_BASE_URL, description={"suggested_value": base_url})
        typed = known.get(CONF_CLIENT_SECRET)
        schema = vol.Schema(
            {
                vol.Required(CONF_CLIENT_ID, default=known.get(CONF_CLIENT_ID, vol.UNDEFINED)): TextSelector(),
                vol.Required(
                    CONF_CLIENT_SECRET, description={"suggested_value": typed} if typed else None
                ): TextSelector(TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="off")),
                vol.Required(CONF_ADVANCED, default={CONF_BASE_URL: base_url}): section(
                    vol.Schema({address: TextSelector(TextSelectorConfig(type=TextSelectorType.URL))}),
                    {"collapsed": base_url == DEFAULT_BASE_URL},
                ),
            }
        )
        return self.async_show_form(
            step_id=step_id, data_schema=schema, errors=errors, description_placeholders={"base_url": base_url}
        )

    async def _check(self, user_input: dict[str, Any] | None) -> dict[str, str]:
        """Log in and read the estate. Return form errors, or store credentials and estate in the flow."""
        if user_input is None:
            return {}
        credentials = {
            CONF_CLIENT_ID: user_input[CONF_CLIENT_ID].strip(),
            CONF_CLIENT_SECRET: user_input[CONF_CLIENT_SECRET].strip(),
            CONF_BASE_URL: user_input[CONF_ADVANCED][CONF_BASE_URL].strip().rstrip("/"),
        }
        try:
            estate = await fetch_estate(create_client(self.hass, credentials))
        except ButlrAddressError:
            # The frontend can show an error at a section, but not at a field inside it.
            return {CONF_ADVANCED: "invalid_url"}
        except ButlrAuthError:
            return {"base": "invalid_auth"}
        except ButlrRateLimitError:
            return {"base": "rate_limited"}
        except ButlrNoSitesError:
            return {"base": "no_spaces"}
        except ButlrConnectionError, ButlrResponseError:
            return {"base": "cannot_connect"}
        except Exception:  # noqa: BLE001 - every error is shown in the form
            LOGGER.exception("Unexpected error while connecting to Butlr")
            return {"base": "unknown"}
        if not estate.floors:
            return {"base": "no_spaces"}
        self._credentials, self._estate = credentials, estate
        await self.async_set_unique_id(self._existing_unique_id(estate) or estate.organization_id)
        return {}

    def _existing_unique_id(self, estate: Estate) -> str | None:
        """Return the unique id of the entry that already has this organization, or None.

        An answer of Butlr may lack the organization's id, so sites and spaces are compared as well.
        """
        for entry in self.hass.config_entries.async_entries(DOMAIN, include_ignore=False):
            if entry.unique_id in estate.named | estate.sites.keys():
                return entry.unique_id
            if not estate.named and not estate.spaces.keys().isdisjoint(devices_of(self.hass, entry.entry_id)):
                return entry.unique_id
        return None


class ButlrOptionsFlow(OptionsFlow):
    """Change which parts of the estate are added."""

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Show the current choice and apply a new one without reloading the entry."""
        entry: ButlrConfigEntry = self.config_entry
        if not is_loaded(entry):
            return self.async_abort(reason="not_loaded")
        coordinator = entry.runtime_data.estate
        whole = coordinator.full_estate
        errors = buildings_errors(whole, user_input)
        if user_input is None or errors:
            known = {**entry.options, CONF_AREAS: areas_choice(entry)[0]}
            chosen = chosen_buildings(whole, entry)
            return self.async_show_form(
                step_id="init",
                data_schema=options_schema(whole, user_input or known, chosen),
                errors=errors,
                description_placeholders=size_placeholders(whole),
            )
        options = {
            **spaces_options(whole, user_input),
            CONF_PANEL: user_input.get(CONF_PANEL, DEFAULT_PANEL),
            CONF_POSITIONS: user_input.get(CONF_POSITIONS, []),
            CONF_CAPACITY_MARGIN: int(user_input.get(CONF_CAPACITY_MARGIN, DEFAULT_CAPACITY_MARGIN)),
            CONF_CAPACITY_DELAY: int(user_input.get(CONF_CAPACITY_DELAY, DEFAULT_CAPACITY_DELAY)),
        }
        if options[CONF_BUILDINGS]:
            # Buildings that the newest answer lacks were not in the form, so they stay chosen.
            unseen = set(entry.options.get(CONF_BUILDINGS, ())) & whole.unconfirmed - whole.buildings.keys()
            options[CONF_BUILDINGS] = [*options[CONF_BUILDINGS], *sorted(unseen)]
        self.hass.config_entries.async_update_entry(entry, options=options)
        await coordinator.apply_selection()
        return self.async_create_entry(data=options)


def new_secret() -> str:
    """Return a new secret for Butlr to send with every push."""
    return secrets.token_hex(32)


def buildings_errors(estate: Estate, user_input: Mapping[str, Any] | None) -> dict[str, str]:
    """Return an error when no building is selected, since that would not mean all of them."""
    none_selected = user_input is not None and not user_input.get(CONF_BUILDINGS)
    return {CONF_BUILDINGS: "no_buildings"} if none_selected and estate.buildings else {}


def chosen_buildings(estate: Estate, entry: ButlrConfigEntry) -> list[str]:
    """Return the chosen buildings; a building that is gone is replaced by one of the same name."""
    chosen = entry.options.get(CONF_BUILDINGS, ())
    if not chosen:
        return list(estate.buildings)
    gone = {composed(name) for name in entry.runtime_data.gone_buildings.values()}
    return [key for key, one in estate.buildings.items() if key in chosen or composed(one.name) in gone]


def spaces_schema(estate: Estate, options: Mapping[str, Any], chosen: list[str]) -> vol.Schema:
    """Return the fields of the form, filled with the current choice."""
    hardware = options.get(CONF_HARDWARE, DEFAULT_HARDWARE)
    entities = count_entities(replace(estate, with_hardware=hardware))
    buildings = [
        SelectOptionDict(value=building.id, label=f"{building.name} ({entities[building.id]})")
        for building in estate.buildings.values()
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


def options_schema(estate: Estate, options: Mapping[str, Any], chosen: list[str]) -> vol.Schema:
    """Return the fields of the options: those of the form in the set-up, and what need not be asked there."""
    panel = vol.Optional(CONF_PANEL, default=options.get(CONF_PANEL, DEFAULT_PANEL))
    shown = [floor_id for floor_id in options.get(CONF_POSITIONS, ()) if floor_id in estate.floors]
    positions = vol.Optional(CONF_POSITIONS, default=shown)
    margin = options.get(CONF_CAPACITY_MARGIN, DEFAULT_CAPACITY_MARGIN)
    delay = options.get(CONF_CAPACITY_DELAY, DEFAULT_CAPACITY_DELAY)
    return spaces_schema(estate, options, chosen).extend(
        {
            panel: BooleanSelector(),
            positions: floor_selector(estate, shown),
            vol.Optional(CONF_CAPACITY_MARGIN, default=margin): number_selector(CAPACITY_MARGIN_MAX),
            vol.Optional(CONF_CAPACITY_DELAY, default=delay): number_selector(CAPACITY_DELAY_MAX, UnitOfTime.MINUTES),
        }
    )


def number_selector(most: int, unit: str | None = None) -> NumberSelector:
    """Return a field for a whole number from 0."""
    config = NumberSelectorConfig(min=0, max=most, step=1, mode=NumberSelectorMode.BOX)
    return NumberSelector(config | {"unit_of_measurement": unit} if unit else config)


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


def size_placeholders(estate: Estate) -> dict[str, str]:
    """Return the numbers that the form shows: devices, entities, floors, rooms and zones."""
    spaces = replace(estate, with_hardware=False)
    account = sum(description.entity_registry_enabled_default for description in ACCOUNT_DESCRIPTIONS)
    return {
        "devices": str(count_devices(estate)),
        "entities": str(count_entities(estate).total() + account),
        "floors": str(len(estate.floors)),
        "rooms": str(len(estate.rooms)),
        "zones": str(len(estate.zones)),
        "devices_of_spaces": str(count_devices(spaces)),
        "entities_of_spaces": str(count_entities(spaces).total() + account),
    }


def count_entities(estate: Estate) -> Counter[str | None]:
    """Count entities that are enabled by default, by building id; None counts those outside a building."""
    return Counter(
        building.id if (building := estate.building_of(owner)) else None
        for owner, description in expand_descriptions(estate, ESTATE_DESCRIPTIONS)
        if description.entity_registry_enabled_default
    )
