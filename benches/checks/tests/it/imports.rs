//! Imports inside a crate point down and never form a cycle.

use std::fmt::Write as _;

use rrd_checks::imports::Crate;
use rrd_checks::repository::packages;

#[test]
fn imports_inside_a_crate_never_run_in_a_circle() {
    let mut circles = String::new();
    for package in packages() {
        let roots = [package.folder.join("src/lib.rs"), package.folder.join("src/main.rs")];
        let Some(root) = roots.iter().find(|root| root.exists()) else { continue };
        println!("{}", package.name);
        for (name, folder) in Crate::read(root).folders() {
            let name = if name.is_empty() { "crate" } else { &name };
            match folder.levels() {
                Ok(_) => println!("  {name}: {folder}"),
                Err(imports) => {
                    let _ =
                        writeln!(circles, "{}, {name}:\n  {}", package.name, imports.join("\n  "));
                }
            }
        }
    }
    assert!(circles.is_empty(), "imports in a circle:\n{circles}");
}
