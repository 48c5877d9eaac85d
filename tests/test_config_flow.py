"""Every path through the flows, including errors and how to recover from them, against the simulated cloud."""

from collections.abc import Iterator, Mapping
import logging
from typing import Any
from unittest.mock import patch

from homeassistant.config_entries import SOURCE_USER, ConfigEntryState, ConfigFlowResult
from homeassistant.const import CONF_CLIENT_ID, CONF_CLIENT_SECRET, CONF_WEBHOOK_ID
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, InvalidData
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.translation import async_get_translations
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.butlr.api.client import DEFAULT_BASE_URL, ButlrClient
from custom_components.butlr.const import (
    CONF_ADVANCED,
    CONF_AREAS,
    CONF_BASE_URL,
    CONF_BUILDINGS,
    CONF_CLOUDHOOK_URL,
    CONF_HARDWARE,
    CONF_HISTORY_DAYS,
    CONF_LABELS,
    CONF_WAY_IN,
    CONF_WEBHOOK_SECRET,
    CONF_ZONE_AREAS,
    DOMAIN,
    WAYS_IN,
)
from tests.conftest import SetUp
from tests.helpers.flow_forms import shown_default, start, submit
from tests.simulator import Simulator


def credentials(simulator: Simulator, **changes: str) -> dict[str, Any]:
    """Return what a person enters."""
    return {
        CONF_CLIENT_ID: changes.get("client_id", simulator.client_id),
        CONF_CLIENT_SECRET: changes.get("client_secret", simulator.client_secret),
        CONF_ADVANCED: {CONF_BASE_URL: changes.get("base_url", simulator.url)},
    }


@pytest.fixture
def _no_set_up() -> Iterator[None]:
    """Prevent set-up: these tests are about the flow."""
    with patch("custom_components.butlr.async_setup_entry", return_value=True):
        yield


@pytest.mark.usefixtures("_no_set_up")
async def test_a_new_organization(hass: HomeAssistant, simulator: Simulator) -> None:
    """Credentials, then a choice that shows its size, then an entry with everything it needs."""
    form = await start(hass)
    assert (form["type"], form["step_id"], form["errors"]) == (FlowResultType.FORM, "user", {})
    form = await submit(hass, form, credentials(simulator))
    assert (form["type"], form["step_id"]) == (FlowResultType.FORM, "spaces")
    placeholders = form["description_placeholders"]
    assert placeholders is not None
    assert (placeholders["floors"], placeholders["rooms"], placeholders["zones"]) == ("2", "5", "4")
    assert shown_default(form, CONF_BUILDINGS) == list(simulator.estate.buildings)
    assert (shown_default(form, CONF_AREAS), shown_default(form, CONF_ZONE_AREAS)) == ("none", True)
    result = await submit(hass, form, {})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    entry = result["result"]
    assert entry.title == "Harbour Campus"
    assert entry.unique_id == simulator.estate.id
    assert entry.options == {
        CONF_BUILDINGS: [],
        CONF_HARDWARE: True,
        CONF_LABELS: False,
        CONF_HISTORY_DAYS: 0,
        CONF_AREAS: "none",
        CONF_ZONE_AREAS: True,
    }
    data = dict(entry.data)
    assert len(data.pop(CONF_WEBHOOK_ID)) == 64
    assert len(data.pop(CONF_WEBHOOK_SECRET)) == 64
    assert data == {
        CONF_CLIENT_ID: simulator.client_id,
        CONF_CLIENT_SECRET: simulator.client_secret,
        CONF_BASE_URL: simulator.url,
        CONF_CLOUDHOOK_URL: None,
    }


async def test_started_with_a_token(hass: HomeAssistant, simulator: Simulator) -> None:
    """Whoever starts the flow with the fields of a token gets the next form; no way in has to be chosen."""
    form = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_USER}, data=credentials(simulator)
    )
    assert (form["type"], form["step_id"]) == (FlowResultType.FORM, "spaces")


