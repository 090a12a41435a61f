//! `rrd chart`: databases without options, and descriptions.

use std::fs;
use std::path::PathBuf;
use std::process::Output;

use crate::program::{program, run};
use crate::vectors::Vectors;

/// A folder with databases and a way to run the tool in it.
struct Bench {
    vectors: Vectors,
    folder: PathBuf,
}

impl Bench {
    fn new() -> Self {
        let vectors = Vectors::unpack("graph");
        let folder = vectors.scratch("chart");
        for (name, case) in [("day", "reduce/width/day.rrd"), ("hw", "reduce/cf_HWPREDICT/hw.rrd")]
        {
            fs::copy(vectors.folder().join(case), folder.join(format!("{name}.rrd"))).unwrap();
        }
        Self { vectors, folder }
    }

    fn chart(&self, words: &[&str]) -> Output {
        run(program(self.vectors.program(), &self.folder).arg("chart").args(words))
    }

    fn picture(&self, words: &[&str]) -> String {
        let output = self.chart(words);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn refusal(&self, words: &[&str]) -> String {
        let output = self.chart(words);
        assert_eq!(output.status.code(), Some(1));
        String::from_utf8(output.stderr).unwrap()
    }
}

#[test]
fn a_database_is_drawn_with_no_further_words() {
    let bench = Bench::new();
    let svg = bench.picture(&["day.rrd", "hw.rrd"]);
    assert!(svg.starts_with("<?xml ") && svg.contains(">day, hw</title>"));
    for text in ["day a", "day b", "hw v", "95th"] {
        assert!(svg.contains(text), "{text}");
    }
    bench.picture(&["day.rrd", "-o", "day.png", "--theme", "dark", "-w", "300", "-h", "200"]);
    let png = fs::read(bench.folder.join("day.png")).unwrap();
    assert_eq!(&png[16..24], [0, 0, 1, 44, 0, 0, 0, 200]);
}

#[test]
fn a_forecast_is_drawn_as_a_band_and_its_failures_are_marked() {
    let bench = Bench::new();
    let svg = bench.picture(&["hw.rrd"]);
    for text in ["v expected, ± 2 deviations", "v failures", "class=\"unknown\""] {
        assert!(svg.contains(text), "{text}");
    }
    assert!(svg.contains("#a10d16"), "a failure is marked");
    let plain = bench.picture(&["day.rrd"]);
    assert!(!plain.contains("expected") && !plain.contains("failures"));
}

#[test]
fn descriptions_in_toml_and_json_draw_the_same() {
    let bench = Bench::new();
    let toml = r##"
        title = "Described"
        start = "1600050000"
        end = "1600136400"
        unit = "req"
        [[series]]
        file = "day.rrd"
        source = "a"
        draw = "area"
        envelope = true
        color = "#4fa8e0"
        [[series]]
        formula = "a,2,/"
        label = "half"
        [[rules]]
        value = 90
        label = "limit"
    "##;
    let json = r##"{
        "title": "Described", "start": "1600050000", "end": "1600136400", "unit": "req",
        "series": [
            {"file": "day.rrd", "source": "a", "draw": "area", "envelope": true, "color": "#4fa8e0"},
            {"formula": "a,2,/", "label": "half"}
        ],
        "rules": [{"value": 90, "label": "limit"}]
    }"##;
    fs::write(bench.folder.join("d.toml"), toml).unwrap();
    fs::write(bench.folder.join("d.json"), json).unwrap();
    let svg = bench.picture(&["-f", "d.toml"]);
    assert!(svg.contains("half") && svg.contains("limit") && svg.contains("#4fa8e0"));
    assert_eq!(svg, bench.picture(&["-f", "d.json"]));
}

#[test]
fn everything_that_a_description_can_say_is_drawn() {
    let bench = Bench::new();
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/requests.toml");
    let picture = bench.picture(&["-f", example, "-s", "1600050000", "-e", "1600098600"]);
    for text in [
        ">requests per second<",
        ">per minute<",
        ">expected<",
        ">observed<",
        ">an hour's mean<",
        ">a tenth<",
        ">failures<",
        ">limit<",
        ">hw.rrd<",
        "#d93a2b",
        "linearGradient",
        "stroke-dasharray",
    ] {
        assert!(picture.contains(text), "{text}");
    }
    // The same in JSON.
    let toml: toml::Table = toml::from_str(&fs::read_to_string(example).unwrap()).unwrap();
    fs::write(bench.folder.join("e.json"), serde_json::to_string(&toml).unwrap()).unwrap();
    let json = bench.picture(&["-f", "e.json", "-s", "1600050000", "-e", "1600098600"]);
    assert_eq!(picture, json);
}

#[test]
fn what_is_wrong_with_a_description_is_reported_with_its_place() {
    let bench = Bench::new();
    let told = |name: &str, text: &str| {
        fs::write(bench.folder.join(name), text).unwrap();
        bench.refusal(&["-f", name])
    };
    let series = "[[series]]\nfile = \"day.rrd\"\nsource = \"a\"\n";
    for (more, place, reason) in [
        (
            "color = \"reddish\"\n",
            "line 4, column 9",
            "invalid colour \"reddish\": expected #RRGGBB",
        ),
        ("function = \"MEAN\"\n", "line 4, column 12", "unknown function 'MEAN': try AVERAGE"),
        ("formula = \"\"\n", "line 4, column 11", "the expression is empty"),
        ("draw = \"bars\"\n", "line 4, column 8", "\"bars\": use line, hill, area or hidden"),
        ("colour = \"#fff\"\n", "line 4, column 1", "unknown field `colour`"),
        ("[[rules]]\ntime = \"whenever\"\n", "line 5, column 8", "whenever"),
    ] {
        let told = told("d.toml", &format!("{series}{more}"));
        assert!(told.contains(place) && told.contains(reason), "{told}");
    }
    let json = r#"{"series": [{"file": "day.rrd", "source": "a",
        "draw": "bars"}]}"#;
    assert_eq!(
        told("d.json", json),
        "ERROR: unknown way to draw a series \"bars\": use line, hill, area or hidden at line 2 column 23\n"
    );
    assert_eq!(
        told("d.toml", &format!("{series}[[rules]]\nlabel = \"x\"\n")),
        "ERROR: rule 1 needs either a `value` or a `time`\n"
    );
    assert_eq!(
        told("d.toml", &format!("[right_axis]\nscale = 0.0\n{series}")),
        "ERROR: the scale of the right axis must not be 0\n"
    );
}

