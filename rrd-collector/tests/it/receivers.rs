//! Receivers of samples: the engines that are installed, each on a folder and a port of its own
//! that it keeps over a restart.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::Stdio;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use tempfile::TempDir;

use crate::programs::{Running, free_port, has, installed, wait_until};

/// Labels with their values, `__name__` among them.
pub(crate) type Labels = BTreeMap<String, String>;
/// The samples of each series: milliseconds and values, in the order of their times.
pub(crate) type Stored = BTreeMap<Labels, Vec<(i64, f64)>>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    /// Takes samples in the order of their times only.
    Prometheus,
    /// The same, with a window of two days in which any order is taken.
    PrometheusWithWindow,
    VictoriaMetrics,
    InfluxDb,
}

impl Engine {
    fn program(self) -> &'static str {
        match self {
            Self::Prometheus | Self::PrometheusWithWindow => "prometheus",
            Self::VictoriaMetrics => "victoria-metrics",
            Self::InfluxDb => "influxd",
        }
    }
}

/// An engine, running or stopped.
pub(crate) struct Receiver {
    engine: Engine,
    folder: TempDir,
    port: u16,
    process: Option<Running>,
}

impl Receiver {
    /// Starts an engine without data; `None` if it is not installed.
    pub(crate) fn start(engine: Engine) -> Option<Self> {
        if !has(engine.program()) {
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let mut receiver = Self { engine, folder, port: free_port(), process: None };
        receiver.start_again();
        if engine == Engine::InfluxDb {
            wait_until("the database is created", || {
                receiver.ask("POST", "/query?q=CREATE%20DATABASE%20prom").is_some()
            });
        }
        Some(receiver)
    }

    /// Ends the engine; its data stay.
    pub(crate) fn stop(&mut self) {
        self.process = None;
    }

    /// Starts the engine on its data and its port, and waits until it answers.
    pub(crate) fn start_again(&mut self) {
        let mut process = self.spawn();
        let ready = match self.engine {
            Engine::Prometheus | Engine::PrometheusWithWindow => "/-/ready",
            Engine::VictoriaMetrics => "/health",
            Engine::InfluxDb => "/ping",
        };
        wait_until("the receiver is ready", || {
            // It ends if another program has the port at the moment.
            if !matches!(process.0.try_wait(), Ok(None)) {
                process = self.spawn();
            }
            self.ask("GET", ready).is_some()
        });
        self.process = Some(process);
    }

    fn spawn(&self) -> Running {
        let mut command = installed(self.engine.program());
        let (port, data) = (self.port, self.path("data"));
        match self.engine {
            Engine::Prometheus | Engine::PrometheusWithWindow => {
                let window = if self.engine == Engine::Prometheus { "0s" } else { "2d" };
                let settings = format!("storage: {{tsdb: {{out_of_order_time_window: {window}}}}}");
                command
                    .arg(format!("--config.file={}", self.written(&settings)))
                    .arg(format!("--storage.tsdb.path={}", data.display()))
                    .arg(format!("--web.listen-address=127.0.0.1:{port}"))
                    .arg("--web.enable-remote-write-receiver");
            }
            Engine::VictoriaMetrics => {
                command
                    .arg(format!("-storageDataPath={}", data.display()))
                    .arg(format!("-httpListenAddr=127.0.0.1:{port}"))
                    .arg("-retentionPeriod=10y");
            }
            Engine::InfluxDb => {
                let data = data.display();
                let settings = format!(
                    "reporting-disabled = true\nbind-address = \"127.0.0.1:0\"\n\
                     [meta]\ndir = \"{data}/meta\"\n\
                     [data]\ndir = \"{data}/data\"\nwal-dir = \"{data}/wal\"\n\
                     [monitor]\nstore-enabled = false\n\
                     [http]\nbind-address = \"127.0.0.1:{port}\"\n"
                );
                command.args(["run", "-config", &self.written(&settings)]);
            }
        }
        let log = fs::File::options().create(true).append(true).open(self.path("log")).unwrap();
        command.stdout(Stdio::null()).stderr(log);
        Running(command.spawn().unwrap())
    }

    /// Where samples are sent.
    pub(crate) fn url(&self) -> String {
        let path = match self.engine {
            Engine::InfluxDb => "/api/v1/prom/write?db=prom",
            _ => "/api/v1/write",
        };
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// Imports a text in the engine's own format, and returns what it says; `None` if it refuses.
    pub(crate) fn import(&self, text: &str) -> Option<String> {
        let path = match self.engine {
            Engine::InfluxDb => "/write?db=prom",
            _ => "/api/v1/import",
        };
        self.send("POST", path, text)
    }

    /// All samples of the last days of the series of a metric. Those that end a series are left
    /// out.
    pub(crate) fn stored(&self, metric: &str) -> Stored {
        match self.engine {
            Engine::Prometheus | Engine::PrometheusWithWindow => {
                let query = format!("/api/v1/query?query={}", encoded(&format!("{metric}[3d]")));
                let answer = self.json(&query);
                assert_eq!(answer["status"], "success", "{answer}");
                list(&answer["data"]["result"]).iter().map(of_prometheus).collect()
            }
            Engine::VictoriaMetrics => {
                let query = format!("/api/v1/export?match[]={}", encoded(metric));
                let lines = self.ask("GET", &query).unwrap_or_default();
                let mut stored = Stored::new();
                for line in lines.lines() {
                    let (labels, samples) = of_victoria(&serde_json::from_str(line).unwrap());
                    let series = stored.entry(labels).or_default();
                    series.extend(samples);
                    series.sort_by_key(|(time, _)| *time);
                }
                stored
            }
            Engine::InfluxDb => {
                let statement = format!("SELECT value FROM \"{metric}\" GROUP BY *");
                let query = format!("/query?db=prom&epoch=ms&q={}", encoded(&statement));
                let answer = self.json(&query);
                list(&answer["results"][0]["series"]).iter().map(of_influx).collect()
            }
        }
    }

    /// Whether the newest value of a metric is shown as the present one: not once its series has
    /// ended. Only Prometheus answers that at once.
    pub(crate) fn is_current(&self, metric: &str) -> bool {
        let answer = self.json(&format!("/api/v1/query?query={}", encoded(metric)));
        !list(&answer["data"]["result"]).is_empty()
    }

    /// What the engine has logged.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.path("log")).unwrap()
    }

    /// The engine's own metrics.
    pub(crate) fn metrics(&self) -> String {
        self.ask("GET", "/metrics").unwrap_or_default()
    }

    fn json(&self, path: &str) -> Value {
        let body = self.ask("GET", path).unwrap_or_default();
        serde_json::from_str(&body).unwrap_or_default()
    }

    /// The body of an answer with success.
    fn ask(&self, method: &str, path: &str) -> Option<String> {
        self.send(method, path, "")
    }

    /// The body of an answer with success to this text.
    fn send(&self, method: &str, path: &str, text: &str) -> Option<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        let length = text.len();
        write!(stream, "{method} {path} HTTP/1.0\r\nContent-Length: {length}\r\n\r\n{text}")
            .ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        let (head, body) = answer.split_once("\r\n\r\n")?;
        head.split(' ').nth(1)?.starts_with('2').then(|| body.to_owned())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The path of a file with the settings.
    fn written(&self, settings: &str) -> String {
        let file = self.path("settings");
        fs::write(&file, settings).unwrap();
        file.into_os_string().into_string().unwrap()
    }
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn labels(value: &Value) -> Labels {
    let pairs = value.as_object().into_iter().flatten();
    pairs.map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())).collect()
}

fn of_prometheus(series: &Value) -> (Labels, Vec<(i64, f64)>) {
    let sample = |pair: &Value| {
        // Seconds with three decimals.
        let time = format!("{:.3}", pair[0].as_f64().unwrap()).replace('.', "");
        (time.parse().unwrap(), pair[1].as_str().unwrap().parse().unwrap())
    };
    (labels(&series["metric"]), list(&series["values"]).iter().map(sample).collect())
}

fn of_victoria(series: &Value) -> (Labels, Vec<(i64, f64)>) {
    let times = list(&series["timestamps"]).iter().map(|time| time.as_i64().unwrap());
    let values = list(&series["values"]).iter().map(Value::as_f64);
    // The end of a series is null.
    let samples = times.zip(values).filter_map(|(time, value)| Some((time, value?)));
    (labels(&series["metric"]), samples.collect())
}

fn of_influx(series: &Value) -> (Labels, Vec<(i64, f64)>) {
    let mut labels = labels(&series["tags"]);
    labels.retain(|_, value| !value.is_empty());
    let sample = |row: &Value| (row[0].as_i64().unwrap(), row[1].as_f64().unwrap());
    (labels, list(&series["values"]).iter().map(sample).collect())
}
