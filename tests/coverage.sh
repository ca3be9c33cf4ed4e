#!/bin/bash
# How much of the C code tests run through; `make coverage` calls coverage.sh TEST... Builds in
# ./coverage without optimization, runs these tests there, and prints the lines that are not run, lines
# and branches per folder, and the sum. coverage/html has each line. Ends with 1 below the bounds, which are
# for all code that is not generated: FLOW_MIN_LINES (95) and FLOW_MIN_BRANCHES (90) percent.
set -u
source=$(cd "$(dirname "$0")/.." && pwd)
folder=$PWD/coverage
branches="--rc lcov_branch_coverage=1 --rc genhtml_branch_coverage=1"

for tool in lcov genhtml gcov; do
    command -v "$tool" >/dev/null || { echo "coverage: $tool is missing (Debian: lcov, gcc)" >&2; exit 2; }
done

build() {
    mkdir -p "$folder" && cd "$folder" || return 1
    [ -f Makefile ] || "$source/configure" -q --disable-hardening --without-mimalloc CC=gcc \
        CFLAGS="-O0 -g --coverage -fprofile-update=atomic" LDFLAGS=--coverage || return 1
    make -s -j "$(nproc)" >make.log 2>&1
}

if ! build; then
    tail -n 20 "$folder/make.log" 2>/dev/null
    exit 2
fi
find "$folder" -name '*.gcda' -delete
# Without hardening there is nothing for binaries_test to see.
make -s -C "$folder" -k check TESTS="${*/tests\/cli\/binaries_test.py/}" >"$folder/check.out" 2>&1 || echo "some tests failed: $folder/check.log"

# What an assert expands to is no branch of ours.
lcov -q $branches --capture --directory "$folder" --base-directory "$source" \
    --rc lcov_excl_br_line='assert\(|LCOV_EXCL_BR_LINE' --output-file "$folder/all.info" >"$folder/lcov.log" 2>&1 || {
    tail -n 20 "$folder/lcov.log"; exit 2; }
lcov -q $branches --remove "$folder/all.info" '/usr/*' '*/tests/*' '*/bench/*' '*/grammar/lexer.*' \
    '*/grammar/parser.*' --output-file "$folder/ours.info" >>"$folder/lcov.log" 2>&1
genhtml -q $branches --prefix "$source" --output-directory "$folder/html" "$folder/ours.info" \
    >>"$folder/lcov.log" 2>&1

exec python3 "$source/tests/coverage.py" "$folder/ours.info" "$source" \
    "${FLOW_MIN_LINES:-95}" "${FLOW_MIN_BRANCHES:-90}"
