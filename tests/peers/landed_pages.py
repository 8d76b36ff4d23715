"""A lake with landed export pages of a size, for measuring: a source on loopback whose pages hold each conversation once, pulled by the binary.

Conversations differ in length and kind (short and long, texts, choices, carousels), and no two pages share more than words, so few landed pages
refer to another. The same pages are kept as lines of text, for whoever reads JSON himself. The same seed gives the same records.
"""

import json
import os
import pathlib
import random
import shutil
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

AGENT = "bench-agent"
BEGIN, YEAR = 1_735_689_600, 31_536_000
CONVERSATIONS_A_PAGE = 100
ORIGINS = ("web-chat", "whatsapp", "instagram", "voice")
STATES = ("completed", "ended_chat", "in_progress", "requested_chat")


class Pages:
    """Pages by their number, until so many bytes were asked for; each is kept in one of some files below `lines`, as {"page", "fetched_at", "body"}."""

    def __init__(self, n_bytes: int, lines: pathlib.Path, seed: int = 1) -> None:
        self.left = n_bytes
        lines.mkdir(parents=True)
        self.files = [(lines / f"pages-{nth}.jsonl").open("wb") for nth in range(16)]
        self.chance = chance = random.Random(seed)
        letters = "etaoinshrdlucmfwypvbgk"
        self.words = ["".join(chance.choices(letters, k=chance.randint(2, 9))) for _ in range(40_000)]

    def text(self) -> str:
        """Some words, sixteen of them as a rule, and no phrase of another page."""
        n_words = min(int(self.chance.lognormvariate(2.8, 0.8)) + 1, 300)
        return " ".join(self.chance.choices(self.words, k=n_words))

    def message(self, at: float) -> dict:
        kind = self.chance.random()
        when = f"{datetime_of(at)}"
        if kind < 0.6:
            return {"type": "text", "payload": {"message": self.text()}, "ts": when}
        if kind < 0.8:
            return {"type": "text", "payload": self.text(), "ts": when}
        buttons = [{"name": self.text()[:20], "request": {"type": "path", "label": self.text()[:12]}} for _ in range(self.chance.randint(1, 4))]
        if kind < 0.95:
            return {"type": "choice", "payload": {"message": self.text()[:80], "buttons": buttons}, "ts": when}
        return {"type": "carousel", "payload": {"layout": "Carousel", "cards": [{"title": self.text()[:40], "buttons": buttons}]}, "ts": when}

    def conversation(self, number: int) -> dict:
        chance = self.chance
        began = BEGIN + chance.randrange(YEAR)
        at, turns, n_messages = float(began), [], 0
        for turn in range(max(1, int(chance.lognormvariate(2.0, 0.8)))):
            messages = []
            for _ in range(1 if turn % 2 else chance.randint(1, 3)):
                at += chance.uniform(0.5, 40.0)
                messages.append(self.message(at))
            n_messages += len(messages)
            turns.append({"from": "human" if turn % 2 else "bot", "messages": messages})
        person = chance.getrandbits(48)
        metadata = {
            "ID": f"{number:08x}{chance.getrandbits(64):016x}",
            "ts": began,
            "userID": f"u{person:x}",
            "userName": self.text()[:16],
            "userEmail": f"{person:x}@example.com",
            "userBrowser": chance.choice(("Chrome", "Safari", "Firefox")),
            "userPlatform": chance.choice(("mobile", "desktop")),
            "origin": chance.choice(ORIGINS),
            "state": chance.choice(STATES),
            "tags": chance.sample(("vip", "refund", "order", "login"), k=chance.randint(0, 2)),
            "messagesNum": n_messages,
            "interactionsNum": len(turns),
            "sessionsNum": 1,
            "convoTimeSeconds": round(at - began, 3),
            "firstMessageTS": began,
            "lastMessageTS": int(at),
            "lastModified": int(at),
        }
        return {"metadata": metadata, "turns": turns}

    def page(self, number: int) -> bytes:
        if self.left <= 0:
            return b'{"success":true,"data":[]}'
        first = number * CONVERSATIONS_A_PAGE
        records = [self.conversation(first + nth) for nth in range(CONVERSATIONS_A_PAGE)]
        body = json.dumps({"success": True, "data": records}, separators=(",", ":")).encode()
        self.left -= len(body)
        self.files[number % len(self.files)].write(b'{"page":"%06d","fetched_at":"2026-01-01T00:00:00Z","body":%s}\n' % (number, body))
        return body

    def close(self) -> None:
        for file in self.files:
            file.close()


def datetime_of(at: float) -> str:
    """As the source writes instants: without a zone."""
    import datetime

    return datetime.datetime.fromtimestamp(at, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]


def handler_of(pages: Pages) -> type[BaseHTTPRequestHandler]:
    lock = threading.Lock()
    given: dict[str, bytes] = {}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:  # noqa: N802 - the name is the library's
            with lock:
                # A page that is asked for again is the same.
                if self.path not in given:
                    given.clear()
                    given[self.path] = pages.page(int(self.path.rpartition("page=")[2].partition("&")[0]))
                body = given[self.path]
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return

    return Handler


def landed(binary: str, folder: pathlib.Path, n_bytes: int) -> int:
    """Makes `lake` and `lines` in the folder, or leaves them be where they are whole; gives the bytes of all pages."""
    lake, lines, whole = folder / "lake", folder / "lines", folder / "bytes"
    if whole.is_file():
        return int(whole.read_text())
    shutil.rmtree(folder, ignore_errors=True)
    pages = Pages(n_bytes, lines)
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(pages))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    settings = [f"params.agent_id={AGENT}", "rate_limit.requests_per_second=1000", f"base_url={url}", f"streams.export.base_url={url}"]
    words = [word for setting in settings for word in ("--set", setting)]
    # Without the list, every page is walked.
    words += ["--stream", "export", "--to", str(lake), "-q"]
    subprocess.run([binary, "run", "convocore", *words], check=True, env={**os.environ, "CONVOCORE_API_KEY": "bench"})
    server.shutdown()
    pages.close()
    served = n_bytes - pages.left
    whole.write_text(str(served))
    return served
