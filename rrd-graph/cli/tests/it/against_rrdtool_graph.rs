//! Random calculations, statistics, prints and exports: the installed RRDtool and our tool, both in
//! pipe mode, must answer alike.
//!
//! The installed release may be older than the one with recorded answers, so only operators of both
//! are used. Excluded, because RRDtool is wrong there: sorting with infinities among the values,
//! ROLL, PERCENT of ranks below the first, LTIME in western time zones, PREV of a series without an
//! earlier row, two definitions that differ only in `reduce`, and windows inside one reduced row
//! (answered by `SANITY CHECK`). PERCENTNAN of unknown values only depends on uninitialised memory
//! and is excluded as well.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::program::have;
use crate::vectors::Vectors;

/// Number of command lines, and the seed; `RRD_TRIAL_CASES` and `RRD_TRIAL_SEED` set others.
const TRIALS: usize = 500;
const SEED: u64 = 0x5eed_0001_2345_6789;
/// Numbers that differ by less are equal: the last printed digit may be rounded either way.
const TOLERANCE: f64 = 3e-10;

/// A deterministic source of random choices.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).unwrap() % sides
    }

    fn pick<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.roll(choices.len())]
    }

    fn one_in(&mut self, sides: usize) -> bool {
        self.roll(sides) == 0
    }
}

/// A random expression over `names`, whose last item is an operator.
fn expression(dice: &mut Dice, names: &[String], depth: usize) -> String {
    let leaf = |dice: &mut Dice| match dice.roll(10) {
        0 => dice.pick(&["TIME", "COUNT", "STEPWIDTH", "UNKN", "NEWDAY", "PREV"]).to_owned(),
        1..=3 => {
            dice.pick(&["0", "1", "2.5", "-3", "1e3", "-0.001", "300", "12.34567890123"]).to_owned()
        }
        _ => names[dice.roll(names.len())].clone(),
    };
    let part = |dice: &mut Dice| {
        if depth == 0 || dice.one_in(3) { leaf(dice) } else { expression(dice, names, depth - 1) }
    };
    match dice.roll(12) {
        0..=4 => {
            let (a, b) = (part(dice), part(dice));
            let operator = dice.pick(&[
                "+", "-", "*", "/", "%", "MIN", "MAX", "ADDNAN", "LT", "LE", "GT", "GE", "EQ",
                "NE", "ATAN2",
            ]);
            format!("{a},{b},{operator}")
        }
        5..=6 => {
            let operator = dice.pick(&[
                "UN", "ISINF", "SIN", "COS", "ATAN", "SQRT", "FLOOR", "CEIL", "ABS", "DEG2RAD",
                "RAD2DEG", "DUP,+", "LOG",
            ]);
            format!("{},{operator}", part(dice))
        }
        7..=8 => {
            let (a, b, c) = (part(dice), part(dice), part(dice));
            format!("{a},{b},{c},{}", dice.pick(&["IF", "LIMIT", "EXC,POP,+", "POP,-"]))
        }
        9 => {
            let (a, b, c) = (part(dice), part(dice), part(dice));
            let operator = dice.pick(&["AVG", "REV,-,+", "COPY,POP,POP,POP,-,+"]);
            format!("{a},{b},{c},3,{operator}")
        }
        10 => {
            let (name, window) = (&names[dice.roll(names.len())], 300 * (1 + dice.roll(8)));
            format!("{name},{window},{}", dice.pick(&["TREND", "TRENDNAN"]))
        }
        _ => format!("{},PREV,ADDNAN", part(dice)),
    }
}

/// One command line.
fn command(dice: &mut Dice) -> String {
    let start = 1_600_042_000 + 60 * dice.roll(100) + dice.roll(60);
    let end = start + 900 + 60 * dice.roll(60) + dice.roll(60);
    let export = dice.one_in(2);
    let mut words = vec![if export { "xport" } else { "graph /dev/null" }.to_owned()];
    words.push(format!("-s {start} -e {end}"));
    if dice.one_in(2) {
        words.push(format!("--step {}", [60, 300, 420, 600, 700][dice.roll(5)]));
    }
    if export {
        words.push(format!("-m {}", 10 + dice.roll(400)));
        words.push(dice.pick(&["", "-t", "--json", "--enumds"]).to_owned());
    } else {
        words.push(format!("-w {} -b {}", 10 + dice.roll(500), dice.pick(&["1000", "1024"])));
    }
    // TREND only gets series of one step: RRDtool reads next to its rows if steps are mixed.
    let sources = [("day", "a"), ("day", "b"), ("hw", "v")];
    let mixed = [("fine", "f"), ("odd", "o"), ("day", "a")];
    let is_mixed = dice.one_in(3);
    let mut names = Vec::new();
    for (file, source) in if is_mixed { mixed } else { sources } {
        let name = format!("{source}{}", names.len());
        let mut definition = format!("DEF:{name}={file}.rrd:{source}:AVERAGE");
        if is_mixed && dice.one_in(3) {
            let reduce = dice.pick(&["AVERAGE", "MIN", "MAX", "LAST"]);
            definition = format!("{definition}:reduce={reduce}");
        }
        words.push(definition);
        names.push(name);
    }
    for number in 0..=dice.roll(3) {
        let mut formula = expression(dice, &names, 3);
        if is_mixed {
            formula = formula.replace("TRENDNAN", "ADDNAN").replace("TREND", "+");
        }
        // Every calculation has rows.
        let name = format!("c{number}");
        words.push(format!("CDEF:{name}={},POP,{formula}", names[0]));
        names.push(name);
    }
    // An export of a shifted series reads next to its rows, too.
    if !export && dice.one_in(3) {
        let offset = 60 * dice.roll(40);
        words.push(format!("SHIFT:{}:{}{offset}", names[0], dice.pick(&["", "-"])));
    }
    let mut figures = Vec::new();
    for number in 0..=dice.roll(4) {
        let function = dice.pick(&[
            "MAXIMUM",
            "MINIMUM",
            "AVERAGE",
            "STDEV",
            "TOTAL",
            "FIRST",
            "LAST",
            "LSLSLOPE",
            "LSLINT",
            "LSLCORREL",
            "95,PERCENT",
            "50,PERCENTNAN",
            "0,PERCENTNAN",
            "12.5,PERCENT",
        ]);
        let mut series = names[dice.roll(names.len())].clone();
        // Only measured series are certain to contain no infinities.
        if function.contains("PERCENT") {
            series.clone_from(&names[dice.roll(3)]);
        }
        words.push(format!("VDEF:figure{number}={series},{function}"));
        figures.push(format!("figure{number}"));
    }
    if export {
        words.extend(names.iter().map(|name| format!("XPORT:{name}:{name}")));
    } else {
        for figure in &figures {
            let format =
                dice.pick(&["%.6le", "%8.3lf%s", "%lf", "%lg %S", "%+10.2lf", "%-12.4lE|"]);
            words.push(format!("\"PRINT:{figure}:{format}\""));
            if dice.one_in(2) {
                words.push(format!("\"PRINT:{figure}:%Y-%m-%d %H\\:%M\\:%S:strftime\""));
            }
        }
        let function = dice.pick(&["AVERAGE", "MIN", "MAX", "LAST"]);
        words.push(format!("\"PRINT:{}:{function}:%.5le\"", names[dice.roll(names.len())]));
    }
    words.join(" ")
}

