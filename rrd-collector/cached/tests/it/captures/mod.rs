//! The recorded conversations with rrdcached 1.7.2, repeated with our daemon.
//!
//! An answer that differs from the recorded one and from the departure on record next to it fails
//! the test. With `RRD_BLESS` set, what ours answers is written there; the reasons are written by
//! hand. With `RRDCACHED_OF_CAPTURES=/usr/bin/rrdcached` the conversations are held with that
//! program, and every departure on record is then reported.
//!
//! The conversation about the interval of writing is left out: it depends on how fast the machine
//! is. Those about socket activation and about the life of a daemon are in `daemon`.

mod stage;
mod transcript;

use std::thread;
use std::time::{Duration, Instant};

use stage::{PATIENCE, Stage};
use transcript::{Step, Transcript};

use crate::programs::has_ipv6;

/// Repeats a conversation.
fn replay(name: &str, mut stage: Stage) {
    let transcript = Transcript::read(name);
    let blessing = std::env::var_os("RRD_BLESS").is_some();
    let patience = if blessing { Duration::from_secs(2) } else { PATIENCE / 4 };
    let mut found = Vec::new();
    for step in &transcript.steps {
        let begin = Instant::now();
        let mut seen = act(&mut stage, step);
        // What the daemon does on its own takes its time.
        while reads_only(step) && seen != step.ours && begin.elapsed() < patience {
            thread::sleep(Duration::from_millis(20));
            seen = act(&mut stage, step);
        }
        found.push(seen);
    }
    if blessing {
        return transcript.write(&found);
    }
    for (step, seen) in transcript.steps.iter().zip(&found) {
        assert_eq!(*seen, step.ours, "{name}: {:?}", step.action);
        let has_reason = step.recorded == step.ours || !step.reasons.is_empty();
        assert!(has_reason, "{name}: a departure without a reason: {:?}", step.action);
    }
}

/// Whether a step may be repeated.
fn reads_only(step: &Step) -> bool {
    ["> PENDING", "> STATS", "> LIST"].iter().any(|begin| step.action[0].starts_with(begin))
}

/// Does what a step says, and returns what is observed, in the words of the record.
fn act(stage: &mut Stage, step: &Step) -> Vec<String> {
    let recorded = |begin: &str| step.recorded.iter().any(|line| line.starts_with(begin));
    let action = step.action[0].as_str();
    let mut seen = if let Some(command) = action.strip_prefix("$ ") {
        stage.start(command)
    } else if let Some(end) = action.strip_prefix("= daemon got ") {
        let (signal, status) = end.split_once(", exit status ").expect("both");
        stage.end(signal, status)
    } else if let Some(socket) = action.strip_prefix("# socket ") {
        let (socket, mode) = match socket.split_once(" mode ") {
            Some((socket, mode)) => (socket, Some(mode)),
            None => (socket, None),
        };
        stage.select(socket, mode);
        Vec::new()
    } else if action.starts_with("# connection lost") {
        stage.disconnect();
        Vec::new()
    } else if action.starts_with('>') {
        talk(stage, step)
    } else {
        assert!(action.starts_with('#') || action == "= still open", "{action}");
        Vec::new()
    };
    if recorded("# journal file") {
        seen.extend(stage.journals(recorded("J ")));
    }
    if recorded("# rrdtool last") {
        seen.push(stage.last());
    }
    seen.iter().map(|line| as_recorded(line, &step.recorded)).collect()
}

fn talk(stage: &mut Stage, step: &Step) -> Vec<String> {
    let mut lines: Vec<String> = step
        .action
        .iter()
        .map(|line| line.strip_prefix("> ").or(line.strip_prefix('>')).expect("sent").to_owned())
        .collect();
    let is_open = |line: &String| line == "(no newline)";
    let open = lines.last().is_some_and(is_open);
    if open {
        lines.pop();
    } else if let Some(part) = lines.iter().position(is_open) {
        stage.ask(&lines[..part], true);
        lines.drain(..=part);
    }
    let mut seen = stage.ask(&lines, open);
    if let Some(only) = step.recorded.first().filter(|_| lines[0].ends_with(" -100")) {
        // The rows depend on the clock.
        seen.truncate(1);
        assert_eq!(*only, seen[0]);
    }
    if lines[0].starts_with("LIST") {
        // In no order that anybody knows.
        seen.sort_by_key(|line| step.ours.iter().position(|other| other == line));
    }
    let ended = "= connection closed";
    if step.recorded.iter().any(|line| line == ended) && !seen.iter().any(|line| line == ended) {
        if open {
            seen.extend(stage.hang_up());
        } else if stage.is_closed() {
            seen.push(ended.to_owned());
        }
    }
    if seen.iter().any(|line| line == ended) {
        stage.disconnect();
    }
    seen
}

/// A line as it was recorded, if it differs only in what is by chance.
fn as_recorded(line: &str, recorded: &[String]) -> String {
    let same = |other: &&String| {
        let by_chance = ["cur_row 1 ", "on pid ", "JournalBytes: "];
        by_chance.iter().any(|words| {
            let parts = (line.split_once(words), other.split_once(words));
            matches!(parts, (Some((ours, _)), Some((theirs, _))) if ours == theirs)
        })
    };
    recorded.iter().find(same).map_or(line, String::as_str).to_owned()
}

#[test]
fn updates_flushes_pending_values_and_forgetting_are_answered_as_recorded() {
    replay("02-update-flush-pending-forget", Stage::set());
}

#[test]
fn files_are_suspended_and_resumed_as_recorded() {
    replay("06-suspend-resume", Stage::set());
}

#[test]
fn names_outside_the_base_are_refused_as_recorded_and_links_out_of_it_too() {
    let stage = Stage::set();
    stage.add_link();
    stage.add_link_out();
    replay("08-access-B", stage);
}

#[test]
fn each_socket_has_the_permissions_that_were_recorded() {
    replay("10-permissions", Stage::set());
}

#[test]
fn a_permission_that_is_no_command_is_reported_as_recorded() {
    replay("11-permission-unknown", Stage::set());
}

#[test]
fn a_bad_value_costs_only_itself_which_was_recorded_otherwise() {
    replay("12-bad-value-loses-what-follows", Stage::set());
}

#[test]
fn what_was_acknowledged_is_there_after_each_way_to_end_which_was_recorded_otherwise() {
    replay("13-journal", Stage::set());
}

#[test]
fn long_lines_over_any_kind_of_socket_are_answered_as_recorded() {
    if !has_ipv6() {
        return;
    }
    let stage = Stage::set();
    stage.leave_pid_file();
    replay("16-network", stage);
}

#[test]
fn queries_are_answered_as_recorded() {
    replay("03-queries", Stage::set());
}

#[test]
fn files_are_created_as_recorded() {
    replay("04-create", Stage::set());
}

#[test]
fn folders_are_created_as_recorded() {
    replay("05-create-directories", Stage::set());
}

#[test]
fn batches_are_answered_as_recorded() {
    replay("07-batch", Stage::set());
}

#[test]
fn without_confinement_names_lead_anywhere_as_recorded() {
    let stage = Stage::set();
    stage.add_link();
    stage.update_outside();
    replay("09-access-without-B", stage);
}

#[test]
fn short_commands_and_lines_of_any_shape_are_answered_as_recorded() {
    replay("01-basics", Stage::set());
}
