//! The imports between the modules of a crate, and whether they form a cycle.
//!
//! An import belongs to the innermost folder that contains both of its ends: there, the file or
//! folder of the importer depends on the file or folder of the imported item. In each folder these
//! dependencies must form an acyclic graph, so that every folder can be read from the bottom up. A
//! re-export is not a dependency of its file; importing through it is a dependency on the file that
//! defines the item.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use crate::repository::named;
use crate::source::{Source, Written, read};

/// The name of a folder's own file (`mod.rs`, `lib.rs`) among the modules of the folder.
const OWN: &str = "(own)";
/// A path with more re-exports than this is itself cyclic.
const MAX_CHAIN_LENGTH: usize = 20;

/// The modules of one crate.
#[derive(Debug)]
pub struct Crate {
    modules: Vec<Module>,
}

#[derive(Debug)]
struct Module {
    /// Names from the root of the crate.
    path: Vec<String>,
    file: PathBuf,
    parent: Option<usize>,
    children: BTreeMap<String, usize>,
    source: Source,
}

/// The imports between the modules of one folder.
#[derive(Debug, Default)]
pub struct Folder {
    /// Importer and imported module, with one place of the import.
    imports: BTreeMap<String, BTreeMap<String, String>>,
    modules: BTreeSet<String>,
}

/// What a path resolves to.
struct Found {
    module: usize,
    /// The path names the module itself and no item in it.
    is_module: bool,
}

impl Crate {
    /// Reads all modules of the crate whose root is this file.
    ///
    /// # Panics
    ///
    /// If the file of a module is missing.
    pub fn read(root: &Path) -> Self {
        let mut all = Self { modules: Vec::new() };
        let folder = root.parent().expect("a folder").to_owned();
        all.add(root, &folder, Vec::new(), None);
        all
    }

    fn add(
        &mut self,
        file: &Path,
        below: &Path,
        path: Vec<String>,
        parent: Option<usize>,
    ) -> usize {
        let text = fs::read_to_string(file);
        let text = text.unwrap_or_else(|error| panic!("{}: {error}", named(file)));
        let source = read(&text);
        let declared: Vec<_> = source.children.clone().into_iter().collect();
        let own = self.modules.len();
        let children = BTreeMap::new();
        self.modules.push(Module { path, file: file.to_owned(), parent, children, source });
        for (name, other_file) in declared {
            let folder = below.join(&name);
            let file = match other_file {
                Some(other) => file.parent().expect("a folder").join(other),
                None if folder.join("mod.rs").exists() => folder.join("mod.rs"),
                None => below.join(format!("{name}.rs")),
            };
            let mut path = self.modules[own].path.clone();
            path.push(name.clone());
            let child = self.add(&file, &folder, path, Some(own));
            self.modules[own].children.insert(name, child);
        }
        own
    }

    /// The folders of the crate, each by its path from the crate's root.
    pub fn folders(&self) -> BTreeMap<String, Folder> {
        let mut folders: BTreeMap<String, Folder> = BTreeMap::new();
        for (from, module) in self.modules.iter().enumerate() {
            if let Some((name, above)) = module.path.split_last() {
                let folder = folders.entry(above.join("::")).or_default();
                folder.modules.insert(name.clone());
            }
            for (to, place) in self.targets(from) {
                let (common, a, b) = self.meet(from, to);
                if a != b {
                    let folder = folders.entry(common).or_default();
                    folder.imports.entry(a).or_default().entry(b).or_insert(place);
                }
            }
        }
        folders
    }

    /// The modules that one module depends on, each with the place.
    fn targets(&self, from: usize) -> Vec<(usize, String)> {
        let module = &self.modules[from];
        let mut targets = Vec::new();
        let mut note = |found: Option<Found>, path: &Written, counts_as_module: bool| {
            if let Some(found) = found
                && found.module != from
                && (counts_as_module || !found.is_module)
            {
                let place =
                    format!("{}:{} {}", named(&module.file), path.line, path.segments.join("::"));
                targets.push((found.module, place));
            }
        };
        for import in &module.source.imports {
            let found = self.resolve(from, &import.path.segments, 0);
            let re_export = import.is_public
                && found.as_ref().is_some_and(|found| self.is_below(found.module, from));
            if !re_export {
                note(found, &import.path, import.name.is_none());
            } else if let Some(line) =
                import.name.as_ref().and_then(|name| module.source.words.get(name))
            {
                // Exported, and used by the file itself.
                let path = Written { segments: import.path.segments.clone(), line: *line };
                note(found, &path, false);
            }
        }
        for path in &module.source.paths {
            note(self.resolve(from, &path.segments, 0), path, false);
        }
        targets
    }

