"""Our webhooks at Butlr: how they are known, what should be there, and the way to it from what is there.

`send_on_value_change` holds for a whole webhook, and may swallow every crossing and motion that equals the one before.
So there are two: counts of people with it, and without it what happens. Where Butlr allows one webhook only, that one
carries everything, without it.
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

NAME_PREFIX: Final = "Home Assistant "

# The names to subscribe each event type by, the best first.
type Names = Mapping[EventType, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Part:
    """What one webhook carries, and what a person at Butlr reads behind its name."""

    label: str
    kinds: tuple[EventType, ...]
    on_change_only: bool


COUNTS: Final = Part(" (occupancy)", OCCUPANCY_TYPES, on_change_only=True)
MOVEMENTS: Final = Part(
    " (entries, exits, motion)",
    tuple(kind for kind in EventType if kind not in OCCUPANCY_TYPES),
    on_change_only=False,
)
EVERYTHING: Final = Part("", tuple(EventType), on_change_only=False)


@dataclass(frozen=True, slots=True)
class Arranged:
    """What Butlr agreed to, whether anything is different there from before, and what failed for now."""

    names: tuple[str, ...]
    webhooks: int
    changed: bool
    failure: ButlrError | None = None


@dataclass(slots=True)
class _Slot:
    """One of the webhooks that should be there: as it should be, and as it is."""

    part: Part
    wanted: Subscription
    found: Subscription | None = None


class OurWebhooks:
    """Makes what is at Butlr what should be there, in few steps, none of which loses more than it must."""

    def __init__(self, client: ButlrClient, subscriptions: Subscriptions) -> None:
        """Start without knowing whether Butlr allows two."""
        self._findings = client.findings
        self._subscriptions = subscriptions
        # Whether one webhook carries everything; None until that is known.
        self._in_one: bool | None = None

    def try_two(self) -> None:
        """Ask for two next time, though Butlr refused the second."""
        self._in_one = False

    async def arrange(self, ours: Sequence[Subscription], model: Subscription, names: Names) -> Arranged:
        """Make as many of the event types as Butlr agrees to arrive at the address of a model.

        Raises what kept everything from being subscribed. A failure in the middle leaves nothing out that was there
        before, as far as Butlr lets that be put back, and is returned beside what is subscribed all the same.
        """
        if self._in_one is None and len(ours) == 1 and _carries_everything(ours[0]):
            self._in_one = True  # The second was refused before a restart.
        slots = await self._prepare(ours, model, names)
        before = {name for subscription in ours for name in subscription.event_types}
        done, failure = await self._settle_all(slots, names, before)
        if len(done) > 1:
            self._know(in_one=False)
        agreed = tuple(
            name for one in done if (one.url, one.secret) == (model.url, model.secret) for name in one.event_types
        )
        if failure and not agreed:
            raise failure
        return Arranged(agreed, len(done), set(map(_content, done)) != set(map(_content, ours)), failure)

    async def _prepare(self, ours: Sequence[Subscription], model: Subscription, names: Names) -> list[_Slot]:
        """Return the webhooks that should be there with those that are, none of which is in another one's way."""
        slots = self._slots(model, names)
        if superfluous := _assign(slots, ours, names):
            await self._subscriptions.delete([subscription.id for subscription in superfluous])
        for slot in slots:
            if (found := slot.found) and (not found.active or _is_in_the_way(found, slot, slots)):
                slot.found = await self._trim(found, slot, names)
        # Those that are there first: whatever another one is refused for, it is not for want of any webhook.
        return sorted(slots, key=lambda slot: slot.found is None)

    async def _settle_all(
        self, slots: Sequence[_Slot], names: Names, before: Container[str]
    ) -> tuple[list[Subscription], ButlrError | None]:
        """Return the webhooks as they are now, and what failed for now; raises what refused all of them."""
        failure, refusal, done = None, None, list[Subscription]()
        for slot in slots:
            try:
                refusal = await self._settle(slot, done, names) or refusal
            except ButlrError as err:
                if is_refusal(err) or isinstance(err, ButlrForbiddenError) or not (slot.found or done):
                    raise
                failure = err
                if slot.found:
                    done.append(slot.found)
                else:
                    await self._put_back(done, slot, before)
        if refusal and not done:
            # Then it is not about event types.
            self._subscriptions.refused.clear()
            raise refusal
        return done, failure

    def _know(self, *, in_one: bool) -> None:
        """Take in whether Butlr allows a second webhook."""
        self._in_one = in_one
        self._findings.note("second_webhook", "refused" if in_one else "allowed")

    def _slots(self, model: Subscription, names: Names) -> list[_Slot]:
        """Return the webhooks that should be there, without those that would carry nothing."""
        in_one = self._in_one and any(names[kind] for kind in MOVEMENTS.kinds)
        slots = []
        for part in (EVERYTHING,) if in_one else (COUNTS, MOVEMENTS):
            best = tuple(names[kind][0] for kind in part.kinds if names[kind])
            wanted = replace(
                model, name=f"{model.name}{part.label}", event_types=best, on_change_only=part.on_change_only
            )
            slots += [_Slot(part, wanted)] if best else []
        return slots

    async def _trim(self, found: Subscription, slot: _Slot, names: Names) -> Subscription | None:
        """Let a webhook give up what another shall carry, and switch it on; None where it had to be deleted for that.

        What is switched on is looked at once more: an answer may be all that the wish gets.
        """
        trimmed = replace(slot.wanted, id=found.id, event_types=_kept(found, slot.part, names))
        if found.active:
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

    async def _settle(self, slot: _Slot, done: list[Subscription], names: Names) -> ButlrError | None:
        """Make one webhook what it should be, or let the one that is done carry it, too; returns what was refused.

        A second webhook that is refused may be one too many, or one of its event types may be taken. Which it is, the
        first one tells: what that may carry is not taken.
        """
        if slot.found and _equal(slot.found, slot.wanted):
            done.append(slot.found)
            return None
        is_second = bool(done) and slot.found is None
        wanted = replace(slot.wanted, id=slot.found.id if slot.found else "")
        try:
            done.append(await self._subscriptions.save(wanted))
        except ButlrError as err:
            if not (is_refusal(err) or (is_second and isinstance(err, ButlrForbiddenError))):
                raise
            refusal = err
        else:
            return None
        if is_second and await self._join(done, slot):
            return None
        choices = [names[kind] for kind in slot.part.kinds]
        kept = _kept(slot.found, slot.part, names) if slot.found else ()
        refused = dict(self._subscriptions.refused)
        agreed = await self._subscriptions.agree(replace(wanted, event_types=kept), choices)
        if slot.found and agreed.event_types == kept and not _equal(slot.found, agreed):
            agreed = await self._subscriptions.save(agreed)
        if agreed.event_types:
            done.append(agreed)
        elif is_second:
            # Not one of them was agreed to, for that there was none to add it to.
            self._subscriptions.refused = refused
            await self._join_one_by_one(done, slot, choices)
        return refusal

    async def _join(self, done: list[Subscription], slot: _Slot) -> bool:
        """Let the first webhook carry all of another one, too; tells whether Butlr agreed to that."""
        try:
            done[0] = await self._subscriptions.save(_joined(done[0], slot, slot.wanted.event_types))
        except ButlrError as err:
            if not (is_refusal(err) or isinstance(err, ButlrForbiddenError)):
                raise
            return False
        self._know(in_one=True)
        return True

    async def _join_one_by_one(self, done: list[Subscription], slot: _Slot, choices: Sequence[Sequence[str]]) -> None:
        """Let the first webhook carry of another one what Butlr agrees to."""
        alone = _joined(done[0], slot, ())
        joined = await self._subscriptions.agree(alone, choices)
        if joined != alone:
            done[0] = joined
            self._know(in_one=True)

    async def _put_back(self, done: list[Subscription], slot: _Slot, before: Container[str]) -> None:
        """Let the first webhook carry again what was taken from it for one that could not be made for now."""
        released = tuple(name for name in slot.wanted.event_types if name in before)
        if released:
            with contextlib.suppress(ButlrError):
                done[0] = await self._subscriptions.save(_joined(done[0], slot, released))
            self.try_two()


