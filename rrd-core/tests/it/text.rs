//! Databases as text: recorded dumps and infos, round trips, and the errors of `restore` for
//! malformed dumps.

use std::fs;
use std::path::{Path, PathBuf};

use rrd_core::{
    CreateError, Dump, DumpHeader, Info, Overwrite, RangeCheck, Restore, RestoreError, RrdReader,
};

use crate::errors::chain;

use crate::recorded::Recorded;

fn dump(path: &Path, header: DumpHeader) -> String {
    let mut text = Vec::new();
    let reader = RrdReader::open(path).expect("a database");
    Dump::of(&reader).header(header).write_to(&mut text).expect("memory takes all");
    String::from_utf8(text).expect("dumps are text")
}

/// Fails with the first line that differs; dumps are too long to show.
fn assert_same(found: &str, expected: &str, what: &Path) {
    let lines = found.lines().zip(expected.lines()).zip(1..);
    for ((found, expected), line) in lines {
        assert_eq!(found, expected, "line {line} of {}", what.display());
    }
    assert_eq!(found.len(), expected.len(), "{}", what.display());
}

fn header_of(text: &str) -> DumpHeader {
    let start = text.get(..400.min(text.len())).unwrap_or_default();
    if start.contains("<!DOCTYPE") {
        DumpHeader::Dtd
    } else if start.contains("xmlns:xsi") {
        DumpHeader::Xsd
    } else {
        DumpHeader::None
    }
}

/// Invalid files: RRDtool gives forecasts a step that is divided under them, and lets a computed
/// data source use itself after a preceding one was deleted.
fn is_impossible(path: &Path) -> bool {
    let suspicious = path.ends_with("tune/structure/t2.rrd")
        || path.parent().is_some_and(|folder| folder.ends_with("tune/step"));
    suspicious && RrdReader::open(path).is_err()
}

/// The recorded files with this extension next to a database.
fn beside_databases(recorded: &Recorded, extension: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for path in recorded.files("rrd") {
        if let Ok(text) = fs::read_to_string(path.with_extension(extension))
            && !is_impossible(&path)
        {
            found.push((path, text));
        }
    }
    found
}

#[test]
fn every_recorded_database_dumps_as_recorded() {
    let recorded = Recorded::unpack();
    let dumps: Vec<_> = beside_databases(&recorded, "xml")
        .into_iter()
        // One of them is there to be restored: a dump in a single line.
        .filter(|(path, text)| text.contains("\t<version>") && !path.ends_with("flat.rrd"))
        .collect();
    assert!(dumps.len() > 250, "{} dumps", dumps.len());
    for (path, text) in dumps {
        assert_same(&dump(&path, header_of(&text)), &text, &path);
    }
}

#[test]
fn every_recorded_database_describes_itself_as_recorded() {
    let recorded = Recorded::unpack();
    let infos = beside_databases(&recorded, "info");
    assert!(infos.len() > 50, "{} infos", infos.len());
    for (path, text) in infos {
        let name = path.file_name().and_then(|name| name.to_str()).expect("a plain name");
        let info = Info::of(&RrdReader::open(&path).expect("a database"), name);
        assert_eq!(info.to_string(), text, "{}", path.display());
    }
}

#[test]
fn info_serializes_with_its_kinds_of_values() {
    let recorded = Recorded::unpack();
    let path = recorded.folder().join("dump/all_kinds/x.rrd");
    let info = Info::of(&RrdReader::open(path).expect("a database"), "x.rrd");
    let tree = serde_json::to_value(&info).expect("a tree");
    assert_eq!(tree["rrd_version"], "0005");
    assert_eq!(tree["last_update"], 1_000_000_207);
    assert_eq!(tree["ds"][0]["name"], "g");
    assert_eq!(tree["ds"][0]["max"], 100.5);
    assert_eq!(tree["ds"][1]["min"], serde_json::Value::Null);
    assert_eq!(tree["ds"][6]["cdef"], "g,2,*,c,+");
    assert_eq!(tree["rra"][0]["xff"], 0.5);
    assert_eq!(tree["rra"][5]["smoothing_window"], 0.25);
    assert_eq!(tree["rra"][7]["cdp_prep"], serde_json::json!([]));
    assert_eq!(tree["rra"][8]["cdp_prep"][0]["history"].as_str().map(str::len), Some(5));
}

