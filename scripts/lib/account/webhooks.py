"""Checks of webhooks that change nothing, by the schema and the list."""

from collections import Counter
from typing import Any, Final

from custom_components.butlr.api.errors import ButlrError, ButlrGraphQLError
from custom_components.butlr.api.queries import WEBHOOKS, WEBHOOKS_WITHOUT_STATUS
from custom_components.butlr.api.subscriptions import CAMEL_CASE_FIELDS

from .account import Account
from .checks import Check, Verdict, many, tally, undetermined, words

_TYPES: Final = """query Types {
  create: __type(name: "WebhookCreateInput") { inputFields { name } }
  update: __type(name: "WebhookUpdateInput") { inputFields { name } }
  endpoint: __type(name: "EndpointConfigInput") { inputFields { name } }
  webhook: __type(name: "Webhook") { fields { name } }
  events: __type(name: "EventType") { enumValues { name } }
}"""
KNOWN_EVENTS: Final = frozenset(
    {
        *(f"{space}_OCCUPANCY{suffix}" for space in ("FLOOR", "ROOM", "ZONE") for suffix in ("", "_1MIN", "_1M")),
        *("DETECTIONS", "TRAFFIC", "PIR_MOTION", "PIR_NO_MOTION", "SENSOR_HEALTH", "HIVE_HEALTH"),
    }
)
_CLOSED: Final = "the schema cannot be read; try --webhook"


async def _names(account: Account, kind: str) -> set[str]:
    """Return the names in a type of the schema, as far as it can be read."""
    answer = (await account.graphql(_TYPES)).get(kind)
    if not isinstance(answer, dict):
        return set()
    lists = [value for value in answer.values() if isinstance(value, list)]
    return {str(item.get("name")) for values in lists for item in values if isinstance(item, dict)}


async def schema(account: Account, kind: str) -> set[str] | None:
    """Return the names in a type of the schema; None if it cannot be read or does not exist."""
    try:
        return await _names(account, kind) or None
    except ButlrGraphQLError:
        return None


async def _introspection(account: Account) -> Verdict:
    try:
        parts = {kind: await _names(account, kind) for kind in ("create", "update", "endpoint", "webhook", "events")}
    except ButlrGraphQLError as err:
        return Verdict("disabled", f"HTTP {err.status}, code {words(err.codes)}")
    evidence = ", ".join(f"{kind} {len(names)}" for kind, names in parts.items())
    return Verdict("enabled" if all(parts.values()) else "in part", f"names of {evidence}")


async def _spelling(account: Account) -> Verdict:
    names = await schema(account, "create")
    inner = await schema(account, "endpoint")
    if names is None or inner is None:
        return undetermined(_CLOSED)
    known = names | inner
    snake = [one for one in CAMEL_CASE_FIELDS if one in known]
    camel = [one for one in CAMEL_CASE_FIELDS.values() if one in known]
    evidence = f"inputs have {words(known)}"
    if snake and camel:
        return Verdict("both" if len(snake) == len(camel) == len(CAMEL_CASE_FIELDS) else "mixed", evidence)
    return Verdict("snake" if snake else "camel", evidence) if snake or camel else undetermined(evidence)


async def _status_field(account: Account) -> Verdict:
    names, update = await schema(account, "webhook"), await schema(account, "update")
    if names is not None and update is not None:
        evidence = f"webhooks have {words(names)}; an update accepts {words(update)}"
        if "status" in update:
            return Verdict("in the input", evidence)
        return Verdict("listed" if "status" in names else "unknown", evidence)
    try:
        await account.graphql(WEBHOOKS)
    except ButlrGraphQLError as err:
        await account.graphql(WEBHOOKS_WITHOUT_STATUS)
        return Verdict("unknown", f"the list is refused with status (HTTP {err.status}) and answered without")
    return Verdict("listed", "the list is answered with status; only --webhook can show whether an update accepts it")


async def _suffix(account: Account) -> Verdict:
    if (events := await schema(account, "events")) is None:
        held = {kind for webhook in await listed(account) for kind in webhook["event_types"]}
        seen = {suffix for kind in held for suffix in ("1MIN", "1M") if kind.endswith(f"_{suffix}")}
        if len(seen) == 1:
            return Verdict(seen.pop(), "from existing webhooks")
        return undetermined(_CLOSED)
    minutes = sorted(event for event in events if event.endswith(("_1MIN", "_1M")))
    suffixes = {event.rpartition("_")[2] for event in minutes}
    return Verdict(" and ".join(sorted(suffixes)) or "none", f"event types: {words(minutes)}")


