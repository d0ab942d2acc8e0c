"""JSON schemas as people read them."""

import pytest

from unusual.app.dashboard.views.shapes import DEEPEST, shape

NAMED = {
    "Mode": {"enum": ["armed", "off"]},
    "Endless": {"properties": {"more": {"$ref": "#/components/schemas/Endless"}}},
}


@pytest.mark.parametrize(
    ("schema", "shown"),
    [
        pytest.param({"type": "string"}, "string", id="a kind"),
        pytest.param({}, "any", id="anything"),
        pytest.param({"$ref": "#/components/schemas/Mode"}, '"armed" | "off"', id="what is said elsewhere"),
        pytest.param({"const": "x"}, '"x"', id="one word"),
        pytest.param({"anyOf": [{"type": "integer"}, {"type": "null"}]}, "integer | null", id="one of several"),
        pytest.param({"type": "array", "items": {"type": "number"}}, "[number, ...]", id="a list"),
        pytest.param({"type": "array", "prefixItems": [{"type": "number"}, {}]}, "[number, any]", id="a pair"),
        pytest.param(
            {"type": "object", "additionalProperties": {"type": "string"}}, "{NAME: string, ...}", id="by name"
        ),
        pytest.param({"type": "object"}, "{...}", id="an object of anything"),
        pytest.param({"properties": {"a": {"type": "string"}}}, "{\n  a: string\n}", id="an object"),
    ],
)
def test_shapes(schema, shown):
    assert shape(schema, NAMED) == shown


def test_what_holds_itself_ends():
    assert shape(NAMED["Endless"], NAMED).count("more") == DEEPEST + 1
