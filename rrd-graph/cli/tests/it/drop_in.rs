//! Command lines of programs that call RRDtool, run as shell scripts with the installed program and
//! with ours in its place.

use std::path::Path;
use std::process::Command;

use crate::program::{have, run};
use crate::vectors::{Vectors, differing_lines};

/// Plugins of Munin: one data source per file, limits tuned when the plugin changes them.
const MUNIN: &str = r#"
RRAS="RRA:AVERAGE:0.5:1:576 RRA:MIN:0.5:1:576 RRA:MAX:0.5:1:576 RRA:AVERAGE:0.5:6:432 RRA:MIN:0.5:6:432 RRA:MAX:0.5:6:432"
RRAS="$RRAS RRA:AVERAGE:0.5:24:540 RRA:MIN:0.5:24:540 RRA:MAX:0.5:24:540 RRA:AVERAGE:0.5:288:450 RRA:MIN:0.5:288:450 RRA:MAX:0.5:288:450"
rrdtool create localhost-cpu-user-d.rrd --start 1599999700 -s 300 DS:42:DERIVE:600:0:400 $RRAS
for i in 0 1 2 3 4 5 6 7 8 9; do rrdtool update localhost-cpu-user-d.rrd $((1600000000 + i * 300)):$((81234567 + i * 4711)); done
rrdtool tune localhost-cpu-user-d.rrd --maximum 42:800 --minimum 42:U
rrdtool tune localhost-cpu-user-d.rrd --data-source-type 42:GAUGE
rrdtool update localhost-cpu-user-d.rrd 1600003000:12.75
rrdtool fetch localhost-cpu-user-d.rrd AVERAGE -r 300 -s 1600000000 -e 1600003000
rrdtool info localhost-cpu-user-d.rrd
rrdtool last localhost-cpu-user-d.rrd
rrdtool lastupdate localhost-cpu-user-d.rrd
"#;

/// Cacti: many commands through one pipe, templates, past updates skipped.
const CACTI: &str = r#"
{
echo "create 'host_traffic_in_5.rrd' --step 300 --start 1599999700 DS:traffic_in:COUNTER:600:0:10000000 DS:traffic_out:COUNTER:600:0:10000000 RRA:AVERAGE:0.5:1:600 RRA:AVERAGE:0.5:6:700 RRA:AVERAGE:0.5:24:775 RRA:AVERAGE:0.5:288:797 RRA:MAX:0.5:1:600 RRA:MAX:0.5:6:700 RRA:LAST:0.5:1:600"
i=0; while [ $i -lt 12 ]; do echo "update host_traffic_in_5.rrd --skip-past-updates --template traffic_in:traffic_out $((1600000000 + i * 300)):$((i * 123456)):$((4294960000 + i * 1000))"; i=$((i + 1)); done
echo "update host_traffic_in_5.rrd --skip-past-updates --template traffic_in:traffic_out 1600000000:1:2"
echo "update host_traffic_in_5.rrd --skip-past-updates --template traffic_out 1600003600:U"
echo 'fetch "host_traffic_in_5.rrd" AVERAGE --start 1600000000 --end 1600003600'
echo "info host_traffic_in_5.rrd"
echo "tune host_traffic_in_5.rrd --heartbeat traffic_in:1200 --maximum traffic_out:U"
echo "last host_traffic_in_5.rrd"
echo "quit"
} | rrdtool - | sed 's/^OK .*/OK/'
rrdtool last host_traffic_in_5.rrd
"#;

