//! Valid databases of several kinds, mutations of them, and an independent reader of the layout
//! that detects results which no program can have written.

use std::fmt::Write as _;

use rrd_core::{
    CreateOptions, Dump, DumpHeader, Rrd, RrdReader, SchemaText, Step, Template, TimeZone,
    Timestamp,
};

use super::Dice;

/// A valid database.
pub(super) struct Whole {
    pub(super) name: &'static str,
    pub(super) bytes: Vec<u8>,
    dump: Vec<u8>,
}

/// A mutated database.
pub(super) struct Mutant {
    /// The mutation, for messages.
    pub(super) story: String,
    pub(super) bytes: Vec<u8>,
}

/// The values that a field may be set to.
const BORDERS: [u64; 18] = [
    0,
    1,
    2,
    29,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_ffff,
    0x1_0000_0000,
    1 << 40,
    1 << 60,
    i64::MAX.unsigned_abs(),
    1 << 63,
    u64::MAX - 1,
    u64::MAX,
    // NaN, infinity, -1, 1e300 as doubles.
    0xfff8_0000_0000_0000,
    0x7ff0_0000_0000_0000,
    0xbff0_0000_0000_0000,
    0x7e37_e43c_8800_759c,
];

const KINDS: [(&str, &[&str], &[&str]); 4] = [
    ("gauge", &["DS:a:GAUGE:900:0:100", "RRA:AVERAGE:0.5:1:10"], &["10", "20", "U", "30"]),
    (
        "mixed",
        &[
            "DS:a:COUNTER:900:U:U",
            "DS:b:GAUGE:900:-5:U",
            "DS:c:COMPUTE:a,b,+,2,/",
            "RRA:AVERAGE:0.5:1:12",
            "RRA:MAX:0.25:3:6",
            "RRA:LAST:0:2:4",
        ],
        &["100:1", "400:2", "4294967290:3", "5:4"],
    ),
    (
        "forecast",
        &["DS:a:GAUGE:900:U:U", "RRA:AVERAGE:0.5:1:10", "RRA:HWPREDICT:10:0.1:0.1:5"],
        &["1", "5", "2", "7"],
    ),
    (
        "version5",
        &["DS:a:DCOUNTER:900:U:U", "DS:b:DDERIVE:900:U:U", "RRA:MIN:0.5:1:5"],
        &["1.5:2", "2.5:1", "4:0"],
    ),
];

/// The initial databases, with a primary data point of `step` seconds.
pub(super) fn wholes(step: u64) -> Vec<Whole> {
    let folder = tempfile::tempdir().unwrap();
    KINDS
        .iter()
        .map(|&(name, arguments, values)| {
            let path = folder.path().join(name);
            let mut text = SchemaText::new(Step::from_seconds(step).unwrap(), "x.rrd");
            for argument in arguments {
                text.argument(argument).unwrap();
            }
            let definition = text.finish().unwrap();
            let start = Timestamp::from_seconds(1_000_000_000);
            let options = CreateOptions::new().version(definition.version);
            let mut rrd = Rrd::create_with(&path, &definition.schema, start, options).unwrap();
            let template = Template::in_file_order(rrd.schema());
            for (number, values) in values.iter().enumerate() {
                let sample = format!("{}:{values}", 1_000_000_060 + 70 * number);
                rrd.update(&template.sample(&sample, start, &TimeZone::UTC).unwrap()).unwrap();
            }
            let mut dump = Vec::new();
            let reader = RrdReader::open(&path).unwrap();
            Dump::of(&reader).header(DumpHeader::None).write_to(&mut dump).unwrap();
            Whole { name, bytes: std::fs::read(&path).unwrap(), dump }
        })
        .collect()
}

