//! What telemetry says of itself in the program's log.

use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer};

/// A layer that keeps the messages under our own target.
#[derive(Clone, Default)]
pub(crate) struct Log {
    lines: Arc<Mutex<Vec<String>>>,
}

impl Log {
    /// The lines in which `word` stands.
    pub(crate) fn lines_with(&self, word: &str) -> Vec<String> {
        self.lines.lock().unwrap().iter().filter(|line| line.contains(word)).cloned().collect()
    }

    /// The one line in which `word` stands.
    pub(crate) fn line_with(&self, word: &str) -> String {
        let found = self.lines_with(word);
        assert_eq!(found.len(), 1, "lines with {word}: {found:?} of {:?}", self.lines.lock().unwrap());
        found[0].clone()
    }
}

impl<S: Subscriber> Layer<S> for Log {
    fn on_event(&self, event: &Event<'_>, _ctx: Context<'_, S>) {
        if event.metadata().target() == "tracing_genai" {
            let mut message = Message(String::new());
            event.record(&mut message);
            self.lines.lock().unwrap().push(message.0);
        }
    }
}

struct Message(String);

impl Visit for Message {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            self.0 = format!("{value:?}");
        }
    }
}
