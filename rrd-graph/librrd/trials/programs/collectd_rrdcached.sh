# collectd with its plugin `rrdcached` and a server, whose program RRDCACHED names (else the installed
# one): values with fixed times by collectd's socket, which it creates files for and flushes.
mkdir -p rrd journal
"${RRDCACHED:-rrdcached}" -g -w 3600 -f 7200 -b "$PWD/rrd" -j "$PWD/journal" -l "unix:$PWD/server" \
    -p "$PWD/server.pid" 2>server.log &
server=$!
wait_until test -S server
cat >collectd.conf <<END
BaseDir "$PWD"
PIDFile "$PWD/collectd.pid"
Hostname "host1"
Interval 10
# More would change the order of values.
WriteThreads 1
LoadPlugin logfile
<Plugin logfile>
LogLevel info
File "$PWD/collectd.log"
</Plugin>
LoadPlugin unixsock
<Plugin unixsock>
SocketFile "$PWD/socket"
SocketPerms "0777"
</Plugin>
LoadPlugin rrdcached
<Plugin rrdcached>
DaemonAddress "unix:$PWD/server"
DataDir "$PWD/rrd"
CreateFiles true
CollectStatistics true
</Plugin>
END
begin collectd -f -C collectd.conf &
collectd=$!
wait_until python3 "$HERE/collectd_values.py" rrdcached socket 0 0
python3 "$HERE/collectd_values.py" rrdcached socket 1600000000 60
end $collectd
end $server
# The statistics of the server.
find rrd -path '*rrdcached*' -name '*.rrd' | sed 's/.*host1//' | sort >statistics.txt
find rrd -path '*rrdcached*' -name '*.rrd' -delete
grep -E 'rrd|fail' collectd.log | sed 's/^\[[^]]*\] //' | sort | uniq >messages.txt
