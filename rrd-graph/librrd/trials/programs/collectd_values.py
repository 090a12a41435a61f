"""Gives collectd values of some plugins by its socket, and lets it write them.

usage: collectd_values.py PLUGIN SOCKET FIRST COUNT: COUNT values, ten seconds apart, which PLUGIN
writes; run in its folder
"""
import os
import socket
import subprocess
import sys
import time

SERIES = {
    "load/load": lambda n: f"{n / 8}:{n / 4}:{n}",
    "interface-eth0/if_octets": lambda n: f"{n * 12345}:{n * 99999 % 54321}",
    "memory/memory-used": lambda n: "U" if n % 7 == 3 else f"{n}e9",
    "disk-sda/disk_ops": lambda n: f"{n}:{1 << 60}",
    "ping/ping-127.0.0.1": lambda n: f"0.0{n}",
}
plugin, path, first, count = *sys.argv[1:3], int(sys.argv[3]), int(sys.argv[4])
connection = socket.socket(socket.AF_UNIX)
connection.connect(path)
stream = connection.makefile("rw")


def say(line):
    stream.write(line + "\n")
    stream.flush()
    answer = stream.readline()
    assert answer.startswith("0 "), (line, answer)


def wait_until(done):
    deadline = time.time() + 60
    while not done():
        assert time.time() < deadline, "waited in vain"
        time.sleep(0.05)


def last(name):
    return int(subprocess.check_output(["rrdtool", "last", f"rrd/host1/{name}.rrd"]))


def written(at):
    # Values that it has not yet taken from its queue are not in the files after one.
    if plugin == "rrdtool":
        say("FLUSH plugin=rrdtool")
    else:
        for name in SERIES:
            say(f"FLUSH plugin={plugin} identifier=host1/{name}")
    return all(last(name) == at for name in SERIES)


for n in range(count):
    at = first + 10 * n
    for name, values in SERIES.items():
        say(f"PUTVAL host1/{name} interval=10 {at}:{values(n)}")
        # It drops values that come while it creates the file.
        wait_until(lambda: os.path.exists(f"rrd/host1/{name}.rrd"))
    if n in (0, count - 1):
        wait_until(lambda: written(at))
