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