#[test]
fn a_dump_restored_and_dumped_again_is_the_same() {
    let recorded = Recorded::unpack();
    let folder = tempfile::tempdir().expect("a folder");
    let copy = folder.path().join("copy.rrd");
    for (path, _) in beside_databases(&recorded, "xml") {
        if path.ends_with("dump/numbers/x.rrd") {
            // Eleven digits of numbers at the limits of doubles do not parse to the same number.
            continue;
        }
        let text = dump(&path, DumpHeader::None);
        Restore::new()
            .overwrite(Overwrite::Yes)
            .read(text.as_bytes(), &copy)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert_same(&dump(&copy, DumpHeader::None), &text, &path);
    }
}

#[test]
fn a_dump_of_another_shape_restores_to_the_same_file() {
    let recorded = Recorded::unpack();
    let options = recorded.folder().join("restore/options");
    let folder = tempfile::tempdir().expect("a folder");
    let restored = |name: &str, text: &str| {
        let path = folder.path().join(name);
        Restore::new().read(text.as_bytes(), &path).expect("restored");
        fs::read(path).expect("a file")
    };
    let text = fs::read_to_string(options.join("x.xml")).expect("a dump");
    let expected = restored("plain.rrd", &text);
    // One line, no comments, letters and blanks of all kinds; DOS line ends; a byte order mark.
    let mut flat: String = text
        .lines()
        .map(|line| line.split("<!--").next().unwrap_or_default())
        .filter(|line| !line.contains("<row>"))
        .collect();
    let rows: String = text
        .lines()
        .filter(|line| line.contains("<row>"))
        .map(|line| line.rsplit("-->").next().unwrap_or_default())
        .collect();
    flat = flat.replace("<database>", &format!("<Database >{}", rows.replace("<v>", "<V>\n ")));
    flat = flat.replace("</v>", "\t</V>").replace("</database>", "</Database>");
    for (name, text) in [
        ("flat.rrd", flat.as_str()),
        ("dos.rrd", &text.replace('\n', "\r\n")),
        ("mark.rrd", &format!("\u{feff}{text}")),
        ("recorded.rrd", &fs::read_to_string(options.join("flat.xml")).expect("a dump")),
        ("none.rrd", &fs::read_to_string(options.join("none.xml")).expect("a dump")),
        ("xsd.rrd", &fs::read_to_string(options.join("xsd.xml")).expect("a dump")),
    ] {
        assert_eq!(restored(name, text), expected, "{name}");
    }
}

#[test]
fn a_dump_in_the_oldest_form_restores() {
    let recorded = Recorded::unpack();
    let text = fs::read_to_string(recorded.folder().join("restore/old_versions/v1.xml"));
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("old.rrd");
    Restore::new().read(text.expect("a dump").as_bytes(), &path).expect("restored");
    let recorded = recorded.folder().join("restore/old_versions/v1.rrd");
    assert_eq!(fs::read(path).expect("a file"), fs::read(recorded).expect("a file"));
}

/// A valid dump, for one change each.
const DUMP: &str = "<rrd><version>0003</version><step>10</step><lastupdate>1000000035</lastupdate>
<ds><name>a</name><type>GAUGE</type><minimal_heartbeat>20</minimal_heartbeat><min>0</min><max>100</max>
<last_ds>7</last_ds><value>35</value><unknown_sec>0</unknown_sec></ds>
<rra><cf>AVERAGE</cf><pdp_per_row>1</pdp_per_row><params><xff>0.5</xff></params>
<cdp_prep><ds><primary_value>7</primary_value><value>NaN</value></ds></cdp_prep>
<database><row><v>1</v></row><row><v>4.8</v></row><row><v>101</v></row></database></rra></rrd>";

fn restore(text: &str) -> Result<(PathBuf, tempfile::TempDir), RestoreError> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("restored.rrd");
    let result = Restore::new().read(text.as_bytes(), &path);
    let left: Vec<_> = fs::read_dir(folder.path()).expect("a folder").collect();
    assert_eq!(left.len(), usize::from(result.is_ok()), "{left:?}");
    result.map(|()| (path, folder))
}

