# The steps that ./try, ./check and .ci/run are made of. Sourced at the top of the source tree.

# Debian packages, and how to see that each is there without asking the package manager.
tool_packages="gcc:gcc make:make autoconf:autoconf automake:automake flex:flex bison:bison
    pkg-config:pkg-config python3:python3 openssl:openssl"
library_packages="libcurl:libcurl4-openssl-dev libuv:libuv1-dev libcjson:libcjson-dev
    libxml-2.0:libxml2-dev libidn2:libidn2-dev zlib:zlib1g-dev libcrypto:libssl-dev libxxhash:libxxhash-dev check:check"

# Whom TLS trusts where a flow names no authority of its own.
authorities=/etc/ssl/certs/ca-certificates.crt

source=$(pwd)

stop() {
    echo "$(basename "$0"): stopped: $*" >&2
    exit 1
}

# step WHAT COMMAND...: runs the command quietly; where it fails, shows the end of what it said.
step() {
    what=$1
    shift
    echo "== $what"
    log=$(mktemp)
    if ! "$@" >"$log" 2>&1; then
        tail -n 60 "$log" >&2
        echo "(all of it: $log)" >&2
        stop "$what failed: $*"
    fi
    rm -f "$log"
}

missing_packages() { # missing_packages [PACKAGE:TOOL...]: the packages to install, on one line
    missing=
    for pair in $tool_packages "$@"; do
        command -v "${pair#*:}" >/dev/null 2>&1 || missing="$missing ${pair%:*}"
    done
    echo 'int main(void) { return 0; }' | ${CC:-gcc} -xc -o /dev/null - 2>/dev/null ||
        missing="$missing libc6-dev"
    for pair in $library_packages; do
        pkg-config --exists "${pair%:*}" 2>/dev/null || missing="$missing ${pair#*:}"
    done
    # It has no file for pkg-config.
    echo '#include <mimalloc.h>' | ${CC:-gcc} -xc -fsyntax-only - 2>/dev/null ||
        missing="$missing libmimalloc-dev"
    [ ! -e /etc/debian_version ] || [ -e $authorities ] || missing="$missing ca-certificates"
    echo $missing
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null 2>&1; then
        sudo "$@"
    else
        stop "packages are missing, and only root (or sudo) can install them: $packages"
    fi
}

install_missing() { # install_missing [PACKAGE:TOOL...]
    packages=$(missing_packages "$@")
    [ -n "$packages" ] || return 0
    command -v apt-get >/dev/null 2>&1 || stop "please install what this needs: $packages"
    step "reading the package lists" as_root apt-get update
    step "installing $packages" as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y --no-install-recommends $packages
    packages=$(missing_packages "$@")
    [ -z "$packages" ] || stop "still missing after the installation: $packages"
}

jobs() { # as many as there are cores
    nproc 2>/dev/null || echo 2
}

# build_in FOLDER [CONFIGURE-ARGUMENT...]: makes ./configure where it is old, then configures where
# the arguments changed, then builds.
build_in() {
    folder=$1
    shift
    if [ ! -x configure ] || [ -n "$(find configure.ac Makefile.am -newer configure)" ]; then
        step "making ./configure" ./bootstrap
    fi
    mkdir -p "$folder"
    if [ "$(cat "$folder/.arguments" 2>/dev/null)" != "$*" ] || [ ! -f "$folder/Makefile" ]; then
        step "configuring $folder $*" in_folder "$folder" ../configure "$@"
        echo "$*" >"$folder/.arguments"
    fi
    step "building in $folder" make -C "$folder" -j "$(jobs)"
}

in_folder() {
    (cd "$1" && shift && "$@")
}

# show_failures FOLDER: the failed cases of each suite, with their own words.
show_failures() {
    find "$1/tests" -name '*.trs' | sort | while read -r results; do
        grep -q '^:test-result: \(FAIL\|ERROR\|XPASS\)' "$results" || continue
        echo "-- ${results#"$1"/}" | sed 's/\.trs$//'
        awk '/^ok/ || /^PASS/ { shown = 0 } /^not ok/ || /^Bail out/ || /^ERROR/ { shown = 1 } shown' \
            "${results%.trs}.log" | head -n 60
    done
}

# run_tests FOLDER: runs all tests of that build and prints, as its last line, how many passed.
run_tests() {
    echo "== testing in $1"
    tests_failed=
    if ! make -C "$1" -j "$(jobs)" check >"$1/check.log" 2>&1; then
        tests_failed=yes
        grep -E "(error|Error|undefined reference|warning)[: ]|[*]{3} No" "$1/check.log" | grep -v "^PASS" | head -n 40
        show_failures "$1"
        echo "(all of it: $1/check.log and $1/test-suite.log)"
    fi
    # Nothing to count is no success either: count fails then.
    (cd "$1" && sh "$source/tests/count" $(find tests -name '*.log')) || tests_failed=yes
    [ -z "$tests_failed" ]
}
