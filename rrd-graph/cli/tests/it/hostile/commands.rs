//! Valid command lines, and mutations of them.

use super::Dice;

/// Words are separated by blanks; `@` is one of the valid databases.
const SEEDS: &[&str] = &[
    "create n.rrd --start 1000000000 --step 60 DS:a:GAUGE:900:0:100 RRA:AVERAGE:0.5:1:10",
    "create n.rrd -b now-1d -s 5m DS:a:COUNTER:10m:U:U DS:b:COMPUTE:a,8,*,a,UN,0,a,IF,2,AVG RRA:MAX:0.5:1h:1w",
    "create n.rrd DS:a:DERIVE:900:U:U RRA:HWPREDICT:1440:0.1:0.0035:288 RRA:AVERAGE:0:1:10",
    "create n.rrd DS:a:GAUGE:900:U:U RRA:MHWPREDICT:20:0.1:0.1:5:2 RRA:SEASONAL:5:0.1:1:smoothing-window=0.1 RRA:DEVSEASONAL:5:0.1:1 RRA:DEVPREDICT:20:3 RRA:FAILURES:20:7:9:3",
    "update @ 1000001000:1:2:3 1000001060:U:5:6",
    "update @ -t a:b -s now-5s@1:2",
    "update @ --template b N:nan",
    "fetch @ AVERAGE -s 1000000000 -e 1000000600",
    "fetch @ MAX -s end-1h -e 12:00 -r 5m -a",
    "fetch @ LAST --start noon-1d --end start+1h",
    "first @ --rraindex 1",
    "last @",
    "lastupdate @",
    "list . --recursive",
    "info @",
    "dump @ --no-header",
    "tune @ --heartbeat a:10m --minimum a:-5 --maximum a:U --data-source-type a:DERIVE --data-source-rename a:z",
    "tune @ --deltapos 2 --deltaneg 2 --window-length 5 --failure-threshold 3 --alpha 0.1 --aberrant-reset a",
    "tune @ --step 120 DEL:b DS:new:GAUGE:600:U:U DELRRA:1 RRA#0:+5 RRA:LAST:0.5:1:7",
    "resize @ 0 GROW 10",
    "resize @ 1 SHRINK 2",
    "check @",
    "check @ --salvage s.rrd",
    "convert @ c.rrd",
    "xport -s 1000000000 -e 1000000600 --step 60 -m 10 -t DEF:x=@:a:AVERAGE:step=60 CDEF:z=x,8,*,PREV,UN,0,PREV,IF,+ XPORT:z:legend",
    "xport --json -s 1000000000 -e 1000000600 DEF:x=@:a:MAX CDEF:z=x,3600,TREND,60,-3,600,x,PREDICT,- SHIFT:z:3600 XPORT:z",
    "xport -s end-1h -e 1000000600 DEF:x=@:b:AVERAGE:start=end-2h:end=start+1h:reduce=MAX XPORT:x:x",
    "graph p.png -s 1000000000 -e 1000000600 -w 300 -h 80 -t title -v vertical DEF:x=@:a:AVERAGE LINE2.5:x#ff0000:red\\\\l GPRINT:x:LAST:%6.2lf%s",
    "graph p.svg -a SVG -s 1000000000 -e 1000000600 -l 0 -u 100 -r -o -X 3 -x MINUTE:10:HOUR:1:HOUR:4:0:%X -y 10:5 -z DEF:x=@:a:AVERAGE AREA:x#00ff0080::STACK:gradheight=20 HRULE:5#0f0:rule:dashes=5,3 VRULE:1000000300#00f",
    "graph p.png -s 1000000000 -e 1000000600 --right-axis 2:1 --right-axis-format %3.1lf -n TITLE:13:Times -c BACK#ffffff -m 2 DEF:x=@:a:AVERAGE VDEF:m=x,MAXIMUM TICK:x#f00:0.1 PRINT:m:%c:strftime COMMENT:hello TEXTALIGN:center",
    "graphv - -s 1000000000 -e 1000000600 -D -g -j -E --tabwidth 40 --border 3 DEF:x=@:a:AVERAGE VDEF:m=x,90,PERCENTNAN VDEF:s=x,LSLSLOPE GPRINT:m:%H:%M:valstrfduration PRINT:s:%le LINE1:m#123456",
    "graph p.pdf -a PDF --start 1000000000 --end 1000000600 --logarithmic --units=si --alt-autoscale --full-size-mode --width 400 --height 200 DEF:x=@:a:AVERAGE CDEF:y=x,1,2,3,4,5,5,SORT,5,REV,5,MEDIAN,x,IF AREA:y#f0f",
];

