"""The time at Butlr: known from the Date of the answers, undisturbed by nonsense and by steps of the host's clock."""

from email.utils import formatdate
import random
import time

import aiohttp
import pytest

from custom_components.butlr.api.client import ButlrClient
from custom_components.butlr.api.clock import CLOCK_SLACK, CLOCK_TOLERANCE, MAX_CLOCK_ERROR, ButlrClock

from .cloud import CLIENT_ID, CLIENT_SECRET, LOGIN, REPORTING, Cloud, Reply

NOW = 1_795_000_000.0
MINUTE = 60.0


class Host:
    """The clocks of a host: one that shows the time, and one that never steps."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Begin with the right time."""
        self.wrong = 0.0
        self.passed = 0.0
        monkeypatch.setattr(time, "time", lambda: NOW + self.passed + self.wrong)
        monkeypatch.setattr(time, "monotonic", lambda: 77.0 + self.passed)
        self.clock = ButlrClock()
        self.moves: list[float] = []
        self.clock.listen(self.moves.append)

    @property
    def right(self) -> float:
        """Return the time at Butlr."""
        return NOW + self.passed

    @property
    def error(self) -> float:
        """Return by how much the time at Butlr is told wrong."""
        return self.clock.now() - self.right

    def hear(self, date: str | None = None, took: float = 0.2, *, answers: int = 1) -> None:
        """Hear some answers, one a second, each with Butlr's Date unless another is given."""
        for _ in range(answers):
            self.passed += 1.0
            self.clock.observe(formatdate(self.right - took / 2, usegmt=True) if date is None else date, took)


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Host:
    """Return a host whose clock is right."""
    return Host(monkeypatch)


@pytest.mark.parametrize("wrong", [-3600 * 24 * 400, -1200, -240, -6.5, 6.5, 121, 1200, 3600 * 24 * 400])
def test_a_wrong_clock_is_known_after_two_answers(host: Host, wrong: float) -> None:
    """Slow or fast: login and the first answer are enough; then nothing jitters, whatever the answers take."""
    host.wrong = wrong
    host.hear(answers=2)
    assert abs(host.error) < 1.0
    assert host.clock.ahead == pytest.approx(-wrong, abs=1.0)
    assert host.moves == [host.clock.ahead]
    before, rng = host.clock.ahead, random.Random(3)
    for _ in range(200):
        host.hear(took=rng.choice((0.05, 0.5, 3.0, 29.0)))
    assert host.clock.ahead == before


@pytest.mark.parametrize("wrong", [-4.0, -0.7, 0.0, 0.7, 4.0])
def test_a_few_seconds_are_nothing(host: Host, wrong: float) -> None:
    """What answers can hardly tell changes no moment at all."""
    host.wrong = wrong
    host.hear(answers=50)
    assert host.clock.now() == time.time()
    assert host.moves == []


@pytest.mark.parametrize(
    "nonsense",
    [
        "",
        "yesterday",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "Wed, 21 Oct 9999 07:28:00 GMT",
        "0",
        "Wed, 21 Oct 2026 25:61:00 GMT",
    ],
)
@pytest.mark.parametrize("wrong", [0.0, 240.0])
def test_nonsense_is_ignored(host: Host, nonsense: str, wrong: float) -> None:
    """A Date that is none, that is absent, or that is years off changes nothing, even if it comes again."""
    host.wrong = wrong
    host.hear(answers=2)
    host.moves.clear()
    host.hear(nonsense, answers=3)
    host.clock.observe(None, 0.1)
    assert abs(host.error) < 1.0
    assert host.moves == []


def test_what_is_told_once_is_not_believed(host: Host) -> None:
    """One strange Date is a hiccup, and so are two that do not agree; two that do are the time."""
    host.hear(answers=3)
    host.hear(formatdate(host.right - 900, usegmt=True))
    host.hear()
    host.hear(formatdate(host.right - 900, usegmt=True))
    host.hear(formatdate(host.right - 9000, usegmt=True))
    assert host.error == 0.0
    host.hear(formatdate(host.right - 9000, usegmt=True))
    assert host.error == pytest.approx(-9000, abs=2)


