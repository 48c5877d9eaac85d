"""Stopping the simulator ends what it is still doing."""

import asyncio

import aiohttp
import pytest

from tests.simulator import Simulator


@pytest.mark.parametrize("leaves", [True, False], ids=["client left", "client waits"])
async def test_a_request_that_hangs_ends_with_the_simulator(socket_enabled: None, leaves: bool) -> None:
    """No handler is left behind, whether or not its client is still there."""
    simulator = Simulator(rooms=5, seed=1)
    await simulator.start()
    before = asyncio.all_tasks()
    hung = asyncio.Event()
    simulator.hung = hung.set
    simulator.faults.set("login", "hang", seconds=60)
    async with aiohttp.ClientSession() as session:
        request = asyncio.create_task(session.post(f"{simulator.url}/api/v2/clients/login", json={}))
        await hung.wait()
        if leaves:
            request.cancel()
            await asyncio.gather(request, return_exceptions=True)
            # The server notices that the connection is closed.
            await asyncio.sleep(0.05)
        await simulator.stop()
        await asyncio.gather(request, return_exceptions=True)
    assert asyncio.all_tasks() <= before