    /// What a path written in a module resolves to; `None` if it is outside the crate.
    fn resolve(&self, from: usize, segments: &[String], chain: usize) -> Option<Found> {
        let (first, rest) = segments.split_first()?;
        let module = &self.modules[from];
        match first.as_str() {
            "crate" => self.walk(0, rest, chain),
            "self" => self.walk(from, rest, chain),
            "super" => {
                let mut above = module.parent?;
                let ups = rest.iter().take_while(|segment| *segment == "super").count();
                for _ in 0..ups {
                    above = self.modules[above].parent?;
                }
                self.walk(above, &rest[ups..], chain)
            }
            name => {
                let is_here = module.children.contains_key(name)
                    || module.source.imports.iter().any(|import| {
                        import.name.as_deref() == Some(name) && import.path.segments != segments
                    });
                if is_here { self.walk(from, segments, chain) } else { None }
            }
        }
    }

    /// Resolves names, starting at a module.
    fn walk(&self, from: usize, segments: &[String], chain: usize) -> Option<Found> {
        let Some((name, rest)) = segments.split_first() else {
            return Some(Found { module: from, is_module: true });
        };
        if chain > MAX_CHAIN_LENGTH {
            return None;
        }
        let module = &self.modules[from];
        if let Some(child) = module.children.get(name) {
            return self.walk(*child, rest, chain);
        }
        let here = Found { module: from, is_module: false };
        if module.source.defined.contains(name) {
            return Some(here);
        }
        let named = |import: &&crate::source::Import| import.name.as_ref() == Some(name);
        if let Some(import) = module.source.imports.iter().find(named) {
            let found = self.resolve(from, &import.path.segments, chain + 1)?;
            return if found.is_module {
                self.walk(found.module, rest, chain + 1)
            } else {
                Some(found)
            };
        }
        for import in module.source.imports.iter().filter(|import| import.name.is_none()) {
            if let Some(found) = self.resolve(from, &import.path.segments, chain + 1)
                && found.module != from
                && self.has(found.module, name)
            {
                return self.walk(found.module, segments, chain + 1);
            }
        }
        Some(here)
    }

    fn has(&self, module: usize, name: &str) -> bool {
        let module = &self.modules[module];
        module.children.contains_key(name)
            || module.source.defined.contains(name)
            || module.source.imports.iter().any(|import| import.name.as_deref() == Some(name))
    }

    fn is_below(&self, module: usize, above: usize) -> bool {
        let (path, above) = (&self.modules[module].path, &self.modules[above].path);
        path.len() > above.len() && path.starts_with(above)
    }

    /// The folder that contains both modules, and their names in it.
    fn meet(&self, a: usize, b: usize) -> (String, String, String) {
        let (a, b) = (&self.modules[a].path, &self.modules[b].path);
        let common = a.iter().zip(b).take_while(|(a, b)| a == b).count();
        let name = |path: &Vec<String>| path.get(common).map_or(OWN, String::as_str).to_owned();
        (a[..common].join("::"), name(a), name(b))
    }
}