/// LibreNMS: absolute names below a folder of hosts, archives for two years, ports tuned to their
/// speed.
const LIBRENMS: &str = r#"
mkdir -p rrd/core-1.example.net
RRAS="RRA:AVERAGE:0.5:1:2016 RRA:AVERAGE:0.5:6:1440 RRA:AVERAGE:0.5:24:1440 RRA:AVERAGE:0.5:288:1440"
RRAS="$RRAS RRA:MIN:0.5:1:2016 RRA:MIN:0.5:6:1440 RRA:MIN:0.5:96:360 RRA:MIN:0.5:288:1440 RRA:MAX:0.5:1:2016 RRA:MAX:0.5:6:1440 RRA:MAX:0.5:96:360 RRA:MAX:0.5:288:1440 RRA:LAST:0.5:1:2016"
F=$PWD/rrd/core-1.example.net/port-id17.rrd
rrdtool create $F -O --step 300 --start 1599999700 DS:INOCTETS:DERIVE:600:0:12500000000 DS:OUTOCTETS:DERIVE:600:0:12500000000 DS:INERRORS:DERIVE:600:0:12500000000 $RRAS && echo created
rrdtool create $F -O --step 300 --start 1599999700 DS:INOCTETS:DERIVE:600:0:12500000000 $RRAS 2>/dev/null || echo kept
rrdtool update $F -t INOCTETS:OUTOCTETS 1600000000:18446744073709:5
rrdtool update $F 1600000300:18446744973709:400000:1 1600000600:18446745873709:U:2 1600000900:18446746873709:900000:2
rrdtool tune $F --maximum INOCTETS:125000000 --maximum OUTOCTETS:125000000
rrdtool fetch $F AVERAGE --start 1600000000 --end 1600001200
rrdtool fetch $F MAX --start 1600000000 --end 1600001200 --resolution 1800
rrdtool lastupdate $F
rrdtool list rrd
"#;

/// SmokePing: two dozen data sources, values with exponents.
const SMOKEPING: &str = r#"
PINGS=; T=; for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do PINGS="$PINGS DS:ping$i:GAUGE:600:0:180"; T="$T:ping$i"; done
rrdtool create target.rrd --start 1599999700 --step 300 DS:uptime:GAUGE:600:0:U DS:loss:GAUGE:600:0:20 DS:median:GAUGE:600:0:180 $PINGS \
  RRA:AVERAGE:0.5:1:28800 RRA:AVERAGE:0.5:12:9600 RRA:MIN:0.5:12:9600 RRA:MAX:0.5:12:9600 RRA:AVERAGE:0.5:144:2400 RRA:MAX:0.5:144:2400 RRA:MIN:0.5:144:2400
for n in 0 1 2 3 4 5 6 7 8 9 10 11 12 13; do
  V=; for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do V="$V:$i.${n}34567890e-02"; done
  rrdtool update target.rrd --template uptime:loss:median$T $((1600000000 + n * 300)):U:$((n % 3)):1.$n"7654321e-02"$V
done
rrdtool fetch target.rrd AVERAGE --start 1600000000 --end 1600003600
rrdtool fetch target.rrd MAX -r 3600 --start 1600000000 --end 1600003600
rrdtool info target.rrd
"#;

/// collectd: ten-second steps, overlapping archives, fractions of seconds, several readings per
/// call.
const COLLECTD: &str = r#"
RRAS=; for r in 1:1200 7:1235 50:1210 223:1202 2635:1201; do for cf in AVERAGE MIN MAX; do RRAS="$RRAS RRA:$cf:0.100000:$r"; done; done
rrdtool create if_octets-eth0.rrd -s 10 --start 1599999990 DS:rx:DERIVE:20:0:U DS:tx:DERIVE:20:0:U $RRAS
rrdtool update if_octets-eth0.rrd 1600000000.004:100:200 1600000010.003:1100:1200 1600000020.009:2100:1900
rrdtool update if_octets-eth0.rrd 1600000030.001:3100:2900 1600000070.5:9100:3900 1600000080.000:9100:4900
rrdtool create load.rrd -s 10 --start 1599999990 DS:shortterm:GAUGE:20:0:5000 DS:midterm:GAUGE:20:0:5000 DS:longterm:GAUGE:20:0:5000 $RRAS
rrdtool update load.rrd 1600000000:0.25:0.5:1 1600000010:nan:0.49:0.99 1600000020:0.31:0.48:0.98 1600000030:0.28:0.47:0.98
rrdtool fetch if_octets-eth0.rrd AVERAGE -s 1600000000 -e 1600000090
rrdtool fetch load.rrd MIN -s 1600000000 -e 1600000100 -r 70
rrdtool info load.rrd
rrdtool dump load.rrd | sed -n '1,60p'
"#;

