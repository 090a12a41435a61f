//! What one source file says about other modules: the modules it declares, its imports, and the
//! paths in its code. Test-only code does not count.

use std::collections::{BTreeMap, BTreeSet};

use crate::tokens::{Token, tokens};

/// The declarations, imports and paths of one file.
#[derive(Debug, Default)]
pub(crate) struct Source {
    /// The modules that have files of their own, with the file's name where `#[path]` gives one.
    pub(crate) children: BTreeMap<String, Option<String>>,
    /// The imports of its `use` items.
    pub(crate) imports: Vec<Import>,
    /// Paths of two or more segments outside of `use`.
    pub(crate) paths: Vec<Written>,
    /// Every word outside of `use`, with the line of its first occurrence.
    pub(crate) words: BTreeMap<String, usize>,
    /// The names of items that are defined here.
    pub(crate) defined: BTreeSet<String>,
}

/// A path as written, relative to the file's own module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) segments: Vec<String>,
    pub(crate) line: usize,
}

/// One name, or all names of a module, imported by `use`.
#[derive(Debug)]
pub(crate) struct Import {
    pub(crate) path: Written,
    /// Its name here; `None` for all names of the module at `path`.
    pub(crate) name: Option<String>,
    /// Whether it is re-exported.
    pub(crate) is_public: bool,
}

/// Reads a file.
pub(crate) fn read(text: &str) -> Source {
    let mut source = Source::default();
    let tokens = tokens(text);
    Reader { tokens: &tokens, source: &mut source, depth: 0 }.items();
    source
}

struct Reader<'a> {
    tokens: &'a [Token],
    source: &'a mut Source,
    /// Number of inline modules around the tokens.
    depth: usize,
}

impl Reader<'_> {
    fn items(&mut self) {
        let mut at = 0;
        let mut is_public = false;
        let mut path_attribute = None;
        while let Some(token) = self.tokens.get(at) {
            let before = at.checked_sub(1).and_then(|before| self.tokens.get(before));
            if token.is("#") {
                let (end, attribute) = self.attribute(at);
                at = end;
                if is_for_tests(attribute) {
                    if attribute.first().is_some_and(|first| first.is("!")) {
                        return;
                    }
                    at = self.after_item(at);
                } else if attribute.first().is_some_and(|first| first.is("path")) {
                    path_attribute = attribute.last().map(|value| value.text.clone());
                }
            } else if token.is("pub") {
                is_public = true;
                at += 1;
                if self.is_at(at, "(") && !self.is_at(at + 1, ")") {
                    at = self.after_group(at);
                }
            } else if token.is("mod") && self.is_at(at + 2, ";") {
                self.source.children.insert(self.text(at + 1), path_attribute.take());
                is_public = false;
                at += 3;
            } else if token.is("mod") && self.is_at(at + 2, "{") {
                let end = self.after_group(at + 2);
                let inner = &self.tokens[at + 3..end - 1];
                let depth = self.depth + 1;
                Reader { tokens: inner, source: self.source, depth }.items();
                is_public = false;
                at = end;
            } else if token.is("use") && !self.is_at(at + 1, "<") {
                at = self.tree(at + 1, &[], is_public);
                is_public = false;
            } else if let Some(word) = token.word() {
                let is_item = ["struct", "enum", "union", "trait", "type", "const", "static", "fn"];
                if is_item.contains(&word) && self.tokens.get(at + 1).is_some() {
                    self.source.defined.insert(self.text(at + 1));
                }
                let goes_on = before.is_some_and(|before| before.is("::") || before.is("$"));
                let segments = self.segments(at);
                if segments.len() > 1 && !goes_on {
                    let path = self.seen_from_file(&segments, token.line);
                    self.source.paths.extend(path);
                }
                if !goes_on && self.depth == 0 {
                    self.source.words.entry(word.to_owned()).or_insert(token.line);
                }
                is_public = false;
                at += 2 * segments.len().max(1) - 1;
            } else {
                at += 1;
            }
        }
    }

    fn is_at(&self, at: usize, text: &str) -> bool {
        self.tokens.get(at).is_some_and(|token| token.is(text))
    }

    fn text(&self, at: usize) -> String {
        self.tokens.get(at).map(|token| token.text.clone()).unwrap_or_default()
    }

    /// Where an attribute ends, and what is inside its brackets; `#![...]` begins with its `!`.
    fn attribute(&self, at: usize) -> (usize, &[Token]) {
        let bracket = at + 1 + usize::from(self.is_at(at + 1, "!"));
        if !self.is_at(bracket, "[") {
            return (at + 1, &[]);
        }
        let end = self.after_group(bracket);
        let begin = if bracket == at + 2 { at + 1 } else { bracket + 1 };
        (end, &self.tokens[begin..end - 1])
    }

    /// The position after the bracket that closes the bracket at this position.
    fn after_group(&self, at: usize) -> usize {
        let mut depth = 0_usize;
        for (place, token) in self.tokens.iter().enumerate().skip(at) {
            if ["(", "[", "{"].iter().any(|open| token.is(open)) {
                depth += 1;
            } else if [")", "]", "}"].iter().any(|close| token.is(close)) {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return place + 1;
                }
            }
        }
        self.tokens.len()
    }

    /// The position after the item, field or arm that begins here.
    fn after_item(&self, mut at: usize) -> usize {
        let begins =
            ["pub", "fn", "impl", "struct", "enum", "mod", "use", "const", "static", "trait"];
        let is_item = begins.iter().any(|word| self.is_at(at, word));
        while let Some(token) = self.tokens.get(at) {
            if token.is(";") || (token.is(",") && !is_item) {
                return at + 1;
            } else if token.is("{") {
                return self.after_group(at);
            } else if token.is("(") || token.is("[") {
                at = self.after_group(at);
            } else if ["}", ")", "]"].iter().any(|close| token.is(close)) {
                return at;
            } else {
                at += 1;
            }
        }
        at
    }

    /// The segments of the path that begins here.
    fn segments(&self, at: usize) -> Vec<String> {
        let mut segments = vec![self.text(at)];
        let mut at = at + 1;
        while self.is_at(at, "::") && self.tokens.get(at + 1).is_some_and(|t| t.word().is_some()) {
            segments.push(self.text(at + 1));
            at += 2;
        }
        segments
    }

    /// A tree of `use`; gives the index of the token after it.
    fn tree(&mut self, mut at: usize, prefix: &[String], is_public: bool) -> usize {
        let mut segments = prefix.to_vec();
        let line = self.tokens.get(at).map_or(0, |token| token.line);
        let mut is_leaf = true;
        let mut name = None;
        while let Some(token) = self.tokens.get(at) {
            if token.is("{") {
                is_leaf = false;
                at += 1;
                while !self.is_at(at, "}") && at < self.tokens.len() {
                    at = self.tree(at, &segments, is_public);
                    if self.is_at(at, ",") {
                        at += 1;
                    }
                }
                at += 1;
            } else if token.is("*") {
                is_leaf = false;
                if let Some(path) = self.seen_from_file(&segments, line) {
                    self.source.imports.push(Import { path, name: None, is_public });
                }
                at += 1;
            } else if token.is("as") {
                name = Some(self.text(at + 1));
                at += 2;
            } else if token.is(",") || token.is("}") {
                break;
            } else if token.is(";") {
                at += 1;
                break;
            } else {
                if (segments.is_empty() || !token.is("self")) && token.word().is_some() {
                    segments.push(token.text.clone());
                }
                at += 1;
            }
        }
        if is_leaf && let Some(path) = self.seen_from_file(&segments, line) {
            let name = name.or_else(|| segments.last().cloned());
            self.source.imports.push(Import { path, name, is_public });
        }
        at
    }

    /// The path without the `super` steps out of inline modules; `None` if it stays inside one.
    fn seen_from_file(&self, segments: &[String], line: usize) -> Option<Written> {
        let ups = segments.iter().take_while(|segment| *segment == "super").count();
        let is_inside = self.depth > 0 && segments.first().is_some_and(|first| first == "self");
        if is_inside || (ups > 0 && ups < self.depth) {
            return None;
        }
        let mut segments = segments[ups.min(self.depth)..].to_vec();
        if ups > 0 && ups == self.depth {
            segments.insert(0, "self".to_owned());
        }
        Some(Written { segments, line })
    }
}

