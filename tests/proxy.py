"""A TCP proxy for tests that does to a connection what networks do: delays, cuts, resets, silence, garbage."""

import contextlib
import random
import socket
import struct
import threading
import time

RESET = struct.pack("ii", 1, 0)  # SO_LINGER of no time: close with RST instead of FIN


class Proxy:
    """Forwards connections to a port of this machine, on a port of its own. All faults hold for both old and new ones.

    delay_s:  each piece of the answer comes this much later.
    silent:   answers are swallowed, the connection stays. media: False swallows them from the first picture of RTSP on.
    garbage:  answers are replaced by as many random bytes.
    """

    def __init__(self, port):
        self._target = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.delay_s, self.silent, self.garbage, self.media = 0.0, False, False, True
        self._ends = []  # (of the client, of the server)
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                try:
                    server = socket.create_connection(("127.0.0.1", self._target))
                except OSError:
                    client.close()
                    continue
                self._ends.append((client, server))
                threading.Thread(target=self._forward, args=(client, server, bytes), daemon=True).start()
                threading.Thread(target=self._forward, args=(server, client, self._spoilt), daemon=True).start()

    def _forward(self, source, sink, change):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(change(data))
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)

    def _spoilt(self, data):
        time.sleep(self.delay_s)
        if not self.media and b"$\0" in data:  # how RTSP marks pictures between its answers
            self.silent = True
        if self.silent:
            return data.partition(b"$\0")[0] if not self.media else b""
        return random.Random(0).randbytes(len(data)) if self.garbage else data

    def half_close(self):
        """No more answers; questions are still taken."""
        for client, _ in self._ends:
            with contextlib.suppress(OSError):
                client.shutdown(socket.SHUT_WR)

    def reset(self):
        for client, server in self._ends:
            with contextlib.suppress(OSError):
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                client.shutdown(socket.SHUT_RD)  # wakes the thread that reads it, which would keep it open
            client.close()
            server.close()
        self._ends.clear()

    def heal(self):
        self.delay_s, self.silent, self.garbage, self.media = 0.0, False, False, True

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._accepting.join()
        self._listener.close()
        self.reset()
