#!/usr/bin/env python3
"""Prepares a text for "make bench": bench_texts.py NAME FOLDER MEGABYTES [CORPUS [NGIDX]].

NAME is prose, c-source, debian or text; prose and text are made from CORPUS, c-source from Debian's linux-source
package, debian from this machine's documentation. Writes to FOLDER
    corpus.jsonl    the documents as JSON lines, what ngidx builds from
    text            the same for the peer and for brute force: documents, a byte FF behind each
    made.json       what was made and from what; if it fits, nothing is done again
of at most MEGABYTES of text; with 0, all of it, and then no text file. A CORPUS that is no file of JSON lines
goes through "ngidx build" and "ngidx export" first. Documents that the peer cannot take (they hold NUL), or that
are not UTF-8, are left out and counted.

Exit status 3: there is nothing on this machine to make the text from; what is missing is on stderr.
"""

import contextlib
import glob
import gzip
import json
import os
import pathlib
import shutil
import subprocess
import sys

C_SUFFIXES = (".c", ".h", ".S", ".rst", ".txt")
DOC_FOLDERS = ("/usr/share/common-licenses", "/usr/share/man", "/usr/share/doc")
DOC_SUFFIXES = (".txt", ".md", ".html", ".css", ".1", ".2", ".3", ".4", ".5", ".7", ".8")
DOC_NAMES = ("README", "NEWS", "changelog", "copyright", "AUTHORS", "FAQ", "TODO")
DOC_MOST_BYTES = 8_000_000
NOTHING_TO_MAKE_FROM = 3


class NoSource(Exception):
    pass


def json_lines(path):
    """Lines of a file of JSON lines, plain or compressed."""
    programs = {".zst": ["zstd", "-dcq", "--long=27"], ".gz": ["gzip", "-dc"]}
    if path.suffix not in programs:
        with open(path, "rb") as lines:
            yield from lines
        return
    with subprocess.Popen([*programs[path.suffix], str(path)], stdout=subprocess.PIPE) as process:
        yield from process.stdout
        process.stdout.close()  # ends a program that has more to say than was wanted


def is_json_lines(path):
    name = path.name.removesuffix(".zst").removesuffix(".gz")
    return path.is_file() and name.endswith((".jsonl", ".ndjson", ".json"))


def corpus_lines(path, folder, ngidx):
    """Lines of a file of JSON lines, or of what ngidx exports of any other corpus."""
    if is_json_lines(path):
        yield from json_lines(path)
        return
    index = folder / "whole.ngidx"
    subprocess.run([ngidx, "build", str(path), "-o", str(index), "--force"], check=True)
    with subprocess.Popen([ngidx, "export", "-i", str(index)], stdout=subprocess.PIPE) as process:
        yield from process.stdout
        process.stdout.close()
    shutil.rmtree(index)


def file_line(name, content):
    """A document of a file's content; what is not UTF-8 becomes U+FFFD."""
    return json.dumps({"text": content.decode("utf-8", "replace"), "path": name}, ensure_ascii=False).encode() + b"\n"


def c_source_lines(folder):
    archives = sorted(glob.glob("/usr/src/linux-source-*.tar.xz"))
    if not archives:
        raise NoSource("no Linux source: apt-get install linux-source-6.1")
    tree = folder.parent / "linux-source"  # stays for the next run
    if not tree.exists():
        unpacked = tree.with_suffix(".part")
        shutil.rmtree(unpacked, ignore_errors=True)
        unpacked.mkdir()
        wanted = [f"*{suffix}" for suffix in C_SUFFIXES]
        subprocess.run(["tar", "-xJf", archives[-1], "-C", str(unpacked), "--wildcards", *wanted], check=True)
        unpacked.rename(tree)
    for path in sorted(tree.rglob("*")):
        if path.is_file() and not path.is_symlink():
            yield file_line(str(path.relative_to(tree)), path.read_bytes())


def is_documentation(path):
    name = path.name.removesuffix(".gz")
    return name.endswith(DOC_SUFFIXES) or name.startswith(DOC_NAMES) or "common-licenses" in path.parts


def debian_lines():
    for root in DOC_FOLDERS:
        for path in sorted(pathlib.Path(root).rglob("*")):
            if path.is_symlink() or not path.is_file() or not is_documentation(path):
                continue
            if path.stat().st_size > DOC_MOST_BYTES:
                continue
            with contextlib.suppress(OSError, EOFError):
                content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
                yield file_line(str(path), content)


def text_of(line):
    """The text of a JSON line as bytes, or None if it is not for this bench."""
    try:
        text = json.loads(line)["text"].encode("utf-8")
    except (UnicodeError, KeyError, ValueError):
        return None
    return None if b"\0" in text else text


def make(name, folder, megabytes, corpus, ngidx):
    if name == "c-source":
        lines = c_source_lines(folder)
    elif name == "debian":
        lines = debian_lines()
    else:
        lines = corpus_lines(corpus, folder, ngidx)
    made = {"documents": 0, "text_bytes": 0, "left_out": 0, "cut": False}
    with contextlib.ExitStack() as files:
        jsonl = files.enter_context(open(folder / "corpus.jsonl", "wb"))
        text_file = files.enter_context(open(folder / "text", "wb")) if megabytes else None
        files.enter_context(contextlib.closing(lines))
        for line in lines:
            text = text_of(line)
            if text is None:
                made["left_out"] += 1
                continue
            if megabytes and made["text_bytes"] + len(text) > megabytes * 1_000_000:
                made["cut"] = True
                break
            jsonl.write(line if line.endswith(b"\n") else line + b"\n")
            if text_file:
                text_file.write(text + b"\xff")
            made["documents"] += 1
            made["text_bytes"] += len(text)
    if made["text_bytes"] < 100_000:
        raise NoSource(f"only {made['text_bytes']} bytes of text were found")
    return made


def main():
    name, folder, megabytes = sys.argv[1], pathlib.Path(sys.argv[2]), int(sys.argv[3])
    corpus = pathlib.Path(sys.argv[4]) if len(sys.argv) > 4 else None
    ngidx = sys.argv[5] if len(sys.argv) > 5 else None
    source = [name, megabytes, str(corpus), corpus.stat().st_mtime if corpus else 0]
    made_path = folder / "made.json"
    if made_path.exists() and json.loads(made_path.read_text())["source"] == source:
        return 0
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        made = make(name, folder, megabytes, corpus, ngidx)
    except NoSource as missing:
        shutil.rmtree(folder)
        print(f"bench: {name} is left out: {missing}", file=sys.stderr)
        return NOTHING_TO_MAKE_FROM
    made["source"] = source
    made_path.write_text(json.dumps(made) + "\n")
    print(f"bench: {name}: {made['documents']} documents, {made['text_bytes'] / 1e6:.1f} MB of text,"
          f" {made['left_out']} documents left out" + (", cut" if made["cut"] else ""), flush=True)
    return 0


if __name__ == "__main__":
    os.environ["LC_ALL"] = "C"
    sys.exit(main())
