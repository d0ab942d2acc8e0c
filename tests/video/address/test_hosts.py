"""Which URLs an address may lead to: those that everybody would read as its own host and port."""

import pytest

from unusual.video.address.hosts import Hosts, shown_place, without_hosts


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("http://gate/live.m3u8", "http://gate/1.ts"),
        ("http://gate/live.m3u8", "http://gate:80/1.ts"),
        ("http://GATE/live.m3u8", "http://gate./1.ts"),
        ("http://me:secret@gate:8080/live.m3u8", "http://me:secret@gate:8080/1.ts?token=a@b"),
        ("http://[fe80::1]:81/live.m3u8", "http://[fe80::1]:81/1.ts"),
        ("rtsp://gate/live", "rtsp://gate:554/x"),
        ("https://gate/live.m3u8#hosts=cdn.example.com", "https://cdn.example.com:9000/1.ts"),
        ("https://gate/live.m3u8#hosts=cdn.example.com,other:81", "http://other:81/1.ts"),
    ],
)
def test_its_own_host_and_those_that_are_named_are_allowed(address, url):
    assert Hosts.of(address).allow(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://gate:81/", "https://gate/", "rtsp://gate/", "http://other/", "//gate/", "/x", "", "gate",
        "file:///etc/passwd", "file://gate/etc/passwd", "concat:http://gate/", "crypto+http://gate/", "tcp://gate:80/",
        "http://gate@other/", "http://other#@gate/", "http://other?@gate/", "http://other\\@gate/", "http://gate:80:81/",
        "http://gate /", "http://ga\tte/", "ht\ntp://gate/", "http://g\u00e4te/", "http://[::1/", "http://gate:x/",
        "http://gate:99999/", "http://gate%2eother/", "http://2130706433/", "http://other:81/",
    ],
)  # fmt: skip
def test_all_else_is_refused(url):
    assert not Hosts.of("http://gate/live.m3u8#hosts=other:82").allow(url)


def test_only_what_is_its_own_gets_its_password():
    hosts = Hosts.of("http://gate/#hosts=cdn")
    assert hosts.is_own("http://gate/1.ts")
    assert hosts.allow("http://cdn/1.ts") and not hosts.is_own("http://cdn/1.ts")


def test_the_hosts_are_no_part_of_what_is_asked_for():
    assert without_hosts("http://gate/a#b") == "http://gate/a#b"
    assert without_hosts("http://gate/a?x=1#hosts=cdn") == "http://gate/a?x=1"
    with pytest.raises(ValueError, match="Port could not be cast"):
        Hosts.of("http://gate:x/")


def test_what_strangers_send_is_shown_plainly():
    assert shown_place("http://a<b>\x1b31m:80/") == "a?b??31m:80"
    assert len(shown_place(f"http://{'a' * 999}/")) < 100
