<?php
// Calls of every function and class of php-rrd; prints each value and each error.
const T = 1000000000;

// A value of any shape on one line: tables in the order of their keys, pictures by format.
function text($value): string {
    if (is_array($value)) {
        ksort($value);
        $parts = [];
        foreach ($value as $key => $part) $parts[] = "$key: " . text($part);
        return "[" . implode(", ", $parts) . "]";
    }
    if (is_string($value)) return picture($value) ?? "'$value'";
    if (is_float($value)) return is_nan($value) ? "NAN" : sprintf("%.15g", $value);
    return json_encode($value);
}

function picture(string $content): ?string {
    if (!str_starts_with($content, "\x89PNG")) return null;
    return vsprintf("PNG %dx%d", array_values(unpack("Nwidth/Nheight", $content, 16)));
}

function show(string $title, $value): void {
    $error = rrd_error();
    if (is_array($value)) {
        echo "$title:\n";
        foreach ($value as $key => $part) echo "  $key = ", text($part), "\n";
    } else {
        echo "$title: ", text($value), "\n";
    }
    if ($error !== false) echo "  error: $error\n";
}

// What a method returns or throws.
function attempt(string $title, callable $call): void {
    try {
        show($title, $call());
    } catch (Exception $error) {
        echo "$title: ", get_class($error), ": ", $error->getMessage(), "\n";
        rrd_error();
    }
}

// Creating files.
$sources = ["DS:in:GAUGE:20:0:1000", "DS:out:COUNTER:20:U:U", "DS:sum:COMPUTE:in,2,*"];
$archives = ["RRA:AVERAGE:0.5:1:30", "RRA:MAX:0.5:3:10", "RRA:LAST:0.5:6:5"];
show("create", rrd_create("a.rrd", ["--start", (string)T, "--step", "10", ...$sources, ...$archives]));
show("create of a name not in ASCII", rrd_create("größe.rrd",
    ["-b", (string)T, "-s", "1m", "DS:x:DERIVE:2m:U:U", "DS:y:ABSOLUTE:120:U:U", "RRA:AVERAGE:0.5:1m:1h"]));
show("create over a file", rrd_create("a.rrd", ["-O", ...$sources, ...$archives]));
show("create without archives", rrd_create("no.rrd", ["DS:x:GAUGE:20:U:U"]));
show("create of a bad source", rrd_create("no.rrd", ["DS:x:NOPE:20:U:U", "RRA:LAST:0.5:1:1"]));
show("create of nothing", rrd_create("no.rrd", []));
attempt("RRDCreator", function () {
    $creator = new RRDCreator("c.rrd", (string)T, 10);
    $creator->addDataSource("x:GAUGE:20:U:U");
    $creator->addArchive("AVERAGE:0.5:1:10");
    return $creator->save();
});
attempt("RRDCreator of a bad source", function () {
    $creator = new RRDCreator("no.rrd", "now", 10);
    $creator->addDataSource("x:NOPE:20:U:U");
    $creator->addArchive("AVERAGE:0.5:1:10");
    return $creator->save();
});

// Updates.
show("update", rrd_update("a.rrd", [T + 10 . ":1:100", T + 20 . ":2:300", T + 31 . ":U:600"]));
show("update by names", rrd_update("a.rrd", ["--template", "out:in", T + 41 . ":1500:5.25"]));
show("update in the past", rrd_update("a.rrd", [T . ":1:1"]));
show("update of rubbish", rrd_update("a.rrd", ["rubbish"]));
show("update of no file", rrd_update("nöpe.rrd", [T . ":1:1"]));
show("update of nothing", rrd_update("a.rrd", []));
show("update of a name not in ASCII", rrd_update("größe.rrd", array_map(fn($i) => T + 60 * $i . ":$i:$i", range(1, 5))));
attempt("RRDUpdater", fn() => (new RRDUpdater("a.rrd"))->update(["in" => "5", "out" => "1600"], (string)(T + 50)));
attempt("RRDUpdater of one source", fn() => (new RRDUpdater("a.rrd"))->update(["in" => "6"], (string)(T + 60)));
attempt("RRDUpdater in the past", fn() => (new RRDUpdater("a.rrd"))->update(["in" => "5"], (string)T));
attempt("RRDUpdater of an unknown name", fn() => (new RRDUpdater("a.rrd"))->update(["nope" => "5"], (string)(T + 70)));