@pytest.mark.parametrize("hardware", [True, False])
async def test_the_numbers_are_true(hass: HomeAssistant, simulator: Simulator, hardware: bool) -> None:
    """The form announces the right numbers of devices and enabled entities, with and without hardware."""
    form = await submit(hass, await start(hass), credentials(simulator))
    placeholders = form["description_placeholders"]
    assert placeholders is not None
    result = await submit(hass, form, {CONF_HARDWARE: hardware})
    await hass.async_block_till_done(wait_background_tasks=True)
    entry = result["result"]
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    of = "" if hardware else "_of_spaces"
    assert placeholders[f"devices{of}"] == str(len(devices))
    assert placeholders[f"entities{of}"] == str(len(hass.states.async_all()))


@pytest.mark.parametrize("hardware", [True, False])
@pytest.mark.parametrize("rooms", [240])
async def test_the_numbers_of_a_building_are_true(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, set_up: SetUp, hardware: bool
) -> None:
    """The number behind a building's name is right; hardware without a location counts for no building."""
    stray = next(sensor for sensor in simulator.estate.sensors.values() if sensor.real)
    stray.floor_id, stray.room_id = "", None
    chosen = next(iter(simulator.estate.buildings))
    hass.config_entries.async_update_entry(
        entry, options={CONF_BUILDINGS: [chosen], CONF_HARDWARE: hardware, CONF_LABELS: False, CONF_HISTORY_DAYS: 0}
    )
    await set_up()
    form = await hass.config_entries.options.async_init(entry.entry_id)
    schema = form["data_schema"]
    assert schema is not None
    offered = schema.schema[CONF_BUILDINGS].config["options"]
    label = next(option["label"] for option in offered if option["value"] == chosen)
    of_none = (stray.id, simulator.estate.id)
    own = [state for state in hass.states.async_all() if _butlr_id(hass, state.entity_id) not in of_none]
    assert label == f"{simulator.estate.buildings[chosen].name} ({len(own)})"


def _butlr_id(hass: HomeAssistant, entity_id: str) -> str:
    """Return the Butlr id of an entity's device."""
    registered = er.async_get(hass).async_get(entity_id)
    assert registered
    device = dr.async_get(hass).async_get(registered.device_id or "")
    assert device
    return next(iter(device.identifiers))[1]


@pytest.mark.usefixtures("_no_set_up")
@pytest.mark.parametrize("rooms", [240])
async def test_some_buildings_of_several_sites(hass: HomeAssistant, simulator: Simulator) -> None:
    """The choice is stored. With several sites, the entry is titled Butlr."""
    assert len(simulator.estate.buildings) > 1
    chosen = list(simulator.estate.buildings)[:1]
    form = await submit(hass, await start(hass), credentials(simulator))
    with pytest.raises(InvalidData):
        await submit(hass, form, {CONF_BUILDINGS: ["building_of_another"]})
    answers = {
        CONF_BUILDINGS: chosen,
        CONF_HARDWARE: False,
        CONF_LABELS: True,
        CONF_HISTORY_DAYS: 90,
        CONF_AREAS: "match",
        CONF_ZONE_AREAS: False,
    }
    result = await submit(hass, form, answers)
    entry = result["result"]
    assert entry.title == (
        "Butlr" if len(simulator.estate.sites) > 1 else next(iter(simulator.estate.sites.values())).name
    )
    assert entry.options == answers


@pytest.mark.usefixtures("_no_set_up")
async def test_the_address_is_butlrs_unless_given(hass: HomeAssistant, simulator: Simulator) -> None:
    """The advanced section may stay closed, and surrounding spaces and a trailing slash are removed."""
    with patch("custom_components.butlr.forms.connection.DEFAULT_BASE_URL", f"{simulator.url}/"):
        form = await start(hass)
        answers = {CONF_CLIENT_ID: f" {simulator.client_id} ", CONF_CLIENT_SECRET: f"{simulator.client_secret} "}
        form = await submit(hass, form, answers)
    assert form["step_id"] == "spaces"
    result = await submit(hass, form, {})
    assert result["result"].data[CONF_BASE_URL] == simulator.url
    assert result["result"].data[CONF_CLIENT_ID] == simulator.client_id


