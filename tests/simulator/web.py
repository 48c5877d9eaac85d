"""The HTTP side of the API: paths, tokens, faults and the request log."""

import asyncio
from collections.abc import Callable
from email.utils import formatdate
import json
import random
import time
from typing import TYPE_CHECKING, Any

from aiohttp import web

from .control import add_control_routes
from .floor_plans import PATH, picture
from .graphql_api import operation_name, root_fields
from .identifiers import ALPHABET
from .questions import BadRequestError, read_question
from .requests_log import RequestRecord
from .running import RunningRequests
from .settings import Fault, Json
from .stats import heatmap

if TYPE_CHECKING:
    from .simulator import Simulator

_SCOPE = "read:spaces read:rooms read:sensors read:hives"
_KEPT = 20_000
_MAX_BODY = 16 * 1024 * 1024

type Answer = tuple[int, bytes]
type Handler = Callable[[Any], Answer]


class Web:
    """Serves a simulator over HTTP."""

    def __init__(self, simulator: Simulator) -> None:
        """Prepare the routes."""
        self._simulator = simulator
        self._tokens: dict[str, float] = {}
        # Tokens of logins with a password.
        self._of_persons: set[str] = set()
        self._rng = random.Random(f"{simulator.unique}/tokens")
        self._runner: web.AppRunner | None = None
        self._running: RunningRequests
        self._url = ""

    @property
    def url(self) -> str:
        """Return the base URL.

        Raises:
            RuntimeError: the server does not run.
        """
        if not self._url:
            raise RuntimeError("the simulator is not started")
        return self._url

    async def start(self, host: str, port: int) -> None:
        """Listen."""
        app = web.Application(client_max_size=_MAX_BODY)
        app.add_routes(
            [
                web.post("/api/v2/login", self._sign_in),
                web.post("/api/v2/clients/login", self._login),
                web.post("/api/v1/client", self._clients),
                web.get("/api/v1/client", self._clients),
                web.delete("/api/v1/client/{client_id}", self._clients),
                web.post("/api/v3/graphql", self._graphql),
                web.post("/api/v3/reporting", self._reporting),
                web.post("/api/v4/reporting/stats", self._stats),
                web.post("/v3/detections", self._heatmap),
                web.post("/api/v3/detections", self._heatmap),
                web.get(PATH, self._floor_plan),
            ]
        )
        add_control_routes(app, self._simulator)
        app.on_response_prepare.append(self._date)
        self._running = RunningRequests(app)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        await site.start()
        address = self._runner.addresses[0]
        name = f"[{address[0]}]" if ":" in address[0] else address[0]
        self._url = f"http://{name}:{address[1]}"

    async def stop(self) -> None:
        """Stop listening, and end every request that is still being handled."""
        if self._runner is not None:
            await self._runner.cleanup()
            await self._running.stop()
            self._runner = None
            self._url = ""

    async def _date(self, request: web.Request, response: web.StreamResponse) -> None:
        """Date an answer by the simulator's clock, which need not be the host's."""
        response.headers["Date"] = formatdate(self._simulator.now() / 1000, usegmt=True)

    def forget_tokens(self) -> None:
        """Make every token invalid."""
        self._tokens.clear()

    # --- endpoints --------------------------------------------------------------------------------------------------

    async def _login(self, request: web.Request) -> web.StreamResponse:
        """Exchange client credentials for a token."""

        def answer(body: Any) -> Answer:
            """Check the credentials."""
            simulator = self._simulator
            if not isinstance(body, dict) or body.get("grant_type") != "client_credentials":
                return _problem(400, "invalid_request", "grant_type must be client_credentials")
            given = (body.get("client_id"), body.get("client_secret"))
            known = given == (simulator.client_id, simulator.client_secret) or simulator.accounts.knows(*given)
            if not known or body.get("audience") != "https://butlrauth/":
                return _problem(401, "access_denied", "Unauthorized")
            return 200, _bytes(self._new_token("m2m", _SCOPE))

        return await self._serve(request, "login", lambda body: ("login", 0), answer, open_to_all=True)

    async def _sign_in(self, request: web.Request) -> web.StreamResponse:
        """Exchange a person's e-mail address and password for a token."""

        def answer(body: Any) -> Answer:
            if not self._simulator.accounts.is_person(body):
                return _problem(403, "invalid_grant", "Wrong email or password.")
            content = self._new_token("user", "openid email profile offline_access")
            self._of_persons.add(content["access_token"])
            return 200, _bytes({**content, "refresh_token": "v1.refresh", "id_token": "eyJhbGciOiJSUzI1NiJ9.id"})

        response = await self._serve(request, "sign_in", lambda body: ("sign_in", 0), answer, open_to_all=True)
        response.set_cookie("session", "of-a-person")
        return response

    async def _clients(self, request: web.Request) -> web.StreamResponse:
        """Create, list or delete API tokens."""
        token = request.headers.get("Authorization", "").partition(" ")[2]

        def answer(body: Any) -> Answer:
            status, content = self._simulator.accounts.answer(
                request.method, request.match_info.get("client_id"), body, by_client=token not in self._of_persons
            )
            return status, b"" if status == 204 else _bytes(content)

        return await self._serve(request, "clients", lambda body: (f"clients_{request.method}", 0), answer)

    def _new_token(self, kind: str, scope: str) -> Json:
        """Return the answer to a login."""
        token = f"eyJhbGciOiJSUzI1NiJ9.{''.join(self._rng.choices(ALPHABET, k=24))}.{kind}"
        life = self._simulator.settings.token_life
        self._tokens[token] = time.time() + life
        return {"access_token": token, "scope": scope, "expires_in": int(life), "token_type": "Bearer"}

    async def _graphql(self, request: web.Request) -> web.StreamResponse:
        """Execute a GraphQL document."""

        def about(body: Any) -> tuple[str, int]:
            """Name the operation."""
            if not isinstance(body, dict):
                return "invalid", 0
            return operation_name(body), _named_ids(body.get("variables"))

        def answer(body: Any) -> Answer:
            """Execute, unless webhooks are none of this client's business."""
            if not isinstance(body, dict):
                return 400, _bytes({"errors": [{"message": "invalid request"}], "data": None})
            graphql = self._simulator.graphql
            webhooks = graphql.touches_webhooks(str(body.get("query")))
            if webhooks and self._simulator.settings.webhook_permission == "403":
                return _problem(403, "forbidden", "insufficient scope")
            return graphql.answer(body)

        return await self._serve(request, "graphql", about, answer)

    async def _reporting(self, request: web.Request) -> web.StreamResponse:
        """Answer a reporting question."""

        def about(body: Any) -> tuple[str, int]:
            """Name the measurements."""
            chosen = body.get("filter") if isinstance(body, dict) else None
            if not isinstance(chosen, dict) or not isinstance(chosen.get("measurements"), list):
                return "invalid", 0
            lists = [item.get("eq") for item in chosen.values() if isinstance(item, dict)]
            return ",".join(map(str, chosen["measurements"])), sum(len(ids) for ids in lists if isinstance(ids, list))

        def answer(body: Any) -> Answer:
            """Read and answer."""
            simulator = self._simulator
            simulator.catch_up()
            question = read_question(body, simulator.now())
            if self._overloads(simulator.reporting.weight(question)):
                return _problem(504, "timeout", "the service is overloaded")
            return 200, _bytes(simulator.reporting.answer(question))

        return await self._serve(request, "reporting", about, answer)

    async def _stats(self, request: web.Request) -> web.StreamResponse:
        """Answer a statistics question."""

        def about(body: Any) -> tuple[str, int]:
            """Name the measurements."""
            if not isinstance(body, dict):
                return "invalid", 0
            return ",".join(map(str, body.get("measurements") or [])), len(body.get("items") or [])

        def answer(body: Any) -> Answer:
            """Read and answer."""
            simulator = self._simulator
            simulator.catch_up()
            if self._overloads(simulator.stats.weight(body, simulator.now())):
                return _problem(504, "timeout", "the service is overloaded")
            return 200, _bytes(simulator.stats.answer(body, simulator.now()))

        return await self._serve(request, "stats", about, answer)

    async def _heatmap(self, request: web.Request) -> web.StreamResponse:
        """Answer a heatmap question."""

        def answer(body: Any) -> Answer:
            """Read and answer."""
            simulator = self._simulator
            simulator.catch_up()
            if simulator.settings.heatmap_path not in ("both", request.path):
                return _problem(404, "not_found", "no such path")
            return 200, _bytes(heatmap(simulator.world, body, simulator.now(), simulator.settings.heatmap_shape))

        return await self._serve(request, "stats", lambda body: ("heatmap", 1), answer)

    async def _floor_plan(self, request: web.Request) -> web.StreamResponse:
        """Return the picture of a floor, to anybody who knows its address."""
        simulator = self._simulator
        content = picture(simulator.estate, request.match_info["floor_id"]) if simulator.settings.floor_plans else None
        status = 200 if content else 404
        simulator.requests.append(RequestRecord(simulator.now(), request.path, "floor_plan", 0, status))
        return web.Response(status=status, body=content, content_type="image/svg+xml")

    # --- what all have in common ------------------------------------------------------------------------------------

    async def _serve(
        self,
        request: web.Request,
        endpoint: str,
        about: Callable[[Any], tuple[str, int]],
        handler: Handler,
        *,
        open_to_all: bool = False,
    ) -> web.StreamResponse:
        """Apply faults, check the token, answer, edit the answer, and log."""
        begun = time.perf_counter()
        simulator = self._simulator
        try:
            body = await request.json()
        except ValueError, UnicodeDecodeError:
            body = None
        kind, ids = about(body)
        fault = simulator.faults.of(endpoint)
        record = RequestRecord(simulator.now(), request.path, kind, ids, 0)
        simulator.requests.append(record)
        del simulator.requests[:-_KEPT]
        headers: dict[str, str] = {}
        struck = fault.strikes(self._rng)
        if struck:
            record.fault = fault.mode
            if fault.mode == "drop":
                if request.transport is not None:
                    request.transport.abort()
                return web.Response(status=500)
            if fault.mode == "hang":
                simulator.hung()
                await asyncio.sleep(fault.seconds)
            if fault.mode == "429" and fault.retry_after is not None:
                headers["Retry-After"] = f"{fault.retry_after:g}"
        planned = _faulty(endpoint, fault, body) if struck else None
        if planned is not None:
            status, content = planned
        elif not open_to_all and not self._authorised(request):
            status, content = self._unauthenticated(endpoint)
        else:
            status, content = self._handled(handler, body)
            if struck and fault.mode == "graphql_errors":
                content = _with_errors(content)
            if status in (200, 201):
                content = simulator.edits.apply(kind, content)
        record.status = status
        record.milliseconds = round((time.perf_counter() - begun) * 1000, 3)
        return web.Response(status=status, body=content, headers=headers, content_type="application/json")

    def _overloads(self, weight: float) -> bool:
        """Return whether a question is too much."""
        return 0 < self._simulator.settings.overload_limit < weight

    @staticmethod
    def _handled(handler: Handler, body: Any) -> Answer:
        """Let the handler answer; an invalid request gets a 400."""
        try:
            return handler(body)
        except BadRequestError as error:
            text = "Invalid time range" if "time" in str(error).lower() else "Invalid request"
            return 400, _bytes({"error": text, "code": 400, "details": str(error)})

    def _authorised(self, request: web.Request) -> bool:
        """Return whether the request has a token that is still good."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        return scheme.lower() == "bearer" and self._tokens.get(token, 0) > time.time()

    def _unauthenticated(self, endpoint: str) -> Answer:
        """Return what a request without a good token gets."""
        if endpoint == "graphql" and self._simulator.settings.graphql_unauthenticated == "errors":
            error = {"message": "token is expired", "extensions": {"code": "UNAUTHENTICATED"}}
            return 200, _bytes({"errors": [error], "data": None})
        return _problem(401, "unauthorized", "token is expired")


def _faulty(endpoint: str, fault: Fault, body: Any) -> Answer | None:
    """Return the answer that a fault dictates; None = the usual one."""
    match fault.mode:
        case "401" | "403" | "404" | "429" | "500" | "504":
            return _problem(int(fault.mode), f"planned_{fault.mode}", "planned fault")
        case "garbage":
            return 200, b"<html><body>Bad gateway</body></html>"
        case "empty" if endpoint == "graphql":
            fields = root_fields(body) if isinstance(body, dict) else []
            lists = {name: [] if name in ("tags", "webhooks") else {"data": []} for name in fields}
            return 200, _bytes({"data": lists})
        case "empty":
            empty: Json = {"reporting": {"data": []}, "stats": {"data": {}}}
            return 200, _bytes(empty.get(endpoint, {}))
        case _:
            return None


def _with_errors(content: bytes) -> bytes:
    """Return an answer with half of its lists missing and errors beside the data."""
    whole = json.loads(content)
    data = whole.get("data")
    path: list[str | int] = []
    for name, value in (data or {}).items() if isinstance(data, dict) else ():
        path = [name]
        if isinstance(value, dict) and isinstance(rows := value.get("data"), list):
            del rows[len(rows) // 2 :]
            path += ["data", len(rows)]
        elif isinstance(value, list):
            del value[len(value) // 2 :]
    error = {"message": "failed to load", "path": path, "extensions": {"code": "INTERNAL_SERVER_ERROR"}}
    return _bytes({"errors": [error], **whole})


def _named_ids(variables: Any) -> int:
    """Return how many ids the variables of a request name."""
    if not isinstance(variables, dict):
        return 0
    return sum(len(value) for value in variables.values() if isinstance(value, list))


def _problem(status: int, code: str, description: str) -> Answer:
    """Return an error answer."""
    return status, _bytes({"error": code, "error_description": description})


def _bytes(content: Any) -> bytes:
    """Return JSON as sent."""
    return json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()