// What the files hold.
show("fetch", rrd_fetch("a.rrd", ["AVERAGE", "-s", (string)T, "-e", (string)(T + 60)]));
show("fetch by a step", rrd_fetch("a.rrd", ["MAX", "-s", (string)T, "-e", (string)(T + 60), "-r", "30"]));
show("fetch of a name not in ASCII", rrd_fetch("größe.rrd", ["AVERAGE", "-s", (string)T, "-e", "start+5min"]));
show("fetch of no function", rrd_fetch("a.rrd", ["NOPE"]));
show("fetch of no file", rrd_fetch("nope.rrd", ["AVERAGE"]));
show("fetch of no time", rrd_fetch("a.rrd", ["AVERAGE", "-s", "rubbish"]));
show("fetch of nothing", rrd_fetch("a.rrd", []));
show("info", rrd_info("a.rrd"));
show("info of no file", rrd_info("nope.rrd"));
show("last", rrd_last("a.rrd"));
show("last of no file", rrd_last("nope.rrd"));
show("first", rrd_first("a.rrd"));
show("first of an archive", rrd_first("a.rrd", 1));
show("first of no archive", rrd_first("a.rrd", 9));
show("lastupdate", rrd_lastupdate("a.rrd"));
show("lastupdate of a name not in ASCII", rrd_lastupdate("größe.rrd"));
show("lastupdate of no file", rrd_lastupdate("nope.rrd"));

// Times in several zones.
foreach (["Europe/Berlin", "America/New_York", "Asia/Kolkata", "UTC"] as $zone) {
    putenv("TZ=$zone");
    show("create in $zone", rrd_create("zone.rrd", ["-b", "20010909 03:46", "DS:x:GAUGE:20:U:U", "RRA:LAST:0.5:1:1"]));
    show("last in $zone", rrd_last("zone.rrd"));
    $fetched = rrd_fetch("a.rrd", ["LAST", "-s", "20010909 00:00", "-e", "20010909 06:00"]);
    show("fetch in $zone", [$fetched["start"], $fetched["end"], $fetched["step"]]);
    show("graph in $zone", rrd_graph("zone.png", ["-s", (string)T, "-e", (string)(T + 60), "--only-graph",
        "DEF:x=a.rrd:in:AVERAGE", "VDEF:m=x,MAXIMUM", 'PRINT:m:%A %H\:%M:strftime', "LINE1:x#f00"]));
}

// Changes of files.
show("tune", rrd_tune("a.rrd", ["-h", "in:40", "-i", "in:-5", "-a", "in:U", "-r", "out:gone"]));
show("tune of an unknown name", rrd_tune("a.rrd", ["-h", "nope:40"]));
show("tune of sources", rrd_tune("c.rrd", ["DEL:x", "DS:more:GAUGE:30:U:U"]));
show("tune of nothing", rrd_tune("a.rrd", []));
show("tune of no file", rrd_tune("nope.rrd", ["-h", "in:40"]));
show("info after tune", rrd_info("a.rrd"));
show("info after tune of sources", rrd_info("c.rrd"));

// Restores: of a dump that the tool's text shows, since this module has no dump.
$dump = <<<XML
<?xml version="1.0" encoding="utf-8"?>
<rrd><version>0003</version><step>10</step><lastupdate>1000000060</lastupdate>
<ds><name> x </name><type> GAUGE </type><minimal_heartbeat>20</minimal_heartbeat><min>0</min><max>5</max>
<last_ds>6</last_ds><value>0</value><unknown_sec> 0 </unknown_sec></ds>
<rra><cf>AVERAGE</cf><pdp_per_row>1</pdp_per_row><params><xff>0.5</xff></params>
<cdp_prep><ds><primary_value>6</primary_value><secondary_value>0</secondary_value><value>NaN</value>
<unknown_datapoints>0</unknown_datapoints></ds></cdp_prep>
<database><row><v>1</v></row><row><v>NaN</v></row><row><v>9</v></row></database></rra></rrd>
XML;
file_put_contents("dump.xml", $dump);
show("restore", rrd_restore("dump.xml", "r.rrd"));
show("restore over a file", rrd_restore("dump.xml", "r.rrd"));
show("restore over a file by force", rrd_restore("dump.xml", "r.rrd", ["-f", "-r"]));
show("fetch of the restored file", rrd_fetch("r.rrd", ["AVERAGE", "-s", (string)(T + 30), "-e", (string)(T + 60)]));
show("restore of no file", rrd_restore("nope.xml", "s.rrd"));
show("restore to no folder", rrd_restore("dump.xml", "nope/s.rrd"));

