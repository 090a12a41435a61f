//! What a probe measures, as data: groups, their values and units. Where they are stored lives in
//! `plan`.

use std::borrow::Cow;
use std::sync::Arc;

use rrd_graph::{Base, Quantity};

use super::GroupChart;

/// A kind of group: values that belong together, are sampled together and are stored in one file.
///
/// Each CPU is one group of the kind `cpu`, identified by its instance.
#[derive(Clone, Debug, PartialEq)]
pub struct Kind {
    /// The name in paths, `cpu`: lower-case letters, digits and `_`.
    pub name: Cow<'static, str>,
    /// The name for people, `Processors`.
    pub title: Cow<'static, str>,
    /// The values of a group, in the order of samples.
    pub metrics: Cow<'static, [Metric]>,
    /// The chart that the source itself describes; those of other kinds are packaged.
    pub chart: Option<Arc<GroupChart>>,
}

/// One value of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metric {
    /// The name of the data source, 1 to 19 characters of `a-z 0-9 _`.
    pub name: Cow<'static, str>,
    /// Its unit.
    pub unit: Unit,
    /// A sentence for people.
    pub help: Cow<'static, str>,
}

/// The unit of a value. Everything is stored in base units: seconds, bytes, events, each per second
/// if it is a rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unit {
    /// A share of a total, 0 to 1.
    Share,
    /// CPUs: seconds of CPU time per second.
    Cores,
    /// Bytes.
    Bytes,
    /// Bytes per second.
    BytesPerSecond,
    /// Events per second.
    PerSecond,
    /// Seconds.
    Seconds,
    /// Seconds that may be negative.
    SignedSeconds,
    /// Degrees Celsius; may be negative.
    Celsius,
    /// Hertz.
    Hertz,
    /// Volts; may be negative.
    Volts,
    /// Watts.
    Watts,
    /// Revolutions per minute.
    RevolutionsPerMinute,
    /// A number of things.
    Count,
    /// Defined by the program that provides it; may be negative.
    Any,
}

impl Unit {
    /// The unit as written in axes and listings; empty for plain numbers.
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Share => "share",
            Self::Cores => "cores",
            Self::Bytes => "bytes",
            Self::BytesPerSecond => "bytes/s",
            Self::PerSecond => "1/s",
            Self::Seconds | Self::SignedSeconds => "s",
            Self::Celsius => "°C",
            Self::Hertz => "Hz",
            Self::Volts => "V",
            Self::Watts => "W",
            Self::RevolutionsPerMinute => "rpm",
            Self::Count | Self::Any => "",
        }
    }

    /// How values are written, shares in percent: those of bytes with prefixes of 1024, rates with
    /// those of 1000.
    pub const fn quantity(self) -> Quantity<'static> {
        match self {
            Self::Share => Quantity::new("%", Base::Decimal),
            Self::BytesPerSecond => Quantity::new("B/s", Base::Decimal),
            Self::PerSecond => Quantity::new("/s", Base::Decimal),
            Self::Bytes => Quantity::new("B", Base::Binary),
            _ => Quantity::new(self.symbol(), Base::Decimal),
        }
    }

    /// What stored values are multiplied by to be written.
    pub const fn factor(self) -> f64 {
        match self {
            Self::Share => 100.0,
            _ => 1.0,
        }
    }

    /// A stored value with its unit, `98.2 %`; `–` if it is unknown.
    pub fn write(self, stored: f64) -> String {
        self.quantity().write(stored * self.factor())
    }

    /// The smallest valid value; `None` if values may be negative.
    pub const fn minimum(self) -> Option<f64> {
        match self {
            Self::SignedSeconds | Self::Celsius | Self::Volts | Self::Any => None,
            _ => Some(0.0),
        }
    }
}

impl Kind {
    /// A kind known at compile time.
    pub const fn new(name: &'static str, title: &'static str, metrics: &'static [Metric]) -> Self {
        Self {
            name: Cow::Borrowed(name),
            title: Cow::Borrowed(title),
            metrics: Cow::Borrowed(metrics),
            chart: None,
        }
    }

    /// The index of a value in the samples of this kind.
    pub fn position(&self, metric: &str) -> Option<usize> {
        self.metrics.iter().position(|known| known.name == metric)
    }

    /// The unit of a value; `None` if it is not one of this kind.
    pub fn unit(&self, metric: &str) -> Option<Unit> {
        self.metrics.iter().find(|known| known.name == metric).map(|known| known.unit)
    }
}

impl Metric {
    /// A value known at compile time.
    pub const fn new(name: &'static str, unit: Unit, help: &'static str) -> Self {
        Self { name: Cow::Borrowed(name), unit, help: Cow::Borrowed(help) }
    }
}
