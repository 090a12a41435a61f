//! Files of all machines: derived from a native one by an independent table of offsets, then read,
//! compared, refused for writing, converted.

use std::time::Duration;

use rrd_core::{
    Access, ConsolidationFunction, CreateOptions, FetchRequest, Finding, HeadError, Heartbeat,
    OpenError, Overwrite, ReadOptions, Rrd, RrdReader, Sample, Schema, Season, Step, Template,
    TimeRange, TimeZone, Timestamp, check, convert,
};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Doubles {
    Little,
    Big,
    Mixed,
}

/// One machine: word size, alignment of doubles, width of a time, byte orders.
#[derive(Clone, Copy, Debug)]
struct Machine {
    name: &'static str,
    word: usize,
    time: usize,
    big: bool,
    doubles: Doubles,
    stat_head: usize,
    cookie: usize,
    counts: [usize; 3],
    archive: usize,
    rows: usize,
    points: usize,
    live: usize,
}

const fn machine(
    name: &'static str,
    word: usize,
    aligned: usize,
    time: usize,
    big: bool,
) -> Machine {
    let doubles = if big { Doubles::Big } else { Doubles::Little };
    match (word, aligned) {
        (8, _) => Machine {
            name,
            word,
            time,
            big,
            doubles,
            stat_head: 128,
            cookie: 16,
            counts: [24, 32, 40],
            archive: 120,
            rows: 24,
            points: 32,
            live: 16,
        },
        (_, 4) => Machine {
            name,
            word,
            time,
            big,
            doubles,
            stat_head: 112,
            cookie: 12,
            counts: [20, 24, 28],
            archive: 108,
            rows: 20,
            points: 24,
            live: if time == 8 { 12 } else { 8 },
        },
        _ => Machine {
            name,
            word,
            time,
            big,
            doubles,
            stat_head: 120,
            cookie: 16,
            counts: [24, 28, 32],
            archive: 112,
            rows: 20,
            points: 24,
            live: if time == 8 { 16 } else { 8 },
        },
    }
}

const MACHINES: [Machine; 10] = [
    machine("64-bit big-endian", 8, 8, 8, true),
    machine("32-bit little-endian, aligned to 4 bytes, 32-bit time", 4, 4, 4, false),
    machine("32-bit little-endian, aligned to 4 bytes, 64-bit time", 4, 4, 8, false),
    machine("32-bit little-endian, aligned to 8 bytes, 32-bit time", 4, 8, 4, false),
    machine("32-bit little-endian, aligned to 8 bytes, 64-bit time", 4, 8, 8, false),
    machine("32-bit big-endian, aligned to 4 bytes, 32-bit time", 4, 4, 4, true),
    machine("32-bit big-endian, aligned to 4 bytes, 64-bit time", 4, 4, 8, true),
    machine("32-bit big-endian, aligned to 8 bytes, 32-bit time", 4, 8, 4, true),
    machine("32-bit big-endian, aligned to 8 bytes, 64-bit time", 4, 8, 8, true),
    Machine {
        doubles: Doubles::Mixed,
        ..machine(
            "32-bit little-endian with mixed doubles, aligned to 4 bytes, 32-bit time",
            4,
            4,
            4,
            false,
        )
    },
];

impl Machine {
    fn word(&self, native: &[u8]) -> Vec<u8> {
        self.integer(native, self.word)
    }

    fn integer(&self, native: &[u8], width: usize) -> Vec<u8> {
        let mut bytes = native[..width].to_vec();
        if self.big {
            bytes.reverse();
        }
        bytes
    }

    fn double(&self, native: &[u8]) -> Vec<u8> {
        match self.doubles {
            Doubles::Little => native[..8].to_vec(),
            Doubles::Big => native[..8].iter().rev().copied().collect(),
            Doubles::Mixed => [&native[4..8], &native[..4]].concat(),
        }
    }

    /// Slots of eight bytes: those listed contain integers, four-byte ones in the first half.
    fn slots(&self, native: &[u8], integers: &[usize]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (number, slot) in native.chunks(8).enumerate() {
            if integers.contains(&number) {
                let mut integer = self.word(slot);
                integer.resize(8, 0);
                bytes.extend(integer);
            } else {
                bytes.extend(self.double(slot));
            }
        }
        bytes
    }