#[test]
fn a_faulty_dump_is_refused_with_the_place_and_the_reason() {
    restore(DUMP).expect("the dump is good before it is changed");
    for (old, new, message) in [
        ("<rrd>", "<foo>", "line 1: expected <rrd>, found <foo>"),
        ("0003", "00012345", "'00012345' is longer than 5"),
        ("0003", "0009", "unsupported version '0009': expected 0001 to 0005"),
        ("0003", "0001", "line 4: unknown element <params> in rra"),
        ("<step>10</step>", "", "the dump has no <step> above 0"),
        (
            "<step>10<",
            "<step>99999999999999999999<",
            "line 1: '99999999999999999999' is not a whole number in range",
        ),
        ("<step>", "<steps>1</steps><step>", "line 1: unknown element <steps> in rrd"),
        ("<ds><name>", "here<ds><name>", "line 2: expected an element, found the text '\nhere'"),
        ("<name>a<", "<name>a_very_long_name_of_ds<", "'a_very_long_name_of_ds' is longer than 20"),
        (
            "<name>a<",
            "<name>a.b<",
            "the data source name 'a.b' must be 1 to 19 of the characters A-Z a-z 0-9 _ -",
        ),
        ("GAUGE", "gauge", "unknown data source type 'gauge'"),
        ("<type>", "<kind/><type>", "line 2: unknown element <kind> in ds"),
        ("<type>GAUGE", "<type>COMPUTE", "data source 'a' is of type COMPUTE but has no <cdef>"),
        ("<min>0", "<min>1,5", "line 2: '1,5' has text after the number"),
        ("<min>0", "<min>1e", "line 2: '1e' has text after the number"),
        ("<min>0", "<min>0 100", "line 2: '0 100' has text after the number"),
        ("<min>0", "<min>\n0<!-- to -->100", "line 3: '0 100' has text after the number"),
        (
            "<unknown_sec>0",
            "<unknown_sec>12345678901234567890123",
            "line 3: '12345678901234567890123' is not a whole number in range",
        ),
        ("<unknown_sec>0", "<unknown_sec>-1", "line 3: '-1' is not a whole number"),
        ("beat>20", "beat>20s", "line 2: '20s' is not a whole number"),
        ("row>1<", "row>1.0<", "line 4: '1.0' is not a whole number"),
        ("row>1<", "row><", "line 4: '' is not a whole number"),
        ("<v>4.8", "<v>NaN>NaN", "line 6: 'NaN>NaN' is not a number"),
        ("<v>4.8", "<v>1e", "line 6: '1e' has text after the number"),
        ("<v>4.8", "<v>", "line 6: '' is not a number"),
        ("<step>10", "<step>1 2", "line 1: '1 2' is not a whole number"),
        ("<step>10", "<step>", "line 1: '' is not a whole number"),
        (">1000000035", ">abc", "line 1: 'abc' is not a whole number"),
        (">1000000035", ">1000000035.x", "line 1: '1000000035.x' is not a whole number"),
        ("0003", "v3", "unsupported version 'v3': expected 0001 to 0005"),
        (
            "</rra></rrd>",
            "</rra></rrd>\n\nlast x.rrd",
            "the dump is not readable at line 8: the document goes on after </rrd>",
        ),
        (
            "</rra></rrd>",
            "</rra></rrd><rrd/>",
            "the dump is not readable at line 6: the document goes on after </rrd>",
        ),
        ("<min>0", "<min>U", "line 2: 'U' is not a number"),
        (
            "<last_ds>7",
            "<last_ds>012345678901234567890123456789",
            "'012345678901234567890123456789' is longer than 30",
        ),
        ("AVERAGE", "MEAN", "unknown consolidation function 'MEAN'"),
        ("row>1<", "row>0<", "a row of archive 0 must have at least one primary data point"),
        ("<xff>0.5</xff>", "<foo>0.5</foo>", "line 4: expected an element, found the text '0.5'"),
        ("<value>N", "<sum>1</sum><value>N", "line 5: unknown element <sum> in rra_cdp_prep"),
        ("</ds></cdp", "</ds><ds></ds></cdp", "line 5: expected </cdp_prep>, found <ds>"),
        ("<v>4.8</v>", "", "line 6: expected <v>, found </row>"),
        ("<v>4.8<", "<v>4.8</v><v>5<", "line 6: expected </row>, found <v>"),
        ("4.8", "<b>4.8</b>", "line 6: expected a value, found <b>"),
        ("4.8", "4.8&other;", "the dump is not readable at line 6: unknown entity &other;"),
        (
            "<row><v>1</v></row><row><v>4.8</v></row><row><v>101</v></row>",
            "",
            "archive 0 must have at least one row",
        ),
        (
            "</rra></rrd>",
            "</rra><ds></ds></rrd>",
            "a data source follows an archive: data sources come first",
        ),
        (
            "</rra></rrd>",
            "</rra>",
            "the dump is not readable at line 6: the document ends before </rrd>",
        ),
        ("<rrd>", "words", "the dump is not readable at line 1: the document is empty"),
    ] {
        assert!(DUMP.contains(old), "{old}");
        let error = restore(&DUMP.replacen(old, new, 1)).expect_err(new);
        assert_eq!(chain(&error), message);
    }
    let twice = DUMP.replacen("<rra>", "<ds><name>a</name><type>GAUGE</type></ds><rra>", 1);
    let twice = twice.replace("</v></row>", "</v><v>1</v></row>");
    let error = restore(&twice).expect_err("two of a name");
    assert_eq!(error.to_string(), "two data sources have the name 'a'");
}

