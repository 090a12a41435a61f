//! Which charts there are for a group, as data. Drawing them lives in `draw`.

use crate::probe::{Kind, Unit};

/// One chart of a group.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct View {
    /// The name in addresses, `disk-traffic`.
    pub(super) name: &'static str,
    /// The kind of group it shows.
    pub(super) kind: &'static str,
    /// The heading.
    pub(super) title: &'static str,
    /// What the axis counts: a unit such as `%` or `B/s`.
    pub(super) unit: &'static str,
    /// What a stored value is multiplied with.
    pub(super) scale: f64,
    /// Where the axis ends at least; shares of a whole end at 100 %.
    pub(super) top: Option<f64>,
    /// The curves, from the bottom up.
    pub(super) layers: &'static [Layer],
    /// What the chart tells, in a sentence.
    pub(super) about: &'static str,
}

/// One curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Layer {
    /// The metric of the group.
    pub(super) metric: &'static str,
    /// What the legend calls it.
    pub(super) legend: &'static str,
    /// 0xRRGGBB.
    pub(super) color: u32,
    /// How it is drawn.
    pub(super) look: Look,
    /// Whether it is left out, legend and all, where it is nothing but zero.
    pub(super) rare: bool,
}

/// How a curve is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// A line.
    Line,
    /// A line above a faint area.
    Hill,
    /// An area on top of the one before it.
    Stack,
}

const BLUE: u32 = 0x3b_82f6;
const GREEN: u32 = 0x22_a06b;
const AMBER: u32 = 0xe8_a317;
const RED: u32 = 0xe0_3131;
const VIOLET: u32 = 0x8b_5cf6;
const TEAL: u32 = 0x14_a3a8;
const PINK: u32 = 0xd9_4f8c;
const GREY: u32 = 0x8a_94a6;
const BROWN: u32 = 0xa0_6a3f;
const SKY: u32 = 0x7c_b8f2;
const ORANGE: u32 = 0xf0_7a2b;

const fn line(metric: &'static str, legend: &'static str, color: u32) -> Layer {
    Layer { metric, legend, color, look: Look::Line, rare: false }
}

const fn hill(metric: &'static str, legend: &'static str, color: u32) -> Layer {
    Layer { metric, legend, color, look: Look::Hill, rare: false }
}

const fn stack(metric: &'static str, legend: &'static str, color: u32) -> Layer {
    Layer { metric, legend, color, look: Look::Stack, rare: false }
}

const fn rare(layer: Layer) -> Layer {
    Layer { rare: true, ..layer }
}

const CPU_LAYERS: &[Layer] = &[
    stack("system", "system", BROWN),
    rare(stack("irq", "irq", PINK)),
    rare(stack("softirq", "softirq", VIOLET)),
    stack("user", "user", BLUE),
    rare(stack("nice", "nice", SKY)),
    rare(stack("guest", "guest", TEAL)),
    rare(stack("guest_nice", "guest nice", GREEN)),
    stack("iowait", "I/O wait", AMBER),
    stack("steal", "steal", RED),
];