fn is_for_tests(attribute: &[Token]) -> bool {
    let words: Vec<&str> = attribute.iter().filter_map(Token::word).collect();
    matches!(words[..], ["cfg", "test"] | ["cfg", "all", "test", ..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn imports(text: &str) -> Vec<(String, Option<String>)> {
        let imports = read(text).imports.into_iter();
        imports.map(|import| (import.path.segments.join("::"), import.name)).collect()
    }

    #[test]
    fn trees_are_taken_apart() {
        let found = imports("pub(crate) use crate::a::{self, b::{C as D, *}, e};\nuse super::f;");
        let named = |path: &str, name: &str| (path.to_owned(), Some(name.to_owned()));
        assert_eq!(
            found,
            [
                named("crate::a", "a"),
                named("crate::a::b::C", "D"),
                ("crate::a::b".to_owned(), None),
                named("crate::a::e", "e"),
                named("super::f", "f"),
            ]
        );
    }

    #[test]
    fn tests_do_not_count_and_modules_inside_a_file_are_the_file() {
        let source = read(
            "mod a;\n#[cfg(test)]\nmod b;\n#[path = \"d.rs\"]\nmod c;\n\
             #[cfg(test)]\nmod tests { use crate::e; }\nmod inner { use super::super::f; }\n\
             fn g() { crate::h::i::<u8>(self::j::k, $crate::l::m) }",
        );
        assert_eq!(source.children["c"].as_deref(), Some("d.rs"));
        assert_eq!(source.children.len(), 2);
        assert_eq!(source.imports.len(), 1);
        assert_eq!(source.imports[0].path.segments, ["super", "f"]);
        let paths: Vec<_> = source.paths.iter().map(|path| path.segments.join("::")).collect();
        assert_eq!(paths, ["crate::h::i", "self::j::k"]);
    }
}
