"""What every request passes: who may see what, from where, and how much may be sent."""

import http.client
import json
import re

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from visiting import HTML, OURS, PASSWORD, light_user, stranger

from unusual.app.dashboard.door.keys import make_token, revoke_token

OPEN, CLOSED, SIGNED = "open to anybody", "closed", "open to whoever has its signed link"
ROUTES = {  # every route has a row: a new one is closed unless somebody says here that it may be open
    ("GET", "/healthz"): OPEN,
    ("GET", "/login"): OPEN,
    ("POST", "/login"): OPEN,
    ("GET", "/static/{name}"): OPEN,
    ("GET", "/link/{event}/picture.jpg"): SIGNED,
    ("GET", "/link/{event}/clip.mp4"): SIGNED,
    ("GET", "/link/{event}/snooze/{minutes}"): SIGNED,
    ("POST", "/link/{event}/snooze/{minutes}"): SIGNED,
    ("POST", "/logout"): CLOSED,
    ("GET", "/"): CLOSED,
    ("GET", "/live"): CLOSED,
    ("GET", "/live/{camera}.jpg"): CLOSED,
    ("GET", "/media/{event}/{name}"): CLOSED,
    ("GET", "/events"): CLOSED,
    ("GET", "/events/rows"): CLOSED,
    ("GET", "/events/{event}"): CLOSED,
    ("GET", "/timeline"): CLOSED,
    ("GET", "/timeline/{day}"): CLOSED,
    ("GET", "/settings"): CLOSED,
    ("GET", "/zones/{camera}"): CLOSED,
    ("GET", "/zones/{camera}/picture.jpg"): CLOSED,
    ("GET", "/hours/{camera}"): CLOSED,
    ("GET", "/access"): CLOSED,
    ("GET", "/add"): CLOSED,
    ("GET", "/add/{camera}"): CLOSED,
    ("GET", "/add/{camera}/{name}"): CLOSED,
    ("GET", "/metrics"): CLOSED,
    ("GET", "/api/docs"): CLOSED,
    ("GET", "/api/openapi.json"): CLOSED,
    ("GET", "/api/v1/alerting"): CLOSED,
    ("POST", "/api/v1/alerting"): CLOSED,
    ("POST", "/api/v1/alerting/test"): CLOSED,
    ("GET", "/api/v1/alerts"): CLOSED,
    ("GET", "/api/v1/cameras"): CLOSED,
    ("GET", "/api/v1/cameras/{camera}"): CLOSED,
    ("POST", "/api/v1/cameras/{camera}/duty"): CLOSED,
    ("GET", "/api/v1/cameras/{camera}/health"): CLOSED,
    ("GET", "/api/v1/cameras/{camera}/hours"): CLOSED,
    ("POST", "/api/v1/cameras/{camera}/hours"): CLOSED,
    ("GET", "/api/v1/cameras/{camera}/model"): CLOSED,
    ("POST", "/api/v1/cameras/{camera}/mute"): CLOSED,
    ("GET", "/api/v1/cameras/{camera}/picture.jpg"): CLOSED,
    ("GET", "/api/v1/cameras/{camera}/scores"): CLOSED,
    ("GET", "/api/v1/cameras/{camera}/settings"): CLOSED,
    ("POST", "/api/v1/cameras/{camera}/settings"): CLOSED,
    ("POST", "/api/v1/cameras/{camera}/watch"): CLOSED,
    ("GET", "/api/v1/cameras/{camera}/zones"): CLOSED,
    ("POST", "/api/v1/cameras/{camera}/zones"): CLOSED,
    ("POST", "/api/v1/cameras/{camera}/zones/effect"): CLOSED,
    ("GET", "/api/v1/cameras/{camera}/zones/picture.jpg"): CLOSED,
    ("GET", "/api/v1/days"): CLOSED,
    ("GET", "/api/v1/events"): CLOSED,
    ("GET", "/api/v1/events.csv"): CLOSED,
    ("GET", "/api/v1/events/{event}"): CLOSED,
    ("GET", "/api/v1/events/{event}/boxed.mp4"): CLOSED,
    ("GET", "/api/v1/events/{event}/curve"): CLOSED,
    ("GET", "/api/v1/events/{event}/media/{name}"): CLOSED,
    ("POST", "/api/v1/events/{event}/review"): CLOSED,
    ("POST", "/api/v1/exports"): CLOSED,
    ("GET", "/api/v1/exports/{parcel}"): CLOSED,
    ("GET", "/api/v1/exports/{parcel}/events.zip"): CLOSED,
    ("GET", "/api/v1/learnings"): CLOSED,
    ("GET", "/api/v1/profiles"): CLOSED,
    ("POST", "/api/v1/profiles"): CLOSED,
    ("GET", "/api/v1/setups"): CLOSED,
    ("POST", "/api/v1/setups"): CLOSED,
    ("GET", "/api/v1/setups/{camera}"): CLOSED,
    ("POST", "/api/v1/setups/{camera}/answers"): CLOSED,
    ("POST", "/api/v1/setups/{camera}/end"): CLOSED,
    ("POST", "/api/v1/setups/{camera}/footage"): CLOSED,
    ("POST", "/api/v1/setups/{camera}/footage/remove"): CLOSED,
    ("POST", "/api/v1/setups/{camera}/forget"): CLOSED,
    ("POST", "/api/v1/setups/{camera}/learn"): CLOSED,
    ("GET", "/api/v1/stream"): CLOSED,
    ("GET", "/api/v1/tokens"): CLOSED,
    ("POST", "/api/v1/tokens"): CLOSED,
    ("POST", "/api/v1/tokens/{token}/revoke"): CLOSED,
    ("GET", "/api/v1/users"): CLOSED,
    ("POST", "/api/v1/users"): CLOSED,
    ("POST", "/api/v1/users/{user}/remove"): CLOSED,
    ("GET", "/api/v1/watching"): CLOSED,
}


