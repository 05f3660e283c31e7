"""Fails each allocation, write, sync, new name and stream of a command in turn (fault.c). Whatever fails: the command says
so and ends with 2, or does without and gives the same results; it never crashes or hangs, never leaves files behind, and
an index that was there is as it was or as it is to be. Some calls of each command, or with NGIDX_FAULTS=all every one."""
import concurrent.futures
import json
import os
import random
import shutil
import subprocess

NGIDX, FAULT = os.environ["NGIDX"], os.environ["FAULT_LIBRARY"]
EVERY = os.environ.get("NGIDX_FAULTS") == "all"
WORKERS, TIMEOUT = int(os.environ.get("JOBS", "2")), 60
# How many calls of each kind are failed in turn, of those there are.
SAMPLES = {"alloc": 10, "write": 5, "short": 3, "sync": 3, "name": 5, "stdio": 4}

COMMANDS = {
    "build": "build -q -t 1 corpus.jsonl files -o new.ngidx",
    "build shards": "build -q -t 2 corpus.jsonl -o new.ngidx --shard-size 4K --block-size 2K",
    "build over": "build -q -t 1 -f corpus.jsonl -o a.ngidx",
    "append": "append -q a.ngidx more.jsonl",
    "merge": "merge -q a.ngidx b.ngidx -o new.ngidx",
    "append to less": "append -q less.ngidx more.jsonl -t 1",
    "compact": "compact -q less.ngidx --full -t 1",
    "remove": "remove a.ngidx --docs list -t 1",
    "remove by phrase": "remove both.ngidx --phrase leaf --json -t 1",
    "remove more": "remove less.ngidx --ids list --allow-missing -t 1",
    "count removed": "count -i less.ngidx array --docs --threads 1",
    "verify removed": "verify -i less.ngidx",
    "count": "count -i a.ngidx array",
    "count queries": "count -i a.ngidx -i b.ngidx --queries phrases --json",
    "locate": "locate -i a.ngidx array --json --limit 50",
    "count documents": "count -i a.ngidx --docs array --docs-limit 100 --threads 1",
    "locate together": "locate -i both.ngidx array --and naive --or index --not leaf --json --view folded --threads 1",
    "locate sample": "locate -i a.ngidx -i b.ngidx array --json --sample 9",
    "next": "next -i a.ngidx -i b.ngidx array --words 2",
    "next before": "next -i a.ngidx array --before --json",
    "doc": "doc 3 -i a.ngidx --json",
    "contam": "contam bench.jsonl -i a.ngidx --report report",
    "contam over": "contam bench.jsonl -i a.ngidx --report old-report -t 2",
    "contam groups": "contam bench.jsonl -i less.ngidx --preset paper --report report -t 2",
    "contam folded": "contam bench.jsonl -i both.ngidx --report report --chars 12",
    "contam attributes": "contam bench.jsonl -i both.ngidx --report report --chars 12 --attributes spans --corpus-info info.json",
    "contam task": "contam bench.jsonl -i a.ngidx -i b.ngidx --report report --task 1/2",
    "contam gather": "contam gather shared-report",
    "contam diff": "contam diff old-report new-report --json",
    "bulletin": "bulletin old-report -o site",
    "bulletin over": "bulletin old-site new-report -o old-site",
    "bulletin check": "bulletin check new-report old-report",
    "contam samples": "contam --lm-eval results -i a.ngidx --report report",
    "trace": "trace suffix -i a.ngidx -i both.ngidx --min-chars 3 --whole-words --min-count 2 --documents 3 --json",
    "export": "export -i a.ngidx",
    "export without": "export -i a.ngidx --without list",
    "export to": "export -i a.ngidx --only list --to out --source-field from",
    "verify": "verify -i a.ngidx",
    "stats": "stats -i a.ngidx --json",
}


