#!/usr/bin/env python3
"""Puts together what bench_run.py measured: bench_report.py FOLDER TEXT...

Reads FOLDER/TEXT/results.json of each; writes FOLDER/results.json, results.md (tables) and size-time.svg (size
against time at several sample distances, of the first text that has them), and prints the tables.
"""

import json
import math
import pathlib
import platform
import subprocess
import sys

NAMES = {"locate": "locate, each hit of a phrase with 100 to 1,000",
         "snippet": "find, locate, document, snippet of 100 bytes around"}
PAGE_BYTES = 4096

# ---- Tables ----


def first_line(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[0]
    except (OSError, subprocess.CalledProcessError, IndexError):
        return "none"


def machine():
    cpu = next((line.split(":")[1].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
                if line.startswith("model name")), platform.machine())
    huge_pages = pathlib.Path("/sys/kernel/mm/transparent_hugepage/enabled")
    return {"processor": cpu, "kernel": platform.release(),
            "huge_pages": huge_pages.read_text().strip() if huge_pages.exists() else "none",
            "gcc": first_line("gcc", "--version"), "commit": first_line("git", "describe", "--always", "--dirty"),
            "libsdsl-dev": first_line("dpkg-query", "-W", "-f", "${Version}\n", "libsdsl-dev")}


def number(value):
    """Three digits that count."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}" if value < 10 else f"{value:.1f}"


def times(own):
    if "ratio" not in own:
        return ""
    low, high = own["ratio_range"]
    return f"**{number(own['ratio'])}x** ({number(low)} to {number(high)})"


def size_rows(result):
    text_bytes = result["build"]["ngidx"]["text_bytes"]
    for program, built in result["build"].items():
        sections = sorted(built["sections"].items(), key=lambda section: -section[1])
        shares = ", ".join(f"{name} {size / text_bytes:.3f}" for name, size in sections if size / text_bytes >= 0.0005)
        yield (f"| {program} | {built['bytes']:,} | **{built['bytes'] / text_bytes:.4f}** | {shares} |"
               f" {built['seconds']:.1f} s, {text_bytes / 1e6 / built['seconds']:.1f} MB/s |"
               f" {built['peak_bytes'] / 1e6:,.0f} MB, {built['peak_bytes'] / text_bytes:.1f} a byte |")


def stage_line(result):
    stages = {}
    for stage in result["build"]["ngidx"]["stages"]:
        seconds, peak = stages.get(stage["stage"], (0, 0))
        stages[stage["stage"]] = (seconds + stage["seconds"], max(peak, stage["peak_bytes"]))
    listed = [f"{name} {seconds:.1f} s" + (f" ({peak / 1e6:,.0f} MB)" if peak else "")
              for name, (seconds, peak) in stages.items()]
    return "ngidx's stages, with the memory in use: " + ", ".join(listed) + "."


def time_rows(workloads):
    for name, kinds in workloads.items():
        if name == "extract":
            continue
        label = NAMES.get(name) or f"count, {name.split()[1]} bytes"
        peer = f"{number(kinds['peer']['median_us'])} us" if "peer" in kinds else ""
        yield f"| {label} | {number(kinds['ngidx']['median_us'])} us | {peer} | {times(kinds['ngidx'])} |"
        if "mapped" in kinds:
            yield f"| {label}, index mapped | {number(kinds['mapped']['median_us'])} us | {peer} | {times(kinds['mapped'])} |"
        for kind, what in (("ngidx batch", "batch"), ("bmi2", "kernel bmi2"), ("bmi2 batch", "batch, kernel bmi2")):
            if kind in kinds:
                yield f"| {label}, {what} | {number(kinds[kind]['median_us'])} us | {peer} | {times(kinds[kind])} |"
    own = workloads["extract"]["ngidx"]
    peer = workloads["extract"].get("peer")
    theirs = f"{number(1 / peer['median_us'])} MB/s" if peer else ""
    yield f"| whole documents, here and there | {number(1 / own['median_us'])} MB/s | {theirs} | {times(own)} |"
    if "mapped" in workloads["extract"]:
        own = workloads["extract"]["mapped"]
        yield f"| whole documents, index mapped | {number(1 / own['median_us'])} MB/s | {theirs} | {times(own)} |"


def page_rows(pages):
    own, peer = pages["ngidx"], pages.get("peer")
    sections = ", ".join(f"{name} {share:.1f}" for name, share in own["sections"].items())
    ratio = f"**{number(pages['ratio'])}x fewer**" if peer else ""
    theirs = f"{peer['mean']:.1f}" if peer else ""
    yield (f"| pages of {PAGE_BYTES:,} bytes, cold 50-byte count | {own['mean']:.1f} ({sections};"
           f" mincore {own['mincore_mean']:.1f}) | {theirs} | {ratio} |")


def tables(result):
    built = result["build"]["ngidx"]
    yield (f"## {result['name']}: {built['text_bytes'] / 1e6:.1f} MB of text, {built['documents']:,} documents,"
           f" {built['shards']} shard{'s' if built['shards'] > 1 else ''}")
    yield ""
    yield "| | bytes | of the text | sections | build, all cores | peak memory |"
    yield "|---|---|---|---|---|---|"
    yield from size_rows(result)
    yield ""
    yield stage_line(result)
    yield ""
    if "workloads" not in result:
        return
    yield "| what, one thread | ngidx | peer | ratio (range over the rounds) |"
    yield "|---|---|---|---|"
    yield from time_rows(result["workloads"])
    yield from page_rows(result["pages"])
    yield f"| export of the whole corpus, as JSON lines | {number(result['export']['median_mb_s'])} MB/s | | |"
    yield f"| encode, BWT in memory to rank structure | {number(result['encode']['median_mb_s'])} MB/s | | |"
    yield ""


def header(results, about):
    yield "# Results of make bench"
    yield ""
    if any(result["quick"] for result in results):
        yield "**BENCH_QUICK: small texts, few phrases. Not for comparing with other runs.**"
        yield ""
    yield (f"{about['processor']}; Linux {about['kernel']}, huge pages {about['huge_pages']}; {about['gcc']};"
           f" ngidx {about['commit']}, kernel {results[0]['kernel']}; libsdsl-dev {about['libsdsl-dev']}.")
    yield ""
    yield (f"Medians of {results[0]['rounds']} rounds, in each of which ngidx and the peer take turns with the same"
           " phrases, drawn from the text. Both programs have their indexes read into memory (ngidx also maps the file, where"
           " it says so; the file is in memory then, too). The peer is csa_wt<wt_huff<rrr_vector<127>>, 32, 64> of SDSL,"
           " the engine of Infini-gram mini, called straight; it holds no metadata. Counts were compared between"
           " the programs and, for a sample, with a scan of the text; every snippet and extracted byte with the text.")
    yield ""


# ---- Picture ----

PANEL_WIDTH, PANEL_HEIGHT, LEFT, TOP, GAP = 360, 300, 70, 70, 90
SERIES = (("ngidx", "ngidx, one at a time", "#1f6fb2"), ("batch", "ngidx, batch", "#2a9d6f"),
          ("peer", "SDSL (Infini-gram mini's)", "#c8541b"))
COLOURS = {key: colour for key, _, colour in SERIES}


def nice_step(span):
    power = 10 ** math.floor(math.log10(span / 4))
    return next(power * step for step in (1, 2, 5, 10) if span / (power * step) <= 6)


class Panel:
    """One diagram: share of the text to the right, time upwards on a logarithmic axis."""

    def __init__(self, left, title, series):
        self.left, self.title, self.series = left, title, series
        shares = [share for points in series.values() for _, share, _ in points]
        all_us = [us for points in series.values() for _, _, us in points]
        self.step = nice_step(max(max(shares) - min(shares), 0.02) * 1.2)
        self.low_share = math.floor((min(shares) - self.step / 4) / self.step) * self.step
        self.high_share = math.ceil((max(shares) + self.step / 4) / self.step) * self.step
        self.low_us, self.high_us = min(all_us) / 1.6, max(all_us) * 1.6

    def x(self, share):
        return self.left + (share - self.low_share) / (self.high_share - self.low_share) * PANEL_WIDTH

    def y(self, us):
        span = math.log(self.high_us / self.low_us)
        return TOP + PANEL_HEIGHT - math.log(us / self.low_us) / span * PANEL_HEIGHT

    def draw(self):
        bottom = TOP + PANEL_HEIGHT
        yield f'<text x="{self.left}" y="{TOP - 14}" font-weight="bold">{self.title}</text>'
        for power in range(-2, 7):
            for us in (10 ** power, 2 * 10 ** power, 5 * 10 ** power):
                if self.low_us <= us <= self.high_us:
                    y = self.y(us)
                    yield f'<path d="M{self.left} {y:.1f}h{PANEL_WIDTH}" stroke="#e3e3e3"/>'
                    yield f'<text x="{self.left - 8}" y="{y + 4:.1f}" text-anchor="end">{us:g}</text>'
        for i in range(round((self.high_share - self.low_share) / self.step) + 1):
            share = self.low_share + i * self.step
            yield f'<text x="{self.x(share):.1f}" y="{bottom + 18}" text-anchor="middle">{share:.2f}</text>'
            yield f'<path d="M{self.x(share):.1f} {bottom}v4" stroke="#444"/>'
        yield f'<path d="M{self.left} {TOP}v{PANEL_HEIGHT}h{PANEL_WIDTH}" fill="none" stroke="#444"/>'
        middle = self.left + PANEL_WIDTH / 2
        yield f'<text x="{middle}" y="{bottom + 38}" text-anchor="middle">index / text</text>'
        for key, points in self.series.items():
            path = " ".join(f"{self.x(share):.1f},{self.y(us):.1f}" for _, share, us in points)
            yield f'<polyline points="{path}" fill="none" stroke="{COLOURS[key]}" stroke-width="1.5"/>'
            for i, (sample, share, us) in enumerate(points):
                x, y = self.x(share), self.y(us)
                label_y = y + 18 if i % 2 else y - 9  # neighbours would overlap
                yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{COLOURS[key]}"/>'
                yield f'<text x="{x:.1f}" y="{label_y:.1f}" text-anchor="middle" fill="{COLOURS[key]}">{sample}</text>'


def series_of(points, figure, with_batch):
    series = {}
    for point in sorted(points, key=lambda point: point["share"]):
        series.setdefault(point["program"], []).append((point["sample"], point["share"], point["us"][figure]))
        if with_batch and "batch" in point["us"]:
            series.setdefault("batch", []).append((point["sample"], point["share"], point["us"]["batch"]))
    return series


def picture(result):
    points = result["picture"]
    panels = [Panel(LEFT, "count of 50 bytes: microseconds", series_of(points, "count", True)),
              Panel(LEFT + PANEL_WIDTH + GAP, "hit with document and snippet: microseconds",
                    series_of(points, "snippet", False))]
    width, height = LEFT + 2 * PANEL_WIDTH + GAP + 30, TOP + PANEL_HEIGHT + 80
    text_bytes = result["build"]["ngidx"]["text_bytes"]
    yield (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
           ' font-family="sans-serif" font-size="12" fill="#222">')
    yield f'<rect width="{width}" height="{height}" fill="#fff"/>'
    x = LEFT
    shown = {point["program"] for point in points}
    for key, label, colour in SERIES:
        if key in shown or key == "batch":
            yield f'<circle cx="{x + 5}" cy="24" r="5" fill="{colour}"/><text x="{x + 16}" y="28">{label}</text>'
            x += 190
    for panel in panels:
        yield from panel.draw()
    yield (f'<text x="{LEFT}" y="{height - 14}" fill="#666">{result["name"]}, {text_bytes / 1e6:.0f} MB, one thread, in'
           ' memory; the numbers at the points are the SA sample distances; lower left is better</text>')
    yield "</svg>"


def main():
    folder = pathlib.Path(sys.argv[1])
    results = [json.loads((folder / text / "results.json").read_text()) for text in sys.argv[2:]]
    about = machine()
    lines = [*header(results, about), *(line for result in results for line in tables(result))]
    (folder / "results.json").write_text(json.dumps({"machine": about, "texts": results}, indent=1) + "\n")
    (folder / "results.md").write_text("\n".join(lines))
    for result in results:
        if "picture" in result:
            (folder / "size-time.svg").write_text("\n".join(picture(result)) + "\n")
            break
    print("\n".join(lines))


if __name__ == "__main__":
    main()
