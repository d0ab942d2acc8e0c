"""What an open page asks for again and again, and the files of events."""

import time

from made_home import add_event, watch
from visiting import Page, raw

STEPS = ["../", "..%2f", "%2e%2e/", "%2e%2e%2f", "..%252f", "..\\", "..%5c", "..%c0%af", "%00/", "....//", "./../"]
ENDS = ["etc/passwd", "events.db", "dashboard.json", "clip.mp4%00.jpg", "C:%5cwindows", "~root"]


def test_no_address_leads_out_of_the_folder(open_house, events):
    port, event = open_house[0], events[0][0]
    (place,) = {f"/media/{event}"}
    places = ["/media", place, "/static", "/live", "/timeline", "/events"]
    tried = [f"{start}/{step * times}{end}" for start in places for step in STEPS for times in (1, 3) for end in ENDS]
    tried += [
        "//etc/passwd",
        f"{place}//etc/passwd",
        f"{place}/curve.json",
        "/static/../server.py",
        "/%2e%2e/events.db",
    ]
    assert len(tried) > 500
    statuses = {target: raw(port, "GET", target) for target in tried[::3]}  # a third of them in one go: all differ
    assert not {target: status for target, status in statuses.items() if not 400 <= status < 500}


def test_a_link_out_of_the_folder_is_not_followed(home, web, store, tmp_path):
    secret = tmp_path / "secret.jpg"
    secret.write_text("secret")
    event = add_event(store, "yard", time.time() - 9 * 86400, 1.0)
    (home.folder / "media" / event).mkdir(parents=True)
    (home.folder / "media" / event / "thumb.jpg").symlink_to(secret)
    (home.folder / "media" / event / "error.jpg").write_text("left over")
    store.attach(event, ["thumb.jpg", "real.jpg"])
    assert web.get(f"/media/{event}/error.jpg").status_code == 404  # there, and not named
    assert web.get(f"/media/{event}/thumb.jpg").status_code == 404
    assert web.get(f"/media/{event}/real.jpg").status_code == 404  # named, and gone


def test_a_player_gets_the_part_of_a_clip_that_it_asks_for(home, web, events):
    address = f"/media/{events[0][0]}/clip.mp4"
    whole = web.get(address)
    assert (whole.status_code, whole.headers["content-type"]) == (200, "video/mp4")
    assert whole.content == (home.folder / address[1:]).read_bytes()
    part = web.get(address, headers={"range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, whole.content[10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{len(whole.content)}"
    assert web.get(address, headers={"range": "bytes=-5"}).content == whole.content[-5:]
    assert web.get(address, headers={"range": f"bytes={len(whole.content)}-"}).status_code == 416
    assert web.get(address, headers={"range": "bytes=9-3"}).status_code == 400
    assert web.get(address, headers={"if-none-match": whole.headers["etag"]}).status_code == 304


def test_a_camera_is_told_as_its_watcher_tells_it(home, web):
    watch(home, "door", state="stalled", words="No frame for 7 s.", health="covered", delay_s=7.2)
    door, yard = web.get("/live").json()["cameras"]
    assert (door["state"]["label"], door["words"], door["health"]["label"]) == (
        "Stalled",
        "No frame for 7 s.",
        "No picture",
    )
    assert [door[name] for name in ("in", "scored", "dropped", "gap", "delay")] == ["1,200", "1,190", "7", "3", "7.2 s"]
    assert len(door["points"]) <= 242 and door["limit"] == 2.0
    assert (yard["state"]["label"], yard["words"]) == (
        "Not watched",
        "start it with: unusual watch SOURCE --model yard",
    )
    page = Page(web.get("/").text).words
    assert "Stalled" in page and "No picture" in page and "Not watched" in page
    picture = web.get("/live/door.jpg")
    assert picture.content == (home.folder / "live" / "door.jpg").read_bytes()
    assert web.get("/live/yard.jpg").status_code == 404


def test_what_has_not_changed_is_not_sent_again(home, web):
    watch(home, "door")
    for address in ("/live", "/events/rows", "/static/dashboard.css"):
        first = web.get(address)
        again = web.get(address, headers={"if-none-match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
    watch(home, "door")
    first = web.get("/live")
    watch(home, "door", words="Another line.")
    assert web.get("/live", headers={"if-none-match": first.headers["etag"]}).status_code == 200
