# SmokePing: five debug runs, five minutes apart, with a program in place of fping that gives the
# same times, one more with fping and 127.0.0.1, then its static pages. Needs faketime.
mkdir data images cache
cat >fping <<'END'
#!/bin/sh
# Answers for each host with round trips that depend on the minute.
[ "$1" = -h ] && exec /usr/bin/fping -h
n=$(date +%M)
for host; do
    case $host in *.*.*.*) echo "$host : $n.1 0.2$n 3.5 - 1.$n - 12.75 0.125 2.5 $n" >&2 ;; esac
done
END
chmod 755 fping
cat >page.html <<'END'
<html><body><##charset##> <##title##> <##body##></body></html>
END
configuration() {
    cat <<END
*** General ***
owner = somebody
contact = somebody@example.org
sendmail = /bin/true
smokemail = /etc/smokeping/smokemail
tmail = /etc/smokeping/tmail
imgcache = $PWD/images
imgurl = images
datadir = $PWD/data
piddir = $PWD
cgiurl = http://127.0.0.1/smokeping.cgi
*** Alerts ***
to = |/bin/true
from = somebody@example.org
+someloss
type = loss
pattern = >0%,*12*,>0%
comment = loss 3 times in a row
*** Database ***
step = 300
pings = 10
AVERAGE 0.5 1 1008
AVERAGE 0.5 12 4320
MIN 0.5 12 4320
MAX 0.5 12 4320
AVERAGE 0.5 144 720
*** Presentation ***
template = $PWD/page.html
+ overview
width = 600
height = 50
range = 10h
+ detail
width = 600
height = 200
unison_tolerance = 2
"Last 3 Hours" 3h
"Last 10 Days" 10d
*** Probes ***
+ FPing
binary = $1
pings = 10
*** Targets ***
probe = FPing
menu = Top
title = Latency
+ Local
menu = Local
title = This host
++ LocalHost
menu = LocalHost
title = LocalHost with ä
host = 127.0.0.1
alerts = someloss
++ Both
menu = Both
title = Several
host = /Local/LocalHost /$2
$3
END
}
configuration "$PWD/fping" Local/Other "++ Other
menu = Other
title = Other
host = 127.0.0.2" >fixed.conf
smokeping() {
    local at=$1
    shift
    with_library faketime -f "$at" /usr/sbin/smokeping "$@" </dev/null
}
for minute in 25 30 35 40 45; do smokeping "2020-09-13 12:$minute:00" --config fixed.conf --debug >debug-$minute.log 2>&1; done
mkdir pages
smokeping "2020-09-13 12:46:00" --config fixed.conf --static-pages="$PWD/pages" 2>&1 | tee pages.log
grep -h 'RRDs::update' debug-*.log | sort >updates.txt
# A real fping: its times differ from run to run, its definitions do not.
mkdir real
(
    cd real
    mkdir data images
    cp ../page.html .
    configuration /usr/bin/fping Local/LocalHost "" >real.conf
    with_library /usr/sbin/smokeping --config real.conf --debug >debug.log 2>&1 </dev/null
    file=data/Local/LocalHost.rrd
    rrdtool info $file | grep -vE 'last_update|cur_row|cdp_prep|value|last_ds|unknown_sec' >definitions.txt
    rrdtool lastupdate $file | tail -n 1 | awk '{ print NF, $3 + 0 }' >values.txt
    rm $file
)
for file in images/Local/*.maxheight; do sort $file >$file.txt; done
for file in pages/*.html; do sort $file >$file.txt; done
