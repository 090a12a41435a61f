#!/usr/bin/env python3
"""CPU, memory and the longest waits of two servers with many files, one after the other.

    many-files.py plain 100000 target/release/rrdcached /usr/bin/rrdcached

makes files of one source x 2,000 rows (or `collectd`: of 1 or 2 sources x 12 or 15 archives as
collectd's plugin makes them) in a folder of the current one, starts each server with
`-w 300 -z 300 -f 3600 -j`, and updates each file once a minute for 24 minutes. The minutes, and
with them the three times, are shorter by a factor (--faster 6). The CPU of the last 12 minutes
counts: by then each file is written as often as it is begun. The UPDATEs of one connection go in
groups of 50, each answered by its own line; a second connection, which sends one every millisecond,
measures how long it waits.
"""

import argparse
import glob
import multiprocessing
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

START = 1_700_000_000
MINUTES = 24
GROUP = 50
SPANS = [(1, 1200), (1, 1440), (8, 1260), (37, 1207), (439, 1201)]


def shapes(kind):
    """The sources and archives of the files, as arguments of `create`, in turn."""
    if kind == "plain":
        return [(1, ["RRA:AVERAGE:0.5:1:2000"])]
    functions = ["AVERAGE", "MIN", "MAX"]
    return [
        (sources, [f"RRA:{f}:0.1:{p}:{rows}" for p, rows in SPANS[:spans] for f in functions])
        for sources, spans in [(1, 4), (2, 4), (1, 5), (2, 5)]
    ]


def create(folder, kind, count):
    """Makes the files and returns each path with its number of sources."""
    files = []
    firsts = []
    for index, (sources, archives) in enumerate(shapes(kind)):
        first = f"{folder}/first-{index}.rrd"
        names = [f"DS:v{source}:GAUGE:120:U:U" for source in range(sources)]
        arguments = ["--start", str(START), "--step", "60", *names, *archives]
        subprocess.run(["rrdtool", "create", first, *arguments], check=True)
        firsts.append((first, sources))
    for index in range(count):
        first, sources = firsts[index % len(firsts)]
        if index % 1000 == 0:
            os.mkdir(f"{folder}/{index // 1000:03}")
        path = f"{folder}/{index // 1000:03}/value-{index:06}.rrd"
        shutil.copyfile(first, path)
        files.append((path, sources))
    return files


def connect(address):
    for _ in range(500):
        try:
            connection = socket.socket(socket.AF_UNIX)
            connection.connect(address)
            return connection
        except OSError:
            time.sleep(0.02)
    sys.exit("the server does not listen")


def cpu(process):
    """CPU seconds of all threads, as the scheduler counted them; living ones are enough here."""
    total = 0
    for path in glob.glob(f"/proc/{process}/task/*/schedstat"):
        with open(path) as file:
            total += int(file.read().split()[0])
    return total / 1e9


def memory(process):
    """Bytes of its memory: without mapped files, and those of the mapped journal."""
    heap = journal = 0
    name = ""
    with open(f"/proc/{process}/smaps") as file:
        for line in file:
            words = line.split()
            if not words[0].endswith(":"):
                name = words[5] if len(words) > 5 else ""
            elif words[0] == "Pss:":
                size = int(words[1]) * 1024
                heap += 0 if name.startswith("/") else size
                journal += size if name.endswith(".log") else 0
    return heap, journal


def update(connection, answers, lines):
    """Sends UPDATEs and reads as many answers; returns how many were refused."""
    connection.sendall("".join(lines).encode())
    refused = 0
    for _ in lines:
        answer = answers.readline()
        if not answer.startswith(b"0 "):
            refused += 1
            print(answer, file=sys.stderr)
    return refused


