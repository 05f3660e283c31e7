"""What test_page.sh needs: indexes fish, both, scripts and birds, one document of which is hostile, and two benchmarks, one broken."""

from lib import *

HOSTILE = "<script>document.title='hurt'</script><img src=x onerror=\"document.title='hurt'\"></script>"

build("fish", FISH)
build("both", [("Red FISH,\n> red; &quot;herring&quot; — <b>blue</b> fish", {"title": "Both"}), ("redfish", {})], "--view", "exact,folded")
build("scripts", [("שלום עולם, שלום", {"title": "עברית"}), ("東京都と東京タワー", {"title": "日本語"})])
build("birds", BIRDS + [(HOSTILE, {"url": "javascript:alert(1)"})])
questions = ["Once " + BIRDS[3][0], "Once " + BIRDS[4][0], "Something that nobody wrote before in any of these texts, at length."]
pathlib.Path("bench.jsonl").write_text("".join(json.dumps({"answer": "x", "question": q}) + "\n" for q in questions))
pathlib.Path("broken.jsonl").write_text('{"question": "x"}\n{"question": \n')
