"""Fuzz the webhook: no body raises an exception, no bad body changes a state, and none leaves memory allocated.

BUTLR_FUZZ=100000 sends that many random bodies instead of a few thousand fixed ones, and prints the outcomes.
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
from custom_components.butlr.live.skewed_clocks import SKEWED_KEPT
from custom_components.butlr.live.space import SpaceState
from custom_components.butlr.polls.traffic import CROSSING_DELAY
from custom_components.butlr.push.receiver import MAX_BODY_BYTES
from tests.conftest import Http, SetUp
from tests.helpers.push import all_states, secret_header
from tests.helpers.webhook_bodies import Body, bodies, near_misses, noise
from tests.helpers.webhook_reference import ExpectedChange, ReferenceReader
from tests.simulator import Simulator

ORDINARY: Final = 4_000
BODIES: Final = int(os.environ.get("BUTLR_FUZZ", ORDINARY))
# The number of bodies in one example of Hypothesis, and the time between two examples (seconds).
BATCH: Final = 25
PAUSE: Final = 0.01
# The memory (bytes) of a crossing that waits for the next poll, with an id of ordinary length; of a timestamp from the
# future; and of all numbers that have grown and dictionaries that have been rebuilt.
CROSSING_BYTES: Final = 512
TIMESTAMP_BYTES: Final = 128
SLACK: Final = 8_192
# After this many seconds a poll includes every crossing that was pushed before: it requests whole minutes.
SETTLED: Final = CROSSING_DELAY + LIVE_BUCKET + 2
OURS: Final = ("custom_components.butlr", "homeassistant.components.webhook")
LEFT_OUT: Final = (HomeAssistant, ConfigEntry, type, ModuleType, FunctionType, MethodType, BuiltinFunctionType)
STATUSES: Final = frozenset({200, 400, 413})


class Recorder(logging.Handler):
    """Records every write of a state, even without a change, and every warning and error in the log."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Start recording; `written` can be cleared at any time."""
        super().__init__(logging.WARNING)
        self.written: list[str] = []
        self.lines: list[str] = []
        hass.bus.async_listen(EVENT_STATE_CHANGED, self._note)
        # Home Assistant requires a filter for this event.
        hass.bus.async_listen(EVENT_STATE_REPORTED, self._note, event_filter=_all)
        for name in OURS:
            logging.getLogger(name).addHandler(self)

    @callback
    def _note(self, event: Event[Any]) -> None:
        self.written.append(event.data["entity_id"])

    def emit(self, record: logging.LogRecord) -> None:
        """Record a line."""
        self.lines.append(record.getMessage())

    def end(self) -> None:
        """Stop recording."""
        for name in OURS:
            logging.getLogger(name).removeHandler(self)


@callback
def _all(_data: object) -> bool:
    return True


