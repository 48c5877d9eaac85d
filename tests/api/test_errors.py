"""What errors say, what they conceal, and which are subclasses of others."""

from typing import Any

import pytest

from custom_components.butlr.api.errors import (
    ButlrAuthError,
    ButlrConnectionError,
    ButlrError,
    ButlrForbiddenError,
    ButlrGraphQLError,
    ButlrNoSitesError,
    ButlrOverloadedError,
    ButlrRateLimitError,
    ButlrResponseError,
)

from .cloud import example


@pytest.mark.parametrize(
    ("error", "parents"),
    [
        (ButlrAuthError, {ButlrError}),
        (ButlrForbiddenError, {ButlrAuthError, ButlrError}),
        (ButlrRateLimitError, {ButlrError}),
        (ButlrConnectionError, {ButlrError}),
        (ButlrOverloadedError, {ButlrConnectionError, ButlrError}),
        (ButlrResponseError, {ButlrError}),
        (ButlrNoSitesError, {ButlrResponseError, ButlrError}),
        (ButlrGraphQLError, {ButlrResponseError, ButlrError}),
    ],
)
def test_kinship(error: type[ButlrError], parents: set[type[ButlrError]]) -> None:
    """Callers may catch a base class: an overload is retryable and no matter of credentials."""
    assert {parent for parent in error.__mro__[1:] if issubclass(parent, ButlrError)} == parents


def test_rate_limit() -> None:
    """The text has rounded seconds, the attribute exact ones."""
    error = ButlrRateLimitError(29.5)
    assert (str(error), error.retry_after) == ("Too many requests; try again in 30 s", 29.5)


@pytest.mark.parametrize(
    ("extensions", "codes"),
    [
        ({"code": "NOT_FOUND"}, ("NOT_FOUND",)),
        ({"code": "token eyJhbGci.x.y"}, ()),
        ({"code": "eyJhbGci.x.y"}, ()),
        ({"code": ""}, ()),
        ({"code": "___"}, ()),
        ({"code": 5}, ()),
        ({"code": ["NOT_FOUND"]}, ()),
        ({}, ()),
        (None, ()),
        ("NOT_FOUND", ()),
    ],
)
def test_codes(extensions: Any, codes: tuple[str, ...]) -> None:
    """Only what looks like a code is shown."""
    error = ButlrGraphQLError([{"message": "private", "extensions": extensions}])
    assert error.codes == codes
    assert str(error) == f"GraphQL answered 1 error(s): {', '.join(codes) or 'no code'}"
    assert "private" not in repr(error)


def test_many_errors() -> None:
    """Codes are listed once each, in order; malformed errors are counted but not kept."""
    rows = [{"extensions": {"code": code}} for code in ("NOT_FOUND", "BAD_USER_INPUT", "NOT_FOUND")]
    error = ButlrGraphQLError([*rows, "no", None], {"room": None})
    assert error.codes == ("BAD_USER_INPUT", "NOT_FOUND")
    assert str(error) == "GraphQL answered 5 error(s): BAD_USER_INPUT, NOT_FOUND"
    assert (error.errors, error.data) == (rows, {"room": None})
    assert ButlrGraphQLError([]).data is None


FIELD = example("graphql-error-bad-user-input")["errors"][0]


@pytest.mark.parametrize(
    ("error", "fields"),
    [
        (FIELD, {"eventTypes"}),
        # The last name of a path is the field; the others only lead to it.
        (FIELD | {"path": ["variable", "input", 0, "endpoint_config", "http_timeout"]}, {"http_timeout"}),
        (FIELD | {"path": ["variable", "input", 0, "endpoint_config", "http_timeout", 3]}, {"http_timeout"}),
        (FIELD | {"path": ["variable", "input", 0]}, {"unknown", "field"}),
        ({"message": "Field 'http_timeout' is not defined by type 'EndpointConfigInput'."}, {"http_timeout"}),
        (
            {"message": 'got { api_key: 1 } at "input[0].endpoint_config"; Field "httpTimeout" is unknown.'},
            {"httpTimeout"},
        ),
        ({"message": "no field eventTypes, no field apiKey"}, {"eventTypes", "apiKey"}),
        ({"message": "bad event_types"}, {"bad", "event_types"}),
        ({"message": "bad event_types", "path": "variable"}, {"bad", "event_types"}),
        ({"message": "bad", "path": 5}, {"bad"}),
        ({"message": None, "path": None}, {"None"}),
        ({}, set()),
    ],
)
def test_refused_fields(error: dict[str, Any], fields: set[str]) -> None:
    """The field is the end of the path, else what the message calls a field, else any word of it."""
    assert ButlrGraphQLError([{}, error, "x"]).refused_fields() == fields
    assert ButlrGraphQLError([]).refused_fields() == frozenset()


