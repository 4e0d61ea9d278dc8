"""JSON schemas of messages. Their names are those of the types, after the prefix of the contract."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

Json = dict[str, Any]

_REF = "#/components/schemas/"
_NULL = {"type": "null"}


class Schemas:
    """`components` has all schemas by name. A type of several contracts has a schema per prefix."""

    def __init__(self, kinds: Mapping[str, Iterable[Any]]) -> None:
        self.components: dict[str, Json] = {}
        self._of: dict[tuple[str, Any], Json] = {}
        for prefix, some in kinds.items():
            distinct = list(dict.fromkeys(some))
            references, components = msgspec.json.schema_components(distinct, ref_template=f"{_REF}{prefix}{{name}}")
            for name, schema in components.items():
                # Generators of clients call a class after the title, so it is the name of no other schema.
                self.components[prefix + name] = {**schema, "title": prefix + name}
            self._of |= {(prefix, kind): reference for kind, reference in zip(distinct, references, strict=True)}

    def of(self, prefix: str, kind: Any) -> Json:
        """Return the schema of a type, which may be a reference to a component."""
        return self._of[prefix, kind]

    def component_of(self, prefix: str, kind: Any) -> Json:
        """Return the component of a struct."""
        return self.components[self.of(prefix, kind)["$ref"].removeprefix(_REF)]

    def parameters_of(self, prefix: str, kind: type[msgspec.Struct]) -> list[Json]:
        """Return the fields of a struct as query parameters."""
        component = self.component_of(prefix, kind)
        required = component.get("required", [])
        return [_parameter(name, schema, name in required) for name, schema in component["properties"].items()]

    def without_null(self, prefix: str, kind: type[msgspec.Struct]) -> None:
        """Say that no field of a struct is ever null, as in a form."""
        properties = self.component_of(prefix, kind)["properties"]
        properties.update({name: _without_null(schema) for name, schema in properties.items()})

    def drop(self, prefix: str, kind: type[msgspec.Struct]) -> None:
        """Forget the component of a struct that only became parameters."""
        self.components.pop(self.of(prefix, kind)["$ref"].removeprefix(_REF), None)


def schema_of(kind: Any) -> Json:
    """Return the schema of a type that needs no component."""
    return msgspec.json.schema(kind)


def _parameter(name: str, schema: Json, required: bool) -> Json:
    schema = _without_null(schema)
    parameter: Json = {"in": "query", "name": name, "required": required, "schema": schema}
    if "description" in schema:
        parameter["description"] = schema.pop("description")
    if schema.get("type") == "array":
        # `?status=a,b` instead of `?status=a&status=b`.
        parameter |= {"style": "form", "explode": False}
    return parameter


def _without_null(schema: Json) -> Json:
    """Return the schema without null, which neither a query nor a form can say."""
    if _NULL not in schema.get("anyOf", []):
        return dict(schema)
    rest = {key: value for key, value in schema.items() if key not in {"anyOf", "default"}}
    some = [one for one in schema["anyOf"] if one != _NULL]
    return {**some[0], **rest} if len(some) == 1 else {"anyOf": some, **rest}
