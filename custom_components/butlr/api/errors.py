"""The errors of the Butlr cloud that a caller can act on.

No message contains a credential, a token, or text written by the server, which may repeat what was sent to it.
"""

from collections.abc import Sequence
import re
from typing import Any


class ButlrError(Exception):
    """The Butlr cloud did not answer a request."""


class ButlrAuthError(ButlrError):
    """The credentials were refused; only new ones help."""


class ButlrForbiddenError(ButlrAuthError):
    """The credentials are valid but do not allow this request, even with a new token."""


class ButlrRateLimitError(ButlrError):
    """Too many requests (HTTP 429)."""

    def __init__(self, retry_after: float) -> None:
        """Store the seconds for which the server asked not to receive requests."""
        super().__init__(f"Too many requests; try again in {retry_after:.0f} s")
        self.retry_after = retry_after


class ButlrConnectionError(ButlrError):
    """No usable answer: a network error, a timeout, or a server error (5xx). A later retry may succeed."""


class ButlrTimeoutError(ButlrConnectionError):
    """No answer in time: the network, the service, or a request that was too large."""


class ButlrOverloadedError(ButlrConnectionError):
    """The request was too large or the service too busy (HTTP 504)."""


class ButlrResponseError(ButlrError):
    """An unusable answer: a refused request (4xx), malformed JSON, or an undocumented shape."""


class ButlrTooLargeError(ButlrResponseError):
    """An answer is larger than any legitimate one."""

    def __init__(self, limit: int) -> None:
        """Store the limit in bytes."""
        super().__init__(f"The answer is larger than {limit // (1024 * 1024)} MiB")


class ButlrAddressError(ButlrError):
    """Credentials may not be sent to the address of the API; nothing was sent."""


class ButlrUnencryptedError(ButlrAddressError):
    """A password may not be sent to the address, because others could read it on the way; nothing was sent."""

    def __init__(self) -> None:
        """Leave out the address."""
        super().__init__("The address of the Butlr API is not encrypted")


class ButlrBadRequestError(ButlrResponseError):
    """The service does not understand the request (HTTP 400)."""


class ButlrNotFoundError(ButlrResponseError):
    """Nothing exists at the address (HTTP 404)."""


class ButlrNoSitesError(ButlrResponseError):
    """The credentials see no sites."""


class ButlrOtherOrganizationError(ButlrResponseError):
    """The estate belongs to another organization than the configured one."""

    def __init__(self) -> None:
        """Leave out both organizations, since the text is shown to users."""
        super().__init__("The answer is about another organization than the one that was set up")


class ButlrGraphQLError(ButlrResponseError):
    """A GraphQL answer with an `errors` list, possibly along with `data` (docs: graphql-api-overview)."""

    def __init__(self, errors: Sequence[Any], data: object = None, *, status: int = 200) -> None:
        """Keep the errors for callers; the exception text contains only their codes."""
        self.errors = [error for error in errors if isinstance(error, dict)]
        self.count = len(errors)
        self.data = data if isinstance(data, dict) else None
        # The HTTP status of the answer.
        self.status = status
        self.codes = tuple(sorted({code for error in self.errors if (code := _code(error))}))
        super().__init__(f"GraphQL answered {len(errors)} error(s): {', '.join(self.codes) or 'no code'}")

    @property
    def is_forbidden(self) -> bool:
        """Whether the credentials do not allow this."""
        return "FORBIDDEN" in self.codes

    @property
    def is_certain(self) -> bool:
        """Whether a code says that the request is refused as it is."""
        return any(map(_REFUSING_CODE.search, self.codes))

    # UNVERIFIED: how a subscription is refused: with a code, a path, or an HTTP status
    @property
    def is_refusal(self) -> bool:
        """Whether the request itself was refused, rather than the service failing temporarily.

        Without a known code (resolvers need not send one), an error counts as a refusal if it replaces the answer to a
        mutation or has a status that blames the request, unless its code or message describes a failing service.
        """
        if self.is_certain:
            return True
        if any(map(_blames_the_service, self.errors)):
            return False
        return self.status in _REFUSING_STATUSES or any(map(_answers_a_mutation, self.errors))

    @property
    def is_about_variables(self) -> bool:
        """Whether the variables were invalid; they are checked before anything runs."""
        return any(isinstance(path := error.get("path"), list) and path[:1] == ["variable"] for error in self.errors)

    @property
    def mentions_permissions(self) -> bool:
        """Whether an error without a code has a message that the credentials do not allow this."""
        return not self.codes and any(_PERMISSIONS.search(_message(error)) for error in self.errors)

    # UNVERIFIED: that error paths or messages name the refused input fields
    def refused_fields(self) -> frozenset[str]:
        """Return the input fields that the errors are about, as far as they can be recognized.

        The path ends in the field. Without a path, the message says `Field 'x'` or merely contains the name.
        """
        named: set[str] = set()
        for error in self.errors:
            message, path = str(error.get("message", "")), error.get("path")
            fields = [part for part in path if isinstance(part, str)] if isinstance(path, list) else []
            if len(fields) > 2:  # longer than `variable`, `input`
                named.add(fields[-1])
            else:
                named.update(_FIELD.findall(message) or _WORD.findall(message))
        return frozenset(named)


