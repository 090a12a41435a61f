# kcollectd without a screen: which databases of a folder it reads at its start. Needs strace.
mkdir -p rrd/host1/load rrd/host1/if-eth0
rrdtool create rrd/host1/load/load.rrd --start 1600000000 --step 10 DS:short:GAUGE:20:0:U DS:long:GAUGE:20:0:U RRA:AVERAGE:0.5:1:60
rrdtool create rrd/host1/if-eth0/octets.rrd --start 1600000000 --step 10 DS:rx:DERIVE:20:0:U RRA:AVERAGE:0.5:1:60
mkdir home
begin env HOME="$PWD/home" XDG_RUNTIME_DIR="$PWD/home" QT_QPA_PLATFORM=offscreen \
    strace -f -o trace -e trace=open,openat kcollectd -b "$PWD/rrd" >log 2>&1 </dev/null &
read_files() { grep -o '"[^"]*\.rrd"' trace | sort -u; }
both_read() { [ "$(read_files | wc -l)" = 2 ]; }
export -f read_files both_read
wait_until bash -ec both_read
read_files >files.txt
