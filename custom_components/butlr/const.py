"""Constants that several modules share."""

import logging
from typing import Final

DOMAIN: Final = "butlr"
# The attribute of a sum of people that lacks a floor, room or zone whose number is not known.
ATTR_INCOMPLETE: Final = "incomplete"
MANUFACTURER: Final = "Butlr"
LOGGER: Final = logging.getLogger(__package__)

CONF_ADVANCED: Final = "advanced"
CONF_AREAS: Final = "areas"
CONF_BASE_URL: Final = "base_url"
CONF_BUILDINGS: Final = "buildings"
CONF_CAPACITY_DELAY: Final = "capacity_delay"
CONF_CAPACITY_MARGIN: Final = "capacity_margin"
CONF_CLOUDHOOK_URL: Final = "cloudhook_url"
# The description of the API token at Butlr, if a sign-in created it.
CONF_CREATED_TOKEN: Final = "created_token"  # noqa: S105 - a key
CONF_HARDWARE: Final = "hardware"
CONF_HISTORY_DAYS: Final = "history_days"
CONF_LABELS: Final = "labels"
CONF_OTHER_SYSTEM: Final = "other_system"
CONF_MQTT: Final = "mqtt"
CONF_PANEL: Final = "panel"
CONF_POSITIONS: Final = "positions"
CONF_SMALLEST_GROUP: Final = "smallest_group"
CONF_WAY_IN: Final = "way_in"
CONF_ZONE_AREAS: Final = "zone_areas"
CONF_TAKEN_OVER: Final = "taken_over"
CONF_WEBHOOK_SECRET: Final = "webhook_secret"  # noqa: S105 - a key

# Options that an entry need not contain.
DEFAULT_CAPACITY_DELAY: Final = 0  # minutes
DEFAULT_CAPACITY_MARGIN: Final = 0  # people
DEFAULT_HARDWARE: Final = True
DEFAULT_HISTORY_DAYS: Final = 0
DEFAULT_LABELS: Final = False
DEFAULT_PANEL: Final = True
DEFAULT_SMALLEST_GROUP: Final = 0  # people; every number is shown

# The values of CONF_WAY_IN, which the first form offers.
WAY_TOKEN: Final = "token"  # noqa: S105 - a choice
WAY_SIGN_IN: Final = "sign_in"
WAY_SIMULATED: Final = "simulated"
WAYS_IN: Final = (WAY_TOKEN, WAY_SIGN_IN, WAY_SIMULATED)

# The values of CONF_OTHER_SYSTEM.
OTHER_SYSTEM_FORWARD: Final = "forward"
OTHER_SYSTEM_ALONE: Final = "alone"
OTHER_SYSTEM_GIVE_BACK: Final = "give_back"
OTHER_SYSTEM_CHOICES: Final = (OTHER_SYSTEM_FORWARD, OTHER_SYSTEM_ALONE, OTHER_SYSTEM_GIVE_BACK)

# The values of CONF_AREAS.
AREAS_NONE: Final = "none"
AREAS_MATCH: Final = "match"
AREAS_CREATE: Final = "create"
AREAS_CHOICES: Final = (AREAS_NONE, AREAS_MATCH, AREAS_CREATE)

# The values of CONF_MQTT.
MQTT_OFF: Final = "off"
MQTT_SHARE: Final = "share"
MQTT_RECEIVE: Final = "receive"
MQTT_CHOICES: Final = (MQTT_OFF, MQTT_SHARE, MQTT_RECEIVE)

# The most that can be chosen for over capacity: people, and minutes.
CAPACITY_MARGIN_MAX: Final = 1000
CAPACITY_DELAY_MAX: Final = 1440
# The most that can be chosen as the smallest group that is shown, in people.
SMALLEST_GROUP_MAX: Final = 100

# The key of the number with a limit that a person sets.
CAPACITY_LIMIT: Final = "capacity_limit"

# How far back history can be imported, in days.
HISTORY_DAYS_MAX: Final = 365

# The header that Butlr sends with every push; its value is the webhook secret of the config entry.
SECRET_HEADER: Final = "X-Butlr-Webhook-Secret"  # noqa: S105 - a header's name
