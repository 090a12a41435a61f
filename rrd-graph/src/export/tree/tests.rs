//! Trees of each program, with the names of their series.

use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;

use rrd_core::{Heartbeat, Rrd, Schema, Step, Timestamp};

use super::*;

/// Creates a database with these sources.
fn create(folder: &Path, file: &str, sources: &[&str]) {
    let path = folder.join(file);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let heartbeat = Heartbeat::from_seconds(600);
    let mut schema = Schema::builder(Step::from_seconds(300).unwrap());
    for source in sources {
        schema = schema.gauge(source, heartbeat);
    }
    let schema = schema.average(0.5, 1, 2).build().unwrap();
    Rrd::create(path, &schema, Timestamp::from_seconds(1_000_000_000)).unwrap();
}

/// A name as Prometheus writes it.
fn text(name: &SeriesName) -> String {
    let labels = name.labels().iter().map(|(name, value)| format!("{name}={value}"));
    format!("{}{{{}}}", name.name(), labels.collect::<Vec<_>>().join(","))
}

fn names(folder: &Path, kind: TreeKind) -> Vec<String> {
    let tree = Tree::read(folder, kind, 100).unwrap();
    assert!(tree.faults.is_empty(), "{:?}", tree.faults);
    tree.series.iter().map(|series| text(&series.name)).collect()
}

