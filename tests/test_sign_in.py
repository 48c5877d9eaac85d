"""Signing in with a password: what becomes of it, what goes wrong, and what is left behind, at Butlr and here."""

import asyncio
import base64
from collections.abc import Callable, Iterator
import json
import logging
from pathlib import Path
from typing import Any
from unittest.mock import AsyncMock, patch
from urllib.parse import quote

import aiohttp
from homeassistant.config_entries import ConfigEntry, ConfigFlowResult
from homeassistant.const import CONF_CLIENT_ID, CONF_CLIENT_SECRET, CONF_EMAIL, CONF_PASSWORD, EVENT_HOMEASSISTANT_STOP
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers.aiohttp_client import async_get_clientsession
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.butlr.api import account
from custom_components.butlr.api.account import Account
from custom_components.butlr.api.address import check_password_address
from custom_components.butlr.api.auth import REQUEST_TIMEOUT
from custom_components.butlr.api.errors import ButlrTimeoutError
from custom_components.butlr.const import (
    CONF_ADVANCED,
    CONF_BASE_URL,
    CONF_CREATED_TOKEN,
    CONF_WAY_IN,
    DOMAIN,
    WAY_SIGN_IN,
)
from custom_components.butlr.diagnostics import async_get_config_entry_diagnostics
from tests.helpers.flow_forms import shown_default, start, submit
from tests.simulator import Simulator

ONE_SECOND = aiohttp.ClientTimeout(total=1)


@pytest.fixture(autouse=True)
def _everything_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Log at debug level, so that nothing that could be logged stays unseen."""
    caplog.set_level(logging.DEBUG)


@pytest.fixture
def _no_set_up() -> Iterator[None]:
    """Prevent set-up: most of these tests are about the flow."""
    with patch("custom_components.butlr.async_setup_entry", return_value=True):
        yield


@pytest.fixture(autouse=True)
def _no_waiting() -> Iterator[None]:
    """Look again for a token that may have been created late without waiting."""
    with patch("custom_components.butlr.sign_in.WAITS_FOR_UNANSWERED", (0, 0)):
        yield


def person(simulator: Simulator, **changes: str) -> dict[str, Any]:
    """Return what a person enters to sign in."""
    return {
        CONF_EMAIL: f" {simulator.accounts.email}",
        CONF_PASSWORD: simulator.accounts.password,
        CONF_ADVANCED: {CONF_BASE_URL: simulator.url},
        **changes,
    }


async def choose(hass: HomeAssistant, simulator: Simulator) -> ConfigFlowResult:
    """Choose to sign in, in the first form."""
    answers = {CONF_WAY_IN: WAY_SIGN_IN, CONF_ADVANCED: {CONF_BASE_URL: simulator.url}}
    return await submit(hass, await start(hass), answers)


async def settle(hass: HomeAssistant) -> None:
    """Wait for what goes on in the background."""
    await hass.async_block_till_done(wait_background_tasks=True)


def spellings(secret: str) -> set[str]:
    """Return how a secret could be written."""
    return {
        secret,
        json.dumps(secret)[1:-1],
        quote(secret),
        quote(secret, safe=""),
        repr(secret)[1:-1],
        base64.b64encode(secret.encode()).decode(),
    }


def held(thing: Any, seen: set[int]) -> Iterator[str]:
    """Yield every text that a flow holds, in its own objects and in forms."""
    if id(thing) in seen:
        return
    seen.add(id(thing))
    if isinstance(thing, str):
        yield thing
    elif isinstance(thing, dict):
        for key, value in thing.items():
            yield from held(key, seen)
            yield from held(value, seen)
    elif isinstance(thing, list | tuple | set | frozenset):
        for one in thing:
            yield from held(one, seen)
    elif type(thing).__module__.startswith(("custom_components.butlr", "voluptuous", "probatio", "homeassistant.data")):
        for name in {*getattr(thing, "__dict__", {}), *getattr(type(thing), "__slots__", ())}:
            if isinstance(name, str) and hasattr(thing, name) and not callable(getattr(thing, name)):
                yield from held(getattr(thing, name), seen)
    else:
        yield repr(thing)


async def traces(hass: HomeAssistant, simulator: Simulator, caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return where the e-mail address or the password can be found."""
    entries = hass.config_entries.async_entries(DOMAIN)
    flows = [hass.config_entries.flow._progress[one["flow_id"]] for one in hass.config_entries.flow.async_progress()]
    places = {
        "log": caplog.text + "".join(str(vars(record)) for record in caplog.records),
        "entries": json.dumps([[dict(one.data), dict(one.options), one.title, one.reason] for one in entries]),
        "diagnostics": json.dumps(
            [await async_get_config_entry_diagnostics(hass, one) for one in entries], default=str
        ),
        "flows": "\n".join(text for flow in flows for text in held(vars(flow), set())),
        "contexts": repr([flow.context for flow in flows]),
        "cookies": repr(list(async_get_clientsession(hass).cookie_jar)),
    }
    for path in await hass.async_add_executor_job(lambda: [*Path(hass.config.config_dir).rglob("*")]):
        if path.is_file() and "__pycache__" not in path.parts:
            places[str(path)] = (await hass.async_add_executor_job(path.read_bytes)).decode(errors="replace")
    secrets = spellings(simulator.accounts.email) | spellings(simulator.accounts.password) | {"of-a-person"}
    return [place for place, text in places.items() if any(secret in text for secret in secrets)]


