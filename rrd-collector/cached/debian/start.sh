#!/bin/sh
# start [SETTINGS]: rrdcached with the settings of /etc/default/rrdcached, or of another file.
# start --drain: has it write all that it has taken, and end, whether it runs or not.
# Status 6: there are no settings.
set -eu

WRITE_TIMEOUT= WRITE_JITTER= WRITE_THREADS= BASE_PATH= JOURNAL_PATH= PIDFILE= SOCKFILE= SOCKGROUP=
SOCKMODE= DAEMON= DAEMON_GROUP= DAEMON_USER= NETWORK_OPTIONS= BASE_OPTIONS=
drain=
if [ "${1-}" = --drain ]; then
    drain=$1
    shift
fi
settings=${1:-/etc/default/rrdcached}
# Without its folders it would use /tmp.
if [ ! -e "$settings" ]; then
    echo "$settings is missing: apt install --reinstall rrd-rrdcached makes it" >&2
    exit 6
fi
# shellcheck source=/dev/null
. "$settings"

set -- ${drain:--g}
[ -z "$WRITE_TIMEOUT" ] || set -- "$@" -w "$WRITE_TIMEOUT"
[ -z "$WRITE_JITTER" ] || set -- "$@" -z "$WRITE_JITTER"
[ -z "$WRITE_THREADS" ] || set -- "$@" -t "$WRITE_THREADS"
[ -z "$BASE_PATH" ] || set -- "$@" -b "$BASE_PATH"
[ -z "$JOURNAL_PATH" ] || set -- "$@" -j "$JOURNAL_PATH"
[ -z "$PIDFILE" ] || set -- "$@" -p "$PIDFILE"
[ -z "$DAEMON_USER" ] || set -- "$@" -U "$DAEMON_USER"
[ -z "$DAEMON_GROUP" ] || set -- "$@" -G "$DAEMON_GROUP"
# Group and mode count for the sockets that follow them.
[ -z "$SOCKGROUP" ] || set -- "$@" -s "$SOCKGROUP"
[ -z "$SOCKMODE" ] || set -- "$@" -m "$SOCKMODE"
# shellcheck disable=SC2086  # They are words.
exec "${DAEMON:-/usr/bin/rrdcached}" "$@" $BASE_OPTIONS ${SOCKFILE:+-l "unix:$SOCKFILE"} \
    $NETWORK_OPTIONS