class Referee:
    """Passes bodies directly to the webhook handler, and compares what happens with the reference reader."""

    def __init__(self, hass: HomeAssistant, entry: MockConfigEntry, simulator: Simulator, recorder: Recorder) -> None:
        """Record the initial state."""
        self._hass = hass
        self._entry = entry
        self._recorder = recorder
        self._reference = ReferenceReader(simulator)
        self._simulator = simulator
        self._total = f"{simulator.estate.id}_people"
        registry = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
        self._space_of = {one.entity_id: one.unique_id for one in registry if one.platform == DOMAIN}
        self._spaces = list(entry.runtime_data.estate.data.spaces)
        self._start = time.time()
        self._newest: dict[tuple[str, str], float] = {}
        self._crossings: set[tuple[str, Any]] = set()
        self._uncertain: set[tuple[str, Any]] = set()
        self.sent = 0
        self.verdicts: Counter[str] = Counter()
        self.slowest = (0.0, "")
        self.wrong: list[str] = []

    def states(self) -> dict[str, SpaceState]:
        """Return the states of all spaces."""
        return {space: self._entry.runtime_data.live.state(space) for space in self._spaces}

    async def post(self, body: Body) -> None:
        """Post one body, and record whatever is wrong."""
        content = body.bytes(time.time())
        before = self.states()
        self._recorder.written.clear()
        expected = self._reference.read(content, time.time()) if len(content) <= MAX_BODY_BYTES else None
        begun = time.clock_gettime(time.CLOCK_THREAD_CPUTIME_ID)
        try:
            status: int | str = await self.answer(content)
        except Exception as err:  # noqa: BLE001 - any exception is a failure
            status = f"{type(err).__name__}: {err}"
        took = time.clock_gettime(time.CLOCK_THREAD_CPUTIME_ID) - begun
        self.slowest = max(self.slowest, (took, f"{len(content)} bytes: {content[:80]!r}"))
        self.sent += 1
        if problem := self._judge(expected, status, before):
            self.wrong.append(f"{problem}\n  {body!r}\n  {content[:600]!r}")

    async def answer(self, content: bytes) -> int:
        """Return the status of the answer to a body."""
        request: Any = MockRequest(content, "test", method="POST", headers=secret_header(self._entry))
        handler = self._entry.runtime_data.push.webhook
        status: int = (await handler.handle(self._hass, self._entry.data[CONF_WEBHOOK_ID], request)).status
        return status

    def _judge(self, expected: ExpectedChange | None, status: int | str, before: dict[str, SpaceState]) -> str | None:
        written, after = self._recorder.written, self.states()
        if expected is None:
            self.verdicts["no change expected"] += 1
            if status not in STATUSES:
                return f"answered {status}"
            return f"changed {written}" if written or before != after else None
        if status != 200:
            return f"a well-formed event was answered {status}"
        affected = {one for space in expected.spaces for one in self._reference.above(space)}
        # Events also change the people of the organization.
        shown = (*(f"{space}_" for space in affected), self._total)
        unrelated = [one for one in written if not self._space_of.get(one, "").startswith(shown)]
        changed = {space for space in self._spaces if before[space] != after[space]}
        if unrelated or changed - affected:
            return f"changed {unrelated or changed - affected} besides {affected}"
        # A crossing in both directions is an event for each of them.
        directions = sum(map(bool, expected.crossed or ()))
        often = [
            one for one, times in Counter(written).items() if times > (directions if one.startswith("event.") else 1)
        ]
        if often:
            return f"written more than once: {often}"
        return self._check(expected, before, after)

    def _check(
        self, expected: ExpectedChange, before: dict[str, SpaceState], after: dict[str, SpaceState]
    ) -> str | None:
        """Return how the effect of a well-formed event differs from the expected one, or None."""
        (space, *_), kind = expected.spaces, "motion" if expected.people is None else "people"
        if expected.crossed:
            return self._check_crossing(expected, before, after)
        newest = self._newest.get((space, kind), self._start)
        if expected.timestamp < newest:
            # Events from before the start may be new, or known from polls.
            self.verdicts["older"] += 1
            late_end = expected.motion is False and before[space].motion
            known = (space, kind) in self._newest
            return "an older event changed something" if known and before != after and not late_end else None
        self._newest[space, kind] = expected.timestamp
        self.verdicts[kind] += 1
        should = expected.people if expected.motion is None else expected.motion
        if kind == "people" and not self._counts(space):
            should = None
        shown = getattr(after[space], kind)
        return None if shown == should else f"{kind} of {space} is {shown} instead of {should}"

    def _counts(self, space: str) -> bool:
        """Return whether an online sensor can count people there: otherwise counts are ignored."""
        coverage = self._simulator.estate.coverage
        return coverage.has_presence(space) and coverage.sees(space)

    def _check_crossing(
        self, expected: ExpectedChange, before: dict[str, SpaceState], after: dict[str, SpaceState]
    ) -> str | None:
        assert expected.crossed
        for space in expected.spaces:
            was, now = before[space], after[space]
            marks = {(space, mark) for mark in expected.marks}
            if was.entries is None:
                # There is no door sensor.
                self.verdicts["crossing without a door"] += 1
                continue
            if expected.timestamp < self._start or (marks & self._uncertain):
                # Polls may have included it, so it is unknown whether a similar one is a repeat.
                self._uncertain |= marks
                self.verdicts["old crossing"] += 1
                continue
            known = bool(marks & self._crossings)
            self._crossings |= marks
            self.verdicts["repeated crossing" if known else "crossing"] += 1
            added = (0, 0) if known else expected.crossed
            should = was.entries + added[0], (was.exits or 0) + added[1]
            if (now.entries, now.exits) != should:
                return f"{space} counts {now.entries}, {now.exits} instead of {should}"
        return None


@pytest.fixture
async def recorder(hass: HomeAssistant) -> AsyncIterator[Recorder]:
    """Return a recorder of states and of the log."""
    recorder = Recorder(hass)
    yield recorder
    recorder.end()


@pytest.fixture
async def noon(freezer: FrozenDateTimeFactory) -> FrozenDateTimeFactory:
    """Stop the clock at noon, so that no poll and no midnight interferes."""
    freezer.move_to("2026-11-25T11:00:00Z")
    return freezer


@pytest.fixture
async def referee(
    noon: FrozenDateTimeFactory,
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    set_up: SetUp,
    recorder: Recorder,
) -> Referee:
    """Set the integration up, and return a referee for it."""
    await set_up()
    noon.tick(1)
    return Referee(hass, entry, simulator, recorder)


