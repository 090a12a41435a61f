#!/usr/bin/env python3
"""How long a server takes to end with 100,000 queued values: `stop-time.py PROGRAM...`.

Each program is started with 1,000 files of 100 values, and with 100,000 files of one value, and ended by SIGTERM with
and without -F. The time is from the signal until the process is gone. At the end of each row, the number of files that
have all their values after the end, or after the next start where the journal was kept.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

START = 1_000_000_000
# Another folder shows what syncing costs.
FOLDER = os.environ.get("RRD_TRIAL_FOLDER", "/dev/shm")
SHAPE = ["--start", str(START), "--step", "10", "DS:x:GAUGE:20:U:U", "RRA:LAST:0.5:1:200"]


def start(program, folder, options):
    process = subprocess.Popen(
        [program, "-g", "-B", "-b", f"{folder}/base", "-j", f"{folder}/journal", "-p", f"{folder}/pid"]
        + ["-l", f"unix:{folder}/s", "-w", "3600", "-f", "7200", *options],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while True:
        try:
            client = socket.socket(socket.AF_UNIX)
            client.connect(f"{folder}/s")
            break
        except OSError:
            time.sleep(0.01)
    return process, client


def batch(client, lines):
    client.sendall(b"BATCH\n")
    reader = client.makefile("rb")
    reader.readline()
    for begin in range(0, len(lines), 1000):
        client.sendall("".join(lines[begin : begin + 1000]).encode())
    client.sendall(b".\n")
    answer = reader.readline()
    assert answer.startswith(b"0 "), answer


def last(path):
    return int(subprocess.run(["rrdtool", "last", path], capture_output=True, check=True).stdout)


def trial(program, files, values, options):
    with tempfile.TemporaryDirectory(dir=FOLDER) as folder:
        os.makedirs(f"{folder}/base")
        os.makedirs(f"{folder}/journal")
        names = [f"{number % 100:02}/{number}.rrd" for number in range(files)]
        subprocess.run(["rrdtool", "create", f"{folder}/one.rrd", *SHAPE], check=True)
        for name in names:
            os.makedirs(os.path.dirname(f"{folder}/base/{name}"), exist_ok=True)
            shutil.copyfile(f"{folder}/one.rrd", f"{folder}/base/{name}")
        process, client = start(program, folder, options)
        lines = [
            f"UPDATE {name} {START + 10 * value}:{value}\n" for value in range(1, values + 1) for name in names
        ]
        begun = time.monotonic()
        batch(client, lines)
        taken = time.monotonic() - begun
        client.close()
        begun = time.monotonic()
        process.send_signal(signal.SIGTERM)
        status = process.wait()
        seconds = time.monotonic() - begun
        if "-F" not in options:
            # The original reads its journal after it has begun to listen.
            process, client = start(program, folder, ["-F"])
            client.sendall(b"PING\n")
            client.recv(100)
            process.send_signal(signal.SIGTERM)
            process.wait()
        step = max(1, files // 1000)
        looked_at = names[::step]
        whole = sum(last(f"{folder}/base/{name}") == START + 10 * values for name in looked_at)
        print(
            f"{os.path.basename(os.path.dirname(program))}/{os.path.basename(program)} {' '.join(options) or '-':3}"
            f" {files} files x {values}: sent in {taken:.2f} s, ended in {seconds:.2f} s with {status},"
            f" {whole} of {len(looked_at)} files whole",
            flush=True,
        )


for files, values in ((1000, 100), (100_000, 1)):
    for options in ([], ["-F"]):
        for program in sys.argv[1:]:
            trial(program, files, values, options)