// Charts.
$span = ["-s", (string)T, "-e", (string)(T + 60)];
$chart = ["DEF:x=a.rrd:in:AVERAGE", "CDEF:z=x,2,*", "VDEF:m=x,MAXIMUM"];
$drawn = ["AREA:x#00ff0080:Größe", "LINE2:z#f00:two\\l", "GPRINT:m:most %6.2lf", "HRULE:3#00f:három",
    "COMMENT:日本語 text\\r"];
$prints = ["PRINT:m:%.3lf %s", "PRINT:x:AVERAGE:%8.3lf"];
$full = ["--full-size-mode", "-w", "400", "-h", "200", "-t", "Übersicht", "-v", "Größe"];
show("graph only", rrd_graph("only.png", ["--only-graph", "-w", "300", "-h", "80", ...$span, ...$chart, ...$drawn, ...$prints]));
show("its picture", file_get_contents("only.png"));
show("graph of full size", rrd_graph("full.png", [...$full, ...$span, ...$chart, ...$drawn, ...$prints]));
show("its picture", file_get_contents("full.png"));
show("graph of no file", rrd_graph("no.png", ["DEF:x=nope.rrd:x:AVERAGE", "LINE1:x#f00"]));
show("graph of a bad expression", rrd_graph("no.png", [...$chart, "CDEF:y=x,+", "LINE1:y#f00"]));
attempt("RRDGraph", function () use ($span, $chart, $drawn, $prints) {
    $graph = new RRDGraph("g.png");
    $graph->setOptions(["--only-graph", "--start" => (string)T, "--end" => (string)(T + 60), ...$chart, ...$drawn, ...$prints]);
    return $graph->save();
});
attempt("RRDGraph in detail", function () use ($full, $span, $chart, $drawn, $prints) {
    $graph = new RRDGraph("g.png");
    $graph->setOptions([...$full, ...$span, ...$chart, ...$drawn, ...$prints]);
    return $graph->saveVerbose();
});
attempt("RRDGraph in memory", function () use ($span, $chart, $drawn, $prints) {
    $graph = new RRDGraph("-");
    $graph->setOptions(["--only-graph", ...$span, ...$chart, ...$drawn, ...$prints]);
    return $graph->saveVerbose();
});
attempt("RRDGraph of no file", function () {
    $graph = new RRDGraph("no.png");
    $graph->setOptions(["DEF:x=nope.rrd:x:AVERAGE", "LINE1:x#f00"]);
    return $graph->save();
});
show("xport", rrd_xport([...$span, ...$chart, "XPORT:x:the x", 'XPORT:z:größe "z"', "XPORT:x"]));
show("xport by a step", rrd_xport([...$span, "--step", "30", ...$chart, "XPORT:x:the x"]));
show("xport of nothing", rrd_xport([...$span, ...$chart]));
show("xport of no file", rrd_xport(["DEF:x=nope.rrd:x:AVERAGE", "XPORT:x:a"]));

// A server that is not there, named by the environment.
putenv("RRDCACHED_ADDRESS=unix:nope");
show("update of no server", rrd_update("a.rrd", ["N:1:2"]));
putenv("RRDCACHED_ADDRESS");
rrdc_disconnect();
show("rrdc_disconnect", null);

// Large results.
$names = array_map(fn($i) => "s$i", range(1, 20));
rrd_create("large.rrd", ["-b", (string)T, "-s", "1", ...array_map(fn($name) => "DS:$name:GAUGE:5:U:U", $names),
    "RRA:AVERAGE:0.5:1:20000"]);
$reading = fn($i) => implode(":", [T + $i, ...array_map(fn($k) => sprintf("%.17g", $i * $k / 3), range(1, 20))]);
show("update of a large file", rrd_update("large.rrd", array_map($reading, range(1, 2000))));
$fetched = rrd_fetch("large.rrd", ["AVERAGE", "-s", (string)T, "-e", (string)(T + 19990)]);
[$known, $sum] = [0, 0.0];
foreach ($fetched["data"] as $column) {
    foreach ($column as $value) {
        if (is_nan($value)) continue;
        $known++;
        $sum += $value;
    }
}
show("fetch of a large file", [$fetched["start"], $fetched["end"], $fetched["step"], count($fetched["data"]), $known, $sum]);
show("rrd_version", rrd_version());
