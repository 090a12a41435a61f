# Calls of every function of the module `rrdtool`; prints each value and each error.
import os
import struct
import sys
import time

import rrdtool

T = 1000000000


def text(value):
    """A value of any shape on one line: tables in the order of their keys, pictures by format."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {text(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(text, value)) + "]"
    if isinstance(value, bytes):
        return picture(value)
    return repr(value)


def picture(content):
    if content.startswith(b"\x89PNG"):
        return "PNG %dx%d" % struct.unpack(">II", content[16:24])
    return repr(content[:20])


def show(title, function, *arguments):
    """Prints what a call returns or raises."""
    try:
        value = function(*arguments)
    except Exception as error:
        print(f"{title}: {type(error).__name__}: {error}")
        return None
    if isinstance(value, dict):
        print(f"{title}:")
        for key in sorted(value):
            print(f"  {key} = {text(value[key])}")
    else:
        print(f"{title}: {text(value)}")
    return value


def show_apart(title, function, *arguments):
    """Calls in a process of its own what ends the process with some libraries."""
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        show(title, function, *arguments)
        sys.stdout.flush()
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    if status:
        print(f"{title}: ended with signal {status & 127}")


# Creating files.
sources = ["DS:in:GAUGE:20:0:1000", "DS:out:COUNTER:20:U:U", "DS:sum:COMPUTE:in,2,*"]
archives = ["RRA:AVERAGE:0.5:1:30", "RRA:MAX:0.5:3:10", "RRA:LAST:0.5:6:5"]
show("create", rrdtool.create, "a.rrd", "--start", str(T), "--step", "10", sources, *archives)
show("create of a name not in ASCII", rrdtool.create, "größe.rrd", "-b", str(T), "-s", "1m",
     "DS:x:DERIVE:2m:U:U", "DS:y:ABSOLUTE:120:U:U", "RRA:AVERAGE:0.5:1m:1h")
show("create over a file", rrdtool.create, "a.rrd", "-O", *sources, *archives)
show("create like another file", rrdtool.create, "like.rrd", "-t", "a.rrd", "-b", str(T + 5))
show("create without a name", rrdtool.create)
show("create without archives", rrdtool.create, "no.rrd", "DS:x:GAUGE:20:U:U")
show("create of a bad source", rrdtool.create, "no.rrd", "DS:x:NOPE:20:U:U", "RRA:LAST:0.5:1:1")
show("create of a number", rrdtool.create, "no.rrd", 1)
show("create with an unknown option", rrdtool.create, "no.rrd", "--nope")

# Updates.
show("update", rrdtool.update, "a.rrd", f"{T + 10}:1:100", f"{T + 20}:2:300", f"{T + 31}:U:600")
show("update by names", rrdtool.update, "a.rrd", "--template", "out:in", f"{T + 41}:1500:5.25")
show("update in the past", rrdtool.update, "a.rrd", f"{T}:1:1")
show("update of rubbish", rrdtool.update, "a.rrd", "rubbish")
show("update of no file", rrdtool.update, "nöpe.rrd", f"{T}:1:1")
show("update without a reading", rrdtool.update, "a.rrd")
show("update without a name", rrdtool.update)
show("update of a name not in ASCII", rrdtool.update, "größe.rrd",
     [f"{T + 60 * i}:{i}:{i}" for i in range(1, 6)])
show("updatev", rrdtool.updatev, "a.rrd", f"{T + 50}:5:1600", f"{T + 60}:6:1700")
show("updatev in the past", rrdtool.updatev, "a.rrd", f"{T}:5:1600")
show("updatev without a name", rrdtool.updatev)

# What the files hold.
show("fetch", rrdtool.fetch, "a.rrd", "AVERAGE", "-s", str(T), "-e", str(T + 60))
show("fetch by a step", rrdtool.fetch, "a.rrd", "MAX", "-s", str(T), "-e", str(T + 60), "-r", "30")
show("fetch of a name not in ASCII", rrdtool.fetch, "größe.rrd", "AVERAGE", "-s", str(T), "-e", "start+5min")
show("info", rrdtool.info, "a.rrd")
show("info of no file", rrdtool.info, "nope.rrd")
show("info without a name", rrdtool.info)
show("last", rrdtool.last, "a.rrd")
show("last of no file", rrdtool.last, "nope.rrd")
show("last without a name", rrdtool.last)
show("first", rrdtool.first, "a.rrd")
show("first of an archive", rrdtool.first, "a.rrd", "--rraindex", "1")
show("first of no archive", rrdtool.first, "a.rrd", "--rraindex", "9")
show("first without a name", rrdtool.first)
os.environ["TZ"] = "UTC"
time.tzset()
show("lastupdate", rrdtool.lastupdate, "a.rrd")
show("lastupdate of a name not in ASCII", rrdtool.lastupdate, "größe.rrd")
show("lastupdate of no file", rrdtool.lastupdate, "nope.rrd")
show("lastupdate without a name", rrdtool.lastupdate)

# Times in several zones.
for zone in ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "UTC"]:
    os.environ["TZ"] = zone
    time.tzset()
    show(f"create in {zone}", rrdtool.create, "zone.rrd", "-b", "20010909 03:46", "DS:x:GAUGE:20:U:U",
         "RRA:LAST:0.5:1:1")
    show(f"last in {zone}", rrdtool.last, "zone.rrd")
    span = rrdtool.fetch("a.rrd", "LAST", "-s", "20010909 00:00", "-e", "20010909 06:00")[0]
    print(f"fetch in {zone}: {span}")
    show(f"graph in {zone}", rrdtool.graph, "zone.png", "-s", str(T), "-e", str(T + 60), "--only-graph",
         "DEF:x=a.rrd:in:AVERAGE", "VDEF:m=x,MAXIMUM", "PRINT:m:%A %H\\:%M:strftime", "LINE1:x#f00")
    show(f"lastupdate in {zone}", rrdtool.lastupdate, "a.rrd")

# Changes of files.
show("tune", rrdtool.tune, "a.rrd", "-h", "in:40", "-i", "in:-5", "-a", "in:U", "-r", "out:gone")
show("tune of an unknown name", rrdtool.tune, "a.rrd", "-h", "nope:40")
show("tune of sources", rrdtool.tune, "like.rrd", "DEL:out", "DS:more:GAUGE:30:U:U")
show("tune with an unknown option", rrdtool.tune, "a.rrd", "--nope")
show("tune without a name", rrdtool.tune)
show("resize", rrdtool.resize, "a.rrd", "0", "GROW", "4")
show("info of the resized file", rrdtool.info, "resize.rrd")
show("resize by less", rrdtool.resize, "a.rrd", "1", "SHRINK", "4")
show("fetch of the resized file", rrdtool.fetch, "resize.rrd", "MAX", "-s", str(T), "-e", str(T + 60))
show("resize of no archive", rrdtool.resize, "a.rrd", "9", "GROW", "4")
show("resize by too much", rrdtool.resize, "a.rrd", "1", "SHRINK", "40")
show("resize of no file", rrdtool.resize, "nope.rrd", "1", "GROW", "4")
show("info after tune", rrdtool.info, "a.rrd")
show("info after tune of sources", rrdtool.info, "like.rrd")

# Dumps.
show("dump", rrdtool.dump, "a.rrd", "a.xml")
print(open("a.xml").read())
sys.stdout.flush()
show("dump of no file", rrdtool.dump, "nope.rrd", "a.xml")
show("dump to no folder", rrdtool.dump, "a.rrd", "nope/a.xml")
show("dump without a name", rrdtool.dump)
os.makedirs("folder/in")
for name in ["folder/é.rrd", "folder/in/b.rrd"]:
    rrdtool.create(name, "-b", str(T), "DS:x:GAUGE:20:U:U", "RRA:LAST:0.5:1:1")
# The module of PyPI has no such function.
if hasattr(rrdtool, "list"):
    print("list:", sorted(rrdtool.list("folder")))
    print("list with folders:", sorted(rrdtool.list("--recursive", "folder")))
    show("list without a name", rrdtool.list)
show("flushcached without a server", rrdtool.flushcached, "a.rrd")
show("flushcached of no server", rrdtool.flushcached, "--daemon", "unix:nope", "a.rrd")
show_apart("update of no server", rrdtool.update, "-d", "unix:nope", "a.rrd", "N:1:2")

# Charts.
span = ["-s", str(T), "-e", str(T + 60)]
chart = ["DEF:x=a.rrd:in:AVERAGE", "CDEF:z=x,2,*", "VDEF:m=x,MAXIMUM"]
drawn = ["AREA:x#00ff0080:Größe", "LINE2:z#f00:two\\l", "GPRINT:m:most %6.2lf", "HRULE:3#00f:három",
         "COMMENT:日本語 text\\r"]
prints = ["PRINT:m:%.3lf %s", "PRINT:x:AVERAGE:%8.3lf"]
show("graph only", rrdtool.graph, "only.png", "--only-graph", "-w", "300", "-h", "80", span, chart, drawn, prints)
print(picture(open("only.png", "rb").read()))
show("graph of full size", rrdtool.graph, "full.png", "--full-size-mode", "-w", "400", "-h", "200",
     "-t", "Übersicht", "-v", "Größe", *span, *chart, *drawn, *prints)
print(picture(open("full.png", "rb").read()))
sys.stdout.flush()
show("graph to the standard output", rrdtool.graph, "-", "-a", "CSV", span, chart, drawn)
show("graphv", rrdtool.graphv, "v.png", "--full-size-mode", "-w", "500", "-h", "200", *span, *chart, *drawn, *prints)
show("graphv in memory", rrdtool.graphv, "-", "--only-graph", *span, *chart, *drawn, *prints)
show("graph of no file", rrdtool.graph, "no.png", "DEF:x=nope.rrd:x:AVERAGE", "LINE1:x#f00")
show("graph of a bad expression", rrdtool.graph, "no.png", chart, "CDEF:y=x,+", "LINE1:y#f00")
show("graph without a name", rrdtool.graph)
show("graphv without a name", rrdtool.graphv)
show("xport", rrdtool.xport, *span, *chart, "XPORT:x:the x", 'XPORT:z:größe "z"', "XPORT:x")
show("xport by a step", rrdtool.xport, *span, "--step", "30", *chart, "XPORT:x:the x")
show("xport of nothing", rrdtool.xport, *span, *chart)
show("xport of no file", rrdtool.xport, "DEF:x=nope.rrd:x:AVERAGE", "XPORT:x:a")


# Rows that the program computes.
def rows(filename, cf, start, end, step):
    print(f"  asked: {filename} {cf} {start} {end} {step}")
    if "nope" in filename:
        raise ValueError("no such rows")
    start -= start % 10
    at = range(start, end + 10, 10)
    return {"start": start, "step": 10, "data": {"low": [float(i % 7) for i in at], "high": [None for i in at]}}


computed = ["DEF:l=cb//größe:low:AVERAGE", "DEF:h=cb//größe:high:MAX"]
show("xport without a function for rows", rrdtool.xport, *span, *computed, "XPORT:l:low")
show("register_fetch_cb of a text", rrdtool.register_fetch_cb, "text")
show("register_fetch_cb", rrdtool.register_fetch_cb, rows)
show("xport of computed rows", rrdtool.xport, *span, *computed, "XPORT:l:low", "XPORT:h:high")
show("graph of computed rows", rrdtool.graph, "cb.png", "--only-graph", *span, *computed, "LINE1:l#f00",
     "PRINT:l:MAX:%lf")
show("fetch of computed rows", rrdtool.fetch, "cb//more", "AVERAGE", *span)
show("xport of refused rows", rrdtool.xport, *span, "DEF:l=cb//nope:low:AVERAGE", "XPORT:l:low")
show("xport of no computed source", rrdtool.xport, *span, "DEF:l=cb//x:other:AVERAGE", "XPORT:l:low")
show("clear_fetch_cb", rrdtool.clear_fetch_cb)
show("xport after it was cleared", rrdtool.xport, *span, *computed, "XPORT:l:low")

# Large results.
names = [f"s{i}" for i in range(1, 21)]
rrdtool.create("large.rrd", "-b", str(T), "-s", "1", [f"DS:{name}:GAUGE:5:U:U" for name in names],
               "RRA:AVERAGE:0.5:1:20000")
rrdtool.update("large.rrd", [":".join(map(str, [T + i, *(i * k / 3 for k in range(1, 21))])) for i in range(1, 2001)])
span, names, data = rrdtool.fetch("large.rrd", "AVERAGE", "-s", str(T), "-e", str(T + 19990))
known = [value for row in data for value in row if value is not None]
print("fetch of a large file:", span, names, len(data), len(known), sum(known))
table = rrdtool.xport("-s", str(T), "-e", str(T + 19990), "-m", "20000", "--step", "1",
                      [f"DEF:{name}=large.rrd:{name}:AVERAGE" for name in names],
                      [f"XPORT:{name}:column {name}" for name in names])
print("xport of a large file:", table["meta"], len(table["data"]), table["data"][1999])
print("lib_version:", rrdtool.lib_version())
