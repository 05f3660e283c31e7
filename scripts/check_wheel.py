#!/usr/bin/env python3
"""Whether a wheel runs where its name says (PEP 600): check_wheel.py WHEEL, or --platform FOLDER, which prints the name's
last part for the programs in a folder.

For each ELF file it reads, with readelf, which libraries it needs and which versions of glibc's symbols. Libraries must be
glibc's or in the wheel.
"""

import pathlib
import re
import subprocess
import sys
import tempfile
import zipfile

# Of those that PEP 600 lets a wheel take from the system, what C programs need.
SYSTEM = {"libc.so.6", "libm.so.6", "libpthread.so.0", "libdl.so.2", "librt.so.1"}
LOADER = re.compile(r"ld-linux[-\w]*\.so\.\d")


def readelf(*arguments):
    return subprocess.run(["readelf", "-W", *arguments], check=True, stdout=subprocess.PIPE, text=True).stdout


def elf_files(folder):
    return [path for path in sorted(folder.rglob("*")) if path.is_file() and path.read_bytes()[:4] == b"\x7fELF"]


def machine(path):
    name = re.search(r"Machine:\s*(.*)", readelf("-h", str(path)))[1]
    known = {"Advanced Micro Devices X86-64": "x86_64", "AArch64": "aarch64"}
    if name not in known:
        raise SystemExit(f"{path}: no name for the machine {name}")
    return known[name]


def examine(folder, tell=False):
    """The platform of all ELF files; tell says what each needs."""
    files = elf_files(folder)
    if not files:
        raise SystemExit(f"{folder}: no program in it")
    there = {path.name for path in files}
    newest, machines = (2, 17), set()
    for path in files:
        needed = re.findall(r"\(NEEDED\).*\[(.*)\]", readelf("-d", str(path)))
        foreign = [name for name in needed if name not in SYSTEM | there and not LOADER.fullmatch(name)]
        if foreign:
            raise SystemExit(f"{path.name} needs {', '.join(foreign)}, which a wheel must bring along")
        versions = re.findall(r"\bName: GLIBC_(\d+)\.(\d+)", readelf("-V", str(path)))
        own = max((int(major), int(minor)) for major, minor in versions)
        if tell:
            print(f"{path.name}: glibc {own[0]}.{own[1]}, {', '.join(needed)}")
        newest = max(newest, own)
        machines.add(machine(path))
    if len(machines) > 1:
        raise SystemExit(f"{folder}: programs for {' and '.join(sorted(machines))}")
    return f"manylinux_{newest[0]}_{newest[1]}_{machines.pop()}"


def main():
    if sys.argv[1] == "--platform":
        print(examine(pathlib.Path(sys.argv[2])))
        return
    wheel = pathlib.Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        zipfile.ZipFile(wheel).extractall(folder)
        platform = examine(pathlib.Path(folder), tell=True)
    if not wheel.name.endswith(f"-py3-none-{platform}.whl"):
        raise SystemExit(f"{wheel.name}: its programs run on {platform}")
    print(f"{wheel}: {wheel.stat().st_size / 1e6:.1f} MB, glibc {platform.split('_')[1]}.{platform.split('_')[2]} or newer")


if __name__ == "__main__":
    main()
