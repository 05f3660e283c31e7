"""A program as one writes it for Infini-gram mini: initialise, count, find, show. Only its import is for ngidx; it makes its
index itself, and checks the answers."""

import ngidx
from ngidx import InfiniGramMiniEngine

stages = []
records = [{"text": f"On natural language processing, lecture {i}.", "lecture": i} for i in range(300)]
ngidx.build(documents=records, index="v2_lectures", force=True, progress=lambda progress: stages.append(progress.stage))
assert "writing" in stages, stages

engine = InfiniGramMiniEngine(index_dirs=["v2_lectures"], load_to_ram=False, get_metadata=True)
query = "natural language processing"
assert engine.count(query) == {"count": 300}
found = engine.find(query)
assert found["cnt"] == 300
low, high = found["segment_by_shard"][0]
assert high - low == 300
doc = engine.get_doc_by_rank(s=0, rank=low, needle_len=len(query), max_ctx_len=20)
assert sorted(doc) == ["disp_len", "doc_ix", "doc_len", "metadata", "needle_offset", "text"], doc
assert doc["text"][doc["needle_offset"] :].startswith(query), doc
assert doc["text"].startswith("On natural"), doc
