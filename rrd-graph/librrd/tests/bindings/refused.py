# Failed fetches, which end Python with RRDtool's library: its module frees what it was not given.
import rrdtool

rrdtool.create("a.rrd", "-b", "1000000000", "DS:x:GAUGE:20:U:U", "RRA:AVERAGE:0.5:1:5")
for arguments in [("a.rrd", "NOPE"), ("nope.rrd", "AVERAGE"), ("a.rrd", "AVERAGE", "-s", "rubbish"), ("a.rrd",), ()]:
    try:
        print(rrdtool.fetch(*arguments))
    except rrdtool.OperationalError as error:
        print(error)
