//! Completion for bash.

use std::fmt::Write as _;

use super::operand::Operand;
use super::option::{Value, names};
use super::program::{Pages, Program};
use crate::option_words::OptionDescription;

pub(super) fn script(program: &Program) -> String {
    let name = program.name;
    let function = name.replace('-', "_");
    let mut text = format!(
        "# Completion of {name} for bash, made by `{name} --generate bash`.\n\
        _{function}() {{\n\
        \x20   local line=${{COMP_LINE:0:COMP_POINT}} words=() operands=() options='' values=''\n\
        \x20   local current previous command='' place=0 index operand=''\n\
        \x20   # Not COMP_WORDS, which are cut at `=` and `:` as well.\n\
        \x20   read -ra words <<<\"$line\"\n\
        \x20   [[ $line != *[[:space:]] ]] || words+=('')\n\
        \x20   current=${{words[${{#words[@]}} - 1]}} previous=${{words[${{#words[@]}} - 2]}}\n\
        \x20   COMPREPLY=()\n\
        \x20   [[ $current != --*=* ]] || {{ previous=${{current%%=*}} current=${{current#*=}}; }}\n"
    );
    match program.pages {
        Pages::One => {
            let all: Vec<_> = program.all_options().collect();
            _ = writeln!(text, "    local valued='{}'", valued(&all));
            text += FIND_OPERANDS;
            let own: Vec<_> = program.options.iter().collect();
            _ = writeln!(text, "    options='{}'", offered(&own));
            values(&mut text, &all, "    ");
            commands(&mut text, program, |text, options| {
                if !options.is_empty() {
                    _ = writeln!(text, "            options+=' {}'", offered(options));
                }
            });
        }
        Pages::OneEach => {
            text += "    local valued=''\n    [[ ${#words[@]} -lt 3 ]] || command=${words[1]}\n";
            commands(&mut text, program, |text, options| {
                if !options.is_empty() {
                    _ = writeln!(text, "            options='{}'", offered(options));
                    _ = writeln!(text, "            valued='{}'", valued(options));
                    values(text, options, "            ");
                }
            });
            text += "    command=''\n";
            text += FIND_OPERANDS;
        }
    }
    let words: Vec<_> = program.commands.iter().map(|command| command.name).collect();
    if words.is_empty() {
        text += "    operand=file\n";
    } else {
        _ = writeln!(text, "    [[ -n $command ]] || operand='words {}'", words.join(" "));
    }
    text += ANSWER;
    _ = writeln!(text, "complete -o bashdefault -o default -F _{function} {name}");
    text
}

/// Finds the command, and which of its operands is typed: options and their values are none.
const FIND_OPERANDS: &str = "    \
    for ((index = 1; index < ${#words[@]} - 1; index++)); do\n        \
        case ${words[index]} in\n            \
            -?*) [[ \" $valued \" != *\" ${words[index]} \"* ]] || ((index++)) ;;\n            \
            *) [[ -z $command ]] && command=${words[index]} || ((place++)) ;;\n        \
        esac\n    done\n";

/// What is offered. Without an answer, bash offers the names of files.
const ANSWER: &str = r#"    if [[ " $valued " == *" $previous "* ]]; then
        operand=${values:-other}
    elif [[ $current == -* ]]; then
        operand="words $options"
    elif [[ -n $command && ${#operands[@]} -gt 0 ]]; then
        [[ $place -lt ${#operands[@]} ]] || place=$((${#operands[@]} - 1))
        operand=${operands[place]}
    fi
    case $operand in
        database)
            mapfile -t COMPREPLY < <(compgen -f -X '!*.rrd' -- "$current"; compgen -d -- "$current")
            compopt -o filenames 2>/dev/null
            ;;
        folder)
            mapfile -t COMPREPLY < <(compgen -d -- "$current")
            compopt -o filenames 2>/dev/null
            ;;
        names\ *)
            mapfile -t COMPREPLY < <(compgen -W "$(ls "${operand#* }" 2>/dev/null)" -- "$current")
            ;;
        words\ *) mapfile -t COMPREPLY < <(compgen -W "${operand#* }" -- "$current") ;;
        beginnings\ *)
            # After `DEF:name=` comes a file.
            [[ $current == *=* ]] || {
                mapfile -t COMPREPLY < <(compgen -W "${operand#* }" -- "$current")
                compopt -o nospace +o default +o bashdefault 2>/dev/null
            }
            ;;
        other) compopt +o default +o bashdefault 2>/dev/null ;;
    esac
}
"#;

/// For each command its options and operands.
fn commands(
    text: &mut String,
    program: &Program,
    options: impl Fn(&mut String, &[&OptionDescription]),
) {
    if program.commands.is_empty() {
        return;
    }
    text.push_str("    case $command in\n");
    for command in &program.commands {
        _ = writeln!(text, "        {})", command.name);
        options(text, &command.options.iter().collect::<Vec<_>>());
        let operands = command.operands.iter().map(|operand| format!("'{}'", typed(*operand)));
        _ = writeln!(text, "            operands=({})", operands.collect::<Vec<_>>().join(" "));
        text.push_str("            ;;\n");
    }
    text.push_str("    esac\n");
}

fn typed(operand: Operand) -> String {
    match operand {
        Operand::Database => "database".to_owned(),
        Operand::File => "file".to_owned(),
        Operand::Folder => "folder".to_owned(),
        Operand::NameIn(folder) => format!("names {folder}"),
        Operand::Words(words) => format!("words {}", words.join(" ")),
        Operand::Beginnings(words) => format!("beginnings {}", words.join(" ")),
        Operand::Other => "other".to_owned(),
    }
}

/// After an option that has a value, what can be offered for it.
fn values(text: &mut String, options: &[&OptionDescription], indent: &str) {
    let mut cases = String::new();
    for option in options {
        let offer = match Value::of(option) {
            Value::None | Value::Other => continue,
            Value::Words(words) => format!("words {}", words.join(" ")),
            Value::File => "file".to_owned(),
        };
        _ = writeln!(cases, "{indent}    {}) values='{offer}' ;;", names(option).join("|"));
    }
    if !cases.is_empty() {
        _ = write!(text, "{indent}case $previous in\n{cases}{indent}esac\n");
    }
}

fn offered(options: &[&OptionDescription]) -> String {
    options.iter().flat_map(|option| names(option)).collect::<Vec<_>>().join(" ")
}

/// The options whose value is the next word.
fn valued(options: &[&OptionDescription]) -> String {
    let valued = options.iter().filter(|option| !matches!(Value::of(option), Value::None));
    valued.flat_map(|option| names(option)).collect::<Vec<_>>().join(" ")
}
