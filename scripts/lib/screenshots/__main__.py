"""Take all screenshots, in the order in which a person sees these pages."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
import secrets
import sys
from tempfile import TemporaryDirectory

import aiohttp

from scripts.lib.processes.child_process import ProcessError, choose_port
from scripts.lib.processes.config_folder import ConfigFolder, Identity
from scripts.lib.processes.home_assistant import (
    HomeAssistantProcess,
    UnexpectedAnswerError,
    WebSocketClient,
    set_up_home_assistant,
)
from scripts.lib.processes.simulator_process import SimulatorOptions, SimulatorProcess

from .camera import Camera
from .pages import Pages

ROOT = Path(__file__).parents[3]
ALBUM = ROOT / "docs" / "images"
ROOM, FLOOR = "Focus Room", "First Floor"
PEOPLE = 2
# Of the organization whose floor maps are shown: two floors, on which people move faster than in reality.
LARGER = 60
ACTIVITY = 10
DASHBOARD = "butlr-demo"
# How long they move before the first screenshot, in seconds: some rooms become free, and motion is known.
_LIVED = 20.0
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
    await _take_frontend(stack, folder, camera, home, socket)


async def _take_frontend(
    stack: AsyncExitStack, folder: Path, camera: Camera, home: HomeAssistantProcess, socket: WebSocketClient
) -> None:
    """Take the screenshots of the panel and the dashboard, with an organization that has more rooms."""
    await socket.configure(home.url)
    (entry,) = await home.request("GET", "/api/config/config_entries/entry?domain=butlr")
    await home.remove_entry(entry["entry_id"])
    session = await stack.enter_async_context(aiohttp.ClientSession())
    options = SimulatorOptions(
        root=ROOT,
        log=folder / "larger.log",
        port=choose_port(0),
        secret=secrets.token_urlsafe(24),
        rooms=LARGER,
        activity=ACTIVITY,
    )
    cloud = await SimulatorProcess.start(session, options)
    stack.push_async_callback(cloud.child.stop)
    await home.add_butlr(cloud.url, options.secret)
    await home.wait_until_loaded()
    await cloud.wait_for_webhook(_FILLED_WITHIN)
    await asyncio.sleep(_LIVED)
    await socket.command(
        "lovelace/dashboards/create", url_path=DASHBOARD, title="Butlr", mode="storage", show_in_sidebar=True
    )
    await socket.command("lovelace/config/save", url_path=DASHBOARD, config={"strategy": {"type": "custom:butlr"}})
    floor_id = (await cloud.spaces())[0].id
    for name, width, height, dark in (("map", 1280, 800, False), ("map-dark", 1280, 800, True)):
        async with camera.another(width, height, dark=dark) as other:
            await Pages(other).floor(name, floor_id)
    async with camera.another(390, 780) as phone:
        await Pages(phone).floor("phone", floor_id)
    async with camera.another(1280, 900) as other:
        await Pages(other).overview("overview")
        await Pages(other).dashboard("dashboard", f"/{DASHBOARD}")


async def _fill(cloud: SimulatorProcess, socket: WebSocketClient) -> None:
    """Let people enter once Butlr pushes, since motion cannot be polled."""
    (room_id,) = (space.id for space in await cloud.spaces() if space.name == ROOM)
    entities = {entry["unique_id"]: entry["entity_id"] for entry in await socket.command("config/entity_registry/list")}
    shown = {entities[f"{room_id}_motion"]: "on", entities[f"{room_id}_people"]: str(PEOPLE)}
    await cloud.wait_for_webhook(_FILLED_WITHIN)
    async with asyncio.timeout(_FILLED_WITHIN):
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
