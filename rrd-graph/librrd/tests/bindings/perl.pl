# Calls of every function of RRDs.pm; prints each value and each error.
use strict;
use warnings;
use POSIX qw(tzset);
use RRDs;

$| = 1;
my $T = 1000000000;

# A value of any shape as text on one line.
sub text {
    my ($value) = @_;
    return "undef" unless defined $value;
    return "[" . join(", ", map { text($_) } @$value) . "]" if ref $value eq "ARRAY";
    return "{" . join(", ", map { "$_: " . text($value->{$_}) } sort keys %$value) . "}"
        if ref $value eq "HASH";
    return $value =~ /^-?[0-9.]+(e[-+][0-9]+)?$/ ? sprintf("%.15g", $value) : "'$value'";
}

sub show {
    my ($title, @values) = @_;
    my $error = RRDs::error();
    print "$title: ", join(" ", map { text($_) } @values), "\n";
    print "  error: $error\n" if defined $error;
}

# A hash, one key a line: bytes of pictures by their format.
sub show_hash {
    my ($title, $hash) = @_;
    show($title, $hash ? "a hash" : undef);
    for my $key (sort keys %{ $hash // {} }) {
        my $value = $hash->{$key};
        print "  $key = ", $key eq "image" ? picture($value) : text($value), "\n";
    }
}

# The format of a picture, and the size if it is a PNG.
sub picture {
    my ($bytes) = @_;
    return sprintf("PNG %dx%d", unpack("x16 N N", $bytes)) if $bytes =~ /^\x89PNG/;
    return "SVG" if $bytes =~ /^<\?xml.*<svg/s;
    return "PDF" if $bytes =~ /^%PDF/;
    return substr($bytes, 0, 20);
}

sub content {
    my ($file) = @_;
    open(my $stream, "<:raw", $file) or return "no file";
    local $/;
    return scalar <$stream>;
}

# Creating files.
my @sources = ("DS:in:GAUGE:20:0:1000", "DS:out:COUNTER:20:U:U", "DS:sum:COMPUTE:in,2,*");
my @archives = ("RRA:AVERAGE:0.5:1:30", "RRA:MAX:0.5:3:10", "RRA:LAST:0.5:6:5", "RRA:MIN:0:1:4");
show("create", RRDs::create("a.rrd", "--start", $T, "--step", 10, @sources, @archives));
show("create with names not in ASCII",
    RRDs::create("größe.rrd", "-b", $T, "-s", "1m", "DS:x:DERIVE:2m:U:U", "DS:y:ABSOLUTE:120:U:U",
        "DS:z:DCOUNTER:120:U:U", "DS:w:DDERIVE:120:0:U", "RRA:AVERAGE:0.5:1m:1h"));
show("create with a forecast",
    RRDs::create("hw.rrd", "-b", $T, "-s", 10, "DS:x:GAUGE:20:U:U", "RRA:HWPREDICT:60:0.1:0.01:20"));
show("create over a file", RRDs::create("a.rrd", "--no-overwrite", @sources, @archives));
show("create like another file",
    RRDs::create("like.rrd", "--template", "a.rrd", "-b", $T + 5));
show("create without a name", RRDs::create());
show("create without sources", RRDs::create("no.rrd"));
show("create without archives", RRDs::create("no.rrd", "DS:x:GAUGE:20:U:U"));
show("create of a bad source", RRDs::create("no.rrd", "DS:x:NOPE:20:U:U", "RRA:LAST:0.5:1:1"));
show("create of a bad name", RRDs::create("no.rrd", "DS:ü:GAUGE:20:U:U", "RRA:LAST:0.5:1:1"));
show("create of a bad archive", RRDs::create("no.rrd", "DS:x:GAUGE:20:U:U", "RRA:NOPE:0.5:1:1"));
show("create of a bad factor", RRDs::create("no.rrd", "DS:x:GAUGE:20:U:U", "RRA:LAST:7:1:1"));
show("create with a bad step", RRDs::create("no.rrd", "-s", "x", "DS:x:GAUGE:20:U:U"));
show("create with a bad start", RRDs::create("no.rrd", "-b", "rubbish", "DS:x:GAUGE:20:U:U"));
show("create with an unknown option", RRDs::create("no.rrd", "--nope"));
show("create in no folder",
    RRDs::create("nope/no.rrd", "DS:x:GAUGE:20:U:U", "RRA:LAST:0.5:1:1"));

# Updates.
show("update", RRDs::update("a.rrd", $T + 10 . ":1:100"));
show("update by several", RRDs::update("a.rrd", $T + 20 . ":2:300", $T + 30 . ":U:600", $T + 41 . ":4.5:1000"));
show("update by names", RRDs::update("a.rrd", "--template", "out:in", $T + 50 . ":1500:5"));
show("update by an option in one word", RRDs::update("a.rrd", "--template=in", $T + 60.25 . ":6e0"));
show("update of old readings", RRDs::update("a.rrd", "--skip-past-updates", $T . ":1:1", $T + 70 . ":7:2000"));
show("update in the past", RRDs::update("a.rrd", $T . ":1:1"));
show("update of too few", RRDs::update("a.rrd", $T + 80 . ":1"));
show("update of too many", RRDs::update("a.rrd", $T + 80 . ":1:2:3"));
show("update of an unknown name", RRDs::update("a.rrd", "-t", "nope", $T + 80 . ":1"));
show("update of rubbish", RRDs::update("a.rrd", "rubbish"));
show("update of a text", RRDs::update("a.rrd", $T + 80 . ":x:1"));
show("update of no file", RRDs::update("nope.rrd", $T + 80 . ":1:1"));
show("update of a file that is none", RRDs::update($0, $T + 80 . ":1:1"));
show("update without a reading", RRDs::update("a.rrd"));
show("update without a name", RRDs::update());
show("update of a name not in ASCII", RRDs::update("größe.rrd", map { $T + 60 * $_ . ":$_:$_:$_:$_" } 1 .. 5));
show_hash("updatev", RRDs::updatev("a.rrd", $T + 80 . ":8:2100", $T + 90 . ":9:2200"));
show_hash("updatev in the past", RRDs::updatev("a.rrd", $T . ":8:2100"));
show_hash("updatev of no file", RRDs::updatev("nope.rrd", $T . ":8:2100"));
show("update of a forecast", RRDs::update("hw.rrd", map { $T + 10 * $_ . ":" . $_ % 20 } 1 .. 70));

# What the files hold.
show("fetch", RRDs::fetch("a.rrd", "AVERAGE", "-s", $T, "-e", $T + 90));
show("fetch by a step", RRDs::fetch("a.rrd", "MAX", "-s", $T, "-e", $T + 60, "-r", 30));
show("fetch aligned", RRDs::fetch("a.rrd", "MAX", "-a", "-r", 30, "-s", $T + 1, "-e", $T + 61));
show("fetch of relative times", RRDs::fetch("a.rrd", "AVERAGE", "-s", "end-30s", "-e", $T + 60));
show("fetch of a forecast", RRDs::fetch("hw.rrd", "HWPREDICT", "-s", $T + 600, "-e", $T + 700));
show("fetch of failures", RRDs::fetch("hw.rrd", "FAILURES", "-s", $T + 600, "-e", $T + 700));
show("fetch of a name not in ASCII", RRDs::fetch("größe.rrd", "AVERAGE", "-s", $T, "-e", $T + 300));
show("fetch of another function", RRDs::fetch("größe.rrd", "MAX", "-s", $T, "-e", $T + 300));
show("fetch of no function", RRDs::fetch("a.rrd", "NOPE"));
show("fetch of no file", RRDs::fetch("nöpe.rrd", "AVERAGE"));
show("fetch of no time", RRDs::fetch("a.rrd", "AVERAGE", "-s", "rubbish"));
show("fetch backwards", RRDs::fetch("a.rrd", "AVERAGE", "-s", $T + 90, "-e", $T));
show("fetch with an unknown option", RRDs::fetch("a.rrd", "AVERAGE", "--nope"));
show("fetch without a function", RRDs::fetch("a.rrd"));
show("fetch without a name", RRDs::fetch());
show_hash("info", RRDs::info("a.rrd"));
show_hash("info of a forecast", RRDs::info("hw.rrd"));
show_hash("info of a name not in ASCII", RRDs::info("größe.rrd"));
show_hash("info of no file", RRDs::info("nope.rrd"));
show_hash("info without a name", RRDs::info());
show("last", RRDs::last("a.rrd"));
show("last of no file", RRDs::last("nope.rrd"));
show("last without a name", RRDs::last());
show("first", RRDs::first("a.rrd"));
show("first of an archive", RRDs::first("a.rrd", "--rraindex", 1));
show("first of no archive", RRDs::first("a.rrd", "--rraindex", 9));
show("first of no file", RRDs::first("nope.rrd"));
show("first without a name", RRDs::first());

# Times in several zones.
my @times = (["20010325 00:30", "start+2h"], ["end-1month", "20011130"],
    ["rubbish", "now"], ["now", "rubbish"], ["end-1h", "start+1h"]);
for my $zone ("Europe/Berlin", "America/New_York", "Asia/Kolkata", "UTC") {
    $ENV{TZ} = $zone;
    tzset();
    for my $pair (@times) {
        show("times in $zone, @$pair", RRDs::times(@$pair));
    }
    show("fetch in $zone", (RRDs::fetch("a.rrd", "LAST", "-s", "20010909 00:00", "-e", "20010909 06:00"))[0, 1]);
    show("create in $zone", RRDs::create("zone.rrd", "-b", "20010909 03:46", "DS:x:GAUGE:20:U:U", "RRA:LAST:0.5:1:1"));
    show("last in $zone", RRDs::last("zone.rrd"));
    show("dump in $zone", RRDs::dump("a.rrd", "zone.xml"));
    print grep { /lastupdate/ } split(/^/, content("zone.xml"));
    show_hash("graph in $zone", RRDs::graphv("zone.png", "-s", "20010909 00:00", "-e", "start+1d",
        "--only-graph", "DEF:x=a.rrd:in:AVERAGE", 'VDEF:m=x,MAXIMUM', 'PRINT:m:%A %H\:%M:strftime', "LINE1:x#f00"));
}

# Changes of files.
show("tune", RRDs::tune("a.rrd", "-h", "in:40", "-i", "in:-5", "--maximum", "in:U"));
show("tune of a kind", RRDs::tune("a.rrd", "-d", "out:GAUGE"));
show("tune of a name", RRDs::tune("a.rrd", "--data-source-rename", "out:gone"));
show("tune of an unknown name", RRDs::tune("a.rrd", "-h", "nope:40"));
show("tune of a bad kind", RRDs::tune("a.rrd", "-d", "in:NOPE"));
show("tune of a source more", RRDs::tune("like.rrd", "DS:more:GAUGE:30:U:U"));
show("tune of a source less", RRDs::tune("like.rrd", "DEL:out"));
show("tune of no source", RRDs::tune("like.rrd", "DEL:nope"));
show("tune of an archive", RRDs::tune("a.rrd", "RRA#0:+5"));
show("tune of a forecast", RRDs::tune("hw.rrd", "--alpha", 0.2, "--deltapos", 3));
show("tune of a bad number", RRDs::tune("hw.rrd", "--alpha", 2));
show("tune of no file", RRDs::tune("nope.rrd", "-h", "in:40"));
show("tune with an unknown option", RRDs::tune("a.rrd", "--nope"));
show("tune without a name", RRDs::tune());
show_hash("info after tune", RRDs::info("a.rrd"));
show_hash("info after tune of sources", RRDs::info("like.rrd"));

# Dumps and restores.
show("dump", RRDs::dump("a.rrd", "a.xml"));
print content("a.xml");
show("dump without a header", RRDs::dump("--no-header", "a.rrd", "b.xml"));
print substr(content("b.xml"), 0, 40), "\n";
show("dump with a schema", RRDs::dump("--header", "xsd", "a.rrd", "c.xml"));
print substr(content("c.xml"), 0, 300), "\n";
print "before the dump\n";
show("dump to the standard output", RRDs::dump("zone.rrd"));
show("dump of a forecast", RRDs::dump("hw.rrd", "hw.xml"));
print content("hw.xml");
show("dump of no file", RRDs::dump("nope.rrd", "d.xml"));
show("dump to no folder", RRDs::dump("a.rrd", "nope/d.xml"));
show("dump without a name", RRDs::dump());
show("restore", RRDs::restore("a.xml", "r.rrd"));
show("restore over a file", RRDs::restore("a.xml", "r.rrd"));
show("restore over a file by force", RRDs::restore("-f", "a.xml", "r.rrd"));
show("restore with limits", RRDs::restore("--range-check", "--force-overwrite", "a.xml", "r.rrd"));
show("restore of no file", RRDs::restore("nope.xml", "s.rrd"));
open(my $rubbish, ">", "rubbish.xml") or die "$!\n";
print $rubbish "rubbish\n";
close($rubbish);
show("restore of rubbish", RRDs::restore("rubbish.xml", "s.rrd"));
show("restore to no folder", RRDs::restore("a.xml", "nope/s.rrd"));
show("restore without a name", RRDs::restore());
show("restore of a forecast", RRDs::restore("hw.xml", "hw2.rrd"));
show("dump after restore", RRDs::dump("hw2.rrd", "hw2.xml"));
print content("hw.xml") eq content("hw2.xml") ? "the same\n" : "not the same\n";
mkdir("folder");
mkdir("folder/in");
RRDs::create($_, "-b", $T, "DS:x:GAUGE:20:U:U", "RRA:LAST:0.5:1:1") for "folder/é.rrd", "folder/in/b.rrd";
show("list", sort @{ RRDs::list("folder") });
show("list with folders", sort @{ RRDs::list("--recursive", "folder") });
show("list without a name", RRDs::list());
show("flushcached without a server", RRDs::flushcached("a.rrd"));
show("flushcached of no server", RRDs::flushcached("--daemon", "unix:nope", "a.rrd"));
my @missing = ("--daemon", "unix:nope");
show("update of no server", RRDs::update(@missing, "a.rrd", "N:1:2"));
show("last of no server", RRDs::last(@missing, "a.rrd"));
show("first of no server", RRDs::first(@missing, "a.rrd"));
show("fetch of no server", (RRDs::fetch(@missing, "a.rrd", "LAST", "-s", $T, "-e", $T + 60))[0, 1]);
show("info of no server", defined RRDs::info(@missing, "a.rrd"));
show("dump of no server", RRDs::dump(@missing, "a.rrd", "m.xml"));
show("tune of no server", RRDs::tune(@missing, "a.rrd", "-i", "in:-4"));
show("create of no server", RRDs::create(@missing, "m.rrd", "DS:x:GAUGE:20:U:U", "RRA:LAST:0.5:1:1"));
show("xport of no server", RRDs::xport(@missing, "DEF:x=a.rrd:in:LAST", "XPORT:x:a"));
show("graph of no server", RRDs::graph("m.png", @missing, "--only-graph", "DEF:x=a.rrd:in:LAST", "LINE1:x#f00"));

# Charts.
my @range = ("-s", $T, "-e", $T + 90);
my @chart = ("DEF:x=a.rrd:in:AVERAGE", "DEF:y=a.rrd:in:MAX:step=30", "CDEF:z=x,2,*,y,+",
    "VDEF:m=x,MAXIMUM", "VDEF:p=x,90,PERCENT", "VDEF:s=z,LSLSLOPE");
my @drawn = ("AREA:x#00ff0080:Größe", "LINE2:z#f00:two\\l", "GPRINT:m:most %6.2lf %s", "HRULE:3#00f:három",
    "VRULE:1000000050#888", "COMMENT:日本語 text\\r", "STACK:x#0ff", "TICK:x#ff0:0.1");
my @prints = ("PRINT:m:%.3lf %s", "PRINT:p:90 %% is %lf", "PRINT:s:%.4lf", "PRINT:m:%H\\:%M:strftime",
    "PRINT:x:AVERAGE:%8.3lf");
show("graph only", RRDs::graph("only.png", "--only-graph", "-w", 300, "-h", 80, @range, @chart, @drawn, @prints));
print picture(content("only.png")), "\n";
show("graph of full size", RRDs::graph("full.png", "--full-size-mode", "-w", 400, "-h", 200, "-t", "Übersicht <b>",
    "-v", "Größe", "--watermark", "ŵ", @range, @chart, @drawn, @prints));
print picture(content("full.png")), "\n";
show("graph", RRDs::graph("a.png", "-t", "title", "--right-axis", "2:1", @range, @chart, @drawn, @prints));
for my $format ("SVG", "PDF") {
    show("graph as $format", RRDs::graph("a.$format", "-a", $format, "--only-graph", @range, @chart, @drawn));
    print picture(content("a.$format")), "\n";
}
for my $format ("CSV", "TSV", "SSV", "JSON", "XML", "XMLENUM", "JSONTIME") {
    show("graph as $format", RRDs::graph("a.$format", "-a", $format, @range, @chart, "LINE1:x#f00:x", "LINE1:z#f00:größe"));
    print content("a.$format"), "\n";
}
show("graph without lines", RRDs::graph("a.png", @range, @chart, @prints));
show("graph of nothing", (RRDs::graph("a.png", @range, @chart))[0]);
show("graph of limits", RRDs::graph("a.png", "-l", 0, "-u", 100, "--rigid", "--only-graph", @range, @chart, @drawn));
show_hash("graphv", RRDs::graphv("v.png", "--full-size-mode", "-w", 500, "-h", 200, @range, @chart, @drawn, @prints));
show_hash("graphv in memory", RRDs::graphv("-", "--only-graph", @range, @chart, @drawn, @prints));
show_hash("graphv with an image's text", RRDs::graphv("v.png", "--only-graph", "--imginfo", "<IMG SRC='%s' %lu %lu>", @range, @chart, @drawn));
show("graph without a name", RRDs::graph());
show("graph without elements", (RRDs::graph("no.png"))[0]);
show("graph of no file", RRDs::graph("no.png", "DEF:x=nope.rrd:x:AVERAGE", "LINE1:x#f00"));
show("graph of no source", RRDs::graph("no.png", "DEF:x=a.rrd:nope:AVERAGE", "LINE1:x#f00"));
show("graph of no function", RRDs::graph("no.png", "DEF:x=a.rrd:in:NOPE", "LINE1:x#f00"));
show("graph of no name", RRDs::graph("no.png", "DEF:x=a.rrd:in:AVERAGE", "LINE1:nope#f00"));
show("graph of a bad color", RRDs::graph("no.png", "DEF:x=a.rrd:in:AVERAGE", "LINE1:x#xyz"));
show("graph of a bad expression", RRDs::graph("no.png", "DEF:x=a.rrd:in:AVERAGE", "CDEF:y=x,+", "LINE1:y#f00"));
show("graph of a bad element", RRDs::graph("no.png", "NOPE:x"));
show("graph with an unknown option", RRDs::graph("no.png", "--nope", "COMMENT:x"));
show("graph with a bad format", RRDs::graph("no.png", "-a", "NOPE", "COMMENT:x"));
show("graph of no time", RRDs::graph("no.png", "-s", "rubbish", "COMMENT:x"));
show("graph to no folder", RRDs::graph("nope/no.png", @range, @chart, @drawn));
show_hash("graphv of no file", RRDs::graphv("-", "DEF:x=nope.rrd:x:AVERAGE", "LINE1:x#f00"));
show_hash("graphv without a name", RRDs::graphv());
show("xport", RRDs::xport(@range, @chart, "XPORT:x:the x", "XPORT:z:größe \"z\"", "XPORT:y"));
show("xport of few rows", RRDs::xport(@range, "-m", 4, @chart, "XPORT:x:the x"));
show("xport of a step", RRDs::xport(@range, "--step", 30, @chart, "XPORT:x:the x"));
show("xport of nothing", RRDs::xport(@range, @chart));
show("xport of no file", RRDs::xport(@range, "DEF:x=nope.rrd:x:AVERAGE", "XPORT:x:a"));
show("xport of a picture", RRDs::xport(@range, @chart, "LINE1:x#f00"));
show("xport without elements", RRDs::xport());

# Rows that the program computes.
sub rows {
    my ($asked) = @_;
    print "  asked: ", text($asked), "\n";
    die "no such rows\n" if $asked->{filename} =~ /nope/;
    my $start = $asked->{start} - $asked->{start} % 10;
    my @at = map { $start + 10 * $_ } 1 .. ($asked->{end} - $start) / 10 + 1;
    return { start => $start, step => $asked->{filename} =~ /idle/ ? 0 : 10,
        data => { low => [map { $_ % 7 } @at],
            $asked->{filename} =~ /one/ ? () : (high => [map { $_ % 7 == 3 ? undef : 100.5 } @at]) } };
}
my @computed = ("DEF:l=cb//größe:low:AVERAGE", "DEF:h=cb//größe:high:MAX", "CDEF:b=l,h,+");
show("xport without a function for rows", RRDs::xport(@range, @computed, "XPORT:l:low"));
RRDs::fetch_cb_register(\&rows);
show("fetch_cb_register");
show("xport of computed rows", RRDs::xport(@range, @computed, "XPORT:l:low", "XPORT:h:high", "XPORT:b:both"));
show("graph of computed rows", RRDs::graph("cb.png", "--only-graph", @range, @computed, "LINE1:b#f00", "PRINT:b:MAX:%lf"));
show("fetch of computed rows", RRDs::fetch("cb//one", "AVERAGE", @range));
show("xport of rows without a step", RRDs::xport(@range, "DEF:l=cb//idle:low:AVERAGE", "XPORT:l:low"));
show("xport of no computed source", RRDs::xport(@range, "DEF:l=cb//x:other:AVERAGE", "XPORT:l:low"));

# Large results.
show("create of a large file", RRDs::create("large.rrd", "-b", $T, "-s", 1, (map { "DS:s$_:GAUGE:5:U:U" } 1 .. 20),
    "RRA:AVERAGE:0.5:1:20000"));
for my $part (0 .. 9) {
    RRDs::update("large.rrd", map { my $i = $part * 200 + $_; join(":", $T + $i, map { $i * $_ / 3 } 1 .. 20) } 1 .. 200);
}
show("update of a large file");
my ($start, $step, $names, $data) = RRDs::fetch("large.rrd", "AVERAGE", "-s", $T, "-e", $T + 19990);
my ($known, $sum) = (0, 0);
for my $row (@$data) {
    for my $value (grep { defined } @$row) {
        $known++;
        $sum += $value;
    }
}
show("fetch of a large file", $start, $step, scalar @$names, scalar @$data, $known, $sum);
my @all = map { ("DEF:s$_=large.rrd:s$_:AVERAGE", "XPORT:s$_:column $_") } 1 .. 20;
my @export = RRDs::xport("-s", $T, "-e", $T + 19990, "-m", 20000, "--step", 1, @all);
show("xport of a large file", @export[0 .. 3], $export[4][19], scalar @{ $export[5] }, $export[5][1999]);
show("update of many arguments", RRDs::update("large.rrd", map { $T + 2000 + $_ . ":1" . ":2" x 19 } 1 .. 3000));
show("last of a large file", RRDs::last("large.rrd"));
