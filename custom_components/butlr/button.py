"""The button that polls everything now."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, override

from homeassistant.components.button import DOMAIN as BUTTON_DOMAIN, ButtonEntity, ButtonEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import DOMAIN
from .coordinator import refresh_all_now
from .entity import ButlrEntity
from .runtime import ButlrConfigEntry, ButlrData
from .sync.entities import EntitySync

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class AccountButtonDescription(ButtonEntityDescription):
    """Describes a button of the organization."""

    press_fn: Callable[[ButlrData], Awaitable[None]]


async def _refresh(data: ButlrData) -> None:
    """Poll the estate and all values now, even if a poll has just run."""
    estate_answered = await data.estate.refresh_now()
    if not await refresh_all_now(data.occupancy, data.traffic, data.today, data.typical) or not estate_answered:
        raise HomeAssistantError(translation_domain=DOMAIN, translation_key="refresh_failed")


ACCOUNT_BUTTONS: Final = (
    AccountButtonDescription(
        key="refresh",
        translation_key="refresh",
        entity_category=EntityCategory.DIAGNOSTIC,
        press_fn=_refresh,
    ),
)


class AccountButton(ButlrEntity, ButtonEntity):
    """A button of the organization."""

    entity_description: AccountButtonDescription

    @override
    async def async_press(self) -> None:
        await self.entity_description.press_fn(self.data)


async def async_setup_entry(
    hass: HomeAssistant, entry: ButlrConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the buttons of the organization."""
    data = entry.runtime_data
    organization_id = data.estate.data.organization_id
    buttons = [AccountButton(data, organization_id, description) for description in ACCOUNT_BUTTONS]
    await EntitySync(hass, entry, BUTTON_DOMAIN, async_add_entities).start(*buttons)
