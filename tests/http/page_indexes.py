"""What test_page.sh needs: indexes fish, both, scripts and birds, one document of which is hostile, and two benchmarks, one broken."""

import subprocess

from lib import *

HOSTILE = "<script>document.title='hurt'</script><img src=x onerror=\"document.title='hurt'\"></script>"

build("fish", FISH)
build("both", [("Red FISH,\n> red; &quot;herring&quot; — <b>blue</b> fish", {"title": "Both"}), ("redfish", {})], "--view", "exact,folded")
build("scripts", [("שלום עולם, שלום", {"title": "עברית"}), ("東京都と東京タワー", {"title": "日本語"})])
build("birds", BIRDS + [(HOSTILE, {"url": "javascript:alert(1)"})])
questions = ["Once " + BIRDS[3][0], "Once " + BIRDS[4][0], "Something that nobody wrote before in any of these texts, at length."]
pathlib.Path("bench.jsonl").write_text("".join(json.dumps({"answer": "x", "question": q}) + "\n" for q in questions))
for name, command in ("bench.jsonl.gz", ["gzip", "-c"]), ("bench.jsonl.zst", ["zstd", "-qc"]):
    pathlib.Path(name).write_bytes(subprocess.run(command, input=pathlib.Path("bench.jsonl").read_bytes(), stdout=subprocess.PIPE, check=True).stdout)
rows = "".join(f'{i},"{q}"\r\n' for i, q in enumerate(questions))
pathlib.Path("bench.csv").write_text("id,question\r\n" + rows, newline="")
pathlib.Path("pairs.jsonl").write_text("".join(json.dumps({"id": f"p{i}", "passage": q, "question": "Who says so, and to whom, and why?"}) + "\n" for i, q in enumerate(questions)))
many = ["Red fish; red herring, blue fish!" if i % 50 == 0 else f"Entry {i} says nothing of the kind" for i in range(300)]
pathlib.Path("many.jsonl").write_text("".join(json.dumps({"question": q}) + "\n" for q in many))
pathlib.Path("broken.jsonl").write_text('{"question": "x"}\n{"question": \n')
