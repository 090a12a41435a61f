//! Completion for bash.

use std::fmt::Write as _;

use super::option::{Value, names};
use super::program::{Pages, Program};
use crate::option_words::OptionDescription;

pub(super) fn script(program: &Program) -> String {
    let name = program.name;
    let function = name.replace('-', "_");
    let commands: Vec<_> = program.commands.iter().map(|command| command.name).collect();
    let commands = commands.join(" ");
    let mut text = format!(
        "# Completion of {name} for bash, made by `{name} --generate bash`.\n\
        _{function}() {{\n\
        \x20   local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD - 1]}}\n\
        \x20   local options='' words=''\n\
        \x20   COMPREPLY=()\n\
        \x20   # `--option=value` is three words.\n\
        \x20   if [ \"$current\" = = ]; then\n\
        \x20       current=''\n\
        \x20   elif [ \"$previous\" = = ]; then\n\
        \x20       previous=${{COMP_WORDS[COMP_CWORD - 2]}}\n\
        \x20   fi\n"
    );
    match program.pages {
        Pages::One => {
            values(&mut text, &program.options, "    ");
            _ = writeln!(text, "    options='{}'", offered(&program.options));
        }
        Pages::OneEach => {
            text += "    [ \"$COMP_CWORD\" -eq 1 ] || case ${COMP_WORDS[1]} in\n";
            for command in program.commands.iter().filter(|command| !command.options.is_empty()) {
                _ = writeln!(text, "        {})", command.name);
                values(&mut text, &command.options, "            ");
                _ = writeln!(text, "            options='{}'", offered(&command.options));
                text += "            ;;\n";
            }
            text += "    esac\n";
        }
    }
    if !commands.is_empty() {
        _ = writeln!(text, "    [ \"$COMP_CWORD\" -gt 1 ] || words='{commands}'");
    }
    // Without an answer of ours, bash offers the names of files.
    text += "    case $current in\n        \
        -*) COMPREPLY=($(compgen -W \"$options\" -- \"$current\")) ;;\n        \
        *) COMPREPLY=($(compgen -W \"$words\" -- \"$current\")) ;;\n    esac\n}\n";
    _ = writeln!(text, "complete -o bashdefault -o default -F _{function} {name}");
    text
}

/// After an option that has a value, the values.
fn values(text: &mut String, options: &[OptionDescription], indent: &str) {
    let mut cases = String::new();
    for option in options {
        let offer = match Value::of(option) {
            Value::None => continue,
            Value::Words(words) => {
                format!("COMPREPLY=($(compgen -W '{}' -- \"$current\")); ", words.join(" "))
            }
            Value::File | Value::Other => String::new(),
        };
        _ = writeln!(cases, "{indent}    {}) {offer}return ;;", names(option).join("|"));
    }
    if !cases.is_empty() {
        _ = write!(text, "{indent}case $previous in\n{cases}{indent}esac\n");
    }
}

fn offered(options: &[OptionDescription]) -> String {
    options.iter().flat_map(names).collect::<Vec<_>>().join(" ")
}
