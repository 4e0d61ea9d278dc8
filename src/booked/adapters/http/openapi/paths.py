"""The description of an operation: its text, parameters, body and responses."""

from dataclasses import dataclass, field
from typing import Any

import msgspec

from booked.adapters.http.openapi.doc import Parameter
from booked.adapters.http.openapi.headers import headers_of
from booked.adapters.http.openapi.operation import DocumentedOperation
from booked.adapters.http.openapi.refusals import refusals_of
from booked.adapters.http.openapi.schemas import Schemas
from booked.adapters.http.responses.error_bodies import JSON
from booked.adapters.http.responses.streams import EVENT_STREAM

Json = dict[str, Any]

_FORM = "application/x-www-form-urlencoded"
_NOT_MODIFIED = "You have this version already."


@dataclass(frozen=True, slots=True)
class Describer:
    """Describes operations, whose messages have these schemas. Gathers `examples` of the errors they may answer."""

    schemas: Schemas
    examples: dict[str, Json] = field(default_factory=dict)

    def described(self, operation: DocumentedOperation) -> Json:
        """Return the Operation Object (OpenAPI 3.1, section 4.8.10)."""
        summary, _, description = operation.text.partition("\n")
        described: Json = {
            "tags": [operation.doc.tag],
            "operationId": operation.id,
            "summary": summary.removesuffix("."),
            "description": " ".join(description.split()) or summary,
            "parameters": self._parameters(operation),
            "responses": self._responses(operation),
            "security": operation.security,
        }
        if kind := operation.request_kind:
            body = _request_body(self._schema_of(operation, kind), operation.doc.sends, JSON)
            described["requestBody"] = body | {"required": operation.needs_body}
        if kind := operation.form_kind:
            sent = {
                name: value for name, value in msgspec.to_builtins(operation.doc.sends).items() if value is not None
            }
            described["requestBody"] = _request_body(self._schema_of(operation, kind), sent, _FORM)
        return described

    def _parameters(self, operation: DocumentedOperation) -> list[Json]:
        kind, prefix = operation.query_kind, operation.contract.prefix
        headers = [header.parameter for header in operation.headers]
        return [
            *(_path_parameter(name, schema) for name, schema in operation.path.items()),
            *(self.schemas.parameters_of(prefix, kind) if kind else []),
            *(_stated_parameter(parameter) for parameter in [*operation.doc.parameters, *headers]),
        ]

    def _responses(self, operation: DocumentedOperation) -> Json:
        doc = operation.doc
        usual: Json = {"description": doc.answer, "headers": headers_of(0, *doc.gives)}
        if operation.response_kind:
            usual["content"] = _content(self._schema_of(operation, operation.response_kind), doc.returns)
        for media_type, text in doc.also.items():
            # Of a stream, a schema would be that of each event, which is what validators take apart.
            schema: Json = {} if media_type == EVENT_STREAM else {"type": "string"}
            usual.setdefault("content", {}).update(_content(schema, text, media_type))
        responses: Json = {str(operation.status): usual}
        if operation.takes("if_none_match"):
            responses["304"] = {"description": _NOT_MODIFIED, "headers": headers_of(0, "ETag")}
        responses |= refusals_of(operation, self.schemas, self.examples)
        for status, (description, example) in doc.otherwise.items():
            content = _content(self._schema_of(operation, type(example)), example)
            responses[str(status)] = {"description": description, "headers": headers_of(0), "content": content}
        return responses

    def _schema_of(self, operation: DocumentedOperation, kind: Any) -> Json:
        return self.schemas.of(operation.contract.prefix, kind)


def _path_parameter(name: str, schema: Json) -> Json:
    description = schema.get("description", f"The {name}, as it was given.")
    return {"in": "path", "name": name, "description": description, "required": True, "schema": schema}


def _stated_parameter(parameter: Parameter) -> Json:
    stated: Json = {
        "in": parameter.place,
        "name": parameter.name,
        "description": parameter.description,
        "required": parameter.required,
        "schema": parameter.schema,
    }
    if parameter.required:
        return stated | {"example": parameter.example}
    if parameter.example is None:
        return stated
    # Swagger UI fills in what stands beside the schema, and would send it.
    return stated | {"schema": {**parameter.schema, "examples": [parameter.example]}}


def _request_body(schema: Json, example: object, media_type: str) -> Json:
    return {"required": True, "content": _content(schema, example, media_type)}


def _content(schema: Json, example: object, media_type: str = JSON) -> Json:
    return {media_type: {"schema": schema, "example": msgspec.to_builtins(example)}}
