"""Who gets in: one password, sessions, and a limit on guessing."""

import json
import stat

import pytest
from visiting import OURS, PASSWORD, light_password, stranger

from unusual.app.dashboard import server as dashboard
from unusual.app.dashboard.door.auth import Door
from unusual.app.dashboard.door.keys import read_lock, write_password
from unusual.errors import ConfigError
from unusual.store.home import Home


def test_the_password_opens_and_logging_out_closes(locked):
    _, port, server, event = locked
    server.config.app.door._tries.clear()
    with stranger(port) as client:
        wrong = client.post("/login", json={"password": "a loud afternoon"}, headers=OURS)
        assert (wrong.status_code, wrong.json()["detail"]) == (403, "this is not the password")
        right = client.post("/login", json={"password": PASSWORD}, headers=OURS)
        cookie = right.headers["set-cookie"].lower()
        assert "httponly" in cookie and "samesite=strict" in cookie and "secure" not in cookie
        assert client.get("/").status_code == 200
        assert client.get(f"/media/{event}/clip.mp4").status_code == 200
        held = dict(client.cookies)
        assert client.post("/logout", json={}, headers=OURS).status_code == 200
        client.cookies.update(held)
        assert client.get("/").status_code == 401
        behind_tls = client.post("/login", json={"password": PASSWORD}, headers=OURS | {"x-forwarded-proto": "https"})
        assert "secure" in behind_tls.headers["set-cookie"].lower()


def test_guessing_is_slowed_down_for_one_and_for_all(tmp_path):
    door = Door(Home(tmp_path))
    assert [door.wait_s("10.0.0.1", now=float(i)) for i in range(5)] == [0] * 5
    assert door.wait_s("10.0.0.1", now=5.0) == 55  # until the first of the five is a minute old
    assert door.wait_s("::ffff:10.0.0.1", now=5.0) == 55
    assert door.wait_s("10.0.0.2", now=5.0) == 0
    assert [door.wait_s(f"2001:db8::{i}", now=6.0) > 0 for i in range(6)] == [False] * 5 + [True]  # one household
    many = [door.wait_s(f"10.1.0.{i}", now=7.0) for i in range(30)]
    assert many[:19] == [0] * 19 and min(many[19:]) > 0
    assert door.wait_s("10.0.0.1", now=61.0) == 0


def test_the_sixth_guess_in_a_minute_is_told_to_wait(locked):
    _, port, server, _ = locked
    door = server.config.app.door
    door._tries.clear()
    for _ in range(4):
        door.wait_s("127.0.0.1")
    with stranger(port) as client:
        said = [client.post("/login", json={"password": "guess"}, headers=OURS) for _ in range(2)]
    assert [answer.status_code for answer in said] == [403, 429]
    assert int(said[-1].headers["retry-after"]) in range(1, 61)
    door._tries.clear()


def test_the_guesses_of_others_do_not_keep_the_owner_out(tmp_path):
    light_password(Home(tmp_path), PASSWORD)
    door = Door(Home(tmp_path))
    assert door.wait_s("10.0.0.1", now=0.0) == 0
    assert door.enter(PASSWORD, "10.0.0.1", now=0.0)
    mark = door.mark()
    for i in range(300):
        door.wait_s(f"10.1.{i % 250}.9", now=10 + i / 10)
    assert door.wait_s("10.9.9.9", now=41.0) > 0
    assert door.wait_s("10.0.0.1", now=41.0) == 0  # an address that he came from,
    for _ in range(5):
        door.wait_s("10.0.0.1", now=42.0)
    assert door.wait_s("10.0.0.1", now=42.0) > 0
    assert door.wait_s("10.0.0.1", mark, now=42.0) == 0  # and a browser, wherever it is
    assert [door.wait_s("10.9.9.9", mark, now=43.0) > 0 for _ in range(5)] == [False] * 4 + [True]
    for forged in ("", "x", mark[:-1], f"{'0' * 32}{mark[32:]}", "é.é"):
        assert door.wait_s("10.9.9.9", forged, now=44.0) > 0
    light_password(Home(tmp_path), "another long one")
    assert Door(Home(tmp_path))._place("10.9.9.9", mark) == "10.9.9.9"


def test_a_browser_that_was_here_before_is_known_at_the_log_in(locked):
    _, port, server, _ = locked
    door = server.config.app.door
    door._tries.clear()
    with stranger(port) as client:
        assert client.post("/login", json={"password": PASSWORD}, headers=OURS).status_code == 200
        for _ in range(6):
            door.wait_s("127.0.0.1")
        with stranger(port) as other:
            assert other.post("/login", json={"password": PASSWORD}, headers=OURS).status_code == 429
        assert client.post("/login", json={"password": PASSWORD}, headers=OURS).status_code == 200
    door._tries.clear()


def test_a_session_ends_by_idleness_by_age_and_by_another_password(tmp_path):
    light_password(Home(tmp_path), PASSWORD)
    door = Door(Home(tmp_path))
    idle, old = door.enter(PASSWORD, "here", now=0.0), door.enter(PASSWORD, "here", now=0.0)
    assert all(name not in repr(door) for name in (idle, old))  # only their hashes are kept
    assert not door.knows(idle, now=13 * 3600.0)
    for hour in range(0, 7 * 24, 10):
        assert door.knows(old, now=hour * 3600.0)
    assert not door.knows(old, now=7 * 86400.0 + 1)
    renewed = door.enter(PASSWORD, "here", now=0.0)
    light_password(Home(tmp_path), "another afternoon")
    assert not door.knows(renewed, now=1.0)
    assert door.enter(PASSWORD, "here") is None


def test_a_password_is_kept_as_scrypt_in_a_file_of_its_owner_alone(tmp_path):
    write_password(Home(tmp_path), PASSWORD)
    file = tmp_path / "dashboard.json"
    kept = json.loads(file.read_text())["password"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert kept["n"] * kept["p"] >= 3 * 2**15 and PASSWORD not in file.read_text()
    with pytest.raises(ConfigError, match="10 to 1024 characters, got 5"):
        write_password(Home(tmp_path), "short")
    assert read_lock(Home(tmp_path)).password.fits(PASSWORD)
    file.write_text("{}}")
    with pytest.raises(ConfigError, match="set the password again"):
        dashboard.run_dashboard(Home(tmp_path), "127.0.0.1", 0)


@pytest.mark.parametrize("broken", ["", "{", '{"password": 3}', '{"names": ["a.example"], "more": 1, "format": "x"}'])
def test_a_broken_file_is_mended_by_a_new_password_as_its_message_says(tmp_path, broken):
    (tmp_path / "dashboard.json").write_text(broken)
    with pytest.raises(ConfigError, match="set the password again with unusual serve --set-password"):
        Door(Home(tmp_path)).lock()
    write_password(Home(tmp_path), PASSWORD)
    assert Door(Home(tmp_path)).lock().password.fits(PASSWORD)
    assert (tmp_path / "dashboard.json.broken").read_text() == broken
