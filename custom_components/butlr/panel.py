"""The frontend: its module is served, the panel is in the sidebar, and dashboards load the cards.

Home Assistant calls this once. From then on, every change of a config entry leads to one reconcile, so that there is
nothing to undo at a reload.
"""

import asyncio
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from homeassistant.components import frontend, panel_custom
from homeassistant.components.http import StaticPathConfig
from homeassistant.components.lovelace.const import CONF_RESOURCE_TYPE_WS, LOVELACE_DATA, MODE_STORAGE
from homeassistant.config_entries import SIGNAL_CONFIG_ENTRY_CHANGED, ConfigEntry, ConfigEntryChange
from homeassistant.const import CONF_ID, CONF_TYPE, CONF_URL
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.setup import async_when_setup

from .const import CONF_PANEL, DEFAULT_PANEL, DOMAIN, LOGGER

FOLDER: Final = Path(__file__).parent / "frontend"
FOLDER_URL: Final = "/butlr_frontend"
MODULE: Final = "butlr.js"
PANEL_URL_PATH: Final = DOMAIN
PANEL_ELEMENT: Final = "butlr-panel"
PANEL_TITLE: Final = "Butlr"
PANEL_ICON: Final = "mdi:floor-plan"
# The type of a resource of dashboards.
RESOURCE_TYPE: Final = "module"


async def async_setup_panel(hass: HomeAssistant) -> None:
    """Serve the module, and register what loads it once Home Assistant's frontend is set up, if it ever is."""
    try:
        version = await hass.async_add_executor_job(_version)
    except OSError as err:
        LOGGER.error("The panel and the cards are missing because this installation is not complete: %s", err)
        return
    # Browsers keep the file for a month, so its URL changes with its content.
    await hass.http.async_register_static_paths([StaticPathConfig(FOLDER_URL, str(FOLDER), cache_headers=True)])
    registration = PanelRegistration(hass, f"{FOLDER_URL}/{MODULE}?v={version}")
    async_when_setup(hass, frontend.DOMAIN, registration.start)


def _version() -> str:
    return sha256((FOLDER / MODULE).read_bytes()).hexdigest()[:12]


class PanelRegistration:
    """Keeps the panel and the resource of dashboards as the config entries want them."""

    def __init__(self, hass: HomeAssistant, module_url: str) -> None:
        """Prepare; nothing is registered before `start`."""
        self._hass = hass
        self._module_url = module_url
        self._lock = asyncio.Lock()
        # What was registered for the config entries; None until the resources of an earlier start have been read.
        self._has_panel = self._owns_panel = False
        self._has_resource: bool | None = None
        self._has_extra_module = False

    async def start(self, hass: HomeAssistant, component: str) -> None:
        """Register what is wanted now, and follow the config entries."""
        async_dispatcher_connect(hass, SIGNAL_CONFIG_ENTRY_CHANGED, self._on_entry_changed)
        await self._reconcile()

    @callback
    def _on_entry_changed(self, change: ConfigEntryChange, entry: ConfigEntry[Any]) -> None:
        if entry.domain == DOMAIN and self._wanted() != (self._has_panel, self._has_resource):
            self._hass.async_create_task(self._reconcile(), "butlr panel")

    def _wanted(self) -> tuple[bool, bool]:
        """Return whether the panel and the resource are wanted: for entries that work, or that say why they do not."""
        entries = self._hass.config_entries.async_entries(DOMAIN, include_ignore=False, include_disabled=False)
        return any(entry.options.get(CONF_PANEL, DEFAULT_PANEL) for entry in entries), bool(entries)

    async def _reconcile(self) -> None:
        async with self._lock:
            panel, resource = self._wanted()
            if panel != self._has_panel:
                self._has_panel = panel
                await self._update_panel(wanted=panel)
            if resource != self._has_resource:
                self._has_resource = resource
                await self._update_resource(wanted=resource)

    async def _update_panel(self, *, wanted: bool) -> None:
        if not wanted:
            if self._owns_panel:
                frontend.async_remove_panel(self._hass, PANEL_URL_PATH)
            return
        self._owns_panel = not frontend.async_panel_exists(self._hass, PANEL_URL_PATH)
        if not self._owns_panel:
            LOGGER.warning("Another panel is already at /%s, so Butlr's is not in the sidebar", PANEL_URL_PATH)
            return
        # Without `config_panel_domain`: the gear of an entry would lead to the panel, and nothing to its options.
        await panel_custom.async_register_panel(
            self._hass,
            frontend_url_path=PANEL_URL_PATH,
            webcomponent_name=PANEL_ELEMENT,
            sidebar_title=PANEL_TITLE,
            sidebar_icon=PANEL_ICON,
            module_url=self._module_url,
            embed_iframe=False,
            require_admin=False,
        )

    async def _update_resource(self, *, wanted: bool) -> None:
        """Let dashboards load the module.

        Dashboards wait for their resources, but not for an extra module, which may also be missing in the page that a
        browser has stored. Only resources in YAML, which nobody but the user can change, leave that way.
        """
        lovelace = self._hass.data[LOVELACE_DATA]
        resources: Any = lovelace.resources
        # Loads the resources from their file; without it, the list is empty and every start would add one more.
        await resources.async_get_info()
        ours = [item for item in resources.async_items() if item[CONF_URL].partition("?")[0] == self._path]
        if lovelace.resource_mode != MODE_STORAGE:
            self._update_extra_module(wanted=wanted and not ours)
            return
        for item in ours[1:] if wanted else ours:
            await resources.async_delete_item(item[CONF_ID])
        if not wanted:
            return
        resource = {CONF_RESOURCE_TYPE_WS: RESOURCE_TYPE, CONF_URL: self._module_url}
        if not ours:
            await resources.async_create_item(resource)
        elif (ours[0][CONF_TYPE], ours[0][CONF_URL]) != (RESOURCE_TYPE, self._module_url):
            await resources.async_update_item(ours[0][CONF_ID], resource)

    def _update_extra_module(self, *, wanted: bool) -> None:
        if wanted != self._has_extra_module:
            self._has_extra_module = wanted
            change = frontend.add_extra_js_url if wanted else frontend.remove_extra_js_url
            change(self._hass, self._module_url)

    @property
    def _path(self) -> str:
        """Return the URL of the module without its version."""
        return self._module_url.partition("?")[0]
