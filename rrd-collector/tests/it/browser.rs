//! A real browser, controlled through its debugging pipe: JSON messages that end with a zero byte,
//! on descriptors 3 and 4.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::programs::DEADLINE;

/// A browser with one page.
pub(crate) struct Browser {
    process: Child,
    input: ChildStdin,
    messages: Receiver<Value>,
    session: String,
    calls: u64,
    /// Messages of the page: errors, warnings, requests.
    events: Vec<Value>,
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Browser {
    /// Starts a browser with its profile in this folder, and a window of this size.
    pub(crate) fn start(profile: &Path, width: u32, height: u32) -> Self {
        let words = "exec chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run \
            --disable-background-networking --disable-component-update --disable-sync --hide-scrollbars \
            --remote-debugging-pipe --user-data-dir=\"$0\" about:blank 3<&0 4>&1 0</dev/null 1>/dev/null 2>/dev/null";
        let mut process = Command::new("sh")
            .args(["-c", words])
            .arg(profile)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (input, output) = (process.stdin.take().unwrap(), process.stdout.take().unwrap());
        let (session, calls, events) = (String::new(), 0, Vec::new());
        let mut browser = Self { process, input, messages: listen(output), session, calls, events };
        let target = browser.call("Target.createTarget", json!({ "url": "about:blank" }));
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        let attached = browser.call("Target.attachToTarget", attach);
        attached["sessionId"].as_str().unwrap().clone_into(&mut browser.session);
        for domain in ["Page", "Runtime", "Log", "Network"] {
            browser.call(&format!("{domain}.enable"), json!({}));
        }
        browser.resize(width, height);
        browser
    }

    /// Sets the size of the window; a narrow one is a phone's.
    pub(crate) fn resize(&mut self, width: u32, height: u32) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500 });
        self.call("Emulation.setDeviceMetricsOverride", size);
    }

    /// Prefers `dark` or `light`.
    pub(crate) fn prefer(&mut self, scheme: &str) {
        let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.call("Emulation.setEmulatedMedia", features);
    }

    pub(crate) fn open(&mut self, address: &str) {
        self.call("Page.navigate", json!({ "url": address }));
    }

    /// The value of an expression of the page's script.
    pub(crate) fn value(&mut self, expression: &str) -> Value {
        self.try_value(expression).unwrap_or_else(|answer| panic!("{expression}: {answer}"))
    }

    fn try_value(&mut self, expression: &str) -> Result<Value, Value> {
        let question =
            json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        let answer = self.try_call("Runtime.evaluate", question)?;
        match answer.get("exceptionDetails") {
            Some(exception) => Err(exception.clone()),
            None => Ok(answer["result"]["value"].clone()),
        }
    }

    /// Waits until an expression is true. A page that is being left has no value.
    pub(crate) fn wait_until(&mut self, expression: &str) {
        self.wait_for(&format!("Boolean({expression})"), &json!(true));
    }

    /// Waits until an expression has a value. A failure shows the one that it has instead.
    pub(crate) fn wait_for(&mut self, expression: &str, wanted: &Value) {
        let begun = Instant::now();
        loop {
            let value = self.try_value(expression);
            if value.as_ref() == Ok(wanted) {
                return;
            }
            assert!(begun.elapsed() < DEADLINE, "in vain: {expression}: {}", shown(&value));
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Moves the pointer, with the button `down` or not.
    pub(crate) fn pointer(&mut self, kind: &str, x: f64, y: f64) {
        let (button, count) = if kind == "mouseMoved" { ("none", 0) } else { ("left", 1) };
        let buttons = i32::from(kind == "mousePressed");
        self.call(
            "Input.dispatchMouseEvent",
            json!({ "type": kind, "x": x, "y": y, "button": button, "buttons": buttons, "clickCount": count }),
        );
    }

    /// Presses a key.
    pub(crate) fn key(&mut self, key: &str) {
        for kind in ["keyDown", "keyUp"] {
            let mut event = json!({ "type": kind, "key": key, "code": key });
            if key.len() == 1 && kind == "keyDown" {
                event["text"] = json!(key);
            }
            self.call("Input.dispatchKeyEvent", event);
        }
    }

    /// Calls a method of a debugging domain.
    pub(crate) fn call(&mut self, method: &str, parameters: Value) -> Value {
        self.try_call(method, parameters).unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    fn try_call(&mut self, method: &str, parameters: Value) -> Result<Value, Value> {
        self.calls += 1;
        let mut message = json!({ "id": self.calls, "method": method });
        message["params"] = parameters;
        if !self.session.is_empty() {
            message["sessionId"] = json!(self.session);
        }
        self.input.write_all(message.to_string().as_bytes()).unwrap();
        self.input.write_all(&[0]).unwrap();
        loop {
            let answer = self.messages.recv_timeout(DEADLINE).expect("the browser answers");
            if answer["id"] == self.calls {
                return match answer.get("error") {
                    Some(error) => Err(error.clone()),
                    None => Ok(answer["result"].clone()),
                };
            }
            self.events.push(answer);
        }
    }

    /// The problems of the page so far: its console, its exceptions, and the browser's log.
    pub(crate) fn complaints(&self) -> Vec<String> {
        let complaint = |event: &&Value| match event["method"].as_str() {
            Some("Runtime.consoleAPICalled") => {
                matches!(event["params"]["type"].as_str(), Some("error" | "warning"))
            }
            Some("Runtime.exceptionThrown" | "Log.entryAdded") => true,
            _ => false,
        };
        self.events.iter().filter(complaint).map(ToString::to_string).collect()
    }

    /// Bytes of the bodies that came over the network, as they were sent.
    pub(crate) fn received(&self) -> u64 {
        let data = self.events.iter().filter(|event| event["method"] == "Network.dataReceived");
        data.map(|event| event["params"]["encodedDataLength"].as_u64().unwrap()).sum()
    }

    /// The requests for addresses with this part that were answered, and the statuses as the server
    /// gave them.
    pub(crate) fn statuses(&self, part: &str) -> Vec<(String, u64)> {
        let of = |method: &'static str| {
            self.events.iter().filter(move |event| event["method"] == method)
        };
        let address = |answer: &Value| {
            let id = &answer["params"]["requestId"];
            let mut requests = of("Network.requestWillBeSent");
            let request = requests.find(|request| request["params"]["requestId"] == *id)?;
            Some(request["params"]["request"]["url"].as_str()?.to_owned())
        };
        let answers = of("Network.responseReceivedExtraInfo").filter_map(|answer| {
            Some((address(answer)?, answer["params"]["statusCode"].as_u64().unwrap()))
        });
        answers.filter(|(address, _)| address.contains(part)).collect()
    }

    /// The addresses that were requested.
    pub(crate) fn requests(&self) -> Vec<String> {
        let sent =
            self.events.iter().filter(|event| event["method"] == "Network.requestWillBeSent");
        sent.map(|event| event["params"]["request"]["url"].as_str().unwrap().to_owned()).collect()
    }
}

/// The beginning of a value or an error: a page may be long.
fn shown(value: &Result<Value, Value>) -> String {
    let text = value.as_ref().unwrap_or_else(|error| error).to_string();
    text.chars().take(2000).collect()
}

fn listen(mut output: ChildStdout) -> Receiver<Value> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let (mut rest, mut buffer) = (Vec::new(), vec![0; 1 << 16]);
        while let Ok(read) = output.read(&mut buffer) {
            if read == 0 {
                return;
            }
            rest.extend_from_slice(&buffer[..read]);
            while let Some(end) = rest.iter().position(|byte| *byte == 0) {
                let message = serde_json::from_slice(&rest[..end]).unwrap();
                rest.drain(..=end);
                if sender.send(message).is_err() {
                    return;
                }
            }
        }
    });
    receiver
}