def probe(address, path, stop, times):
    """Measures the time of an UPDATE every millisecond until it is told to stop."""
    connection = connect(address)
    answers = connection.makefile("rb")
    found = []
    second = START
    while not stop.is_set():
        second += 1
        line = f"UPDATE {path} {second}:1\n".encode()
        begin = time.perf_counter_ns()
        connection.sendall(line)
        answers.readline()
        found.append(time.perf_counter_ns() - begin)
        time.sleep(0.001)
    found.sort()
    share = lambda part: found[min(len(found) * part // 10000, len(found) - 1)] / 1000
    times.put((len(found), [share(part) for part in (5000, 9900, 9990, 10000)]))


def run(program, folder, files, faster, extra):
    """Runs a server under the load and returns what it used."""
    with tempfile.TemporaryDirectory(dir=".") as own:
        address = f"{own}/socket"
        times = [("-w", 300), ("-z", 300), ("-f", 3600)]
        limits = [word for name, limit in times for word in (name, str(limit // faster))]
        command = [program, "-g", "-l", f"unix:{address}", "-p", f"{own}/pid"]
        command += ["-j", f"{own}/journal", "-b", folder]
        os.mkdir(f"{own}/journal")
        server = subprocess.Popen([*command, *limits, *extra], stderr=subprocess.DEVNULL)
        connection = connect(address)
        answers = connection.makefile("rb")
        empty, _ = memory(server.pid)
        probed = f"{folder}/probe.rrd"
        shape = ["--step", "1", "DS:v:GAUGE:120:U:U", "RRA:AVERAGE:0.5:1:2000"]
        subprocess.run(["rrdtool", "create", probed, "--start", str(START), *shape], check=True)
        stop, times = multiprocessing.Event(), multiprocessing.Queue()
        measuring = multiprocessing.Process(target=probe, args=(address, probed, stop, times))
        before = begin = refused = 0
        for minute in range(1, MINUTES + 1):
            if minute == MINUTES // 2 + 1:
                measuring.start()
                before, begin = cpu(server.pid), time.monotonic()
            due = time.monotonic() + 60 / faster
            at = START + 60 * minute
            lines = [
                f"UPDATE {path} {at}:{minute * 7 % 13}.25{':3.5' * (sources - 1)}\n"
                for path, sources in files
            ]
            pause = 60 / faster / max(len(lines) / GROUP, 1)
            next_ = time.monotonic()
            for index in range(0, len(lines), GROUP):
                refused += update(connection, answers, lines[index : index + GROUP])
                next_ += pause
                time.sleep(max(next_ - time.monotonic(), 0))
            time.sleep(max(due - time.monotonic(), 0))
        used, took = cpu(server.pid) - before, time.monotonic() - begin
        heap, journal = memory(server.pid)
        stop.set()
        count, shares = times.get()
        measuring.join()
        connection.sendall(b"STATS\n")
        number = int(answers.readline().split()[0])
        lines = [answers.readline().decode().strip() for _ in range(number)]
        stats = dict(line.split(": ") for line in lines)
        server.send_signal(signal.SIGKILL)
        server.wait()
        updates = len(files) * (MINUTES // 2) + count
        written = ", ".join(
            f"{name} {stats[name]}"
            for name in ("UpdatesReceived", "UpdatesWritten", "DataSetsWritten")
        )
        print(
            f"{program}: {used:.2f} s CPU in {took:.0f} s, "
            f"{used / updates * 1e6:.2f} us an update; "
            f"{(heap - empty) / len(files):.0f} bytes a file, journal mapped {journal}; "
            f"refused {refused}; probe of {count}: median {shares[0]:.0f} us, "
            f"99 % {shares[1]:.0f}, 99.9 % {shares[2]:.0f}, longest {shares[3]:.0f}; {written}",
            flush=True,
        )
        return used


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=["plain", "collectd"])
    parser.add_argument("files", type=int)
    parser.add_argument("ours")
    parser.add_argument("theirs")
    parser.add_argument("--faster", type=int, default=6)
    parser.add_argument("--journal-size", default="256M", help="an option of the first server")
    parser.add_argument("--sync", default="10s", help="another one")
    arguments = parser.parse_args()
    used = []
    for program in (arguments.ours, arguments.theirs):
        with tempfile.TemporaryDirectory(dir=".") as folder:
            files = create(os.path.abspath(folder), arguments.kind, arguments.files)
            os.sync()
            ours = program == arguments.ours
            options = ["--journal-size", arguments.journal_size, "--sync", arguments.sync]
            extra = options if ours else []
            used.append(run(program, os.path.abspath(folder), files, arguments.faster, extra))
    print(f"CPU: {used[0] / used[1]:.2f} of the other's")


if __name__ == "__main__":
    main()