#[test]
fn what_cannot_be_drawn_is_reported() {
    let bench = Bench::new();
    assert_eq!(
        bench.refusal(&["none.rrd"]),
        "ERROR: opening 'none.rrd': No such file or directory\n"
    );
    assert_eq!(
        bench.refusal(&["day.rrd", "-o", "day.gif"]),
        "ERROR: 'day.gif' does not say what it is: name the picture .svg, .png or .pdf\n"
    );
    assert_eq!(
        bench.refusal(&["--width", "5", "day.rrd"]),
        "ERROR: --width takes a number of pixels from 10 to 10000\n"
    );
    fs::write(bench.folder.join("d.toml"), "[[series]]\nlabel = \"x\"\n").unwrap();
    assert_eq!(
        bench.refusal(&["-f", "d.toml"]),
        "ERROR: series 1 needs a `source` or a `formula`\n"
    );
}

#[test]
fn a_description_without_a_file_is_drawn_of_the_one_that_is_named() {
    let bench = Bench::new();
    let template = "start = \"1600050000\"\nend = \"1600136400\"\n[[series]]\nsource = \"a\"\n";
    fs::write(bench.folder.join("t.toml"), template).unwrap();
    assert_eq!(
        bench.refusal(&["-f", "t.toml"]),
        "ERROR: series 1 needs a `file`: name one there, at the top, or when drawing\n"
    );
    let named = format!("file = \"day.rrd\"\n{template}");
    fs::write(bench.folder.join("n.toml"), named).unwrap();
    let picture = bench.picture(&["-f", "t.toml", "day.rrd"]);
    assert_eq!(picture, bench.picture(&["-f", "n.toml"]));
    assert_eq!(
        bench.refusal(&["-f", "t.toml", "day.rrd", "hw.rrd"]),
        "ERROR: a description takes one database at most\n"
    );
}

#[test]
fn series_are_scaled_hidden_and_named_apart() {
    let bench = Bench::new();
    let head = "start = \"1600050000\"\nend = \"1600136400\"\nfile = \"day.rrd\"\n";
    let picture = |series: &str| {
        fs::write(bench.folder.join("d.toml"), format!("{head}{series}")).unwrap();
        bench.picture(&["-f", "d.toml"])
    };
    let by_factor = picture("[[series]]\nsource = \"a\"\nfactor = 8.0\nshift = 2.0\n");
    let by_formula = picture("[[series]]\nsource = \"a\"\nformula = \"a,8,*,2,+\"\n");
    assert_eq!(by_factor, by_formula);
    let zero = "[[series]]\nsource = \"a\"\nformula = \"a,0,*\"\nlabel = \"none\"\n";
    assert!(picture(zero).contains(">none<"));
    let shown = picture("[[series]]\nsource = \"b\"\n");
    let with_hidden = format!("{zero}hide_zero = true\n[[series]]\nsource = \"b\"\nstack = true\n");
    assert_eq!(picture(&with_hidden), shown);
    // A hidden one is struck out in the legend: it has neither curve nor place in the stack.
    let pair = "[[series]]\nsource = \"a\"\ndraw = \"area\"\n\
                [[series]]\nsource = \"b\"\ndraw = \"area\"\nstack = true\n";
    let curve = |picture: &str| {
        let from = picture.find("<g class=\"plot\"").unwrap();
        picture[from..from + picture[from..].find("</g>").unwrap()].to_owned()
    };
    let hidden = picture(&format!("hide = [\"a\"]\n{pair}"));
    assert!(hidden.contains("<g class=\"entry hidden\" data-series=\"a\">"), "{hidden}");
    assert!(hidden.contains("<g class=\"entry\" data-series=\"b\">"));
    assert!(hidden.contains(">a<") && hidden.contains(">b<"));
    let alone = picture(
        "[[series]]\nsource = \"a\"\ndraw = \"hidden\"\n\
                         [[series]]\nsource = \"b\"\ndraw = \"area\"\ncolor = \"orange\"\n",
    );
    assert_eq!(curve(&hidden).matches("<path").count(), curve(&alone).matches("<path").count());
    let by_formula = "[[series]]\nsource = \"b\"\nformula = \"a,2,*\"\n";
    assert!(picture(&format!("hide = [\"a\"]\n{pair}{by_formula}")).contains("data-series=\"b\""));
    fs::write(bench.folder.join("d.toml"), format!("{head}hide = [\"c\"]\n{pair}")).unwrap();
    assert_eq!(bench.refusal(&["-f", "d.toml"]), "ERROR: no series \"c\" to hide: expected a, b\n");
    // Two files may have sources of one name.
    let two = picture(
        "[[series]]\nsource = \"a\"\nname = \"v\"\n[[series]]\nfile = \"hw.rrd\"\nsource = \"v\"\nlabel = \"other\"\n",
    );
    let one = picture(
        "[[series]]\nsource = \"a\"\nname = \"v\"\n[[series]]\nsource = \"a\"\nlabel = \"other\"\n",
    );
    assert_ne!(two, one);
}