impl Folder {
    /// The modules by level: each imports only from lower levels.
    ///
    /// # Errors
    ///
    /// One line for each import between modules of a cycle.
    pub fn levels(&self) -> Result<Vec<Vec<String>>, Vec<String>> {
        let mut left: BTreeSet<&str> = self.modules.iter().map(String::as_str).collect();
        left.extend(self.imports.keys().map(String::as_str));
        left.extend(self.imports.values().flat_map(|to| to.keys().map(String::as_str)));
        let mut levels = Vec::new();
        while !left.is_empty() {
            let waits = |name: &&str| {
                self.imports
                    .get(*name)
                    .is_some_and(|to| to.keys().any(|to| left.contains(to.as_str())))
            };
            let (waiting, level): (Vec<&str>, Vec<&str>) = left.iter().copied().partition(waits);
            if level.is_empty() {
                return Err(self.circle(&left));
            }
            levels.push(level.into_iter().map(str::to_owned).collect());
            left = waiting.into_iter().collect();
        }
        Ok(levels)
    }

    /// The imports that form cycles among these modules, without those of modules that only depend
    /// on a cycle.
    fn circle(&self, left: &BTreeSet<&str>) -> Vec<String> {
        let mut inside = left.clone();
        loop {
            let imported = |name: &&str| {
                inside
                    .iter()
                    .any(|from| self.imports.get(*from).is_some_and(|to| to.contains_key(*name)))
            };
            let kept: BTreeSet<&str> = inside.iter().copied().filter(imported).collect();
            if kept.len() == inside.len() {
                break;
            }
            inside = kept;
        }
        let mut lines = Vec::new();
        for from in &inside {
            for (to, place) in self.imports.get(*from).into_iter().flatten() {
                if inside.contains(to.as_str()) {
                    lines.push(format!("{from} -> {to}: {place}"));
                }
            }
        }
        lines
    }
}

impl fmt::Display for Folder {
    /// `a, b < c < d`, from low to high; empty if there is a cycle.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let levels = self.levels().unwrap_or_default();
        let levels: Vec<String> = levels.iter().map(|level| level.join(", ")).collect();
        f.write_str(&levels.join(" < "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[(&str, &str)], name: &str) -> Result<Vec<Vec<String>>, Vec<String>> {
        let root = tempfile::tempdir().unwrap();
        for (file, text) in files {
            let path = root.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        Crate::read(&root.path().join("lib.rs")).folders()[name].levels()
    }

    #[test]
    fn modules_form_levels_and_a_re_export_leads_to_the_file_that_defines_the_item() {
        let files = [
            ("lib.rs", "mod a;\nmod b;\npub use b::B;\n"),
            ("a.rs", "pub struct A;\n#[cfg(test)]\nmod tests { use crate::b::B; }\n"),
            ("b/mod.rs", "mod inner;\nmod low;\npub use inner::B;\npub use low::Low;\n"),
            ("b/inner.rs", "use super::Low;\npub struct B(crate::a::A, Low);\n"),
            ("b/low.rs", "pub struct Low;\n"),
        ];
        assert_eq!(folder(&files, "").unwrap(), [["a"], ["b"]]);
        assert_eq!(folder(&files, "b").unwrap(), [["low"], ["inner"]]);
    }

    #[test]
    fn a_circle_is_named_with_the_imports_that_make_it() {
        let files = [
            ("lib.rs", "mod a;\nmod b;\nmod c;\nmod d;\n"),
            ("a.rs", "pub struct A;\n\nuse crate::b::B;\n"),
            ("b.rs", "pub struct B;\nfn f(_: crate::a::A) {}\n"),
            ("c.rs", "use crate::a::A;\nuse crate::d::D;\n"),
            ("d.rs", "pub struct D;\n"),
        ];
        let circle = folder(&files, "").unwrap_err();
        assert_eq!(circle.len(), 2, "{circle:?}");
        assert!(circle[0].starts_with("a -> b: ") && circle[0].ends_with("a.rs:3 crate::b::B"));
        assert!(circle[1].starts_with("b -> a: ") && circle[1].ends_with("b.rs:2 crate::a::A"));
    }

    #[test]
    fn a_file_that_a_folder_imports_from_must_not_import_the_folder() {
        let files = [
            ("lib.rs", "mod a;\n"),
            ("a/mod.rs", "mod b;\npub struct A;\nfn f() -> b::B { b::B(A) }\n"),
            ("a/b.rs", "pub struct B(pub super::A);\n"),
        ];
        assert_eq!(folder(&files, "a").unwrap_err().len(), 2);
    }
}
