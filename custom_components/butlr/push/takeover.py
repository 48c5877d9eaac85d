"""Takes over event types that another system has at Butlr, and gives them back.

The webhook of the other system is not replaced: it gets the address of Home Assistant, in one request, and later its
own again. So its events reach one of the two at any time, and everything else of it stays as it is. Whatever is about
to be done is written to disk before, and what was done is found out from Butlr's list.
"""

import asyncio
from collections.abc import Container
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from homeassistant.config_entries import STORAGE_KEY, ConfigEntry, UnknownEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.storage import STORAGE_DIR
from homeassistant.util.json import load_json_object

from ..api.errors import ButlrError, ButlrForbiddenError, ButlrResponseError
from ..api.events import POSITIONS_TYPE, base_type
from ..api.subscriptions import DELIVERY_TIMEOUT, Subscription, Subscriptions, WebhookRow, is_refusal, read_subscription
from ..const import CONF_TAKEN_OVER, LOGGER, SECRET_HEADER
from ..issues.issue import Issue, bullet_list, update_issue
from .forwarding import Forwarding
from .remote_webhooks import MOVEMENT_ROLE, canonical_name, is_of_home_assistant, parse_url, split_by_owner
from .taken_over import TakenWebhook, TakeoverRecord, endpoint_of, has_secret, is_readable, sends_here, taken_secret

# Home Assistant writes changed entries to disk after a second. How often that is checked, and the seconds in between.
STORE_CHECKS: Final = 150
STORE_CHECK_INTERVAL: Final = 0.2
# What a webhook is besides its endpoint.
_REST: Final = ("name", "event_types", "filters", "send_on_value_change")


@dataclass(frozen=True, slots=True)
class TakeoverResult:
    """The event types that taken webhooks send completely, whether anything was changed, and a failure if any."""

    event_types: tuple[str, ...] = ()
    changed: bool = False
    failure: ButlrError | None = None