#[test]
fn what_rrdtool_reads_in_dumps_is_read() {
    let plain = restore(DUMP).expect("restored");
    let plain = fs::read(&plain.0).expect("a file");
    for (old, new) in [
        (">1000000035<", "><!-- when --> 1000000035 <!-- 2001-09-09 01:47:15 UTC --><"),
        ("<step>10<", "<step> 0xa\n<"),
        ("<step>10<", "<step>+10<"),
        (">1000000035<", ">1000000035.5<"),
        ("<value>NaN<", "<value> nan <"),
        ("<value>NaN<", "<value>-nan<"),
        ("<value>NaN<", "<value>NANQ<"),
        ("<max>100<", "<max>1.0000000000e+02<"),
        ("<max>100<", "<max>&#49;00<"),
        ("</rrd>", "</rrd> \r\n<!-- done --><?done?>\n"),
    ] {
        assert!(DUMP.contains(old), "{old}");
        let (path, _folder) = restore(&DUMP.replacen(old, new, 1)).expect(new);
        assert!(fs::read(path).expect("a file") == plain, "{new}");
    }
    let (path, _folder) = restore(&DUMP.replacen("<max>100", "<max>inf", 1)).expect("restored");
    let reader = RrdReader::open(path).expect("a database");
    assert_eq!(reader.schema().sources()[0].measured().expect("a gauge").maximum, f64::INFINITY);
}

#[test]
fn a_dump_in_another_encoding_restores_to_the_same_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let restored = |name: &str, dump: &[u8]| {
        let path = folder.path().join(name);
        Restore::new()
            .read(dump, &path)
            .unwrap_or_else(|error| panic!("{name}: {}", chain(&error)));
        fs::read(path).expect("a file")
    };
    let expected = restored("utf-8.rrd", DUMP.as_bytes());
    let text = format!("<?xml version=\"1.0\" encoding=\"utf-16\"?>\n<!-- Grüße 🦀 -->\n{DUMP}");
    let units = || ['\u{feff}'].into_iter().chain(text.chars()).collect::<String>();
    let little: Vec<_> = units().encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<_> = units().encode_utf16().flat_map(u16::to_be_bytes).collect();
    assert!(restored("little.rrd", &little) == expected);
    assert!(restored("big.rrd", &big) == expected);
    for name in ["ISO-8859-1", "latin1", "windows-1250"] {
        let head = format!("<?xml version=\"1.0\" encoding=\"{name}\"?><!-- Gr");
        let latin = [head.as_bytes(), b"\xfc\xdfe -->", DUMP.as_bytes()].concat();
        assert!(restored(&format!("{name}.rrd"), &latin) == expected, "{name}");
    }
    // Half a character, and a dump that ends early.
    for end in [little.len() - 1, little.len() - 20] {
        let path = folder.path().join("cut.rrd");
        Restore::new().read(&little[..end], &path).expect_err("refused");
        assert!(!path.exists());
    }
}