@pytest.mark.usefixtures("_no_set_up")
@pytest.mark.parametrize("missing", [CONF_CLIENT_ID, CONF_CLIENT_SECRET])
@pytest.mark.parametrize("how", ["absent", "blank"])
async def test_a_token_has_two_parts(hass: HomeAssistant, simulator: Simulator, missing: str, how: str) -> None:
    """The first form takes a token unless told otherwise; what is missing is said at its field before any request."""
    form = await start(hass)
    assert shown_default(form, CONF_WAY_IN) == "token"
    schema = form["data_schema"]
    assert schema is not None
    assert schema.schema[CONF_WAY_IN].config["options"] == list(WAYS_IN)
    answers = credentials(simulator)
    if how == "absent":
        del answers[missing]
    else:
        answers[missing] = " "
    form = await submit(hass, form, answers)
    assert (form["step_id"], form["errors"]) == ("user", {missing: "required"})
    assert simulator.requests == []
    form = await submit(hass, form, {**credentials(simulator), CONF_WAY_IN: "token"})
    assert form["step_id"] == "spaces"


FAULTS = [
    ("login", "401", "invalid_auth"),
    ("login", "403", "invalid_auth"),
    ("graphql", "403", "invalid_auth"),
    ("login", "429", "rate_limited"),
    ("graphql", "429", "rate_limited"),
    ("login", "500", "cannot_connect"),
    ("graphql", "500", "cannot_connect"),
    ("graphql", "504", "cannot_connect"),
    ("login", "garbage", "cannot_connect"),
    ("graphql", "garbage", "cannot_connect"),
    ("graphql", "drop", "cannot_connect"),
    ("graphql", "graphql_errors", "cannot_connect"),
    ("graphql", "empty", "no_spaces"),
]


@pytest.mark.usefixtures("_no_set_up")
@pytest.mark.parametrize(("endpoint", "fault", "error"), FAULTS)
async def test_errors_and_the_way_back(
    hass: HomeAssistant, simulator: Simulator, endpoint: str, fault: str, error: str
) -> None:
    """Each error is shown in the form and changes nothing; the same form then works."""
    form = await start(hass)
    simulator.faults.set(endpoint, fault, retry_after=1)
    form = await submit(hass, form, credentials(simulator))
    assert (form["type"], form["step_id"], form["errors"]) == (FlowResultType.FORM, "user", {"base": error})
    assert hass.config_entries.async_entries(DOMAIN) == []
    simulator.faults.clear()
    form = await submit(hass, form, credentials(simulator))
    assert form["step_id"] == "spaces"
    result = await submit(hass, form, {})
    assert result["type"] is FlowResultType.CREATE_ENTRY


def suggested(fields: Mapping[Any, Any], field: str) -> Any:
    """Return the suggested value of a field."""
    return next((key.description or {}).get("suggested_value") for key in fields if key == field)


def typed(form: ConfigFlowResult) -> dict[str, Any]:
    """Return the visible values of a form, and whether the advanced section is open."""
    schema = form["data_schema"]
    assert schema is not None
    advanced = schema.schema[CONF_ADVANCED]
    return {
        CONF_CLIENT_ID: suggested(schema.schema, CONF_CLIENT_ID),
        CONF_CLIENT_SECRET: suggested(schema.schema, CONF_CLIENT_SECRET),
        CONF_BASE_URL: suggested(advanced.schema.schema, CONF_BASE_URL),
        "seen": not advanced.options["collapsed"],
    }


