//! `rrd list`: the databases in a folder.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

use rustix::io::Errno;

use crate::context::{Command, Context};
use crate::failure::{Failure, Outcome};
use crate::options::{self, OptionSpec};
use crate::reference::Operand;
use crate::rrdcached::Depth;

pub(crate) const COMMAND: Command = Command {
    name: "list",
    about: "print the names of the files in a folder",
    usage: &["list FOLDER [OPTION]..."],
    options: || options::descriptions(OPTIONS),
    operands: &[Operand::Folder],
    manual: include_str!("../../manual/list.md"),
    related: &["check"],
    run,
};

/// How the answer is printed.
#[derive(Clone, Copy, Default)]
enum Format {
    /// A line for each name.
    #[default]
    Lines,
    Json,
}

#[derive(Default)]
struct ListOptions {
    daemon: Option<OsString>,
    recursive: bool,
    format: Format,
}

const OPTIONS: &[OptionSpec<ListOptions>] = &[
    OptionSpec::daemon(|list, address| {
        list.daemon = Some(address.to_owned());
        Ok(())
    }),
    OptionSpec::flag(
        Some('F'),
        "noflush",
        "Accepted without effect: file names do not depend on unwritten values.",
        |_, _| Ok(()),
    ),
    OptionSpec::flag(Some('r'), "recursive", "Follow the folders below.", |list, _| {
        list.recursive = true;
        Ok(())
    }),
    OptionSpec::json(|list, _| {
        list.format = Format::Json;
        Ok(())
    }),
];

#[derive(Debug, thiserror::Error)]
#[error("{folder}")]
struct ListError {
    folder: String,
    source: io::Error,
}

fn run(arguments: &[OsString], context: &mut Context<'_>) -> Outcome {
    let (names, format) = ask(arguments, context)?;
    match format {
        Format::Json => {
            let texts: Vec<_> = names.iter().map(|name| name.to_string_lossy()).collect();
            serde_json::to_writer(&mut context.out, &texts)?;
            writeln!(context.out)?;
        }
        Format::Lines => {
            for name in names {
                context.out.write_all(name.as_bytes())?;
                context.out.write_all(b"\n")?;
            }
        }
    }
    Ok(())
}

/// The names of the databases in a folder.
pub(crate) fn find(
    arguments: &[OsString],
    context: &Context<'_>,
) -> Result<Vec<OsString>, Failure> {
    Ok(ask(arguments, context)?.0)
}

/// The names of the databases in a folder, and how they are to be printed.
fn ask(arguments: &[OsString], context: &Context<'_>) -> Result<(Vec<OsString>, Format), Failure> {
    let mut options = ListOptions::default();
    let folders = options::parse(arguments, OPTIONS, &mut options)?;
    let [folder] = folders[..] else {
        let after = " [--daemon <addr> [--noflush]] [--recursive] <directory>";
        return Err(context.usage("Usage: ", "list", after));
    };
    let depth = if options.recursive { Depth::All } else { Depth::One };
    let names = match context.environment.daemon(options.daemon.as_deref())? {
        Some(mut daemon) => daemon.list(folder, depth)?.into_iter().map(OsString::from).collect(),
        None => local(folder, depth).map_err(|source| ListError {
            folder: folder.to_string_lossy().into_owned(),
            source,
        })?,
    };
    Ok((names, options.format))
}

/// The names below a folder, of one file, or of the matches of a pattern.
fn local(folder: &OsStr, depth: Depth) -> io::Result<Vec<OsString>> {
    let path = Path::new(folder);
    if path.components().any(|component| component == Component::ParentDir) {
        return Err(Errno::ACCESS.into());
    }
    if folder.as_bytes().iter().any(|byte| matches!(byte, b'*' | b'?')) {
        return match depth {
            Depth::One => matches(path),
            Depth::All => Err(Errno::INVAL.into()),
        };
    }
    let meta = fs::metadata(path)?;
    if meta.is_dir() {
        let mut names = Vec::new();
        collect(path, Path::new(""), depth, &mut names)?;
        return Ok(names);
    }
    match path.file_name() {
        Some(name) if is_archive(name) => Ok(vec![name.to_owned()]),
        _ => Err(Errno::NOTDIR.into()),
    }
}

