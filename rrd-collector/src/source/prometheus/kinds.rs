//! What is stored of an exporter.

use crate::group::{Kind, Metric, Unit};

/// One exporter.
pub static SCRAPE: Kind = Kind::new("scrape", "Exporters read", SCRAPE_METRICS);

const SCRAPE_METRICS: &[Metric] = &[
    Metric::new("up", Unit::Share, "1 if the page was received and valid, else 0"),
    Metric::new("probe_seconds", Unit::Seconds, "time until the page was received or failed"),
    Metric::new("bytes", Unit::Bytes, "size of the page"),
    Metric::new("values", Unit::Count, "values that are stored of it"),
    Metric::new("left_out", Unit::Count, "series beyond the cap, which are not stored"),
];

/// One series of an exporter; counters are stored as their growth per second.
pub static PROMETHEUS: Kind = Kind::new("prometheus", "Series of exporters", PROMETHEUS_METRICS);

const PROMETHEUS_METRICS: &[Metric] =
    &[Metric::new("value", Unit::Any, "the value, or the growth of a counter per second")];

/// One histogram or summary of an exporter.
pub static SPREAD: Kind =
    Kind::new("prometheus_spread", "Histograms and summaries of exporters", SPREAD_METRICS);

const SPREAD_METRICS: &[Metric] = &[
    Metric::new("rate", Unit::PerSecond, "observations"),
    Metric::new("mean", Unit::Any, "their mean; unknown without any"),
    Metric::new("p50", Unit::Any, "half of them are at most this"),
    Metric::new("p90", Unit::Any, "90 % of them are at most this"),
    Metric::new("p99", Unit::Any, "99 % of them are at most this"),
];
