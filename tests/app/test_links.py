"""Links that open one thing until they end: what opens nothing, and what an alert is given."""

import json
import time
from urllib.parse import parse_qs, urlsplit

import pytest

from unusual.app.links import Links, Standing, signed, standing
from unusual.store.home import Home
from unusual.store.link_key import link_key

KEY, PATH, UNTIL = bytes(range(32)), "/link/abc/clip.mp4", 1_700_000_000
EVENT = json.dumps({"event": "e" * 22, "words": "unusual at door"})


def parts(link):
    found = urlsplit(link)
    asked = parse_qs(found.query)
    return found.path, asked["until"][0], asked["signature"][0]


def test_a_link_holds_until_its_end_and_not_a_second_longer():
    path, until, signature = parts(signed(KEY, PATH, UNTIL))
    assert (path, int(until)) == (PATH, UNTIL)
    assert standing(KEY, path, until, signature, UNTIL - 1) is Standing.HOLDS
    assert standing(KEY, path, until, signature, UNTIL) is Standing.ENDED


@pytest.mark.parametrize(
    ("change", "value"),
    [
        pytest.param("path", "/link/abd/clip.mp4", id="of another event"),
        pytest.param("path", "/link/abc/snooze/60", id="for something else"),
        pytest.param("path", PATH + "/", id="a little more"),
        pytest.param("until", str(UNTIL + 1), id="a second more"),
        pytest.param("until", f"0{UNTIL}", id="the same time written otherwise"),
        pytest.param("until", "", id="without an end"),
        pytest.param("until", "inf", id="for ever"),
        pytest.param("until", "²", id="a digit that is none"),
        pytest.param("signature", "", id="without a signature"),
        pytest.param("signature", "é" * 64, id="a signature of other letters"),
        pytest.param("key", bytes(32), id="by another home"),
        pytest.param("key", None, id="by a home that never signed"),
    ],
)
def test_what_is_changed_opens_nothing(change, value):
    path, until, signature = parts(signed(KEY, PATH, UNTIL))
    given = {"key": KEY, "path": path, "until": until, "signature": signature} | {change: value}
    assert standing(**given, now_utc=1.0) is Standing.NONE


def test_a_home_without_a_secret_does_not_sign_with_an_empty_one():
    path, until, signature = parts(signed(b"", PATH, UNTIL))
    assert standing(None, path, until, signature, 1.0) is Standing.NONE


def test_an_alert_is_given_what_is_asked_for_and_no_more(tmp_path):
    links = Links(Home(tmp_path), "https://watch.example/", hours=2, snooze_minutes=30)
    told = json.loads(links.into(EVENT, picture=True, clip=True))
    assert {*told} == {"event", "words", "picture", "clip", "snooze"}
    ends = {"picture": "picture.jpg", "clip": "clip.mp4", "snooze": "snooze/30"}
    for what, end in ends.items():
        assert told[what].startswith(f"https://watch.example/link/{'e' * 22}/{end}?")
        path, until, signature = parts(told[what])
        assert standing(link_key(Home(tmp_path)), path, until, signature, time.time()) is Standing.HOLDS
        assert abs(int(until) - time.time() - 7200) < 60
    assert "picture" not in json.loads(links.into(EVENT, picture=False, clip=True))


def test_nothing_is_signed_and_no_secret_made_where_nothing_is_asked_for(tmp_path):
    links = Links(Home(tmp_path), "https://watch.example")
    assert links.into(EVENT, picture=False, clip=False) == EVENT
    outage = json.dumps({"outage": "offline"})
    assert Links(Home(tmp_path), "https://x", snooze_minutes=5).into(outage, picture=True, clip=True) == outage
    assert not Home(tmp_path).link_key.exists()
