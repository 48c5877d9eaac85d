"""The scene of nearly every test of pushes: a simulated cloud, an entry, and a Home Assistant that Butlr can reach."""

from dataclasses import dataclass
from typing import Any

from aiohttp.test_utils import TestClient
from aiohttp.web import Application, Request
from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.butlr.const import DOMAIN
from custom_components.butlr.issues.issue import Issue, issue_id
from custom_components.butlr.push.subscription import SubscriptionReconciler
from custom_components.butlr.runtime import ButlrData
from tests.simulator import Simulator

from .push import room_id, secret_header, webhook_path
from .states import mismatches, state_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What a test acts on. The clock stands still unless the test moves it."""

    hass: HomeAssistant
    simulator: Simulator
    entry: MockConfigEntry
    http: TestClient[Request, Application]
    freezer: FrozenDateTimeFactory

    # -- acting -----------------------------------------------------------------------------------------------------

    async def set_up(self) -> bool:
        """Set the entry up and wait until everything has settled."""
        result = await self.hass.config_entries.async_setup(self.entry.entry_id)
        await self.settle()
        return result

    async def set_up_and_verify(self) -> None:
        """Set the entry up, and let a first event verify that pushes arrive."""
        await self.set_up()
        await self.enter("Boardroom")
        assert self.mode == "push"

    async def reload(self) -> None:
        """Reload the entry, as a restart does: nothing in memory survives."""
        await self.hass.config_entries.async_reload(self.entry.entry_id)
        await self.settle()

    async def unload(self) -> None:
        """Unload the entry."""
        await self.hass.config_entries.async_unload(self.entry.entry_id)
        await self.settle()

    async def remove(self) -> None:
        """Remove the entry."""
        await self.hass.config_entries.async_remove(self.entry.entry_id)
        await self.settle()

    async def settle(self) -> None:
        """Wait for everything that is running, background tasks included."""
        await self.hass.async_block_till_done(wait_background_tasks=True)

    async def pass_time(self, seconds: float) -> None:
        """Let time pass, and do everything that is due then."""
        self.freezer.tick(seconds)
        async_fire_time_changed(self.hass)
        await self.settle()

    async def pass_minutes(self, minutes: int) -> None:
        """Let minutes pass one by one, with every poll that is due."""
        for _ in range(minutes):
            await self.pass_time(60.5)

    async def enter(self, room: str) -> str:
        """Let a person enter a room, given its name; return the person."""
        return await self.simulator.move(to=self.room(room))

    async def leave(self, room: str) -> None:
        """Let the person who came last leave a room, and the building."""
        await self.simulator.move(to=None, from_=self.room(room))
        await self.settle()

    async def push(self, event: dict[str, Any]) -> int:
        """Push an event with the secret; return the HTTP status of the answer."""
        return (await self.http.post(webhook_path(self.entry), json=event, headers=secret_header(self.entry))).status

    async def set_external_url(self, url: str | None) -> None:
        """Change the external URL as a user does."""
        await self.hass.config.async_update(external_url=url)
        await self.settle()

    # -- seeing -----------------------------------------------------------------------------------------------------

    @property
    def data(self) -> ButlrData:
        """Return the runtime data of the loaded entry."""
        data: ButlrData = self.entry.runtime_data
        return data

    @property
    def subscription(self) -> SubscriptionReconciler:
        """Return the reconciler of the loaded entry."""
        return self.data.push.subscription

    @property
    def url(self) -> str:
        """Return the URL at which Home Assistant can be reached."""
        return str(self.http.make_url("")).rstrip("/")

    def room(self, name: str) -> str:
        """Return the id of a room."""
        return room_id(self.simulator, name)

    def state(self, asset: str, key: str) -> str | None:
        """Return the state of an entity, given the name of its room or the Butlr id of its device."""
        names = {room.name for room in self.simulator.estate.rooms.values()}
        return state_of(self.hass, self.room(asset) if asset in names else asset, key)

    def organization_state(self, key: str) -> str | None:
        """Return the state of an entity of the organization."""
        return state_of(self.hass, self.simulator.estate.id, key)

    @property
    def mode(self) -> str | None:
        """Return the update mode that is shown."""
        return self.organization_state("update_mode")

    @property
    def mismatches(self) -> list[str]:
        """Return every state that differs from the truth in the simulator."""
        return mismatches(self.hass, self.simulator)

    @property
    def issues(self) -> set[Issue]:
        """Return the issues of the entry that exist in Repairs."""
        return {issue for issue in Issue if self.issue(issue)}

    def issue(self, issue: Issue) -> ir.IssueEntry | None:
        """Return an issue of the entry as the registry has it."""
        return ir.async_get(self.hass).async_get_issue(DOMAIN, issue_id(self.entry, issue))

    def placeholders(self, issue: Issue) -> dict[str, str]:
        """Return what fills the text of an issue that exists."""
        found = self.issue(issue)
        assert found is not None
        return found.translation_placeholders or {}

    def requests(self, *kinds: str) -> list[str]:
        """Return the kinds of the requests that the cloud received, in order; of all kinds if none is given."""
        return [request.kind for request in self.simulator.requests if not kinds or request.kind in kinds]

    @property
    def webhook_requests(self) -> list[str]:
        """Return the kinds of the requests about webhooks that the cloud received, in order."""
        return [kind for kind in self.requests() if kind.endswith("Webhooks")]
