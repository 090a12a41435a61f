//! The committed reference is what the programs generate.

use rrd_checks::repository::{root, text};

use crate::programs::command;

const PROGRAMS: [&str; 1] = ["rrd"];

#[test]
fn the_reference_of_each_program_is_what_it_generates() {
    for program in PROGRAMS {
        let output = command(program, &root()).args(["--generate", "markdown"]).output();
        let output = output.expect("it starts");
        assert!(output.status.success(), "{program}: {output:?}");
        let generated = String::from_utf8(output.stdout).expect("UTF-8");
        let name = format!("docs/reference/{program}.md");
        assert!(
            generated == text(&name),
            "{name} is old: `{program} --generate markdown docs/reference` makes it"
        );
    }
}
