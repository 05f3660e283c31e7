"""What the tests of the package share: a folder of their own, and an index of known documents."""

import json
import os
import pathlib
import random
import shutil
import tempfile
import unittest

import ngidx

DOCUMENTS = [
    {"text": "to be or not to be", "title": "Hamlet", "n": 1},
    {"text": "Grüße, fish €😀 end", "title": "€"},
    {"text": ""},
    "That is the question. " * 300,
    {"text": 'one fish, two fish\nred "fish"', "nested": {"a": [1, None, "x"]}},
]
TEXTS = [document if isinstance(document, str) else document["text"] for document in DOCUMENTS]


def occurrences(text: bytes, phrase: bytes):
    """Where a phrase occurs, found by a scan."""
    at = text.find(phrase)
    while at >= 0:
        yield at
        at = text.find(phrase, at + 1)


def scan(texts, phrase: bytes):
    """(document, offset) of every occurrence."""
    return [(i, at) for i, text in enumerate(texts) for at in occurrences(text.encode(), phrase)]


def random_texts(seed, count):
    """Texts of few words and characters, so that phrases repeat."""
    source = random.Random(seed)
    words = ["ab", "abc", "€", "the", "The", "x-y", "😀", "ä", "\n"]
    return [" ".join(source.choice(words) for _ in range(source.randrange(60))) for _ in range(count)]


class Case(unittest.TestCase):
    """A test in an empty folder."""

    @classmethod
    def setUpClass(cls):
        cls.before = os.getcwd()
        cls.folder = pathlib.Path(tempfile.mkdtemp())
        os.chdir(cls.folder)

    @classmethod
    def tearDownClass(cls):
        os.chdir(cls.before)
        shutil.rmtree(cls.folder)

    def raises(self, kind, text, call, *arguments, **options):
        """The call raises that error, whose text holds that."""
        with self.assertRaises(kind) as context:
            call(*arguments, **options)
        self.assertIn(text, str(context.exception))
        return context.exception


def write_lines(path, documents):
    with open(path, "w", encoding="utf-8") as file:
        for document in documents:
            record = {"text": document} if isinstance(document, str) else document
            file.write(json.dumps(record, ensure_ascii=False) + "\n")


__all__ = [name for name in dir() if not name.startswith("_")] + ["ngidx"]
