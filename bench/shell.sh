#!/bin/sh
# What one writes without a language for it: curl and jq.
#
#     shell.sh single|chain3|body BASE-URL RUNS
set -eu

single() {
    curl -sf "$1/single" | jq -r .greeting
}

chain3() {
    token=$(curl -sf "$1/token" | jq -r .token)
    total=$(curl -sf -G -H "Authorization: Bearer $token" -d tag=new -d tag=sale "$1/items" |
        jq .total)
    order=$(jq -cn --arg token "$token" --argjson total "$total" '{ token: $token, total: $total }')
    curl -sf -H 'Content-Type: application/json' -d "$order" "$1/orders" | jq -r .id
}

body() {
    curl -sf "$1/body" | jq 'map(.price) | add'
}

for _ in $(seq "$3"); do
    "$1" "$2"
done
