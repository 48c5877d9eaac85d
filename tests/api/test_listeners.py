"""Callbacks are called in order, each on its own, until they are removed."""

from collections.abc import Callable
import logging
from unittest.mock import Mock, call

import pytest

from custom_components.butlr.api.listeners import Listeners


def test_callbacks_are_called_in_order_until_they_are_removed() -> None:
    """A callback that was removed is not called again, and the others still are."""
    listeners, calls = Listeners[int, str](), Mock()
    assert not listeners
    remove_first = listeners.add(calls.first)
    listeners.add(calls.second)
    assert listeners
    listeners.notify(1, "a")
    remove_first()
    listeners.notify(2, "b")
    assert calls.mock_calls == [call.first(1, "a"), call.second(1, "a"), call.second(2, "b")]


def test_a_callback_added_twice_is_removed_once() -> None:
    """Each call of `add` has its own end."""
    listeners, callback = Listeners[()](), Mock()
    ends = [listeners.add(callback), listeners.add(callback)]
    listeners.notify()
    assert callback.call_count == 2
    ends.pop()()
    listeners.notify()
    assert callback.call_count == 3
    ends.pop()()
    assert not listeners


def test_a_callback_may_remove_itself() -> None:
    """The other callbacks of the same notification are still called."""
    listeners, last = Listeners[()](), Mock()
    removals: list[Callable[[], None]] = []

    def remove_itself() -> None:
        removals.pop()()

    removals.append(listeners.add(remove_itself))
    listeners.add(last)
    listeners.notify()
    listeners.notify()
    assert last.call_count == 2


def test_a_failing_callback_is_isolated_and_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    """The callbacks after it are called; the log has one line for each time that it starts to fail."""
    listeners, failing, other = Listeners[()](), Mock(), Mock()
    remove = listeners.add(failing)
    listeners.add(other)
    lines = []
    for fails in (True, True, False, True):
        failing.side_effect = RuntimeError("broken") if fails else None
        listeners.notify()
        lines.append(len([record for record in caplog.records if record.levelno == logging.ERROR]))
    assert lines == [1, 1, 1, 2]
    assert other.call_count == 4
    # A callback that is removed and added again is a new one to the log.
    remove()
    listeners.add(failing)
    listeners.notify()
    assert len([record for record in caplog.records if record.levelno == logging.ERROR]) == 3
