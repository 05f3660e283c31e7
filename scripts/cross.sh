#!/bin/bash
# Makes a folder of Debian's libraries for another processor: cross.sh PROCESSOR FOLDER; "make CROSS=aarch64" calls it.
#
# Nothing of this system changes, and it needs no root: apt keeps lists of its own beside the folder, and the packages are
# unpacked, not installed. (Installed by multiarch, they would have to be of the same versions as this system's.)
# The compiler, and qemu to run what it makes, are ordinary packages of this system.
set -euo pipefail
processor=$1 folder=$2
here=$(dirname "$0")
case $processor in
    aarch64) architecture=arm64 ;;
    *)
        echo "cross.sh: no cross-compiling for $processor; there is aarch64" >&2
        exit 1
        ;;
esac
for tool in "$processor-linux-gnu-gcc" "qemu-$processor" apt-get dpkg-deb; do
    if ! command -v "$tool" > /dev/null; then
        echo "cross.sh: $tool is missing: on Debian, apt-get install gcc-$processor-linux-gnu qemu-user" >&2
        exit 1
    fi
done

mkdir -p "$folder.apt/lists/partial" "$folder.apt/cache/archives/partial"
apt=$(realpath "$folder.apt")
: > "$apt/status" # nothing is installed
mapfile -t packages < <("$here/bootstrap.sh" --libraries)
# Python runs the examples of the wheel.
packages+=(python3)
options=(-q -o "APT::Architecture=$architecture" -o "APT::Architectures=$architecture" -o "Dir::State=$apt"
    -o "Dir::State::status=$apt/status" -o "Dir::Cache=$apt/cache" -o Debug::NoLocking=1 -o APT::Sandbox::User="$(id -un)")
echo "Unpacking ${#packages[@]} Debian packages for $architecture, and what they need, to $folder"
if ! { apt-get "${options[@]}" update &&
    apt-get "${options[@]}" install -y --no-install-recommends --download-only "${packages[@]}"; } > "$apt/log" 2>&1; then
    cat "$apt/log" >&2
    exit 1
fi

rm -rf "$folder" && mkdir -p "$folder"
for package in "$apt"/cache/archives/*.deb; do dpkg-deb -x "$package" "$folder"; done
find "$folder" -mindepth 1 -maxdepth 1 ! -name usr ! -name 'lib*' -exec rm -r {} +
if [ ! -e "$folder/lib" ]; then ln -s usr/lib "$folder/lib"; fi
# Links to /lib would lead out of the folder.
find "$folder" -type l -lname '/*' -print0 | while IFS= read -r -d '' link; do
    ln -sfnr "$folder$(readlink "$link")" "$link"
done
rm -rf "$apt"
touch "$folder/complete"
