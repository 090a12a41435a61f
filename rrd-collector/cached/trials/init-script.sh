#!/usr/bin/env bash
# Debian's init script and its configuration, as the package rrdcached installs them, with our
# program in the place of Debian's: `init-script.sh PROGRAM`, as root. Everything happens in a mount
# namespace of its own.
set -euo pipefail
program=$(realpath "${1:?usage: init-script.sh PROGRAM}")
if [ -z "${RRD_TRIAL_INSIDE:-}" ]; then
    exec env RRD_TRIAL_INSIDE=1 unshare --mount "$0" "$program"
fi
mount --bind "$program" /usr/bin/rrdcached
mount -t tmpfs tmpfs /run
mkdir -p /var/lib/rrdcached
mount -t tmpfs tmpfs /var/lib/rrdcached

db=/var/lib/rrdcached/db
address=unix:/var/run/rrdcached.sock
must() {
    local expected=$1 status=0
    shift
    "$@" || status=$?
    [ "$status" -eq "$expected" ] || { echo "FAILED: '$*' ends with $status in place of $expected"; exit 1; }
}
service() { sh /etc/init.d/rrdcached "$1"; }

must 3 service status
must 0 service start
must 0 service status
stat -c '%A %U:%G %n' /run/rrdcached.pid /run/rrdcached.sock $db /var/lib/rrdcached/journal
tr '\0' ' ' <"/proc/$(cat /run/rrdcached.pid)/cmdline"
echo
rrdtool create $db/a.rrd --start 1000000000 --step 10 DS:x:GAUGE:20:U:U RRA:LAST:0.5:1:100
must 0 rrdtool update --daemon $address $db/a.rrd 1000000010:1
[ "$(rrdtool last $db/a.rrd)" = 1000000000 ] || { echo "FAILED: it writes at once"; exit 1; }
must 0 service start # It is started already.
must 0 service restart
must 0 rrdtool update --daemon $address $db/a.rrd 1000000020:2
must 0 service try-restart
must 0 rrdtool update --daemon $address $db/a.rrd 1000000030:3
# A crash: what is left behind is taken.
kill -9 "$(cat /run/rrdcached.pid)"
sleep 1
# Without a process that waits for orphans, the script takes the zombie for a daemon.
/usr/bin/rrdcached -B -b $db/ -j /var/lib/rrdcached/journal/ -p /var/run/rrdcached.pid -l $address
must 0 service status
[ "$(rrdtool last --daemon $address $db/a.rrd)" = 1000000030 ] || { echo "FAILED: a value is lost"; exit 1; }
must 0 service stop
must 3 service status
must 0 service stop
[ "$(rrdtool last $db/a.rrd)" = 1000000030 ] || { echo "FAILED: a value is lost"; exit 1; }
ls /run
echo "all as expected"
