"""The part of datatrove's interface that ngidx.contrib.datatrove uses, as version 0.10.0 has it: for tests where datatrove is
not installed. Importing this makes `import datatrove` work.

Recorded are names, arguments and what is done with a filter's result: BaseFilter(exclusion_writer, batch_size), filter(doc)
that gives whether the document is kept, or that and a reason, filter_batch, run(data, rank, world_size), a writer that is a
context with write(doc, rank), metadata["filter_reason"], and counters total, forwarded, dropped, dropped_REASON.
"""

import abc
import collections
import contextlib
import dataclasses
import sys
import types
from typing import Any, Dict, List


@dataclasses.dataclass
class Document:
    text: str
    id: str
    media: List[Any] = dataclasses.field(default_factory=list)
    metadata: Dict[str, Any] = dataclasses.field(default_factory=dict)


class PipelineStep(abc.ABC):
    name = None
    type = None

    def __init__(self):
        super().__init__()
        self.stats = collections.Counter()

    def stat_update(self, *labels, value=1, unit=None):
        self.stats.update({label: value for label in labels})

    @abc.abstractmethod
    def run(self, data, rank=0, world_size=1): ...

    def __call__(self, data=None, rank=0, world_size=1):
        return self.run(data, rank, world_size)


class BaseFilter(PipelineStep, abc.ABC):
    def __init__(self, exclusion_writer=None, batch_size=1):
        super().__init__()
        self.exclusion_writer, self.batch_size = exclusion_writer, batch_size

    @abc.abstractmethod
    def filter(self, doc): ...

    def filter_batch(self, batch):
        return [self.filter(doc) for doc in batch]

    def run(self, data, rank=0, world_size=1):
        with self.exclusion_writer or contextlib.nullcontext() as writer:
            for doc in data:
                (result,) = self.filter_batch([doc])
                kept, reason = result if isinstance(result, tuple) else (result, None)
                self.stat_update("total", "forwarded" if kept else "dropped")
                if kept:
                    yield doc
                    continue
                if reason:
                    self.stat_update(f"dropped_{reason}")
                if writer:
                    doc.metadata.update({"filter_reason": reason} if reason else {})
                    writer.write(doc, rank)


def _install():
    for name in ("datatrove", "datatrove.data", "datatrove.pipeline", "datatrove.pipeline.filters"):
        sys.modules[name] = types.ModuleType(name)
    base = sys.modules["datatrove.pipeline.filters.base_filter"] = types.ModuleType("base_filter")
    sys.modules["datatrove.data"].Document = Document
    base.BaseFilter = BaseFilter


try:
    import datatrove.pipeline.filters.base_filter  # noqa: F401
except ImportError:
    _install()
