"""Answers as gmond does for a cluster of two hosts with two metrics each."""
import socketserver
import time

METRIC = (
    '<METRIC NAME="{name}" VAL="{value}" TYPE="float" UNITS=" " TN="1" TMAX="70" DMAX="0"'
    ' SLOPE="both"><EXTRA_DATA><EXTRA_ELEMENT NAME="GROUP" VAL="load"/></EXTRA_DATA></METRIC>'
)
HOST = (
    '<HOST NAME="{name}" IP="127.0.0.1" TAGS="" REPORTED="{now}" TN="1" TMAX="20" DMAX="0"'
    ' LOCATION="unspecified" GMOND_STARTED="1">{metrics}</HOST>'
)
PAGE = """<?xml version="1.0" encoding="ISO-8859-1" standalone="yes"?>
<!DOCTYPE GANGLIA_XML [<!ELEMENT GANGLIA_XML (GRID|CLUSTER|HOST)*>]>
<GANGLIA_XML VERSION="3.7.2" SOURCE="gmond">
<CLUSTER NAME="c" LOCALTIME="{now}" OWNER="unspecified" LATLONG="unspecified" URL="unspecified">
{hosts}
</CLUSTER>
</GANGLIA_XML>
"""


class Answer(socketserver.StreamRequestHandler):
    def handle(self):
        now = int(time.time())
        values = ("load_one", 0.5), ("load_five", now % 10)
        metrics = "".join(METRIC.format(name=name, value=value) for name, value in values)
        names = "h1", "h2"
        hosts = "".join(HOST.format(name=name, now=now, metrics=metrics) for name in names)
        self.wfile.write(PAGE.format(now=now, hosts=hosts).encode())


socketserver.ThreadingTCPServer.allow_reuse_address = True
socketserver.ThreadingTCPServer(("127.0.0.1", 8649), Answer).serve_forever()
