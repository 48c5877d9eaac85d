"""Our webhooks at Butlr: how to recognize them, which ones are desired, and how to get there from the existing ones.

`send_on_value_change` applies to a whole webhook, and may drop every crossing and motion event that equals the one
before. So two webhooks are desired: one for occupancy with that flag, and one for traffic and motion without it. If
Butlr allows only one webhook, it carries everything, without the flag.
"""

from collections.abc import Container, Mapping, Sequence
import contextlib
from dataclasses import dataclass, replace
from typing import Any, Final

from homeassistant.components import webhook
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_WEBHOOK_ID
from yarl import URL

from ..api.client import ButlrClient
from ..api.errors import ButlrError, ButlrForbiddenError
from ..api.events import OCCUPANCY_TYPES, ONE_MINUTE_SUFFIXES, EventType, base_type
from ..api.subscriptions import Subscription, Subscriptions, is_refusal
from ..const import CONF_CLOUDHOOK_URL, CONF_WEBHOOK_SECRET
from .taken_over import CLOUDHOOKS, is_taken

WEBHOOK_NAME_PREFIX: Final = "Home Assistant "

# The names under which each event type can be subscribed, in order of preference.
type EventNames = Mapping[EventType, Sequence[str]]


@dataclass(frozen=True, slots=True)
class WebhookRole:
    """The event types that a webhook carries, and the label that follows our name in Butlr's list of webhooks."""

    label: str
    types: tuple[EventType, ...]
    on_change_only: bool


OCCUPANCY_ROLE: Final = WebhookRole(" (occupancy)", OCCUPANCY_TYPES, on_change_only=True)
MOVEMENT_ROLE: Final = WebhookRole(
    " (entries, exits, motion)",
    tuple(event_type for event_type in EventType if event_type not in OCCUPANCY_TYPES),
    on_change_only=False,
)
COMBINED_ROLE: Final = WebhookRole("", tuple(EventType), on_change_only=False)


@dataclass(frozen=True, slots=True)
class ReconcileResult:
    """The event types that Butlr accepted, whether anything was changed there, and a temporary failure if any."""

    event_types: tuple[str, ...]
    webhooks: int
    changed: bool
    failure: ButlrError | None = None


@dataclass(slots=True)
class _Slot:
    """One desired webhook, and the existing webhook that becomes it."""

    role: WebhookRole
    desired: Subscription
    existing: Subscription | None = None