/// Adds the entries of a folder: its databases, entries that are neither file nor folder, and its
/// folders or their content.
fn collect(root: &Path, below: &Path, depth: Depth, names: &mut Vec<OsString>) -> io::Result<()> {
    for entry in fs::read_dir(root.join(below))? {
        let entry = entry?;
        let name = below.join(entry.file_name());
        let kind = entry.file_type()?;
        if kind.is_dir() && depth == Depth::All {
            collect(root, &name, depth, names)?;
        } else if !kind.is_file() || is_archive(&entry.file_name()) {
            names.push(name.into_os_string());
        }
    }
    Ok(())
}

/// Whether a name ends at its first `.rrd`.
fn is_archive(name: &OsStr) -> bool {
    let name = name.as_bytes();
    let first = name.windows(4).position(|part| part == b".rrd");
    first.is_some_and(|first| first + 4 == name.len())
}

/// The sorted base names of everything that matches a path with `*` and `?`.
fn matches(pattern: &Path) -> io::Result<Vec<OsString>> {
    let mut found = vec![PathBuf::new()];
    for component in pattern.components() {
        let Component::Normal(part) = component else {
            for path in &mut found {
                path.push(component);
            }
            continue;
        };
        let mut next = Vec::new();
        for folder in found {
            let base = if folder.as_os_str().is_empty() { Path::new(".") } else { &*folder };
            let Ok(entries) = fs::read_dir(base) else { continue };
            let names = entries.filter_map(|entry| Some(entry.ok()?.file_name()));
            let matching = names.filter(|name| fits(part.as_bytes(), name.as_bytes()));
            next.extend(matching.map(|name| folder.join(name)));
        }
        found = next;
    }
    found.sort();
    let names: Vec<_> =
        found.iter().filter_map(|path| path.file_name().map(OsStr::to_owned)).collect();
    if names.is_empty() { Err(Errno::NOENT.into()) } else { Ok(names) }
}

/// Whether a name matches a pattern of `*` (anything) and `?` (one byte); a leading dot must be
/// explicit.
fn fits(pattern: &[u8], name: &[u8]) -> bool {
    if name.first() == Some(&b'.') && pattern.first() != Some(&b'.') {
        return false;
    }
    // The last star and the start of its text: after a mismatch it takes one byte more.
    let (mut p, mut n, mut star) = (0, 0, None);
    while n < name.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, n));
                p += 1;
            }
            Some(&byte) if byte == b'?' || byte == name[n] => {
                p += 1;
                n += 1;
            }
            _ => match star {
                Some((at, taken)) => {
                    star = Some((at, taken + 1));
                    p = at + 1;
                    n = taken + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|&byte| byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_end_at_their_first_suffix_are_archives() {
        let is = |name: &str| is_archive(OsStr::new(name));
        assert!(is("a.rrd") && is(".hidden.rrd"));
        assert!(!is("a.rrd.rrd") && !is("x.rrd.bak") && !is("UP.RRD") && !is("b.rrdx"));
    }

    #[test]
    fn a_pattern_fits_as_in_a_shell() {
        let fit = |pattern: &str, name: &str| fits(pattern.as_bytes(), name.as_bytes());
        assert!(fit("*.rrd", "a.rrd") && fit("?.rrd", "a.rrd") && fit("a*b*c", "axxbxbc"));
        assert!(!fit("?.rrd", "ab.rrd") && !fit("*.rrd", ".a.rrd") && !fit("[ab].rrd", "a.rrd"));
        assert!(fit(".*", ".a.rrd") && fit("**", "") && !fit("?", ""));
    }
}
