"""Whatever is posted to the endpoint: no exception, no state moved by a bad body, no memory kept.

BUTLR_FUZZ=100000 sends that many bodies instead of a few thousand, by random instead of always the same ones, and
prints what became of them.
"""

from collections import Counter
from collections.abc import AsyncIterator
import gc
import logging
import os
import sys
import time
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any, Final

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.webhook import async_generate_path
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_WEBHOOK_ID, EVENT_STATE_CHANGED, EVENT_STATE_REPORTED
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.util.aiohttp import MockRequest
from hypothesis import HealthCheck, Phase, given, settings, strategies as st
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.butlr.api.questions import LIVE_BUCKET
from custom_components.butlr.const import DOMAIN
from custom_components.butlr.live.evidence import SKEWED_KEPT
from custom_components.butlr.live.live import SpaceState
from custom_components.butlr.polls.traffic import CROSSING_DELAY
from custom_components.butlr.push.webhook import MAX_BODY_BYTES
from tests.conftest import Http, SetUp
from tests.helpers.push import all_states, secret_header
from tests.helpers.webhook_bodies import Body, bodies, near_misses, noise
from tests.helpers.webhook_reference import Oracle, Said
from tests.simulator import Simulator

ORDINARY: Final = 4_000
BODIES: Final = int(os.environ.get("BUTLR_FUZZ", ORDINARY))
# How many bodies one example of hypothesis holds, and how much time passes between two examples.
BATCH: Final = 25
PAUSE: Final = 0.01
# What a crossing that waits for the next poll takes, with an id of ordinary length; what a moment that lay ahead does;
# and what numbers that have grown and dictionaries that have been rebuilt may take, in all.
CROSSING_BYTES: Final = 512
MOMENT_BYTES: Final = 128
SLACK: Final = 8_192
# After so long a poll holds every crossing that was pushed before: it asks for whole minutes.
SETTLED: Final = CROSSING_DELAY + LIVE_BUCKET + 2
OURS: Final = ("custom_components.butlr", "homeassistant.components.webhook")
BEYOND: Final = (HomeAssistant, ConfigEntry, type, ModuleType, FunctionType, MethodType, BuiltinFunctionType)
STATUSES: Final = frozenset({200, 400, 413})


