# What the tests of the daemon in bash share. To be sourced: . "$HTTP_TESTS/lib.sh"
# shellcheck shell=bash disable=SC2034

# start_daemon PROGRAM ARGUMENT...: starts it on a free port; sets $daemon (its process) and $url.
start_daemon() {
    "$@" --listen 127.0.0.1:0 2> daemon.log &
    daemon=$!
    for _ in $(seq 600); do
        if grep -q 'listening on' daemon.log; then break; fi
        sleep 0.05
    done
    url=$(sed -n 's/.*listening on //p' daemon.log)
}

# stop_daemon: returns its exit status.
stop_daemon() {
    kill "$daemon"
    wait "$daemon"
}

# check NAME SEEN WANTED
check() {
    if [ "$2" = "$3" ]; then echo "ok $1"; else printf 'not ok %s\n    seen: %s\n    wanted: %s\n' "$1" "$2" "$3"; fi
}
