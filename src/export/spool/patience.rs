//! How long a disk is waited for, and whether it hangs: it gives neither an answer nor an error.

use std::cmp::Reverse;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep_until};

use super::settings::SpoolMode;
use crate::self_report::SelfReport;

/// A disk that is at one thing for so long hangs. One that is only busy has answered by then, nearly always, and memory
/// has room for what comes meanwhile. To be wrong costs little: what is written after all counts, and is removed once
/// it is sent.
const USUAL: Duration = Duration::from_secs(5);
/// While somebody waits for a flush it is a quarter of the time for that, so that what waits for the disk can leave
/// without it; and no less than this, which a sound disk may take now and then.
const SHORTEST: Duration = Duration::from_secs(1);

/// The patience with one disk.
#[derive(Debug)]
pub(super) struct Patience {
    state: Mutex<State>,
    hangs: watch::Sender<bool>,
    hurried: Notify,
    dir: PathBuf,
    mode: SpoolMode,
    report: SelfReport,
}

#[derive(Debug, Default)]
struct State {
    /// When the disk was asked for what it is at.
    asked: Option<Instant>,
    /// Less patience, until then: the least, and what lasts the longest. They are the same where one is both.
    hurries: [Option<(Duration, Instant)>; 2],
}

impl State {
    /// The least first.
    fn hurries(&self, now: Instant) -> impl Iterator<Item = (Duration, Instant)> + Clone + use<> {
        self.hurries.into_iter().flatten().filter(move |(_, until)| *until > now)
    }
}

enum Look {
    Hangs,
    FineUntil(Instant),
}

impl Patience {
    pub(super) fn new(dir: PathBuf, mode: SpoolMode, report: SelfReport) -> Self {
        Self { state: Mutex::default(), hangs: watch::Sender::new(false), hurried: Notify::new(), dir, mode, report }
    }

    /// The disk is asked for one thing, and for nothing else before it has answered.
    pub(super) fn begin(&self) {
        self.state().asked = Some(Instant::now());
    }

    /// It has answered.
    pub(super) fn end(&self) {
        let mut state = self.state();
        state.asked = None;
        self.hangs.send_if_modified(std::mem::take);
    }

    /// Somebody waits until then, also for what the disk is at.
    pub(super) fn hurry(&self, deadline: Instant) {
        let now = Instant::now();
        let mut state = self.state();
        let short = (deadline.saturating_duration_since(now) / 4).clamp(SHORTEST, USUAL);
        let all = state.hurries(now).chain([(short, deadline)]);
        let least = all.clone().min_by_key(|(short, until)| (*short, Reverse(*until)));
        state.hurries = [least, all.max_by_key(|(short, until)| (*until, Reverse(*short)))];
        drop(state);
        self.hurried.notify_waiters();
    }

    pub(super) fn hangs(&self) -> bool {
        *self.hangs.borrow()
    }

    /// Comes back when the disk is known to hang.
    pub(super) async fn hung(&self) {
        let _ = self.hangs.subscribe().wait_for(|hangs| *hangs).await;
    }

    /// Comes back when that is not known.
    pub(super) async fn answers(&self) {
        let _ = self.hangs.subscribe().wait_for(|hangs| !*hangs).await;
    }

    /// As [`hung`](Self::hung), and finds out: it is for who waits for the disk.
    pub(super) async fn is_over(&self) {
        loop {
            let hurried = self.hurried.notified();
            let until = match self.look() {
                Look::Hangs => return,
                Look::FineUntil(until) => until,
            };
            tokio::select! {
                () = self.hung() => return,
                () = sleep_until(until) => {}
                () = hurried => {}
            }
        }
    }

    fn look(&self) -> Look {
        let now = Instant::now();
        let state = self.state();
        let patience = state.hurries(now).next().map_or(USUAL, |(short, _)| short);
        let until = state.asked.unwrap_or(now) + patience;
        if until > now {
            return Look::FineUntil(until);
        }
        // With the state, so that no answer comes in between.
        let is_new = !self.hangs.send_replace(true);
        drop(state);
        if is_new {
            self.say(patience);
        }
        Look::Hangs
    }

    fn say(&self, patience: Duration) {
        let meanwhile = match self.mode {
            SpoolMode::OnFailure => "what lies there waits, and what comes waits in memory alone",
            SpoolMode::WriteAhead => "requests are sent without being written first",
        };
        self.report.warn(
            "spool hangs",
            format_args!(
                "the disk of the spool in {} has not answered for {patience:.0?}; until it does, {meanwhile}. Check the \
                 disk, or name another directory in TRACING_GENAI_SPOOL_DIR or Spool::in_dir",
                self.dir.display()
            ),
        );
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether somebody still waits for what a disk is at. Either it is given up or it is done, and each side learns which.
#[derive(Clone, Debug, Default)]
pub(super) struct Wanted(Arc<AtomicBool>);

impl Wanted {
    /// Whether this is the first to say so.
    pub(super) fn end(&self) -> bool {
        !self.0.swap(true, Ordering::AcqRel)
    }
}

/// Somebody who waits, and may go.
pub(super) struct Waiting(pub(super) Wanted);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.end();
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::export::tests::warnings::Warnings;

    fn patience(mode: SpoolMode) -> (Patience, Warnings) {
        let warnings = Warnings::new();
        (Patience::new(Path::new("/spool").to_owned(), mode, warnings.report.clone()), warnings)
    }

    #[tokio::test(start_paused = true)]
    async fn a_disk_that_hangs_is_said_once_with_the_remedy_until_it_answers() {
        let (patience, mut warnings) = patience(SpoolMode::WriteAhead);
        patience.begin();
        patience.is_over().await;
        patience.is_over().await;
        assert!(patience.hangs());
        let said = warnings.said();
        assert!(said.len() == 1 && said[0].contains("/spool has not answered for 5s"), "{said:?}");
        assert!(said[0].contains("without being written first") && said[0].contains("another directory"), "{said:?}");
        patience.end();
        assert!(!patience.hangs());
    }

    #[tokio::test(start_paused = true)]
    async fn a_disk_that_does_much_does_not_hang() {
        let (patience, _) = patience(SpoolMode::OnFailure);
        patience.begin();
        let work = async {
            for _ in 0..10 {
                tokio::time::sleep(USUAL / 2).await;
                patience.end();
                patience.begin();
            }
        };
        tokio::select! {
            () = patience.is_over() => panic!("it answers"),
            () = work => {}
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_is_in_a_hurry_has_time_left_without_the_disk() {
        let (patience, _) = patience(SpoolMode::OnFailure);
        let start = Instant::now();
        patience.begin();
        let flush = async {
            patience.hurry(start + Duration::from_secs(4));
            std::future::pending::<()>().await;
        };
        tokio::select! {
            biased;
            () = patience.is_over() => {}
            () = flush => {}
        }
        assert_eq!(start.elapsed().as_millis() / 100, 10);
    }

    #[tokio::test(start_paused = true)]
    async fn a_hurry_that_is_over_shortens_none_that_lasts() {
        let (patience, _) = patience(SpoolMode::OnFailure);
        let start = Instant::now();
        for seconds in [16, 60, 4, 40] {
            patience.hurry(start + Duration::from_secs(seconds));
        }
        tokio::time::sleep_until(start + Duration::from_secs(5)).await;
        patience.begin();
        patience.is_over().await;
        assert_eq!(start.elapsed().as_millis() / 100, 100, "a disk has all the time again that the others leave it");
    }
}