class Watch(logging.Handler):
    """Sees every write of a state, useful or not, and every line of the log that a person would see."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Begin to watch; `written` can be emptied at any time."""
        super().__init__(logging.WARNING)
        self.written: list[str] = []
        self.lines: list[str] = []
        hass.bus.async_listen(EVENT_STATE_CHANGED, self._note)
        # Home Assistant insists on a filter for this one.
        hass.bus.async_listen(EVENT_STATE_REPORTED, self._note, event_filter=_all)
        for name in OURS:
            logging.getLogger(name).addHandler(self)

    @callback
    def _note(self, event: Event[Any]) -> None:
        self.written.append(event.data["entity_id"])

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line."""
        self.lines.append(record.getMessage())

    def end(self) -> None:
        """Watch no longer."""
        for name in OURS:
            logging.getLogger(name).removeHandler(self)


@callback
def _all(_data: object) -> bool:
    return True


class Referee:
    """Posts bodies straight to the endpoint and holds what happens against what the oracle says should."""

    def __init__(self, hass: HomeAssistant, entry: MockConfigEntry, simulator: Simulator, watch: Watch) -> None:
        """Remember what is known at the beginning."""
        self._hass = hass
        self._entry = entry
        self._watch = watch
        self._oracle = Oracle(simulator)
        self._simulator = simulator
        self._total = f"{simulator.estate.id}_people"
        registry = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
        self._space_of = {one.entity_id: one.unique_id for one in registry if one.platform == DOMAIN}
        self._spaces = list(entry.runtime_data.estate.data.spaces)
        self._began = time.time()
        self._newest: dict[tuple[str, str], float] = {}
        self._crossings: set[tuple[str, Any]] = set()
        self._doubtful: set[tuple[str, Any]] = set()
        self.sent = 0
        self.verdicts: Counter[str] = Counter()
        self.slowest = (0.0, "")
        self.wrong: list[str] = []

    def states(self) -> dict[str, SpaceState]:
        """Return the truth about all spaces."""
        return {space: self._entry.runtime_data.live.state(space) for space in self._spaces}

    async def post(self, body: Body) -> None:
        """Post one body and note all that is not as it should be."""
        content = body.bytes(time.time())
        before = self.states()
        self._watch.written.clear()
        said = self._oracle.read(content, time.time()) if len(content) <= MAX_BODY_BYTES else None
        begun = time.clock_gettime(time.CLOCK_THREAD_CPUTIME_ID)
        try:
            status: int | str = await self.answer(content)
        except Exception as err:  # noqa: BLE001 - whatever it is, it should not be
            status = f"{type(err).__name__}: {err}"
        took = time.clock_gettime(time.CLOCK_THREAD_CPUTIME_ID) - begun
        self.slowest = max(self.slowest, (took, f"{len(content)} bytes: {content[:80]!r}"))
        self.sent += 1
        if complaint := self._judge(said, status, before):
            self.wrong.append(f"{complaint}\n  {body!r}\n  {content[:600]!r}")

    async def answer(self, content: bytes) -> int:
        """Return the status that a body is answered with."""
        request: Any = MockRequest(content, "test", method="POST", headers=secret_header(self._entry))
        endpoint = self._entry.runtime_data.push.webhook
        status: int = (await endpoint.handle(self._hass, self._entry.data[CONF_WEBHOOK_ID], request)).status
        return status

    def _judge(self, said: Said | None, status: int | str, before: dict[str, SpaceState]) -> str | None:
        written, after = self._watch.written, self.states()
        if said is None:
            self.verdicts["nothing to be moved"] += 1
            if status not in STATUSES:
                return f"answered {status}"
            return f"moved {written}" if written or before != after else None
        if status != 200:
            return f"a well-formed event was answered {status}"
        concerned = {one for space in said.spaces for one in self._oracle.above(space)}
        # The organization has people, too, and nothing else that an event is about.
        shown = (*(f"{space}_" for space in concerned), self._total)
        strangers = [one for one in written if not self._space_of.get(one, "").startswith(shown)]
        moved = {space for space in self._spaces if before[space] != after[space]}
        if strangers or moved - concerned:
            return f"moved {strangers or moved - concerned} besides {concerned}"
        if len(set(written)) != len(written):
            return f"written more than once: {written}"
        return self._check(said, before, after)

    def _check(self, said: Said, before: dict[str, SpaceState], after: dict[str, SpaceState]) -> str | None:
        """Tell what a well-formed event did not do that it should, or did that it should not."""
        (space, *_), kind = said.spaces, "motion" if said.people is None else "people"
        if said.crossed:
            return self._check_crossing(said, before, after)
        newest = self._newest.get((space, kind), self._began)
        if said.timestamp < newest:
            # What happened before the beginning may be news, or the polls may have told it.
            self.verdicts["older"] += 1
            late_end = said.motion is False and before[space].motion
            known = (space, kind) in self._newest
            return "an older event moved something" if known and before != after and not late_end else None
        self._newest[space, kind] = said.timestamp
        self.verdicts[kind] += 1
        should = said.people if said.motion is None else said.motion
        if kind == "people" and not self._counts(space):
            should = None
        shown = getattr(after[space], kind)
        return None if shown == should else f"{kind} of {space} is {shown} instead of {should}"

    def _counts(self, space: str) -> bool:
        """Tell whether a sensor that is online can count people there: else no count is believed."""
        coverage = self._simulator.estate.coverage
        return coverage.has_presence(space) and coverage.sees(space)

    def _check_crossing(self, said: Said, before: dict[str, SpaceState], after: dict[str, SpaceState]) -> str | None:
        assert said.crossed
        for space in said.spaces:
            was, now = before[space], after[space]
            marks = {(space, mark) for mark in said.marks}
            if was.entries is None:
                # There is no door whose figures it could be.
                self.verdicts["crossing without a door"] += 1
                continue
            if said.timestamp < self._began or (marks & self._doubtful):
                # Whether the polls knew of it nobody can tell; nor, then, whether something like it is a repeat.
                self._doubtful |= marks
                self.verdicts["old crossing"] += 1
                continue
            known = bool(marks & self._crossings)
            self._crossings |= marks
            self.verdicts["repeated crossing" if known else "crossing"] += 1
            added = (0, 0) if known else said.crossed
            should = was.entries + added[0], (was.exits or 0) + added[1]
            if (now.entries, now.exits) != should:
                return f"{space} counts {now.entries}, {now.exits} instead of {should}"
        return None


@pytest.fixture
async def watch(hass: HomeAssistant) -> AsyncIterator[Watch]:
    """Return what watches states and log."""
    watch = Watch(hass)
    yield watch
    watch.end()


@pytest.fixture
async def noon(freezer: FrozenDateTimeFactory) -> FrozenDateTimeFactory:
    """Return a clock that stands at noon: no poll and no midnight comes between."""
    freezer.move_to("2026-11-25T11:00:00Z")
    return freezer


@pytest.fixture
async def referee(
    noon: FrozenDateTimeFactory,
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    set_up: SetUp,
    watch: Watch,
) -> Referee:
    """Return a referee over an integration that has been set up a moment ago."""
    await set_up()
    noon.tick(1)
    return Referee(hass, entry, simulator, watch)


def weight(entry: MockConfigEntry) -> tuple[int, int]:
    """Return how many objects the integration holds for what was pushed, and their bytes.

    That is all that can be reached from the newest truth, the proof, and what the endpoint counts. The estate, entities
    and Home Assistant itself lie beyond: they do not grow by pushes.
    """
    push = entry.runtime_data.push
    open_ends: list[Any] = [
        entry.runtime_data.live,
        push.health,
        push.webhook.outcomes,
        push.last_push,
    ]
    seen: dict[int, Any] = {}
    while open_ends:
        one = open_ends.pop()
        if id(one) not in seen and not isinstance(one, BEYOND):
            seen[id(one)] = one
            open_ends += gc.get_referents(one)
    return len(seen), sum(map(sys.getsizeof, seen.values()))


def crossings_kept(entry: MockConfigEntry) -> int:
    """Return how many crossings wait for a poll that tells them."""
    return sum(len(node.evidence._crossings) for node in entry.runtime_data.live._nodes.values())


def fuzz(hass: HomeAssistant, clock: FrozenDateTimeFactory, referee: Referee, kinds: Any, number: int) -> None:
    """Post that many bodies; stops early when a few of them went wrong."""

    @settings(
        max_examples=number // BATCH + 1,
        deadline=None,
        database=None,
        derandomize=number <= ORDINARY,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(kinds, min_size=BATCH, max_size=BATCH))
    def post(batch: list[Body]) -> None:
        if len(referee.wrong) < 5:
            clock.tick(PAUSE)
            hass.loop.run_until_complete(post_all(batch))

    async def post_all(batch: list[Body]) -> None:
        for body in batch:
            await referee.post(body)

    while referee.sent < number and not referee.wrong:
        post()


def test_no_body_does_harm(
    hass: HomeAssistant,
    noon: FrozenDateTimeFactory,
    simulator: Simulator,
    entry: MockConfigEntry,
    referee: Referee,
    watch: Watch,
) -> None:
    """No body raises, none that says nothing moves a state, all others move just what they speak of."""
    before, begun = weight(entry), time.clock_gettime(time.CLOCK_MONOTONIC)
    fuzz(hass, noon, referee, bodies(simulator), BODIES)
    took = time.clock_gettime(time.CLOCK_MONOTONIC) - begun
    if referee.wrong:
        pytest.fail("\n\n".join(referee.wrong), pytrace=False)
    outcomes, after = entry.runtime_data.push.webhook.outcomes, weight(entry)
    if BODIES != ORDINARY:
        report = (f"\n{referee.sent} bodies in {took:.0f} s", dict(outcomes), dict(referee.verdicts), referee.slowest)
        print(*report, f"objects and bytes: {before} before, {after} after", sep="\n")  # noqa: T201 - it was asked for
    # Both the oracle and the integration found some of every kind: this was no monologue.
    assert {"applied", "old", "invalid", "unread", "foreign", "unknown_space", "too_large"} <= outcomes.keys()
    assert {"people", "motion", "older", "crossing", "repeated crossing"} <= referee.verdicts.keys()
    assert min(referee.verdicts.values()) >= referee.sent // 2_000
    # One line in all, that requests are refused.
    assert len(watch.lines) == 1
    # What happens in the background, such as a look for unknown spaces, moves nothing either.
    shown = all_states(hass)
    hass.loop.run_until_complete(hass.async_block_till_done(wait_background_tasks=True))
    assert all_states(hass) == shown
    # What was kept are crossings that no poll has told yet, and a few moments that lay ahead. The next polls clear the
    # former away.
    kept = crossings_kept(entry)
    assert kept <= 2 * (referee.verdicts["crossing"] + referee.verdicts["old crossing"])
    ahead = SKEWED_KEPT * len(entry.runtime_data.live._nodes)
    assert after[1] - before[1] <= kept * CROSSING_BYTES + ahead * MOMENT_BYTES + SLACK
    noon.tick(SETTLED)
    hass.loop.run_until_complete(entry.runtime_data.traffic.async_refresh())
    assert kept > 0
    assert crossings_kept(entry) == 0
    assert weight(entry)[1] - before[1] <= ahead * MOMENT_BYTES + SLACK


def test_bad_bodies_leave_nothing_behind(
    hass: HomeAssistant, noon: FrozenDateTimeFactory, simulator: Simulator, entry: MockConfigEntry, referee: Referee
) -> None:
    """Of hundreds of bodies that say nothing not one more object is kept."""
    samples: list[bytes] = []

    @settings(max_examples=20, deadline=None, database=None, derandomize=True, phases=[Phase.generate])
    @given(st.lists(st.one_of(noise(), near_misses(simulator)), min_size=BATCH, max_size=BATCH))
    def draw(batch: list[Body]) -> None:
        samples.extend(body.bytes(time.time()) for body in batch)

    draw()
    oracle = Oracle(simulator)
    # Those that say something, and those that are too old or too far ahead to say it, are another test's.
    bad = [sample for sample in samples if oracle.read(sample, time.time()) is None]
    assert len(bad) > 300

    async def post_all() -> None:
        for sample in bad:
            await referee.answer(sample)
        await hass.async_block_till_done(wait_background_tasks=True)

    def settled() -> tuple[int, int]:
        """Post everything and return what is held then."""
        hass.loop.run_until_complete(post_all())
        gc.collect()
        return weight(entry)

    _, held, still_held = settled(), settled(), settled()
    # Numbers that only count are objects of their own as soon as they are large.
    assert still_held[0] - held[0] <= 16
    assert still_held[1] - held[1] <= 512


async def test_over_a_real_connection(
    hass: HomeAssistant, simulator: Simulator, reachable: Http, entry: MockConfigEntry, set_up: SetUp, watch: Watch
) -> None:
    """Home Assistant's own HTTP server hands in the same: a few hundred, with the same answers."""
    await set_up()
    batches: list[list[Body]] = []

    @settings(max_examples=12, deadline=None, database=None, derandomize=True, phases=[Phase.generate])
    @given(st.lists(bodies(simulator), min_size=BATCH, max_size=BATCH))
    def draw(batch: list[Body]) -> None:
        batches.append(batch)

    draw()
    oracle, path = Oracle(simulator), async_generate_path(entry.data[CONF_WEBHOOK_ID])
    answers: Counter[int] = Counter()
    for body in (body for batch in batches for body in batch):
        content = body.bytes(time.time())
        said = oracle.read(content, time.time()) if len(content) <= MAX_BODY_BYTES else None
        await hass.async_block_till_done()
        watch.written.clear()
        response = await reachable.post(path, data=content, headers=secret_header(entry))
        moved = [one for one in watch.written if "update_mode" not in one]
        answers[response.status] += 1
        assert response.status == 200 if said else (response.status in STATUSES and not moved), (body, moved)
    assert answers.keys() == STATUSES
    assert sum(answers.values()) >= 250
    assert len(watch.lines) == 1
