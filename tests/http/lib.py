"""What the tests of the daemon share: small indexes, a daemon to talk to, and checks that print one line each."""

import contextlib
import http.client
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import time
import traceback

# Whether the daemon is built with a sanitizer.
SANITIZED = any(name in pathlib.Path(os.environ["NGIDXD"]).read_bytes() for name in (b"__asan_init", b"__tsan_init"))

# What the indexes hold: name -> list of (text, metadata).
FISH = [
    ("one fish, two fish\nred fish", {"title": "Fish", "url": "https://example.org/fish"}),
    ("blue fish €😀 end", {"n": 1}),
    ("", {}),
    ("Grüße, fish! " * 500, {"title": "long"}),
]
BIRDS = [(f"bird number {i} sings a song of sixpence, a pocket full of rye and {i} more", {"id": i}) for i in range(200)]


def write_corpus(path, documents):
    with open(path, "w", encoding="utf-8") as file:
        for text, metadata in documents:
            file.write(json.dumps({**metadata, "text": text}, ensure_ascii=False) + "\n")


def build(name, documents, *options):
    """Builds NAME.ngidx, replacing one that is there, and returns its path."""
    write_corpus(f"{name}.jsonl", documents)
    subprocess.run(
        [os.environ["NGIDX"], "build", "-q", "--force", f"{name}.jsonl", "-o", f"{name}.ngidx", *map(str, options)],
        check=True,
    )
    return pathlib.Path(f"{name}.ngidx").resolve()


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"{self.status} {self.body[:600]!r}"


class Daemon:
    """A daemon on a free port. With block ends it by SIGTERM and fails where it did not end well."""

    def __init__(self, *arguments, **environment):
        self.log = open("daemon.log", "ab")
        start = self.log.tell()
        self.process = subprocess.Popen(
            # Test machines may stand still for a while; tests of deadlines set their own.
            [os.environ["NGIDXD"], "--listen", "127.0.0.1:0", "--timeout", "600", *map(str, arguments)],
            stderr=self.log,
            env={**os.environ, **environment},
        )
        for _ in range(600):
            text = pathlib.Path("daemon.log").read_bytes()[start:]
            found = re.search(rb"http://127\.0\.0\.1:(\d+)/", text)
            if found:
                self.port = int(found[1])
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        self.process.kill()
        raise RuntimeError("the daemon did not start: " + text.decode())

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        self.stop()

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(600)
        self.log.close()
        check("the daemon ends well", code == 0, f"exit status {code}: {self.log_text()[-3000:]}")

    def log_text(self):
        return pathlib.Path("daemon.log").read_text(errors="replace")

    def hang_up(self):
        self.process.send_signal(signal.SIGHUP)

    def connect(self, timeout=600):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)

    def request(self, method, path, body=None, headers=None):
        with contextlib.closing(self.connect()) as connection:
            if body is not None and not isinstance(body, (bytes, str)):
                body = json.dumps(body)
            if isinstance(body, str):
                body = body.encode()
            headers = dict(headers or {})
            if method == "POST":
                headers.setdefault("Content-Type", "application/json")
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return Answer(response.status, dict(response.getheaders()), response.read())

    def get(self, path, **headers):
        return self.request("GET", path, headers=headers)

    def post(self, path, body, **headers):
        return self.request("POST", path, body, headers)

    def raw(self, data, timeout=10, half_close=False):
        """Sends bytes and returns everything that comes back until the connection is closed or silent."""
        return self.exchange(data, timeout, half_close)[0]

    def exchange(self, data, timeout=10, half_close=False):
        """The same, and how the connection ended: "closed", "reset", or "open" where the time was over."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=timeout) as connection:
            got, end = b"", "open"
            try:
                connection.sendall(data)
                if half_close:
                    connection.shutdown(socket.SHUT_WR)
                while True:
                    piece = connection.recv(65536)
                    if not piece:
                        end = "closed"
                        break
                    got += piece
            except TimeoutError:
                pass
            except OSError:  # the other side has had enough
                end = "reset"
            return got, end


failures = 0


def check(name, condition, seen=""):
    global failures
    if condition:
        print(f"ok {name}")
    else:
        failures += 1
        print(f"not ok {name}\n    seen: {seen}")
    return condition


def equal(name, seen, wanted):
    return check(name, seen == wanted, f"{seen!r}\n    wanted: {wanted!r}")


def skip(name, why):
    print(f"skip {name} {why}")


def wait_for(condition, seconds=30):
    """Whether the condition comes true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False


def main(*tests):
    for test in tests:
        try:
            test()
        except Exception:  # one test that breaks does not take the others with it
            print(f"not ok {test.__name__}")
            traceback.print_exc(file=sys.stdout)
    sys.stdout.flush()