    /// The file as this machine would have written it.
    fn derive(&self, native: &[u8], version: u8) -> Vec<u8> {
        let count = |at: usize| {
            usize::try_from(u64::from_le_bytes(native[at..at + 8].try_into().expect("8")))
                .expect("small")
        };
        let (sources, archives) = (count(24), count(32));
        let mut out = vec![0; self.stat_head];
        out[..9].copy_from_slice(&native[..9]);
        out[7] = b'0' + version;
        out[self.cookie..self.cookie + 8].copy_from_slice(&self.double(&native[16..]));
        for (number, at) in self.counts.into_iter().enumerate() {
            let value = self.word(&native[24 + number * 8..]);
            out[at..at + self.word].copy_from_slice(&value);
        }
        let mut functions = Vec::new();
        for source in 0..sources {
            let at = 128 + source * 120;
            out.extend(&native[at..at + 40]);
            if native[at + 20..].starts_with(b"COMPUTE") {
                for node in native[at + 40..at + 120].chunks(4) {
                    out.extend(&node[..2]);
                    out.extend(self.integer(&node[2..], 2));
                }
            } else {
                out.extend(self.slots(&native[at + 40..at + 120], &[0]));
            }
        }
        for archive in 0..archives {
            let at = 128 + sources * 120 + archive * 120;
            let name = String::from_utf8(native[at..at + 20].to_vec()).expect("a name");
            let name = name.trim_end_matches('\0').to_owned();
            let mut record = vec![0; self.archive - 80];
            record[..20].copy_from_slice(&native[at..at + 20]);
            record[self.rows..self.rows + self.word]
                .copy_from_slice(&self.word(&native[at + 24..]));
            record[self.points..self.points + self.word]
                .copy_from_slice(&self.word(&native[at + 32..]));
            out.extend(record);
            let integers: &[usize] = match name.as_str() {
                "HWPREDICT" | "MHWPREDICT" | "DEVPREDICT" => &[3],
                "SEASONAL" | "DEVSEASONAL" => &[3, 4],
                "FAILURES" => &[3, 4, 5],
                _ => &[],
            };
            out.extend(self.slots(&native[at + 40..at + 120], integers));
            functions.push(name);
        }
        let mut at = 128 + (sources + archives) * 120;
        let mut live = self.integer(&native[at..], self.time);
        if version >= 3 {
            live.extend(self.word(&native[at + 8..]));
            live.resize(self.live, 0);
        }
        out.extend(live);
        at += 16;
        for _ in 0..sources {
            out.extend(&native[at..at + 32]);
            out.extend(self.slots(&native[at + 32..at + 112], &[0]));
            at += 112;
        }
        for function in &functions {
            for _ in 0..sources {
                let slots = &native[at..at + 80];
                out.extend(match function.as_str() {
                    "HWPREDICT" | "MHWPREDICT" => self.slots(slots, &[6, 7]),
                    "SEASONAL" | "DEVSEASONAL" => self.slots(slots, &[6]),
                    "FAILURES" => [slots[..32].to_vec(), self.slots(&slots[32..], &[])].concat(),
                    "DEVPREDICT" => self.slots(slots, &[]),
                    _ => self.slots(slots, &[1]),
                });
                at += 80;
            }
        }
        for _ in 0..archives {
            out.extend(self.word(&native[at..]));
            at += 8;
        }
        for value in native[at..].chunks_exact(8) {
            out.extend(self.double(value));
        }
        out
    }
}

const START: i64 = 1_000_000_000;

/// A file with all kinds of archives and some updates.
fn native(folder: &std::path::Path) -> std::path::PathBuf {
    let path = folder.join("native.rrd");
    let schema = Schema::builder(Step::from_seconds(10).expect("positive"))
        .gauge("level", Heartbeat::from_seconds(25))
        .counter("octets", Heartbeat::from_seconds(25))
        .maximum(1e9)
        .average(0.5, 1, 20)
        .max(0.5, 3, 5)
        .forecast(Season::Additive, 40, 0.1, 0.003, 12)
        .build()
        .expect("a schema");
    let mut rrd = Rrd::create(&path, &schema, Timestamp::from_seconds(START)).expect("created");
    for number in 1..60_i64 {
        let at = Timestamp::from_seconds(START + number * 9);
        rrd.update(&Sample::new(at, [number % 7, number * 1000])).expect("updated");
    }
    path
}

/// Two sources with forecasts.
fn rich() -> Schema {
    let schema = Schema::builder(Step::from_seconds(10).expect("positive"))
        .gauge("steal", Heartbeat::from_seconds(25))
        .gauge("idle", Heartbeat::from_seconds(25))
        .average(0.5, 1, 20)
        .max(0.5, 3, 5)
        .forecast(Season::Additive, 40, 0.1, 0.003, 12);
    schema.build().expect("a schema")
}

/// One source with the archives that collectd makes: any row of one is a row of the others.
fn plain() -> Schema {
    let schema = Schema::builder(Step::from_seconds(10).expect("positive"))
        .gauge("value", Heartbeat::from_seconds(25))
        .average(0.1, 1, 20)
        .min(0.1, 1, 20)
        .max(0.1, 1, 20)
        .average(0.1, 3, 20)
        .min(0.1, 3, 20)
        .max(0.1, 3, 20);
    schema.build().expect("a schema")
}

