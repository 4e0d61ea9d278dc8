"""The JSON schemas of messages, named after their types and the package whose messages they are."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

Json = dict[str, Any]

_REF = "#/components/schemas/"
_NULL = {"type": "null"}


class Schemas:
    """`components` are all schemas by their names. Every type is known by the prefix that its name gets."""

    def __init__(self, kinds: Mapping[str, Iterable[Any]]) -> None:
        self.components: dict[str, Json] = {}
        self._of: dict[tuple[str, Any], Json] = {}
        for prefix, some in kinds.items():
            distinct = list(dict.fromkeys(some))
            references, components = msgspec.json.schema_components(distinct, ref_template=f"{_REF}{prefix}{{name}}")
            self.components |= {prefix + name: schema for name, schema in components.items()}
            self._of |= {(prefix, kind): reference for kind, reference in zip(distinct, references, strict=True)}

    def of(self, prefix: str, kind: Any) -> Json:
        """A schema, which may be a reference to a component."""
        return self._of[prefix, kind]

    def component_of(self, prefix: str, kind: Any) -> Json:
        """The component that a struct has become."""
        return self.components[self.of(prefix, kind)["$ref"].removeprefix(_REF)]

    def parameters_of(self, prefix: str, kind: type[msgspec.Struct]) -> list[Json]:
        """The fields of a struct as parameters of a query. The struct itself is no component any more."""
        component = self.component_of(prefix, kind)
        required = component.get("required", [])
        return [_parameter(name, schema, name in required) for name, schema in component["properties"].items()]

    def drop(self, prefix: str, kind: type[msgspec.Struct]) -> None:
        """Forget the component of a struct that only parameters were made of."""
        self.components.pop(self.of(prefix, kind)["$ref"].removeprefix(_REF), None)


def schema_of(kind: Any) -> Json:
    """The schema of a type that needs no component."""
    return msgspec.json.schema(kind)


def _parameter(name: str, schema: Json, required: bool) -> Json:
    schema = _without_null(schema)
    parameter: Json = {"in": "query", "name": name, "required": required, "schema": schema}
    for key in ("description", "examples"):
        if key in schema:
            parameter[key] = schema.pop(key)
    if "examples" in parameter:
        parameter["example"] = parameter.pop("examples")[0]
    if schema.get("type") == "array":
        # As `a,b` rather than once for each.
        parameter |= {"style": "form", "explode": False}
    return parameter


def _without_null(schema: Json) -> Json:
    """The schema less null, which a query cannot say but by silence."""
    if _NULL not in schema.get("anyOf", []):
        return dict(schema)
    rest = {key: value for key, value in schema.items() if key not in {"anyOf", "default"}}
    some = [one for one in schema["anyOf"] if one != _NULL]
    return {**some[0], **rest} if len(some) == 1 else {"anyOf": some, **rest}