def subscription_name(entry: ConfigEntry[Any]) -> str:
    """Return what the names of our webhooks begin with: people at Butlr, and we after a restart, know them by it."""
    return f"{NAME_PREFIX}{entry.entry_id[-8:]}"


def owned(
    subscriptions: Sequence[Subscription], entry: ConfigEntry[Any], origin: URL | None = None
) -> tuple[list[Subscription], list[Subscription]]:
    """Split subscriptions into those of this entry and those of others.

    Ours are known by the name, the secret or the address, any of which may have changed since they were made. So is
    what an entry left behind that was removed while Butlr could not be reached: it leads to this very Home Assistant,
    at whose own `origin` nobody else listens (an organization has one entry).
    """
    path, name = webhook.async_generate_path(entry.data[CONF_WEBHOOK_ID]), subscription_name(entry)
    ours: list[Subscription] = []
    others: list[Subscription] = []
    for subscription in subscriptions:
        mine = (
            f"{subscription.name} ".startswith(f"{name} ")
            or subscription.secret == entry.data[CONF_WEBHOOK_SECRET]
            or subscription.url.endswith(path)
            or (subscription.url and subscription.url == entry.data.get(CONF_CLOUDHOOK_URL))
            or (origin is not None and _leads_to(subscription, origin))
        )
        (ours if mine else others).append(subscription)
    return ours, others


