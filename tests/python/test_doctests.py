"""The examples in the docstrings: python3 -m unittest tests/python/test_doctests.py, against the package installed or in
PYTHONPATH."""

import doctest
import inspect
import os
import pathlib
import tempfile
import unittest

import ngidx

# Where the tests are in a clone.
README = pathlib.Path(__file__).resolve().parent / "../../query/python/README.md"


def examples():
    """The package's own, which make example.ngidx, then those of everything that is public."""
    finder = doctest.DocTestFinder()
    yield from finder.find(ngidx, "ngidx", module=False, globs={**vars(ngidx)})[:1]
    for name in ngidx.__all__:
        value = getattr(ngidx, name)
        if not inspect.isclass(value) and not inspect.isfunction(value):
            continue
        for test in finder.find(value, f"ngidx.{name}", module=False, globs={**vars(ngidx)}):
            if test.examples:
                yield test


class Doctests(unittest.TestCase):
    def test_examples(self):
        count = 0
        with tempfile.TemporaryDirectory() as folder:
            before = os.getcwd()
            os.chdir(folder)
            self.addCleanup(os.chdir, before)
            for test in examples():
                with self.subTest(test.name):
                    if os.path.exists("example.ngidx"):
                        test.globs["index"] = ngidx.open("example.ngidx")
                    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL)
                    output = []
                    result = runner.run(test, out=output.append, clear_globs=False)
                    test.globs.pop("index", None)
                    count += result.attempted
                    self.assertEqual(result.failed, 0, "".join(output))
            os.chdir(before)
        self.assertGreater(count, 30)

    @unittest.skipUnless(README.exists(), "the README is not beside the tests")
    def test_readme(self):
        parser = doctest.DocTestParser()
        test = parser.get_doctest(README.read_text(encoding="utf-8"), {}, README.name, str(README), 0)
        self.assertGreater(len(test.examples), 10)
        output = []
        with tempfile.TemporaryDirectory() as folder:
            before = os.getcwd()
            os.chdir(folder)
            try:
                result = doctest.DocTestRunner().run(test, out=output.append)
            finally:
                os.chdir(before)
        self.assertEqual(result.failed, 0, "".join(output))


if __name__ == "__main__":
    unittest.main()