def test_a_date_in_another_zone(host: Host) -> None:
    """Only GMT is allowed, but what tells its zone, or none, can be read."""
    host.wrong = 600.0
    host.hear(formatdate(host.right + 1).replace("-0000", ""))
    host.hear(formatdate(host.right + 1 + 3600).replace("-0000", "+0100"))
    assert abs(host.error) < 1.5


@pytest.mark.parametrize("before", [0.0, -1200.0, 3600.0])
@pytest.mark.parametrize("after", [0.0, 900.0, -900.0])
def test_the_host_is_set_while_it_runs(host: Host, before: float, after: float) -> None:
    """Time goes on at Butlr as it did, at once and without an answer; nobody needs to follow."""
    host.wrong = before
    host.hear(answers=3)
    known = host.error
    host.moves.clear()
    host.wrong = after
    assert abs(host.error - known) <= CLOCK_TOLERANCE / 5
    host.passed += 600.0
    assert abs(host.error - known) <= CLOCK_TOLERANCE / 5
    host.hear(answers=3)
    assert abs(host.error) <= 1.0
    assert host.moves == []


def test_a_machine_that_slept(host: Host) -> None:
    """The clock that never steps stood still meanwhile: the first answer tells so."""
    host.hear(answers=2)
    # Asleep for eight hours, the steady clock did not count.
    host.passed += 8 * 3600.0
    asleep = 8 * 3600.0
    steady = time.monotonic
    time.monotonic = lambda: steady() - asleep
    assert host.error == pytest.approx(-asleep, abs=1)
    host.hear()
    assert host.error == 0.0
    assert host.moves == [pytest.approx(asleep, abs=1)]


def test_a_step_before_the_first_answer(host: Host) -> None:
    """What nothing is known of cannot go on: the host is believed until answers tell better."""
    host.wrong = 700.0
    assert host.error == 700.0
    host.wrong = -700.0
    assert host.error == -700.0


def test_a_clock_that_creeps(host: Host) -> None:
    """Bit by bit the host goes wrong, and is known to be when that begins to matter."""
    for _ in range(3000):
        host.wrong += 0.02
        host.hear()
        assert abs(host.error) < CLOCK_TOLERANCE + 1.5
    assert abs(host.error) < CLOCK_SLACK + 2.0
    # It is put right bit by bit, too.
    for _ in range(3000):
        host.wrong -= 0.02
        host.hear()
    assert abs(host.error) < CLOCK_TOLERANCE + 1.0


def test_no_clock_is_wrong_by_half_a_century(host: Host) -> None:
    """As tests that freeze the time of a running program would have it."""
    host.hear(answers=2)
    host.wrong = MAX_CLOCK_ERROR + 1
    assert host.clock.now() == time.time()


def test_nobody_listens_any_more(host: Host) -> None:
    """A listener can leave."""
    heard: list[float] = []
    host.clock.listen(heard.append)()
    host.wrong = 900.0
    host.hear(answers=2)
    assert heard == []
    assert len(host.moves) == 1


async def test_login_and_answers_tell(cloud: Cloud, session: aiohttp.ClientSession) -> None:
    """The login's Date counts as much as any other: the first figure already is of the right time."""
    ahead = {"Date": formatdate(time.time() + 3600, usegmt=True)}
    cloud.always(LOGIN, Reply(body={"access_token": "token", "expires_in": 3600}, headers=ahead))
    cloud.always(REPORTING, Reply(body={"data": []}, headers=ahead))
    client = ButlrClient(session, CLIENT_ID, CLIENT_SECRET, cloud.url)
    await client.auth.token()
    assert client.clock.ahead == 0.0
    await client.report({})
    assert client.clock.ahead == pytest.approx(3600, abs=2)
    assert client.now() == pytest.approx(time.time() + 3600, abs=2)
