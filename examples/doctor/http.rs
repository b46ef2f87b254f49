//! Asking a backend, and asking again until it has taken in what was sent.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::seen::Seen;

/// What may pass until a backend shows what it took.
const PATIENCE: Duration = Duration::from_secs(60);
/// What one answer may take, also where nothing answers at all.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The answer to a GET, or null.
pub(crate) fn get(url: &str) -> Value {
    let request = ureq::get(url).config().timeout_global(Some(TIMEOUT)).build().header("accept", "application/json");
    request.call().ok().map_or(Value::Null, |mut answer| read(&mut answer))
}

/// The answer to a POST of JSON, or null.
pub(crate) fn post(url: &str, body: &Value) -> Value {
    let request = ureq::post(url).config().timeout_global(Some(TIMEOUT)).build();
    let request = request.header("content-type", "application/json");
    request.send(body.to_string()).ok().map_or(Value::Null, |mut answer| read(&mut answer))
}

/// Looks until there are `count` spans, or patience ends; then what there is.
pub(crate) fn until(count: usize, look: impl Fn() -> Vec<Seen>) -> Vec<Seen> {
    let started = Instant::now();
    loop {
        let spans = look();
        if spans.len() >= count || started.elapsed() > PATIENCE {
            return spans;
        }
        // There is nothing to wait for but the next answer.
        std::thread::sleep(Duration::from_millis(200));
    }
}

fn read(answer: &mut ureq::http::Response<ureq::Body>) -> Value {
    let text = answer.body_mut().read_to_string().unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_default()
}