class Takeover:
    """The webhooks of other systems that were taken over. Every method may be repeated after a crash."""

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry[Any], subscriptions: Subscriptions, forwarding: Forwarding
    ) -> None:
        """Take over nothing yet; the record of the entry says what was."""
        self._hass = hass
        self._entry = entry
        self._subscriptions = subscriptions
        self.forwarding = forwarding
        self._record = TakeoverRecord.of(entry)
        self._event_types: tuple[str, ...] = ()

    @property
    def record(self) -> TakeoverRecord | None:
        """Return what was taken over, or None."""
        return self._record

    @property
    def ids(self) -> frozenset[str]:
        """Return the ids of the webhooks that were taken over."""
        return frozenset(one.id for one in self._record.webhooks) if self._record else frozenset()

    async def candidates(self, wanted: Container[str]) -> list[Subscription]:
        """Return the webhooks of other systems that have wanted event types and can be taken over.

        Raises:
            ButlrError: The webhooks could not be listed.
        """
        return [one.subscription for one in await self._candidates(wanted)]

    async def _candidates(self, wanted: Container[str]) -> list[TakenWebhook]:
        found = map(TakenWebhook, (await self._subscriptions.rows()).values())
        return [one for one in found if self._is_candidate(one) and _has(one.subscription, wanted)]

    def _is_candidate(self, one: TakenWebhook) -> bool:
        """Return whether a webhook can be taken over.

        One that is filtered or switched off would send too little. Another Home Assistant would take its own back.
        """
        subscription = one.subscription
        _, others = split_by_owner([subscription], self._entry)
        return (
            bool(others and subscription.url)
            and subscription.active
            and not one.row.get("filters")
            and not sends_here(one.row, self._entry)
            and not is_of_home_assistant(subscription)
            # Another Home Assistant has taken it over, and alone knows whom to give it back to.
            and (subscription.header or "").lower() != SECRET_HEADER.lower()
            and is_readable(one.row)
        )

    async def begin(self, wanted: Container[str], *, forward: bool) -> str | None:
        """Write down what is to be taken over; `reconcile` does it. Return the error to show, if there is one.

        Raises:
            ButlrError: The webhooks could not be listed.
        """
        found = await self._candidates(wanted)
        if not found:
            return "nothing_to_take"
        if forward and not all(self.forwarding.can_reach(one.subscription.url) for one in found):
            return "not_reachable"
        before = self._record
        known = [one for one in (before.webhooks if before else ()) if one.id not in {each.id for each in found}]
        self._save(TakeoverRecord(forward, (*known, *found)))
        if await self._is_stored():
            return None
        self._save(before)
        return "not_stored"

    def set_forward(self, *, forward: bool) -> None:
        """Change whether events are passed on."""
        if self._record:
            self._save(replace(self._record, forward=forward))

    def end(self) -> None:
        """Write down that everything is to be given back; `reconcile` does it."""
        if self._record:
            self._save(replace(self._record, giving_back=True))

    async def give_back(self) -> bool:
        """Give everything back that was taken over; return whether that succeeded."""
        self.end()
        await self.reconcile(None)
        return self._record is None

    @callback
    def tell(self) -> None:
        """Create the issue that says what could not be given back, without secrets; delete it once that was done."""
        record = self._record
        left = [one.subscription for one in record.webhooks] if record and record.giving_back else []
        lines = (f"{one.name}: {', '.join(one.event_types)} → {parse_url(one.url).host or '?'}" for one in left)
        update_issue(self._hass, self._entry, Issue.NOT_GIVEN_BACK, {"webhooks": bullet_list(lines)}, exists=bool(left))

    def forget(self) -> None:
        """Drop the record: a person has given the events back by hand."""
        self._save(None)

    async def reconcile(self, url: str | None) -> TakeoverResult:
        """Let the taken webhooks send to a URL; without one, or if so agreed, give them back."""
        if self._record is None:
            self._event_types = ()
            return TakeoverResult()
        try:
            rows = await self._subscriptions.rows()
            if self._record.giving_back or url is None:
                return await self._give_back(self._record, rows)
            return await self._follow(self._record, rows, url)
        except ButlrError as err:
            return TakeoverResult(self._event_types, failure=err)

    # -- taking over ------------------------------------------------------------------------------------------------

    async def _follow(self, record: TakeoverRecord, rows: dict[str, WebhookRow], url: str) -> TakeoverResult:
        """Redirect what does not send to the URL yet; webhooks that others have changed since are theirs again."""
        kept = [one for one in record.webhooks if not self._is_lost(one, rows.get(one.id))]
        moved = [one for one in kept if one.id in rows and not self._is_up_to_date(rows[one.id], url)]
        refused = {one.id for one in moved if not await self._redirect(one, rows[one.id], url)}
        failure, webhooks = None, list[TakenWebhook]()
        rows = await self._subscriptions.rows() if moved else rows
        for one in kept:
            row = rows.get(one.id)
            is_here = row is not None and sends_here(row, self._entry)
            if one.id in refused and not is_here:
                continue
            if one in moved and not is_here:
                failure = ButlrResponseError("Butlr has not changed the webhook of another system")
            webhooks.append(replace(one, taken=one.taken or is_here))
        if self._record:
            self._save(replace(self._record, webhooks=tuple(webhooks)))
        here = [rows[one.id] for one in webhooks if one.id in rows and sends_here(rows[one.id], self._entry)]
        self._event_types = tuple(name for row in here for name in _complete_types(row))
        return TakeoverResult(self._event_types, bool(moved) or len(kept) < len(record.webhooks), failure)

    def _is_lost(self, one: TakenWebhook, row: WebhookRow | None) -> bool:
        """Return whether somebody has given a webhook another address since it was taken, or since it was listed.

        One that is gone is not lost: its owner may create it again.
        """
        if row is None or sends_here(row, self._entry) or (not one.taken and endpoint_of(row) == one.endpoint):
            return False
        LOGGER.debug("Another system has its webhook back, since somebody changed it at Butlr")
        return True

    async def _redirect(self, one: TakenWebhook, row: WebhookRow, url: str) -> bool:
        """Let a webhook send here; return whether Butlr did not refuse that."""
        secret = {"key": SECRET_HEADER, "value": taken_secret(self._entry, one.id)}
        endpoint = {"url": url, "http_timeout": DELIVERY_TIMEOUT, "api_key": secret}
        try:
            await self._subscriptions.update_as({**row, "endpoint_config": endpoint})
        except ButlrError as err:
            if one.taken or not (is_refusal(err) or isinstance(err, ButlrForbiddenError)):
                raise
            return False
        return True

    def _is_up_to_date(self, row: WebhookRow, url: str) -> bool:
        """Return whether a webhook sends to our address with our secret; a header that Butlr kept does no harm."""
        return bool(endpoint_of(row)["url"] == url) and has_secret(row, self._entry)

    # -- giving back ------------------------------------------------------------------------------------------------

    async def _give_back(self, record: TakeoverRecord, rows: dict[str, WebhookRow]) -> TakeoverResult:
        """Restore every webhook that still sends here; those that could not be restored stay in the record."""
        self.end()
        failure: ButlrError | None = None
        for one in record.webhooks:
            try:
                await self._restore(one, rows)
            except ButlrError as err:
                LOGGER.debug("The webhook of another system could not be restored: %s", err)
                failure = err
            else:
                self._drop(one)
        self._event_types = ()
        return TakeoverResult(changed=True, failure=failure)

    async def _restore(self, one: TakenWebhook, rows: dict[str, WebhookRow]) -> None:
        """Restore one webhook; whatever its owner has changed since stays."""
        row = rows.get(one.id)
        if row is None:
            if not one.recreate:
                raise ButlrResponseError("The webhook of another system is gone")
            if not any(_is_twin(other, one.row) for other in rows.values()):
                await self._subscriptions.create_as(one.row)
            return
        former = {**row, "endpoint_config": one.endpoint}
        if sends_here(row, self._entry):
            await self._subscriptions.update_as(former)
            row = (await self._subscriptions.rows()).get(one.id, {})
            if endpoint_of(row)["url"] != one.endpoint["url"]:
                raise ButlrResponseError("Butlr has not changed the webhook of another system back")
        if endpoint_of(row)["url"] == one.endpoint["url"] and has_secret(row, self._entry):
            # Butlr has kept our header, since there was none in its place.
            await self._recreate(replace(one, row=former, recreate=True))

    async def _recreate(self, one: TakenWebhook) -> None:
        """Delete a webhook that cannot be changed back, and create it as it was."""
        record = self._record
        if record:
            webhooks = tuple(one if each.id == one.id else each for each in record.webhooks)
            self._save(replace(record, webhooks=webhooks))
        if not await self._is_stored():
            raise ButlrResponseError("The configuration could not be written to disk")
        await self._subscriptions.delete([one.id])
        await self._subscriptions.create_as(one.row)

    # -- the record -------------------------------------------------------------------------------------------------

    def _drop(self, one: TakenWebhook) -> None:
        if record := self._record:
            self._save(replace(record, webhooks=tuple(each for each in record.webhooks if each.id != one.id)))

    def _save(self, record: TakeoverRecord | None) -> None:
        """Keep a record; one without webhooks is none."""
        record = record if record and record.webhooks else None
        if record == self._record:
            return
        self._record = record
        data = {key: value for key, value in self._entry.data.items() if key != CONF_TAKEN_OVER}
        if record:
            data[CONF_TAKEN_OVER] = record.as_dict()
        try:
            self._hass.config_entries.async_update_entry(self._entry, data=data)
        except UnknownEntry:
            LOGGER.debug("The entry is being removed, so its record is not written anymore")
        self.forwarding.update()

    async def _is_stored(self) -> bool:
        """Wait until the record is on disk, where it survives a crash; return whether it got there in time."""
        if self._hass.config_entries.async_get_entry(self._entry.entry_id) is None:
            return True
        path = Path(self._hass.config.path(STORAGE_DIR, STORAGE_KEY))
        expected = self._record.as_dict() if self._record else None
        for _ in range(STORE_CHECKS):
            if await self._hass.async_add_executor_job(read_stored_record, path, self._entry.entry_id) == expected:
                return True
            await asyncio.sleep(STORE_CHECK_INTERVAL)
        return False


def read_stored_record(path: Path, entry_id: str) -> object:
    """Return the record of an entry as it is on disk."""
    entries: Any = load_json_object(path, {}).get("data", {})
    data: Any = next((one["data"] for one in entries.get("entries", ()) if one["entry_id"] == entry_id), {})
    return data.get(CONF_TAKEN_OVER)


def _has(subscription: Subscription, wanted: Container[str]) -> bool:
    return any(canonical_name(name) in wanted for name in subscription.event_types)


def _complete_types(row: WebhookRow) -> list[str]:
    """Return the event types of which a webhook sends everything: crossings and motion only without its flag."""
    subscription = read_subscription(row)
    if subscription is None or not subscription.active or row.get("filters"):
        return []
    movements = (*MOVEMENT_ROLE.types, POSITIONS_TYPE) if subscription.on_change_only else ()
    return [name for name in subscription.event_types if (base_type(name) or name) not in movements]


def _is_twin(row: WebhookRow, former: WebhookRow) -> bool:
    """Return whether a webhook is like another one apart from its id."""
    return endpoint_of(row) == endpoint_of(former) and all(row.get(key) == former.get(key) for key in _REST)
