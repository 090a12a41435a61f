//! The rights that some sources need beyond those of the packaged service, which gives up nothing.

use crate::rootfs::Host;

/// A right that a drop-in of the service gives.
#[derive(Clone, Copy, Debug)]
pub struct Right {
    /// The drop-in, `docs/rights/NAME.conf`.
    pub name: &'static str,
    /// The probe that needs it; `None` if no probe does.
    pub probe: Option<&'static str>,
    /// What cannot be measured on this host without it: `/proc/1/io cannot be read, so ...`; `None`
    /// if the right is there, or nothing on this host needs it.
    pub lacking: fn(&Host) -> Option<String>,
}

impl Right {
    /// The sentence for `check` if the right is missing on this host.
    pub fn fault(&self, host: &Host) -> Option<String> {
        let lacking = (self.lacking)(host)?;
        Some(format!("{lacking}; {}", self.advice()))
    }

    /// The end of that sentence.
    pub fn advice(&self) -> String {
        format!("docs/rights/{}.conf gives the right", self.name)
    }
}