def make_fixtures(folder):
    rng = random.Random(7)
    words = "suffix array of the text naive index document rank search leaf".split()
    os.makedirs(f"{folder}/files")
    lines = [" ".join(rng.choices(words, k=rng.randint(5, 60))) for _ in range(60)]
    for name, some in ("corpus.jsonl", lines[:40]), ("more.jsonl", lines[30:50]), ("b.jsonl", lines[40:]):
        with open(f"{folder}/{name}", "w", encoding="ascii") as file:
            file.writelines(json.dumps({"text": line, "id": i}) + "\n" for i, line in enumerate(some))
    with open(f"{folder}/bench.jsonl", "w", encoding="ascii") as file:
        file.writelines(json.dumps({"question": line, "id": i}) + "\n" for i, line in enumerate(lines[20:60:4]))
    os.makedirs(f"{folder}/results/model")
    with open(f"{folder}/results/model/samples_task_2026-03-04T05-06-07.jsonl", "w", encoding="ascii") as file:
        for i, line in enumerate(lines[20:60:4] * 2):
            prompt = {"gen_args_0": {"arg_0": f"Say on: {line}", "arg_1": " yes"}, "gen_args_1": {"arg_0": "", "arg_1": "no"}}
            sample = {"doc_id": i % 10, "doc": {"goal": line}, "target": "1", "arguments": prompt, "filter": f"f{i // 10}"}
            file.write(json.dumps({**sample, "perplexity": float("nan")}) + "\n")
    texts = {"phrases": "array\nof the\nabsent\n", "text.txt": lines[3] + " and more", "files/a": "a file",
             "list": '3\n{"id":7}\n', "info.json": '{"both":{"version":"1"}}'}
    for name, text in texts.items():
        with open(f"{folder}/{name}", "w", encoding="ascii") as file:
            file.write(text)
    for arguments in ("build -q corpus.jsonl -o a.ngidx", "build -q b.jsonl -o b.ngidx",
                      "build -q corpus.jsonl -o both.ngidx --view exact,folded",
                      "build -q corpus.jsonl -o less.ngidx --view exact,folded --shard-size 2K",
                      "remove -q less.ngidx --docs list",
                      "contam bench.jsonl -i b.ngidx --report old-report",
                      "contam bench.jsonl -i a.ngidx --report new-report", "bulletin old-report -o old-site",
                      *(f"contam bench.jsonl -i a.ngidx -i b.ngidx --report shared-report --task {i}/3" for i in range(3))):
        subprocess.run([NGIDX, *arguments.split()], cwd=folder, capture_output=True, check=False)


def contents(folder):
    """Every file below a folder; folders, too."""
    found = {}
    for at, folders, files in os.walk(folder):
        found.update((os.path.relpath(os.path.join(at, name), folder), None) for name in folders)
        for name in files:
            with open(os.path.join(at, name), "rb") as file:
                found[os.path.relpath(file.name, folder)] = file.read()
    return found


class Place:
    """A folder with the fixtures, to run a command in."""

    def __init__(self, name, fixtures):
        self.name, self.fixtures = name, fixtures
        self.restore()

    def restore(self):
        shutil.rmtree(self.name, ignore_errors=True)
        shutil.copytree(self.fixtures, self.name)

    def run(self, arguments, fault):
        """Exit status, standard output, standard error, what is in the folder, and whether a call failed."""
        log, counts = os.path.abspath(f"{self.name}.log"), os.path.abspath(f"{self.name}.counts")
        if os.path.exists(log):
            os.unlink(log)
        environment = {**os.environ, "SOURCE_DATE_EPOCH": "1700000000", "LD_PRELOAD": FAULT, "FAULT": fault, "FAULT_LOG": log, "FAULT_COUNTS": counts}
        try:
            done = subprocess.run([NGIDX, *arguments], cwd=self.name, env=environment, capture_output=True,
                                  stdin=subprocess.DEVNULL, timeout=TIMEOUT, check=False)
            result = done.returncode, done.stdout, done.stderr
        except subprocess.TimeoutExpired:
            result = "hangs", b"", b""
        return (*result, contents(self.name), os.path.exists(log))


def same_file(name, got, want):
    if got == want or got is None or want is None:
        return got == want
    if "report" not in name:
        return False
    # Times are told in reports: it must be whole.
    return len(got) > 0.9 * len(want) and got.rstrip()[-8:] == want.rstrip()[-8:]


def same_folder(got, want):
    return got.keys() == want.keys() and all(same_file(name, got[name], want[name]) for name in want)


def output_of(name, output):
    """What a command prints, without the time it took."""
    if name.startswith("contam"):
        return b"\n".join(line for line in output.split(b"\n") if b" s" not in line)
    return output


