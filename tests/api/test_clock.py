"""Butlr's time is known from Date headers, despite wrong headers and steps of the host's clock."""

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
    """The clocks of a host: the wall clock and the monotonic clock."""

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
        """Return the error of the estimated time at Butlr."""
        return self.clock.now() - self.right

    def hear(self, date: str | None = None, took: float = 0.2, *, answers: int = 1) -> None:
        """Receive some answers, one per second, with Butlr's Date unless another is given."""
        for _ in range(answers):
            self.passed += 1.0
            self.clock.observe(formatdate(self.right - took / 2, usegmt=True) if date is None else date, took)


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Host:
    """Return a host whose clock is right."""
    return Host(monkeypatch)


@pytest.mark.parametrize("wrong", [-3600 * 24 * 400, -1200, -240, -6.5, 6.5, 121, 1200, 3600 * 24 * 400])
def test_a_wrong_clock_is_known_after_two_answers(host: Host, wrong: float) -> None:
    """For a slow or fast clock, login and first answer suffice; after that the estimate is stable."""
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
    """A difference too small to measure changes no timestamp."""
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
    """A Date that is malformed, missing or years off changes nothing, even if it is repeated."""
    host.wrong = wrong
    host.hear(answers=2)
    host.moves.clear()
    host.hear(nonsense, answers=3)
    host.clock.observe(None, 0.1)
    assert abs(host.error) < 1.0
    assert host.moves == []


def test_what_is_told_once_is_not_believed(host: Host) -> None:
    """One strange Date is ignored, and so are two that disagree; two that agree are believed."""
    host.hear(answers=3)
    host.hear(formatdate(host.right - 900, usegmt=True))
    host.hear()
    host.hear(formatdate(host.right - 900, usegmt=True))
    host.hear(formatdate(host.right - 9000, usegmt=True))
    assert host.error == 0.0
    host.hear(formatdate(host.right - 9000, usegmt=True))
    assert host.error == pytest.approx(-9000, abs=2)


def test_a_date_in_another_zone(host: Host) -> None:
    """Only GMT is allowed, but other zones, or none, can be read."""
    host.wrong = 600.0
    host.hear(formatdate(host.right + 1).replace("-0000", ""))
    host.hear(formatdate(host.right + 1 + 3600).replace("-0000", "+0100"))
    assert abs(host.error) < 1.5


@pytest.mark.parametrize("before", [0.0, -1200.0, 3600.0])
@pytest.mark.parametrize("after", [0.0, 900.0, -900.0])
def test_the_host_is_set_while_it_runs(host: Host, before: float, after: float) -> None:
    """Butlr's time continues unchanged immediately, without an answer, and listeners are not called."""
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
    """The monotonic clock stood still meanwhile; the first answer corrects the estimate."""
    host.hear(answers=2)
    # The machine sleeps for eight hours, and the monotonic clock stops.
    host.passed += 8 * 3600.0
    asleep = 8 * 3600.0
    steady = time.monotonic
    time.monotonic = lambda: steady() - asleep
    assert host.error == pytest.approx(-asleep, abs=1)
    host.hear()
    assert host.error == 0.0
    assert host.moves == [pytest.approx(asleep, abs=1)]


def test_a_step_before_the_first_answer(host: Host) -> None:
    """Before the first answer there is no estimate to continue, so the host is believed."""
    host.wrong = 700.0
    assert host.error == 700.0
    host.wrong = -700.0
    assert host.error == -700.0


def test_a_clock_that_creeps(host: Host) -> None:
    """A slowly drifting host is corrected once the drift matters."""
    for _ in range(3000):
        host.wrong += 0.02
        host.hear()
        assert abs(host.error) < CLOCK_TOLERANCE + 1.5
    assert abs(host.error) < CLOCK_SLACK + 2.0
    # It is also set right slowly.
    for _ in range(3000):
        host.wrong -= 0.02
        host.hear()
    assert abs(host.error) < CLOCK_TOLERANCE + 1.0


def test_no_clock_is_wrong_by_half_a_century(host: Host) -> None:
    """This happens when a test freezes the time of a running program."""
    host.hear(answers=2)
    host.wrong = MAX_CLOCK_ERROR + 1
    assert host.clock.now() == time.time()


def test_nobody_listens_any_more(host: Host) -> None:
    """A listener can unsubscribe."""
    heard: list[float] = []
    host.clock.listen(heard.append)()
    host.wrong = 900.0
    host.hear(answers=2)
    assert heard == []
    assert len(host.moves) == 1


async def test_login_and_answers_tell(cloud: Cloud, session: aiohttp.ClientSession) -> None:
    """The Date of the login counts as well: the first value already has the right time."""
    ahead = {"Date": formatdate(time.time() + 3600, usegmt=True)}
    cloud.always(LOGIN, Reply(body={"access_token": "token", "expires_in": 3600}, headers=ahead))
    cloud.always(REPORTING, Reply(body={"data": []}, headers=ahead))
    client = ButlrClient(session, CLIENT_ID, CLIENT_SECRET, cloud.url)
    await client.auth.token()
    assert client.clock.ahead == 0.0
    await client.report({})
    assert client.clock.ahead == pytest.approx(3600, abs=2)
    assert client.now() == pytest.approx(time.time() + 3600, abs=2)