_REFUSING_CODE = re.compile(
    r"BAD_USER_INPUT|VALIDATION|INVALID|BAD_REQUEST|UNPROCESSABLE|CONFLICT|EXISTS|DUPLICATE|QUOTA", re.IGNORECASE
)
_REFUSING_STATUSES = frozenset({400, 409, 422})
_MUTATIONS = frozenset({"createWebhooks", "updateWebhooks"})
# Patterns in the codes and messages of a failing service.
_FAILING_CODE = re.compile(
    r"INTERNAL|UNAVAILABLE|TIMEOUT|TIMED_OUT|DEADLINE|THROTTL|RATE_?LIMIT|TOO_MANY_REQUESTS|OVERLOAD|DOWNSTREAM"
    r"|UNAUTHENTICATED|UNAUTHORIZED|FORBIDDEN|NOT_FOUND|ABORTED|CANCELL?ED|^UNKNOWN$|^(?:401|403|404|408|429|5\d\d)$"
)
_FAILING_MESSAGE = re.compile(
    r"\binternal (?:\w+ )?error|\btime-?out\b|\btimed out\b|\bdeadline exceeded|\bcontext cancell?ed|\btemporar"
    r"|\b(?:service|server)(?: \w+)* unavailable|\bconnection (?:refused|reset|closed)|\btry again (?:later|in)"
    r"|\boverloaded|\btoo many requests|\brate limit|\bwebhook(?: \S+)? not found|\btoken is\b|\bunauthenticated"
    r"|\bunexpected (?:eof|error)|\bsomething went wrong",
    re.IGNORECASE,
)
# UNVERIFIED: the words of an error about missing permissions
_PERMISSIONS = re.compile(
    r"permission|forbidden|access denied|not (?:allowed|authori[sz]ed|permitted)|scope", re.IGNORECASE
)
_FIELD = re.compile(r"[Ff]ield\W+(\w+)")
_WORD = re.compile(r"\w+")


def _code(error: dict[str, Any]) -> str | None:
    extensions = error.get("extensions")
    code = extensions.get("code") if isinstance(extensions, dict) else None
    return code if isinstance(code, str) and code.replace("_", "").isalnum() else None


def _message(error: dict[str, Any]) -> str:
    message = error.get("message")
    return message if isinstance(message, str) else ""


def _blames_the_service(error: dict[str, Any]) -> bool:
    """Return whether an error describes a failing service or refused credentials, rather than the request."""
    extensions = error.get("extensions")
    code = extensions.get("code") if isinstance(extensions, dict) else None
    if code is None:
        return bool(_FAILING_MESSAGE.search(_message(error)))
    return bool(_FAILING_CODE.search(str(code).upper()))


def _answers_a_mutation(error: dict[str, Any]) -> bool:
    """Return whether an error replaces a mutation's whole answer; an error at a deeper path is about a part of it."""
    path = error.get("path")
    if not isinstance(path, list) or not path or path[0] not in _MUTATIONS:
        return False
    return not any(isinstance(part, str) for part in path[1:])