def test_several_refused_fields() -> None:
    """Each error names its own field."""
    other = {"message": "unknown field", "path": ["variable", "input", 0, "endpointConfig"]}
    assert ButlrGraphQLError([FIELD, other]).refused_fields() == {"eventTypes", "endpointConfig"}


def at(*path: Any, message: str = "already there", code: Any = None) -> dict[str, Any]:
    """Return an error as a server writes it."""
    error: dict[str, Any] = {"message": message, "path": list(path)}
    return error | ({"extensions": {"code": code}} if code is not None else {})


@pytest.mark.parametrize(
    ("error", "status", "refuses", "certain"),
    [
        # A code counts, wherever it is.
        (at(code="BAD_USER_INPUT"), 200, True, True),
        (at("variable", "input", 0, "event_types", code="GRAPHQL_VALIDATION_FAILED"), 422, True, True),
        ({"message": "exists", "extensions": {"code": "CONFLICT"}}, 200, True, True),
        (at("createWebhooks", code="ALREADY_EXISTS"), 200, True, True),
        (at("createWebhooks", code="invalid-request"), 200, True, False),
        (at("createWebhooks", code="ONE_IS_ENOUGH"), 200, True, False),
        # Without one, the path or the status decides.
        (at("createWebhooks"), 200, True, False),
        (at("updateWebhooks", 0), 200, True, False),
        (at("createWebhooks", message="too many webhooks"), 200, True, False),
        (at("createWebhooks", message="http_timeout must be between 1 and 15"), 200, True, False),
        (at("createWebhooks", message="you are not allowed to have two"), 200, True, False),
        (at("variable", "input", 0), 400, True, False),
        (at(), 422, True, False),
        ({}, 409, True, False),
        # A part of the answer, another operation, or no particular place.
        (at("createWebhooks", 0, "status"), 200, False, False),
        (at("webhooks"), 200, False, False),
        (at(), 200, False, False),
        ({"message": "no", "path": "createWebhooks"}, 200, False, False),
        # The service or the credentials failed.
        *((at("createWebhooks", code=code), 200, False, False) for code in (
            *("INTERNAL_SERVER_ERROR", "UNAUTHENTICATED", "FORBIDDEN", "NOT_FOUND", "SERVICE_UNAVAILABLE"),
            *("TIMEOUT", "DEADLINE_EXCEEDED", "RATE_LIMITED", "Internal", 503, "429"),
        )),
        *((at("createWebhooks", message=message), 200, False, False) for message in (
            *("internal system error", "Internal server error", "context deadline exceeded", "request timed out"),
            *("dial tcp: connection refused", "Service temporarily unavailable", "please try again later"),
            *("too many requests", "Webhook not found", "webhook webhook_7 not found", "upstream timeout"),
        )),
        (at("createWebhooks", message="internal error"), 422, False, False),
        (at(code="INTERNAL_SERVER_ERROR"), 400, False, False),
    ],
)  # fmt: skip
def test_refusals(error: dict[str, Any], status: int, refuses: bool, certain: bool) -> None:
    """Errors about the request are distinguished from errors of the service, with or without a code."""
    found = ButlrGraphQLError([error], status=status)
    assert (found.is_refusal, found.is_certain) == (refuses, certain)


@pytest.mark.parametrize(
    ("error", "rights"),
    [
        ({"message": "permission denied"}, True),
        ({"message": "Insufficient scope"}, True),
        ({"message": "not authorised"}, True),
        ({"message": "permission denied", "extensions": {"code": "INTERNAL_SERVER_ERROR"}}, False),
        ({"message": None}, False),
        ({"message": "down"}, False),
    ],
)
def test_rights_in_words(error: dict[str, Any], rights: bool) -> None:
    """Without a code, the words decide."""
    assert ButlrGraphQLError([error]).mentions_permissions is rights
