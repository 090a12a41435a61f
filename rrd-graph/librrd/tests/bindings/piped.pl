# Commands by RRDp.pm to the program rrdtool, which runs on the library; prints each answer.
use strict;
use warnings;
no warnings "qw";
use RRDp;

$| = 1;
my $T = 1000000000;
$RRDp::error_mode = "catch";

# An answer; of pictures only the format and the size.
sub show {
    my ($title, @words) = @_;
    RRDp::cmd(@words);
    my $answer = RRDp::read();
    my $text = ($answer ? $$answer : undef) // "";
    $text =~ s/image = BLOB_SIZE:\d+\n.*//s and $text .= "image\n";
    print "$title:\n", $text;
    print "error: $RRDp::error\n" if $RRDp::error;
}

sub picture {
    my ($file) = @_;
    open(my $stream, "<:raw", $file) or die "$file: $!\n";
    read($stream, my $head, 24);
    print "PNG ", join("x", unpack("x16 N N", $head)), "\n";
}

RRDp::start("rrdtool");
show("create", qw(create a.rrd --start 1000000000 --step 10 DS:in:GAUGE:20:0:1000 DS:out:COUNTER:20:U:U
    DS:sum:COMPUTE:in,2,* RRA:AVERAGE:0.5:1:30 RRA:MAX:0.5:3:10));
show("create of a name not in ASCII", qw(create größe.rrd -b 1000000000 DS:x:GAUGE:20:U:U RRA:LAST:0.5:1:5));
show("create of a bad source", qw(create no.rrd DS:x:NOPE:20:U:U RRA:LAST:0.5:1:5));
show("update", "update", "a.rrd", map { $T + 10 * $_ . ":$_:" . 100 * $_ } 1 .. 6);
show("update in the past", qw(update a.rrd 1000000000:1:1));
show("update of no file", qw(update nope.rrd 1000000000:1:1));
show("updatev", qw(updatev a.rrd 1000000070:7:700));
show("fetch", qw(fetch a.rrd AVERAGE -s 1000000000 -e 1000000070));
show("fetch of no function", qw(fetch a.rrd NOPE));
show("last", qw(last a.rrd));
show("first", qw(first a.rrd --rraindex 1));
show("lastupdate", qw(lastupdate a.rrd));
show("info", qw(info a.rrd));
show("tune", qw(tune a.rrd -h in:40));
show("resize", qw(resize a.rrd 0 GROW 5));
show("info after resize", qw(info resize.rrd));
show("dump", qw(dump a.rrd));
show("dump to a file", qw(dump a.rrd a.xml));
show("restore", qw(restore a.xml r.rrd));
show("restore over a file", qw(restore a.xml r.rrd));
show("graph", qw(graph only.png --only-graph -s 1000000000 -e 1000000070 DEF:x=a.rrd:in:AVERAGE LINE1:x#f00:größe
    PRINT:x:MAX:%lf));
picture("only.png");
show("graphv", qw(graphv only.png --only-graph -s 1000000000 -e 1000000070 DEF:x=a.rrd:in:AVERAGE LINE1:x#f00
    PRINT:x:MAX:%lf));
show("graph of no file", qw(graph no.png DEF:x=nope.rrd:in:AVERAGE LINE1:x#f00));
show("xport", qw(xport -s 1000000000 -e 1000000070 DEF:x=a.rrd:in:AVERAGE XPORT:x:größe));
show("xport as JSON", qw(xport --json -s 1000000000 -e 1000000070 DEF:x=a.rrd:in:AVERAGE XPORT:x:größe));
show("flushcached", qw(flushcached a.rrd));
show("mkdir", qw(mkdir folder));
show("cd", qw(cd folder));

show("cd back", qw(cd ..));
show("list", qw(list folder));
print "status ", RRDp::end(), "\n";
