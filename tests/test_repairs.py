"""What a click in Repairs does: look again, and say so when nothing has changed."""

from typing import Any

from homeassistant.components.repairs.const import DOMAIN as REPAIRS_DOMAIN
from homeassistant.components.repairs.issue_handler import RepairsFlowManager
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.butlr.const import DOMAIN
from custom_components.butlr.issues import Issue, issue_id
from tests.conftest import Http, SetUp
from tests.simulator import Simulator
from tests.test_registration import SIX_TYPES

HELD = ["TRAFFIC"]


@pytest.fixture
async def flows(hass: HomeAssistant) -> RepairsFlowManager:
    """Return Home Assistant's own manager of repair flows; its views must be there before the server starts."""
    assert await async_setup_component(hass, REPAIRS_DOMAIN, {})
    await hass.async_block_till_done()
    manager: RepairsFlowManager = hass.data[REPAIRS_DOMAIN]["flow_manager"]
    return manager


async def click(flows: RepairsFlowManager, entry: MockConfigEntry, issue: Issue) -> tuple[Any, Any]:
    """Open the repair of an issue and submit it; return what was shown before and after."""
    form = await flows.async_init(DOMAIN, data={"issue_id": issue_id(entry, issue)})
    return form, await flows.async_configure(form["flow_id"], {})


async def test_held_no_longer(
    hass: HomeAssistant,
    simulator: Simulator,
    flows: RepairsFlowManager,
    reachable: Http,
    entry: MockConfigEntry,
    set_up: SetUp,
) -> None:
    """The form tells what the message told; it stays until the other webhook is gone, then everything is subscribed."""
    foreign = simulator.add_foreign_webhook(HELD)
    await set_up()
    form, answer = await click(flows, entry, Issue.HELD)
    assert (form["type"], form["step_id"]) == (FlowResultType.FORM, "confirm")
    assert "TRAFFIC" in form["description_placeholders"]["webhooks"]
    assert (answer["type"], answer["errors"]) == (FlowResultType.FORM, {"base": "still_there"})
    del simulator.dispatcher.webhooks[foreign.id]
    answer = await flows.async_configure(form["flow_id"], {})
    assert answer["type"] is FlowResultType.CREATE_ENTRY
    assert ir.async_get(hass).async_get_issue(DOMAIN, issue_id(entry, Issue.HELD)) is None
    (ours,) = simulator.webhooks
    assert set(ours.event_types) == SIX_TYPES


async def test_what_was_refused_is_asked_for_again(
    hass: HomeAssistant,
    simulator: Simulator,
    flows: RepairsFlowManager,
    reachable: Http,
    entry: MockConfigEntry,
    set_up: SetUp,
) -> None:
    """Of a webhook that is not shown to us nobody tells when it goes: a person may."""
    simulator.add_foreign_webhook(HELD).hidden = True
    await set_up()
    simulator.dispatcher.webhooks = {
        key: hook for key, hook in simulator.dispatcher.webhooks.items() if not hook.hidden
    }
    _, answer = await click(flows, entry, Issue.HELD)
    assert answer["type"] is FlowResultType.CREATE_ENTRY
    (ours,) = simulator.webhooks
    assert set(ours.event_types) == SIX_TYPES


async def test_allowed_now(
    hass: HomeAssistant,
    simulator: Simulator,
    flows: RepairsFlowManager,
    reachable: Http,
    entry: MockConfigEntry,
    set_up: SetUp,
) -> None:
    """The right to make webhooks can be given to a token afterwards."""
    simulator.settings.webhook_permission = "forbidden"
    await set_up()
    simulator.settings.webhook_permission = "granted"
    _, answer = await click(flows, entry, Issue.NOT_ALLOWED)
    assert answer["type"] is FlowResultType.CREATE_ENTRY
    assert len(simulator.webhooks) == 1


async def test_not_loaded(
    hass: HomeAssistant,
    simulator: Simulator,
    flows: RepairsFlowManager,
    reachable: Http,
    entry: MockConfigEntry,
    set_up: SetUp,
) -> None:
    """Without a connection nothing can be tried."""
    simulator.add_foreign_webhook(HELD)
    await set_up()
    await hass.config_entries.async_unload(entry.entry_id)
    _, answer = await click(flows, entry, Issue.HELD)
    assert (answer["type"], answer["reason"]) == (FlowResultType.ABORT, "not_loaded")
