"""Runs of automations that wait for minutes or days, in tests that wait until nothing is left to do."""

import asyncio
from collections.abc import Coroutine
import time
from typing import Any, Final

from homeassistant.components.automation import AutomationEntity
from homeassistant.core import HomeAssistant
from homeassistant.helpers import script
from homeassistant.util.async_ import create_eager_task
import pytest

# How often the loop turns before a run counts as waiting: what ends a wait reaches its run after a few turns.
_TURNS: Final = 10


class Runs:
    """Lets `async_block_till_done` wait for the runs of automations, but only until each of them waits itself.

    Without it, a test could not wait for anything while an automation has a delay.
    """

    def __init__(self, hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch) -> None:
        """Take over how automations run, and how a test waits."""
        self._running: set[asyncio.Task[Any]] = set()
        self._waits: list[list[asyncio.Future[None]]] = []
        run, wait, create, settle = (
            AutomationEntity._async_trigger_if_enabled,
            script._ScriptRun._async_futures_with_timeout,
            hass.async_create_task_internal,
            hass.async_block_till_done,
        )

        def create_task(target: Coroutine[Any, Any, Any], *args: Any, **kwargs: Any) -> asyncio.Task[Any]:
            # The parts of a run, such as what is repeated, are tasks that Home Assistant would wait for.
            if getattr(target, "__qualname__", "") == script.Script.async_run.__qualname__:
                return create_eager_task(target, loop=hass.loop)
            return create(target, *args, **kwargs)

        async def start(automation: AutomationEntity, *args: Any) -> None:
            task = asyncio.create_task(run(automation, *args))
            self._running.add(task)
            task.add_done_callback(self._ended)

        def wait_for(script_run: Any, timeout: Any) -> Any:
            waiting = wait(script_run, timeout)
            self._waits.append(waiting[0])
            return waiting

        async def block_till_done(wait_background_tasks: bool = False) -> None:
            while True:
                await settle(wait_background_tasks=wait_background_tasks)
                for _ in range(_TURNS):
                    await asyncio.sleep(0)
                if not self._busy:
                    return
                # A run waits for an answer of Butlr's. The loop's clock stands still in tests, and so would its sleep.
                await asyncio.to_thread(time.sleep, 0.001)

        monkeypatch.setattr(AutomationEntity, "_async_trigger_if_enabled", start)
        monkeypatch.setattr(script._ScriptRun, "_async_futures_with_timeout", wait_for)
        monkeypatch.setattr(hass, "async_create_task_internal", create_task)
        monkeypatch.setattr(hass, "async_block_till_done", block_till_done)

    @property
    def _busy(self) -> bool:
        """Return whether a run does something."""
        self._waits = [futures for futures in self._waits if not any(future.done() for future in futures)]
        return len(self._running) > len(self._waits)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.result()
