#!/usr/bin/env bash
# A year of five-minute rows of ten series: how fast each format is written and in which memory, and
# what promtool and Prometheus make of it. Usage: trials/export.sh [RRD], by default
# target/release/rrd. PORT is a free port of the loopback.
set -euo pipefail
rrd=$(realpath "${1:-target/release/rrd}")
port=${PORT:-19099}
folder=$(mktemp -d)
prometheus=
trap '[ -z "$prometheus" ] || kill "$prometheus"; wait; rm -rf "$folder"' EXIT
cd "$folder"

last=1699920000
start=$((last - 366 * 86400))
sources=()
for source in 0 1 2 3 4 5 6 7 8 9; do sources+=("DS:s$source:GAUGE:600:U:U"); done
"$rrd" create year.rrd --start "$start" --step 300 "${sources[@]}" RRA:AVERAGE:0.5:1:105408
awk -v start="$start" -v last="$last" 'BEGIN {
    for (time = start + 300; time <= last; time += 300) {
        line = time
        for (source = 0; source < 10; source++) line = line ":" (time / 300 % 1009 + source) / 7
        print line
    }
}' | xargs -n 2000 "$rrd" update year.rrd

for format in openmetrics vm influx csv jsonl; do
    begun=$(date +%s.%N)
    /usr/bin/time -f %M -o memory "$rrd" export "$format" year.rrd -e "$last" >"year.$format" 2>said
    ended=$(date +%s.%N)
    awk -v format="$format" -v seconds="$(awk "BEGIN { print $ended - $begun }")" \
        -v bytes="$(stat -c %s "year.$format")" -v memory="$(tail -1 memory)" 'NR == 1 {
            printf "%-12s %d samples in %.2f s: %.1f million a minute, %.0f bytes each, %d KB of memory\n",
                format, $1, seconds, $1 / seconds * 60 / 1e6, bytes / $1, memory
        }' said
done

begun=$SECONDS
promtool tsdb create-blocks-from --max-block-duration=744h openmetrics year.openmetrics blocks >made
echo "promtool: $(ls blocks | wc -l) blocks, $(du -sk blocks | cut -f1) KB, in $((SECONDS - begun)) s"

echo >prometheus.yml
prometheus --config.file=prometheus.yml --storage.tsdb.path=blocks --storage.tsdb.retention.time=100y \
    --web.listen-address="127.0.0.1:$port" 2>log &
prometheus=$!
until curl -sf "http://127.0.0.1:$port/-/ready" >/dev/null; do sleep 0.2; done
for function in count_over_time sum_over_time; do
    curl -sG "http://127.0.0.1:$port/api/v1/query" --data-urlencode "time=$last" \
        --data-urlencode "query=$function({source=\"s3\"}[400d])" |
        sed "s/.*\"value\":\[[0-9.]*,\"\([^\"]*\)\".*/Prometheus: $function \1/"
    echo
done
grep 'source="s3"' year.openmetrics | awk '{ count++; sum += $2 } END { printf "exported:   count %d, sum %.6f\n", count, sum }'
