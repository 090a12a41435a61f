//! New databases filled from others, compared with RRDtool 1.9.
//!
//! `tests/vectors/prefill.tar.gz` holds one folder per case: `commands.jsonl` (the commands, one
//! per line), the donors and the files that RRDtool wrote, with rows rotated so that the newest is
//! the last.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::Path;

use rrd_core::{
    CreateOptions, Definition, Overwrite, Prefill, RrdReader, SchemaText, Step, Timestamp,
};

/// The arguments of a recorded `create`.
struct Command {
    name: String,
    donors: Vec<String>,
    start: Option<Timestamp>,
    definition: Definition,
}

fn read_command(words: &[String], folder: &Path) -> Command {
    let (mut start, mut step, mut template) = (None, None, None);
    let (mut donors, mut positional) = (Vec::new(), Vec::new());
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--start" => start = Some(words.next().unwrap().parse().unwrap()),
            "--step" => step = Step::from_seconds(words.next().unwrap().parse().unwrap()),
            "-r" => donors.push(words.next().unwrap().clone()),
            "-t" => template = Some(RrdReader::open(folder.join(words.next().unwrap())).unwrap()),
            _ => positional.push(word.as_str()),
        }
    }
    let (name, definitions) = positional.split_first().unwrap();
    let mut text = match &template {
        Some(template) => SchemaText::following(template.schema(), step, name),
        None => SchemaText::new(step.unwrap(), name),
    };
    for definition in definitions {
        text.argument(definition).unwrap();
    }
    Command {
        name: (*name).to_owned(),
        donors,
        start: start.map(Timestamp::from_seconds),
        definition: text.finish().unwrap(),
    }
}

/// Files by folder and name.
fn recorded() -> BTreeMap<String, BTreeMap<String, Vec<u8>>> {
    let packed = include_bytes!("../vectors/prefill.tar.gz");
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(packed.as_slice()));
    let mut cases = BTreeMap::<_, BTreeMap<_, _>>::new();
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let path = entry.path().unwrap().to_str().unwrap().to_owned();
        if let Some((folder, name)) = path.rsplit_once('/').filter(|(_, name)| !name.is_empty()) {
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).unwrap();
            cases.entry(folder.to_owned()).or_default().insert(name.to_owned(), bytes);
        }
    }
    cases
}

fn is_nan(bytes: &[u8]) -> bool {
    bytes.try_into().is_ok_and(|bytes| f64::from_le_bytes(bytes).is_nan())
}

#[test]
fn filled_files_have_the_bytes_that_rrdtool_gave_them() {
    let mut compared = 0;
    let mut different = Vec::new();
    for (case, files) in recorded() {
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in files.iter().filter(|(name, _)| name.starts_with('s')) {
            fs::write(folder.path().join(name), bytes).unwrap();
        }
        let commands = String::from_utf8(files["commands.jsonl"].clone()).unwrap();
        for line in commands.lines() {
            let words: Vec<String> = serde_json::from_str(line).unwrap();
            if words[0] != "create" || !words.contains(&"-r".to_owned()) {
                continue;
            }
            let command = read_command(&words[1..], folder.path());
            let mut prefill = Prefill::new();
            for donor in &command.donors {
                prefill.add(folder.path().join(donor)).unwrap();
            }
            let path = folder.path().join("new.rrd");
            let options = CreateOptions::new().overwrite(Overwrite::Yes);
            prefill.create(&path, &command.definition, command.start, options).unwrap();
            let (ours, theirs) = (fs::read(&path).unwrap(), &files[&command.name]);
            let at = ours
                .chunks(8)
                .zip(theirs.chunks(8))
                .position(|(ours, theirs)| ours != theirs && !(is_nan(ours) && is_nan(theirs)));
            compared += 1;
            if ours.len() != theirs.len() || at.is_some() {
                different.push(format!("{case}/{} from {:?}", command.name, at.map(|at| at * 8)));
            }
        }
    }
    assert_eq!(different, Vec::<String>::new(), "of {compared}");
    assert!(compared > 40, "{compared}");
}
