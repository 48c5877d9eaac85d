"""The errors: what they say, what they keep to themselves, and how they are related."""

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
    """A caller may catch the wider error: that an overload can pass is not a matter of credentials."""
    assert {parent for parent in error.__mro__[1:] if issubclass(parent, ButlrError)} == parents


def test_rate_limit() -> None:
    """The text tells the seconds, the attribute exactly."""
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
    """Only what looks like a code is repeated."""
    error = ButlrGraphQLError([{"message": "private", "extensions": extensions}])
    assert error.codes == codes
    assert str(error) == f"GraphQL answered 1 error(s): {', '.join(codes) or 'no code'}"
    assert "private" not in repr(error)


def test_many_errors() -> None:
    """Codes are told once each, in order; what is no error object is counted but not kept."""
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
        # Of a path the last name is the field; the others only lead to it.
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
    """The field that a path ends in, else what the message calls a field, else any word of it."""
    assert ButlrGraphQLError([{}, error, "x"]).refused_fields() == fields
    assert ButlrGraphQLError([]).refused_fields() == frozenset()


def test_several_refused_fields() -> None:
    """Each error tells of its own field."""
    other = {"message": "unknown field", "path": ["variable", "input", 0, "endpointConfig"]}
    assert ButlrGraphQLError([FIELD, other]).refused_fields() == {"eventTypes", "endpointConfig"}
