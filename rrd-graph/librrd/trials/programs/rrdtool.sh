# The program `rrdtool` of the distribution: each of its commands, good and refused, on the command
# line and through a pipe. Left out is what differs on purpose: the times of `updatev` after the first
# row (the original's are late), `list` of a missing folder (it prints no error), the parser's own words
# on text that is no XML, the removal of a source that a COMPUTE source reads (it allows that), and that
# `xport` calls texts ISO-8859-1 that are UTF-8.
say() {
    echo "$ rrdtool $*"
    with_library rrdtool "$@" 2>&1 </dev/null || echo "status $?"
}
{
    say create a.rrd --start 1600000000 --step 10 DS:in:COUNTER:20:0:1000 DS:out:GAUGE:20:U:U \
        DS:sum:COMPUTE:in,out,+ RRA:AVERAGE:0.5:1:60 RRA:MAX:0.5:6:20 RRA:LAST:0:3:10
    say create a.rrd --no-overwrite DS:in:GAUGE:20:U:U RRA:LAST:0:3:10
    say create forecast.rrd -b 1600000000 -s 10 DS:x:GAUGE:20:U:U RRA:AVERAGE:0.5:1:60 \
        RRA:HWPREDICT:40:0.1:0.0035:12
    say create
    say create bad.rrd
    say create bad.rrd DS:x:GAUGE:20:U:U
    say create bad.rrd DS:x:NONE:20:U:U RRA:LAST:0:3:10
    say create bad.rrd DS:x:GAUGE:20:U:U RRA:LAST:2:3:10
    say create bad.rrd --nope DS:x:GAUGE:20:U:U RRA:LAST:0:3:10
    say create copy.rrd --source a.rrd --start 1600000000 --step 10 DS:y=in:COUNTER:20:0:1000 RRA:AVERAGE:0.5:1:30
    say create like.rrd --template a.rrd --start 1600000000
    i=0
    while [ $i -lt 30 ]; do
        i=$((i + 1))
        say update a.rrd $((1600000000 + i * 10)):$((i * 50)):$((i % 7)).25
        say update forecast.rrd $((1600000000 + i * 10)):$((i % 12))
    done
    say update a.rrd -t out:in 1600000310:1e3:1600
    say update --template out a.rrd 1600000320.5:U 1600000330:-4
    say update a.rrd 1600000330:1:2
    say update a.rrd --skip-past-updates 1600000330:1:2 1600000340:1700:3
    say update a.rrd 1600000350:1
    say update a.rrd 1600000350:1:2:3
    say update a.rrd rubbish:1:2
    say update a.rrd 1600000350:x:2
    say update a.rrd -t nope 1600000350:1
    say update missing.rrd N:1
    say update a.rrd
    say update
    say updatev a.rrd 1600000350:1750:3
    say update a.rrd 1600000370:1850:4
    say updatev a.rrd 1600000350:1750:3
    say fetch a.rrd AVERAGE -s 1600000000 -e 1600000400
    say fetch a.rrd MAX -r 60 -s 1600000000 -e start+400s
    say fetch a.rrd AVERAGE -a -r 30 -s 1600000001 -e 1600000200
    say fetch a.rrd MIN -s 1600000000 -e 1600000100
    say fetch a.rrd NOPE
    say fetch a.rrd AVERAGE -s rubbish
    say fetch missing.rrd AVERAGE
    say fetch
    say info a.rrd | grep -vE 'cur_row'
    say info forecast.rrd | grep -vE 'cur_row'
    say info missing.rrd
    say info
    say last a.rrd
    say last missing.rrd
    say first a.rrd
    say first a.rrd --rraindex 1
    say first a.rrd --rraindex 9
    say lastupdate a.rrd
    say lastupdate forecast.rrd
    say list .
    say tune a.rrd --heartbeat in:30 --minimum out:-5 --maximum out:U --data-source-rename out:exit
    say tune a.rrd --heartbeat nope:30
    say tune forecast.rrd --alpha 0.2 --beta 0.01
    say tune a.rrd DS:new:GAUGE:20:U:U
    say tune a.rrd DS:other:GAUGE:20:U:U DEL:new
    say tune a.rrd
    say tune
    say resize forecast.rrd 0 GROW 5
    say resize forecast.rrd 0 SHRINK 500
    say resize forecast.rrd 0
    say dump a.rrd
    say dump --no-header forecast.rrd forecast.xml
    say dump missing.rrd
    say restore forecast.xml restored.rrd
    say restore forecast.xml restored.rrd
    say restore --force-overwrite --range-check forecast.xml restored.rrd
    say restore missing.xml x.rrd
    say xport -s 1600000000 -e 1600000100 DEF:a=a.rrd:exit:AVERAGE CDEF:b=a,2,* XPORT:a:"first one" XPORT:b
    say xport --json -s 1600000000 -e 1600000100 DEF:a=a.rrd:exit:AVERAGE XPORT:a:x
    say xport
    say graph picture.png -s 1600000000 -e 1600000300 DEF:a=a.rrd:exit:AVERAGE VDEF:m=a,MAXIMUM \
        LINE2:a#ff0000:"größe" PRINT:m:"%6.2lf %s" PRINT:m:"%c":strftime GPRINT:m:"%lf"
    say graph picture.png DEF:a=missing.rrd:x:AVERAGE LINE1:a#f00
    say graph picture.png -s 1600000000 -e 1600000300 DEF:a=a.rrd:nope:AVERAGE LINE1:a#f00
    say graph picture.png LINE1:a#f00
    say graph picture.png --width nope
    say graph
    say graphv picture.svg -a SVG -s 1600000000 -e 1600000300 DEF:a=a.rrd:exit:AVERAGE \
        LINE2:a#ff0000:legend PRINT:a:AVERAGE:"%6.2lf" | grep -vE '^(graph|image|coords)'
    say flushcached a.rrd
    say flushcached --daemon unix:"$PWD/no-socket" a.rrd
    say update --daemon unix:"$PWD/no-socket" a.rrd N:1
    say last --daemon unix:"$PWD/no-socket" a.rrd
    say nope
    say create --help
} >rrdtool.txt
with_library rrdtool - >pipe.txt 2>&1 <<'END' || true
create p.rrd --start 1600000000 --step 10 DS:x:GAUGE:20:U:U RRA:AVERAGE:0.5:1:60
update p.rrd 1600000010:1 1600000020:2
update p.rrd 1600000010:1
fetch p.rrd AVERAGE --start 1600000000 --end 1600000030
last p.rrd
lastupdate p.rrd
first p.rrd
info missing.rrd
xport --start 1600000000 --end 1600000020 "DEF:a=p.rrd:x:AVERAGE" "XPORT:a:with a space"
graph p.png --start 1600000000 --end 1600000020 "DEF:a=p.rrd:x:AVERAGE" "LINE1:a#f00:one 'two' three" PRINT:a:MAX:%lf
mkdir below
cd below
pwd
ls
nope
quit
END
# Times that each command took.
sed -i 's/^OK .*/OK/' pipe.txt
# The version that the library tells.
sed -i 's/^RRDtool 1[.0-9]* /RRDtool VERSION /' ./*.txt
