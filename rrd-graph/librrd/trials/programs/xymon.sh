# Xymon: xymond_rrd stores what three status messages of two hosts say of load, users and processes;
# showgraph.cgi draws it.
cat >messages.py <<'END'
import sys

sequence = 0


def message(kind, fields, text):
    global sequence
    sequence += 1
    sys.stdout.write(f"@@{kind}#{sequence}/host1|" + "|".join(fields) + "\n" + text + "\n@@\n")


at = sys.argv[1]
for host in "host1", "host2":
    text = f"status {host}.cpu green up: 5 days, 3 users, 120 procs, load=1.2{at[-3]}\n"
    message("status", [at + ".0", "127.0.0.1", "", host, "cpu", at, "green", "", "green", at, "0", "",
                       "0", "", at, "0", "linux", ""], text)
END
export XYMONHOME=$PWD XYMONRRDS=$PWD/rrd XYMONTMP=$PWD TEST2RRD=cpu=la XYMONSERVERLOGS=$PWD
export RRDWIDTH=576 RRDHEIGHT=120 XYMSRV=127.0.0.1 XYMONDPORT=1 GRAPHS=la MACHINE=host1
export HOSTSCFG=$PWD/hosts.cfg
mkdir rrd etc
printf '127.0.0.1 host1 #\n127.0.0.1 host2 #\n' >hosts.cfg
cp hosts.cfg etc/
cp /etc/xymon/rrddefinitions.cfg etc/
cp /etc/xymon/graphs.cfg graphs.cfg
for at in 1600000000 1600000300 1600000600; do
    python3 messages.py $at |
        with_library faketime -f "$(date -u -d "@$at" '+%F %T')" timeout --foreground -k 1 10 \
            /usr/lib/xymon/server/bin/xymond_rrd --no-cache --rrddir="$PWD/rrd" >>log 2>&1 || true
done
sed 's/^[-0-9]* [0-9:.]* //' log >log.txt
for service in la users; do
    export REQUEST_METHOD=GET SCRIPT_NAME=/showgraph.sh
    export QUERY_STRING="host=host1&service=$service&graph=custom&action=view&graph_start=1600000000&graph_end=1600000600"
    with_library faketime -f "2020-09-13 12:37:00" /usr/lib/xymon/server/bin/showgraph.cgi \
        --config="$PWD/graphs.cfg" --rrddir="$PWD/rrd/host1" \
        >answer 2>>log </dev/null
    # Without its header it is a picture.
    sed "1,/^\r*$/d" answer >$service.png
done
