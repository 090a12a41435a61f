# gmetad with a faked gmond of two hosts, for some seconds, in a network namespace: it listens on all
# addresses. It chooses the times, so the definitions and the different values are compared.
cat >gmetad.conf <<END
data_source "c" 1 127.0.0.1:8649
gridname "g"
rrd_rootdir "$PWD/rrd"
setuid off
trusted_hosts 127.0.0.1
END
mkdir rrd
cat >gmond.py <<'END'
import socketserver
import time

METRIC = (
    '<METRIC NAME="{name}" VAL="{value}" TYPE="float" UNITS=" " TN="1" TMAX="70" DMAX="0"'
    ' SLOPE="{slope}"><EXTRA_DATA><EXTRA_ELEMENT NAME="GROUP" VAL="load"/></EXTRA_DATA></METRIC>'
)
HOST = (
    '<HOST NAME="{name}" IP="127.0.0.1" TAGS="" REPORTED="{now}" TN="1" TMAX="20" DMAX="0"'
    ' LOCATION="unspecified" GMOND_STARTED="1">{metrics}</HOST>'
)
PAGE = """<?xml version="1.0" encoding="ISO-8859-1" standalone="yes"?>
<!DOCTYPE GANGLIA_XML [<!ELEMENT GANGLIA_XML (GRID|CLUSTER|HOST)*>]>
<GANGLIA_XML VERSION="3.7.2" SOURCE="gmond">
<CLUSTER NAME="c" LOCALTIME="{now}" OWNER="unspecified" LATLONG="unspecified" URL="unspecified">
{hosts}
</CLUSTER>
</GANGLIA_XML>
"""


class Answer(socketserver.StreamRequestHandler):
    def handle(self):
        now = int(time.time())
        kinds = ("load_one", 0.5, "both"), ("bytes_in", 1234.5, "both"), ("ticks", 7, "positive")
        metrics = "".join(METRIC.format(name=n, value=v, slope=s) for n, v, s in kinds)
        hosts = "".join(HOST.format(name=n, now=now, metrics=metrics) for n in ("h1", "h2"))
        self.wfile.write(PAGE.format(now=now, hosts=hosts).encode())


socketserver.ThreadingTCPServer.allow_reuse_address = True
socketserver.ThreadingTCPServer(("127.0.0.1", 8649), Answer).serve_forever()
END
cat >run.sh <<'END'
ip link set lo up
python3 gmond.py &
exec env ${LIBRARY:+LD_LIBRARY_PATH="$LIBRARY"} gmetad -d 1 -c gmetad.conf
END
unshare --map-root-user --net --pid --fork --kill-child sh run.sh >gmetad.log 2>&1 &
gmetad=$!
# A few seconds' worth of values of all nine files.
written() {
    local files=(rrd/c/{h1,h2,__SummaryInfo__}/{load_one,bytes_in,ticks}.rrd)
    local file
    for file in "${files[@]}" rrd/__SummaryInfo__/load_one.rrd; do
        rrdtool fetch "$file" AVERAGE -s -15 | grep -qE ': [0-9.]+e'
    done
}
export -f written
wait_until bash -ec written
# SIGTERM does not end `unshare`.
end $gmetad KILL
find rrd -name '*.rrd' | sort | while read -r file; do
    echo "== $file"
    rrdtool info "$file" | sed "s|$PWD/||" | grep -vE 'last_update|cur_row|cdp_prep|pdp|last_ds|unknown_sec|value'
    rrdtool lastupdate "$file" | sed 's/.*: //'
    rrdtool fetch "$file" AVERAGE -s -60 | sed 's/.*: //' | grep -v nan | sort -u
    rm "$file"
done >databases.txt
