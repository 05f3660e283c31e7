# A browser to drive. To be sourced after lib.sh: . "$HTTP_TESTS/browser.sh"
# shellcheck shell=bash disable=SC2034

playwright=1.65.1
axe=4.14.1
modules=$HTTP_TESTS/../../build/node

# has_package NAME VERSION: whether it was fetched.
has_package() {
    grep -qs "\"version\": \"$2\"" "$modules/node_modules/$1/package.json"
}

# need_browser TEST: sets $browser, and NODE_PATH with playwright-core and axe-core; or skips the test, where there is no
# browser, no Node.js, or nothing to fetch them with.
need_browser() {
    skip() {
        echo "skip $1 $2"
        exit 0
    }
    browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome) || skip "$1" 'there is no Chromium'
    command -v node > /dev/null || skip "$1" 'there is no Node.js'
    mkdir -p "$modules"
    exec 9> "$modules/lock" && flock 9 # several builds are tested at a time
    if ! has_package playwright-core "$playwright" || ! has_package axe-core "$axe"; then
        command -v npm > /dev/null || skip "$1" 'there is no npm to fetch playwright-core and axe-core with'
        timeout 120 npm install --prefix "$modules" --no-save --no-audit --no-fund --ignore-scripts \
            "playwright-core@$playwright" "axe-core@$axe" > npm.log 2>&1 ||
            skip "$1" "playwright-core and axe-core cannot be fetched: $(tail -n 1 npm.log)"
    fi
    flock -u 9
    export NODE_PATH=$modules/node_modules BROWSER=$browser
}