def _leads_to(subscription: Subscription, origin: URL) -> bool:
    url = parsed(subscription.url)
    return (
        subscription.name.startswith(NAME_PREFIX)
        and url.absolute
        and url.origin() == origin
        and url.path.startswith(webhook.async_generate_path(""))
    )


def parsed(url: str) -> URL:
    """Return the address of a webhook, which may be anything where the webhook is another system's."""
    try:
        return URL(url)
    except ValueError:
        return URL()


def canonical(name: str) -> str:
    """Return the name of an event type in the one spelling of the one-minute suffix that is compared."""
    minute, other = ONE_MINUTE_SUFFIXES
    return f"{name.removesuffix(other)}{minute}" if name.endswith(other) else name


def _assign(slots: Sequence[_Slot], ours: Sequence[Subscription], names: Names) -> list[Subscription]:
    """Give each webhook that should be there the one that is most like it; returns those that nothing needs."""
    rest = list(ours)
    while pairs := [
        (slot, one) for slot in slots if slot.found is None for one in rest if _kept(one, slot.part, names)
    ]:

        def likeness(pair: tuple[_Slot, Subscription]) -> tuple[int, ...]:
            slot, one = pair
            wanted = slot.wanted
            return (
                len(_kept(one, slot.part, names)),
                one.active,
                one.url == wanted.url,
                one.on_change_only == wanted.on_change_only,
            )

        slot, one = max(pairs, key=likeness)
        slot.found = one
        rest.remove(one)
    return rest


def _kept(found: Subscription, part: Part, names: Names) -> tuple[str, ...]:
    """Return what a webhook has of a part already: of each event type the best name."""
    best = (next((name for name in names[kind] if name in found.event_types), None) for kind in part.kinds)
    return tuple(filter(None, best))


def _is_in_the_way(found: Subscription, slot: _Slot, slots: Sequence[_Slot]) -> bool:
    """Tell whether a webhook has what another one shall carry: an event type may be in one only."""
    has = set(map(base_type, found.event_types))
    return any(not has.isdisjoint(other.part.kinds) for other in slots if other is not slot)


def _joined(first: Subscription, slot: _Slot, more: tuple[str, ...]) -> Subscription:
    """Return the first webhook as it is when it carries event types of another one, too."""
    return replace(
        slot.wanted,
        id=first.id,
        name=slot.wanted.name.removesuffix(slot.part.label),
        event_types=(*first.event_types, *more),
        on_change_only=EVERYTHING.on_change_only,
    )


def _carries_everything(found: Subscription) -> bool:
    """Tell whether a webhook is what one looks like that carries everything because a second was refused."""
    has = set(map(base_type, found.event_types))
    return not found.on_change_only and not any(has.isdisjoint(part.kinds) for part in (COUNTS, MOVEMENTS))


def _content(subscription: Subscription) -> tuple[object, ...]:
    """Return what matters of a webhook; its name and the order of its event types do not."""
    return (
        subscription.id,
        frozenset(map(canonical, subscription.event_types)),
        subscription.url,
        (subscription.header or "").lower(),
        subscription.secret,
        subscription.on_change_only,
        subscription.active,
    )


def _equal(found: Subscription, wanted: Subscription) -> bool:
    return _content(found)[1:] == _content(wanted)[1:]
