#!/bin/sh
# Fuzzes one target with libFuzzer (clang), under ASan and UBSan, for a time:
#   tests/fuzz/fuzz.sh image 60
# Targets: compile (sources; the corpus begins with the examples and the golden files) and image
# (bytecode; the corpus begins with that of the examples). Finds go to ./fuzz-image/, the seeds too.
# Run it in the build tree, where flowc and config.h are, or by `make fuzz`.
set -eu
target=${1:-image}
seconds=${2:-60}
source=$(cd "$(dirname "$0")/../.." && pwd)
work=fuzz-$target
flags="-std=gnu17 -D_GNU_SOURCE -g -O1 -fsanitize=fuzzer,address,undefined
    -fno-sanitize-recover=undefined -I. -I$source/runtime -I$source"
libraries=$(pkg-config --cflags --libs libcrypto libxml-2.0 libcurl libcjson)
files="$source/runtime/base/*.c $source/runtime/program/*.c"

mkdir -p "$work/corpus"
case $target in
compile)
    for flow in "$source"/examples/*.flow "$source"/tests/compile/*.flow; do
        cp "$flow" "$work/corpus/"
    done
    for c in "$source"/compiler/*.c; do
        test "$(basename "$c")" = flowc.c || files="$files $c"
    done
    files="$files $source/grammar/*.c grammar/parser.c grammar/lexer.c"
    flags="$flags -Igrammar -Wno-unused"
    options="-dict=$source/tests/fuzz/targets/compile.dict -max_len=8192 -timeout=5"
    ;;
*)
    for flow in "$source"/examples/*.flow; do
        ./flowc "$flow" -o "$work/corpus/$(basename "$flow")b"
    done
    files="$files $source/runtime/engine/vm*.c $source/runtime/engine/builtins*.c
        $source/runtime/engine/request*.c $source/runtime/engine/endpoint.c
        $source/runtime/engine/program*.c $source/runtime/engine/transport.c"
    options=-timeout=10
    ;;
esac
# shellcheck disable=SC2086
"${CLANG:-clang}" $flags "$source/tests/fuzz/targets/$target.c" $files $libraries -lm \
    -o "$work/fuzzer"
# shellcheck disable=SC2086
FLOW_SOURCE=$source exec "$work/fuzzer" -max_total_time="$seconds" $options -rss_limit_mb=3000 \
    -artifact_prefix="$work/" -print_final_stats=1 "$work/corpus"
