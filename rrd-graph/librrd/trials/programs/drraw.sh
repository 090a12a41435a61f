# drraw: its page of databases, and pictures of a saved graph with a file, a CDEF and a formula over
# several files. Packages are unpacked.
unpack drraw libcgi-pm-perl
export PERL5LIB=$ROOT/usr/share/perl5:$(echo "$ROOT"/usr/lib/*/perl5/5*)
mkdir data saved cache
for name in one two; do
    rrdtool create data/$name.rrd --start 1600000000 --step 300 DS:v:GAUGE:600:U:U RRA:AVERAGE:0.5:1:600
    for n in 1 2 3 4 5 6 7 8 9 10 11 12; do
        rrdtool update data/$name.rrd $((1600000000 + n * 300)):$((n * n % 7 * ${#name} + $(printf %d "'$name") % 5))
    done
done
cat >drraw.conf <<END
use strict;
%datadirs = ('$PWD/data' => '[Data] ');
@rranames = ('MIN', 'AVERAGE', 'MAX', 'LAST');
%rranames = ('MIN' => 'Min', 'AVERAGE' => 'Avg', 'MAX' => 'Max', 'LAST' => 'Last');
\$saved_dir = '$PWD/saved';
\$tmp_dir = '$PWD/cache';
%users = ('guest' => 2);
1;
END
cat >saved/g1600000000.1 <<END
DS=a
DS=b
DS=c
a_File=$PWD/data%2F%2Fone.rrd
a_DS=v
a_RRA=AVERAGE
a_CDEF=
a_Type=AREA
a_Color=Red
a_Label=one
a_Seq=1
a_Width=
a_XTRAS=MAX
b_File=$PWD/data%2F%2Ftwo.rrd
b_DS=v
b_RRA=AVERAGE
b_CDEF=b,2,*
b_Type=LINE%3F
b_Width=2
b_Color=Blue
b_Label=two
b_Seq=2
c_File=.*rrd
c_Formula=AVERAGE
c_Element=
c_DS=v
c_RRA=AVERAGE
c_CDEF=
c_tCDEF=
c_tType=-Nothing-
c_tWidth=
c_tLabel=
c_Type=LINE%3F
c_Width=1
c_Color=Black
c_Label=average
c_Seq=3
gTitle=Title
gWidth=400
gHeight=120
gFormat=PNG
=
END
echo 'g1600000000.1:Graph' >saved/index
# Perl refuses `defined(%hash)` since 5.22, so that the packaged program starts no longer.
sed "s/defined(\([%@][A-Za-z]*\))/(\1)/g; s|/etc/drraw/drraw.conf|$PWD/drraw.conf|" "$ROOT/usr/lib/cgi-bin/drraw/drraw.cgi" >drraw.cgi
page() {
    REQUEST_METHOD=GET HTTP_HOST=h SERVER_NAME=h SERVER_PORT=80 SCRIPT_NAME=/drraw.cgi QUERY_STRING=$1 REMOTE_ADDR=127.0.0.1 \
        with_library env PERL_HASH_SEED=0 faketime -f "2020-09-13 13:30:00" perl -T drraw.cgi </dev/null 2>>errors
}
page "" >index.txt
page "Browse=AllGraphs" >graphs.txt
page "Graph=1600000000.1;Mode=view" >view.txt
for start in "end+-+2+hours" 1600000300; do
    page "Graph=g1600000000.1;Mode=show;Start=$start;End=1600003600" >answer
    # Without its header it is a picture.
    sed '1,/^\r*$/d' answer >picture-${start//+/}.png
done
sed 's/^\[[^]]*\] //' errors >errors.txt
