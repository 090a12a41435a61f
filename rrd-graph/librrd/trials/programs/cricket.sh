# Cricket: its compiler, its collector four times, five minutes apart, on sources that are programs,
# then a page and its pictures. Packages are unpacked and seem installed; needs root.
unpack cricket
cat >run.sh <<'END'
export LC_ALL=C TZ=UTC HOME=$PWD LOGNAME=root USER=root

config=/etc/cricket/config/numbers
mkdir -p $config /var/lib/cricket /var/cache/cricket
cat >$config/Defaults <<TARGETS
target --default--
    target-type = numbers
datasource first
    ds-source = "exec:0:$PWD/numbers"
    rrd-ds-type = GAUGE
datasource second
    ds-source = "exec:1:$PWD/numbers"
    rrd-ds-type = COUNTER
targetType numbers
    ds = "first, second"
    view = "both: first second"
graph first
    legend = "First"
    draw-as = AREA
graph second
    legend = "Second"
    draw-as = LINE2
TARGETS
cat >$config/targets <<TARGETS
target one
    short-desc = "One"
target two
    short-desc = "Two"
TARGETS
for minute in 25 30 35 40; do
    faketime -f "2020-09-13 12:$minute:05" cricket-compile </dev/null || true
    faketime -f "2020-09-13 12:$minute:05" env ${LIBRARY:+LD_LIBRARY_PATH="$LIBRARY"} /usr/share/cricket/collector /numbers </dev/null
done
cp -r /var/lib/cricket data
for range in d w; do
    for target in one two; do
        export REQUEST_METHOD=GET HTTP_HOST=h SERVER_NAME=h SERVER_PORT=80 SCRIPT_NAME=/cgi-bin/cricket/mini-graph.cgi
        export QUERY_STRING="type=png;target=/numbers/$target;dslist=first,second;range=151200;cache=no"
        faketime -f "2020-09-13 12:41:00" env ${LIBRARY:+LD_LIBRARY_PATH="$LIBRARY"} \
            /usr/lib/cgi-bin/cricket/mini-graph.cgi </dev/null >picture-$range-$target 2>>picture.log || true
    done
done
END
cat >numbers <<'END'
#!/bin/sh
date +%M
date +%s
END
chmod 755 numbers
as_installed run.sh >cricket.log 2>&1
for picture in picture-*; do echo "$picture $(grep -ac PNG $picture)"; done >pictures.txt
