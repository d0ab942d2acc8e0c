"""A web server that takes alerts and answers as it is told, a mail server, and an alert to send to them."""

import email
import email.policy
import socketserver
import threading
import time
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from unusual.app.alerts.channels import Alert, WebhookChannel, WebhookSettings

ALERT = Alert("a" * 22, "gate", '{"words": "unusual at gate", "score": 3.5}')
SECRET = "s3cr3t:@/#%"


def wait_for(happened, seconds=20.0):
    until = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.005)


class Receiver:
    """A web server on the loopback that keeps what it gets and answers as it is told, with 200 in the end."""

    def __init__(self, *answers):
        self.got, self.answers, self.release = [], list(answers), threading.Event()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append((self.path, dict(self.headers), body))
                answer = receiver.answers.pop(0) if receiver.answers else 200
                if answer == "hang":
                    receiver.release.wait(20)
                elif answer == "drip":
                    self._drip()
                elif answer == "nonsense":
                    self.wfile.write(b"\0\xff nonsense\r\n\r\n")
                else:
                    self.send_response(answer)
                    self.send_header("Location", receiver.url + "/elsewhere")
                    self.end_headers()

            def _drip(self):
                while not receiver.release.wait(0.05):
                    self.wfile.write(b"H")
                    self.wfile.flush()

            def handle(self):
                with suppress(OSError):
                    super().handle()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=[0.01], daemon=True).start()

    def close(self):
        self.release.set()
        self.server.shutdown()
        self.server.server_close()


@contextmanager
def receiving(*answers):
    receiver = Receiver(*answers)
    try:
        yield receiver
    finally:
        receiver.close()


def webhook(url, timeout_s=5.0, **settings):
    return WebhookChannel(WebhookSettings(url=url, timeout_s=timeout_s, **settings))


class Post(socketserver.ThreadingTCPServer):
    """A mail server on the loopback, of RFC 5321 as much as it takes to be given a mail."""

    daemon_threads = True

    def __init__(self):
        self.mails = []
        super().__init__(("127.0.0.1", 0), Talk)
        self.port = self.server_address[1]


class Talk(socketserver.StreamRequestHandler):
    def handle(self):
        self.say("220 here")
        for line in self.rfile:
            word = line[:4].upper()
            if word == b"DATA":
                self.say("354 go on")
                lines = iter(self.rfile.readline, b".\r\n")
                content = b"".join(line.removeprefix(b".") if line.startswith(b"..") else line for line in lines)
                self.server.mails.append(email.message_from_bytes(content, policy=email.policy.default))
            self.say("221 bye" if word == b"QUIT" else "250 yes")

    def say(self, words):
        self.wfile.write(f"{words}\r\n".encode())


@contextmanager
def taking_mail():
    with Post() as post:
        threading.Thread(target=post.serve_forever, args=[0.01], daemon=True).start()
        yield post
        post.shutdown()
