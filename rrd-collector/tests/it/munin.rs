//! Munin's plugins under our daemon, compared with `munin-run`.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use rrd_collector::source::meter::MeterKind;
use rrd_collector::source::munin::protocol::{Graph, parse};
use rrd_core::{ConsolidationFunction, FetchRequest, RrdReader, TimeRange};
use serde_json::Value;

use crate::programs::{Collector, configure, has, installed, script, wait_until};

/// Plugins that only need the kernel, and their names in the folder.
const PLUGINS: [(&str, &str); 24] = [
    ("cpu", "cpu"),
    ("df", "df"),
    ("df_inode", "df_inode"),
    ("diskstats", "diskstats"),
    ("entropy", "entropy"),
    ("forks", "forks"),
    ("fw_packets", "fw_packets"),
    ("if_", "if_lo"),
    ("if_err_", "if_err_lo"),
    ("interrupts", "interrupts"),
    ("irqstats", "irqstats"),
    ("load", "load"),
    ("memory", "memory"),
    ("meminfo", "meminfo"),
    ("netstat", "netstat"),
    ("open_files", "open_files"),
    ("open_inodes", "open_inodes"),
    ("proc_pri", "proc_pri"),
    ("processes", "processes"),
    ("swap", "swap"),
    ("tcp", "tcp"),
    ("threads", "threads"),
    ("uptime", "uptime"),
    ("vmstat", "vmstat"),
];

struct Node {
    folder: tempfile::TempDir,
}

impl Node {
    /// A node with folders for plugins and their settings, and a configuration of ours that uses
    /// them.
    fn new(step: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let node = Self { folder };
        for name in ["plugins", "conf"] {
            fs::create_dir(node.path(name)).unwrap();
        }
        let config = format!(
            "[munin]\nplugins = \"{}\"\nsettings = \"{}\"\nstep = \"{step}\"\n",
            node.path("plugins").display(),
            node.path("conf").display()
        );
        configure(node.folder.path(), &config);
        node
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn script(&self, name: &str, text: &str) {
        script(&self.path("plugins").join(name), text);
    }

    fn start(&self) -> Collector {
        let config = self.path("rrd-collector.toml");
        Collector::start(&self.path("data"), &["--config", config.to_str().unwrap()])
    }

    /// The output of our command.
    fn ours(&self, words: &[&str]) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rrd-collector"));
        command.arg("munin").args(words).arg("--config").arg(self.path("rrd-collector.toml"));
        printed(command.arg("--data").arg(self.path("data")))
    }

    /// The output of Munin's own command, without its warning for anybody but root.
    fn theirs(&self, words: &[&str]) -> String {
        let text = printed(&mut self.munin_run(words));
        let warning = "# Warning: Root privileges";
        text.split_inclusive('\n').filter(|line| !line.starts_with(warning)).collect()
    }

    fn munin_run(&self, words: &[&str]) -> Command {
        let mut command = installed("munin-run");
        command.arg("--servicedir").arg(self.path("plugins"));
        command.arg("--sconfdir").arg(self.path("conf")).args(words);
        command
    }

    /// Whether Munin gets values from the plugin on this host.
    fn answers(&self, plugin: &str) -> bool {
        let asked = |words: &[&str]| self.munin_run(words).output().unwrap();
        let output = asked(&[plugin]);
        let has_values = !values(&String::from_utf8_lossy(&output.stdout)).is_empty();
        output.status.success() && has_values && asked(&[plugin, "config"]).status.success()
    }
}

