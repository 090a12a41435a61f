# collectd with its plugin `rrdtool`: values with fixed times by its socket, a `kill -9` in between,
# values of two more minutes, a stop.
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
LoadPlugin rrdtool
<Plugin rrdtool>
DataDir "$PWD/rrd"
CacheTimeout 30
CacheFlush 120
</Plugin>
END
start() {
    rm -f socket
    begin collectd -f -C collectd.conf &
    collectd=$!
    wait_until python3 "$HERE/collectd_values.py" rrdtool socket 0 0
}
start
python3 "$HERE/collectd_values.py" rrdtool socket 1600000000 60
end $collectd KILL
start
python3 "$HERE/collectd_values.py" rrdtool socket 1600000600 12
end $collectd
# A failed update would be here; that the process was killed is, too.
grep -E 'rrd|fail' collectd.log | sed 's/^\[[^]]*\] //' | sort | uniq >messages.txt
