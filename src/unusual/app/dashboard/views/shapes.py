"""The shape of a JSON document, as a person reads it, of the JSON schema that says it."""

from collections.abc import Mapping, Sequence
from typing import cast

Schema = Mapping[str, object]
DEEPEST = 6


def shape(schema: Schema, named: Mapping[str, Schema], depth: int = 0) -> str:
    """Write a schema as a shape. named: what it refers to by "#/components/schemas/NAME".

    >>> shape({"type": "array", "items": {"enum": ["read", "act"]}}, {})
    '["read" | "act", ...]'
    """
    if depth > DEEPEST:
        return "..."
    if reference := schema.get("$ref"):
        return shape(named.get(str(reference).rpartition("/")[2], {}), named, depth)
    for together in ("anyOf", "oneOf", "allOf"):
        if together in schema:
            return " | ".join(shape(each, named, depth) for each in _schemas(schema[together]))
    if "const" in schema or "enum" in schema:
        values = schema.get("enum", [schema.get("const")])
        return " | ".join(f'"{value}"' for value in cast(Sequence[object], values))
    if "properties" in schema:
        inner = "  " * (depth + 1)
        properties = cast(Mapping[str, Schema], schema["properties"])
        lines = [f"{inner}{name}: {shape(each, named, depth + 1)}" for name, each in properties.items()]
        return "{\n" + ",\n".join(lines) + "\n" + "  " * depth + "}"
    match schema.get("type"):
        case "array":
            first = _schemas(schema["prefixItems"]) if "prefixItems" in schema else []
            inside = ", ".join(shape(each, named, depth) for each in first)
            return f"[{inside or shape(cast(Schema, schema.get('items', {})), named, depth) + ', ...'}]"
        case "object":
            more = schema.get("additionalProperties")
            return f"{{NAME: {shape(cast(Schema, more), named, depth)}, ...}}" if isinstance(more, dict) else "{...}"
        case other:
            return str(other or "any")


def _schemas(told: object) -> Sequence[Schema]:
    return cast(Sequence[Schema], told)