/// Names and files as one run of collectd 5.12 had them at `write_prometheus` and with its plugin
/// `rrdtool`, the names without `_total`.
#[test]
fn series_of_collectd_are_called_as_by_itself() {
    let both = ["rx", "tx"];
    for (file, sources, expected) in [
        ("a/cpu-0/cpu-idle", &["value"][..], "collectd_cpu{cpu=0,instance=a,type=idle}"),
        (
            "a/df-root/df_complex-free",
            &["value"],
            "collectd_df_df_complex{df=root,instance=a,type=free}",
        ),
        (
            "a/interface-lo/if_octets",
            &both[1..],
            "collectd_interface_if_octets_tx{instance=a,interface=lo}",
        ),
        ("a.b/load/load", &["midterm"], "collectd_load_midterm{instance=a.b}"),
        ("a/memory/memory-slab_recl", &["value"], "collectd_memory{instance=a,memory=slab_recl}"),
        ("a/processes/fork_rate", &["value"], "collectd_processes_fork_rate{instance=a}"),
        (
            "a/processes/ps_state-blocked",
            &["value"],
            "collectd_processes_ps_state{instance=a,processes=blocked}",
        ),
        ("h-2/ping/ping-1.2.3.4", &["value"], "collectd_ping{instance=h-2,ping=1.2.3.4}"),
        ("h2/exec-a-b/percent", &["value"], "collectd_exec_percent{exec=a-b,instance=h2}"),
        ("h2/gauge-q/gauge-r", &["value"], "collectd_gauge{gauge=q,instance=h2,type=r}"),
        ("h2/instance-q/gauge", &["value"], "collectd_instance_gauge{instance=q}"),
        // Prometheus 2 refuses these names of labels as collectd writes them.
        ("h2/9net-1/gauge-é", &["value"], "collectd_9net_gauge{_9net=1,instance=h2,type=é}"),
        (
            "h-2/my.plug-in st/gauge-a b",
            &["value"],
            "collectd_my_plug_gauge{instance=h-2,my_plug=in st,type=a b}",
        ),
        // Elsewhere it is a file like any other.
        (
            "a/b/c/load",
            &["value"],
            "collectd_load_value{file=load,path1=a,path2=b,path3=c,source=value}",
        ),
        ("a/-x/load", &["value"], "collectd_load_value{file=load,path1=a,path2=-x,source=value}"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        create(folder.path(), &format!("{file}.rrd"), sources);
        assert_eq!(names(folder.path(), TreeKind::Collectd), [expected]);
    }
}

#[test]
fn series_of_munin_are_called_as_its_datafile_or_else_as_their_files_say() {
    let folder = tempfile::tempdir().unwrap();
    for file in [
        "lab/web-1-load-load-g",
        "lab/web-1-if_eth0-down-d",
        "lab/inner/db-mg_one-sub-a-b-c",
        "lab/web-1-load-load-x",
    ] {
        create(folder.path(), &format!("{file}.rrd"), &["42"]);
    }
    let other = "munin_web_1_load_load_x_42{file=web-1-load-load-x,path1=lab,source=42}";
    assert_eq!(
        names(folder.path(), TreeKind::Munin),
        [
            "munin_a{field=b,group=lab;inner,host=db-mg_one-sub,type=counter}",
            "munin_if_eth0{field=down,group=lab,host=web-1,type=derive}",
            "munin_load{field=load,group=lab,host=web-1,type=gauge}",
            other,
        ]
    );
    let datafile = "version 2.0.73\n\
        lab;web-1:load.load.label load\n\
        lab;web-1:load.graph_title Load average\n\
        lab;inner;db:mg_one.sub.graph_title A part\n\
        lab;inner;db:mg_one.sub.a-b.label A field\n\
        no line\n\u{0}\n";
    fs::write(folder.path().join("datafile"), datafile).unwrap();
    assert_eq!(
        names(folder.path(), TreeKind::Munin),
        [
            "munin_if_eth0{field=down,group=lab,host=web-1,type=derive}",
            "munin_load{field=load,group=lab,host=web-1,type=gauge}",
            "munin_mg_one_sub{field=a-b,group=lab;inner,host=db,plugin=mg_one.sub,type=counter}",
            other,
        ]
    );
}

#[test]
fn files_of_other_programs_are_called_as_their_places() {
    let folder = tempfile::tempdir().unwrap();
    create(folder.path(), "grid/web 1/load_one.rrd", &["sum", "a-b"]);
    create(folder.path(), "top.rrd", &["value"]);
    let names = names(folder.path(), TreeKind::Plain);
    assert_eq!(
        names,
        [
            "rrd_load_one_a_b{file=load_one,path1=grid,path2=web 1,source=a-b}",
            "rrd_load_one_sum{file=load_one,path1=grid,path2=web 1,source=sum}",
            "rrd_top_value{file=top,source=value}",
        ]
    );
    let file = folder.path().join("top.rrd");
    let tree = Tree::read(&file, TreeKind::Plain, 1).unwrap();
    assert_eq!(text(&tree.series[0].name), names[2]);
    assert_eq!(&*tree.series[0].file, file);
}

#[test]
fn no_two_series_have_one_name() {
    let folder = tempfile::tempdir().unwrap();
    create(folder.path(), "a/exec/percent-x.rrd", &["value", "a-b", "a_b"]);
    create(folder.path(), "a/exec-x/percent.rrd", &["value"]);
    create(folder.path(), "a/exec-x/percent_a.rrd", &["b"]);
    assert_eq!(
        names(folder.path(), TreeKind::Collectd),
        [
            "collectd_exec_percent{database=a/exec-x/percent.rrd,exec=x,instance=a}",
            "collectd_exec_percent{exec=x,instance=a}",
            "collectd_exec_percent_a_b{database=a/exec-x/percent_a.rrd,exec=x,instance=a,source=b}",
            "collectd_exec_percent_a_b{exec=x,instance=a}",
            "collectd_exec_percent_a_b{exec=x,instance=a,source=a-b}",
        ]
    );
    // Names that are no text are called alike only as far as they are text.
    let folder = tempfile::tempdir().unwrap();
    create(folder.path(), "a.rrd", &["value"]);
    for byte in [0xfe, 0xff] {
        let name = std::ffi::OsStr::from_bytes(&[byte, b'.', b'r', b'r', b'd']).to_owned();
        fs::copy(folder.path().join("a.rrd"), folder.path().join(name)).unwrap();
    }
    assert_eq!(
        names(folder.path(), TreeKind::Plain),
        [
            "rrd___value{database=\\xff.rrd,file=\u{fffd},source=value}",
            "rrd___value{file=\u{fffd},source=value}",
            "rrd_a_value{file=a,source=value}",
        ]
    );
}

#[test]
fn what_cannot_be_read_is_reported_and_the_rest_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let top = folder.path();
    create(top, "real/a.rrd", &["value"]);
    create(top, ".hidden/a.rrd", &["value"]);
    create(top, "real/.b.rrd", &["value"]);
    fs::write(top.join("real/c.txt"), "").unwrap();
    fs::write(top.join("damaged.rrd"), "RRD").unwrap();
    // Links to a folder are followed once, wherever they are, and circles end.
    symlink("real", top.join("alias")).unwrap();
    symlink("..", top.join("real/circle")).unwrap();
    symlink("itself", top.join("itself")).unwrap();
    symlink("real/a.rrd", top.join("linked.rrd")).unwrap();
    symlink("/dev/null", top.join("null.rrd")).unwrap();
    let tree = Tree::read(top, TreeKind::Plain, 100).unwrap();
    let listed: Vec<_> = tree.series.iter().map(|series| text(&series.name)).collect();
    assert_eq!(
        listed,
        [
            "rrd_a_value{file=a,path1=real,source=value}",
            "rrd_linked_value{file=linked,source=value}"
        ]
    );
    let faults: Vec<_> = tree.faults.iter().map(ToString::to_string).collect();
    let path = |name: &str| top.join(name).display().to_string();
    assert_eq!(
        faults,
        [
            format!("cannot read {}", path("null.rrd")),
            format!("cannot read {}", path("itself")),
            format!(
                "{} leads to a folder of the same tree, which is read once",
                path("real/circle")
            ),
            format!("{} leads to a folder of the same tree, which is read once", path("alias")),
            format!("'{}' is not a valid database", path("damaged.rrd")),
        ]
    );
    let error = Tree::read(&top.join("missing"), TreeKind::Plain, 100).unwrap_err();
    assert_eq!(error.to_string(), format!("cannot read {}", path("missing")));
}

#[test]
fn a_tree_with_more_files_than_are_read_says_so() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a.rrd", "b.rrd", "c/d.rrd"] {
        create(folder.path(), name, &["value"]);
    }
    let tree = Tree::read(folder.path(), TreeKind::Plain, 2).unwrap();
    assert_eq!(tree.series.len(), 2);
    assert!(matches!(&tree.faults[..], [TreeFault::TooMany { limit: 2, .. }]), "{:?}", tree.faults);
}

#[test]
fn only_known_kinds_of_trees_are_read() {
    assert_eq!("munin".parse(), Ok(TreeKind::Munin));
    let error = "cacti".parse::<TreeKind>().unwrap_err();
    let expected = r#"unknown kind of tree "cacti": use collectd, munin or plain"#;
    assert_eq!(error.to_string(), expected);
}