def complaint(name, fault, got, before, wanted):
    """What is wrong with a run, or None."""
    status, output, errors, after, _ = got
    wanted_status, wanted_output, _, wanted_after, _ = wanted
    if status not in (2, wanted_status):
        return f"ends with {status}"
    if status == 2:
        if b"ngidx: " not in errors:
            return "does not say why"
        if same_folder(after, before) or same_folder(after, wanted_after):
            return None
        extra = sorted(set(after) - set(before))
        # What is left may be named, for the user to remove.
        left = set(after) - set(before) - set(wanted_after)
        if left and b"yourself" in errors and all(path.split("/")[0].encode() in errors for path in left):
            after = {path: after[path] for path in after if path not in left}
            if same_folder(after, before) or same_folder(after, wanted_after):
                return None
        # The report is there, its parts are still.
        if b"parts yourself" in errors and same_folder({path: after[path] for path in after if "parts" not in path}, wanted_after):
            return None
        # What --resume goes on from; and where no memory is left at all, a folder cannot be listed.
        offered = name.startswith(("build", "append")) and b"--resume" in errors
        if (offered or (fault.startswith("alloc") and fault.endswith("+"))) and all(".building" in path for path in extra):
            after = {path: after[path] for path in after if path not in extra}
            if same_folder(after, before):
                return None
        lost = sorted(path for path in before if not same_file(path, after.get(path, b""), before[path]))
        # The files of a report take their places one by one.
        if b"cannot rename" in errors and name.startswith("contam"):
            moved = {path for path in wanted_after if same_file(path, after.get(path, b""), wanted_after[path])}
            if same_folder({path: after[path] for path in after if path not in moved},
                           {path: before[path] for path in before if path not in moved}):
                return None
        if not extra and b"cannot rename old-report/" in errors and same_folder({**after, **{
                path: before[path] for path in lost if same_file(path, after[path], wanted_after[path])}}, before):
            return None
        return f"leaves {extra or ''} changes {lost or ''}"
    if output_of(name, output) != output_of(name, wanted_output):
        return f"ends with {status}, and another output"
    if not same_folder(after, wanted_after):
        return f"ends with {status}, and other files: {sorted(set(after) ^ set(wanted_after))}"
    return None


def faults_of(counts, rng):
    for kind, number in counts.items():
        calls = range(1, number + 1)
        if not EVERY and number > SAMPLES[kind]:
            calls = sorted(rng.sample(calls, SAMPLES[kind]))
        for call in calls:
            yield f"{kind}:{call}"
            if kind in ("alloc", "write"):
                yield f"{kind}:{call}+"


def try_command(place, name, rng):
    """Prints a line for the command; returns how many calls failed."""
    arguments = COMMANDS[name].split()
    place.restore()
    before = contents(place.name)
    wanted = place.run(arguments, "")
    with open(f"{place.name}.counts", encoding="ascii") as file:
        counts = {kind: int(number) for kind, number in map(str.split, file)}
    if wanted[0] not in (0, 1):
        print(f"not ok {name}: ends with {wanted[0]} without a fault: {wanted[2].decode()}")
        return 0
    failed, wrong = 0, []
    for fault in faults_of(counts, rng):
        if place_changed := wanted[3] != before:
            place.restore()
        got = place.run(arguments, fault)
        failed += got[4]
        why = complaint(name, fault, got, before, wanted) if got[4] or got[0] != wanted[0] else None
        if why:
            wrong.append(f"    {fault}: {why}: {got[2].decode(errors='replace').strip()[:200]}")
        if not place_changed and got[3] != before:
            place.restore()
    print("\n".join([f"{'not ok' if wrong else 'ok'} {name}: {failed} calls failed of {counts}", *wrong[:20]]))
    return failed


def main():
    make_fixtures("fixtures")
    names = [name for name in COMMANDS if name in os.environ.get("NGIDX_FAULT_COMMANDS", ",".join(COMMANDS)).split(",")]
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        jobs = [pool.submit(try_command, Place(name.replace(" ", "-"), "fixtures"), name, random.Random(name))
                for name in names]
        failed = sum(job.result() for job in jobs)
    print(("ok" if failed > 20 * len(names) else "not ok") + f" faults: {failed} calls failed")


main()