/// The answers of a tool in pipe mode to each command.
fn answers(program: &Path, folder: &Path, commands: &[String]) -> Vec<String> {
    let mut child = Command::new(program)
        .arg("-")
        .current_dir(folder)
        .env("TZ", "Europe/Zurich")
        .env("LC_ALL", "C")
        .env_remove("RRDCACHED_ADDRESS")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let text = commands.join("\n") + "\n";
    let writer = std::thread::spawn(move || input.write_all(text.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    let mut answers = vec![String::new()];
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        let last = answers.last_mut().unwrap();
        if line.starts_with("OK ") {
            answers.push(String::new());
        } else if line.starts_with("ERROR: ") {
            last.push_str(line);
            answers.push(String::new());
        } else {
            last.push_str(line);
            last.push('\n');
        }
    }
    answers.pop();
    answers
}

/// Whether two answers are equal.
fn alike(one: &str, other: &str) -> bool {
    let words = |text: &str| -> Vec<String> {
        let text = text.replace("-nan", "nan").replace("-NAN", "NAN");
        text.split([' ', '<', '>', '\n', ',', '|']).map(str::to_owned).collect()
    };
    let (one, other) = (words(one), words(other));
    one.len() == other.len() && one.iter().zip(&other).all(|(one, other)| same(one, other))
}

fn same(one: &str, other: &str) -> bool {
    // A unit prefix may directly follow a number.
    let number = |text: &str| text.trim_end_matches(char::is_alphabetic).parse::<f64>().ok();
    match (one == other, number(one), number(other)) {
        (true, ..) => true,
        (false, Some(a), Some(b)) => {
            // Zero with a sign, or a remainder of sines far from zero.
            (a - b).abs() <= TOLERANCE * a.abs().max(b.abs()) || (a == 0.0 && b == 0.0)
        }
        _ => false,
    }
}

#[test]
fn random_calculations_have_the_same_results() {
    if !have(&["rrdtool"]) {
        return;
    }
    let vectors = Vectors::unpack("graph");
    let folder = vectors.scratch("random");
    for (name, case) in [
        ("day", "reduce/width"),
        ("hw", "reduce/cf_HWPREDICT"),
        ("fine", "data/merge_steps"),
        ("odd", "data/merge_steps"),
    ] {
        let file = vectors.folder().join(case).join(format!("{name}.rrd"));
        fs::copy(file, folder.join(format!("{name}.rrd"))).unwrap();
    }
    let wanted = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    // A seed must not be zero, and adjacent seeds must not produce similar numbers.
    let seed = wanted("RRD_TRIAL_SEED");
    let mut dice = Dice(seed.map_or(SEED, |seed| (seed + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15)));
    let trials = wanted("RRD_TRIAL_CASES").map_or(TRIALS, |cases| usize::try_from(cases).unwrap());
    let commands: Vec<String> = (0..trials).map(|_| command(&mut dice)).collect();
    let theirs = answers(Path::new("rrdtool"), &folder, &commands);
    let ours = answers(&vectors.program(), &folder, &commands);
    assert_eq!((theirs.len(), ours.len()), (trials, trials));
    let compared: Vec<_> = theirs
        .iter()
        .zip(&ours)
        .zip(&commands)
        .filter(|((theirs, ours), command)| {
            let garbage = command.contains("PERCENTNAN") && ours.to_lowercase().contains("nan");
            !theirs.contains("SANITY CHECK") && (!garbage || alike(theirs, ours))
        })
        .collect();
    assert!(compared.len() > trials * 9 / 10, "only {} cases compare", compared.len());
    let answered = compared.iter().filter(|((theirs, _), _)| !theirs.contains("ERROR")).count();
    assert!(answered > trials * 8 / 10, "only {answered} cases have an answer");
    let differing: Vec<_> =
        compared.into_iter().filter(|((theirs, ours), _)| !alike(theirs, ours)).collect();
    if let Some(((theirs, ours), command)) = differing.first() {
        let count = differing.len();
        panic!("{count} differ, first {command}\n-- rrdtool\n{theirs}\n-- ours\n{ours}");
    }
}