def filled(path, event):
    names = {
        "{event}": event,
        "{parcel}": event,
        "{name}": "thumb.jpg",
        "{camera}": "door",
        "{day}": "2026-11-21",
        "{token}": "0" * 8,
        "{user}": "anna",
        "{minutes}": "60",
    }
    return re.sub(r"\{\w+\}", lambda match: names[match[0]], path)


def test_every_route_has_a_row_in_the_table(locked):
    routes = locked[2].config.app.app.routes
    assert {(method, route.path) for route in routes for method in route.methods} == set(ROUTES)


@pytest.mark.parametrize(("method", "path"), [key for key, who in ROUTES.items() if who is CLOSED])
def test_a_stranger_is_sent_to_the_log_in_by_every_closed_route(locked, method, path):
    _, port, _, event = locked
    with stranger(port) as client:
        assert client.request(method, filled(path, event), headers=OURS).status_code == 401
        if method == "GET":
            answer = client.get(filled(path, event), headers=HTML)
            assert (answer.status_code, answer.headers["location"].split("=")[0]) == (303, "/login?next")
        elsewhere = client.get("/no/such/page")
        assert elsewhere.status_code == 401  # nor is a stranger told what there is


@pytest.mark.parametrize(("method", "path"), [key for key, who in ROUTES.items() if who is SIGNED])
def test_without_its_signature_a_link_opens_nothing(locked, web, events, method, path):
    with stranger(locked[1]) as client:
        assert client.request(method, filled(path, locked[3]), headers=OURS).status_code == 403
    assert web.request(method, filled(path, events[0][0]), headers=OURS).status_code == 403  # nor to the owner


def test_a_stranger_sees_only_that_it_answers_and_how_to_log_in(locked):
    with stranger(locked[1]) as client:
        assert client.get("/healthz").json() == {"status": "ok"}
        assert "door" not in client.get("/login").text
        assert client.get("/static/dashboard.css").headers["content-type"].startswith("text/css")
        assert client.get("/static/nothing.css").status_code == 404


@pytest.mark.parametrize("header", ["x-forwarded-for", "Forwarded", "X-Real-IP", "via"])
def test_what_a_proxy_hands_on_is_not_answered_without_a_password(web, header):
    assert web.get("/live").status_code == 200
    assert web.get("/live", headers={header: "10.0.0.7"}).status_code == 403


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.1.nip.io", "", "[::1", "10.0.0.5"])
def test_a_dashboard_of_this_machine_alone_answers_to_no_other_name(open_house, host):
    connection = http.client.HTTPConnection("127.0.0.1", open_house[0])
    connection.putrequest("GET", "/live", skip_host=True)
    connection.putheader("host", host)
    connection.endheaders()
    assert connection.getresponse().status in (400, 421)
    connection.close()


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({}, id="nothing said"),
        pytest.param({"x-unusual": "1"}, id="no origin"),
        pytest.param({"sec-fetch-site": "same-origin"}, id="without our header"),
        pytest.param(OURS | {"sec-fetch-site": "cross-site"}, id="another site"),
        pytest.param(OURS | {"sec-fetch-site": "same-site"}, id="another host of the same site"),
        pytest.param(OURS | {"origin": "http://evil.example"}, id="another origin"),
        pytest.param(OURS | {"origin": "null"}, id="an origin that hides"),
        pytest.param({"x-unusual": "1", "origin": "http://localhost:1"}, id="another port"),
    ],
)
def test_nothing_is_changed_for_a_page_of_another_site(web, store, events, headers):
    answer = web.post(f"/api/v1/events/{events[5][0]}/review", json={"note": "forged"}, headers=headers)
    assert answer.status_code == 403
    assert store.get(events[5][0]).note == ""


