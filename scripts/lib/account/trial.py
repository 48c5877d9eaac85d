"""The trial of webhooks: makes some at an address that a person gives, looks at them, and deletes them again.

What is there already is never touched: no webhook of others is changed or deleted, and no event type is asked for that
one of them holds. What the trial made is deleted whatever happens meanwhile.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
import secrets
from typing import Any, Final, Self

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
from .checks import Check, Verdict, many, unclear, words
from .doors import traffic_question
from .listening import Listener
from .webhooks import listed, schema

# How the trial's webhooks are called; by this they are found again whose answer was lost on the way.
NAME: Final = "Butlr account check"
HEADER: Final = "x-butlr-account-check"
# What is asked for, the quietest first: a one-minute type under either name, and two others.
MINUTES: Final = tuple((f"{space}_OCCUPANCY_1MIN", f"{space}_OCCUPANCY_1M") for space in ("ZONE", "FLOOR", "ROOM"))
OTHERS: Final = ("PIR_NO_MOTION", "FLOOR_OCCUPANCY", "PIR_MOTION", "ZONE_OCCUPANCY", "ROOM_OCCUPANCY", "TRAFFIC")
# So often it is tried to delete what was made.
ATTEMPTS: Final = 4

# How the events are compared with what is counted: so often, after so many seconds; every so many looks, asked about
# what is so many seconds old; and how many people more than were told are no accident.
LOOKS: Final = 60
BETWEEN_LOOKS: Final = 10.0
LOOKS_A_COUNT: Final = 6
LATE: Final = 60.0
MINUTE: Final = 60.0
ENOUGH: Final = 3
WALK: Final = (
    "Now let several people go through one door with a traffic sensor, one after the other in the same direction,"
    " some seconds apart, then one back, and the same again. This ends by itself, after ten minutes at the latest."
)

_PLAN: Final = (
    f"The trial makes up to three webhooks, whose names begin with {NAME!r}, that send events to the address you gave"
    " for a few seconds, asks for no event type that another webhook holds, changes one of its own, and deletes"
    " all of its own again, also after an error or Ctrl-C. It touches no webhook that is there."
)


def plan() -> str:
    """Return in words what the trial does."""
    return _PLAN


class Trial:
    """Makes webhooks and knows which are its own. Use it as a context: leaving deletes them."""

    def __init__(self, account: Account, url: str, port: int | None, say: Callable[[str], None]) -> None:
        """Prepare to make webhooks that send to a URL, which may lead to a port of this machine."""
        self._port = port
        self._say = say
        self._account = account
        self._subscriptions = Subscriptions(account.client)
        self._url = url
        self._secret = secrets.token_urlsafe(24)
        # What the trial makes is named anew each time: it deletes what it finds under this name, and nothing else.
        self.name = f"{NAME} {secrets.token_hex(4)}"
        self._before: frozenset[str] = frozenset()
        self._held: frozenset[str] = frozenset()
        self._made: dict[str, Subscription] = {}
        self.left: int = 0
        """How many could not be deleted."""
        self._verdicts: dict[str, Verdict] = {}

    async def __aenter__(self) -> Self:
        """Look at what is there; nothing is made where that cannot be seen."""
        webhooks = await listed(self._account)
        self._before = frozenset(str(webhook.get("id")) for webhook in webhooks)
        self._held = frozenset(str(kind).upper() for webhook in webhooks for kind in webhook["event_types"])
        return self

    async def __aexit__(self, *_: object) -> None:
        """Delete what was made, and let nothing keep that from being done."""
        cleaning = asyncio.ensure_future(self._clean())
        while not cleaning.done():
            try:
                await asyncio.shield(cleaning)
            except asyncio.CancelledError:
                # Whoever is in a hurry waits for this all the same.
                continue
        self.left = cleaning.result()

    async def _clean(self) -> int:
        """Delete all of the trial's webhooks, those too whose making was never answered; return how many are left."""
        left: set[str] = set(self._made)
        for attempt in range(ATTEMPTS):
            try:
                # A request that was cut off may yet have made one.
                webhooks = await listed(self._account)
                own = {str(one.get("id")) for one in webhooks if one.get("name") == self.name}
                left = (own | self._made.keys() & {str(one.get("id")) for one in webhooks}) - self._before
                if not left:
                    break
                await self._subscriptions.delete(sorted(left))
            except ButlrError:
                await self._account.sleep(2**attempt)
        return len(left)

    async def run(self, name: str) -> Verdict:
        """Return the verdict of one step; the steps before it are taken if they were not."""
        for step, take in self._steps():
            if step not in self._verdicts:
                try:
                    self._verdicts[step] = await take()
                except ButlrError as err:
                    self._verdicts[step] = unclear(f"not answered: {type(err).__name__}, {err}")
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
        return next(iter(self._made.values()), None)

    def _free(self) -> list[str]:
        """Return event types that nobody holds, neither others nor the trial."""
        own = {kind for one in self._made.values() for kind in one.event_types}
        return [kind for kind in OTHERS if kind not in self._held | own]

    async def _make(self, kind: str) -> Subscription:
        """Make a webhook for an event type that nobody else holds."""
        if kind in self._held:
            raise ValueError(f"{kind} is held by another webhook")
        wanted = Subscription(
            name=self.name,
            event_types=(kind,),
            url=self._url,
            header=HEADER,
            secret=self._secret,
            on_change_only=True,
        )
        made = replace(wanted, id=(await self._subscriptions.create(wanted)).id)
        self._made[made.id] = made
        return made

    async def _create(self) -> Verdict:
        """Make one, of a one-minute type under whichever name, else of another type."""
        refused: list[str] = []
        minutes = next((names for names in MINUTES if not self._held.intersection(names)), ())
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
            evidence = f"made for {kind} with inputs in {spelling}; refused before: {words(refused)}"
            return Verdict("both" if both else spelling, evidence)
        return unclear(f"no event type is free, or all were refused: {words(refused)}")

    async def _suffix(self) -> Verdict:
        if (first := self._first) is None:
            return unclear("no webhook could be made")
        suffix = first.event_types[0].rpartition("_")[2]
        if suffix not in ("1MIN", "1M"):
            return unclear("no one-minute type was free")
        return Verdict(suffix, f"{first.event_types[0]} was accepted")

    async def _own(self) -> dict[str, Any] | None:
        """Return the trial's first webhook as the list has it."""
        first = self._first
        return next((one for one in await listed(self._account) if first and one.get("id") == first.id), None)

    async def _look(self) -> Verdict:
        if self._first is None:
            return unclear("no webhook could be made")
        number = len(await listed(self._account))
        there = await self._own() is not None
        return Verdict("at once" if there else "not at once", f"{len(self._before)} webhooks before, {number} after")

    async def _flag(self) -> Verdict:
        if (own := await self._own()) is None:
            return unclear("no webhook of the trial is listed")
        flag = own.get("send_on_value_change")
        endpoint = own.get("endpoint_config")
        key = endpoint.get("api_key") if isinstance(endpoint, dict) else None
        clear = isinstance(key, dict) and key.get("value") == self._secret
        evidence = f"asked for true, listed as {str(flag).lower() if isinstance(flag, bool) else 'no boolean'}"
        return Verdict("echoed" if flag is True else "not echoed", f"{evidence}; the header's value in clear: {clear}")

    async def _refusal(self) -> Verdict:
        """Ask once more for the event type that the trial itself holds."""
        if (first := self._first) is None:
            return unclear("no webhook could be made")
        try:
            await self._make(first.event_types[0])
        except ButlrGraphQLError as err:
            manner = "code" if is_certain(err) else str(err.status) if err.status != 200 else "path"
            evidence = f"a type that the trial holds itself: HTTP {err.status}, code {words(err.codes)}"
            return Verdict(manner, evidence)
        except ButlrError as err:
            return Verdict(type(err).__name__, "a type that the trial holds itself")
        return Verdict("accepted", "a type that the trial holds itself may be held twice")

    async def _second(self) -> Verdict:
        if self._first is None or not (free := self._free()):
            return unclear("no webhook could be made, or no other event type is free")
        try:
            await self._make(free[0])
        except ButlrError as err:
            if not is_refusal(err):
                raise
            return Verdict("refused", f"a second webhook, for {free[0]}: {type(err).__name__}")
        return Verdict("allowed", f"a second webhook, for {free[0]}")

    async def _update(self, **fields: Any) -> None:
        """Change the first webhook, and nothing of it but these fields."""
        await self._account.client.graphql(UPDATE_WEBHOOKS, {"input": [{"id": next(iter(self._made)), **fields}]})

    async def _merge(self) -> Verdict:
        if await self._own() is None:
            return unclear("no webhook of the trial is listed")
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
        evidence = f"an endpoint without its header was sent: the header {'is kept' if kept else 'is gone'}"
        return Verdict("merged" if kept else "replaced", f"{evidence}; {many(types, 'event type')} still there")

    async def _status(self) -> Verdict:
        if (own := await self._own()) is None:
            return unclear("no webhook of the trial is listed")
        if not isinstance(own.get("status"), bool):
            return Verdict("unknown", "the list does not tell it")
        try:
            await self._update(status=False)
        except ButlrError as err:
            if not is_refusal(err):
                raise
            return Verdict("listed", f"an update does not take it: {type(err).__name__}")
        off = (await self._own() or {}).get("status") is False
        return Verdict("settable" if off else "ignored", f"switched off: listed as {'off' if off else 'still on'}")

    async def _flag_scope(self) -> Verdict:
        """Let people cross who do the same, and see whether a webhook that sends changes only tells each of them."""
        if self._port is None:
            return unclear("this takes the events themselves: let the address lead here, and say --listen PORT")
        if (first := self._first) is None or "TRAFFIC" in self._held:
            return unclear("no webhook could be made, or another one holds TRAFFIC")
        if others := [webhook_id for webhook_id in self._made if webhook_id != first.id]:
            await self._subscriptions.delete(others)
        self._made = {first.id: replace(first, event_types=("TRAFFIC",))}
        await self._subscriptions.update(self._made[first.id])
        async with Listener(self._port, HEADER, self._secret) as listener:
            self._say(WALK)
            return await self._watch(listener)

    async def _watch(self, listener: Listener) -> Verdict:
        """Compare the events of some minutes with what the reporting service counts."""
        account = self._account
        question = await traffic_question(account)
        estate = await account.estate()
        rooms = set(question.ids)
        macs = frozenset(sensor.mac.lower() for sensor in estate.sensors.values() if sensor.room_id in rooms)
        start = full_minute(account.client.now()) + MINUTE
        counted = heard = 0
        for look in range(LOOKS):
            await account.sleep(BETWEEN_LOOKS)
            if repeated := listener.repeated():
                evidence = f"{repeated} of {many(len(listener.crossings), 'event')} equal the one before at that sensor"
                return Verdict("occupancy", evidence)
            stop = full_minute(account.client.now() - LATE)
            if look % LOOKS_A_COUNT or stop <= start:
                continue
            asked = replace(question, start=start, stop=stop, every="1m", least=None)
            answer = await account.rows(asked)
            counted = sum(round(row.value or 0) for row in answer.rows if (row.mac or "").lower() in macs)
            heard = listener.people(macs, start, stop)
            if heard >= ENOUGH and counted >= heard + ENOUGH:
                break
        evidence = f"{counted} people counted, {heard} told by {many(len(listener.crossings), 'event')}, none repeated"
        return Verdict("all", evidence) if heard and counted >= heard + ENOUGH else unclear(evidence)

    async def _delete(self) -> Verdict:
        number = len(self._made)
        if not number:
            return unclear("no webhook could be made")
        await self._subscriptions.delete(list(self._made))
        left = sum(str(one.get("id")) in self._made for one in await listed(self._account))
        return Verdict(
            "gone at once" if not left else "still listed", f"{many(number, 'webhook')} deleted, {left} left"
        )


QUESTIONS: Final = {
    "trial.create": "In which spelling is a webhook made?",
    "trial.minute_suffix": "Under which name is a one-minute type accepted?",
    "trial.listed": "Is a new webhook in the list at once?",
    "trial.flag_echoed": "Does it tell that it sends changes only?",
    "trial.refusal": "How is a type refused that is held?",
    "trial.second_webhook": "May there be a second webhook?",
    "trial.update_merges": "Is an endpoint that is sent in part merged, or does it replace the other?",
    "trial.status": "Can a webhook be switched off?",
    "trial.flag_scope": "Does sending changes only leave out a crossing that equals the one before?",
    "trial.delete": "Is a deleted webhook gone?",
}


def trial_checks(trial: Trial) -> tuple[Check, ...]:
    """Return the steps of a trial as checks, in the order in which they are taken."""

    def step(name: str) -> Callable[[Account], Awaitable[Verdict]]:
        return lambda _: trial.run(name)

    return tuple(Check(name, question, step(name)) for name, question in QUESTIONS.items())
