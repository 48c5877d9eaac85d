"""One Home Assistant and one browser for all tests of this folder: a start of each takes longer than most tests."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
import pytest_socket

from .environment import Environment
from .setting_up import SetUp, add_butlr

_TIMEOUT = 240


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run these tests in the event loop of the shared processes, and on one worker."""
    for item in items:
        if item.path.is_relative_to(__file__.rpartition("/")[0]):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)
            item.add_marker(pytest.mark.xdist_group("browser"))
            item.add_marker(pytest.mark.timeout(_TIMEOUT))


@pytest.fixture(autouse=True)
def _custom_integrations() -> None:
    """Run Home Assistant as a process of its own, which needs no fixture."""


@pytest.fixture(autouse=True)
def verify_cleanup() -> None:
    """Leave the shared processes running between the tests."""


@pytest.fixture(autouse=True)
def _sockets(socket_enabled: None) -> None:
    """Let the tests talk to the processes."""


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def bare(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Environment]:
    """Run everything; Butlr is not yet added."""
    pytest_socket.enable_socket()
    async with Environment.open(tmp_path_factory.mktemp("browser")) as environment:
        yield environment


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def set_up(bare: Environment) -> SetUp:
    """Add Butlr in the browser, with the login form first."""
    pytest_socket.enable_socket()
    context = await bare.browser.new_context(locale="en-US", service_workers="block")
    bare.observed.watch(context)
    result = await add_butlr(bare, await context.new_page())
    await context.close()
    await bare.until_pushed()
    return result


@pytest.fixture
def environment(bare: Environment, set_up: SetUp) -> Iterator[Environment]:
    """Return everything, with Butlr added; fail if a test leads to an error in the browser or to a request outside."""
    bare.observed.errors.clear()
    yield bare
    assert bare.observed.errors == []
    assert bare.observed.hosts <= {"127.0.0.1"}
