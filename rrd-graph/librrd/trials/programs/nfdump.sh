# nfdump's nftrack makes its 384 databases of 21 MB: it is stopped after some, whose definitions are
# compared.
mkdir ports
begin nftrack -I -d "$PWD/ports" >log 2>&1 </dev/null &
nftrack=$!
wait_until test -s ports/tcp-flows-3.rrd
end $nftrack KILL
for file in ports/tcp-flows-[0-2].rrd; do
    rrdtool info $file | grep -vE 'last_update|cur_row|cdp_prep|last_ds|\.value|unknown_sec' | sed 's/\[p[0-9]*\]/[p]/' | sort | uniq -c
done >definitions.txt
rm -r ports