/// Databases with a field at its limit, truncated, lengthened, or with flipped bits.
pub(super) fn mutants() -> Vec<Mutant> {
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let mut mutants = Vec::new();
    for Whole { name, bytes, .. } in wholes(60) {
        let head = head_size(&bytes).unwrap();
        let mut add = |story: String, bytes: Vec<u8>| {
            mutants.push(Mutant { story: format!("{name}: {story}"), bytes });
        };
        for at in (0..head).step_by(8) {
            for _ in 0..3 {
                let mut bytes = bytes.clone();
                let border = *dice.pick(&BORDERS);
                let end = (at + 8).min(head);
                bytes[at..end].copy_from_slice(&border.to_le_bytes()[..end - at]);
                add(format!("{border:#x} at {at}"), bytes);
            }
        }
        for number in 0..60 {
            let length = bytes.len() * number / 60;
            add(format!("cut to {length}"), bytes[..length].to_vec());
        }
        for _ in 0..80 {
            let mut bytes = bytes.clone();
            let mut story = "bits flipped at".to_owned();
            for _ in 0..=dice.below(4) {
                let (at, bit) = (dice.below(head), dice.below(8));
                bytes[at] ^= 1 << bit;
                write!(story, " {at}.{bit}").unwrap();
            }
            add(story, bytes);
        }
        for _ in 0..30 {
            let mut bytes = bytes.clone();
            let (from, to, length) = (dice.below(head), dice.below(head), dice.below(64));
            let moved: Vec<u8> = bytes[from..(from + length).min(head)].to_vec();
            bytes.splice(to..(to + moved.len()).min(bytes.len()), moved);
            add(format!("{length} bytes from {from} to {to}"), bytes);
        }
        add("followed by bytes".to_owned(), [&bytes[..], &[0xff; 100]].concat());
        // What looks like chunks of ours, with a length and a kind at their limits.
        for magic in ["RRDCHUNK", "RRDVOID\0"] {
            for length in BORDERS {
                let kind = u32::try_from(dice.below(3)).unwrap();
                let header = [magic.as_bytes(), &length.to_le_bytes(), &kind.to_le_bytes()];
                let chunk = [&header.concat()[..], &[7; 200]].concat();
                add(format!("{magic} of {length:#x} bytes"), [&bytes[..], &chunk].concat());
            }
        }
    }
    mutants
}

/// Dumps with missing or duplicate lines, numbers at their limits, exchanged characters, or
/// truncated.
pub(super) fn mutated_dumps() -> Vec<Vec<u8>> {
    const VALUES: [&[u8]; 14] = [
        b"",
        b"0",
        b"-1",
        b"1e1024",
        b"NaN",
        b"-inf",
        b"0x10",
        b"18446744073709551615",
        b"18446744073709551616",
        b"99999999999999999999999999999999",
        b"COMPUTE",
        b"FAILURES",
        b"&lt;",
        b"a,b,c,d,+",
    ];
    let mut dice = Dice(0x2545_f491_4f6c_dd1d);
    let mut dumps = Vec::new();
    for Whole { dump, .. } in wholes(60) {
        let lines: Vec<&[u8]> = dump.split_inclusive(|&byte| byte == b'\n').collect();
        for _ in 0..60 {
            let mut lines = lines.clone();
            let at = dice.below(lines.len());
            match dice.below(3) {
                0 => drop(lines.remove(at)),
                1 => {
                    let line = lines[at];
                    lines.insert(dice.below(lines.len()), line);
                }
                _ => {
                    let other = dice.below(lines.len());
                    lines.swap(at, other);
                }
            }
            dumps.push(lines.concat());
        }
        for _ in 0..80 {
            let mut dump = dump.clone();
            let starts: Vec<usize> = (0..dump.len()).filter(|&at| dump[at] == b'>').collect();
            let start = *dice.pick(&starts) + 1;
            let length = dump[start..].iter().position(|&byte| byte == b'<').unwrap_or(0);
            dump.splice(start..start + length, dice.pick(&VALUES).iter().copied());
            dumps.push(dump);
        }
        for number in 0..20 {
            dumps.push(dump[..dump.len() * number / 20].to_vec());
            let mut dump = dump.clone();
            let at = dice.below(dump.len());
            dump[at] = u8::try_from(dice.below(256)).unwrap();
            dumps.push(dump);
        }
    }
    dumps
}

