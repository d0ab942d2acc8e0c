"""A visitor of the dashboard for tests: what it sends, and how it reads a page."""

import http.client
from html.parser import HTMLParser

import httpx

from unusual.app.dashboard.door.keys import Lock, Password, User, change_lock
from unusual.files import write_text

PASSWORD = "a quiet afternoon"
OURS = {"x-unusual": "1", "sec-fetch-site": "same-origin"}
HTML = {"accept": "text/html"}


def light_password(home, words):
    """As `write_password`, but quick to check."""
    write_text(home.folder / "dashboard.json", Lock(password=Password.of(words, n=2**14, p=1)).model_dump_json())


def light_user(home, name, words):
    """Somebody who may look, whose password is quick to check."""
    user = User(name=name, password=Password.of(words, n=2**14, p=1))
    change_lock(home, lambda lock: lock.model_copy(update={"users": (*lock.users, user)}))


def stranger(port):
    return httpx.Client(base_url=f"http://localhost:{port}", trust_env=False, timeout=30)


def raw(port, method, target, headers=(), body=b""):
    """A request whose target no client has tidied up: the status of the answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.putrequest(method, target, skip_accept_encoding=True)
    for name, value in [("content-length", str(len(body))), *headers]:
        connection.putheader(name, value)
    connection.endheaders(body)
    with connection.getresponse() as answer:
        answer.read()
        status = answer.status
    connection.close()
    return status


class Page(HTMLParser):
    """Tags with their attributes, and the words between them."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.words = [], ""
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_data(self, data):
        self.words += data


def listed(text):
    return [had["data-id"] for tag, had in Page(text).tags if tag == "li" and "data-id" in had]
