# Torrus: makes a tree of databases that are there, compiles it, shows it and draws. Packages are
# unpacked and seem installed; needs root.
unpack torrus-common
cat >run.sh <<'END'
export LC_ALL=C TZ=UTC HOME=$PWD
mkdir -p data
for name in host1_eth0 host1_eth1 host2_load; do
    /usr/bin/rrdtool create data/$name.rrd --start 1600000000 --step 300 DS:in:GAUGE:600:U:U DS:out:GAUGE:600:U:U RRA:AVERAGE:0.5:1:600 RRA:MAX:0.5:12:60
    for n in 1 2 3 4 5 6 7 8 9 10 11 12; do
        /usr/bin/rrdtool update data/$name.rrd $((1600000000 + n * 300)):$((n * n % 7)):$((n * ${#name}))
    done
done
redis-server --port 6379 --bind 127.0.0.1 --save '' --dir "$PWD" >redis.log 2>&1 &
mkdir -p /var/lib/torrus/gitrepo /var/run/torrus /var/log/torrus /var/lib/torrus/session_data/{store,lock} /var/cache/torrus
cat >/etc/torrus/conf/torrus-siteconfig.pl <<SITE
@Torrus::Global::xmlAlwaysIncludeFirst = ('defaults.xml', 'site-global.xml');
%Torrus::Global::treeConfig = ('tree' => {'description' => 'Tree', 'info' => 'files', 'xmlfiles' => ['rrddir.xml'], 'run' => {}});
\$Torrus::CGI::authorizeUsers = 0;
1;
SITE
library() { env ${LIBRARY:+LD_LIBRARY_PATH="$LIBRARY"} "$@"; }
library /usr/share/torrus/bin/rrddir2xml --dir="$PWD/data" --out="$PWD/rrddir.xml" --verbose </dev/null
cp rrddir.xml /etc/torrus/xmlconfig/
library /usr/share/torrus/bin/compilexml --tree=tree --verbose </dev/null
page() {
    REQUEST_METHOD=GET SERVER_NAME=h HTTP_HOST=h SCRIPT_NAME=/torrus PATH_INFO=/tree QUERY_STRING=$1 \
        library faketime -f "2020-09-13 13:30:00" perl /usr/share/torrus/bin/torrus.fcgi </dev/null 2>>page.log
}
page "path=/" >page-root
for path in /host1/eth0.rrd/in /host2/load.rrd/out; do
    page "path=$path&view=last24h" >picture-$(echo $path | tr -d /.)
    page "path=$path" >page-$(echo $path | tr -d /.)
done
kill %1
END
as_installed run.sh >log 2>&1
cp rrddir.xml rrddir.txt
for picture in picture-*; do sed '1,/^\r*$/d' $picture >$picture.png; done