def test_we_do_not_work_for_a_page_of_another_site(web, events):
    for address in ("/api/v1/stream", f"/api/v1/events/{events[0][0]}/boxed.mp4", "/api/v1/events.csv", "/metrics"):
        for site in ("cross-site", "same-site"):
            assert web.get(address, headers={"sec-fetch-site": site}).status_code == 403
    assert web.get("/metrics", headers={"sec-fetch-site": "same-origin"}).status_code == 200
    assert web.get("/events", headers={"sec-fetch-site": "cross-site"}).status_code == 200  # a link from a mail


def test_an_origin_of_our_own_is_enough_where_the_browser_says_no_more(web, open_house, events):
    headers = {"x-unusual": "1", "origin": f"http://localhost:{open_house[0]}"}
    assert web.post(f"/api/v1/events/{events[5][0]}/review", json={}, headers=headers).status_code == 200


def test_every_answer_forbids_what_a_page_does_not_need(web, locked):
    with stranger(locked[1]) as client:
        answers = [web.get("/"), web.get("/nothing"), web.get("/static/shell.js"), web.put("/"), client.get("/")]
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
    assert web.get("/").headers["cache-control"] == "no-store"


def test_what_is_too_much_is_refused_before_it_is_read(web, open_house):
    address = "/api/v1/cameras/door/settings"
    assert web.post(address, content=b" " * 70_000, headers=OURS).status_code == 413
    chunks = (b" " * 1000 for _ in range(100))
    assert web.post(address, content=chunks, headers=OURS).status_code == 413
    connection = http.client.HTTPConnection("127.0.0.1", open_house[0])
    connection.putrequest("POST", address)
    for name, value in [*OURS.items(), ("content-length", str(10 << 30))]:
        connection.putheader(name, value)
    connection.endheaders()
    assert connection.getresponse().status == 413
    connection.close()


words = st.text(max_size=30) | st.sampled_from(
    ["door", "2026-11-21", "nan", "-1", "1e999", "~", "a" * 22, "%00", "only"]
)
names = st.sampled_from(["camera", "day", "least", "alarms", "reviewed", "verdict", "before", "most", "at", "next"])
plain = st.none() | st.booleans() | st.floats() | st.integers() | words
jsons = plain | st.lists(plain | st.lists(plain, max_size=2), max_size=3) | st.dictionaries(words, plain, max_size=3)
keys = st.sampled_from(["verdict", "note", "reviewed", "alarms_per_day", "cool_down_s", "muted", "password"])


@settings(
    max_examples=100, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    path=st.sampled_from([path for _, path in ROUTES if path != "/api/v1/stream"]) | words.map("/{}".format),
    method=st.sampled_from(["GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS"]),
    parts=st.lists(words | st.just("EVENT"), min_size=2, max_size=2),
    query=st.dictionaries(names, words, max_size=4),
    body=st.binary(max_size=60) | st.dictionaries(keys, jsons, max_size=3).map(lambda told: json.dumps(told).encode()),
    more=st.dictionaries(
        st.sampled_from(["range", "if-none-match", "cookie", "accept", "content-type", "if-range"]),
        st.sampled_from(
            ["bytes=0-1,5-", "bytes=a", "text/html", "application/json", '"x"', "unusual_session=x", "\xff"]
        ),
        max_size=3,
    ),
)
def test_no_request_makes_it_fail(web, events, path, method, parts, query, body, more):
    given_parts = iter(events[0][0] if part == "EVENT" else part for part in parts)
    target = re.sub(r"\{\w+\}", lambda _: next(given_parts).replace("/", "%2f").replace("?", "%3f"), path)
    try:
        request = web.build_request(
            method,
            target,
            params=query,
            content=body,
            headers=OURS | {"content-type": "application/json"} | {k: v.encode("latin-1") for k, v in more.items()},
        )
    except (httpx.InvalidURL, UnicodeEncodeError):
        return
    if request.url.host != "localhost":
        return
    assert web.send(request).status_code < 500