/// The bytes before the first row of a file in the native layout, if its counts are consistent.
fn head_size(bytes: &[u8]) -> Option<usize> {
    let sources = usize::try_from(word(bytes, 24)?).ok()?;
    let archives = usize::try_from(word(bytes, 32)?).ok()?;
    let per_source = sources.checked_mul(120 + 112 + archives.checked_mul(80)?)?;
    let per_archive = archives.checked_mul(120 + 8)?;
    per_source.checked_add(per_archive)?.checked_add(128 + 16)
}

fn word(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..at + 8).map(|bytes| u64::from_le_bytes(bytes.try_into().unwrap()))
}

fn text(bytes: &[u8], at: usize) -> Option<&[u8]> {
    let field = bytes.get(at..at + 20)?;
    let end = field.iter().position(|&byte| byte == 0)?;
    Some(&field[..end])
}

/// Whether any program can have written such a file. Knows less than the tool: what it calls
/// impossible must be refused; what it accepts may be refused, too.
pub(super) fn is_possible(bytes: &[u8]) -> bool {
    checked(bytes).is_some()
}

fn checked(bytes: &[u8]) -> Option<()> {
    let ensure = |holds: bool| holds.then_some(());
    let versions: [&[u8]; 5] = [b"0001\0", b"0002\0", b"0003\0", b"0004\0", b"0005\0"];
    ensure(bytes.starts_with(b"RRD\0"))?;
    ensure(versions.contains(&bytes.get(4..9)?))?;
    ensure(word(bytes, 16)? == 8.642_135e130_f64.to_bits())?;
    let version = bytes[7] - b'0';
    let (sources, archives) =
        (usize::try_from(word(bytes, 24)?).ok()?, usize::try_from(word(bytes, 32)?).ok()?);
    ensure(sources > 0 && archives > 0 && word(bytes, 40)? > 0)?;
    let missing = if version < 3 { 8 } else { 0 };
    let head = head_size(bytes)? - missing;
    ensure(head <= bytes.len())?;
    let archive_at = |index: usize| 128 + 120 * sources + 120 * index;
    let kinds: [&[u8]; 7] =
        [b"GAUGE", b"COUNTER", b"DERIVE", b"ABSOLUTE", b"DCOUNTER", b"DDERIVE", b"COMPUTE"];
    for index in 0..sources {
        let at = 128 + 120 * index;
        ensure(!text(bytes, at)?.is_empty() && kinds.contains(&text(bytes, at + 20)?))?;
        if text(bytes, at + 20)? == b"COMPUTE" {
            ensure((0..20).any(|node| bytes[at + 40 + 4 * node] == 32))?;
        }
    }
    let functions: [&[u8]; 10] = [
        b"AVERAGE",
        b"MIN",
        b"MAX",
        b"LAST",
        b"HWPREDICT",
        b"MHWPREDICT",
        b"SEASONAL",
        b"DEVSEASONAL",
        b"DEVPREDICT",
        b"FAILURES",
    ];
    let mut rows = 0_u128;
    for index in 0..archives {
        let at = archive_at(index);
        ensure(functions.contains(&text(bytes, at)?))?;
        ensure(word(bytes, at + 24)? > 0 && word(bytes, at + 32)? > 0)?;
        rows += u128::from(word(bytes, at + 24)?);
        let pointer = head - 8 * (archives - index);
        ensure(word(bytes, pointer)? < word(bytes, at + 24)?)?;
    }
    if version >= 3 {
        ensure(word(bytes, archive_at(archives) + 8)? < 1_000_000)?;
    }
    let length = u128::try_from(head).unwrap() + rows * 8 * u128::try_from(sources).unwrap();
    ensure(length <= u128::try_from(bytes.len()).unwrap())
}