class RemoteWebhooks:
    """Turns the existing webhooks into the desired ones, in few requests and without losing event types on the way."""

    def __init__(self, client: ButlrClient, subscriptions: Subscriptions) -> None:
        """Start without knowing whether Butlr allows two webhooks."""
        self._findings = client.findings
        self._subscriptions = subscriptions
        # Whether one webhook carries everything; None until that is known.
        self._combined: bool | None = None

    def retry_second(self) -> None:
        """Ask for a second webhook next time even if Butlr refused it before."""
        self._combined = False

    async def reconcile(
        self, ours: Sequence[Subscription], template: Subscription, names: EventNames
    ) -> ReconcileResult:
        """Subscribe as many of the event types as Butlr accepts at the URL of the template.

        A failure halfway is returned in the result, and event types that were subscribed before are restored as far as
        Butlr allows.

        Raises:
            ButlrError: No event type could be subscribed.
        """
        if self._combined is None and len(ours) == 1 and _is_combined(ours[0]):
            self._combined = True  # The second webhook was refused before a restart.
        slots = await self._prepare(ours, template, names)
        before = {name for subscription in ours for name in subscription.event_types}
        done, failure = await self._apply_all(slots, names, before)
        if len(done) > 1:
            self._set_combined(combined=False)
        accepted = tuple(
            name for one in done if (one.url, one.secret) == (template.url, template.secret) for name in one.event_types
        )
        if failure and not accepted:
            raise failure
        return ReconcileResult(accepted, len(done), set(map(_content, done)) != set(map(_content, ours)), failure)

    async def _prepare(self, ours: Sequence[Subscription], template: Subscription, names: EventNames) -> list[_Slot]:
        """Match the desired webhooks with existing ones, and remove event types that another of them needs."""
        slots = self._slots(template, names)
        if superfluous := _match_existing(slots, ours, names):
            await self._subscriptions.delete([subscription.id for subscription in superfluous])
        for slot in slots:
            if (existing := slot.existing) and (not existing.active or _blocks_another(existing, slot, slots)):
                slot.existing = await self._trim(existing, slot, names)
        # Existing webhooks first: if a new one is refused later, one of ours is known to work.
        return sorted(slots, key=lambda slot: slot.existing is None)

    async def _apply_all(
        self, slots: Sequence[_Slot], names: EventNames, before: Container[str]
    ) -> tuple[list[Subscription], ButlrError | None]:
        """Return the resulting webhooks and a temporary failure; raise the refusal if every webhook was refused."""
        failure, refusal, done = None, None, list[Subscription]()
        for slot in slots:
            try:
                refusal = await self._apply(slot, done, names) or refusal
            except ButlrError as err:
                if is_refusal(err) or isinstance(err, ButlrForbiddenError) or not (slot.existing or done):
                    raise
                failure = err
                if slot.existing:
                    done.append(slot.existing)
                else:
                    await self._restore(done, slot, before)
        if refusal and not done:
            # The event types are not the reason.
            self._subscriptions.refused.clear()
            raise refusal
        return done, failure

    def _set_combined(self, *, combined: bool) -> None:
        """Record whether Butlr allows a second webhook."""
        self._combined = combined
        self._findings.note("second_webhook", "refused" if combined else "allowed")

    def _slots(self, template: Subscription, names: EventNames) -> list[_Slot]:
        """Return the desired webhooks; one without any event type is left out."""
        combined = self._combined and any(names[event_type] for event_type in MOVEMENT_ROLE.types)
        slots = []
        for role in (COMBINED_ROLE,) if combined else (OCCUPANCY_ROLE, MOVEMENT_ROLE):
            preferred = tuple(names[event_type][0] for event_type in role.types if names[event_type])
            desired = replace(
                template,
                name=f"{template.name}{role.label}",
                event_types=preferred,
                on_change_only=role.on_change_only,
            )
            slots += [_Slot(role, desired)] if preferred else []
        return slots

    async def _trim(self, existing: Subscription, slot: _Slot, names: EventNames) -> Subscription | None:
        """Remove the event types that another webhook will carry, and switch the webhook on.

        Return None if it had to be deleted because it cannot be switched on. Butlr may answer an update without
        applying it, so the webhook is listed again.
        """
        trimmed = replace(slot.desired, id=existing.id, event_types=_kept_names(existing, slot.role, names))
        if existing.active:
            return await self._subscriptions.save(trimmed)
        try:
            await self._subscriptions.update(trimmed, switch_on=True)
            is_on = any(one.id == trimmed.id and one.active for one in await self._subscriptions.list())
        except ButlrError as err:
            if not is_refusal(err):
                raise
            is_on = False
        if is_on:
            return trimmed
        await self._subscriptions.delete([trimmed.id])
        return None

    async def _apply(self, slot: _Slot, done: list[Subscription], names: EventNames) -> ButlrError | None:
        """Create or update one webhook, or let the first one carry its event types too; return the refusal if any.

        A second webhook may be refused because only one is allowed, or because one of its event types is claimed. If
        the first webhook may carry its event types, none of them is claimed.
        """
        if slot.existing and is_equal(slot.existing, slot.desired):
            done.append(slot.existing)
            return None
        is_second = bool(done) and slot.existing is None
        desired = replace(slot.desired, id=slot.existing.id if slot.existing else "")
        try:
            done.append(await self._subscriptions.save(desired))
        except ButlrError as err:
            if not (is_refusal(err) or (is_second and isinstance(err, ButlrForbiddenError))):
                raise
            refusal = err
        else:
            return None
        if is_second and await self._merge_all(done, slot):
            return None
        choices = [names[event_type] for event_type in slot.role.types]
        kept = _kept_names(slot.existing, slot.role, names) if slot.existing else ()
        refused = dict(self._subscriptions.refused)
        agreed = await self._subscriptions.agree(replace(desired, event_types=kept), choices)
        if slot.existing and agreed.event_types == kept and not is_equal(slot.existing, agreed):
            agreed = await self._subscriptions.save(agreed)
        if agreed.event_types:
            done.append(agreed)
        elif is_second:
            # The refusals were about the second webhook, not about the event types.
            self._subscriptions.refused = refused
            await self._merge_accepted(done, slot, choices)
        return refusal

    async def _merge_all(self, done: list[Subscription], slot: _Slot) -> bool:
        """Let the first webhook carry all event types of another one; return whether Butlr accepted that."""
        try:
            done[0] = await self._subscriptions.save(_merged(done[0], slot, slot.desired.event_types))
        except ButlrError as err:
            if not (is_refusal(err) or isinstance(err, ButlrForbiddenError)):
                raise
            return False
        self._set_combined(combined=True)
        return True

    async def _merge_accepted(self, done: list[Subscription], slot: _Slot, choices: Sequence[Sequence[str]]) -> None:
        """Let the first webhook carry the event types of another one that Butlr accepts, one by one."""
        alone = _merged(done[0], slot, ())
        merged = await self._subscriptions.agree(alone, choices)
        if merged != alone:
            done[0] = merged
            self._set_combined(combined=True)

    async def _restore(self, done: list[Subscription], slot: _Slot, before: Container[str]) -> None:
        """Add event types back to the first webhook if they were removed for one that could not be created."""
        released = tuple(name for name in slot.desired.event_types if name in before)
        if released:
            with contextlib.suppress(ButlrError):
                done[0] = await self._subscriptions.save(_merged(done[0], slot, released))
            self.retry_second()


def webhook_name(entry: ConfigEntry[Any]) -> str:
    """Return the prefix of our webhooks' names. It identifies them at Butlr, also to us after a restart."""
    return f"{WEBHOOK_NAME_PREFIX}{entry.entry_id[-8:]}"


