"""The dashboard as a process: where it listens, what it loads, and how many it serves."""

import re
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
from made_home import add_event, serving
from visiting import HTML, stranger

from unusual.app.dashboard import server as dashboard
from unusual.app.dashboard.door.keys import Lock
from unusual.errors import ConfigError
from unusual.files import write_text
from unusual.store.events import EventStore
from unusual.store.home import Home


def test_other_machines_are_let_in_only_with_a_password(tmp_path):
    for host in ("0.0.0.0", "::", "192.168.1.4", "camera.example"):
        with pytest.raises(ConfigError, match=r"^[^\n]* set a password first, unusual serve --set-password$"):
            dashboard.run_dashboard(Home(tmp_path), host, 0)


def test_a_name_in_the_file_is_another_address_and_demands_a_password(tmp_path, home, events):
    write_text(tmp_path / "dashboard.json", Lock(names=("cameras.example",)).model_dump_json())
    with pytest.raises(ConfigError, match=r"cameras.example is open to other machines: set a password first"):
        dashboard.run_dashboard(Home(tmp_path), "127.0.0.1", 0)
    for host in ("cameras.example", "localhost"):  # a proxy may say either
        with serving(Home(tmp_path)) as (port, _), stranger(port) as client:
            answer = client.get("/live", headers={"host": host})
            assert (answer.status_code, answer.json()["detail"].split(":")[0]) == (403, "other machines may look")
            assert client.get("/healthz", headers={"host": host}).status_code == 200


def test_a_database_that_cannot_be_read_is_told_on_a_page(tmp_path):
    home = Home(tmp_path)
    with closing(EventStore.open(home)) as store:
        add_event(store, "door", time.time(), 3.0)
    with serving(home) as (port, _), stranger(port) as client:
        assert client.get("/events").status_code == 200
        for end in ("-wal", "-shm"):
            home.database.with_name(home.database.name + end).unlink(missing_ok=True)
        home.database.with_name("new").write_bytes(b"no database " * 1000)
        home.database.with_name("new").replace(home.database)
        for path in ("/", "/events", "/settings", "/timeline"):
            answer = client.get(path, headers=HTML)
            assert (answer.status_code, "of another program" in answer.text) == (503, True)
        assert client.get("/nothing", headers=HTML).status_code == 404


def test_a_taken_port_is_told_in_a_line(open_house, tmp_path):
    with pytest.raises(ConfigError, match=f"cannot listen on 127.0.0.1, port {open_house[0]}"):
        dashboard.run_dashboard(Home(tmp_path), "127.0.0.1", open_house[0])


def test_whoever_serves_is_polite(tmp_path, monkeypatch):
    class Server:
        def run(self, sockets):
            done.append("serves")

    done = []
    monkeypatch.setattr(dashboard, "make_server", lambda home, loopback, footage: Server())
    monkeypatch.setattr(dashboard.os, "nice", done.append)
    dashboard.run_dashboard(Home(tmp_path), "127.0.0.1", 0)
    assert done == [dashboard.POLITE, "serves"]


def test_idle_connections_do_not_keep_others_out(open_house, web):
    import socket

    idle = [socket.create_connection(("127.0.0.1", open_house[0])) for _ in range(100)]
    for connection in idle:
        connection.sendall(b"GET /live HTTP/1.1\r\nHost: localhost\r\nX-")
    assert web.get("/live").status_code == 200
    for connection in idle:
        connection.close()


def test_it_serves_many_at_once(web):
    statuses = []
    threads = [threading.Thread(target=lambda: statuses.append(web.get("/events").status_code)) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 12


def test_serving_loads_no_network():
    code = "import sys; import unusual.app.dashboard.server; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_without_its_libraries_it_says_what_to_install():
    code = "import sys; sys.modules['fastapi'] = None; import unusual.app.dashboard.server"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "ConfigError: the dashboard needs fastapi: pip install 'unusual[serve]'" in said.stderr


def test_pages_point_at_nothing_outside():
    folder = Path(dashboard.__file__).parent
    for file in [*folder.glob("templates/*"), *folder.glob("static/*")]:
        text = file.read_text().replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?://|//\w+\.\w+/|\bstyle=|\son\w+=", text), file.name


def test_recordings_that_are_not_there_are_told_before_it_serves(tmp_path):
    with pytest.raises(ConfigError, match="is no folder"):
        dashboard.run_dashboard(Home(tmp_path), "127.0.0.1", 0, (tmp_path / "films",))


def test_what_was_watched_goes_on_and_why_not_is_said(tmp_path, monkeypatch, capsys):
    class Server:
        def run(self, sockets):
            pass

    monkeypatch.setattr(dashboard, "make_server", lambda home, loopback, footage: Server())
    monkeypatch.setattr(dashboard.os, "nice", lambda _: None)
    monkeypatch.setattr(dashboard, "go_on_watching", lambda home: f"{home.folder.name} is broken")
    dashboard.run_dashboard(Home(tmp_path / "home"), "127.0.0.1", 0)
    assert "is not watched: home is broken" in capsys.readouterr().err
