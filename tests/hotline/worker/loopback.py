"""A carrier on the loopback: it serves recordings and forgets them, and asks first whether it may."""

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from tests.hotline.worker.scene import wav


class LoopbackCarrier:
    """Use as a context manager. `on_delete` is called with the recording's id before it is deleted."""

    def __init__(self, recordings: set[str], on_delete: Callable[[str], None] = lambda _: None) -> None:
        self.recordings = recordings
        self.refused_deletions: list[str] = []
        self.slow = threading.Event()  # it says nothing to whoever asks for a recording, until it is put away
        self.held = threading.Semaphore(0)  # one more for each who waits in vain
        self.answered_late = 0
        self._over = threading.Event()
        self._on_delete = on_delete
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> "LoopbackCarrier":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def serve(self, path: str) -> tuple[int, bytes]:
        name = PurePosixPath(urlsplit(path).path)
        if name.suffix == ".wav":
            if self.slow.is_set():
                self.held.release()
                self._over.wait()
                self.answered_late += 1
            return (200, wav(3)) if name.stem in self.recordings else (404, b"")
        if name.name in ("Calls.json", "Recordings.json"):
            return 200, json.dumps({name.stem.lower(): [], "next_page_uri": None}).encode()
        return 404, b"{}"

    def delete(self, path: str) -> int:
        recording = PurePosixPath(path).stem
        if recording not in self.recordings:
            return 404
        try:
            self._on_delete(recording)
        except AssertionError:
            self.refused_deletions.append(recording)
            return 500
        self.recordings.discard(recording)
        return 204

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        carrier = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, body = carrier.serve(self.path)
                self._answer(status, body)

            def do_DELETE(self) -> None:
                self._answer(carrier.delete(self.path), b"")

            def _answer(self, status: int, body: bytes) -> None:
                try:
                    self.send_response(status)
                    self.send_header("Content-Type", "audio/x-wav" if body[:4] == b"RIFF" else "application/json")
                    if status != 204:
                        self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)
                except OSError:
                    return  # the worker was killed meanwhile

            def log_message(self, *_: object) -> None:
                """Say nothing: tests are quiet."""

        return Handler