VIEWER, READ, ACT = "a viewer", "a token to read", "a token to act"
MAY = {  # beside what only looks, which all may
    ("POST", "/logout"): {VIEWER},
    ("POST", "/api/v1/events/{event}/review"): {VIEWER, ACT},
    ("POST", "/api/v1/exports"): {VIEWER, READ, ACT},
    ("POST", "/api/v1/cameras/{camera}/zones/effect"): {VIEWER, READ, ACT},
    ("POST", "/api/v1/cameras/{camera}/duty"): {ACT},
    ("POST", "/api/v1/cameras/{camera}/hours"): {ACT},
    ("POST", "/api/v1/cameras/{camera}/mute"): {ACT},
    ("POST", "/api/v1/cameras/{camera}/settings"): {ACT},
    ("POST", "/api/v1/cameras/{camera}/zones"): {ACT},
    ("POST", "/api/v1/profiles"): {ACT},
    ("POST", "/api/v1/cameras/{camera}/watch"): {ACT},
    ("GET", "/add"): {ACT},
    ("GET", "/add/{camera}"): {ACT},
    ("GET", "/add/{camera}/{name}"): {ACT},
    **{key: {ACT} for key in ROUTES if key[1].startswith(("/api/v1/setups", "/api/v1/alerting"))},
    ("POST", "/api/v1/alerting"): set(),
    ("GET", "/access"): set(),
    ("GET", "/api/v1/tokens"): set(),
    ("GET", "/api/v1/users"): set(),
    ("POST", "/api/v1/tokens"): set(),
    ("POST", "/api/v1/tokens/{token}/revoke"): set(),
    ("POST", "/api/v1/users"): set(),
    ("POST", "/api/v1/users/{user}/remove"): set(),
}
ENDLESS = ("GET", "/api/v1/stream")


@pytest.fixture(scope="module")
def asking(locked):
    """Requests of a viewer and of two programs, by who it is."""
    folder, port, _, _ = locked
    light_user(folder, "anna", PASSWORD)
    with stranger(port) as viewer, stranger(port) as reads, stranger(port) as acts:
        assert viewer.post("/login", json={"name": "anna", "password": PASSWORD}, headers=OURS).status_code == 200
        for client, scope in ((reads, "read"), (acts, "act")):
            client.headers["authorization"] = f"Bearer {make_token(folder, scope, scope)[0]}"
        yield {VIEWER: viewer, READ: reads, ACT: acts}


@pytest.mark.parametrize("who", [VIEWER, READ, ACT])
@pytest.mark.parametrize(
    ("method", "path"),
    [key for key, kind in ROUTES.items() if kind is CLOSED and key != ENDLESS and key[1] != "/logout"],
)
def test_each_visitor_may_do_what_he_is_allowed_to_and_nothing_else(asking, locked, who, method, path):
    allowed = MAY.get((method, path), {VIEWER, READ, ACT} if method == "GET" else set())
    headers = OURS if who is VIEWER else {}
    status = asking[who].request(method, filled(path, locked[3]), headers=headers).status_code
    if who is not VIEWER and not path.startswith(("/api/", "/metrics")):
        assert status == 401  # pages are for people
    else:
        assert (status == 403) == (who not in allowed), status
        assert status != 401


def test_a_viewers_post_needs_our_own_pages_and_a_programs_does_not(asking, locked):
    address = f"/api/v1/events/{locked[3]}/review"
    assert asking[VIEWER].post(address, json={}).status_code == 403
    assert asking[VIEWER].post(address, json={}, headers=OURS | {"sec-fetch-site": "cross-site"}).status_code == 403
    assert asking[ACT].post(address, json={}).status_code == 200


def test_a_token_that_is_none_opens_nothing_and_is_soon_not_looked_at(locked, asking):
    folder, port, _, _ = locked
    with stranger(port) as client:
        wrong = [client.get("/api/v1/cameras", headers={"authorization": f"Bearer no{i}"}) for i in range(7)]
        assert [answer.status_code for answer in wrong] == [401] * 5 + [429] * 2
        assert int(wrong[-1].headers["retry-after"]) <= 61
        assert asking[READ].get("/api/v1/cameras").status_code == 200  # from the same address
        made, token = make_token(folder, "short", "read")
        client.headers["authorization"] = f"bearer {made}"
        assert client.get("/api/v1/cameras").status_code == 200
        revoke_token(folder, token.id)
        assert client.get("/api/v1/cameras").status_code in (401, 429)


def test_a_token_that_is_none_does_not_fall_back_on_the_session(asking):
    headers = {"authorization": "Bearer nonsense"}
    assert asking[VIEWER].get("/api/v1/cameras", headers=headers).status_code in (401, 429)
    assert (
        asking[VIEWER].get("/api/v1/cameras", headers={"authorization": "Basic eDp5"}).status_code == 200
    )  # a proxy's


def test_without_a_password_a_token_opens_nothing_to_others(web, home):
    made, token = make_token(home, "proxied", "act")
    headers = {"authorization": f"Bearer {made}"}
    assert web.get("/api/v1/cameras", headers=headers).status_code == 200
    assert web.get("/api/v1/cameras", headers=headers | {"via": "1.1 proxy"}).status_code == 403
    assert web.get("/api/v1/cameras", headers=headers | {"host": "evil.example"}).status_code == 421
    assert web.post("/api/v1/tokens", headers=headers, json={"name": "more"}).status_code == 403
    revoke_token(home, token.id)
    assert web.get("/api/v1/cameras", headers=headers).status_code == 401