fn printed(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

/// Values by graph and field.
fn values(text: &str) -> BTreeMap<(String, String), f64> {
    let fields = |graph: Graph| {
        graph.fields.into_iter().filter_map(move |field| {
            Some(((graph.name.clone(), field.name.clone()), field.values.first()?.1))
        })
    };
    parse(text).0.into_iter().flat_map(fields).collect()
}

fn is_counter(config: &str, of: &(String, String)) -> bool {
    let (graphs, _) = parse(config);
    let field = graphs
        .iter()
        .filter(|graph| graph.name == of.0)
        .flat_map(|graph| &graph.fields)
        .find(|field| field.name == of.1);
    field.is_some_and(|field| matches!(field.kind(), MeterKind::Derive | MeterKind::Counter))
}

/// A plugin called by us between two calls by Munin: the same description, the same fields, values
/// in between.
fn compare(node: &Node, name: &str) {
    let config = node.ours(&[name, "config"]);
    assert_eq!(config, node.theirs(&[name, "config"]), "{name}");
    // diskstats divides by the whole seconds since its previous call; Munin's was in `answers`.
    let pause = || {
        if name == "diskstats" {
            std::thread::sleep(Duration::from_millis(1_100));
        }
    };
    if name == "diskstats" {
        // Our first call only stores.
        node.ours(&[name]);
    }
    // On a busy machine a value may be far from those before and after, but not each time.
    wait_until(&format!("{name} says the same"), || {
        pause();
        let before = values(&node.theirs(&[name]));
        pause();
        let ours = values(&node.ours(&[name]));
        let after = values(&node.theirs(&[name]));
        assert!(!ours.is_empty(), "{name} gives no value");
        assert_eq!(ours.keys().collect::<Vec<_>>(), before.keys().collect::<Vec<_>>(), "{name}");
        let other = ours.iter().find(|(field, value)| {
            let (first, last) = (before[*field], after[*field]);
            if is_counter(&config, field) {
                !(first <= **value && **value <= last)
            } else {
                // Values may go up and down between two calls; diskstats reports the time since its
                // own last call.
                let slack = 50.0 + (first.abs() + last.abs()) / 4.0 + (last - first).abs();
                let is_compared = name != "diskstats" && first.is_finite() && last.is_finite();
                is_compared && (**value - first).abs() > slack
            }
        });
        if let Some((field, value)) = other {
            println!("{name} {field:?}: {value} between {} and {}", before[field], after[field]);
        }
        other.is_none()
    });
}

#[test]
fn munins_plugins_say_under_us_what_they_say_under_munin_run() {
    if !has("munin-run") {
        return;
    }
    let node = Node::new("5m");
    fs::write(node.path("conf/node"), "[df*]\nenv.warning 92\nenv.exclude_re ^/run/user\n")
        .unwrap();
    fs::write(node.path("conf/own"), "[if_*]\nuser root\n").unwrap();
    let mut compared = 0;
    for (file, name) in PLUGINS {
        let target = Path::new("/usr/share/munin/plugins").join(file);
        let link = node.path("plugins").join(name);
        symlink(&target, link).unwrap();
        // Packages differ in their plugins, and hosts in what these find.
        if target.is_file() && node.answers(name) {
            compare(&node, name);
            compared += 1;
        } else {
            println!("not run: {name} gives no value here");
        }
    }
    assert!(compared >= 12, "{compared}");
}

#[test]
fn what_plugins_give_is_in_files_and_on_the_page() {
    let node = Node::new("1s");
    fs::write(node.path("conf/shop"), "[shop*]\nenv.answer 42\n").unwrap();
    // A plugin that prints everything at once, with its own times.
    node.script(
        "shop",
        "[ \"$MUNIN_CAP_DIRTYCONFIG\" = 1 ] || exit 1\nnow=$(date +%s)\n\
        echo multigraph shop_orders\necho graph_title Orders '<today>'\necho update_rate 1\n\
        echo orders.label orders\necho orders.type DERIVE\necho orders.draw AREA\n\
        echo orders.value $now:$((now * 7))\n\
        echo multigraph shop_stock\necho graph_title Stock\necho boxes.value $answer\n",
    );
    // One that describes more later, one that fails, one that is not a program.
    node.script(
        "growing",
        "state=$MUNIN_STATEFILE\nif [ \"$1\" = config ]; then echo a.label a; [ -e $state ] && echo b.label b; exit 0; fi\n\
        echo a.value 1; [ -e $state ] && echo b.value 2; touch $state\n",
    );
    node.script("broken", "echo trouble >&2; exit 3\n");
    fs::write(node.path("plugins/README"), "no program").unwrap();
    let collector = node.start();
    let file = |name: &str| node.path("data/munin").join(name);
    let sources = |name: &str| {
        let reader = RrdReader::open(file(name));
        reader.map_or(0, |reader| reader.schema().sources().len())
    };
    wait_until("the file has got its second value", || sources("growing.rrd") == 2);
    let known = |instance: &str| {
        let path = format!("/api/v1/fetch?group=munin&instance={instance}&start=-20");
        let rows: Value = serde_json::from_str(&collector.get(&path).1).unwrap_or_default();
        rows["rows"].as_array().map_or(0, |rows| rows.iter().filter(|row| row[1].is_f64()).count())
    };
    wait_until("rates are stored", || known("shop_orders") >= 2 && known("shop_stock") >= 2);
    let (status, page) = collector.get("/");
    assert_eq!(status, 200);
    assert!(
        page.contains("<h2>Munin</h2>") && page.contains("Orders &lt;today&gt;"),
        "{page:.2000}"
    );
    let (status, svg) = collector.get("/chart/munin.svg?instance=shop_orders&start=-60");
    assert_eq!(status, 200);
    assert!(svg.contains("orders"));
    let log = collector.stop();
    assert_eq!(log.matches("munin broken: config: exit status: 3: trouble").count(), 1, "{log}");
    for (name, expected) in [("shop_orders.rrd", 7.0), ("shop_stock.rrd", 42.0)] {
        let reader = RrdReader::open(file(name)).unwrap();
        let end = reader.last_update().seconds();
        let function = ConsolidationFunction::Average;
        let range = TimeRange::from_seconds(end - 30, end - 1);
        let series = reader.fetch(&FetchRequest::new(function, range)).unwrap();
        let known: Vec<f64> = series.values().filter(|value| value.is_finite()).collect();
        assert!(!known.is_empty() && known.iter().all(|v| *v == expected), "{name}: {known:?}");
    }
    let planned = printed(
        Command::new(env!("CARGO_BIN_EXE_rrd-collector"))
            .args(["plan", "--config"])
            .arg(node.path("rrd-collector.toml"))
            .arg("--data")
            .arg(node.path("data")),
    );
    assert!(planned.contains("munin/growing.rrd "), "{planned}");
    assert!(planned.contains("# munin broken: config: exit status: 3: trouble"), "{planned}");
}

#[test]
fn a_plugin_that_runs_dies_with_a_daemon_that_is_killed() {
    let node = Node::new("1s");
    fs::create_dir(node.path("pids")).unwrap();
    fs::set_permissions(node.path("pids"), fs::Permissions::from_mode(0o777)).unwrap();
    let pids = node.path("pids");
    let script =
        format!("sleep 300 &\necho $! > {0}/child\necho $$ > {0}/leader\nwait\n", pids.display());
    node.script("lasting", &script);
    let collector = node.start();
    wait_until("the plugin runs", || {
        fs::read_to_string(pids.join("leader")).is_ok_and(|text| text.ends_with('\n'))
    });
    collector.kill();
    for name in ["leader", "child"] {
        let id = fs::read_to_string(pids.join(name)).unwrap();
        wait_until("the plugin is dead", || {
            let stat = fs::read_to_string(format!("/proc/{}/stat", id.trim()));
            stat.map_or(true, |stat| stat.contains(") Z"))
        });
    }
}
