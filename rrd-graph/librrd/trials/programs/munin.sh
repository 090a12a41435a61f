# Munin: munin-update three times, five minutes apart, against a node that answers with the same
# values; limits, pages and pictures after that. Its programs do not run as root; needs root to
# become its account, and faketime.
cat >node.py <<'END'
import socketserver

PLUGINS = {
    "load": (["load.label load", "load.type GAUGE", "load.warning 10"], ["load.value 1.25"]),
    "if_eth0": (
        ["graph_order down up", "down.label received", "down.type DERIVE", "down.min 0",
         "down.graph no", "up.label bps", "up.type DERIVE", "up.min 0", "up.negative down",
         "up.cdef up,8,*", "down.cdef down,8,*"],
        ["down.value 1000000", "up.value 2000000"],
    ),
    "cpu": (
        ["graph_args --base 1000 -r --lower-limit 0 --upper-limit 200", "graph_order system user",
         "system.label system", "system.draw AREA", "system.type COUNTER", "system.max 5000",
         "user.label user", "user.draw STACK", "user.type COUNTER", "user.max 5000"],
        ["system.value 12345", "user.value U"],
    ),
    "temperature": (["t1.label Zimmer größe"], ["t1.value -3.5"]),
}


class Answer(socketserver.StreamRequestHandler):
    def handle(self):
        self.wfile.write(b"# munin node at node1\n")
        for line in self.rfile:
            command, plugin = (line.decode().split() + ["", ""])[:2]
            if command == "cap":
                text = "cap\n"
            elif command == "list":
                text = " ".join(PLUGINS) + "\n"
            elif command == "quit":
                return
            else:
                lines = PLUGINS[plugin][command == "fetch"]
                if command == "config":
                    lines = [f"graph_title {plugin}", "graph_category system"] + lines
                text = "\n".join(lines) + "\n.\n"
            self.wfile.write(text.encode())


server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Answer)
print(server.server_address[1], flush=True)
server.serve_forever()
END
python3 node.py >port &
node=$!
wait_until grep -q . port
mkdir base html log run
cat >munin.conf <<END
dbdir $PWD/base
htmldir $PWD/html
logdir $PWD/log
rundir $PWD/run
tmpldir /etc/munin/templates
staticdir /etc/munin/static
graph_strategy cron
html_strategy cron
[node1]
address 127.0.0.1
port $(cat port)
use_node_name yes
END
account=()
if [ "$(id -u)" = 0 ]; then
    chown -R munin .
    account=(setpriv --reuid munin --regid munin --clear-groups)
fi
munin() {
    local at=$1 program=$2
    shift 2
    with_library "${account[@]}" env HOME="$PWD" faketime -f "2020-09-13 $at" \
        "/usr/share/munin/$program" --config "$PWD/munin.conf" "$@" </dev/null
}
for at in 12:25:10 12:30:10 12:35:10; do munin $at munin-update --nofork; done
munin 12:35:20 munin-limits
munin 12:35:30 munin-html
munin 12:35:40 munin-graph --cron --nofork
end $node
grep -hE 'RRD|ERR|WARN|FATAL' log/*.log | sed 's/^[0-9/: ]*//; s/\[[0-9]*\]//' | sort | uniq >messages.txt
