"""The GraphQL documents.

Only fields used in production are selected (mcp: clients/queries), and parent ids in their null-safe snake_case
spelling: `floorID`, `roomID` and `hiveID` raise an error for every row without a value.
"""

from collections.abc import Iterable
import json

_SITES = """
  sites {
    data {
      id
      name
      timezone
      org_id
      buildings {
        id
        name
        capacity { max }
        floors {
          id
          name
          floorNumber
          customID
          capacity { max }
          rooms {
            id
            name
            roomType
            customID
            capacity { max }
            coordinates
          }
          zones {
            id
            name
            room_id
            customID
            capacity { max }
            coordinates
            sensors { id }
          }
        }
      }
    }
  }
"""

_TAGS = """
  tags {
    id
    name
    organization_id
    rooms { id }
    zones { id }
    floors { id }
  }
"""

TOPOLOGY = f"query Topology {{ {_SITES} {_TAGS} }}"
# For credentials that may not read tags.
TOPOLOGY_WITHOUT_TAGS = f"query Topology {{ {_SITES} }}"

SENSORS = """
query Sensors {
  sensors {
    data {
      id
      name
      mac_address
      mode
      model
      floor_id
      room_id
      hive_serial
      is_entrance
      is_online
      power_type
      battery_change_by_date
      last_heartbeat
      installation_status
    }
  }
}
"""

HIVES = """
query Hives {
  hives {
    data {
      id
      name
      serialNumber
      floor_id
      room_id
      isOnline
      hiveVersion
      hiveType
      lastHeartbeat
      netPathStability
    }
  }
}
"""

# Only for pictures, which nothing else depends on, so that a cloud without this field refuses nothing else.
FLOOR_PLANS = """
query FloorPlans {
  sites {
    data {
      buildings {
        floors {
          id
          floor_plans {
            url
            coordinates
          }
        }
      }
    }
  }
}
"""

_WEBHOOK_FIELDS = """
    id
    name
    event_types
    endpoint_config { url http_timeout api_key { key value } }
    send_on_value_change
"""

WEBHOOKS = f"query Webhooks {{ webhooks {{ {_WEBHOOK_FIELDS} status }} }}"

# For a cloud whose schema has no `status` of webhooks.
WEBHOOKS_WITHOUT_STATUS = f"query Webhooks {{ webhooks {{ {_WEBHOOK_FIELDS} }} }}"

# Read separately, and only for webhooks of ours with a filter: only one source mentions `filters` in an answer.
WEBHOOK_FILTERS = "query FiltersOfWebhooks { webhooks { id filters } }"

# Everything that is needed to put a webhook back as it was, secrets included. Only one source mentions the last fields.
WEBHOOKS_IN_FULL = tuple(
    f"""query DetailsOfWebhooks {{ webhooks {{
    id
    name
    event_types
    endpoint_config {{ url http_timeout api_key {{ key value }} basic_auth {{ username password }} }}
    send_on_value_change
    {more}
}} }}"""
    for more in ("filters status", "filters", "status", "")
)

CREATE_WEBHOOKS = f"""
mutation CreateWebhooks($input: [WebhookCreateInput!]!) {{
  createWebhooks(input: $input) {{ {_WEBHOOK_FIELDS} }}
}}
"""

UPDATE_WEBHOOKS = f"""
mutation UpdateWebhooks($input: [WebhookUpdateInput!]!) {{
  updateWebhooks(input: $input) {{ {_WEBHOOK_FIELDS} }}
}}
"""

DELETE_WEBHOOKS = "mutation DeleteWebhooks($ids: [ID!]!) { deleteWebhooks(ids: $ids) }"


# UNVERIFIED: that the ids of sensors and hives can be given as literals
def connectivity(sensor_ids: Iterable[str], hive_ids: Iterable[str]) -> str:
    """Return the document that reads whether some sensors and hives are online.

    The ids are literals, since the sources disagree on the type of a variable for them: a string literal is both a
    String and an ID. Butlr ignores arguments other than ids (mcp-hist: GRAPHQL_DISCOVERY).
    """
    sensors, hives = (json.dumps(list(ids)) for ids in (sensor_ids, hive_ids))
    return f"""query Connectivity {{
  sensors(ids: {sensors}) {{ data {{ id is_online }} }}
  hives(ids: {hives}) {{ data {{ id isOnline }} }}
}}"""
