<?php
// Calls of php-rrd, which keeps one connection: the server is named by the environment, and once
// more by an option.
function told($what, $result) {
    echo $what, ": ";
    if ($result === false) {
        echo "error: ", rrd_error();
    } else {
        if (is_array($result)) {
            unset($result["image"]);
        }
        echo json_encode($result, JSON_PARTIAL_OUTPUT_ON_ERROR | JSON_UNESCAPED_SLASHES);
    }
    echo "\n";
}

foreach ([[], ["--daemon", getenv("ADDRESS")]] as $daemon) {
    $at = $daemon ? 1000000100 : 1000000000;
    $span = ["-s", "$at", "-e", (string)($at + 30)];
    told("update", rrd_update("a.rrd", [...$daemon, $at + 10 . ":1:10", $at + 20 . ":2:20"]));
    told("update by names", rrd_update("a.rrd", [...$daemon, "-t", "y:x", $at + 30 . ":30:3"]));
    told("update in the past", rrd_update("a.rrd", [...$daemon, "1000000010:1:1"]));
    told("update of no file", rrd_update("nope.rrd", [...$daemon, "1000000010:1:1"]));
    // Both read the file itself. The original writes it at FETCH, ours does not.
    told("last", rrd_last("a.rrd"));
    told("first", rrd_first("a.rrd"));
    told("fetch", rrd_fetch("a.rrd", ["AVERAGE", ...$daemon, ...$span]));
    told("fetch of no file", rrd_fetch("nope.rrd", ["AVERAGE", ...$daemon, ...$span]));
    told("info", rrd_info("a.rrd"));
    told("lastupdate", rrd_lastupdate("a.rrd"));
    told("create", rrd_create("php$at.rrd", [...$daemon, "--start", "1000000000", "--step", "10",
        "DS:x:GAUGE:20:U:U", "RRA:AVERAGE:0.5:1:20"]));
    told("tune", rrd_tune("a.rrd", [...$daemon, "-h", "x:" . ($at - 999999900)]));
    told("graph", rrd_graph("out.png", [...$daemon, ...$span, "DEF:x=a.rrd:x:AVERAGE",
        "LINE1:x#f00", "PRINT:x:MAX:%lf"]));
    told("xport", rrd_xport([...$daemon, ...$span, "DEF:x=a.rrd:x:AVERAGE", "XPORT:x:legend"]));
}
try {
    $updater = new RRDUpdater("a.rrd");
    told("updater", $updater->update(["x" => 1, "y" => 2], "1000000200"));
    told("updater", $updater->update(["x" => 1, "y" => 2], "1000000200"));
} catch (Exception $error) {
    echo "updater: ", $error->getMessage(), "\n";
}
try {
    $creator = new RRDCreator("creator.rrd", "1000000000", 10);
    $creator->addDataSource("x:GAUGE:20:U:U");
    $creator->addArchive("AVERAGE:0.5:1:20");
    told("creator", $creator->save());
} catch (Exception $error) {
    echo "creator: ", $error->getMessage(), "\n";
}
rrdc_disconnect();
echo "disconnected\n";
