//! `rrd convert`: native copies of files written by other machines: of one, or of all below a
//! folder.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use rrd_core::{Overwrite, convert};

use crate::context::{Command, Context};
use crate::failure::{Outcome, WrongUse};
use crate::options::{self, OptionSpec};
use crate::reference::Operand;
use crate::rrdtool_words;

pub(crate) const COMMAND: Command = Command {
    name: "convert",
    about: "make native copies of files that other machines made",
    usage: &["convert FILE OUT [OPTION]...", "convert FOLDER OUT [OPTION]..."],
    options: || options::descriptions(OPTIONS),
    operands: &[Operand::Database],
    manual: include_str!("../../manual/convert.md"),
    related: &["copy", "check"],
    run,
};

const OPTIONS: &[OptionSpec<Overwrite>] = &[OptionSpec::flag(
    Some('f'),
    "force-overwrite",
    "Replace files that exist.",
    |overwrite, _| {
        *overwrite = Overwrite::Yes;
        Ok(())
    },
)];

#[derive(Debug, thiserror::Error)]
enum ConvertRefusal {
    #[error("reading the folder '{folder}'")]
    Read { folder: String, source: io::Error },
    #[error("making the folder '{folder}'")]
    Make { folder: String, source: io::Error },
    #[error("{failed} of {files} files were not converted")]
    Failed { failed: usize, files: usize },
}

fn run(arguments: &[OsString], context: &mut Context<'_>) -> Outcome {
    let mut overwrite = Overwrite::No;
    let names = options::parse(arguments, OPTIONS, &mut overwrite)?;
    let [input, output] = names[..] else {
        return Err(WrongUse("Usage: rrd convert [--force-overwrite|-f] FILE|FOLDER OUT").into());
    };
    let (input, output) = (Path::new(input), Path::new(output));
    if input.is_dir() {
        return convert_tree(input, output, overwrite, context);
    }
    let layout = convert(input, output, overwrite)?;
    writeln!(context.out, "{}: {layout}", input.display())?;
    Ok(())
}

/// Converts all databases below a folder; failures are reported and skipped.
fn convert_tree(
    input: &Path,
    output: &Path,
    overwrite: Overwrite,
    context: &mut Context<'_>,
) -> Outcome {
    let mut files = Vec::new();
    collect(input, Path::new(""), &mut files)?;
    files.sort();
    let mut failed = 0;
    for (index, file) in files.iter().enumerate() {
        let target = output.join(file);
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder).map_err(|source| ConvertRefusal::Make {
                folder: folder.display().to_string(),
                source,
            })?;
        }
        let (place, name) = (index + 1, file.display());
        match convert(input.join(file), &target, overwrite) {
            Ok(layout) => writeln!(context.out, "{place}/{} {name}: {layout}", files.len())?,
            Err(error) => {
                failed += 1;
                let reason = rrdtool_words::reason(&error);
                writeln!(context.out, "{place}/{} {name}: not converted: {reason}", files.len())?;
            }
        }
        // Shows progress to anyone watching.
        context.out.flush()?;
    }
    match failed {
        0 => Ok(()),
        failed => Err(ConvertRefusal::Failed { failed, files: files.len() }.into()),
    }
}

/// Adds the databases below a folder by their relative names. Symbolic links are not followed.
fn collect(root: &Path, below: &Path, files: &mut Vec<PathBuf>) -> Result<(), ConvertRefusal> {
    let folder = root.join(below);
    let failed = |source| ConvertRefusal::Read { folder: folder.display().to_string(), source };
    for entry in fs::read_dir(&folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = below.join(entry.file_name());
        let kind = entry.file_type().map_err(failed)?;
        if kind.is_dir() {
            collect(root, &name, files)?;
        } else if kind.is_file() && name.extension() == Some(OsStr::new("rrd")) {
            files.push(name);
        }
    }
    Ok(())
}