def weight(entry: MockConfigEntry) -> tuple[int, int]:
    """Return the number of objects that the integration keeps for pushes, and their size in bytes.

    These are all objects that can be reached from the live state, the health of pushes, and the counters of the
    webhook. The estate, entities and Home Assistant itself are left out: they do not grow with pushes.
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
        if id(one) not in seen and not isinstance(one, LEFT_OUT):
            seen[id(one)] = one
            open_ends += gc.get_referents(one)
    return len(seen), sum(map(sys.getsizeof, seen.values()))


def crossings_kept(entry: MockConfigEntry) -> int:
    """Return the number of crossings that wait for a poll that includes them."""
    return sum(len(node.evidence._crossings) for node in entry.runtime_data.live._nodes.values())


def fuzz(hass: HomeAssistant, clock: FrozenDateTimeFactory, referee: Referee, kinds: Any, number: int) -> None:
    """Post this many bodies; stop early after a few failures."""

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
    recorder: Recorder,
) -> None:
    """No body raises an exception, bad bodies change nothing, and events change only the spaces that they name."""
    before, begun = weight(entry), time.clock_gettime(time.CLOCK_MONOTONIC)
    fuzz(hass, noon, referee, bodies(simulator), BODIES)
    took = time.clock_gettime(time.CLOCK_MONOTONIC) - begun
    if referee.wrong:
        pytest.fail("\n\n".join(referee.wrong), pytrace=False)
    outcomes, after = entry.runtime_data.push.webhook.outcomes, weight(entry)
    if BODIES != ORDINARY:
        report = (f"\n{referee.sent} bodies in {took:.0f} s", dict(outcomes), dict(referee.verdicts), referee.slowest)
        print(*report, f"objects and bytes: {before} before, {after} after", sep="\n")  # noqa: T201 - requested by the variable
    # Bodies of every kind occurred, according to both the integration and the reference.
    assert {"applied", "old", "invalid", "unread", "foreign", "unknown_space", "too_large"} <= outcomes.keys()
    assert {"people", "motion", "older", "crossing", "repeated crossing"} <= referee.verdicts.keys()
    assert min(referee.verdicts.values()) >= referee.sent // 2_000
    # A single line, about refused requests.
    assert len(recorder.lines) == 1
    # Background tasks, such as refreshing the estate for unknown spaces, change nothing either.
    shown = all_states(hass)
    hass.loop.run_until_complete(hass.async_block_till_done(wait_background_tasks=True))
    assert all_states(hass) == shown
    # What is kept are crossings that no poll has included yet, and a few timestamps from the future. The next polls
    # remove the former.
    kept = crossings_kept(entry)
    assert kept <= 2 * (referee.verdicts["crossing"] + referee.verdicts["old crossing"])
    ahead = SKEWED_KEPT * len(entry.runtime_data.live._nodes)
    assert after[1] - before[1] <= kept * CROSSING_BYTES + ahead * TIMESTAMP_BYTES + SLACK
    noon.tick(SETTLED)
    hass.loop.run_until_complete(entry.runtime_data.traffic.async_refresh())
    assert kept > 0
    assert crossings_kept(entry) == 0
    assert weight(entry)[1] - before[1] <= ahead * TIMESTAMP_BYTES + SLACK


def test_bad_bodies_leave_nothing_behind(
    hass: HomeAssistant, noon: FrozenDateTimeFactory, simulator: Simulator, entry: MockConfigEntry, referee: Referee
) -> None:
    """After hundreds of bad bodies, not one more object is kept."""
    samples: list[bytes] = []

    @settings(max_examples=20, deadline=None, database=None, derandomize=True, phases=[Phase.generate])
    @given(st.lists(st.one_of(noise(), near_misses(simulator)), min_size=BATCH, max_size=BATCH))
    def draw(batch: list[Body]) -> None:
        samples.extend(body.bytes(time.time()) for body in batch)

    draw()
    reference = ReferenceReader(simulator)
    # Well-formed events are left to the other test.
    bad = [sample for sample in samples if reference.read(sample, time.time()) is None]
    assert len(bad) > 300

    async def post_all() -> None:
        for sample in bad:
            await referee.answer(sample)
        await hass.async_block_till_done(wait_background_tasks=True)

    def settled() -> tuple[int, int]:
        """Post everything, and return what is kept afterwards."""
        hass.loop.run_until_complete(post_all())
        gc.collect()
        return weight(entry)

    _, kept_before, kept_after = settled(), settled(), settled()
    # Counters become objects of their own as soon as they are large.
    assert kept_after[0] - kept_before[0] <= 16
    assert kept_after[1] - kept_before[1] <= 512


async def test_over_a_real_connection(
    hass: HomeAssistant,
    simulator: Simulator,
    reachable: Http,
    entry: MockConfigEntry,
    set_up: SetUp,
    recorder: Recorder,
) -> None:
    """Through Home Assistant's HTTP server, a few hundred bodies get the same answers."""
    await set_up()
    batches: list[list[Body]] = []

    @settings(max_examples=12, deadline=None, database=None, derandomize=True, phases=[Phase.generate])
    @given(st.lists(bodies(simulator), min_size=BATCH, max_size=BATCH))
    def draw(batch: list[Body]) -> None:
        batches.append(batch)

    draw()
    reference, path = ReferenceReader(simulator), async_generate_path(entry.data[CONF_WEBHOOK_ID])
    answers: Counter[int] = Counter()
    for body in (body for batch in batches for body in batch):
        content = body.bytes(time.time())
        expected = reference.read(content, time.time()) if len(content) <= MAX_BODY_BYTES else None
        await hass.async_block_till_done()
        recorder.written.clear()
        response = await reachable.post(path, data=content, headers=secret_header(entry))
        changed = [one for one in recorder.written if "update_mode" not in one]
        answers[response.status] += 1
        assert response.status == 200 if expected else (response.status in STATUSES and not changed), (body, changed)
    assert answers.keys() == STATUSES
    assert sum(answers.values()) >= 250
    assert len(recorder.lines) == 1
