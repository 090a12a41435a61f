# The program `rrdcgi`: a page with each of its tags, drawn twice.
for file in a b; do
    rrdtool create $file.rrd --start 1600000000 --step 10 DS:in:GAUGE:20:0:U DS:out:GAUGE:20:0:U RRA:AVERAGE:0.5:1:60
    for i in 1 2 3 4 5 6 7 8 9 10; do rrdtool update $file.rrd $((1600000000 + i * 10)):$i:$((i * i)); done
done
cat >page.cgi <<'END'
<HTML><HEAD><TITLE>RRDCGI</TITLE></HEAD><BODY>
<RRD::SETVAR title "Größe <b>">
<P><RRD::CV name> <RRD::CV::QUOTE name> <RRD::CV::PATH file></P>
<P><RRD::GETENV SERVER_NAME> <RRD::GETVAR title></P>
<P><RRD::SETENV TZ Asia/Tokyo><RRD::TIME::LAST a.rrd "%Y-%m-%d %H:%M:%S"></P>
<P><RRD::SETENV TZ UTC><RRD::TIME::LAST a.rrd "%Y-%m-%d %H:%M:%S"></P>
<P><RRD::TIME::STRFTIME START 1600000000 1600000100 "%A %d %B"> <RRD::TIME::STRFTIME END 1600000000 start+1d "%j"></P>
<P><RRD::GRAPH graph.png --imginfo '<IMG SRC=/%s WIDTH=%lu HEIGHT=%lu>'
  --start 1600000000 --end 1600000100 --width 300 --title "Two curves"
  DEF:in=a.rrd:in:AVERAGE DEF:out=b.rrd:out:AVERAGE
  LINE2:in#0000ff:"inside" AREA:out#00ff0080:"outside"
  PRINT:in:AVERAGE:"in %6.2lf %s" PRINT:out:MAX:"out %lf"></P>
<P><RRD::PRINT 0> <RRD::PRINT 1></P>
<P><RRD::GRAPH --lazy graph.png --imginfo '<IMG SRC=/%s WIDTH=%lu HEIGHT=%lu>' --start 1600000000 --end 1600000100
  DEF:in=a.rrd:in:AVERAGE LINE2:in#0000ff></P>
<P><RRD::GRAPH bad.png DEF:in=missing.rrd:in:AVERAGE LINE2:in#0000ff></P>
<P><RRD::TIME::LAST missing.rrd "%s"></P>
<P><RRD::INCLUDE part.html></P>
</BODY></HTML>
END
echo '<I>part</I>' >part.html
export SERVER_NAME=host1 REQUEST_METHOD=GET QUERY_STRING='name=%3Cw%C3%BCrfel%3E&file=../etc/passwd' HTTP_HOST=h
with_library rrdcgi page.cgi >page.txt 2>&1 || echo "status $?" >>page.txt
with_library rrdcgi --filter page.cgi >filter.txt 2>&1 || echo "status $?" >>filter.txt
with_library rrdcgi --refresh page.cgi >refresh.txt 2>&1 || echo "status $?" >>refresh.txt
