#!/usr/bin/env bash
# Starts with the command lines and in the places that people have: `start.sh PROGRAM`, as root.
# Everything happens in a mount namespace of its own, with accounts of its own.
set -euo pipefail
program=$(realpath "${1:?usage: start.sh PROGRAM}")
if [ -z "${RRD_TRIAL_INSIDE:-}" ]; then
    exec env RRD_TRIAL_INSIDE=1 unshare --mount "$0" "$program"
fi
work=$(mktemp -d)
mount -t tmpfs tmpfs "$work"
cd "$work"
chmod 755 .
for folder in /run /opt /var/tmp; do mount -t tmpfs -o mode=755 tmpfs "$folder"; done
chmod 1777 /var/tmp
cp "$program" rrdcached
cp /etc/passwd passwd
cp /etc/group group
echo 'librenms:x:7001:7001::/opt/librenms:/bin/sh' >>passwd
echo 'librenms:x:7001:' >>group
echo 'apache:x:7002:' >>group
mount --bind passwd /etc/passwd
mount --bind group /etc/group

fail() {
    echo "FAILED: $*"
    exit 1
}
# say ADDRESS LINE: the first line of the answer.
say() {
    python3 - "$@" <<'PYTHON'
import socket, sys
address = sys.argv[1]
if address.startswith("/"):
    client = socket.socket(socket.AF_UNIX)
    client.connect(address)
else:
    client = socket.create_connection(("127.0.0.1", int(address)))
client.sendall(sys.argv[2].encode() + b"\n")
print(client.makefile().readline(), end="")
PYTHON
}
# is EXPECTED FOUND
is() { [ "$1" = "$2" ] || fail "expected '$1', found '$2'"; }
stop() {
    local number
    number=$(cat "$1")
    kill "$number"
    while [ -d "/proc/$number" ] && ! grep -q '^State:.Z' "/proc/$number/status"; do sleep 0.05; done
}
# ends STATUS TEXT COMMAND...: the command ends with this status and says this.
ends() {
    local expected=$1 text=$2 status=0 said
    shift 2
    said=$("$@" 2>&1) || status=$?
    is "$expected" "$status"
    case "$said" in *"$text"*) ;; *) fail "expected '$text' in '$said'" ;; esac
}

echo "== LibreNMS' unit, Type=forking"
mkdir -p /opt/librenms/rrd
chown -R librenms: /opt/librenms
./rrdcached -w 1800 -z 1800 -f 3600 -s librenms -U librenms -G librenms -B -R -j /var/tmp \
    -l unix:/run/rrdcached.sock -t 4 -F -b /opt/librenms/rrd/
is 7001:7001 "$(stat -c %u:%g "/proc/$(cat /run/rrdcached.pid)")"
is 0:7001 "$(stat -c %u:%g /run/rrdcached.sock)"
is "700 7001:7001" "$(stat -c '%a %u:%g' /var/tmp/rrdcached-journal.7001)"
is "0 RRD created OK" "$(say /run/rrdcached.sock 'CREATE host/a.rrd -b 1000000000 -s 10 DS:x:GAUGE:20:U:U RRA:LAST:0.5:1:9')"
is "0 errors, enqueued 1 value(s)." "$(say /run/rrdcached.sock 'UPDATE host/a.rrd 1000000010:1')"
stop /run/rrdcached.pid
is 1000000010 "$(rrdtool last /opt/librenms/rrd/host/a.rrd)"
is 7001:7001 "$(stat -c %u:%g /opt/librenms/rrd/host/a.rrd)"
# It is no longer root, and cannot remove what root has made in /run; the next start can.
ls -A /run
./rrdcached -s librenms -U librenms -G librenms -B -R -j /var/tmp -l unix:/run/rrdcached.sock -b /opt/librenms/rrd/
is "0 PONG" "$(say /run/rrdcached.sock PING)"
stop /run/rrdcached.pid
rm /run/rrdcached.pid

echo "== Ganglia: gmetad's socket, and one for the web server with a few commands"
mkdir -p /opt/ganglia/rrds
./rrdcached -p /run/rrdcached/pid -s 7002 -m 664 -l unix:/run/rrdcached/rrdcached.sock \
    -s apache -m 777 -P FLUSH,STATS,HELP -l unix:/run/rrdcached/rrdcached.limited.sock -b /opt/ganglia/rrds -B
is "664 0:7002" "$(stat -c '%a %u:%g' /run/rrdcached/rrdcached.sock)"
is "777 0:7002" "$(stat -c '%a %u:%g' /run/rrdcached/rrdcached.limited.sock)"
is "-1 Permission denied." "$(say /run/rrdcached/rrdcached.limited.sock 'UPDATE a.rrd 1:1')"
is "-1 No such file: /opt/ganglia/rrds/a.rrd" "$(say /run/rrdcached/rrdcached.sock 'UPDATE a.rrd 1:1')"
stop /run/rrdcached/pid
is "" "$(ls -A /run/rrdcached)"

echo "== nobody, in folders of others"
mkdir -p foreign own/base own/journal
chown -R nobody own
as_nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }
ends 1 "can't create pid file '/var/run/rrdcached.pid' (Permission denied)" as_nobody ./rrdcached -b "$work/foreign"
ends 1 "cannot use base directory for the journal $work/foreign as nobody:nogroup: Permission denied" \
    as_nobody ./rrdcached -p own/pid -l unix:own/s -b "$work/foreign"
