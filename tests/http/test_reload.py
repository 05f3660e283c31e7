"""Indexes opened anew and replaced, and the end of the daemon, without losing a request."""

import threading

from lib import *

index = build("fish", FISH)


class Clients:
    """Threads that count without a pause, on connections that stay open."""

    def __init__(self, daemon, number=3):
        self.daemon, self.going, self.wrong, self.seen = daemon, True, [], []
        self.threads = [threading.Thread(target=self.run) for _ in range(number)]
        for thread in self.threads:
            thread.start()

    def run(self):
        connection = self.daemon.connect()
        try:
            while self.going:
                connection.request("GET", "/v1/fish/count?query=fish")
                response = connection.getresponse()
                body = response.read()
                if response.status == 200:
                    self.seen.append(json.loads(body)["count"])
                else:
                    self.wrong.append((response.status, body))
        except OSError as error:
            self.wrong.append(error)
        connection.close()

    def end(self):
        self.going = False
        for thread in self.threads:
            thread.join()


def replaced():
    with Daemon("-i", index) as d:
        equal("before", d.get("/v1/fish/count?query=fish").json["count"], 504)
        cursor = d.get("/v1/fish/locate?query=fish").json["next"]
        clients = Clients(d)
        for i in range(5):
            d.hang_up()
            time.sleep(0.1)
        build("fish", FISH + [("one more fish", {})])
        check("a replaced index is noticed", wait_for(lambda: d.get("/v1/fish/count?query=fish").json["count"] == 505))
        for i in range(3):
            build("fish", FISH[: i + 1])
            d.hang_up()
        check("and again", wait_for(lambda: d.get("/v1/indexes").json["indexes"][0]["documents"] == 3))
        clients.end()
        check("no request was lost", not clients.wrong and len(clients.seen) > 50, (clients.wrong[:3], len(clients.seen)))
        check("every answer is of one index or another", set(clients.seen) <= {504, 505, 3, 4}, set(clients.seen))
        answer = d.get(f"/v1/fish/locate?query=fish&cursor={cursor}")
        equal("a cursor of the old index", answer.status, 409)
        pathlib.Path(index, "index.json").rename("index.json")
        d.hang_up()
        check("an index that went away is told of", wait_for(lambda: "the old one stays in use" in d.log_text()))
        equal("and stays", d.get("/v1/fish/count?query=fish").status, 200)
        pathlib.Path("index.json").rename(pathlib.Path(index, "index.json"))
        metrics = d.get("/metrics").body.decode()
        check("reloads are counted", int(re.search(r"^ngidx_reload_failures_total (\d+)", metrics, re.M)[1]) >= 1, metrics)


def drained():
    long_text = "".join(f"{i:05d} " for i in range(5000))
    slow = build("slow", [(long_text, {})])
    d = Daemon("-i", slow, "--threads", 1)
    answers = []
    body = {"queries": [long_text[i : i + 1500] for i in range(2000)]}
    thread = threading.Thread(target=lambda: answers.append(d.post("/v1/slow/batch", body)))
    thread.start()
    wait_for(lambda: "ngidx_requests_running 1" in d.get("/metrics").body.decode())
    d.process.send_signal(signal.SIGTERM)
    thread.join()
    equal("a request under way is answered before the end", answers[0].status if answers else None, 200)
    d.stop()

    large = build("large", [("".join(f"{i:07d} " for i in range(1000000)), {})])
    d = Daemon("-i", large)
    with socket.socket() as reader, socket.create_connection(("127.0.0.1", d.port), timeout=30) as sender:
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        reader.connect(("127.0.0.1", d.port))
        reader.sendall(b"GET /v1/large/doc/0 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        got = len(reader.recv(1000))
        body = b'{"query": "0000007"}'
        head = "POST /v1/large/count HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
        sender.sendall(f"{head}{len(body)}\r\n\r\n".encode() + body[:5])
        time.sleep(0.2)
        d.process.send_signal(signal.SIGTERM)
        time.sleep(1)
        sender.sendall(body[5:])
        equal("a request that had begun is answered before the end", sender.recv(15), b"HTTP/1.1 200 OK")
        got += sum(map(len, iter(lambda: reader.recv(65536), b"")))
        check("an answer that is read slowly is whole", got > 8000000, got)
        d.process.wait(30)
    d.stop()

    d = Daemon("-i", slow)
    idle = d.connect()
    idle.request("GET", "/livez")
    idle.getresponse().read()
    d.process.send_signal(signal.SIGTERM)
    start = time.monotonic()
    d.stop()
    check("a silent connection does not hold up the end", time.monotonic() - start < 10)


def activated():
    """A socket from systemd: handed over as file 3."""
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    code = (
        "import os, sys; os.dup2(int(sys.argv[1]), 3); os.set_inheritable(3, True);"
        "os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS='1'); os.execv(sys.argv[2], sys.argv[2:])"
    )
    command = [sys.executable, "-c", code, str(listener.fileno()), os.environ["NGIDXD"], "-i", str(index)]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        notify.bind("notify.sock")
        notify.settimeout(30)
        environment = {**os.environ, "NOTIFY_SOCKET": os.path.abspath("notify.sock")}
        process = subprocess.Popen(command, pass_fds=[listener.fileno()], env=environment, stderr=subprocess.DEVNULL)
        listener.close()
        equal("systemd is told", notify.recv(100), b"READY=1")
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("GET", "/livez")
        equal("a socket that was handed over", connection.getresponse().status, 200)
        connection.close()
        process.terminate()
        equal("ends well", process.wait(30), 0)
        equal("and of the end", notify.recv(100), b"STOPPING=1")


main(replaced, drained, activated)