@pytest.mark.parametrize("key", ["client_id", "id"])
@pytest.mark.parametrize("allowed", [True, False], ids=["may delete", "may not delete"])
async def test_from_the_password_to_the_removal(
    hass: HomeAssistant, simulator: Simulator, caplog: pytest.LogCaptureFixture, key: str, allowed: bool
) -> None:
    """The password becomes an API token that works, and that is deleted with the entry if Butlr lets us."""
    simulator.settings.update({"client_key": key, "clients_manage_clients": allowed})
    form = await choose(hass, simulator)
    assert (form["type"], form["step_id"], form["errors"]) == (FlowResultType.FORM, "sign_in", {})
    assert shown_default(form, CONF_ADVANCED) == {CONF_BASE_URL: simulator.url}
    # Otherwise, cookies of an IP address would be dropped anyway.
    jar: Any = async_get_clientsession(hass).cookie_jar
    jar._unsafe = True
    form = await submit(hass, form, {**person(simulator), CONF_ADVANCED: {CONF_BASE_URL: f"{simulator.url}/"}})
    assert form["step_id"] == "spaces"
    assert await traces(hass, simulator, caplog) == []
    result = await submit(hass, form, {})
    await settle(hass)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    entry = result["result"]
    (token,) = simulator.accounts.clients.values()
    assert token["name"] == "Home Assistant"
    parts = (CONF_CLIENT_ID, CONF_CLIENT_SECRET, CONF_BASE_URL, CONF_CREATED_TOKEN)
    assert [entry.data[part] for part in parts] == [
        token["client_id"],
        token["client_secret"],
        simulator.url,
        token["description"],
    ]
    assert hass.config_entries.async_loaded_entries(DOMAIN) == [entry]
    assert entry.runtime_data.estate.last_update_success
    assert await traces(hass, simulator, caplog) == []
    await hass.config_entries.async_remove(entry.entry_id)
    await settle(hass)
    assert await traces(hass, simulator, caplog) == []
    assert bool(simulator.accounts.clients) is not allowed
    assert ("may still exist" in caplog.text) is not allowed
    assert token["client_secret"] not in caplog.text