async def _events(account: Account) -> Verdict:
    if (events := await schema(account, "events")) is None:
        return undetermined(_CLOSED)
    more = events - KNOWN_EVENTS
    missing = {event for event in KNOWN_EVENTS - events if not event.endswith(("_1MIN", "_1M"))}
    evidence = f"{many(len(events), 'event type')}; undocumented: {words(more)}; missing: {words(missing)}"
    return Verdict(
        "more than documented" if more else "fewer than documented" if missing else "as documented", evidence
    )


async def listed(account: Account) -> list[dict[str, Any]]:
    """Return the existing webhooks, each with a list of event types."""
    try:
        rows = (await account.client.graphql(WEBHOOKS)).get("webhooks")
    except ButlrGraphQLError:
        rows = (await account.client.graphql(WEBHOOKS_WITHOUT_STATUS)).get("webhooks")
    if isinstance(rows, dict):
        rows = rows.get("data")
    return [
        row | {"event_types": kinds if isinstance(kinds := row.get("event_types"), list) else []}
        for row in (rows if isinstance(rows, list) else ())
        if isinstance(row, dict)
    ]


async def _list(account: Account) -> Verdict:
    try:
        answer = (await account.client.graphql(WEBHOOKS_WITHOUT_STATUS)).get("webhooks")
    except ButlrError as err:
        codes = words(err.codes) if isinstance(err, ButlrGraphQLError) else "none"
        return Verdict("refused", f"{type(err).__name__}, code {codes}")
    shape = "list" if isinstance(answer, list) else "wrapper" if isinstance(answer, dict) else "null"
    return Verdict(shape, many(len(await listed(account)), "webhook"))


async def _claimed(account: Account) -> Verdict:
    webhooks = await listed(account)
    types = Counter(str(kind).upper() for webhook in webhooks for kind in webhook["event_types"])
    ours = sum("home assistant" in str(webhook.get("name")).lower() for webhook in webhooks)
    double = sum(number > 1 for number in types.values())
    reading = "none" if not types else "some" if double == 0 else "some twice"
    counted = tally(kind for webhook in webhooks for kind in webhook["event_types"])
    evidence = f"{many(len(webhooks), 'webhook')}, {ours} named after Home Assistant; {counted}"
    return Verdict(reading, evidence)


async def _inactive(account: Account) -> Verdict:
    states = [webhook.get("status") for webhook in await listed(account)]
    if not states:
        return undetermined("there are no webhooks")
    off, on = states.count(False), states.count(True)
    reading = "some are off" if off else "all are on" if on == len(states) else "not reported"
    return Verdict(reading, f"on {on}, off {off}, not reported {len(states) - on - off}")


async def _flags(account: Account) -> Verdict:
    flags = [webhook.get("send_on_value_change") for webhook in await listed(account)]
    if not flags:
        return undetermined("there are no webhooks")
    shown = [str(flag).lower() for flag in flags if isinstance(flag, bool)]
    return Verdict("reported" if shown else "not reported", f"{tally(shown)}; not reported {len(flags) - len(shown)}")


async def _secrets(account: Account) -> Verdict:
    endpoints = [webhook.get("endpoint_config") for webhook in await listed(account)]
    keys = [key for one in endpoints if isinstance(one, dict) and isinstance(key := one.get("api_key"), dict)]
    if not keys:
        return undetermined(f"none of {many(len(endpoints), 'webhook')} has a header")
    clear = sum(bool(str(key.get("value") or "").strip("*•x. ")) for key in keys)
    return Verdict("in clear text" if clear else "hidden", f"{clear} of {many(len(keys), 'header')} with a value")


CHECKS = (
    Check("introspection", "Can the schema be read?", _introspection),
    Check("webhook_input", "How are the inputs of webhooks spelled?", _spelling),
    Check("webhook_status", "Do webhooks have a status, and does an update accept one?", _status_field),
    Check("minute_suffix", "What is the suffix of one-minute event types?", _suffix),
    Check("event_types", "Which event types are there?", _events),
    Check("webhook_list", "What is the shape of the list of webhooks?", _list),
    Check("held_types", "Which event types do existing webhooks claim?", _claimed),
    Check("webhooks_off", "Are any webhooks switched off?", _inactive),
    Check("flag_told", "Does the list show send_on_value_change?", _flags),
    Check("webhook_secrets", "Does the list show the secrets of webhooks?", _secrets),
)
