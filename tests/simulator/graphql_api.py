"""GraphQL, executed by graphql-core against the project's schema, so that a wrong query fails as at Butlr."""

from collections import OrderedDict
from functools import cache, lru_cache
import json
from pathlib import Path
import re
import time
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLError,
    GraphQLResolveInfo,
    GraphQLSchema,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    OperationType,
    build_schema,
    default_field_resolver,
    execute_sync,
    parse,
    specified_rules,
    validate,
)
from graphql.utilities import type_from_ast, validate_input_value

from .estate import Estate
from .resolvers import Resolver
from .settings import Json, Settings

_SCHEMA = Path(__file__).with_name("schema.graphql")
_UNKNOWN_FIELD = re.compile(r"not to include unknown field '(\w+)'")
_SNAKE = {
    "event_types: [EventType!]": "eventTypes: [EventType!]",
    "endpoint_config: EndpointConfigInput": "endpointConfig: EndpointConfigInput",
    "http_timeout: Int": "httpTimeout: Int",
    "api_key: ApiKeyInput": "apiKey: ApiKeyInput",
    "basic_auth: BasicAuthInput": "basicAuth: BasicAuthInput",
}
_WEBHOOK_FIELDS = ("webhooks", "createWebhooks", "updateWebhooks", "deleteWebhooks")
_CACHED = 32


@cache
def _sdl(webhook_input: str, minute_suffix: str, webhook_status: str) -> str:
    """Return the schema with the spelling of the webhook inputs, and the `status` of webhooks, that are wanted."""
    schema = _SCHEMA.read_text(encoding="utf-8")
    if webhook_status == "unknown":
        schema = schema.replace("  status: Boolean\n", "")
    head, *inputs = re.split(r"(?=^input )", schema, flags=re.MULTILINE)
    spelled = []
    for part in inputs:
        body, brace, rest = part.partition("}")
        text = body
        if "WebhookUpdateInput" in body and webhook_status in ("settable", "ignored"):
            text += "  status: Boolean\n"
        for snake, camel in _SNAKE.items():
            dropped, kept = (camel, snake) if webhook_input == "snake" else (snake, camel)
            if webhook_input != "both":
                text = re.sub(rf"^  {re.escape(dropped)}\n", "", text, flags=re.MULTILINE)
                if "WebhookCreateInput" in body and kept.startswith(("event", "endpoint")):
                    text = re.sub(rf"^  {re.escape(kept)}$", f"  {kept}!", text, flags=re.MULTILINE)
        spelled.append(text + brace + rest)
    return "".join([head, *spelled]).replace("_1MIN\n", f"_{minute_suffix}\n")


@cache
def _schema(webhook_input: str, minute_suffix: str, webhook_status: str) -> GraphQLSchema:
    """Return a schema, built once: that takes longer than most answers, and so does checking documents against it."""
    return build_schema(_sdl(webhook_input, minute_suffix, webhook_status))


