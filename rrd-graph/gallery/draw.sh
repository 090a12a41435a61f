#!/bin/bash
# Draws the gallery into OUT, as PNG or as FORMAT says, with the tool that RRDTOOL names. Run data.sh first.
export TZ=UTC LC_ALL=C
R=${RRDTOOL:-rrdtool}; O=${OUT:-.}; F=${FORMAT:-PNG}; mkdir -p "$O"
E=1602201600
g() { local n=$1; shift; printf '%s ' "$n"; "$R" graph "$O/$n.${F,,}" -a "$F" -e $E "$@" || echo FAILED; }
CPU="DEF:u=cpu.rrd:user:AVERAGE DEF:s=cpu.rrd:system:AVERAGE DEF:i=cpu.rrd:iowait:AVERAGE DEF:t=cpu.rrd:steal:AVERAGE"
CPUG="AREA:u#3A7DC9:User AREA:s#E8A33D:System:STACK AREA:i#C0392B:IO-wait:STACK AREA:t#7F8C8D:Steal\\l:STACK"
g 01-cpu-day    -s end-1d -l 0 -u 100 -r -v percent -t "CPU, day"   $CPU $CPUG
g 02-cpu-week   -s end-1w -l 0 -u 100 -r -v percent -t "CPU, week"  $CPU $CPUG
g 03-cpu-month  -s end-1month -l 0 -u 100 -r -v percent -t "CPU, month" $CPU $CPUG
g 04-cpu-year   -s end-1y -l 0 -u 100 -r -v percent -t "CPU, year"  $CPU $CPUG
TR="DEF:i=traffic.rrd:in:AVERAGE DEF:o=traffic.rrd:out:AVERAGE CDEF:ib=i,8,* CDEF:ob=o,8,* CDEF:on=ob,-1,*"
LEG='GPRINT:ib:LAST:  now %6.2lf %sb/s GPRINT:ib:AVERAGE:avg %6.2lf %sb/s GPRINT:ib:MAX:max %6.2lf %sb/s\l'
g 05-traffic-mirror -s end-1d -w 500 -h 150 -v "bits/s" -t "Router uplink" $TR "AREA:ib#2ECC71:In " 'GPRINT:ib:LAST:now %6.2lf %sb/s' 'GPRINT:ib:AVERAGE:avg %6.2lf %sb/s' 'GPRINT:ib:MAX:max %6.2lf %sb/s\l' "AREA:on#2980B9:Out" 'GPRINT:ob:LAST:now %6.2lf %sb/s' 'GPRINT:ob:AVERAGE:avg %6.2lf %sb/s' 'GPRINT:ob:MAX:max %6.2lf %sb/s\l' HRULE:0#000000
g 06-percentile -s end-1month -w 500 -h 150 -v "bits/s" -t "95th percentile" $TR VDEF:p=ib,95,PERCENT "AREA:ib#7FB3D5:In" "LINE1:p#C0392B:95th percentile:dashes=6,3" 'GPRINT:p:%6.2lf %sb/s\l'
HW="DEF:v=hw.rrd:req:AVERAGE DEF:p=hw.rrd:req:HWPREDICT DEF:d=hw.rrd:req:DEVPREDICT DEF:f=hw.rrd:req:FAILURES CDEF:up=p,d,2,*,+ CDEF:lo=p,d,2,*,- CDEF:band=up,lo,-"
g 07-holt-winters -s end-2d -w 500 -h 160 -v "requests/s" -t "Requests, prediction band, failures" $HW "TICK:f#FFE08A:1.0:Failure" LINE1:lo AREA:band#D5E8D4::STACK "LINE1:p#27AE60:Predicted" "LINE2:v#2C3E50:Observed\\l"
g 08-log -s end-1d -w 500 -h 150 -o -v seconds -t "Round trip time, logarithmic" DEF:r=env.rrd:rtt:AVERAGE LINE1:r#8E44AD:rtt
g 09-log-si -s end-1d -w 500 -h 150 -o --units=si -l 0.001 -u 10 -v seconds -t "Logarithmic with SI units" DEF:r=env.rrd:rtt:AVERAGE AREA:r#8E44AD80:rtt
g 10-right-axis -s end-3d -w 500 -h 150 -t "Temperature and humidity" -v "degree C" --right-axis 2:40 --right-axis-label "percent" DEF:t=env.rrd:temp:AVERAGE DEF:h=env.rrd:hum:AVERAGE CDEF:hs=h,40,-,2,/ "LINE2:t#C0392B:Temperature" "LINE1:hs#2980B9:Humidity (right)\\l"
g 11-dashes -s end-1d -w 500 -h 150 -t "Dashed lines and rules" $TR LINE1:ib#000000:solid LINE2:ob#C0392B:dashed:dashes "LINE1:ob#2980B9:dots:dashes=1,3" "HRULE:60000000#27AE60:limit:dashes=10,5" "VRULE:$((E-43200))#8E44AD:noon:dashes=2,2"
g 12-gradient -s end-1d -w 500 -h 150 -t "Gradient area" $TR "AREA:ib#1F618D#D6EAF8:In:gradheight=0" "LINE1:ib#154360"
g 13-gradient-50 -s end-1d -w 500 -h 150 -t "Gradient area, default height" $TR "AREA:ib#1F618D#D6EAF8:In"
g 14-mono -s end-1d -w 500 -h 150 -G mono -R mono -t "No antialiasing" $TR LINE1:ib#000000:In LINE1:ob#666666:Out
g 15-thumbnail -s end-1d -D -w 200 -h 60 $TR AREA:ib#2ECC71 LINE1:ob#2980B9
g 16-only-graph -s end-1d -j -w 120 -h 30 $TR AREA:ib#2ECC71 LINE1:ob#2980B9
DARK="-c BACK#1E1E1E -c CANVAS#252526 -c FONT#D4D4D4 -c AXIS#808080 -c GRID#FFFFFF20 -c MGRID#FFFFFF40 -c SHADEA#1E1E1E -c SHADEB#1E1E1E -c FRAME#404040 -c ARROW#D4D4D4"
g 17-dark -s end-1d -w 500 -h 150 $DARK -t "Dark colours" $TR "AREA:ib#4EC9B080:In" "LINE1:ib#4EC9B0" "LINE1:ob#CE9178:Out"
g 18-legend-east -s end-1d -w 400 -h 150 --legend-position=east -t "Legend east" $CPU "AREA:u#3A7DC9:User\\l" "AREA:s#E8A33D:System\\l:STACK" "AREA:i#C0392B:IO-wait\\l:STACK" "AREA:t#7F8C8D:Steal\\l:STACK"
g 19-legend-north -s end-1d -w 400 -h 150 --legend-position=north --legend-direction=bottomup -t "Legend north, bottom up" $CPU "AREA:u#3A7DC9:User\\l" "AREA:s#E8A33D:System\\l:STACK" "AREA:i#C0392B:IO-wait\\l:STACK" "AREA:t#7F8C8D:Steal\\l:STACK"
g 20-legend-west -s end-1d -w 400 -h 150 --legend-position=west -t "Legend west" -v percent $CPU "AREA:u#3A7DC9:User\\l" "AREA:s#E8A33D:System\\l:STACK"
g 21-slope -s end-6h -w 500 -h 150 -E -t "Slope mode, six hours" $TR LINE2:ib#27AE60:In LINE1:ob#2980B9:Out
g 22-steps -s end-6h -w 500 -h 150 -t "Steps, six hours" $TR LINE2:ib#27AE60:In LINE1:ob#2980B9:Out
g 23-alt-autoscale -s end-1d -w 500 -h 150 -A -Y -t "Alternative autoscale and grid" DEF:d=env.rrd:disk:AVERAGE LINE2:d#8E44AD:disk
g 24-base1024 -s end-1month -w 500 -h 150 -b 1024 -l 0 -v bytes -t "Disk use, base 1024" DEF:d=env.rrd:disk:AVERAGE AREA:d#8E44AD80:used 'GPRINT:d:LAST:%6.2lf %sB'
g 25-min-max-band -s end-1y -w 600 -h 150 -v "degree C" -t "Temperature, year: minimum to maximum" DEF:a=env.rrd:temp:AVERAGE DEF:n=env.rrd:temp:MIN DEF:x=env.rrd:temp:MAX CDEF:b=x,n,- LINE1:n AREA:b#F5B7B1:range:STACK LINE1:a#922B21:average
g 26-large -s end-1w -w 1200 -h 400 -v "bits/s" -t "Large picture" -W "gallery" $TR AREA:ib#2ECC71:In LINE1:ob#2980B9:Out
g 27-zoom -s end-1d -w 400 -h 100 -m 2 -t "Zoom 2" $TR AREA:ib#2ECC71:In LINE1:ob#2980B9:Out
g 28-long-labels -s end-1d -w 300 -h 100 -t "A title that is much longer than the picture is wide and does not fit" -v "a vertical label longer than the canvas" $TR "AREA:ib#2ECC71:A legend text that goes on and on beyond the right edge of the picture"
g 29-empty -s end-1d -w 400 -h 100 -t "No data" DEF:x=traffic.rrd:in:AVERAGE CDEF:u=x,UNKN,+ LINE1:u#C0392B:nothing
g 30-many-lines -s end-1d -w 500 -h 150 -t "Twelve lines" $TR $(for k in 1 2 3 4 5 6 7 8 9 10 11 12; do printf 'CDEF:c%d=ib,%d,*,10,/ LINE1:c%d#%02X%02X%02X:port%d ' $k $k $k $((k*20)) $((255-k*20)) $(((k*67)%256)) $k; done)
g 31-percent-full -s end-1d -w 500 -h 150 -u 100 -l 0 -r -t "Thin range" -y 25:1 --left-axis-format %3.0lf%% $CPU CDEF:all=u,s,+,i,+ AREA:all#AED6F1 LINE1:all#1B4F72:busy
g 32-decade -s end-400d -w 700 -h 120 -t "400 days of traffic" -v "bits/s" DEF:i=traffic.rrd:in:AVERAGE DEF:m=traffic.rrd:in:MAX CDEF:ib=i,8,* CDEF:mb=m,8,* AREA:mb#D5F5E3:peak AREA:ib#2ECC71:average