FAULTS = [
    ("sign_in", "401", "sign_in_refused"),
    ("sign_in", "403", "sign_in_refused"),
    ("sign_in", "404", "sign_in_missing"),
    ("sign_in", "429", "rate_limited"),
    ("sign_in", "500", "cannot_connect"),
    ("sign_in", "garbage", "cannot_connect"),
    ("sign_in", "empty", "cannot_connect"),
    ("sign_in", "drop", "cannot_connect"),
    ("sign_in", "hang", "cannot_connect"),
    ("clients", "401", "token_forbidden"),
    ("clients", "403", "token_forbidden"),
    ("clients", "404", "token_elsewhere"),
    ("clients", "429", "rate_limited"),
    ("clients", "500", "token_failed"),
    ("clients", "garbage", "token_failed"),
    ("clients", "empty", "token_failed"),
    ("clients", "drop", "token_failed"),
    ("clients", "hang", "token_failed"),
    ("login", "403", "token_refused"),
    ("login", "500", "cannot_connect"),
    ("graphql", "empty", "no_spaces"),
]


@pytest.mark.usefixtures("_no_set_up")
async def test_errors_and_what_they_leave(
    hass: HomeAssistant, simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    """Each error is shown in the form, leaves no trace of the person, and no API token; then the form works."""
    form = await choose(hass, simulator)
    for endpoint, fault, error in FAULTS:
        simulator.faults.set(endpoint, fault, seconds=60, count=1 if endpoint == "clients" else None)
        with patch.object(account, "REQUEST_TIMEOUT", ONE_SECOND if fault == "hang" else REQUEST_TIMEOUT):
            form = await submit(hass, form, person(simulator))
        assert (form["step_id"], form["errors"]) == ("sign_in", {"base": error}), (endpoint, fault)
        simulator.faults.clear()
        await settle(hass)
        assert await traces(hass, simulator, caplog) == [], (endpoint, fault)
    assert simulator.accounts.clients == {}
    for wrong in ({CONF_PASSWORD: "wrong"}, {CONF_EMAIL: "somebody@example.com"}):
        form = await submit(hass, form, person(simulator, **wrong))
        assert form["errors"] == {"base": "sign_in_refused"}
    form = await submit(hass, form, {**person(simulator), CONF_ADVANCED: {CONF_BASE_URL: "words"}})
    assert form["errors"] == {CONF_ADVANCED: "invalid_url"}
    assert shown_default(form, CONF_ADVANCED) == {CONF_BASE_URL: "words"}
    form = await submit(hass, form, person(simulator))
    assert form["step_id"] == "spaces"
    assert "may still exist" not in caplog.text


@pytest.mark.usefixtures("_no_set_up")
async def test_a_lost_answer(hass: HomeAssistant, simulator: Simulator, caplog: pytest.LogCaptureFixture) -> None:
    """A token that was created although its answer could not be read is deleted; if that fails, the log says so."""
    form = await choose(hass, simulator)
    simulator.edits.add(operation="clients_POST", path=["client_id"], leave_out=True, count=1)
    form = await submit(hass, form, person(simulator))
    assert form["errors"] == {"base": "token_failed"}
    await settle(hass)
    assert simulator.accounts.clients == {}
    assert "may still exist" not in caplog.text
    simulator.faults.set("clients", "500")
    await submit(hass, form, person(simulator))
    await settle(hass)
    assert caplog.text.count("may still exist") == 1
    # It was still being created when it was looked for first.
    late = AsyncMock(side_effect=[False, True])
    with (
        patch.object(Account, "create_token", side_effect=ButlrTimeoutError),
        patch.object(Account, "delete_token", late),
    ):
        await submit(hass, form, person(simulator))
        await settle(hass)
    assert late.await_count == 2


@pytest.mark.usefixtures("_no_set_up")
async def test_what_nobody_thought_of(
    hass: HomeAssistant, simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    """An unexpected error is logged with its place, but not with its text, which may repeat what was sent."""
    form = await choose(hass, simulator)
    with patch.object(Account, "sign_in", side_effect=RuntimeError(simulator.accounts.password)):
        form = await submit(hass, form, person(simulator))
    assert form["errors"] == {"base": "unknown"}
    assert "RuntimeError" in caplog.text
    assert "sign_in.py" in caplog.text
    assert await traces(hass, simulator, caplog) == []


async def _at_once(hass: HomeAssistant, simulator: Simulator, flow_id: str) -> None:
    hass.config_entries.flow.async_abort(flow_id)


async def _expired(hass: HomeAssistant, simulator: Simulator, flow_id: str) -> None:
    simulator.expire_tokens()
    hass.config_entries.flow.async_abort(flow_id)


async def _stopped(hass: HomeAssistant, simulator: Simulator, flow_id: str) -> None:
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    # What runs in the background would be cancelled.
    await hass.async_block_till_done()
    assert simulator.accounts.clients == {}


@pytest.mark.usefixtures("_no_set_up")
@pytest.mark.parametrize("leave", [_at_once, _expired, _stopped])
async def test_an_abandoned_sign_in(
    hass: HomeAssistant, simulator: Simulator, leave: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    """A token that no entry has is deleted, also after hours before the last form, or if Home Assistant stops."""
    simulator.settings.update({"clients_manage_clients": leave is _expired})
    form = await submit(hass, await choose(hass, simulator), person(simulator))
    assert form["step_id"] == "spaces"
    assert len(simulator.accounts.clients) == 1
    await leave(hass, simulator, form["flow_id"])
    await settle(hass)
    assert simulator.accounts.clients == {}
    assert "may still exist" not in caplog.text


@pytest.mark.usefixtures("_no_set_up")
async def test_abandoned_while_it_is_checked(hass: HomeAssistant, simulator: Simulator) -> None:
    """If the dialog is closed while the token is being created, the token is deleted as soon as it exists."""
    form = await choose(hass, simulator)
    hangs = asyncio.Event()
    simulator.hung = hangs.set
    simulator.faults.set("clients", "hang", seconds=0.5, count=1)
    request = asyncio.create_task(submit(hass, form, person(simulator)))
    await hangs.wait()
    hass.config_entries.flow.async_abort(form["flow_id"])
    await asyncio.wait([request])
    assert request.exception() or request.result()["type"] is FlowResultType.FORM
    await settle(hass)
    assert [record.kind for record in simulator.requests if "DELETE" in record.kind]
    assert simulator.accounts.clients == {}


@pytest.mark.usefixtures("_no_set_up")
async def test_an_organization_is_signed_in_once(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry
) -> None:
    """The organization is recognized, and the token that was created to find out is deleted."""
    result = await submit(hass, await choose(hass, simulator), person(simulator))
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")
    await settle(hass)
    assert simulator.accounts.clients == {}


@pytest.mark.usefixtures("_no_set_up")
async def test_submitted_twice(hass: HomeAssistant, simulator: Simulator) -> None:
    """Whoever submits the form twice, before the first answer is there, gets one API token."""
    form = await choose(hass, simulator)
    forms = await asyncio.gather(*(submit(hass, form, person(simulator)) for _ in range(2)))
    assert [one["step_id"] for one in forms] == ["spaces", "spaces"]
    result = await submit(hass, form, {})
    await settle(hass)
    (token,) = simulator.accounts.clients.values()
    assert result["result"].data[CONF_CLIENT_ID] == token["client_id"]


@pytest.mark.usefixtures("_no_set_up")
async def test_a_dialog_whose_tab_was_closed(hass: HomeAssistant, simulator: Simulator) -> None:
    """It is not in the way of another one, which ends it, and its API token is deleted."""
    left = await submit(hass, await choose(hass, simulator), person(simulator))
    form = await submit(hass, await choose(hass, simulator), person(simulator))
    assert (left["step_id"], form["step_id"]) == ("spaces", "spaces")
    assert len(simulator.accounts.clients) == 2
    result = await submit(hass, form, {})
    await settle(hass)
    assert hass.config_entries.flow.async_progress() == []
    (token,) = simulator.accounts.clients.values()
    assert result["result"].data[CONF_CLIENT_ID] == token["client_id"]


async def test_a_password_is_only_sent_encrypted(hass: HomeAssistant, simulator: Simulator) -> None:
    """Not by HTTP through a network, where a token may be sent; within this machine, it is."""
    form = await choose(hass, simulator)
    with patch.object(aiohttp.ClientSession, "request", side_effect=AssertionError):
        for address in ("http://butlr.example.com", "http://192.0.2.1:8900", "HTTP://butlr.example.com"):
            form = await submit(hass, form, {**person(simulator), CONF_ADVANCED: {CONF_BASE_URL: address}})
            assert form["errors"] == {CONF_ADVANCED: "sign_in_unencrypted"}
            assert shown_default(form, CONF_ADVANCED) == {CONF_BASE_URL: address}
    assert [one.kind for one in simulator.requests if one.kind != "login"] == []
    for address in ("https://butlr.example.com", "http://localhost:1", "http://127.0.0.1:1", "http://[::1]:1"):
        check_password_address(address)


async def _signed_in(hass: HomeAssistant, simulator: Simulator) -> ConfigEntry[Any]:
    form = await submit(hass, await choose(hass, simulator), person(simulator))
    result = await submit(hass, form, {})
    await settle(hass)
    return result["result"]


async def test_signing_in_again(hass: HomeAssistant, simulator: Simulator, caplog: pytest.LogCaptureFixture) -> None:
    """Who has signed in is asked to do so again, and the former token is deleted, if it still exists."""
    entry = await _signed_in(hass, simulator)
    (former,) = simulator.accounts.clients
    menu: Any = (
        await entry.start_reauth_flow(hass) if isinstance(entry, MockConfigEntry) else await _reauth(hass, entry)
    )
    assert (menu["type"], menu["menu_options"]) == (FlowResultType.MENU, ["sign_in", "reauth_confirm"])
    form = await submit(hass, menu, {"next_step_id": "sign_in"})
    assert shown_default(form, CONF_ADVANCED) == {CONF_BASE_URL: simulator.url}
    result = await submit(hass, form, person(simulator))
    await settle(hass)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "reauth_successful")
    (token,) = simulator.accounts.clients.values()
    assert token["id"] != former
    assert (entry.data[CONF_CLIENT_ID], entry.data[CONF_CREATED_TOKEN]) == (token["client_id"], token["description"])
    assert await traces(hass, simulator, caplog) == []


@pytest.mark.usefixtures("_no_set_up")
async def test_a_token_instead(hass: HomeAssistant, simulator: Simulator) -> None:
    """With another token, the one of the sign-in is deleted. The same one with its secret is kept."""
    simulator.settings.update({"clients_manage_clients": True})
    entry = await _signed_in(hass, simulator)
    before = dict(entry.data)
    form = await submit(hass, await _reauth(hass, entry), {"next_step_id": "reauth_confirm"})
    same = {key: before[key] for key in (CONF_CLIENT_ID, CONF_CLIENT_SECRET)}
    await submit(hass, form, {**same, CONF_ADVANCED: {CONF_BASE_URL: simulator.url}})
    await settle(hass)
    assert dict(entry.data) == before
    assert len(simulator.accounts.clients) == 1
    form = await submit(hass, await _reauth(hass, entry), {"next_step_id": "reauth_confirm"})
    other = {CONF_CLIENT_ID: simulator.client_id, CONF_CLIENT_SECRET: simulator.client_secret}
    await submit(hass, form, {**other, CONF_ADVANCED: {CONF_BASE_URL: simulator.url}})
    await settle(hass)
    assert (entry.data[CONF_CLIENT_ID], entry.data[CONF_CREATED_TOKEN]) == (simulator.client_id, None)
    assert simulator.accounts.clients == {}
    form = await _reauth(hass, entry)
    assert form["step_id"] == "reauth_confirm"


async def _reauth(hass: HomeAssistant, entry: ConfigEntry[Any]) -> ConfigFlowResult:
    entry.async_start_reauth(hass)
    await settle(hass)
    (flow,) = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    return await hass.config_entries.flow.async_configure(flow["flow_id"])
