"""Events taken along from the dashboard."""

import csv
import io
import time
from zipfile import ZipFile

from visiting import OURS, stranger

from unusual.app.dashboard.door.keys import make_token
from unusual.app.dashboard.routes import exports


def test_the_table_holds_what_passes_the_filters(web, events):
    answer = web.get("/api/v1/events.csv", params={"camera": "yard"})
    assert answer.headers["content-disposition"] == 'attachment; filename="events.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["event"] for row in rows] == [event for i, (event, _) in enumerate(events) if i % 4 == 0]


def test_a_parcel_is_packed_and_fetched(web, events):
    begun = web.post("/api/v1/exports", json={"which": {"least": 0.5, "camera": "yard"}}, headers=OURS)
    address = f"/api/v1/exports/{begun.json()['id']}"
    until = time.monotonic() + 30
    while (told := web.get(address).json())["state"] == "packing" and time.monotonic() < until:
        time.sleep(0.05)
    assert (told["state"], told["events"], told["done"]) == ("ready", 10, 10)
    answer = web.get(f"{address}/events.zip")
    assert answer.headers["content-type"] == "application/zip"
    assert "index.html" in ZipFile(io.BytesIO(answer.content)).namelist()


def test_a_program_that_may_read_takes_along_what_it_may_read_anyway(locked):
    folder, port, _, event = locked
    words, _ = make_token(folder, "archivist", "read")
    with stranger(port) as client:
        client.headers["authorization"] = f"Bearer {words}"
        begun = client.post("/api/v1/exports", json={})
        assert (begun.status_code, begun.json()["events"]) == (200, 1)
        assert client.post(f"/api/v1/events/{event}/review", json={"reviewed": True}).status_code == 403
        until = time.monotonic() + 30
        while (told := client.get(f"/api/v1/exports/{begun.json()['id']}").json())["state"] == "packing":
            assert time.monotonic() < until
            time.sleep(0.05)
    assert told["state"] == "ready"


def test_what_cannot_be_packed_is_told(web, events):
    nothing = web.post("/api/v1/exports", json={"which": {"camera": "attic"}}, headers=OURS)
    assert (nothing.status_code, "holds 1 to" in nothing.json()["detail"]) == (409, True)
    assert web.post("/api/v1/exports", json={"boxes": True, "more": 1}, headers=OURS).status_code == 422
    assert web.get(f"/api/v1/exports/{'x' * 22}").status_code == 404
    assert web.get(f"/api/v1/exports/{'x' * 22}/events.zip").status_code == 404


def test_a_clip_with_its_box_is_drawn_one_at_a_time(web, events):
    address = f"/api/v1/events/{events[0][0]}/boxed.mp4"
    answer = web.get(address)
    assert (answer.status_code, answer.content[4:8]) == (200, b"ftyp")
    assert answer.headers["content-disposition"].startswith('attachment; filename="yard-')
    with exports._drawing:
        assert web.get(address).status_code == 503
    assert web.get(f"/api/v1/events/{events[1][0]}/boxed.mp4").status_code == 404
    assert web.get(f"/api/v1/events/{'x' * 22}/boxed.mp4").status_code == 404
