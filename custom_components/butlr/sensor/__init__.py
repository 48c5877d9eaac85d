"""The sensor platform: one file for each kind of owner, with its descriptions as a table.

A new sensor is a new row in the table of its file. `EntitySync` creates one entity for each row and each owner.
"""

from functools import partial

from homeassistant.components.sensor import DOMAIN as SENSOR_DOMAIN
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from ..runtime import ButlrConfigEntry
from ..sync.entities import EntitySync
from ..waste.today import EmptyOnWatch
from .account import ACCOUNT_SENSORS, AccountSensor
from .empty_on import EMPTY_ON_SENSORS, EmptyOnSensor
from .hardware import HARDWARE_SENSORS, HardwareSensor
from .on_demand import ON_DEMAND_SENSORS, OnDemandSensor
from .organization import (
    OFFLINE_SENSOR_COUNTS,
    ORGANIZATION_PEOPLE,
    OfflineSensorCount,
    OrganizationPeopleSensor,
)
from .space import SPACE_SENSORS, SpaceSensor
from .tag import TAG_SENSORS, TagSensor

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant, entry: ButlrConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the sensors of the account, then those of the estate: spaces first, hardware last."""
    kinds = (
        (SpaceSensor, SPACE_SENSORS),
        (OnDemandSensor, ON_DEMAND_SENSORS),
        (partial(EmptyOnSensor, EmptyOnWatch(hass)), EMPTY_ON_SENSORS),
        (OrganizationPeopleSensor, ORGANIZATION_PEOPLE),
        (OfflineSensorCount, OFFLINE_SENSOR_COUNTS),
        (TagSensor, TAG_SENSORS),
        (HardwareSensor, HARDWARE_SENSORS),
    )
    account = [AccountSensor(entry.runtime_data, description) for description in ACCOUNT_SENSORS]
    await EntitySync(hass, entry, SENSOR_DOMAIN, async_add_entities, *kinds).start(*account)
