"""Makes report folders for 9 benchmarks, 5 corpora, 4 dates and 2 presets from one report.json: many_reports.py REPORT OUT."""

import copy
import json
import pathlib
import random
import sys

BENCHMARKS = ["arc", "bigbench", "c-eval", "gsm8k", "hellaswag", "humaneval", "mbpp", "mmlu", "squad"]
CORPORA = ["books", "code", "papers", "web", "wiki"]
DATES = ["2026-02-03", "2026-05-11", "2026-08-20", "2026-11-28"]
CLASSES = ["dirty", "suspicious", "common", "clean"]


def tally(rng, into, entries):
    cuts = sorted(rng.randrange(entries // 4) for _ in range(3))
    counts = [cuts[0], cuts[1] - cuts[0], cuts[2] - cuts[1], entries - cuts[2]]
    into["checked"] = entries
    for name, count in zip(CLASSES, counts):
        share = 100 * count / entries
        into[name] = {"entries": count, "percent": round(share, 2),
                      "interval": [round(max(0, share - 3), 2), round(min(100, share + 3), 2)]}
    into["overlapping"] = cuts[2]
    into["windows"], into["found"] = entries * 30, cuts[2] * 20


def make(template, rng, date, preset):
    report = copy.deepcopy(template)
    report["date"] = date + "T10:00:00Z"
    report["parameters"]["preset"] = preset
    report["parameters"]["sample"] = 500
    index, benchmark = report["indexes"][0], report["benchmarks"][0]
    report["indexes"] = [{**index, "name": name, "version": date, "id": f"{rng.getrandbits(128):032x}"} for name in CORPORA]
    report["index_ids"] = [one["id"] for one in report["indexes"]]
    report["benchmarks"] = []
    for name in BENCHMARKS:
        one = copy.deepcopy(benchmark)
        one["name"], one["entries"], one["skipped"], one["too_short"] = name, 1500, 0, 0
        one["indexes"] = [{"index": corpus} for corpus in CORPORA]
        for part in [one, *one["indexes"]]:
            tally(rng, part, 500)
        report["benchmarks"].append(one)
    return report


def main(source, out):
    template = json.loads(pathlib.Path(source).read_text())
    rng = random.Random(1)
    for date in DATES:
        for preset in ["folded", "paper"]:
            folder = pathlib.Path(out) / f"{date}-{preset}"
            folder.mkdir(parents=True)
            (folder / "report.json").write_text(json.dumps(make(template, rng, date, preset)))


main(*sys.argv[1:])
