//! Functions that write files as XML, restore, tune, resize and list them. What the programs print
//! is what they print with RRDtool 1.7.2.

use crate::c_program::CProgram;

#[test]
fn dumps_are_those_of_rrdtools_library() {
    assert_eq!(CProgram::of("dumps.c").run(), include_str!("dumps.txt"));
}

#[test]
fn restored_tuned_and_resized_files_are_those_of_rrdtools_library() {
    assert_eq!(CProgram::of("changes.c").run(), include_str!("changes.txt"));
}

#[test]
fn names_of_a_folder_are_those_of_rrdtools_library_and_a_missing_one_has_an_error() {
    // RRDtool has no text in the last five.
    let expected = "\
folder: a.rrd e ''
folders: a.rrd e/b.rrd ''
folders: a.rrd e/b.rrd ''
with a slash: a.rrd e ''
empty: NULL ''
file: a.rrd ''
pattern: a.rrd ''
by words: a.rrd e ''
by words: a.rrd e/b.rrd ''
by words: a.rrd e/b.rrd ''
by words: a.rrd e ''
no word: NULL 'Usage: rrdtool name [--daemon <addr> [--noflush]] [--recursive] <directory>'
two folders: NULL 'Usage: rrdtool name [--daemon <addr> [--noflush]] [--recursive] <directory>'
unknown option: NULL 'invalid option -- 'nope''
missing: NULL '/nope: No such file or directory'
missing: NULL '/nope: No such file or directory'
no database: NULL 'd/x.txt: Not a directory'
no match: NULL 'd/*.no: No such file or directory'
no name: NULL ': No such file or directory'
";
    assert_eq!(CProgram::of("listings.c").run(), expected);
}

#[test]
fn records_are_not_offered_and_files_are_tuned_by_name() {
    let not_offered = |name: &str, result: i32| {
        format!(
            "{name}: {result} 'raw access to the records of a file is not offered: use \
             rrd_info_r, rrd_fetch_r, rrd_update_r'\n"
        )
    };
    let results = [("open", 0), ("read", -1), ("write", -1), ("seek", -1), ("tell", -1)];
    let results = results.into_iter().chain([("lock", -1), ("flush", 0), ("dontneed", 0)]);
    let expected = [
        "init: 11\n".to_owned(),
        results.map(|(name, result)| not_offered(name, result)).collect(),
        "\
close: 0 ''
thread_init: 0 ''
create: 0 ''
options: 0 ''
definitions: 0 ''
nothing: 0 ''
no such source: -1 'unknown data source name 'q''
no file: -1 'opening 'nope.rrd': No such file or directory'
ds[x].minimal_heartbeat=99
ds[n].minimal_heartbeat=30
rra[0].rows=7
"
        .to_owned(),
    ];
    assert_eq!(CProgram::of("raw_records.c").run(), expected.concat());
}
