# Calls of RRDs.pm: the server is named by the environment, and once more by an option.
use strict;
use warnings;
use RRDs;

sub told {
    my ($what, @values) = @_;
    my $error = RRDs::error();
    print "$what: ", defined $error ? "error: $error" : join(" ", map { $_ // "undef" } @values), "\n";
}

sub rows {
    my ($start, $step, $names, $data) = @_;
    return unless $names;
    return ($start, $step, @$names, map { map { $_ // "undef" } @$_ } @$data);
}

for my $daemon ([], ["--daemon", $ENV{ADDRESS}]) {
    my $at = @$daemon ? 1000000100 : 1000000000;
    RRDs::update("a.rrd", @$daemon, $at + 10 . ":1:10", $at + 20 . ":2:20");
    told("update");
    RRDs::update("a.rrd", @$daemon, "-t", "y:x", $at + 30 . ":30:3");
    told("update by names");
    RRDs::update("a.rrd", @$daemon, "1000000010:1:1");
    told("update in the past");
    RRDs::update("nope.rrd", @$daemon, "1000000010:1:1");
    told("update of no file");
    told("fetch", rows(RRDs::fetch("a.rrd", "AVERAGE", @$daemon, "-s", $at, "-e", $at + 30)));
    told("fetch of no file", rows(RRDs::fetch("nope.rrd", "AVERAGE", @$daemon, "-s", 1, "-e", 9)));
    told("last", RRDs::last("a.rrd", @$daemon));
    told("first", RRDs::first("a.rrd", @$daemon));
    RRDs::flushcached(@$daemon, "a.rrd");
    told("flushcached");
    my $info = RRDs::info("a.rrd", @$daemon);
    told("info", map { "$_=" . ($info->{$_} // "undef") } sort keys %$info);
    my ($printed, $width, $height) = RRDs::graph(
        "out.png", @$daemon, "-s", $at, "-e", $at + 30,
        "DEF:x=a.rrd:x:AVERAGE", "LINE1:x#f00", "PRINT:x:MAX:%lf");
    told("graph", @{ $printed // [] }, $width, $height);
    my ($start, $end, $step, $columns, $names, $data) = RRDs::xport(
        @$daemon, "-s", $at, "-e", $at + 30, "DEF:x=a.rrd:x:AVERAGE", "XPORT:x:legend");
    told("xport", $start, $end, $step, $columns, @{ $names // [] }, map { @$_ } @{ $data // [] });
    RRDs::create("perl$at.rrd", @$daemon, "--start", 1000000000, "--step", 10,
        "DS:x:GAUGE:20:U:U", "RRA:AVERAGE:0.5:1:20");
    told("create");
    RRDs::tune("a.rrd", @$daemon, "-h", "x:" . ($at - 999999900));
    told("tune");
}