/// Shell scripts as people write them: options anywhere, durations, branches on errors, a copy by
/// XML.
const HOMEMADE: &str = r#"
rrdtool create temp.rrd --step 1m --start 1599999960 DS:inside:GAUGE:3m:-40:60 DS:outside:GAUGE:3m:-40:60 DS:mean:COMPUTE:inside,outside,+,2,/ RRA:AVERAGE:0.5:1m:2h RRA:AVERAGE:0.5:10m:1d RRA:MIN:0.5:1h:7d RRA:MAX:0.5:1h:7d
for i in 1 2 3 4 5 6 7 8 9; do rrdtool update temp.rrd -t outside:inside -- $((1599999960 + i * 60)):-$i.5:2$i.25; done
rrdtool update temp.rrd 1599999960:1:2 || echo "old"
rrdtool update temp.rrd 1600000600:1 || echo "short"
rrdtool update temp.rrd 1600000600:warm:2 || echo "no number"
rrdtool fetch AVERAGE temp.rrd 2>&1 || echo "wrong order"
rrdtool fetch temp.rrd AVERAGE -e 1600000500 -s end-8min
rrdtool dump -n temp.rrd copy.xml && rrdtool restore copy.xml copy.rrd && rrdtool dump -n copy.rrd | cmp - copy.xml && echo "same"
rrdtool resize temp.rrd 0 GROW 10 && rrdtool info resize.rrd | grep 'rra.0..rows'
rrdtool tune temp.rrd --data-source-rename inside:room && rrdtool lastupdate temp.rrd
rrdtool first temp.rrd --rraindex 1
rrdtool last no-such-file.rrd; echo "status $?"
rrdtool frobnicate temp.rrd; echo "status $?"
"#;

/// The output of a script on both streams, with a program called `rrdtool` first in the path.
fn printed(script: &str, programs: Option<&Path>, folder: &Path) -> String {
    let mut path = std::env::var("PATH").unwrap();
    if let Some(programs) = programs {
        path = format!("{}:{path}", programs.display());
    }
    let output = run(Command::new("sh")
        .args(["-c", script])
        .current_dir(folder)
        .env("PATH", path)
        .env("LC_ALL", "C")
        .env("TZ", "UTC")
        .env_remove("RRDCACHED_ADDRESS"));
    let text = [output.stdout, output.stderr].concat();
    String::from_utf8(text).unwrap().replace("-nan", "nan")
}

/// Removes what may differ: the folder, and the first row of a new file.
fn comparable(text: &str, folder: &Path) -> String {
    let text = text.replace(folder.to_str().unwrap(), "FOLDER");
    let lines: Vec<_> = text.lines().filter(|line| !line.contains("].cur_row = ")).collect();
    lines.join("\n")
}

fn same(script: &str) {
    if !have(&["rrdtool", "sh"]) {
        return;
    }
    let vectors = Vectors::programs();
    let [theirs, ours] = [None, vectors.program().parent()].map(|programs| {
        let folder = tempfile::tempdir().unwrap();
        comparable(&printed(script, programs, folder.path()), folder.path())
    });
    assert!(theirs.lines().count() > 10, "the script says something: {theirs}");
    let difference = differing_lines(&theirs, &ours);
    assert!(difference.is_empty(), "- theirs, + ours:\n{difference}");
}

#[test]
fn scripts_of_munin_print_the_same_with_ours() {
    same(MUNIN);
}

#[test]
fn scripts_of_cacti_print_the_same_with_ours() {
    same(CACTI);
}

#[test]
fn scripts_of_librenms_print_the_same_with_ours() {
    same(LIBRENMS);
}

#[test]
fn scripts_of_smokeping_print_the_same_with_ours() {
    same(SMOKEPING);
}

#[test]
fn scripts_of_collectd_print_the_same_with_ours() {
    same(COLLECTD);
}

#[test]
fn homemade_scripts_print_the_same_with_ours() {
    same(HOMEMADE);
}