class GraphQLApi:
    """Executes documents and words the errors as Butlr does."""

    def __init__(self, estate: Estate, settings: Settings, *resolvers: dict[str, dict[str, Resolver]]) -> None:
        """Answer with these resolvers."""
        self._estate = estate
        self._settings = settings
        self._resolvers = {
            (type_name, name): resolver
            for each in resolvers
            for type_name, fields in each.items()
            for name, resolver in fields.items()
        }
        self._answers: OrderedDict[object, bytes] = OrderedDict()

    def schema(self) -> GraphQLSchema:
        """Return the schema in the spelling that is set."""
        settings = self._settings
        return _schema(settings.webhook_input, settings.minute_suffix, settings.webhook_status)

    def _resolve(self, source: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
        """Resolve a field. The schema is that of all simulators, so it has no resolvers of its own."""
        resolver: Any = self._resolvers.get((info.parent_type.name, info.field_name), default_field_resolver)
        return resolver(source, info, **arguments)

    def touches_webhooks(self, document: str) -> bool:
        """Return whether a document reads or changes webhooks."""
        return any(name in document for name in _WEBHOOK_FIELDS)

    def answer(self, body: Json) -> tuple[int, bytes]:
        """Execute a request body; return the HTTP status and the response body."""
        source = body.get("query")
        if not isinstance(source, str) or not source.strip():
            return 400, _bytes({"errors": [{"message": "no operation provided"}], "data": None})
        variables = body.get("variables") or {}
        schema = self.schema()
        try:
            document = _parsed(source)
        except GraphQLError as error:
            return 422, _bytes({"errors": [_error(error, "GRAPHQL_PARSE_FAILED")], "data": None})
        if errors := self._invalid(schema, source, document):
            return 422, _bytes({"errors": errors, "data": None})
        operation = _operation(document, body.get("operationName"))
        if operation is None:
            return 422, _bytes({"errors": [{"message": "unknown operation"}], "data": None})
        if errors := _unfit_variables(schema, operation, variables):
            return self._refuse_variables(errors)
        key = None
        if operation.operation is OperationType.QUERY and not self.touches_webhooks(source):
            # Large estates take a second to execute; nothing in the answer changes faster than a heartbeat.
            timestamp = int(time.time()) // 30
            given = json.dumps(variables, sort_keys=True)
            state = (self._settings.floor_plans, self._estate.revision)
            key = (source, body.get("operationName"), given, timestamp, schema, state)
            if (known := self._answers.get(key)) is not None:
                return 200, known
        result = execute_sync(
            schema,
            document,
            variable_values=variables,
            operation_name=body.get("operationName"),
            field_resolver=self._resolve,
        )
        manner = self._settings.refusal
        if result.errors and manner != "code" and self.touches_webhooks(source):
            # Resolvers of this cloud put no code to their errors; it may be the status that tells.
            errors = [{"message": error.message, "path": error.path} for error in result.errors]
            if manner == "path":
                return 200, _bytes({"errors": errors, "data": result.data})
            return int(manner), _bytes({"errors": errors, "data": None})
        content: Json = {}
        if result.errors:
            content["errors"] = [_error(error) for error in result.errors]
        content["data"] = result.data
        answer = _bytes(content)
        if key is not None:
            self._answers[key] = answer
            while len(self._answers) > _CACHED:
                self._answers.popitem(last=False)
        return 200, answer

    def _refuse_variables(self, errors: list[Json]) -> tuple[int, bytes]:
        """Refuse variables that do not fit: all immediately with a code, or as gqlgen does, the first alone."""
        manner = self._settings.refusal
        if manner == "code":
            return 200, _bytes({"errors": errors, "data": None})
        first: Json = {"message": errors[0]["message"], "path": errors[0]["path"]}
        if manner == "path":
            first["extensions"] = {"code": "GRAPHQL_VALIDATION_FAILED"}
        return 422 if manner == "path" else int(manner), _bytes({"errors": [first], "data": None})

    def _invalid(self, schema: GraphQLSchema, source: str, document: DocumentNode) -> list[Json]:
        """Return what the schema says against a document."""
        return [
            _error(error, "GRAPHQL_VALIDATION_FAILED")
            for error in _validated(schema, source, document, self._settings.introspection)
        ]


def operation_name(body: Json) -> str:
    """Return what a GraphQL request is about, for the request log."""
    if name := body.get("operationName"):
        return str(name)
    try:
        operation = _operation(_parsed(str(body.get("query"))), None)
    except GraphQLError:
        return "invalid"
    if operation is None:
        return "invalid"
    return operation.name.value if operation.name else ", ".join(root_fields(body))


def root_fields(body: Json) -> list[str]:
    """Return the fields that a request asks of the root."""
    try:
        operation = _operation(_parsed(str(body.get("query"))), body.get("operationName"))
    except GraphQLError:
        return []
    selections = operation.selection_set.selections if operation else ()
    return [item.name.value for item in selections if isinstance(item, FieldNode)]


@lru_cache(maxsize=128)
def _parsed(source: str) -> DocumentNode:
    """Parse a document, once.

    Raises:
        GraphQLError: it is no GraphQL.
    """
    return parse(source)


@lru_cache(maxsize=128)
def _validated(
    schema: GraphQLSchema, source: str, document: DocumentNode, introspection: bool
) -> tuple[GraphQLError, ...]:
    """Validate a document against a schema, once."""
    rules = specified_rules if introspection else (*specified_rules, NoSchemaIntrospectionCustomRule)
    return tuple(validate(schema, document, rules))


def _operation(document: DocumentNode, name: Any) -> OperationDefinitionNode | None:
    """Return the operation that is asked for."""
    operations = [item for item in document.definitions if isinstance(item, OperationDefinitionNode)]
    if name:
        operations = [item for item in operations if item.name and item.name.value == name]
    return operations[0] if len(operations) == 1 else None


def _unfit_variables(schema: GraphQLSchema, operation: OperationDefinitionNode, variables: Json) -> list[Json]:
    """Return the errors of variables that do not fit, in Butlr's layout; nothing runs when there are any."""
    errors: list[Json] = []
    for definition in operation.variable_definitions or ():
        name = definition.variable.name.value
        expected: Any = type_from_ast(schema, definition.type)

        def complain(error: GraphQLError, path: list[str | int], name: str = name) -> None:
            """Word one error."""
            where: list[str | int] = ["variable", name, *path]
            message = error.message
            if match := _UNKNOWN_FIELD.search(message):
                message = "unknown field"
                where.append(match[1])
            errors.append({"message": message, "path": where, "extensions": {"code": "BAD_USER_INPUT"}})

        if name in variables:
            validate_input_value(variables[name], expected, complain)
    return errors


def _error(error: GraphQLError, code: str | None = None) -> Json:
    """Return an error as Butlr writes it: message, path, code."""
    written: Json = {"message": error.message}
    if error.path:
        written["path"] = error.path
    if extensions := error.extensions or ({"code": code} if code else None):
        written["extensions"] = extensions
    return written


def _bytes(content: Json) -> bytes:
    """Return JSON as sent."""
    return json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()