/// Replacements of a word or of a number in it.
const PIECES: &[&str] = &[
    "",
    "-",
    "--",
    "-1",
    "0",
    "1e400",
    "-1e400",
    "nan",
    "inf",
    "-2147483649",
    "9223372036854775807",
    "18446744073709551615",
    "99999999999999999999",
    "1e18",
    "%",
    "%n%s%lf",
    "%999999999.999999999lf",
    ":",
    "::::",
    ",",
    ",,,",
    "@",
    "\\",
    "\\:",
    "U",
    "N",
    "é",
    "now-",
    "end-1d",
    "epoch+1s",
    "31.12.9999",
    "99999999999y",
    "12/31",
    "DEPTH,COPY,DEPTH,COPY,DEPTH,COPY",
    "1e18,ROLL",
    "PREV(a)",
    "65536,SORT",
    "--start",
    "--step",
    "-r",
    "#ff0000",
    "#f",
    "$",
    "{}",
    "[a]",
    "a=b[1]",
];

const NAMES: [&str; 4] = ["gauge.rrd", "mixed.rrd", "forecast.rrd", "version5.rrd"];

/// Mutated command lines for remote mode; none refers to a file outside the folder.
pub(super) fn mutants() -> Vec<String> {
    let mut dice = Dice(0x0123_4567_89ab_cdef);
    let mut lines = Vec::new();
    for seed in SEEDS {
        for _ in 0..2000_usize.div_ceil(SEEDS.len()) {
            let name = *dice.pick(&NAMES);
            let mut words: Vec<String> =
                seed.split(' ').map(|word| word.replace('@', name)).collect();
            for _ in 0..=dice.below(2) {
                mutate(&mut words, &mut dice);
            }
            let quoted =
                words.iter().map(|word| format!("\"{}\"", word.replace(['"', '\n', '/'], "_")));
            lines.push(quoted.collect::<Vec<_>>().join(" "));
        }
    }
    lines
}

/// Mutates any word but the name of the command.
fn mutate(words: &mut Vec<String>, dice: &mut Dice) {
    if words.len() < 2 {
        return;
    }
    let at = 1 + dice.below(words.len() - 1);
    let piece = *dice.pick(PIECES);
    match dice.below(7) {
        0 => drop(words.remove(at)),
        1 => words.insert(at, words[1 + dice.below(words.len() - 1)].clone()),
        2 => piece.clone_into(&mut words[at]),
        3 => {
            let place = dice.below(words[at].len() + 1);
            if words[at].is_char_boundary(place) {
                words[at].insert_str(place, piece);
            }
        }
        4 => {
            // A number.
            let word = &words[at];
            let starts: Vec<usize> = word
                .char_indices()
                .filter(|&(place, character)| {
                    character.is_ascii_digit()
                        && !word[..place].ends_with(|c: char| c.is_ascii_digit())
                })
                .map(|(place, _)| place)
                .collect();
            if !starts.is_empty() {
                let start = *dice.pick(&starts);
                let length = word[start..].chars().take_while(char::is_ascii_digit).count();
                words[at].replace_range(start..start + length, piece);
            }
        }
        5 => {
            // A field between separators.
            let separator = *dice.pick(&[':', ',', '=']);
            let mut fields: Vec<&str> = words[at].split(separator).collect();
            let field = dice.below(fields.len());
            match dice.below(3) {
                0 => drop(fields.remove(field)),
                1 => fields.insert(field, piece),
                _ => fields[field] = piece,
            }
            words[at] = fields.join(&separator.to_string());
        }
        _ => {
            let end = dice.below(words[at].len() + 1);
            if words[at].is_char_boundary(end) {
                words[at].truncate(end);
            }
        }
    }
}
