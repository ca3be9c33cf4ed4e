#!/bin/bash
# Fuzzes with libFuzzer (clang), under ASan and UBSan:
#   tests/fuzz/fuzz.sh TARGET SECONDS [OPTION-OF-LIBFUZZER...]
#   tests/fuzz/fuzz.sh all SECONDS
# TARGET is one of tests/fuzz/targets; all runs them all, five at a time, and its last line says how
# many held. Builds in ./fuzz; what is kept is there: fuzz/TARGET/corpus grows from run to run,
# fuzz/TARGET/ has what was found, fuzz/TARGET/log what was said.
set -u
source=$(cd "$(dirname "$0")/../.." && pwd)
target=${1:-image}
seconds=${2:-60}
shift $(($# < 2 ? $# : 2))
folder=$PWD/fuzz
at_once=5

build() {
    mkdir -p "$folder"
    if [ ! -f "$folder/Makefile" ]; then
        (cd "$folder" && "$source/configure" -C --enable-fuzzing --enable-werror \
            CC="${CLANG:-clang}") || return 1
    fi
    make -C "$folder" -j "$(nproc)" fuzzers
}

# What an input may be, by target: larger ones are slower and reach nothing new.
max_len() {
    case $1 in
    image | fields) echo 16384 ;;
    compile | http) echo 2048 ;;
    *) echo 1024 ;;
    esac
}

# fuzz TARGET [OPTION...]: runs one; what it says goes to its log.
fuzz() {
    local name=$1 place=$folder/$1
    shift
    mkdir -p "$place/corpus"
    FLOWC=$folder/flowc python3 "$source/tests/fuzz/seeds.py" "$name" "$place/seeds" || return 1
    local options=()
    [ ! -f "$source/tests/fuzz/dictionaries/$name.dict" ] ||
        options+=(-dict="$source/tests/fuzz/dictionaries/$name.dict")
    [[ $name != image && $name != fields ]] || options+=(-cross_over=0)
    # Freed memory is kept back from use for a while, which costs time: a little of it will do.
    FLOW_SOURCE=$source ASAN_OPTIONS=quarantine_size_mb=8:malloc_context_size=8 \
        "$folder/tests/fuzz/targets/$name" -max_total_time="$seconds" \
        -max_len="$(max_len "$name")" -timeout=20 -rss_limit_mb=3000 -print_final_stats=1 \
        -artifact_prefix="$place/" "${options[@]}" "$@" "$place/corpus" "$place/seeds" 2>&1 |
        tee "$place/log"
    return "${PIPESTATUS[0]}"
}

# report TARGET STATUS: a line of TAP.
report() {
    local log=$folder/$1/log said=ok
    [ "$2" = 0 ] || said="not ok"
    echo "$said - $1: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") executions," \
        "$(sed -n 's/^stat::average_exec_per_sec: *//p' "$log") a second"
    [ "$2" = 0 ] || tail -n 40 "$log" | sed 's/^/# /'
}

# Every fifth target, beginning with number $1.
some() {
    local i=0 name
    for name in "${targets[@]}"; do
        if [ $((i++ % at_once)) = "$1" ]; then
            fuzz "$name" >/dev/null
            report "$name" $?
        fi
    done
}

all() {
    local said=$folder/report
    mapfile -t targets < <(cd "$source/tests/fuzz/targets" && ls -- *.c | sed 's/\.c$//')
    local i
    for ((i = 0; i < at_once; i++)); do
        some "$i" >"$said.$i" &
    done
    wait
    cat "$said".*
    local passed failed
    passed=$(cat "$said".* | grep -c '^ok')
    failed=$((${#targets[@]} - passed))
    echo "$passed passed, $failed failed"
    [ "$failed" = 0 ]
}

build >&2 || exit 2
if [ "$target" = all ]; then
    all
else
    fuzz "$target" "$@"
fi
