"""Videos over HTTP on loopback: files that are downloaded, and a camera that sends pictures without end."""

import threading
import time
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

from unusual.video.pictures import jpeg

STREAM, RATE = "/stream.mjpg", 10


class Handler(SimpleHTTPRequestHandler):
    def __init__(self, *args, pictures, **kwargs):
        self.pictures = pictures
        super().__init__(*args, **kwargs)

    def log_message(self, *_):
        pass

    def do_GET(self):
        if not self.path.startswith(STREAM):
            super().do_GET()
            return
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=part")
        self.end_headers()
        number = 0
        try:
            while True:
                part = jpeg(self.pictures[number % len(self.pictures)])
                head = f"--part\r\nContent-Type: image/jpeg\r\nContent-Length: {len(part)}\r\n\r\n"
                self.wfile.write(head.encode() + part + b"\r\n")
                number += 1
                time.sleep(1 / RATE)
        except OSError:  # whoever looked has gone
            pass


@contextmanager
def web_server(folder, pictures):
    """Serve the files of a folder, and these pictures, (H, W, 3) uint8, round and round at STREAM; gives the port."""
    handler = partial(Handler, directory=str(folder), pictures=pictures)
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()
