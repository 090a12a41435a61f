//! What `--help` prints.

/// The commands and options.
pub const HELP: &str = "\
Samples this host into round-robin archives and shows them on a page.

Usage: rrd-collector [COMMAND] [OPTIONS]

Commands
  run                  sample, store, warn and serve the page (default)
  check                read the configuration and say what is wrong with it. With --connect also send
                       an empty message to each endpoint of remote write, and say whether it is taken
  check WHAT           answer as a Nagios plugin. WHAT is the name of a rule, or a value such as
                       cpu.steal or disk:vda.util with -w RANGE and -c RANGE (and --over 5m);
                       shares are in percent
  once                 sample for a second and print every value
  plan                 print which files there will be and how large
  probes               print what is measured
  charts               print which charts are packaged
  charts NAME [INSTANCE]
                       print one as a description that `rrd chart --file` draws
  munin PLUGIN [config]
                       call one of Munin's plugins as run does, and print what it prints
  export FORMAT        print what the archives hold for another engine: openmetrics (for promtool), vm
                       (VictoriaMetrics), influx, csv or jsonl; with the names of /metrics
  alert test RULE      let the running daemon do what it does when the rule warns, and print the
                       outcome of each action; for root and the daemon's user. With --here it is
                       done with your own rights

Options
  --config FILE        configuration (default: /etc/rrd-collector/rrd-collector.toml, if it is there);
                       FILE without .toml plus .d/*.toml add to it
  --data DIR           where the archives are (default: $STATE_DIRECTORY, else ./rrd-data; without these,
                       check WHAT, export and alert test look at the service's, /var/lib/rrd-collector)
  --listen ADDR:PORT   where the page is served, or unix:/path (default: 127.0.0.1:7300, or a free port;
                       may be given several times)
  --step DURATION      how often the host is sampled (default: 1s)
  --keep WORDS         how long which detail is kept, in new files
                       (default: \"1s for 1h, 10s for 6h, 1m for 2d, 10m for 14d, 1h for 60d, 1d for 5y\")
  --sync WHEN          when samples are on the disk: never (at the system's convenience), each (each round),
                       or after a time (default: 10s), which a power loss may cost
  --apache URL         sample an Apache server: http://[user:password@]host[:port]/server-status?auto
                       (may be given several times)
  --apache-step DURATION  how often Apache is asked (default: 10s)
  --rootfs DIR         the folder that stands for / (default: /)
  --procfs DIR         the folder that stands for /proc
  --sysfs DIR          the folder that stands for /sys
  --start TIME         export: from when on (default: the oldest row), e.g. end-30d
  --end TIME           export: until when (default: now, for openmetrics now-3h)
  --cf CF              export: MAX and MIN instead of AVERAGE, as NAME_max and NAME_min (may be repeated)
  --split DURATION     export: a file for each period, e.g. 31d; complete ones are kept
  -o, --output PATH    export: a file, or with --split the folder of the files (default: standard output)
  --label NAME=VALUE   export: a further label; instance or job replace those of this host (may be repeated)
  --densify            export: rows of more than 4 minutes every 4 minutes; sums and counts are then wrong
  --log-format FORM    text, journal (with priorities) or json (default: journal if standard error is the journal, else text)
  -h, --help           print this
  -V, --version        print the version

Stops cleanly on SIGTERM and SIGINT, reads its configuration again on SIGHUP.
RUST_LOG sets what is logged (error, warn, info, debug).
";
