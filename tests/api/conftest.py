"""A scripted cloud, a session, a clock and a client; these tests start no Home Assistant."""

import asyncio
from collections.abc import AsyncIterator
from types import SimpleNamespace

import aiohttp
import pytest

from custom_components.butlr.api import budget as budget_module
from custom_components.butlr.api.client import ButlrClient
from custom_components.butlr.api.subscriptions import Subscriptions

from .cloud import CLIENT_ID, CLIENT_SECRET, Clock, Cloud


@pytest.fixture(autouse=True)
def _custom_integrations() -> None:
    """Replace the fixture that would start Home Assistant."""


@pytest.fixture
def clock() -> Clock:
    """Return the clock of the client under test."""
    return Clock()


@pytest.fixture
async def cloud(socket_enabled: None) -> AsyncIterator[Cloud]:
    """Run a scripted cloud."""
    cloud = Cloud()
    await cloud.start()
    yield cloud
    await cloud.stop()


@pytest.fixture
async def session(socket_enabled: None) -> AsyncIterator[aiohttp.ClientSession]:
    """Open a session."""
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def client(cloud: Cloud, session: aiohttp.ClientSession, clock: Clock) -> ButlrClient:
    """Return a client of the scripted cloud."""
    return ButlrClient(session, CLIENT_ID, CLIENT_SECRET, cloud.url, clock=clock)


@pytest.fixture
def naps(client: ButlrClient, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Let the client's sleep advance the clock instead of waiting; return how long each sleep was."""
    naps: list[float] = []
    real = asyncio.sleep

    async def sleep(seconds: float) -> None:
        naps.append(seconds)
        until = clock.now + seconds
        await real(0)  # all tasks that are about to sleep start at the same time
        clock.now = max(clock.now, until)

    # Patch only the budget's view of asyncio: its locks already exist, and the server sleeps as usual.
    monkeypatch.setattr(budget_module, "asyncio", SimpleNamespace(sleep=sleep))
    return naps


@pytest.fixture
def subscriptions(client: ButlrClient) -> Subscriptions:
    """Return the webhooks of the scripted cloud."""
    return Subscriptions(client)
