//! Time ranges far longer than what a file keeps: printed, drawn and exported as by RRDtool, in
//! little memory.

use std::path::Path;
use std::process::{Command, Output};

use rrd_core::{Heartbeat, Rrd, Sample, Schema, Step, Timestamp};

use crate::program::{RRD, have, program, rrd, run};

/// When the files end.
const END: i64 = 1_700_000_000;
const DAY: i64 = 86_400;

/// A file that keeps a day in rows of `step` seconds; some values are unknown.
fn day(folder: &Path, name: &str, step: u16, sources: &[&str]) {
    let heartbeat = Heartbeat::from_seconds(u64::from(step) * 2);
    let mut schema = Schema::builder(Step::from_seconds(step.into()).unwrap());
    for source in sources {
        schema = schema.gauge(source, heartbeat);
    }
    let rows = DAY / i64::from(step);
    let schema = schema.average(0.5, 1, rows.unsigned_abs()).build().unwrap();
    let start = Timestamp::from_seconds(END - DAY);
    let mut rrd = Rrd::create(folder.join(name), &schema, start).unwrap();
    let samples: Vec<Sample> = (1..=rows)
        .map(|row| {
            let value = |source| match row * 7919 % (50 + source) {
                0 => f64::NAN,
                rest => f64::from(i32::try_from(rest * rest).unwrap()) / 8.0 - 7.0,
            };
            let values = (0..i64::try_from(sources.len()).unwrap()).map(value);
            let at = Timestamp::from_seconds(END - DAY + row * i64::from(step));
            Sample::new(at, values.collect::<Vec<_>>())
        })
        .collect();
    rrd.update_batch(&samples).unwrap();
}

/// The same command of both programs.
fn both(folder: &Path, line: &str) -> [Output; 2] {
    ["rrdtool", RRD].map(|name| {
        let output = run(program(name, folder).args(line.split(' ')));
        assert!(output.status.success(), "{name} {line}: {output:?}");
        output
    })
}

