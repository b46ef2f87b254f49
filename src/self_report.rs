//! How telemetry that fails says so: `tracing` events under our own target, at most once per cause and minute.

use std::collections::HashMap;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tracing::dispatcher::WeakDispatch;
use tracing::subscriber::NoSubscriber;
use tracing::{Dispatch, Level, dispatcher};

/// Causes of the last minute that are remembered; more of them share one slot.
const MAX_CAUSES: usize = 256;
const QUIET: Duration = Duration::from_secs(60);
/// Sentences that wait for somebody who listens.
const MAX_HELD: usize = 32;

/// Says what went wrong to the program's own log. Clones share what was said.
#[derive(Clone, Default)]
pub(crate) struct SelfReport {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    dispatch: Mutex<Option<WeakDispatch>>,
    said: Mutex<HashMap<String, Said>>,
    /// Said before there was a subscriber.
    held: Mutex<Vec<(Level, String)>>,
}

struct Said {
    at: Instant,
    held_back: u64,
}

impl SelfReport {
    /// Where the events go: the worker's own thread has no subscriber, so that exports are not traced.
    pub(crate) fn speak_through(&self, dispatch: &Dispatch) {
        let mut slot = self.shared.dispatch.lock().unwrap_or_else(PoisonError::into_inner);
        *slot = Some(dispatch.downgrade());
    }

    /// Says what was held back until there was a subscriber. Not to be called from inside a layer.
    pub(crate) fn say_held(&self) {
        let held = std::mem::take(&mut *self.shared.held.lock().unwrap_or_else(PoisonError::into_inner));
        for (level, message) in held {
            self.speak(level, None, &message);
        }
    }

    /// A warning, unless the same `cause` was said within the last minute. `message` names the remedy.
    pub(crate) fn warn(&self, cause: &str, message: impl fmt::Display) {
        self.say(Level::WARN, cause, &message);
    }

    /// As [`warn`](Self::warn), for what is as it should be and worth knowing.
    pub(crate) fn inform(&self, cause: &str, message: impl fmt::Display) {
        self.say(Level::INFO, cause, &message);
    }

    /// Whether `cause` would be held back now.
    pub(crate) fn is_quiet(&self, cause: &str) -> bool {
        let said = self.shared.said.lock().unwrap_or_else(PoisonError::into_inner);
        said.get(cause).is_some_and(|last| last.at.elapsed() < QUIET)
    }

    fn say(&self, level: Level, cause: &str, message: &dyn fmt::Display) {
        if let Some(held_back) = self.may_say(cause, Instant::now()) {
            self.speak(level, (held_back > 0).then_some(held_back), message);
        }
    }

    fn speak(&self, level: Level, held_back: Option<u64>, message: &dyn fmt::Display) {
        let dispatch = {
            let slot = self.shared.dispatch.lock().unwrap_or_else(PoisonError::into_inner);
            slot.as_ref().and_then(WeakDispatch::upgrade)
        };
        let message = message.to_string();
        // Of no span: one that is ending now may be current, and is locked. The program's log is foreign code. Where it
        // panics, the sentence is lost, and not what the thread is at.
        let say = || {
            let _ = catch_unwind(AssertUnwindSafe(|| {
                if level == Level::WARN {
                    tracing::warn!(target: "tracing_genai", parent: None, held_back, "{message}");
                } else {
                    tracing::info!(target: "tracing_genai", parent: None, held_back, "{message}");
                }
            }));
        };
        match dispatch {
            Some(dispatch) => dispatcher::with_default(&dispatch, say),
            None if dispatcher::get_default(|current| !current.is::<NoSubscriber>()) => say(),
            // No layer of ours was seen, or not yet. The program's global subscriber is heard from a new thread: this
            // one may be the worker's, which has none.
            None => {
                thread::scope(|scope| {
                    let voice = thread::Builder::new().name("tracing-genai-voice".to_owned());
                    // Without a thread it stays unsaid; the report has it.
                    let _ = voice.spawn_scoped(scope, || {
                        if dispatcher::get_default(Dispatch::is::<NoSubscriber>) {
                            self.hold(level, &message);
                        } else {
                            say();
                        }
                    });
                });
            }
        }
    }

    /// Keeps a sentence until somebody listens.
    fn hold(&self, level: Level, message: &str) {
        let mut held = self.shared.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.len() < MAX_HELD {
            held.push((level, message.to_owned()));
        }
    }

    /// How many were held back since the last one, or nothing when this one is to be held back too.
    fn may_say(&self, cause: &str, now: Instant) -> Option<u64> {
        let mut said = self.shared.said.lock().unwrap_or_else(PoisonError::into_inner);
        let is_full = |said: &HashMap<String, Said>| said.len() >= MAX_CAUSES && !said.contains_key(cause);
        if is_full(&said) {
            // What was said before that holds nothing back.
            said.retain(|_, last| now.duration_since(last.at) < QUIET);
        }
        let cause = if is_full(&said) { "other" } else { cause };
        match said.get_mut(cause) {
            Some(last) if now.duration_since(last.at) < QUIET => {
                last.held_back += 1;
                None
            }
            Some(last) => {
                let held_back = last.held_back;
                *last = Said { at: now, held_back: 0 };
                Some(held_back)
            }
            None => {
                said.insert(cause.to_owned(), Said { at: now, held_back: 0 });
                Some(0)
            }
        }
    }
}

impl fmt::Debug for SelfReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SelfReport").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_said_once_a_minute_and_then_with_the_count_held_back() {
        let report = SelfReport::default();
        let start = Instant::now();
        assert!(!report.is_quiet("queue"));
        assert_eq!(report.may_say("queue", start), Some(0));
        assert!(report.is_quiet("queue") && !report.is_quiet("other cause"));
        assert_eq!(report.may_say("queue", start + Duration::from_secs(1)), None);
        assert_eq!(report.may_say("other cause", start + Duration::from_secs(1)), Some(0));
        assert_eq!(report.may_say("queue", start + Duration::from_secs(61)), Some(1));
    }

    #[test]
    fn a_flood_of_causes_stays_bounded() {
        let report = SelfReport::default();
        for number in 0..10 * MAX_CAUSES {
            report.may_say(&format!("cause {number}"), Instant::now());
        }
        assert!(report.shared.said.lock().unwrap().len() <= MAX_CAUSES + 1);
    }

    #[test]
    fn causes_that_were_said_long_ago_do_not_share_their_silence() {
        let report = SelfReport::default();
        let start = Instant::now();
        for number in 0..2 * MAX_CAUSES {
            report.may_say(&format!("cause {number}"), start);
        }
        let later = start + QUIET;
        assert_eq!(report.may_say("queue", later), Some(0));
        assert_eq!(report.may_say("destination", later), Some(0), "each is said for itself again");
    }
}
