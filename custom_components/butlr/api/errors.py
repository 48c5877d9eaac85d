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


class ButlrTooLargeError(ButlrResponseError):
    """An answer is larger than anything that was asked for."""

    def __init__(self, most: int) -> None:
        """Say how large an answer may be, in bytes."""
        super().__init__(f"The answer is larger than {most // (1024 * 1024)} MiB")


class ButlrAddressError(ButlrError):
    """The address of the API is none that credentials may be sent to; nothing was sent."""


class ButlrBadRequestError(ButlrResponseError):
    """The service does not understand what was asked (HTTP 400)."""


class ButlrNotFoundError(ButlrResponseError):
    """There is nothing at that address (HTTP 404)."""


class ButlrNoSitesError(ButlrResponseError):
    """The credentials see no site at all."""


class ButlrOtherOrganizationError(ButlrResponseError):
    """An estate is that of another organization than the one that was asked for."""

    def __init__(self) -> None:
        """Name neither of the two: the text is shown."""
        super().__init__("The answer is about another organization than the one that was set up")


class ButlrGraphQLError(ButlrResponseError):
    """A GraphQL answer with an `errors` list; `data` may stand beside it (docs: graphql-api-overview)."""

    def __init__(self, errors: Sequence[Any], data: object = None, *, status: int = 200) -> None:
        """Keep the errors for those who can use them; the exception text names their codes only."""
        self.errors = [error for error in errors if isinstance(error, dict)]
        self.count = len(errors)
        self.data = data if isinstance(data, dict) else None
        # The HTTP status that they came with.
        self.status = status
        self.codes = tuple(sorted({code for error in self.errors if (code := _code(error))}))
        super().__init__(f"GraphQL answered {len(errors)} error(s): {', '.join(self.codes) or 'no code'}")

    @property
    def is_forbidden(self) -> bool:
        """Whether the credentials do not allow this."""
        return "FORBIDDEN" in self.codes

    @property
    def is_certain(self) -> bool:
        """Whether a code says that the request is refused as it stands."""
        return any(map(_REFUSING_CODE.search, self.codes))

    @property
    def is_refusal(self) -> bool:
        """Whether it is about what was asked, and not about a service that fails for now.

        Where no known code says so (those of resolvers carry none unless somebody adds one), it is what answers a
        mutation as a whole, or what comes with a status that blames the request; unless something in it speaks of a
        service that fails.
        """
        if self.is_certain:
            return True
        if any(map(_blames_the_service, self.errors)):
            return False
        return self.status in _REFUSING_STATUSES or any(map(_answers_a_mutation, self.errors))

    @property
    def is_about_variables(self) -> bool:
        """Whether what was asked was not even understood: variables are checked before anything runs."""
        return any(isinstance(path := error.get("path"), list) and path[:1] == ["variable"] for error in self.errors)

    @property
    def speaks_of_rights(self) -> bool:
        """Whether an error without a code says in words that the credentials do not allow this."""
        return not self.codes and any(_RIGHTS.search(_message(error)) for error in self.errors)

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


_REFUSING_CODE = re.compile(
    r"BAD_USER_INPUT|VALIDATION|INVALID|BAD_REQUEST|UNPROCESSABLE|CONFLICT|EXISTS|DUPLICATE|QUOTA", re.IGNORECASE
)
_REFUSING_STATUSES = frozenset({400, 409, 422})
_MUTATIONS = frozenset({"createWebhooks", "updateWebhooks"})
# What codes and messages have in them when it is the service that fails. Messages are read for this alone.
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
_RIGHTS = re.compile(r"permission|forbidden|access denied|not (?:allowed|authori[sz]ed|permitted)|scope", re.IGNORECASE)
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
    """Tell whether an error speaks of a service that fails for now, or of credentials, and not of what was asked."""
    extensions = error.get("extensions")
    code = extensions.get("code") if isinstance(extensions, dict) else None
    if code is None:
        return bool(_FAILING_MESSAGE.search(_message(error)))
    return bool(_FAILING_CODE.search(str(code).upper()))


def _answers_a_mutation(error: dict[str, Any]) -> bool:
    """Tell whether an error stands where a mutation's answer should; a deeper one is about a part of the answer."""
    path = error.get("path")
    if not isinstance(path, list) or not path or path[0] not in _MUTATIONS:
        return False
    return not any(isinstance(part, str) for part in path[1:])
