//! What the README shows is what runs.

#[test]
fn the_readme_shows_the_first_example_to_the_letter() {
    let readme = include_str!("../../../README.md");
    let example = include_str!("../../examples/first_steps.rs");
    let (_, program) = example.split_once("\n\n").expect("a first line about the example");
    assert!(
        readme.contains(&format!("```rust\n{program}```\n")),
        "README.md shows another program"
    );
}

#[test]
fn every_test_that_proves_a_promise_is_there() {
    let (_, table) = include_str!("../../../CONTRIBUTING.md")
        .split_once("## How each promise is proved")
        .expect("the table");
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
    let mut sources = String::new();
    let mut folders = ["rrd-core", "rrd-graph", "rrd-collector"]
        .into_iter()
        .flat_map(|member| ["src", "tests"].map(|below| root.join(member).join(below)))
        .collect::<Vec<_>>();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                sources.push_str(&std::fs::read_to_string(path).expect("a source"));
            }
        }
    }
    let rows = table.lines().filter(|line| line.starts_with("| ")).skip(1);
    let mut names = 0;
    for row in rows {
        let tests = row.split('|').nth(2).expect("a cell");
        for name in tests.split('`').skip(1).step_by(2).filter(|name| !name.contains('/')) {
            assert!(sources.contains(&format!("fn {name}()")), "no test is called {name}");
            names += 1;
        }
    }
    assert!(names > 40, "{names}");
}
