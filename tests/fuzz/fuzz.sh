#!/bin/sh
# Fuzzes one target with libFuzzer (clang), under ASan and UBSan, for a time:
#   tests/fuzz/fuzz.sh image 60
# The corpus begins with the bytecode of the examples; finds go to ./fuzz-image/, the seeds too.
# Run it in the build tree, where flowc and config.h are, or by `make fuzz`.
set -eu
target=${1:-image}
seconds=${2:-60}
source=$(cd "$(dirname "$0")/../.." && pwd)
work=fuzz-$target
flags="-std=gnu17 -D_GNU_SOURCE -g -O1 -fsanitize=fuzzer,address,undefined
    -fno-sanitize-recover=undefined -I. -I$source/runtime -I$source"
libraries=$(pkg-config --cflags --libs libcrypto libxml-2.0 libcurl)

mkdir -p "$work/corpus"
for flow in "$source"/examples/*.flow; do
    ./flowc "$flow" -o "$work/corpus/$(basename "$flow")b"
done
# shellcheck disable=SC2086
"${CLANG:-clang}" $flags "$source/tests/fuzz/targets/$target.c" "$source"/runtime/base/*.c \
    "$source"/runtime/program/*.c "$source"/runtime/engine/vm*.c "$source"/runtime/engine/builtins*.c \
    "$source"/runtime/engine/request*.c "$source"/runtime/engine/endpoint.c \
    "$source"/runtime/engine/program*.c "$source"/runtime/engine/transport.c \
    $libraries -lm -o "$work/fuzzer"
exec "$work/fuzzer" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=3000 \
    -artifact_prefix="$work/" -print_final_stats=1 "$work/corpus"