/// Every chart, in the order of the page.
pub(super) static VIEWS: &[View] = &[
    View {
        name: "cpu",
        kind: "cpu",
        title: "CPU",
        unit: "%",
        scale: 100.0,
        top: Some(100.0),
        layers: CPU_LAYERS,
        about: "What all CPUs together spent their time on. Steal on top is what other guests took.",
    },
    View {
        name: "cpu-lost",
        kind: "cpu",
        title: "CPU lost to steal",
        unit: "%",
        scale: 100.0,
        top: None,
        layers: &[
            hill("demand_lost", "of the wanted time", RED),
            line("steal", "of all time", ORANGE),
            line("worst_steal", "of the worst CPU", VIOLET),
        ],
        about: "Steal in relation to what was wanted: 10 % steal on a host that wants 20 % is half of it.",
    },
    View {
        name: "load",
        kind: "load",
        title: "Load",
        unit: "tasks",
        scale: 1.0,
        top: Some(1.0),
        layers: &[
            hill("load1", "1 minute", BLUE),
            line("load5", "5 minutes", AMBER),
            line("load15", "15 minutes", RED),
        ],
        about: "Tasks that ran, wanted to run or waited for a disk.",
    },
    View {
        name: "memory",
        kind: "memory",
        title: "Memory",
        unit: "B",
        scale: 1.0,
        top: None,
        layers: &[
            stack("used", "used", BLUE),
            stack("shmem", "shared", VIOLET),
            rare(stack("buffers", "buffers", TEAL)),
            stack("cached", "cached", GREEN),
            stack("reclaimable", "reclaimable", SKY),
            stack("free", "free", GREY),
            line("available", "available", ORANGE),
        ],
        about: "The areas add up to all memory; the line is what new programs can have.",
    },
    View {
        name: "pressure",
        kind: "pressure",
        title: "Pressure",
        unit: "%",
        scale: 100.0,
        top: Some(1.0),
        layers: &[
            line("cpu_some", "some waited for a CPU", BLUE),
            line("io_some", "some waited for a disk", AMBER),
            line("io_full", "all waited for a disk", ORANGE),
            line("memory_some", "some waited for memory", VIOLET),
            line("memory_full", "all waited for memory", RED),
        ],
        about: "The part of the time that tasks stood still for want of something.",
    },
    View {
        name: "swap",
        kind: "swap",
        title: "Swap space",
        unit: "B",
        scale: 1.0,
        top: None,
        layers: &[
            stack("used", "used", RED),
            stack("cached", "also in memory", AMBER),
            line("total", "all", GREY),
        ],
        about: "Memory that was moved to disk.",
    },
    View {
        name: "paging",
        kind: "vm",
        title: "Paging",
        unit: "B/s",
        scale: 1.0,
        top: None,
        layers: &[
            hill("page_in", "read", BLUE),
            hill("page_out", "written", ORANGE),
            rare(line("swap_in", "read from swap", VIOLET)),
            rare(line("swap_out", "written to swap", RED)),
        ],
        about: "Traffic between memory and disks.",
    },
    View {
        name: "faults",
        kind: "vm",
        title: "Page faults",
        unit: "/s",
        scale: 1.0,
        top: None,
        layers: &[
            line("major_faults", "read from disk", RED),
            rare(line("refaults", "freed too early", AMBER)),
            rare(line("stalls", "had to free memory first", VIOLET)),
            rare(line("oom_kills", "killed, memory was out", PINK)),
        ],
        about: "What want of memory costs.",
    },
    View {
        name: "processes",
        kind: "processes",
        title: "Processes",
        unit: "",
        scale: 1.0,
        top: None,
        layers: &[
            hill("running", "run or wait for a CPU", GREEN),
            line("blocked", "wait for a disk", RED),
        ],
        about: "Threads that want to get on.",
    },
    View {
        name: "forks",
        kind: "processes",
        title: "Processes begun",
        unit: "/s",
        scale: 1.0,
        top: None,
        layers: &[hill("forks", "begun", VIOLET)],
        about: "Processes and threads begun.",
    },
    View {
        name: "interrupts",
        kind: "interrupts",
        title: "Interrupts and switches",
        unit: "/s",
        scale: 1.0,
        top: None,
        layers: &[
            line("interrupts", "interrupts", BLUE),
            line("softirqs", "soft interrupts", VIOLET),
            line("context_switches", "context switches", ORANGE),
        ],
        about: "How often CPUs are taken from one thing to another.",
    },
    View {
        name: "filesystem",
        kind: "filesystem",
        title: "Filesystem",
        unit: "B",
        scale: 1.0,
        top: None,
        layers: &[
            stack("used", "used", BLUE),
            rare(stack("reserved", "for root only", AMBER)),
            stack("available", "available", SKY),
        ],
        about: "Space used and left.",
    },
    View {
        name: "tcp",
        kind: "tcp",
        title: "TCP trouble",
        unit: "/s",
        scale: 1.0,
        top: None,
        layers: &[
            line("retransmits", "sent again", AMBER),
            rare(line("resets", "broken off", RED)),
            rare(line("attempt_fails", "came to nothing", PINK)),
            rare(line("listen_drops", "dropped while being made", VIOLET)),
            rare(line("timeouts", "timed out", BROWN)),
        ],
        about: "Segments and connections that were lost.",
    },
    View {
        name: "tcp-connections",
        kind: "tcp",
        title: "TCP connections",
        unit: "/s",
        scale: 1.0,
        top: None,
        layers: &[
            hill("passive_opens", "made by others", GREEN),
            line("active_opens", "made to others", BLUE),
        ],
        about: "Connections begun.",
    },
    View {
        name: "sockets",
        kind: "sockets",
        title: "Sockets",
        unit: "",
        scale: 1.0,
        top: None,
        layers: &[
            hill("tcp", "TCP", BLUE),
            line("tcp_time_wait", "TCP, waiting for late segments", AMBER),
            line("udp", "UDP", GREEN),
        ],
        about: "Sockets of the network.",
    },
    View {
        name: "udp",
        kind: "udp",
        title: "UDP",
        unit: "/s",
        scale: 1.0,
        top: None,
        layers: &[
            hill("in_datagrams", "received", GREEN),
            hill("out_datagrams", "sent", BLUE),
            rare(line("no_ports", "for nobody", AMBER)),
            rare(line("in_errors", "not delivered", RED)),
        ],
        about: "Datagrams.",
    },
    View {
        name: "unit-cpu",
        kind: "unit",
        title: "Service CPU",
        unit: "cores",
        scale: 1.0,
        top: None,
        layers: &[hill("cpu", "CPU", ORANGE)],
        about: "CPU time of a service.",
    },
    View {
        name: "unit-memory",
        kind: "unit",
        title: "Service memory",
        unit: "B",
        scale: 1.0,
        top: None,
        layers: &[hill("memory", "memory", BLUE)],
        about: "Memory of a service, its page cache included.",
    },
    View {
        name: "disk-traffic",
        kind: "disk",
        title: "Disk traffic",
        unit: "B/s",
        scale: 1.0,
        top: None,
        layers: &[
            hill("read_bytes", "read", BLUE),
            hill("write_bytes", "written", ORANGE),
            rare(line("discard_bytes", "discarded", GREY)),
        ],
        about: "Bytes to and from the disk.",
    },
    View {
        name: "disk-operations",
        kind: "disk",
        title: "Disk operations",
        unit: "/s",
        scale: 1.0,
        top: None,
        layers: &[
            hill("read_ops", "reads", BLUE),
            hill("write_ops", "writes", ORANGE),
            rare(line("flush_ops", "flushes", VIOLET)),
            rare(line("discard_ops", "discards", GREY)),
        ],
        about: "Requests that the disk completed.",
    },
    View {
        name: "disk-time",
        kind: "disk",
        title: "Disk waiting time",
        unit: "s",
        scale: 1.0,
        top: None,
        layers: &[
            line("read_await", "a read", BLUE),
            line("write_await", "a write", ORANGE),
            rare(line("flush_await", "a flush", VIOLET)),
        ],
        about: "How long a request took, waiting included. No line where there was no request.",
    },
    View {
        name: "disk-queue",
        kind: "disk",
        title: "Disk queue",
        unit: "",
        scale: 1.0,
        top: Some(1.0),
        layers: &[hill("queue", "requests in the queue", RED)],
        about: "Requests under way or waiting, on average: what tells that a disk is the bottleneck.",
    },
    View {
        name: "disk-use",
        kind: "disk",
        title: "Disk in use",
        unit: "%",
        scale: 100.0,
        top: Some(100.0),
        layers: &[hill("util", "time with a request", TEAL)],
        about: "The time with at least one request. Disks that work in parallel can do more at 100 %.",
    },
    View {
        name: "network-traffic",
        kind: "network",
        title: "Network traffic",
        unit: "B/s",
        scale: 1.0,
        top: None,
        layers: &[hill("rx_bytes", "received", GREEN), hill("tx_bytes", "sent", BLUE)],
        about: "Bytes through the interface.",
    },
    View {
        name: "network-packets",
        kind: "network",
        title: "Network packets",
        unit: "/s",
        scale: 1.0,
        top: None,
        layers: &[
            hill("rx_packets", "received", GREEN),
            hill("tx_packets", "sent", BLUE),
            rare(line("rx_dropped", "dropped in", AMBER)),
            rare(line("tx_dropped", "dropped out", ORANGE)),
            rare(line("rx_errors", "damaged in", RED)),
            rare(line("tx_errors", "failed out", PINK)),
        ],
        about: "Packets, and those that were lost.",
    },
    View {
        name: "apache-requests",
        kind: "apache",
        title: "Apache requests",
        unit: "/s",
        scale: 1.0,
        top: None,
        layers: &[hill("requests", "requests", BLUE)],
        about: "Requests answered.",
    },
    View {
        name: "apache-traffic",
        kind: "apache",
        title: "Apache traffic",
        unit: "B/s",
        scale: 1.0,
        top: None,
        layers: &[hill("bytes", "sent", GREEN)],
        about: "Bytes sent to clients.",
    },
    View {
        name: "apache-time",
        kind: "apache",
        title: "Apache request time",
        unit: "s",
        scale: 1.0,
        top: None,
        layers: &[
            line("request_seconds", "a request", BLUE),
            line("probe_seconds", "the status page itself", GREY),
        ],
        about: "How long requests took that ended in the interval.",
    },
    View {
        name: "apache-scoreboard",
        kind: "apache",
        title: "Apache scoreboard",
        unit: "workers",
        scale: 1.0,
        top: None,
        layers: &[
            stack("sending", "sending", BLUE),
            stack("reading", "reading", AMBER),
            stack("keepalive", "keep-alive", TEAL),
            stack("closing", "closing", VIOLET),
            rare(stack("logging", "logging", PINK)),
            rare(stack("dns", "DNS", BROWN)),
            rare(stack("starting", "starting", ORANGE)),
            rare(stack("finishing", "finishing", RED)),
            rare(stack("idle_cleanup", "cleanup", SKY)),
            stack("waiting", "waiting", GREEN),
        ],
        about: "What each worker was doing. When nothing waits any more, clients do.",
    },
    View {
        name: "apache-connections",
        kind: "apache",
        title: "Apache connections",
        unit: "",
        scale: 1.0,
        top: Some(1.0),
        layers: &[
            hill("conns_total", "all", GREY),
            line("conns_writing", "writing", BLUE),
            line("conns_keepalive", "keep-alive", TEAL),
            line("conns_closing", "closing", VIOLET),
            rare(line("conns_wait_io", "waiting for I/O", AMBER)),
        ],
        about: "Connections of the event server, also those that hold no worker.",
    },
    View {
        name: "apache-cpu",
        kind: "apache",
        title: "Apache CPU",
        unit: "cores",
        scale: 1.0,
        top: None,
        layers: &[hill("cpu", "CPU", ORANGE)],
        about: "CPU time of the server and its children.",
    },
    View {
        name: "nginx-requests",
        kind: "nginx",
        title: "nginx requests",
        unit: "/s",
        scale: 1.0,
        top: None,
        layers: &[
            hill("requests", "requests", BLUE),
            line("accepted", "connections", TEAL),
            rare(line("dropped", "connections dropped", RED)),
        ],
        about: "Requests answered, and connections they came by.",
    },
    View {
        name: "nginx-connections",
        kind: "nginx",
        title: "nginx connections",
        unit: "",
        scale: 1.0,
        top: None,
        layers: &[
            stack("reading", "reading", AMBER),
            stack("writing", "writing", BLUE),
            stack("waiting", "waiting", GREEN),
        ],
        about: "What each connection was doing.",
    },
    View {
        name: "memcached-requests",
        kind: "memcached",
        title: "memcached requests",
        unit: "/s",
        scale: 1.0,
        top: None,
        layers: &[
            hill("hits", "found", GREEN),
            line("misses", "asked for in vain", AMBER),
            line("sets", "stored", BLUE),
            rare(line("evictions", "thrown out early", RED)),
        ],
        about: "Commands answered, and values found.",
    },
    View {
        name: "memcached-memory",
        kind: "memcached",
        title: "memcached memory",
        unit: "B",
        scale: 1.0,
        top: None,
        layers: &[hill("memory", "held", BLUE), line("memory_limit", "allowed", GREY)],
        about: "Memory held by values, and all there is for them.",
    },
    View {
        name: "statsd-counter",
        kind: "statsd_counter",
        title: "Counter",
        unit: "/s",
        scale: 1.0,
        top: None,
        layers: &[hill("rate", "events", BLUE)],
        about: "Events that programs counted.",
    },
    View {
        name: "statsd-gauge",
        kind: "statsd_gauge",
        title: "Gauge",
        unit: "",
        scale: 1.0,
        top: None,
        layers: &[line("value", "value", GREEN)],
        about: "A value that programs set.",
    },
    View {
        name: "statsd-timer",
        kind: "statsd_timer",
        title: "Measurement",
        unit: "",
        scale: 1.0,
        top: None,
        layers: &[
            line("mean", "mean", BLUE),
            line("percentile_95", "95 of 100 below", AMBER),
            line("most", "highest", RED),
        ],
        about: "Times and sizes that programs measured.",
    },
    View {
        name: "statsd-set",
        kind: "statsd_set",
        title: "Set",
        unit: "",
        scale: 1.0,
        top: None,
        layers: &[hill("members", "members", VIOLET)],
        about: "Different things that programs saw.",
    },
    View {
        name: "collector",
        kind: "collector",
        title: "Collector",
        unit: "s",
        scale: 1.0,
        top: None,
        layers: &[
            line("took", "to sample and store", BLUE),
            line("late", "late", AMBER),
            rare(line("missed", "ticks missed per second", RED)),
        ],
        about: "How well the collector itself keeps time. Where a hypervisor reports no steal, being late tells of it.",
    },
    View {
        name: "collector-memory",
        kind: "collector",
        title: "Collector memory",
        unit: "B",
        scale: 1.0,
        top: None,
        layers: &[hill("memory", "memory", VIOLET)],
        about: "Memory of the collector itself.",
    },
    View {
        name: "processor",
        kind: "processor",
        title: "Processor",
        unit: "%",
        scale: 100.0,
        top: Some(100.0),
        layers: CPU_LAYERS,
        about: "What one CPU spent its time on.",
    },
];

/// The chart of this name.
pub(super) fn view(name: &str) -> Option<&'static View> {
    VIEWS.iter().find(|view| view.name == name)
}

/// Whether a view fits what a kind measures: every metric is there, and shares are shown as percent.
pub(super) fn fits(view: &View, kind: &Kind) -> bool {
    view.layers.iter().all(|layer| {
        kind.position(layer.metric).and_then(|position| kind.metrics.get(position)).is_some_and(
            |metric| view.unit != "%" || (metric.unit == Unit::Share && view.scale == 100.0),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::kinds;

    #[test]
    fn every_chart_shows_metrics_that_are_measured() {
        for view in VIEWS {
            let mut known =
                kinds().into_iter().chain(crate::statsd::KINDS).chain([&crate::own::OWN]);
            let kind = known.find(|kind| kind.name == view.kind).unwrap();
            assert!(fits(view, kind), "{}", view.name);
        }
    }

    #[test]
    fn names_of_charts_are_unique() {
        for (index, one) in VIEWS.iter().enumerate() {
            assert_eq!(VIEWS.iter().position(|view| view.name == one.name), Some(index));
        }
    }
}
