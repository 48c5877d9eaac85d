"""A bare client, for the simulator's own tests and for trying things by hand."""

from types import TracebackType
from typing import Any, Self

import aiohttp

from .settings import Json
from .simulator import Simulator
from .timeline import rfc3339


class Client:
    """Talks to a running simulator as a customer's program would; no retries."""

    def __init__(self, simulator: Simulator) -> None:
        """Use this simulator."""
        self._simulator = simulator
        self._session: aiohttp.ClientSession | None = None
        self.token = ""

    async def __aenter__(self) -> Self:
        """Open and log in."""
        self._session = aiohttp.ClientSession()
        status, body = await self.login()
        if status == 200:
            self.token = body["access_token"]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        if self._session is not None:
            await self._session.close()

    async def request(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Send a request; return status and JSON."""
        assert self._session is not None
        headers = {"Authorization": f"Bearer {self.token}"}
        url = self._simulator.url + path
        async with self._session.request(method, url, json=body, headers=headers) as response:
            return response.status, await response.json(content_type=None)

    async def login(self, **changes: Any) -> tuple[int, Any]:
        """Log in with the right credentials, or with changed ones."""
        body = {
            "client_id": self._simulator.client_id,
            "client_secret": self._simulator.client_secret,
            "audience": "https://butlrauth/",
            "grant_type": "client_credentials",
        }
        return await self.request("POST", "/api/v2/clients/login", body | changes)

    async def graphql(self, query: str, **variables: Any) -> Json:
        """Execute a document; return the body whatever the status."""
        _, body = await self.request("POST", "/api/v3/graphql", {"query": query, "variables": variables})
        assert isinstance(body, dict)
        return body

    async def reporting(
        self,
        measurement: str,
        *,
        minutes: float = 5,
        every: str = "1m",
        function: str = "median",
        zero: bool = True,
        group_by: Json | None = None,
        window: Json | None = None,
        **chosen: Any,
    ) -> Any:
        """Ask for the last minutes; return `data`. Lists among the filters are wrapped as the API wants them."""
        now = self._simulator.now()
        filters: Json = {
            "measurements": [measurement],
            "start": rfc3339((now - round(minutes * 60_000)) // 60_000 * 60_000),
            "stop": rfc3339(now),
        }
        for name, value in chosen.items():
            filters[name] = {"eq": value} if isinstance(value, list) else value
        if zero:
            filters.setdefault("value", {"gte": 0})
        body: Json = {"filter": filters, "window": {"every": every, "function": function, **(window or {})}}
        if group_by is not None:
            body["group_by"] = group_by
        status, answer = await self.request("POST", "/api/v3/reporting", body)
        assert status == 200, answer
        return answer["data"]