def split_by_owner(
    subscriptions: Sequence[Subscription], entry: ConfigEntry[Any], origin: URL | None = None
) -> tuple[list[Subscription], list[Subscription]]:
    """Split subscriptions into those of this entry and those of others.

    A webhook is ours if its name, secret or URL matches; one match is enough, because each of them may have changed
    since the webhook was created. A webhook that a deleted entry could not remove is ours as well: it points to the
    `origin` of this Home Assistant, and an organization has only one entry here. One that was taken over from another
    system stays the other system's, although it sends here.
    """
    path, name = webhook.async_generate_path(entry.data[CONF_WEBHOOK_ID]), webhook_name(entry)
    ours: list[Subscription] = []
    others: list[Subscription] = []
    for subscription in subscriptions:
        is_ours = (
            f"{subscription.name} ".startswith(f"{name} ")
            or subscription.secret == entry.data[CONF_WEBHOOK_SECRET]
            or subscription.url.endswith(path)
            or (subscription.url and subscription.url == entry.data.get(CONF_CLOUDHOOK_URL))
            or (origin is not None and _points_to(subscription, origin))
        )
        (ours if is_ours and not is_taken(subscription, entry) else others).append(subscription)
    return ours, others


def _points_to(subscription: Subscription, origin: URL) -> bool:
    """Return whether this integration created a subscription for the Home Assistant at `origin`."""
    url = parse_url(subscription.url)
    return (
        subscription.name.startswith(WEBHOOK_NAME_PREFIX)
        and url.absolute
        and url.origin() == origin
        and url.path.startswith(webhook.async_generate_path(""))
    )


def is_of_home_assistant(subscription: Subscription) -> bool:
    """Return whether this integration created a subscription, for whichever Home Assistant."""
    url = parse_url(subscription.url)
    is_hook = url.path.startswith(webhook.async_generate_path("")) or subscription.url.startswith(CLOUDHOOKS)
    return subscription.name.startswith(WEBHOOK_NAME_PREFIX) and is_hook


def parse_url(url: str) -> URL:
    """Parse the URL of a webhook; return an empty URL if another system entered something invalid."""
    try:
        return URL(url)
    except ValueError:
        return URL()


def canonical_name(name: str) -> str:
    """Return the name of an event type with the one-minute suffix in a single spelling, for comparison."""
    minute, other = ONE_MINUTE_SUFFIXES
    return f"{name.removesuffix(other)}{minute}" if name.endswith(other) else name


def _match_existing(slots: Sequence[_Slot], ours: Sequence[Subscription], names: EventNames) -> list[Subscription]:
    """Give each slot the most similar existing webhook; return the webhooks that are not needed."""
    rest = list(ours)
    while pairs := [
        (slot, one) for slot in slots if slot.existing is None for one in rest if _kept_names(one, slot.role, names)
    ]:

        def similarity(pair: tuple[_Slot, Subscription]) -> tuple[int, ...]:
            slot, one = pair
            return (
                len(_kept_names(one, slot.role, names)),
                one.active,
                one.url == slot.desired.url,
                one.on_change_only == slot.desired.on_change_only,
            )

        slot, one = max(pairs, key=similarity)
        slot.existing = one
        rest.remove(one)
    return rest


def _kept_names(existing: Subscription, role: WebhookRole, names: EventNames) -> tuple[str, ...]:
    """Return the preferred name that a webhook already has for each event type of a role."""
    best = (next((name for name in names[each] if name in existing.event_types), None) for each in role.types)
    return tuple(filter(None, best))


def _blocks_another(existing: Subscription, slot: _Slot, slots: Sequence[_Slot]) -> bool:
    """Return whether a webhook has event types of another slot: each can be in one webhook only."""
    types = set(map(base_type, existing.event_types))
    return any(not types.isdisjoint(other.role.types) for other in slots if other is not slot)


def _merged(first: Subscription, slot: _Slot, more: tuple[str, ...]) -> Subscription:
    """Return the first webhook with event types of another slot added."""
    return replace(
        slot.desired,
        id=first.id,
        name=slot.desired.name.removesuffix(slot.role.label),
        event_types=(*first.event_types, *more),
        on_change_only=COMBINED_ROLE.on_change_only,
    )


def _is_combined(existing: Subscription) -> bool:
    """Return whether a webhook carries event types of both roles because a second webhook was refused."""
    types = set(map(base_type, existing.event_types))
    return not existing.on_change_only and not any(
        types.isdisjoint(role.types) for role in (OCCUPANCY_ROLE, MOVEMENT_ROLE)
    )


def _content(subscription: Subscription) -> tuple[object, ...]:
    """Return the parts of a webhook to compare, without its name and the order of its event types."""
    return (
        subscription.id,
        frozenset(map(canonical_name, subscription.event_types)),
        subscription.url,
        (subscription.header or "").lower(),
        subscription.secret,
        subscription.on_change_only,
        frozenset(subscription.floor_ids),
        subscription.active,
    )


def is_equal(existing: Subscription, desired: Subscription) -> bool:
    """Return whether two webhooks have the same content, apart from the id."""
    return _content(existing)[1:] == _content(desired)[1:]
