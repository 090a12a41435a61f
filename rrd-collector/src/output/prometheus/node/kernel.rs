//! CPUs, memory, load and other counters of the kernel, under `node_exporter`'s names.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use super::input::{CpuSeconds, Source};
use super::{Families, FamilyType};
use crate::rootfs::ReadError;
use crate::source::host::{CpuTicks, cpu_ticks};

const MODES: [&str; 8] = ["user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal"];
/// If a time falls by this many seconds, it began again: its CPU was offline, or the guest is on
/// another host. Smaller steps are the kernel's jitter, and held: to Prometheus a counter that
/// falls has been reset, so that all of it would be counted again.
const FALL_SECONDS: f64 = 3.0;

fn hold(held: &mut BTreeMap<usize, CpuSeconds>, number: usize, seconds: CpuSeconds) -> CpuSeconds {
    let kept = held.entry(number).or_insert(seconds);
    for (kept, now) in kept.iter_mut().zip(seconds) {
        if now > *kept || *kept - now >= FALL_SECONDS {
            *kept = now;
        }
    }
    *kept
}

pub(super) fn cpu(source: &Source<'_>, families: &mut Families) -> Result<(), ReadError> {
    let stat = source.proc("stat")?;
    let per_second = number(procfs::ticks_per_second());
    let mut held = source.cpus();
    let lines: Vec<CpuTicks> = cpu_ticks(&stat).collect();
    held.retain(|known, _| lines.iter().any(|line| line.number == *known));
    for line in lines {
        let seconds =
            hold(&mut held, line.number, line.ticks.map(|ticks| number(ticks) / per_second));
        let cpu = line.number.to_string();
        for (mode, value) in MODES.iter().zip(seconds) {
            let labels = [("cpu", &*cpu), ("mode", mode)];
            let help = "seconds that each CPU spent in each mode";
            families.counter("node_cpu_seconds_total", help, &labels, value);
        }
        for (mode, value) in ["user", "nice"].iter().zip(seconds.into_iter().skip(MODES.len())) {
            let labels = [("cpu", &*cpu), ("mode", mode)];
            let help = "seconds that each CPU spent in guests, which are in its user time too";
            families.counter("node_cpu_guest_seconds_total", help, &labels, value);
        }
    }
    Ok(())
}

pub(super) fn stat(source: &Source<'_>, families: &mut Families) -> Result<(), ReadError> {
    let stat = source.proc("stat")?;
    for (line, name, help, kind) in [
        ("intr", "node_intr_total", "interrupts", FamilyType::Counter),
        ("ctxt", "node_context_switches_total", "context switches", FamilyType::Counter),
        ("processes", "node_forks_total", "forks", FamilyType::Counter),
        ("btime", "node_boot_time_seconds", "when the host started", FamilyType::Gauge),
        ("procs_running", "node_procs_running", "runnable processes", FamilyType::Gauge),
        (
            "procs_blocked",
            "node_procs_blocked",
            "processes that wait for a disk",
            FamilyType::Gauge,
        ),
    ] {
        let value = stat.lines().find_map(|text| {
            let mut words = text.split_ascii_whitespace();
            (words.next()? == line).then(|| words.next()?.parse().ok())?
        });
        if let Some(value) = value {
            families.add(name, kind, help, &[], value);
        }
    }
    Ok(())
}

pub(super) fn loadavg(source: &Source<'_>, families: &mut Families) -> Result<(), ReadError> {
    let text = source.proc("loadavg")?;
    for (name, word) in ["1", "5", "15"].iter().zip(text.split_ascii_whitespace()) {
        if let Ok(value) = word.parse() {
            families.gauge(
                format!("node_load{name}"),
                &format!("load average of {name}m"),
                &[],
                value,
            );
        }
    }
    Ok(())
}

pub(super) fn meminfo(source: &Source<'_>, families: &mut Families) -> Result<(), ReadError> {
    for line in source.proc("meminfo")?.lines() {
        let Some((name, rest)) = line.split_once(':') else { continue };
        let mut words = rest.split_ascii_whitespace();
        let Some(value) = words.next().and_then(|word| word.parse::<f64>().ok()) else { continue };
        let name = name.replace('(', "_").replace(')', "");
        let (scale, suffix) =
            if words.next() == Some("kB") { (1024.0, "_bytes") } else { (1.0, "") };
        let help = format!("memory information field {name}{suffix}");
        families.gauge(format!("node_memory_{name}{suffix}"), &help, &[], value * scale);
    }
    Ok(())
}

pub(super) fn vmstat(source: &Source<'_>, families: &mut Families) -> Result<(), ReadError> {
    for line in source.proc("vmstat")?.lines() {
        let Some((name, value)) = line.split_once(' ') else { continue };
        let wanted = name.starts_with("oom_kill")
            || name.starts_with("pgpg")
            || name.starts_with("pswp")
            || (name.starts_with("pg") && name.contains("fault"));
        if let Some(value) = value.trim().parse().ok().filter(|_| wanted) {
            let help = format!("field {name} of vmstat");
            families.add(format!("node_vmstat_{name}"), FamilyType::Untyped, &help, &[], value);
        }
    }
    Ok(())
}

pub(super) fn pressure(source: &Source<'_>, families: &mut Families) -> Result<(), ReadError> {
    for (file, line, name) in [
        ("cpu", "some", "cpu_waiting"),
        ("io", "some", "io_waiting"),
        ("io", "full", "io_stalled"),
        ("memory", "some", "memory_waiting"),
        ("memory", "full", "memory_stalled"),
        ("irq", "full", "irq_stalled"),
    ] {
        let text = match source.proc(&format!("pressure/{file}")) {
            // Kernels before 6.1 have none.
            Err(error) if file == "irq" && error.is_missing() => continue,
            text => text?,
        };
        let total = text.lines().find(|text| text.starts_with(line)).and_then(|text| {
            text.split_ascii_whitespace().find_map(|word| word.strip_prefix("total="))?.parse().ok()
        });
        if let Some(microseconds) = total.map(|total: f64| total) {
            let name = format!("node_pressure_{name}_seconds_total");
            let help = "seconds in which processes waited (some) or nothing else went on (stalled)";
            families.counter(name, help, &[], microseconds / 1e6);
        }
    }
    Ok(())
}

