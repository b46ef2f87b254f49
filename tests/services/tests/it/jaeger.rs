//! Jaeger, asked through its API.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use serde_json::Value;

/// A server that has not shown a trace by then has lost it.
const DEADLINE: Duration = Duration::from_secs(60);

/// A trace as Jaeger shows it.
#[derive(Debug)]
pub(crate) struct Trace {
    pub(crate) spans: Vec<Span>,
}

/// A span as Jaeger shows it.
#[derive(Debug)]
pub(crate) struct Span {
    /// The service of the process that made it.
    pub(crate) service: String,
    pub(crate) name: String,
    pub(crate) id: String,
    pub(crate) parent: Option<String>,
    pub(crate) start: u64,
    pub(crate) end: u64,
    /// Values with the type that they arrived with: `int64`, `float64`, `string`, `bool`.
    pub(crate) tags: HashMap<String, (String, Value)>,
    /// Attributes of each event; its name stands under `event`.
    pub(crate) events: Vec<HashMap<String, Value>>,
}

/// Where a server is, as `tests/run` says.
pub(crate) fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run these tests with tests/run"))
}

/// The traces of a service, once there are `count` of `spans` spans each.
pub(crate) fn traces(service: &str, count: usize, spans: usize) -> Vec<Trace> {
    let url = format!("{}/api/traces?service={service}&limit=100&lookback=1h", variable("TEST_JAEGER_QUERY"));
    let started = Instant::now();
    loop {
        let found = query(&url);
        if found.len() >= count && found.iter().all(|trace| trace.spans.len() >= spans) {
            return found;
        }
        let counts: Vec<usize> = found.iter().map(|trace| trace.spans.len()).collect();
        assert!(started.elapsed() < DEADLINE, "Jaeger shows traces of {counts:?} spans for {service}");
        // There is nothing to wait for but the next answer.
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn query(url: &str) -> Vec<Trace> {
    let Ok(mut answer) = ureq::get(url).call() else { return Vec::new() };
    let answer: Value =
        serde_json::from_str(&answer.body_mut().read_to_string().unwrap_or_default()).unwrap_or_default();
    let traces = answer["data"].as_array().cloned().unwrap_or_default();
    traces
        .iter()
        .map(|trace| {
            let service = |span: &Value| trace["processes"][span["processID"].as_str()?]["serviceName"].as_str();
            let spans = trace["spans"].as_array().into_iter().flatten();
            Trace { spans: spans.map(|json| span(json, service(json).unwrap_or_default())).collect() }
        })
        .collect()
}

fn span(json: &Value, service: &str) -> Span {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let start = json["startTime"].as_u64().unwrap_or_default();
    let fields = |list: &Value| -> Vec<(String, String, Value)> {
        let list = list.as_array().cloned().unwrap_or_default();
        list.iter().map(|field| (text(&field["key"]), text(&field["type"]), field["value"].clone())).collect()
    };
    Span {
        service: service.to_owned(),
        name: text(&json["operationName"]),
        id: text(&json["spanID"]),
        parent: json["references"]
            .as_array()
            .into_iter()
            .flatten()
            .find(|reference| reference["refType"] == "CHILD_OF")
            .map(|reference| text(&reference["spanID"])),
        start,
        end: start + json["duration"].as_u64().unwrap_or_default(),
        tags: fields(&json["tags"]).into_iter().map(|(key, kind, value)| (key, (kind, value))).collect(),
        events: json["logs"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|event| fields(&event["fields"]).into_iter().map(|(key, _, value)| (key, value)).collect())
            .collect(),
    }
}

impl Trace {
    /// The one span of a name.
    pub(crate) fn span(&self, name: &str) -> &Span {
        let found: Vec<&Span> = self.spans.iter().filter(|span| span.name == name).collect();
        assert_eq!(
            found.len(),
            1,
            "spans named {name} in {:?}",
            self.spans.iter().map(|span| &span.name).collect::<Vec<_>>()
        );
        found[0]
    }

    /// All spans of a name, by their start.
    pub(crate) fn all(&self, name: &str) -> Vec<&Span> {
        let mut found: Vec<&Span> = self.spans.iter().filter(|span| span.name == name).collect();
        found.sort_by_key(|span| span.start);
        found
    }

    /// The span that has no parent.
    pub(crate) fn root(&self) -> &Span {
        let roots: Vec<&Span> = self.spans.iter().filter(|span| span.parent.is_none()).collect();
        assert_eq!(roots.len(), 1, "roots");
        roots[0]
    }
}

impl Span {
    /// A text value.
    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        self.tags.get(key).and_then(|(_, value)| value.as_str())
    }

    /// A value that arrived as an integer, not as text that looks like one.
    pub(crate) fn int(&self, key: &str) -> Option<i64> {
        let (kind, value) = self.tags.get(key)?;
        assert_eq!(kind, "int64", "{key} of {}", self.name);
        value.as_i64()
    }

    /// A value that arrived as a double.
    pub(crate) fn double(&self, key: &str) -> Option<f64> {
        let (kind, value) = self.tags.get(key)?;
        assert_eq!(kind, "float64", "{key} of {}", self.name);
        value.as_f64()
    }
}
