"""The few errors of the Butlr cloud that a caller can act on.

No message holds a credential, a token, or a text that the server wrote: such texts may repeat what was sent to it.
"""

from collections.abc import Sequence
import re
from typing import Any


class ButlrError(Exception):
    """Anything that kept the Butlr cloud from answering a question."""


class ButlrAuthError(ButlrError):
    """The credentials were refused: only new ones help."""


class ButlrForbiddenError(ButlrAuthError):
    """The credentials are good, but they do not allow this request, not even with a fresh token."""


class ButlrRateLimitError(ButlrError):
    """Too many requests (HTTP 429)."""

    def __init__(self, retry_after: float) -> None:
        """Remember how many seconds the server wants to be left alone."""
        super().__init__(f"Too many requests; try again in {retry_after:.0f} s")
        self.retry_after = retry_after


class ButlrConnectionError(ButlrError):
    """No usable answer came: network, time-out, or a server error (5xx). Trying later helps."""


class ButlrTimeoutError(ButlrConnectionError):
    """No answer came in time: the network, the service, or a question that was too large."""


class ButlrOverloadedError(ButlrConnectionError):
    """The question was too large or the service too busy (HTTP 504)."""


class ButlrResponseError(ButlrError):
    """An answer came that makes no sense: a refused request (4xx), no JSON, or not the documented shape."""


class ButlrBadRequestError(ButlrResponseError):
    """The service does not understand what was asked (HTTP 400)."""


class ButlrNotFoundError(ButlrResponseError):
    """There is nothing at that address (HTTP 404)."""


class ButlrNoSitesError(ButlrResponseError):
    """The credentials see no site at all."""


class ButlrGraphQLError(ButlrResponseError):
    """A GraphQL answer with an `errors` list; `data` may stand beside it (docs: graphql-api-overview)."""

    def __init__(self, errors: Sequence[Any], data: object = None) -> None:
        """Keep the errors for those who can use them; the exception text names their codes only."""
        self.errors = [error for error in errors if isinstance(error, dict)]
        self.data = data if isinstance(data, dict) else None
        self.codes = tuple(sorted({code for error in self.errors if (code := _code(error))}))
        super().__init__(f"GraphQL answered {len(errors)} error(s): {', '.join(self.codes) or 'no code'}")

    @property
    def is_forbidden(self) -> bool:
        """Whether the credentials do not allow this."""
        return "FORBIDDEN" in self.codes

    @property
    def is_refusal(self) -> bool:
        """Whether it is about what was asked, and not about a service that fails for now."""
        return not _REFUSALS.isdisjoint(self.codes)

    def refused_fields(self) -> frozenset[str]:
        """Return the input fields that the errors are about, as well as their layout tells.

        A path ends in the field; without one the message says `Field 'x'` or merely has the name in it.
        """
        named: set[str] = set()
        for error in self.errors:
            message, path = str(error.get("message", "")), error.get("path")
            fields = [part for part in path if isinstance(part, str)] if isinstance(path, list) else []
            if len(fields) > 2:  # more than `variable`, `input`
                named.add(fields[-1])
            else:
                named.update(_FIELD.findall(message) or _WORD.findall(message))
        return frozenset(named)


_REFUSALS = frozenset({"BAD_USER_INPUT", "GRAPHQL_VALIDATION_FAILED"})
_FIELD = re.compile(r"[Ff]ield\W+(\w+)")
_WORD = re.compile(r"\w+")


def _code(error: dict[str, Any]) -> str | None:
    extensions = error.get("extensions")
    code = extensions.get("code") if isinstance(extensions, dict) else None
    return code if isinstance(code, str) and code.replace("_", "").isalnum() else None
