#!/bin/sh
# Makes a host with 64 CPUs, 40 disks, 8 interfaces and 200 services below the folder ROOT, or moves
# its counters on to a later second. What is the same on any host is that of `guest`.
set -eu
[ $# -eq 2 ] || { echo "usage: many.sh ROOT SECOND" >&2; exit 2; }
root=$1 second=$2
if [ ! -e "$root/proc/stat" ]; then
    mkdir -p "$root/sys/devices/system/cpu" "$root/sys/fs/cgroup/system.slice"
    cp -R "$(dirname "$0")/guest/1/proc" "$root/proc"
    echo 0-63 > "$root/sys/devices/system/cpu/online"
    echo cpu io memory pids > "$root/sys/fs/cgroup/cgroup.controllers"
    for number in $(seq 200); do
        unit=$root/sys/fs/cgroup/system.slice/app$number.service
        mkdir "$unit"
        echo $((number * 7654321)) > "$unit/memory.current"
        echo 0 > "$unit/memory.swap.current"
        echo oom_kill 0 > "$unit/memory.events"
        echo $((number % 40 + 1)) > "$unit/pids.current"
    done
fi
awk -v root="$root" -v second="$second" '
# The growth up to this second of what grows by about a rate, differently for each number.
function grown(rate, number) {
    return int(rate * (second + 0.8 * sin(second / 3 + number) + 1))
}
BEGIN {
    stat = root "/proc/stat"
    for (cpu = 0; cpu < 64; cpu++) {
        user = cpu % 7 * 9 + 5
        steal = cpu == 5 ? 30 : 0
        line = sprintf("%d 0 %d %d 10 0 3 %d 0 0", grown(user, cpu), grown(6, cpu),
            grown(94 - user - steal, cpu), grown(steal, cpu))
        lines = lines "cpu" cpu " " line "\n"
    }
    printf "cpu  %d 0 %d %d 640 0 192 %d 0 0\n%sintr %d\nctxt %d\nbtime 1700000000\nprocesses %d\nprocs_running 9\nprocs_blocked 1\n",
        grown(2000, 1), grown(400, 2), grown(4000, 3), grown(30, 4), lines, grown(9000, 5),
        grown(20000, 6), grown(30, 7) > stat
    close(stat)

    disks = root "/proc/diskstats"
    for (disk = 0; disk < 40; disk++) {
        reads = grown(disk * 3, disk)
        writes = grown(disk * 5 + 1, disk)
        busy = grown(disk * 24, disk)
        printf " 259 %d nvme%dn1 %d 0 %d %d %d 0 %d %d 0 %d %d 0 0 0 0 0 0\n", disk, disk, reads,
            reads * 64, reads * 2, writes, writes * 32, writes * 3, busy, busy * 2 > disks
    }
    close(disks)

    net = root "/proc/net/dev"
    print "Inter-|   Receive                                                |  Transmit" > net
    print " face |bytes packets errs drop fifo frame compressed multicast|bytes packets errs drop fifo colls carrier compressed" > net
    for (card = 0; card < 8; card++) {
        packets = grown(900 * (card + 1), card)
        printf "  eth%d: %d %d 0 0 0 0 0 0 %d %d 0 %d 0 0 0 0\n", card, packets * 800, packets,
            packets * 300, packets, card == 3 ? grown(2, 0) : 0 > net
    }
    close(net)

    for (number = 1; number <= 200; number++) {
        unit = root "/sys/fs/cgroup/system.slice/app" number ".service/"
        print "usage_usec " grown(number * number * 40, number) > (unit "cpu.stat")
        print "259:0 rbytes=" grown(number * 4096, number) " wbytes=" grown(number * 999, number) > (unit "io.stat")
        close(unit "cpu.stat")
        close(unit "io.stat")
    }
}'
