#!/bin/bash
# Draws eight charts into OUT with the tool that RRD names. Run data.sh first. before-after.png
# shows them before and after axes, peaks and forms of charts were changed.
set -e; export TZ=UTC LC_ALL=C
R=${RRD:-rrd}; O=${OUT:-.}; mkdir -p "$O"
E=1602201600                     # the end of data.sh
chart() { "$R" chart -s "$E-$2" -e $E -w 600 -h 260 -o "$O/$1.svg" "${@:3}"; }
described() { local name=$1 span=$2; cat > "$O/$name.toml"; chart "$name" "$span" -f "$O/$name.toml"; }

described 1-cpu-year 1y <<'T'
title = "CPU, a year"
unit = "%"
file = "cpu.rrd"
legend = ["avg", "max", "last"]
series = [
  { source = "system", color = "violet", draw = "area", stack = true },
  { source = "user", color = "blue", draw = "area", stack = true },
  { source = "iowait", color = "amber", draw = "area", stack = true },
  { source = "steal", color = "red", draw = "area", stack = true },
]
T
chart 2-cpu-day 1d cpu.rrd -t "CPU, a day, undescribed"
described 3-traffic-week 1w <<'T'
title = "Traffic, a week"
unit = "B/s"
file = "traffic.rrd"
legend = ["avg", "max", "last"]
lower = 0.0
series = [
  { source = "in", color = "green", draw = "hill", envelope = true },
  { source = "out", color = "blue", draw = "hill", envelope = true },
]
T
described 4-latency-month 30d <<'T'
title = "Round trip time, 30 days"
unit = "s"
file = "env.rrd"
legend = ["avg", "max", "last"]
lower = 0.0
logarithmic = "auto"
series = [{ source = "rtt", color = "orange", draw = "hill", envelope = true }]
T
described 5-all-year 1y <<'T'
title = "Four envelopes, a year"
unit = "%"
file = "cpu.rrd"
legend = ["avg", "max", "last"]
lower = 0.0
series = [
  { source = "user", color = "blue", envelope = true },
  { source = "system", color = "violet", envelope = true },
  { source = "iowait", color = "amber", envelope = true },
  { source = "steal", color = "red", envelope = true },
]
T
described 6-disk-500-days 500d <<'T'
title = "Disk, 500 days, kept for 400"
unit = "B"
file = "env.rrd"
legend = ["avg", "max", "last"]
binary = true
lower = 0.0
series = [{ source = "disk", color = "teal", draw = "hill", envelope = true }]
T
described 7-zero-day 1d <<'T'
title = "A constant zero, with a gap"
unit = "/s"
file = "cpu.rrd"
legend = ["avg", "max", "last"]
series = [{ source = "user", formula = "user,0,*", label = "errors", color = "red" }]
T
described 8-hundred-day 1d <<'T'
title = "100.00000001"
unit = "%"
file = "cpu.rrd"
legend = ["avg", "max", "last"]
lower = 0.0
series = [{ source = "user", formula = "user,0,*,100.00000001,+", label = "busy", color = "blue", draw = "hill" }]
T