@pytest.mark.usefixtures("_no_set_up")
@pytest.mark.parametrize(
    ("base_url", "error"),
    [
        ("http://127.0.0.1:1", {"base": "cannot_connect"}),
        ("{url}/elsewhere", {"base": "cannot_connect"}),
        ("not an address", {CONF_ADVANCED: "invalid_url"}),
        ("ftp://127.0.0.1", {CONF_ADVANCED: "invalid_url"}),
        ("", {CONF_ADVANCED: "invalid_url"}),
        ("http://name:word@{host}", {CONF_ADVANCED: "invalid_url"}),
        ("{url}?a=b", {CONF_ADVANCED: "invalid_url"}),
        ("{url}/#", {CONF_ADVANCED: "invalid_url"}),
    ],
    ids=["closed", "nothing there", "words", "ftp", "blank", "user", "query", "fragment"],
)
async def test_a_wrong_address(
    hass: HomeAssistant, simulator: Simulator, base_url: str, error: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    """An invalid address is reported, and the form keeps all input visible."""
    url = base_url.format(url=simulator.url, host=simulator.url.removeprefix("http://"))
    form = await submit(hass, await start(hass), credentials(simulator, base_url=url))
    assert (form["step_id"], form["errors"]) == ("user", error)
    assert shown_default(form, CONF_ADVANCED) == {CONF_BASE_URL: url}
    assert typed(form) == {
        CONF_CLIENT_ID: simulator.client_id,
        CONF_CLIENT_SECRET: simulator.client_secret,
        CONF_BASE_URL: url,
        "seen": True,
    }
    (key,) = error.values()
    texts = await async_get_translations(hass, "en", "config", {DOMAIN})
    assert (form["description_placeholders"] or {})["base_url"] == url
    assert "{base_url}" in texts[f"component.butlr.config.error.{key}"]
    assert "login" not in [record.kind for record in simulator.requests]
    assert not [record for record in caplog.records if record.exc_info]
    form = await submit(hass, form, credentials(simulator))
    assert form["step_id"] == "spaces"


@pytest.mark.usefixtures("_no_set_up")
async def test_the_address_of_butlr(hass: HomeAssistant, simulator: Simulator) -> None:
    """The address is hidden by default. Clearing a changed address restores the default."""
    form = await start(hass)
    assert typed(form) == {
        CONF_CLIENT_ID: None,
        CONF_CLIENT_SECRET: None,
        CONF_BASE_URL: DEFAULT_BASE_URL,
        "seen": False,
    }
    form = await submit(hass, form, credentials(simulator, base_url="words"))
    with patch("custom_components.butlr.runtime.ButlrClient", side_effect=ButlrClient) as made:
        await submit(hass, form, {**credentials(simulator), CONF_ADVANCED: {}})
    assert made.call_args.args[3] == DEFAULT_BASE_URL


@pytest.mark.parametrize("address", ["http://name@{host}", "{url}?a", "words"])
async def test_a_stored_address_that_is_none(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    set_up: SetUp,
    address: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """No request goes to an invalid address. The entry retries and can be given another one."""
    url = address.format(url=simulator.url, host=simulator.url.removeprefix("http://"))
    hass.config_entries.async_update_entry(entry, data={**entry.data, CONF_BASE_URL: url})
    assert not await set_up()
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert "address" in (entry.reason or "")
    assert simulator.requests == []
    assert not [record for record in caplog.records if record.exc_info and record.levelno > logging.INFO]
    form = await submit(hass, await entry.start_reconfigure_flow(hass), credentials(simulator))
    await hass.async_block_till_done(wait_background_tasks=True)
    assert form["reason"] == "reconfigure_successful"
    assert hass.config_entries.async_loaded_entries(DOMAIN) == [entry]


@pytest.mark.usefixtures("_no_set_up")
async def test_an_estate_without_floors(hass: HomeAssistant, simulator: Simulator) -> None:
    """Sites without floors are an error."""
    simulator.estate.floors.clear()
    form = await submit(hass, await start(hass), credentials(simulator))
    assert form["errors"] == {"base": "no_spaces"}


@pytest.mark.usefixtures("_no_set_up")
async def test_what_nobody_thought_of(
    hass: HomeAssistant, simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    """An unexpected error is logged without the secret, and the flow continues."""
    form = await start(hass)
    with patch("custom_components.butlr.config_flow.fetch_estate", side_effect=RuntimeError("boom")):
        form = await submit(hass, form, credentials(simulator))
    assert form["errors"] == {"base": "unknown"}
    assert "boom" in caplog.text
    assert simulator.client_secret not in caplog.text
    form = await submit(hass, form, credentials(simulator))
    assert form["step_id"] == "spaces"


async def test_an_organization_is_set_up_once(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry
) -> None:
    """Uniqueness depends on the organization, not on the credentials."""
    result = await submit(hass, await start(hass), credentials(simulator))
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")
    assert hass.config_entries.async_entries(DOMAIN) == [entry]


@pytest.mark.usefixtures("_no_set_up")
@pytest.mark.parametrize(("source", "step_id"), [("reauth", "reauth_confirm"), ("reconfigure", "reconfigure")])
async def test_new_credentials(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, source: str, step_id: str
) -> None:
    """The form refuses wrong credentials and stores right ones."""
    secret = simulator.revoke()
    before = dict(entry.data)
    form = await (entry.start_reauth_flow(hass) if source == "reauth" else entry.start_reconfigure_flow(hass))
    assert (form["type"], form["step_id"]) == (FlowResultType.FORM, step_id)
    assert shown_default(form, CONF_CLIENT_ID) == entry.data[CONF_CLIENT_ID]
    assert shown_default(form, CONF_ADVANCED) == {CONF_BASE_URL: simulator.url}
    form = await submit(hass, form, credentials(simulator, client_secret="still wrong"))
    assert form["errors"] == {"base": "invalid_auth"}
    assert dict(entry.data) == before
    result = await submit(hass, form, credentials(simulator))
    await hass.async_block_till_done()
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, f"{source}_successful")
    changed = {key for key, value in before.items() if entry.data[key] != value}
    assert entry.data[CONF_CLIENT_SECRET] == secret
    # Changing the connection also replaces the webhook secret.
    assert changed == {CONF_CLIENT_SECRET} | ({CONF_WEBHOOK_SECRET} if source == "reconfigure" else set())


@pytest.mark.usefixtures("_no_set_up")
@pytest.mark.parametrize("source", ["reauth", "reconfigure"])
async def test_credentials_of_another_organization(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, source: str
) -> None:
    """Credentials of another organization are refused, and nothing changes."""
    before = dict(entry.data)
    other = Simulator(rooms=5, seed=2, client_id="other")
    await other.start(port=0)
    form = await (entry.start_reauth_flow(hass) if source == "reauth" else entry.start_reconfigure_flow(hass))
    result = await submit(hass, form, credentials(other))
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "wrong_account")
    assert dict(entry.data) == before
    await other.stop()


@pytest.mark.usefixtures("_no_set_up")
async def test_no_building_is_not_every_building(hass: HomeAssistant, simulator: Simulator) -> None:
    """Selecting no building is an error; the other input stays, and the flow can continue."""
    form = await submit(hass, await start(hass), credentials(simulator))
    form = await submit(hass, form, {CONF_BUILDINGS: [], CONF_HARDWARE: False, CONF_HISTORY_DAYS: 7})
    assert (form["step_id"], form["errors"]) == ("spaces", {CONF_BUILDINGS: "no_buildings"})
    assert (shown_default(form, CONF_HARDWARE), shown_default(form, CONF_HISTORY_DAYS)) == (False, 7)
    result = await submit(hass, form, {CONF_BUILDINGS: list(simulator.estate.buildings)})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["result"].options[CONF_BUILDINGS] == []


UNNAMED = (["sites", "data", "*", "org_id"], ["tags", "*", "organization_id"])


@pytest.mark.parametrize("source", ["user", "reauth", "reconfigure"])
async def test_an_organization_that_is_not_named(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, set_up: SetUp, source: str
) -> None:
    """An organization without an id is identified by its content: it is set up once, and it is not another account."""
    await set_up()
    for path in UNNAMED:
        simulator.edits.add(operation="Topology", path=path, count=1)
    match source:
        case "user":
            form, expected = await start(hass), "already_configured"
        case "reauth":
            form, expected = await entry.start_reauth_flow(hass), "reauth_successful"
        case _:
            form, expected = await entry.start_reconfigure_flow(hass), "reconfigure_successful"
    result = await submit(hass, form, credentials(simulator))
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, expected)
    assert hass.config_entries.async_entries(DOMAIN) == [entry]
    await hass.async_block_till_done(wait_background_tasks=True)
    assert entry.unique_id == simulator.estate.id


@pytest.mark.usefixtures("_no_set_up")
async def test_an_organization_that_is_named_later(hass: HomeAssistant, simulator: Simulator) -> None:
    """An entry identified by its site's id is found once the organization has an id. Another organization is not."""
    for path in UNNAMED:
        simulator.edits.add(operation="Topology", path=path, count=1)
    form = await submit(hass, await start(hass), credentials(simulator))
    result = await submit(hass, form, {})
    assert result["result"].unique_id == min(simulator.estate.sites)
    result = await submit(hass, await start(hass), credentials(simulator))
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")
    other = Simulator(rooms=5, seed=2, client_id="other")
    await other.start(port=0)
    for path in UNNAMED:
        other.edits.add(operation="Topology", path=path, count=1)
    form = await submit(hass, await start(hass), credentials(other))
    assert form["step_id"] == "spaces"
    await other.stop()
