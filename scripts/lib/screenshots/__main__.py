"""Take all screenshots, in the order in which a person sees these pages."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
import sys
from tempfile import TemporaryDirectory

import aiohttp

from scripts.lib.processes.child_process import ProcessError, choose_port
from scripts.lib.processes.config_folder import ConfigFolder, Identity
from scripts.lib.processes.home_assistant import UnexpectedAnswerError, WebSocketClient, set_up_home_assistant
from scripts.lib.processes.simulator_process import SimulatorOptions, SimulatorProcess

from .camera import Camera
from .pages import Pages

ROOT = Path(__file__).parents[3]
ALBUM = ROOT / "docs" / "images"
ROOM, FLOOR = "Focus Room", "First Floor"
PEOPLE = 2
_FILLED_WITHIN = 180.0
_FRAME = 0.5


async def _take_all(stack: AsyncExitStack, folder: Path) -> None:
    """Start everything and take the screenshots."""
    session = await stack.enter_async_context(aiohttp.ClientSession())
    identity = Identity.new(choose_port(0), choose_port(8900))
    options = SimulatorOptions(
        root=ROOT,
        log=folder / "simulator.log",
        port=identity.cloud_port,
        secret=identity.client_secret,
        rooms=5,
    )
    cloud = await SimulatorProcess.start(session, options)
    stack.push_async_callback(cloud.child.stop)
    config_folder = ConfigFolder(folder / "home-assistant")
    config_folder.create(ROOT)
    home, socket = await set_up_home_assistant(stack, session, config_folder, identity)
    camera = await stack.enter_async_context(Camera.open(home, ALBUM))
    pages = Pages(camera)
    await pages.config_flow(cloud.url, identity.client_secret)
    await home.wait_until_loaded()
    await _fill(cloud, socket)
    devices = {
        (device["name"], device["model"].partition(" ")[0]): device["id"]
        for device in await socket.command("config/device_registry/list")
        if device["manufacturer"] == "Butlr"
    }
    await pages.device("room", devices[ROOM, "Room"])
    await pages.device("floor", devices[FLOOR, "Floor"])
    await pages.integration()
    # Without an external URL and Home Assistant Cloud, the integration creates this repair issue.
    await socket.configure(None)
    await pages.repair("Butlr cannot reach this Home Assistant")


async def _fill(cloud: SimulatorProcess, socket: WebSocketClient) -> None:
    """Let people enter once Butlr pushes, since motion cannot be polled."""
    (room_id,) = (space.id for space in await cloud.spaces() if space.name == ROOM)
    entities = {entry["unique_id"]: entry["entity_id"] for entry in await socket.command("config/entity_registry/list")}
    shown = {entities[f"{room_id}_motion"]: "on", entities[f"{room_id}_people"]: str(PEOPLE)}
    async with asyncio.timeout(_FILLED_WITHIN):
        while not await cloud.subscriptions():  # noqa: ASYNC110 - another process
            await asyncio.sleep(_FRAME)
        # Motion is unknown until it changes: everybody leaves, then two people enter.
        for _ in range((await cloud.truth())[room_id]["people"]):
            await cloud.send_someone_out(room_id)
        while (await cloud.truth())[room_id]["motion"]:  # noqa: ASYNC110 - another process
            await asyncio.sleep(_FRAME)
        for _ in range(PEOPLE):
            await cloud.bring_someone(room_id)
        while not shown.items() <= (await _states(socket)).items():  # noqa: ASYNC110 - another process
            await asyncio.sleep(_FRAME)


async def _states(socket: WebSocketClient) -> dict[str, str]:
    """Return all states by entity id."""
    return {state["entity_id"]: state["state"] for state in await socket.command("get_states")}


async def _main() -> int:
    """Return the exit code."""
    ALBUM.mkdir(exist_ok=True)
    try:
        with TemporaryDirectory() as folder:
            async with AsyncExitStack() as stack:
                await _take_all(stack, Path(folder))
    except (ProcessError, UnexpectedAnswerError, aiohttp.ClientError, TimeoutError) as error:
        sys.stderr.write(f"scripts/screenshots: {str(error) or type(error).__name__}\n")
        return 1
    return 0


sys.exit(asyncio.run(_main()))
