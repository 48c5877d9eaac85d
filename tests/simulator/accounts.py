"""Accounts and their API tokens: a password login, and tokens that are created, listed and deleted."""

import random
from typing import Any

from .identifiers import new_id
from .settings import Json, Settings

EMAIL = "facilities@example.com"


class Accounts:
    """One person with a password, and the API tokens that were created through the API."""

    def __init__(self, settings: Settings, seed: int) -> None:
        """Begin without API tokens."""
        self._settings = settings
        self._rng = random.Random(f"{seed}/accounts")
        self.email = EMAIL
        self.password = f"pass word {new_id(self._rng, 'p')} ß"
        self.clients: dict[str, Json] = {}
        """The API tokens, by the id by which they are listed and deleted."""

    def knows(self, client_id: object, client_secret: object) -> bool:
        """Return whether an API token has these credentials."""
        pairs = ((one["client_id"], one["client_secret"]) for one in self.clients.values())
        return (client_id, client_secret) in pairs

    def is_person(self, body: Any) -> bool:
        """Return whether a login has the right e-mail address and password, and nothing else."""
        return bool(body == {"username": self.email, "password": self.password})

    def answer(self, method: str, client_id: str | None, body: Any, *, by_client: bool) -> tuple[int, Any]:
        """Create, list or delete API tokens; return status and content."""
        if by_client and not self._settings.clients_manage_clients:
            return 403, _problem("forbidden")
        if method == "POST":
            return self._create(body)
        if client_id is None:
            keys = ("id", "name", "description")
            return 200, [{key: one[key] for key in keys} for one in self.clients.values()]
        if client_id not in self.clients:
            return 404, _problem("CLIENT_NOT_FOUND")
        del self.clients[client_id]
        return 204, {}

    def _create(self, body: Any) -> tuple[int, Json]:
        given = body if isinstance(body, dict) else {}
        name, description = given.get("name"), given.get("description")
        if not isinstance(name, str) or not isinstance(description, str) or len(given) > 2:
            return 400, _problem("INVALID_REQUEST")
        client_id = new_id(self._rng, "client")
        of_list = client_id if self._settings.client_key == "client_id" else new_id(self._rng, "c").lower()
        client = {
            "id": of_list,
            "name": name,
            "description": description,
            "client_id": client_id,
            "client_secret": new_id(self._rng, "minted"),
        }
        self.clients[of_list] = client
        return 201, {key: value for key, value in client.items() if key != "id"}


def _problem(code: str) -> Json:
    return {"error": {"code": code, "message": "refused"}}