#[test]
fn a_year_around_a_day_is_printed_drawn_and_exported_as_by_rrdtool() {
    if !have(&["rrdtool"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let ten = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
    day(folder, "minutes.rrd", 60, &ten);
    day(folder, "seconds.rrd", 1, &["a"]);
    let elements = "DEF:a=FILE:a:AVERAGE DEF:m=FILE:a:AVERAGE:reduce=MAX \
         DEF:w=FILE:a:AVERAGE:step=7200 CDEF:b=a,8,* CDEF:u=a,UN,1,0,IF CDEF:t=m,200000,TREND \
         CDEF:n=m,200000,TRENDNAN CDEF:p=100000,1,300000,m,PREDICT CDEF:c=a,COUNT,PREV(a),+,+ \
         VDEF:v1=a,95,PERCENT VDEF:v2=a,99.9,PERCENT VDEF:v3=a,95,PERCENTNAN VDEF:v4=a,TOTAL \
         VDEF:v5=a,LAST VDEF:v6=a,FIRST VDEF:v7=a,LSLSLOPE VDEF:v8=a,LSLINT VDEF:v9=a,AVERAGE \
         VDEF:v10=m,STDEV VDEF:v11=m,MAXIMUM";
    let shifted = "DEF:l=FILE:a:AVERAGE:start=1699800000:end=1699950000 SHIFT:l:86400 CDEF:s=l,1,*";
    let statistics = (1..=11).map(|number| format!(" PRINT:v{number}:%.10le"));
    let series = ["a", "m", "l", "w", "b", "u", "t", "n", "p", "c", "s"];
    let functions = ["AVERAGE", "MIN", "MAX", "LAST"];
    let summaries = series
        .iter()
        .flat_map(|name| functions.map(|function| format!(" PRINT:{name}:{function}:%.10le")));
    let times = ["v5", "v6", "v11"].map(|name| format!(" PRINT:{name}:%s:strftime"));
    let prints: String = statistics.chain(summaries).chain(times).collect();
    let exports: String =
        ["a", "m", "w", "b", "u", "n"].map(|name| format!(" XPORT:{name}")).concat();
    for file in ["minutes.rrd", "seconds.rrd"] {
        let year = format!("-s end-1y -e {END}");
        let late = format!("-s {} -e {}", END - DAY / 2, END + 90 * DAY);
        for range in [year, late] {
            let [elements, shifted] = [elements, shifted].map(|text| text.replace("FILE", file));
            let line = format!("graph x.png {range} {elements} {shifted}{prints}");
            let [theirs, ours] = both(folder, &line);
            let text = String::from_utf8_lossy(&theirs.stdout);
            // The sizes of the pictures differ.
            let (_, theirs) = text.split_once('\n').unwrap();
            let text = String::from_utf8_lossy(&ours.stdout);
            let (_, ours) = text.split_once('\n').unwrap();
            assert_eq!(ours, theirs, "{file} {range}");
            for options in ["", " -m 10", " --step 86400"] {
                let line = format!("xport{options} {range} {elements}{exports}");
                let [theirs, ours] = both(folder, &line);
                assert!(ours.stdout == theirs.stdout, "{line}");
            }
        }
    }
    let month = format!("-s {} -e {}", END - 30 * DAY, END + DAY);
    for line in [
        format!("fetch minutes.rrd AVERAGE -s end-1y -e {END}"),
        format!("fetch minutes.rrd AVERAGE {month}"),
        format!("fetch seconds.rrd AVERAGE -s {} -e {}", END - 3 * DAY, END + DAY),
        format!("fetch seconds.rrd AVERAGE -s {} -e {}", END + 3, END + 4),
    ] {
        let [theirs, ours] = both(folder, &line);
        assert!(ours.stdout == theirs.stdout, "{line}");
    }
}

#[test]
fn printed_rows_take_no_memory_and_a_billion_of_them_is_the_limit() {
    /// Less than the values of the rows.
    const MEBIBYTES: u32 = 64;
    let folder = tempfile::tempdir().unwrap();
    day(folder.path(), "seconds.rrd", 1, &["a", "b"]);
    for (days, form) in [(50, ""), (2, " --json")] {
        let start = END - days * DAY;
        let line = format!("fetch seconds.rrd AVERAGE -s {start} -e {END}{form}");
        let limited = format!("ulimit -v $(({MEBIBYTES} * 1024)); exec \"$0\" {line} | wc -l");
        let mut shell = Command::new("bash");
        shell.args(["-o", "pipefail", "-c", &limited, RRD]).current_dir(folder.path());
        let output = run(&mut shell);
        assert!(output.status.success(), "{output:?}");
        let lines: i64 = String::from_utf8_lossy(&output.stdout).trim().parse().unwrap();
        assert_eq!(lines, days * DAY + 3, "{form}");
    }
    let line = format!("fetch seconds.rrd AVERAGE -s {} -e {END}", END - 1_000_000_000);
    let output = run(rrd(folder.path()).args(line.split(' ')));
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "ERROR: 1000000001 rows are more than the 1000000000 of one fetch: ask for a shorter time \
         range or a coarser resolution\n"
    );
}

/// The numbers in the legend of `rrd chart` of a file.
fn charted(folder: &Path, arguments: &str) -> Output {
    run(rrd(folder).arg("chart").args(arguments.split(' ')))
}

#[test]
fn a_chart_shows_averages_wherever_the_file_has_them() {
    let folder = tempfile::tempdir().unwrap();
    let hour = 3600;
    let schema = Schema::builder(Step::from_seconds(1).unwrap())
        .gauge("a", Heartbeat::from_seconds(2))
        .average(0.5, 1, 600)
        .max(0.5, 60, 60)
        .build()
        .unwrap();
    let start = Timestamp::from_seconds(END - hour);
    let mut rrd = Rrd::create(folder.path().join("x.rrd"), &schema, start).unwrap();
    let samples = (1..=hour).map(|second| {
        Sample::new(
            Timestamp::from_seconds(END - hour + second),
            [f64::from(second % 2 == 0) * 100.0],
        )
    });
    rrd.update_batch(&samples.collect::<Vec<_>>()).unwrap();
    let range = format!("-s {} -e {END}", END - 400 * DAY);
    let picture = charted(folder.path(), &format!("x.rrd {range}"));
    assert!(picture.status.success(), "{picture:?}");
    let refused = charted(folder.path(), &format!("x.rrd -s {} -e {END}", END - 1_300_000_000));
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    let words = String::from_utf8_lossy(&refused.stderr);
    assert!(words.contains("1300000001 rows are more than"), "{words}");
    // The average is that of the seconds, not of the highest of each minute.
    let picture = charted(folder.path(), &format!("x.rrd -s {} -e {END} -w 10", END - 600));
    let svg = String::from_utf8_lossy(&picture.stdout);
    assert!(svg.contains("a: average 50, highest 100, last 100."), "{svg}");
}
