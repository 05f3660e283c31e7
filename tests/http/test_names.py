"""Parts that are given by the names of their hosts."""

import concurrent.futures
import pathlib

from lib import *

if SANITIZED:
    print("skip names: a preloaded resolver does not go with sanitizers")
    sys.exit()
source = pathlib.Path(__file__).with_name("resolver.c")
subprocess.run([os.environ.get("CC", "cc"), "-shared", "-fPIC", "-D_GNU_SOURCE", "-o", "resolver.so", source], check=True)
PRELOAD = {"LD_PRELOAD": os.path.abspath("resolver.so")}
NAMES = [option for name in ("one", "two", "silent", "slow", "later") for option in ("--host", f"{name}.test")]
birds = build("birds", BIRDS)


def count(url, *options):
    """Exit code, output, error and seconds."""
    began = time.monotonic()
    done = subprocess.run(
        [os.environ["NGIDX"], "count", "bird", "-i", url, *options], capture_output=True, text=True, env={**os.environ, **PRELOAD}
    )
    return done.returncode, done.stdout.strip(), done.stderr, time.monotonic() - began


with Daemon("-i", f"part={birds}", *NAMES) as part:
    code, found, error, _ = count(f"http://one.test:{part.port}/part")
    equal("a name", (code, found), (0, "200"))
    code, found, error, _ = count(f"http://two.test:{part.port}/part")
    equal("a name whose first address does not answer", (code, found), (0, "200"))
    # Packets to an address whose queue of connections is full are dropped.
    with contextlib.ExitStack() as sockets:
        full = sockets.enter_context(socket.create_server(("127.0.0.3", part.port), backlog=0))
        for _ in range(4):
            waiting = sockets.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        code, found, error, took = count(f"http://silent.test:{part.port}/part", "--part-timeout", "20")
        equal("a name whose first address drops what it is sent", (code, found), (0, "200"))
        check("it takes no more than its share", 1.5 < took < 15, took)
        code, found, error, took = count(f"http://silent.test:{part.port}/part", "--part-timeout", "2")
        equal("also of a short time", (code, found), (0, "200"))
        code, found, error, took = count(f"http://127.0.0.3:{part.port}/part", "--part-timeout", "2")
        check("an address that is the only one", code == 2 and "did not answer within 2 s" in error, error)
        both = f"http://silent.test:{part.port}/part,http://silent.test:{part.port}/part"
        code, found, error, took = count(both, "--part-timeout", "20")
        check("two parts wait side by side", took < 15, took)
        with Daemon("-i", f"w=http://silent.test:{part.port}/part", "--threads", "4", **PRELOAD) as front:
            # Many at a time, so that there are new connections: none waits for the address that was silent before.
            began = time.monotonic()
            with concurrent.futures.ThreadPoolExecutor(8) as clients:
                answers = list(clients.map(lambda _: front.get("/v1/w/count?query=bird").json.get("count"), range(200)))
            equal("through a daemon, many at a time", answers, [200] * 200)
            check("the address that worked is remembered", time.monotonic() - began < 1.9, time.monotonic() - began)
    code, found, error, _ = count(f"http://gone.test:{part.port}/part")
    check("a name that is not known", code == 2 and "part 1 of the index" in error and "not known" in error, error)
    code, found, error, _ = count(f"http://gone.test:{part.port}/part|http://one.test:{part.port}/part")
    equal("another replica", (code, found), (0, "200"))
    code, found, error, took = count(f"http://slow.test:{part.port}/part", "--part-timeout", "2")
    check("a resolver that does not answer", code == 2 and "could not be looked up within 2 s" in error, error)
    check("within its deadline", 1.5 < took < 30, took)
    code, found, error, took = count(f"http://slow.test:{part.port}/part|http://one.test:{part.port}/part", "--part-timeout", "4")
    equal("another replica, in time", (code, found), (0, "200"))
    check("it takes the share of one", took < 30, took)
    code, found, error, _ = count(f"http://127.0.0.1:{part.port}/other")
    check("what a part says of its error", 'status 404: there is no index "other"' in error, error)
    code, found, error, _ = count("http://127.0.0.1:1/part")
    check("nothing listens", code == 2 and error.strip().endswith("cannot be reached"), error)

    with Daemon("-i", f"w=http://slow.test:{part.port}/part|http://one.test:{part.port}/part", "-i", f"near={birds}",
                "--part-timeout", "4", "--threads", "2", **PRELOAD) as front:
        began = time.monotonic()
        equal("through a daemon", front.get("/v1/w/count?query=bird").json.get("count"), 200)
        equal("and again", front.get("/v1/w/count?query=bird").json.get("count"), 200)
        check("in time", time.monotonic() - began < 30, time.monotonic() - began)

part = Daemon("-i", f"part={birds}", *NAMES)
with Daemon("-i", f"w=http://later.test:{part.port}/part", "--part-timeout", "20", "--threads", "2", **PRELOAD) as front:
    equal("a name that is found", front.get("/v1/w/count?query=bird").json.get("count"), 200)
    part.stop()
    pathlib.Path("slow").touch()
    threads = lambda: len(os.listdir(f"/proc/{front.process.pid}/task"))
    before = threads()
    for _ in range(12):
        with contextlib.suppress(TimeoutError), contextlib.closing(front.connect(timeout=0.3)) as connection:
            connection.request("GET", "/v1/w/count?query=bird")
            connection.getresponse()
    check("a lookup takes one thread, however many ask", threads() == before + 1, (before, threads()))
