//! `HELP`: what the commands do.

use crate::grammar::{Answer, Arguments, Verb};

/// The text about a command, or a list of all.
pub(crate) fn help(arguments: &Arguments<'_>) -> Answer {
    let verb = arguments.first().and_then(|word| Verb::parse(word));
    match verb.and_then(|verb| Some((verb, text(verb)?))) {
        Some((verb, text)) => about(verb, text),
        None => overview(),
    }
}

fn overview() -> Answer {
    let mut lines = String::new();
    for verb in Verb::for_clients() {
        lines.push_str(verb.usage());
        lines.push('\n');
    }
    Answer::lines(Verb::for_clients().count(), "Command overview", lines.into_bytes())
}

fn about(verb: Verb, text: &str) -> Answer {
    let lines = ["Usage: ", verb.usage(), "\n\n", text, "\n"].concat();
    let count = lines.matches('\n').count();
    Answer::lines(count, ["Help for ", verb.word()].concat(), lines.into_bytes())
}

/// What a command does; `None` if clients cannot use it.
fn text(verb: Verb) -> Option<&'static str> {
    Some(match verb {
        Verb::Update => {
            "Takes values for a file: each is a time in seconds, then a reading for each data
source, separated by colons. A value that is answered with success is not lost by a
crash of this server. One that the file cannot take is refused at once."
        }
        Verb::Flush => "Writes what is known of a file to it, and answers when that is done.",
        Verb::FlushAll => "Begins to write what is known of all files to them.",
        Verb::Pending => "Lists the values that a file does not contain yet.",
        Verb::Forget => "Drops the values that a file does not contain yet.",
        Verb::Queue => "Lists the files that wait to be written, each with its number of values.",
        Verb::Stats => "Lists counters since the start of this server.",
        Verb::Help => "Lists the commands, or explains one.",
        Verb::Ping => "Answers PONG.",
        Verb::Fetch => {
            "Answers with the rows of a file between two times in seconds: 0 or less counts from
the present. Without them, it is the last day. Columns are names of data sources."
        }
        Verb::FetchBinary => "Answers as FETCH, with each column as doubles of 8 bytes.",
        Verb::Info => "Answers with what a file consists of and its present state.",
        Verb::First => "Answers with the time of the first row of an archive.",
        Verb::Last => "Answers with the time of the last value of a file.",
        Verb::Create => {
            "Makes a file. -b is the time before its first value, -s the seconds of a step, -O
keeps a file that exists, -t takes the definition and -r the rows of another file."
        }
        Verb::List => "Lists a folder below the base folder, or all files below it.",
        Verb::Suspend => "Stops writing to a file. Its values are still taken.",
        Verb::Resume => "Allows writing to a file again.",
        Verb::SuspendAll => "Stops writing to all files that have been updated.",
        Verb::ResumeAll => "Allows writing to all files again.",
        Verb::Tune => {
            "Changes the definition of a file: the number of words that follow, then those of the
command line, the first of which is tune."
        }
        Verb::Dump => {
            "Answers with a file as XML, without a first line, and closes the connection."
        }
        Verb::Batch => {
            "Begins a batch: its commands are not answered one by one. A line with only a dot ends
it; the answer lists the commands that failed by their number in the batch."
        }
        Verb::Quit => "Closes the connection.",
        Verb::Wrote | Verb::Dot => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;

    fn answer(words: &[&str]) -> String {
        let arguments: Vec<_> = words.iter().map(|word| Cow::Borrowed(word.as_bytes())).collect();
        let mut out = Vec::new();
        help(&arguments).write_to(&mut out);
        String::from_utf8(out).expect("help is in UTF-8")
    }

    #[test]
    fn help_lists_24_commands_and_explains_each_in_as_many_lines_as_it_says() {
        assert!(answer(&[]).starts_with("24 Command overview\nUPDATE <filename>"));
        assert_eq!(answer(&[]).lines().count(), 25);
        assert_eq!(answer(&["NOPE"]), answer(&[]));
        assert_eq!(answer(&["WROTE"]), answer(&[]));
        for verb in Verb::for_clients() {
            let answer = answer(&[&verb.word().to_lowercase(), "more"]);
            let (status, lines) = answer.split_once('\n').expect("lines");
            let (count, title) = status.split_once(' ').expect("a status");
            assert_eq!(title, format!("Help for {}", verb.word()));
            assert_eq!(count.parse(), Ok(lines.lines().count()));
            assert!(lines.starts_with(&format!("Usage: {}\n\n", verb.usage())));
            assert!(lines.ends_with(".\n"));
        }
    }
}
