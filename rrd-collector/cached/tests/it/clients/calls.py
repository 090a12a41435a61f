"""Calls of python3-rrdtool: the server is named by the environment, and once more by an option.

`fetch` of a file that is not there is left out: the library frees a pointer twice."""
import os
import rrdtool


def told(name, *words):
    try:
        result = getattr(rrdtool, name)(*words)
        if isinstance(result, dict):
            result = sorted((key, value) for key, value in result.items() if key != "image")
        print(name, *words, result)
    except (rrdtool.OperationalError, rrdtool.ProgrammingError) as error:
        print(name, *words, "error:", error)


for daemon, at in ([], 1000000000), (["--daemon", os.environ["ADDRESS"]], 1000000100):
    span = ["-s", str(at), "-e", str(at + 30)]
    told("update", "a.rrd", *daemon, f"{at + 10}:1:10", f"{at + 20}:2:20")
    told("update", "a.rrd", *daemon, "-t", "y:x", f"{at + 30}:30:3")
    told("update", "a.rrd", *daemon, "1000000010:1:1")
    told("update", "nope.rrd", *daemon, "1000000010:1:1")
    told("fetch", "a.rrd", "AVERAGE", *daemon, *span)
    told("last", "a.rrd", *daemon)
    told("first", "a.rrd", *daemon)
    told("flushcached", *daemon, "a.rrd")
    told("info", "a.rrd", *daemon)
    told("lastupdate", "a.rrd", *daemon)
    told("list", *daemon, "/sub")
    told("create", f"python{at}.rrd", *daemon, "--start", "1000000000", "--step", "10",
         "DS:x:GAUGE:20:U:U", "RRA:AVERAGE:0.5:1:20")
    told("tune", "a.rrd", *daemon, "-h", f"x:{at - 999999900}")
    told("graph", "out.png", *daemon, *span, "DEF:x=a.rrd:x:AVERAGE", "LINE1:x#f00", "PRINT:x:MAX:%lf")
    told("graphv", "out.png", *daemon, *span, "DEF:x=a.rrd:x:AVERAGE", "LINE1:x#f00")
    told("xport", *daemon, *span, "DEF:x=a.rrd:x:AVERAGE", "XPORT:x:legend")