pub(super) fn filefd(source: &Source<'_>, families: &mut Families) -> Result<(), ReadError> {
    let text = source.proc("sys/fs/file-nr")?;
    let mut words = text.split_ascii_whitespace().map(|word| word.parse::<f64>().ok());
    for (name, value) in [("allocated", words.next()), ("maximum", words.nth(1))] {
        if let Some(value) = value.flatten() {
            let help = format!("file handles: {name}");
            families.gauge(format!("node_filefd_{name}"), &help, &[], value);
        }
    }
    Ok(())
}

pub(super) fn entropy(source: &Source<'_>, families: &mut Families) -> Result<(), ReadError> {
    for (file, name) in [("entropy_avail", "available"), ("poolsize", "pool_size")] {
        if let Some(value) = source.number(&format!("sys/kernel/random/{file}"))? {
            let help = format!("bits of entropy: {name}");
            families.gauge(format!("node_entropy_{name}_bits"), &help, &[], value);
        }
    }
    Ok(())
}

#[expect(clippy::unnecessary_wraps, reason = "one of a table of collectors, of which others fail")]
pub(super) fn time(source: &Source<'_>, families: &mut Families) -> Result<(), ReadError> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
    families.gauge("node_time_seconds", "the clock, since 1970", &[], now);
    let zone = jiff::Zoned::now();
    let (name, offset) = (zone.strftime("%Z").to_string(), f64::from(zone.offset().seconds()));
    let labels = [("time_zone", &*name)];
    families.gauge("node_time_zone_offset_seconds", "the zone, east of UTC", &labels, offset);
    let folder = source.host.sys("devices/system/clocksource/clocksource0");
    for (file, name) in [("available_clocksource", "available"), ("current_clocksource", "current")]
    {
        // Best effort: a sandbox may hide it, and the time itself is known.
        let text = std::fs::read_to_string(folder.join(file)).unwrap_or_default();
        for clock in text.split_ascii_whitespace() {
            let name = format!("node_time_clocksource_{name}_info");
            let labels = [("clocksource", clock), ("device", "0")];
            families.gauge(name, "clocks of the kernel", &labels, 1.0);
        }
    }
    Ok(())
}

#[expect(clippy::unnecessary_wraps, reason = "one of a table of collectors, of which others fail")]
pub(super) fn uname(source: &Source<'_>, families: &mut Families) -> Result<(), ReadError> {
    let uname = rustix::system::uname();
    let text = |part: &std::ffi::CStr| part.to_string_lossy().into_owned();
    let domain = text(uname.domainname());
    let machine = text(uname.machine());
    let (release, system) = (text(uname.release()), text(uname.sysname()));
    let version = text(uname.version());
    let labels = [
        ("domainname", &*domain),
        ("machine", &*machine),
        ("nodename", source.name.as_str()),
        ("release", &*release),
        ("sysname", &*system),
        ("version", &*version),
    ];
    families.gauge("node_uname_info", "what uname says", &labels, 1.0);
    Ok(())
}

pub(super) fn os(source: &Source<'_>, families: &mut Families) -> Result<(), ReadError> {
    let mut file = crate::rootfs::KeptFile::new(source.host.root("etc/os-release"));
    let text = file.read()?;
    let value = |wanted: &str| {
        text.lines()
            .filter_map(|line| line.split_once('='))
            .find(|(name, _)| *name == wanted)
            .map_or("", |(_, value)| value.trim().trim_matches(['"', '\'']))
    };
    let labels = [
        ("build_id", value("BUILD_ID")),
        ("id", value("ID")),
        ("id_like", value("ID_LIKE")),
        ("image_id", value("IMAGE_ID")),
        ("image_version", value("IMAGE_VERSION")),
        ("name", value("NAME")),
        ("pretty_name", value("PRETTY_NAME")),
        ("variant", value("VARIANT")),
        ("variant_id", value("VARIANT_ID")),
        ("version", value("VERSION")),
        ("version_codename", value("VERSION_CODENAME")),
        ("version_id", value("VERSION_ID")),
    ];
    families.gauge("node_os_info", "what os-release says", &labels, 1.0);
    if let Ok(version) = value("VERSION_ID").parse() {
        let labels = [("id", value("ID")), ("id_like", value("ID_LIKE")), ("name", value("NAME"))];
        families.gauge("node_os_version", "version of the distribution", &labels, version);
    }
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "counters of ticks stay far below 2^53")]
fn number(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_that_steps_back_is_held_and_one_that_began_again_is_not() {
        let mut held = BTreeMap::new();
        let mut at = |idle: f64, iowait: f64| {
            let seconds = [1.0, 0.0, 1.0, idle, iowait, 0.0, 0.0, 0.0, 0.0, 0.0];
            let now = hold(&mut held, 1, seconds);
            (now[3], now[4])
        };
        assert_eq!(at(100.0, 5.0), (100.0, 5.0));
        assert_eq!(at(100.5, 4.9), (100.5, 5.0));
        assert_eq!(at(99.0, 5.1), (100.5, 5.1));
        assert_eq!(at(97.0, 2.2), (97.0, 5.1));
        assert_eq!(at(97.0, 2.0), (97.0, 2.0));
    }
}