/// The bytes of a file that takes the same reading again and again.
fn fed(folder: &std::path::Path, schema: &Schema, reading: &str) -> Vec<u8> {
    let path = folder.join("fed.rrd");
    let options = CreateOptions::new().overwrite(Overwrite::Yes);
    let start = Timestamp::from_seconds(START);
    let mut rrd = Rrd::create_with(&path, schema, start, options).expect("created");
    let template = Template::in_file_order(schema);
    for number in 1..60_i64 {
        let readings = format!(":{reading}").repeat(schema.sources().len());
        let text = format!("{}{readings}", START + number * 9);
        let sample = template.sample(&text, Timestamp::default(), &TimeZone::UTC);
        rrd.update(&sample.expect("a sample")).expect("updated");
    }
    // The redo record goes with the last handle.
    drop(rrd);
    std::fs::read(path).expect("bytes")
}

/// The layout that a file is read in, and the other one that `check` names, if any.
fn layouts(path: &std::path::Path) -> (String, Option<String>) {
    let layout = RrdReader::open(path).expect("readable").layout();
    let mut other = None;
    for finding in check(path) {
        match finding {
            Finding::ForeignLayout(found) => assert_eq!(found, layout),
            Finding::AmbiguousLayout { read_as, other: found } => {
                assert_eq!(read_as, layout);
                other = Some(found.to_string());
            }
            Finding::TrailingBytes { .. } => {}
            finding => panic!("{finding}"),
        }
    }
    (layout.to_string(), other)
}

#[test]
fn bytes_after_the_rows_do_not_change_the_layout_that_a_file_is_read_in() {
    let folder = tempfile::tempdir().expect("a folder");
    let foreign = folder.path().join("foreign.rrd");
    let readings = ["0", "U", "0.25", "12345.678", "-1", "1e6"];
    let schemas = [rich(), plain()];
    for (reading, schema) in
        readings.iter().flat_map(|reading| schemas.iter().map(move |schema| (reading, schema)))
    {
        let native = fed(folder.path(), schema, reading);
        for machine in MACHINES {
            for version in [1, 2, 3] {
                for trailing in [0, 4, 8, 12, 4096] {
                    for byte in [0, 0xff] {
                        let mut bytes = machine.derive(&native, version);
                        bytes.resize(bytes.len() + trailing, byte);
                        std::fs::write(&foreign, bytes).expect("written");
                        let wanted = (machine.name.to_owned(), None);
                        let what = format!(
                            "{reading} of {}, version {version}, {trailing} bytes of {byte}",
                            machine.name
                        );
                        assert_eq!(layouts(&foreign), wanted, "{what}");
                    }
                }
            }
        }
    }
}

/// A file of a 32-bit machine in which everything is zero that may be, even the texts of the last
/// readings, which RRDtool never leaves empty.
fn blank(machine: &Machine, native: &[u8]) -> Vec<u8> {
    let mut bytes = native.to_vec();
    let live = 128 + 2 * 120 + 7 * 120;
    bytes[live + 16..].fill(0);
    machine.derive(&bytes, 3)
}

#[test]
fn where_nothing_tells_the_layout_both_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let native = fed(folder.path(), &rich(), "0");
    let foreign = folder.path().join("foreign.rrd");
    let narrow = MACHINES[1];
    let wide = MACHINES[2];
    let (narrow_name, wide_name) = (narrow.name.to_owned(), wide.name.to_owned());
    for (machine, trailing, wanted) in [
        // The file is too short for the wide layout.
        (&narrow, 0, (narrow_name.clone(), None)),
        // The length is that of the other layout.
        (&narrow, 4, (wide_name.clone(), Some(narrow_name.clone()))),
        (&narrow, 8, (narrow_name.clone(), Some(wide_name.clone()))),
        (&wide, 0, (wide_name.clone(), Some(narrow_name.clone()))),
        (&wide, 4096, (narrow_name.clone(), Some(wide_name.clone()))),
    ] {
        let mut bytes = blank(machine, &native);
        bytes.resize(bytes.len() + trailing, 0);
        std::fs::write(&foreign, bytes).expect("written");
        assert_eq!(layouts(&foreign), wanted, "{} + {trailing}", machine.name);
    }
    let text = check(&foreign).iter().map(ToString::to_string).collect::<Vec<_>>();
    assert!(
        text.contains(&format!(
            "ambiguous layout: read as {narrow_name}, but {wide_name} fits as well"
        )),
        "{text:?}"
    );
}

