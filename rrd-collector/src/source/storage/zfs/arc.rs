//! The cache of ZFS: `/proc/spl/kstat/zfs/arcstats`.

use rrd_core::Step;

use crate::group::{Kind, Metric, Unit};
use crate::rootfs::{Host, KeptFile};
use crate::schedule::Tick;
use crate::source::counter::{Counters, Limits, MEMORY, at_most, kstat, per};
use crate::source::probe::{Probe, ProbeError, TEN_SECONDS};
use crate::source::sample::SampleSink;

/// The cache.
pub static ARC: Kind = Kind::new("zfs_arc", "ZFS cache", METRICS);

const METRICS: &[Metric] = &[
    Metric::new("size", Unit::Bytes, "in the cache"),
    Metric::new("target", Unit::Bytes, "size that the cache adapts to"),
    Metric::new("limit", Unit::Bytes, "size that the cache never exceeds"),
    Metric::new("hits", Unit::PerSecond, "reads answered from the cache"),
    Metric::new("misses", Unit::PerSecond, "reads that needed a disk"),
    Metric::new("hit_share", Unit::Share, "share of reads answered from the cache"),
    Metric::new("l2_size", Unit::Bytes, "in the cache on disks (L2ARC)"),
    Metric::new("l2_hit_share", Unit::Share, "share of its reads that the cache on disks answered"),
];

/// Samples the cache.
pub struct ArcProbe {
    file: KeptFile,
    counters: Counters<4>,
}

impl ArcProbe {
    /// The probe of this host.
    pub fn new(host: &Host) -> Self {
        Self { file: host.proc("spl/kstat/zfs/arcstats"), counters: Counters::default() }
    }
}

impl Probe for ArcProbe {
    fn name(&self) -> &'static str {
        "zfs_arc"
    }

    fn default_interval(&self) -> Step {
        TEN_SECONDS
    }

    fn sample(&mut self, tick: Tick, sink: &mut dyn SampleSink) -> Result<(), ProbeError> {
        let Some(text) = self.file.read_if_present()? else { return Ok(()) };
        let sizes = kstat(text, &["size", "c", "c_max", "l2_size"]);
        let [size, target, limit, l2_size] = sizes.map(|size| at_most(MEMORY, size));
        let counts = kstat(text, &["hits", "misses", "l2_hits", "l2_misses"]);
        let rates = self.counters.rates(tick.clock, counts, &[Limits::EVENTS; 4], sink);
        let [hits, misses, l2_hits, l2_misses] = rates;
        let share = per(hits, hits + misses);
        let l2_share = per(l2_hits, l2_hits + l2_misses);
        sink.group(&ARC, "", &[size, target, limit, hits, misses, share, l2_size, l2_share]);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::time::Duration;

    use rrd_core::Timestamp;

    use super::*;
    use crate::source::sample::recorder::Recorder;

    #[test]
    fn the_cache_has_a_size_and_a_share_of_hits_in_the_interval() {
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join("proc/spl/kstat/zfs/arcstats");
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        let mut probe = ArcProbe::new(&Host::at(root.path()));
        let mut recorder = Recorder::default();
        for (second, hits) in [(10, 500), (20, 800)] {
            let text = format!(
                "13 1 0x01 98 26656 6145432106 8146012381267\nname                            type data\n\
                 hits                            4    {hits}\nmisses                          4    {}\n\
                 demand_data_hits                4    7\nc                               4    4096\n\
                 c_min                           4    512\nc_max                           4    8192\n\
                 size                            4    2048\nl2_hits                         4    0\n\
                 l2_misses                       4    0\nl2_size                         4    0\n",
                100 + second * 10
            );
            fs::write(&file, text).unwrap();
            let tick = Tick { at: Timestamp::default(), clock: Duration::from_secs(second) };
            probe.sample(tick, &mut recorder).unwrap();
        }
        let value = |metric| recorder.value(&ARC, "", metric);
        assert_eq!(
            ["size", "target", "limit", "l2_size"].map(value),
            [2048.0, 4096.0, 8192.0, 0.0]
        );
        assert_eq!(["hits", "misses", "hit_share"].map(value), [30.0, 10.0, 0.75]);
        assert!(value("l2_hit_share").is_nan());
    }
}
