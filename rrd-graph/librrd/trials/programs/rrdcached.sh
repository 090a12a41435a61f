# The distribution's own `rrdcached`: on RRDtool's library it stores, on ours it starts, answers what
# needs no records of files, and says why it refuses the others.
rrdtool create a.rrd --start 1600000000 --step 10 DS:x:GAUGE:20:U:U RRA:AVERAGE:0.5:1:60
begin rrdcached -g -b "$PWD" -l "unix:$PWD/socket" -p "$PWD/pid" 2>log &
rrdcached=$!
wait_until test -S socket
cat >ask.py <<'END'
import os
import socket

REFUSED = (
    "-1 RRD Error: raw access to the records of a file is not offered: "
    "use rrd_info_r, rrd_fetch_r, rrd_update_r"
)
connection = socket.socket(socket.AF_UNIX)
connection.connect("socket")
stream = connection.makefile("rw")


def ask(line):
    stream.write(line + "\n")
    stream.flush()
    answer = [stream.readline().rstrip()]
    for _ in range(max(0, int(answer[0].split()[0]))):
        answer.append(stream.readline().rstrip())
    return answer


for line in [
    "PING",
    "FETCH a.rrd AVERAGE 1600000000 1600000020",
    "INFO a.rrd",
    "CREATE b.rrd -s 10 -b 1600000000 DS:x:GAUGE:20:U:U RRA:AVERAGE:0.5:1:60",
    "UPDATE missing.rrd 1600000010:1",
    "FORGET a.rrd",
    "NOPE",
]:
    print(line, *[text for text in ask(line) if "cur_row" not in text], sep="\n  ")
update, last = ask("UPDATE a.rrd 1600000010:1"), ask("LAST a.rrd")
if os.environ["LIBRARY"]:
    assert update == last == [REFUSED], (update, last)
else:
    assert update == ["0 errors, enqueued 1 value(s)."] and last == ["0 1600000010"]
END
python3 ask.py >answers.txt
end $rrdcached
rm a.rrd