#[test]
fn a_dump_of_definitions_that_cannot_be_is_refused() {
    let recorded = Recorded::unpack();
    let path = recorded.folder().join("dump/all_kinds/x.rrd");
    let text = dump(&path, DumpHeader::None);
    for (element, value, field) in [
        ("xff", "1.5", "rra[0].xff is 1.5"),
        ("hw_alpha", "1.5", "alpha is 1.5"),
        ("hw_beta", "NaN", "beta is NaN"),
        ("seasonal_gamma", "-1", "gamma is -1"),
        ("seasonal_smooth_idx", "100000", "seasonal_smooth_idx is 100000"),
        ("delta_pos", "-1", "delta_pos is -1"),
        ("delta_neg", "inf", "delta_neg is inf"),
    ] {
        let (before, rest) = text.split_once(&format!("<{element}>")).expect(element);
        let (_, after) = rest.split_once(&format!("</{element}>")).expect(element);
        let edited = format!("{before}<{element}>{value}</{element}>{after}");
        let error = restore(&edited).expect_err(element);
        let told = chain(&error);
        assert!(told.starts_with("the dump is not that of a valid database: rra["), "{told}");
        assert!(told.contains(field), "{told}");
    }
}

#[test]
fn a_range_check_makes_what_is_out_of_range_unknown() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut rows = Vec::new();
    for check in [RangeCheck::Off, RangeCheck::On] {
        let path = folder.path().join(format!("{check:?}.rrd"));
        Restore::new().range_check(check).read(DUMP.as_bytes(), &path).expect("restored");
        let mut values = [0.0; 3];
        RrdReader::open(path).expect("a database").read_rows(0, 0, &mut values).expect("rows");
        rows.push(values.map(|value| value.to_string()));
    }
    assert_eq!(rows, [["1", "4.8", "101"], ["1", "4.8", "NaN"]]);
}

#[test]
fn a_file_that_is_there_is_replaced_only_when_asked() {
    let (path, _folder) = restore(DUMP).expect("restored");
    let before = fs::read(&path).expect("a file");
    let error = Restore::new().read(DUMP.as_bytes(), &path).expect_err("the file is there");
    assert!(
        matches!(error, RestoreError::File(CreateError::Exists { path: ref found }) if *found == path)
    );
    let other = DUMP.replace("4.8", "4.9");
    assert!(
        Restore::new().overwrite(Overwrite::Yes).read(&other.as_bytes()[..200], &path).is_err()
    );
    assert_eq!(fs::read(&path).expect("a file"), before);
    Restore::new().overwrite(Overwrite::Yes).read(other.as_bytes(), &path).expect("replaced");
    assert_ne!(fs::read(&path).expect("a file"), before);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(400))]

    #[test]
    fn a_damaged_dump_restores_or_is_refused_and_leaves_no_rest(
        place in 0..DUMP.len(),
        length in 0_usize..40,
        text in "[ -~]{0,12}|<[a-z/]{1,6}>|-?[0-9]{1,25}|&#?[a-z0-9]{1,5};",
    ) {
        let end = (place + length).min(DUMP.len());
        let damaged = [&DUMP[..place], &text, &DUMP[end..]].concat();
        let _ = restore(&damaged);
    }

    #[test]
    fn rows_read_the_same_in_every_writing(
        values in proptest::collection::vec(proptest::prelude::any::<f64>(), 1..40),
    ) {
        let row = |value: &f64| format!("<row><v>{}</v></row>", rrd_core::number::dumped(*value));
        let plain = values.iter().map(row).collect::<Vec<_>>().concat();
        let spaced = plain.replace("<row>", "<!-- > --> <row >").replace("<v>", "<v> ");
        let files = [plain, spaced].map(|rows| {
            let (start, rest) = DUMP.split_once("<database>").expect("a database");
            let (_, end) = rest.split_once("</database>").expect("a database");
            let (path, _folder) =
                restore(&[start, "<database>", &rows, "</database>", end].concat()).expect("restored");
            fs::read(path).expect("a file")
        });
        proptest::prop_assert!(files[0] == files[1]);
    }
}
