# Monitorix for two minutes of a fake clock, as an account without rights, with the graphs that need no
# rights; then its page draws them. It measures this machine, so definitions are compared. Packages
# are unpacked.
unpack monitorix
export PERL5LIB=$ROOT/usr/lib/monitorix:$ROOT/usr/share/perl5:$(echo "$ROOT"/usr/lib/*/perl5/5*)
export PERL5LIB=$PERL5LIB:$(echo "$ROOT"/usr/lib/*/perl-base 2>/dev/null)
cp -r "$ROOT/var/lib/monitorix" lib
mkdir -p lib/usage lib/reports lib/www/imgs lib/www/cgi conf.d
sed -e "s|/var/lib/monitorix|$PWD/lib|; s|^log_file.*|log_file = $PWD/log|; s|^include_dir.*|include_dir = $PWD/conf.d|" \
    -e '/<graph_enable>/,/<\/graph_enable>/s/= y/= n/' -e 's/^enable_parallelizing = y/enable_parallelizing = n/' \
    -e '/<graph_enable>/,/<\/graph_enable>/s/^\(\t\(system\|kern\|proc\|net\)\t.*\)= n/\1= y/' \
    -e '/<httpd_builtin>/,/<\/httpd_builtin>/s/enabled = y/enabled = n/' -e 's/^hostname.*/hostname = host1/' \
    -e '/<net>/,/<\/net>/s/^\(\s*list =\).*/\1 lo/' "$ROOT/etc/monitorix/monitorix.conf" >monitorix.conf
account=()
if [ "$(id -u)" = 0 ]; then
    chown -R nobody .
    account=(setpriv --reuid nobody --regid nogroup --clear-groups)
fi
begin "${account[@]}" faketime -f "@2020-09-13 12:29:55" perl "$ROOT/usr/bin/monitorix" -n -u \
    -c "$PWD/monitorix.conf" -p "$PWD/pid" >messages 2>&1 </dev/null &
written() {
    local file
    for file in lib/{system,kern,proc,net}.rrd; do [ "$(rrdtool last $file)" -ge 1600000260 ]; done
}
export -f written
tries=0
until bash -ec written 2>/dev/null; do
    tries=$((tries + 1))
    [ $tries -lt 1100 ] || { cat messages log; exit 1; }
    sleep 0.1
done
# The process of faketime is another one.
kill "$(cat pid)"
wait
for file in lib/*.rrd; do
    echo "== $file"
    rrdtool info "$file" | grep -vE 'cur_row|cdp_prep|last_ds|\.value|unknown_sec|last_update'
    rrdtool fetch "$file" AVERAGE -s 1600000200 -e 1600000240 | grep -c 'e+' || true
done >definitions.txt
export REQUEST_METHOD=GET SERVER_NAME=h
for graph in system kern proc net; do
    export QUERY_STRING="mode=localhost&graph=_${graph}1&when=1day&color=black&silent=" HTTP_HOST=h
    with_library faketime -f "2020-09-13 12:33:00" perl lib/www/cgi/monitorix.cgi >page-$graph 2>>page-errors </dev/null || true
done
find lib/www/imgs -name '*.png' | sed 's/[0-9.]*png//' | sort -u >pictures.txt
rm lib/*.rrd