#[test]
fn a_field_that_cannot_be_is_not_explained_by_another_layout() {
    let folder = tempfile::tempdir().expect("a folder");
    let native = fed(folder.path(), &rich(), "0");
    let foreign = folder.path().join("foreign.rrd");
    let wide = MACHINES[2];
    let mut bytes = wide.derive(&native, 3);
    // The microseconds, after a time of eight bytes.
    let live = 112 + 2 * 120 + 7 * 108;
    bytes[live + 8..live + 12].copy_from_slice(&1_000_000_u32.to_le_bytes());
    std::fs::write(&foreign, bytes).expect("written");
    let error = RrdReader::open(&foreign).expect_err("refused");
    let OpenError::Head { fault: HeadError::Field { field, value, offset, .. }, .. } = error else {
        panic!("{error:?}");
    };
    assert_eq!((field.as_str(), value.as_str()), ("last_up_usec", "1000000"));
    assert_eq!(offset, u64::try_from(live + 8).expect("small"));
}

fn rows(reader: &RrdReader) -> Vec<Vec<u64>> {
    let functions = [
        ConsolidationFunction::Average,
        ConsolidationFunction::Max,
        ConsolidationFunction::HwPredict,
        ConsolidationFunction::Seasonal,
        ConsolidationFunction::Failures,
    ];
    let range = TimeRange::from_seconds(START, START + 600);
    functions
        .map(|function| {
            let request = FetchRequest::new(function, range).resolution(Duration::from_secs(30));
            let series = reader.fetch(&request).expect("rows");
            let blocks = reader.joined(&request).expect("rows").map(|block| block.expect("rows"));
            let joined = blocks.flat_map(|block| block.kept().to_vec());
            series.values().chain(joined).map(f64::to_bits).collect()
        })
        .to_vec()
}

#[test]
fn a_file_of_any_machine_reads_with_the_same_values() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = native(folder.path());
    let native = std::fs::read(&path).expect("bytes");
    let expected = RrdReader::open(&path).expect("native");
    for machine in MACHINES {
        let foreign = folder.path().join("foreign.rrd");
        for trailing in [0, 4, 100] {
            let mut bytes = machine.derive(&native, 3);
            bytes.resize(bytes.len() + trailing, 7);
            std::fs::write(&foreign, bytes).expect("written");
            let reader = RrdReader::open(&foreign).expect(machine.name);
            assert_eq!(reader.layout().to_string(), machine.name);
            let mapped = ReadOptions::new().access(Access::Mapped);
            let mapped = RrdReader::open_with(&foreign, mapped).expect(machine.name);
            assert_eq!(mapped.access(), Access::Position);
            // NaN does not equal itself, but its text does.
            let (found, wanted) = (reader.head(), expected.head());
            assert_eq!(
                format!("{found:?}"),
                format!("{wanted:?}"),
                "{} + {trailing}",
                machine.name
            );
            assert_eq!(rows(&reader), rows(&expected), "{}", machine.name);
        }
    }
}

#[test]
fn the_old_versions_have_no_microseconds() {
    let folder = tempfile::tempdir().expect("a folder");
    let native = std::fs::read(native(folder.path())).expect("bytes");
    for (machine, version) in MACHINES.into_iter().flat_map(|machine| [(machine, 1), (machine, 2)])
    {
        let foreign = folder.path().join("foreign.rrd");
        std::fs::write(&foreign, machine.derive(&native, version)).expect("written");
        let reader = RrdReader::open(&foreign).expect(machine.name);
        assert_eq!(
            reader.last_update(),
            Timestamp::from_seconds(START + 59 * 9),
            "{}",
            machine.name
        );
    }
}

#[test]
fn a_foreign_file_is_not_updated_but_converted() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = native(folder.path());
    let native = std::fs::read(&path).expect("bytes");
    let (foreign, copy) = (folder.path().join("foreign.rrd"), folder.path().join("copy.rrd"));
    for machine in MACHINES {
        let bytes = machine.derive(&native, 3);
        std::fs::write(&foreign, &bytes).expect("written");
        let refused = Rrd::open(&foreign).expect_err("foreign");
        assert!(matches!(refused, OpenError::ForeignLayout { .. }), "{refused:?}");
        assert!(refused.to_string().contains("convert it first"), "{refused}");
        assert!(matches!(check(&foreign)[..], [Finding::ForeignLayout(_)]));
        convert(&foreign, &copy, Overwrite::Yes).expect("converted");
        assert!(std::fs::read(&copy).expect("bytes") == native, "{}", machine.name);
        assert!(std::fs::read(&foreign).expect("bytes") == bytes, "the original is as it was");
        Rrd::open(&copy).expect("native now");
    }
}
