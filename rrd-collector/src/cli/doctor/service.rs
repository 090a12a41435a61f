//! The unit of the service: installed, enabled, running, and its user. Hosts without systemd have
//! none.

use nix::unistd::User;

use super::complaint::Complaint;
use crate::source::systemd::ServiceState;

/// The first fault of the unit. A daemon that answers although the unit does not run was started by
/// hand.
pub(super) fn complaint(unit: &ServiceState, is_answering: bool) -> Option<Complaint> {
    let complaint = |what: String, remedy: String| Some(Complaint::new("unit", what, remedy));
    let run = |command: &str| format!("run `systemctl {command} rrd-collector`");
    let is_running = matches!(&*unit.active, "active" | "reloading" | "activating");
    if is_answering && !is_running {
        return None;
    }
    let name = "rrd-collector.service";
    match &*unit.load {
        "loaded" => {}
        "not-found" => {
            let remedy =
                "run `apt install ./rrd-collector_*.deb`, or `rrd-collector` without a unit";
            return complaint(format!("{name} is not installed"), remedy.to_owned());
        }
        "masked" => {
            let remedy =
                "run `systemctl unmask rrd-collector && systemctl enable --now rrd-collector`";
            return complaint(format!("{name} is masked"), remedy.to_owned());
        }
        other => {
            let remedy = format!("run `systemd-analyze verify {name}`");
            return complaint(format!("{name} cannot be loaded ({other})"), remedy);
        }
    }
    if !unit.user.is_empty() && !unit.is_dynamic && uid(&unit.user).is_none() {
        let user = &unit.user;
        let remedy = format!(
            "run `useradd --system --no-create-home --shell /usr/sbin/nologin {user} && systemctl \
             restart rrd-collector`"
        );
        return complaint(format!("{name} runs as the user {user}, who does not exist"), remedy);
    }
    let is_enabled = !matches!(&*unit.file, "disabled" | "");
    match (is_enabled, is_running) {
        (true, true) => None,
        (true, false) if unit.active == "failed" => complaint(
            format!("{name} has failed"),
            "run `journalctl -u rrd-collector -n 20` for the reason, then `systemctl restart \
             rrd-collector`"
                .to_owned(),
        ),
        (true, false) => complaint(format!("{name} is not running"), run("start")),
        (false, true) => complaint(format!("{name} does not start with the host"), run("enable")),
        (false, false) => {
            complaint(format!("{name} is neither enabled nor running"), run("enable --now"))
        }
    }
}

/// The number of the user that the unit runs as, if it is known before it starts.
pub(super) fn user(unit: &ServiceState) -> Option<u32> {
    match &*unit.user {
        _ if unit.is_dynamic || unit.load != "loaded" => None,
        "" => Some(0),
        name => uid(name),
    }
}

fn uid(name: &str) -> Option<u32> {
    match name.parse() {
        Ok(number) => Some(number),
        Err(_) => Some(User::from_name(name).ok()??.uid.as_raw()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(load: &str, file: &str, active: &str, user: &str) -> Option<String> {
        let [load, file, active, user] = [load, file, active, user].map(str::to_owned);
        let unit = ServiceState { load, file, active, user, is_dynamic: false };
        complaint(&unit, false).map(|complaint| complaint.to_string())
    }

    #[test]
    fn a_unit_that_is_enabled_and_runs_is_sound_and_any_other_has_a_command() {
        assert_eq!(said("loaded", "enabled", "active", "root"), None);
        for (load, file, active, user, wanted) in [
            ("not-found", "", "inactive", "", "is not installed; run `apt install"),
            ("masked", "masked", "inactive", "", "is masked; run `systemctl unmask"),
            (
                "bad-setting",
                "enabled",
                "inactive",
                "",
                "cannot be loaded (bad-setting); run `systemd-analyze",
            ),
            ("loaded", "enabled", "failed", "", "has failed; run `journalctl -u rrd-collector"),
            (
                "loaded",
                "enabled",
                "inactive",
                "",
                "is not running; run `systemctl start rrd-collector`",
            ),
            (
                "loaded",
                "disabled",
                "active",
                "",
                "does not start with the host; run `systemctl enable rrd-collector`",
            ),
            (
                "loaded",
                "disabled",
                "inactive",
                "",
                "is neither enabled nor running; run `systemctl enable --now",
            ),
            (
                "loaded",
                "enabled",
                "failed",
                "no-such-user",
                "runs as the user no-such-user, who does not exist; run `useradd",
            ),
        ] {
            let said = said(load, file, active, user).unwrap();
            let wanted = format!("unit: rrd-collector.service {wanted}");
            assert!(said.starts_with(&wanted), "{said}\ninstead of\n{wanted}");
        }
    }
}
