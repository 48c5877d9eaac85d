"""Take all pictures, in the order in which a person gets to see what they show."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
import sys
from tempfile import TemporaryDirectory

import aiohttp

from scripts.processes.children import ChildError, choose_port
from scripts.processes.cloud import Cloud, CloudPlan
from scripts.processes.home import Home, HomeError, HomeSocket
from scripts.processes.home_folder import HomeFolder, Identity

from .camera import Camera
from .pages import Pages

ROOT = Path(__file__).parents[2]
ALBUM = ROOT / "docs" / "images"
ROOM, FLOOR = "Focus Room", "First Floor"
# How much faster than life people live until the room to be shown has moved, and how long that may take.
_ACTIVITY = 60.0
_MOVED_WITHIN = 120.0
_FRAME = 0.5
_SOME = ("2", "3", "4")


async def _take_all(ending: AsyncExitStack, folder: Path) -> None:
    """Start everything from nothing and look at it."""
    session = await ending.enter_async_context(aiohttp.ClientSession())
    identity = Identity.new(choose_port(0), choose_port(8900))
    plan = CloudPlan(
        root=ROOT,
        log=folder / "simulator.log",
        port=identity.cloud_port,
        secret=identity.client_secret,
        rooms=5,
        activity=_ACTIVITY,
    )
    cloud = await Cloud.start(session, plan)
    ending.push_async_callback(cloud.child.stop)
    home_folder = HomeFolder(folder / "home-assistant")
    home_folder.create(ROOT)
    home_folder.begin_trial(identity.port)
    home = await Home.start(session, home_folder, identity.port, onboarded=False)
    ending.push_async_callback(home.child.stop)
    await home.onboard(identity)
    await home.wait_until_running()
    socket = await HomeSocket.open(session, home)
    ending.push_async_callback(socket.close)
    await socket.confirm_address(home_folder)
    await socket.configure(home.url)

    camera = await ending.enter_async_context(Camera.open(home, ALBUM))
    pages = Pages(camera)
    await pages.config_flow(cloud.url, identity.client_secret)
    await home.wait_until_loaded()
    await _wait_for_life(socket)
    # What is shown of the room and of its floor fits together.
    await cloud.pause()
    devices = {
        (device["name"], device["model"].partition(" ")[0]): device["id"]
        for device in await socket.command("config/device_registry/list")
        if device["manufacturer"] == "Butlr"
    }
    await pages.device("room", devices[ROOM, "Room"])
    await pages.device("floor", devices[FLOOR, "Floor"])
    await pages.integration()
    # The message that most people see who have neither Home Assistant Cloud nor an external URL.
    await socket.configure(None)
    await pages.repair("Butlr cannot reach this Home Assistant")


async def _wait_for_life(socket: HomeSocket) -> None:
    """Wait until people move in the room that is shown, and are counted there: motion is unknown until then."""
    room = ROOM.lower().replace(" ", "_")
    async with asyncio.timeout(_MOVED_WITHIN):
        while True:
            states = {state["entity_id"]: state["state"] for state in await socket.command("get_states")}
            if states[f"binary_sensor.{room}_motion"] == "on" and states[f"sensor.{room}_people"] in _SOME:
                return
            await asyncio.sleep(_FRAME)


async def _main() -> int:
    """Return the exit code."""
    ALBUM.mkdir(exist_ok=True)
    try:
        with TemporaryDirectory() as folder:
            async with AsyncExitStack() as ending:
                await _take_all(ending, Path(folder))
    except (ChildError, HomeError, aiohttp.ClientError, TimeoutError) as error:
        sys.stderr.write(f"scripts/screenshots: {str(error) or type(error).__name__}\n")
        return 1
    return 0


sys.exit(asyncio.run(_main()))
