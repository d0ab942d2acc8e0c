"""Whatever is sent to whichever route of the API: taken, or refused in one clear line; never a fault of ours."""

import json
import re
from itertools import product
from urllib.parse import quote

import pytest
from visiting import OURS

HUGE = "9" * 400
VALUES = [  # as JSON, some of which Python would not write
    "null", "true", "-1", "1e999", "NaN", HUGE, '"\\ud800"', '"../../etc/passwd"', json.dumps("x" * 20_000),
    "[" * 2000 + "]" * 2000, '[null, "x", -1, NaN]', '{"a": {"b": [1e999]}}', "[[0, 0], [1, NaN], [1e400, 1]]",
]  # fmt: skip
BODIES = ["", "{", "nonsense", '{"a": 1, "a": 2}', *VALUES]
WORDS = [
    "",
    "-1",
    HUGE,
    "nan",
    "\x00",
    "\ud800",
    "../../etc/passwd",
    "a" * 3000,
    "%2e%2e",
    "2026-02-30",
    "x'; --",
    "\r\na: b",
]
SENT = {**OURS, "content-type": "application/json"}
MANY = 40  # words that a person can read


def sound(schema, schemas):
    """A small value of a schema."""
    if "$ref" in schema:
        schema = schemas[schema["$ref"].rpartition("/")[2]]
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema:
        return sound(schema["anyOf"][0], schemas)
    needed = {name: sound(schema["properties"][name], schemas) for name in schema.get("required", [])}
    kinds = {"object": needed, "array": [], "string": "x", "number": 1, "integer": 1, "boolean": True, "null": None}
    return kinds[schema.get("type", "object")]


def bodies(told, schemas):
    """Whole ones that are wrong, and what the route takes with one field that is."""
    content = told.get("requestBody", {}).get("content", {}).get("application/json")
    if content is None:
        return BODIES
    whole = sound(content["schema"], schemas)
    fields = schemas[content["schema"]["$ref"].rpartition("/")[2]]["properties"]
    wrong = [json.dumps({**whole, name: "HERE"}).replace('"HERE"', value) for name in fields for value in VALUES]
    return [*BODIES, *wrong, json.dumps({**whole, "more": 1})]


def escaped(word):
    return quote(word.encode("utf-8", "surrogatepass"), safe="")


def filled(path, event):
    known = {"{event}": event, "{parcel}": event, "{name}": "thumb.jpg", "{token}": "0" * 8, "{user}": "anna"}
    return re.sub(r"\{\w+\}", lambda match: known.get(match[0], "door"), path)


def clear(answer, *sent):
    """One line for whoever asked wrongly, and no fault of ours."""
    assert answer.status_code < 500, (sent, answer.text)
    if answer.status_code >= 400:
        detail = answer.json()["detail"]
        assert 0 < len(detail) < 500 and "\n" not in detail, (sent, detail)


@pytest.fixture(scope="module")
def described(web, events):
    """The description of the API: (path as it is asked for, path as it is written, method, what is said of it)."""
    whole = web.get("/api/openapi.json").json()
    asked = [
        (filled(path, events[0][0]), path, method, told)
        for path, methods in whole["paths"].items()
        if not path.endswith("/stream")
        for method, told in methods.items()
    ]
    return asked, whole["components"]["schemas"]


def test_what_is_sent_to_a_route_is_taken_or_refused_in_a_line(web, described):
    asked, schemas = described
    for path, _, method, told in asked:
        for body in bodies(told, schemas) if method == "post" else ():
            answer = web.post(path, content=body.encode(), headers=SENT)
            clear(answer, path, body[:MANY])


def test_what_is_asked_for_is_there_or_refused_in_a_line(web, described):
    for path, _, method, told in described[0]:
        names = (
            [each["name"] for each in told.get("parameters", []) if each["in"] == "query"] if method == "get" else []
        )
        for name, word in product(names, WORDS):
            clear(web.get(f"{path}?{name}={escaped(word)}"), path, name, word[:MANY])


def test_a_name_that_is_none_finds_nothing(web, described):
    for _, path, method, _ in described[0]:
        for word in WORDS[1:] if "{" in path else ():
            answer = web.request(method, re.sub(r"\{\w+\}", escaped(word), path), content=b"{}", headers=SENT)
            clear(answer, path, word[:MANY])


def test_numbers_are_no_words_and_filters_that_there_are_not_let_nothing_through(web, events):
    for sent in ({"cool_down_s": True}, {"cool_down_s": 1, "alarms_per_day": "5"}):
        assert web.post("/api/v1/cameras/door/settings", json=sent, headers=OURS).status_code == 422
    refused = web.post("/api/v1/exports", json={"which": {"verdit": "useful"}}, headers=OURS)
    assert refused.status_code == 422 and "'verdit'" in refused.json()["detail"]
