"""The trial of webhooks: creates some at an address that the user gives, examines them, and deletes them.

Existing webhooks are never changed or deleted, and no event type that one of them claims is requested. Everything that
the trial creates is deleted, whatever happens.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
import secrets
from typing import Any, Final, Self

from custom_components.butlr.api.buckets import MINUTE
from custom_components.butlr.api.errors import ButlrError, ButlrGraphQLError
from custom_components.butlr.api.queries import UPDATE_WEBHOOKS
from custom_components.butlr.api.questions import full_minute
from custom_components.butlr.api.subscriptions import (
    CAMEL_CASE_FIELDS,
    Subscription,
    Subscriptions,
    is_certain,
    is_refusal,
)

from .account import Account
from .checks import Check, Verdict, many, undetermined, words
from .doors import traffic_question
from .listening import Listener
from .webhooks import listed, schema

# The name of the trial's webhooks, by which they are found again if the answer to their creation was lost.
NAME: Final = "Butlr account check"
HEADER: Final = "x-butlr-account-check"
# The event types to request, quietest first: a one-minute type under either name, and others.
MINUTES: Final = tuple((f"{space}_OCCUPANCY_1MIN", f"{space}_OCCUPANCY_1M") for space in ("ZONE", "FLOOR", "ROOM"))
OTHERS: Final = ("PIR_NO_MOTION", "FLOOR_OCCUPANCY", "PIR_MOTION", "ZONE_OCCUPANCY", "ROOM_OCCUPANCY", "TRAFFIC")
# How often to try to delete what was created.
ATTEMPTS: Final = 4

# How events are compared with counts: the number of looks, seconds between them, looks per count, seconds until
# crossings are counted, and how many more people must be counted than reported.
LOOKS: Final = 60
BETWEEN_LOOKS: Final = 10.0
LOOKS_PER_COUNT: Final = 6
COUNT_DELAY: Final = 60.0
MIN_LOST_PEOPLE: Final = 3
WALK: Final = (
    "Now have several people walk through one door with a traffic sensor, one by one in the same direction,"
    " a few seconds apart, then one person back, and repeat. This ends by itself after at most ten minutes."
)

_PLAN: Final = (
    f"The trial creates up to three webhooks with names that start with {NAME!r}, which send events to your address"
    " for a few seconds. It subscribes to no event type that another webhook claims, changes one of its own webhooks,"
    " and deletes all of them, even after an error or Ctrl-C. It changes no existing webhook."
)


def plan() -> str:
    """Return in words what the trial does."""
    return _PLAN


class Trial:
    """Creates webhooks and deletes them on leaving the context."""

    def __init__(self, account: Account, url: str, port: int | None, say: Callable[[str], None]) -> None:
        """Prepare webhooks that send to a URL, which may lead to a port of this machine."""
        self._port = port
        self._say = say
        self._account = account
        self._subscriptions = Subscriptions(account.client)
        self._url = url
        self._secret = secrets.token_urlsafe(24)
        # The name is new each time; only webhooks with this name are deleted.
        self.name = f"{NAME} {secrets.token_hex(4)}"
        self._before: frozenset[str] = frozenset()
        self._claimed: frozenset[str] = frozenset()
        self._created: dict[str, Subscription] = {}
        self.left: int = 0
        """How many could not be deleted."""
        self._verdicts: dict[str, Verdict] = {}

    async def __aenter__(self) -> Self:
        """Read the existing webhooks; nothing is created if that fails."""
        webhooks = await listed(self._account)
        self._before = frozenset(str(webhook.get("id")) for webhook in webhooks)
        self._claimed = frozenset(str(kind).upper() for webhook in webhooks for kind in webhook["event_types"])
        return self

    async def __aexit__(self, *_: object) -> None:
        """Delete what was created, even if canceled."""
        cleaning = asyncio.ensure_future(self._clean())
        while not cleaning.done():
            try:
                await asyncio.shield(cleaning)
            except asyncio.CancelledError:
                # Cancellation waits for the clean-up.
                continue
        self.left = cleaning.result()

    async def _clean(self) -> int:
        """Delete the trial's webhooks, including those whose creation was not answered; return how many are left."""
        left: set[str] = set(self._created)
        for attempt in range(ATTEMPTS):
            try:
                # A request that was cut off may still have created one.
                webhooks = await listed(self._account)
                own = {str(one.get("id")) for one in webhooks if one.get("name") == self.name}
                left = (own | self._created.keys() & {str(one.get("id")) for one in webhooks}) - self._before
                if not left:
                    break
                await self._subscriptions.delete(sorted(left))
            except ButlrError:
                await self._account.sleep(2**attempt)
        return len(left)

    async def run(self, name: str) -> Verdict:
        """Return the verdict of one step; earlier steps run first."""
        for step, take in self._steps():
            if step not in self._verdicts:
                try:
                    self._verdicts[step] = await take()
                except ButlrError as err:
                    self._verdicts[step] = undetermined(f"not answered: {type(err).__name__}, {err}")
            if step == name:
                break
        return self._verdicts[name]

    def _steps(self) -> tuple[tuple[str, Callable[[], Awaitable[Verdict]]], ...]:
        return (
            ("trial.create", self._create),
            ("trial.minute_suffix", self._suffix),
            ("trial.listed", self._look),
            ("trial.flag_echoed", self._flag),
            ("trial.refusal", self._refusal),
            ("trial.second_webhook", self._second),
            ("trial.update_merges", self._merge),
            ("trial.status", self._status),
            ("trial.flag_scope", self._flag_scope),
            ("trial.delete", self._delete),
        )

    @property
    def _first(self) -> Subscription | None:
        return next(iter(self._created.values()), None)

    def _free(self) -> list[str]:
        """Return event types that nobody claims."""
        own = {kind for one in self._created.values() for kind in one.event_types}
        return [kind for kind in OTHERS if kind not in self._claimed | own]

    async def _make(self, kind: str) -> Subscription:
        """Create a webhook for an event type that nobody else claims."""
        if kind in self._claimed:
            raise ValueError(f"{kind} is claimed by another webhook")
        wanted = Subscription(
            name=self.name,
            event_types=(kind,),
            url=self._url,
            header=HEADER,
            secret=self._secret,
            on_change_only=True,
        )
        made = replace(wanted, id=(await self._subscriptions.create(wanted)).id)
        self._created[made.id] = made
        return made

    async def _create(self) -> Verdict:
        """Create a webhook for a one-minute type under either name, or else for another type."""
        refused: list[str] = []
        minutes = next((names for names in MINUTES if not self._claimed.intersection(names)), ())
        for kind in (*minutes, *self._free()[:3]):
            try:
                await self._make(kind)
            except ButlrError as err:
                if not is_refusal(err):
                    raise
                refused.append(kind)
                continue
            spelling = self._account.client.findings.get("webhook_input") or "unknown"
            known = await schema(self._account, "create")
            both = known is not None and {"event_types", "eventTypes"} <= known
            evidence = f"created for {kind} with inputs in {spelling}; refused before: {words(refused)}"
            return Verdict("both" if both else spelling, evidence)
        return undetermined(f"every event type is claimed or was refused: {words(refused)}")

    async def _suffix(self) -> Verdict:
        if (first := self._first) is None:
            return undetermined("no webhook could be created")
        suffix = first.event_types[0].rpartition("_")[2]
        if suffix not in ("1MIN", "1M"):
            return undetermined("every one-minute type is claimed")
        return Verdict(suffix, f"{first.event_types[0]} was accepted")

    async def _own(self) -> dict[str, Any] | None:
        """Return the trial's first webhook as it is in the list."""
        first = self._first
        return next((one for one in await listed(self._account) if first and one.get("id") == first.id), None)

    async def _look(self) -> Verdict:
        if self._first is None:
            return undetermined("no webhook could be created")
        number = len(await listed(self._account))
        there = await self._own() is not None
        return Verdict("immediately" if there else "later", f"{len(self._before)} webhooks before, {number} after")

    async def _flag(self) -> Verdict:
        if (own := await self._own()) is None:
            return undetermined("no webhook of the trial is in the list")
        flag = own.get("send_on_value_change")
        endpoint = own.get("endpoint_config")
        key = endpoint.get("api_key") if isinstance(endpoint, dict) else None
        clear = isinstance(key, dict) and key.get("value") == self._secret
        evidence = f"requested true, listed as {str(flag).lower() if isinstance(flag, bool) else 'no boolean'}"
        return Verdict(
            "echoed" if flag is True else "not echoed", f"{evidence}; the header's value in clear text: {clear}"
        )

    async def _refusal(self) -> Verdict:
        """Request an event type again that the trial itself claims."""
        if (first := self._first) is None:
            return undetermined("no webhook could be created")
        try:
            await self._make(first.event_types[0])
        except ButlrGraphQLError as err:
            manner = "code" if is_certain(err) else str(err.status) if err.status != 200 else "path"
            evidence = f"an event type that the trial itself claims: HTTP {err.status}, code {words(err.codes)}"
            return Verdict(manner, evidence)
        except ButlrError as err:
            return Verdict(type(err).__name__, "an event type that the trial itself claims")
        return Verdict("accepted", "an event type can be claimed twice")

    async def _second(self) -> Verdict:
        if self._first is None or not (free := self._free()):
            return undetermined("no webhook could be created, or every other event type is claimed")
        try:
            await self._make(free[0])
        except ButlrError as err:
            if not is_refusal(err):
                raise
            return Verdict("refused", f"a second webhook, for {free[0]}: {type(err).__name__}")
        return Verdict("allowed", f"a second webhook, for {free[0]}")

    async def _update(self, **fields: Any) -> None:
        """Change only these fields of the first webhook."""
        await self._account.client.graphql(UPDATE_WEBHOOKS, {"input": [{"id": next(iter(self._created)), **fields}]})

    async def _merge(self) -> Verdict:
        if await self._own() is None:
            return undetermined("no webhook of the trial is in the list")
        camel = self._account.client.findings.get("webhook_input") == "camel"
        name = CAMEL_CASE_FIELDS["endpoint_config"] if camel else "endpoint_config"
        await self._update(
            **{name: {"url": self._url, CAMEL_CASE_FIELDS["http_timeout"] if camel else "http_timeout": 9}}
        )
        own = await self._own() or {}
        endpoint = own.get("endpoint_config")
        endpoint = endpoint if isinstance(endpoint, dict) else {}
        kept = bool(endpoint.get("api_key"))
        types = len(own.get("event_types") or ())
        evidence = f"sent an endpoint without its header: the header {'is kept' if kept else 'is gone'}"
        return Verdict("merged" if kept else "replaced", f"{evidence}; {many(types, 'event type')} still there")

    async def _status(self) -> Verdict:
        if (own := await self._own()) is None:
            return undetermined("no webhook of the trial is in the list")
        if not isinstance(own.get("status"), bool):
            return Verdict("unknown", "the list does not show it")
        try:
            await self._update(status=False)
        except ButlrError as err:
            if not is_refusal(err):
                raise
            return Verdict("listed", f"an update does not accept it: {type(err).__name__}")
        off = (await self._own() or {}).get("status") is False
        return Verdict("settable" if off else "ignored", f"switched off: listed as {'off' if off else 'still on'}")

    async def _flag_scope(self) -> Verdict:
        """Have people cross in the same way, and see whether a webhook that sends changes only reports each of them."""
        if self._port is None:
            return undetermined(
                "this needs the events themselves: route the address to this machine and use --listen PORT"
            )
        if (first := self._first) is None or "TRAFFIC" in self._claimed:
            return undetermined("no webhook could be created, or another one claims TRAFFIC")
        if others := [webhook_id for webhook_id in self._created if webhook_id != first.id]:
            await self._subscriptions.delete(others)
        self._created = {first.id: replace(first, event_types=("TRAFFIC",))}
        await self._subscriptions.update(self._created[first.id])
        async with Listener(self._port, HEADER, self._secret) as listener:
            self._say(WALK)
            return await self._watch(listener)

    async def _watch(self, listener: Listener) -> Verdict:
        """Compare the events of some minutes with the counts of the reporting service."""
        account = self._account
        question = await traffic_question(account)
        estate = await account.estate()
        rooms = set(question.ids)
        macs = frozenset(sensor.mac.lower() for sensor in estate.sensors.values() if sensor.room_id in rooms)
        start = full_minute(account.client.now()) + MINUTE
        counted = reported = 0
        for look in range(LOOKS):
            await account.sleep(BETWEEN_LOOKS)
            if repeated := listener.repeated():
                evidence = (
                    f"{repeated} of {many(len(listener.crossings), 'event')} equal the previous one of that sensor"
                )
                return Verdict("occupancy", evidence)
            stop = full_minute(account.client.now() - COUNT_DELAY)
            if look % LOOKS_PER_COUNT or stop <= start:
                continue
            asked = replace(question, start=start, stop=stop, every="1m", least=None)
            answer = await account.rows(asked)
            counted = sum(round(row.value or 0) for row in answer.rows if (row.mac or "").lower() in macs)
            reported = listener.people(macs, start, stop)
            if reported >= MIN_LOST_PEOPLE and counted >= reported + MIN_LOST_PEOPLE:
                break
        evidence = (
            f"{counted} people counted, {reported} reported by {many(len(listener.crossings), 'event')}, none repeated"
        )
        return (
            Verdict("all", evidence) if reported and counted >= reported + MIN_LOST_PEOPLE else undetermined(evidence)
        )

    async def _delete(self) -> Verdict:
        number = len(self._created)
        if not number:
            return undetermined("no webhook could be created")
        await self._subscriptions.delete(list(self._created))
        left = sum(str(one.get("id")) in self._created for one in await listed(self._account))
        return Verdict(
            "gone immediately" if not left else "still listed", f"{many(number, 'webhook')} deleted, {left} left"
        )


QUESTIONS: Final = {
    "trial.create": "With which spelling can a webhook be created?",
    "trial.minute_suffix": "Which suffix of a one-minute type is accepted?",
    "trial.listed": "Is a new webhook in the list immediately?",
    "trial.flag_echoed": "Does it show that it sends changes only?",
    "trial.refusal": "How is a claimed event type refused?",
    "trial.second_webhook": "Can there be a second webhook?",
    "trial.update_merges": "Is a partial endpoint merged, or does it replace the stored one?",
    "trial.status": "Can a webhook be switched off?",
    "trial.flag_scope": "Does sending changes only leave out a crossing equal to the previous one?",
    "trial.delete": "Is a deleted webhook gone?",
}


def trial_checks(trial: Trial) -> tuple[Check, ...]:
    """Return the steps of a trial as checks, in order."""

    def step(name: str) -> Callable[[Account], Awaitable[Verdict]]:
        return lambda _: trial.run(name)

    return tuple(Check(name, question, step(name)) for name, question in QUESTIONS.items())