ends 1 "name a directory for the journal with -j, or chown nobody:nogroup $work/foreign" as_nobody ./rrdcached -p own/pid -l unix:own/s -b "$work/foreign"
ends 3 "Failed to create base directory '$work/foreign/x': Permission denied" \
    as_nobody ./rrdcached -p own/pid -l unix:own/s -b "$work/foreign/x"
ends 6 "Failed to create journal directory '$work/foreign/x': Permission denied" \
    as_nobody ./rrdcached -p own/pid -l unix:own/s -b "$work/own/base" -j "$work/foreign/x"
ends 6 "Failed to open log file '$work/foreign/log': Permission denied" \
    as_nobody ./rrdcached -p own/pid -l unix:own/s -b "$work/own/base" -o foreign/log
ends 1 "rrdcached: bind($work/foreign/s) failed: Permission denied." \
    as_nobody ./rrdcached -p own/pid -l unix:foreign/s -b "$work/own/base"
ends 1 "cannot become a member of group 0: Operation not permitted" \
    as_nobody ./rrdcached -p own/pid -l "$work/own/s" -b "$work/own/base" -U root
is "" "$(ls own/pid own/s 2>/dev/null)"
# A base that only others may write to is enough with a journal elsewhere.
as_nobody ./rrdcached -p own/pid -l unix:own/s -B -b "$work/foreign" -j own/journal
is "0 PONG" "$(say "$work/own/s" PING)"
stop own/pid

echo "== the system's log, which is started again"
# A log that takes one line and ends.
one_line() {
    python3 - <<'PYTHON'
import os, socket
log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
log.bind("/run/log")
print(log.recv(2000).decode())
os.unlink("/run/log")
PYTHON
}
one_line >lines &
while [ ! -S /run/log ]; do sleep 0.05; done
./rrdcached -p "$work/pid" -l "$work/s" -B -b "$work/own/base" -j "$work/own/journal" -V LOG_INFO
wait $!
one_line >>lines &
while [ ! -S /run/log ]; do sleep 0.05; done
number=$(cat pid)
stop pid
wait $!
sed -i 's/>[A-Z][a-z][a-z] .*[0-9][0-9]:[0-9][0-9]:[0-9][0-9] />TIME /' lines
cat lines
grep -q "^<30>TIME .*rrdcached\[$number\]: starting up" lines || fail "the first line is missing"
grep -q "rrdcached\[$number\]: got SIGTERM" lines || fail "nothing after the log was started again"

echo "== systemd's own program for sockets that are handed over"
systemd-socket-activate -l "$work/handed" ./rrdcached -g -p "$work/pid" -B -b "$work/own/base" 2>activation &
activation=$!
while [ ! -S handed ]; do sleep 0.05; done
is "0 PONG" "$(say "$work/handed" PING)"
is "0 PONG" "$(say "$work/handed" PING)"
kill "$(cat pid)"
wait "$activation"
cat activation

echo "== a full disk, and a read-only one"
mkdir full
mount -t tmpfs -o size=64k tmpfs full
head -c 1M /dev/zero >full/filler 2>/dev/null || true
ends 1 "No space left on device" ./rrdcached -p "$work/p" -l "$work/s" -B -b "$work/own/base" -j "$work/full"
ends 1 "can't create pid file '$work/full/p' (No space left on device)" \
    ./rrdcached -p "$work/full/p" -l "$work/s" -B -b "$work/own/base" -j "$work/own/journal"
mount -o remount,ro full
ends 1 "can't create pid file '$work/full/pid' (Read-only file system)" \
    ./rrdcached -p "$work/full/pid" -l "$work/s" -B -b "$work/own/base"
ends 1 "bind($work/full/s) failed: Read-only file system." ./rrdcached -p "$work/p" -l "$work/full/s" -B -b "$work/own/base"
ends 3 "Failed to create base directory '$work/full/base': Read-only file system" \
    ./rrdcached -p "$work/p" -l "$work/s" -B -b "$work/full/base"
is "" "$(ls p s 2>/dev/null)"

echo "== other clocks, locales and umasks"
# The program `faketime` itself waits until the last descendant has ended.
faketime=$(faketime -f +0d sh -c 'echo "$LD_PRELOAD"')
for setting in "env LD_PRELOAD='$faketime' FAKETIME='1970-01-02 00:00:00'" "env LD_PRELOAD='$faketime' FAKETIME='2099-01-01 00:00:00'" "env LC_ALL=de_DE.UTF-8" "env -i" "sh -c 'umask 077; exec \"\$@\"' sh"; do
    rm -rf elsewhere
    eval "$setting" ./rrdcached -p elsewhere/pid -l unix:elsewhere/s -B -R -b "$work/elsewhere/base" -j elsewhere/journal \
        -o elsewhere/log -V LOG_INFO
    is "0 RRD created OK" "$(say "$work/elsewhere/s" 'CREATE a.rrd -b 1000000000 -s 10 DS:x:GAUGE:20:U:U RRA:LAST:0.5:1:9')"
    is "0 errors, enqueued 1 value(s)." "$(say "$work/elsewhere/s" 'UPDATE a.rrd 1000000010:1.5')"
    is "0 Successfully flushed $work/elsewhere/base/a.rrd." "$(say "$work/elsewhere/s" 'FLUSH a.rrd')"
    is 1000000010 "$(rrdtool last elsewhere/base/a.rrd)"
    echo "$setting: $(stat -c '%a %n' elsewhere/pid elsewhere/s elsewhere/journal elsewhere/base/a.rrd | tr '\n' ' ')"
    stop elsewhere/pid
    tail -n 1 elsewhere/log
done
echo "all as expected"
