//! What a sending task does with a batch that broke its connection, by what `suspects` make of it.

use std::sync::Arc;
use std::time::Duration;

use super::batch::Batch;
use super::clerk::stopped;
use super::loss::LossReason;
#[cfg(not(feature = "spool"))]
use super::no_spool::{Shelf, Ticket};
use super::outcome::Transport;
use super::parts::{Parcel, Parts};
use super::request_size::SMALLEST;
use super::sending::Task;
#[cfg(feature = "spool")]
use super::spool::{Shelf, Ticket};
use super::suspects::Verdict;
use super::words::shown;

impl<T: Transport, F: Fn() -> T> Task<T, F> {
    /// The part that is next was not answered, in so much time. Gives it back when the task is to stop.
    pub(super) async fn set_aside(&mut self, mut parts: Parts, message: &str, took: Duration) -> Option<Parts> {
        let had_failed = std::mem::replace(&mut self.has_failed, true);
        let part = parts.current()?;
        let (spans, name) = (part.spans(), part.span_name());
        let may_be_halved = spans > 1 && part.bytes() > SMALLEST;
        let is_strained = parts.trial.strain() && may_be_halved;
        match self.suspects.judge(&mut parts, took) {
            Verdict::Behind if !is_strained => {
                parts.next_last();
                if !had_failed {
                    // Others have passed a moment ago.
                    self.suspects.put(parts);
                    return None;
                }
            }
            Verdict::Again if !is_strained => {}
            Verdict::Again | Verdict::Behind | Verdict::Halve => {
                parts.halve_next();
                parts.trial.next_part();
                self.suspects.put(parts);
                return None;
            }
            Verdict::Alone => {
                self.single_out(parts, message).await;
                return None;
            }
            Verdict::GiveUp => {
                self.give_up(parts, message).await;
                return None;
            }
        }
        if parts.trial.is_alone() {
            // It waits by itself, and says nothing of the peer.
            self.counts.problem(&breaks(name.as_deref(), message));
        } else {
            if !parts.trial.is_against_it() {
                self.outbox.set_away(true);
            }
            self.tells_again(message);
            let pause = self.backoff.next();
            let (mut stop, outbox) = (self.stop.clone(), Arc::clone(&self.outbox));
            tokio::select! {
                biased;
                () = stopped(&mut stop) => return Some(parts),
                () = outbox.pause(pause) => {}
            }
        }
        self.suspects.put(parts);
        self.outbox.if_crowded();
        // At the end there may be nothing left to be tried.
        self.settle.send_replace(self.counts.settled());
        None
    }

    /// The end has come while it was being sent, and others wait.
    pub(super) fn yield_to_others(&mut self, mut parts: Parts) {
        // The peer may not answer on this connection.
        self.transport = (self.open)();
        self.has_failed = true;
        parts.trial.is_due();
        self.suspects.put(parts);
    }

    /// Lets the others of its batch go on without the span that breaks the connection.
    async fn single_out(&mut self, mut parts: Parts, message: &str) {
        let stands_for_itself = parts.is_one();
        let Some(single) = parts.take() else { return };
        let (bytes, what) = (single.bytes(), breaks(single.span_name().as_deref(), message));
        let is_last = parts.is_empty();
        // On disk by itself, so that the others can go from there once they have arrived.
        let must_be_written = !stands_for_itself && parts.is_on_disk();
        let may_be_alone = self.suspects.may_be_alone(bytes);
        let ticket = if must_be_written && may_be_alone { written(self.shelf.as_ref(), &single).await } else { None };
        if !may_be_alone || (must_be_written && ticket.is_none() && !is_last) {
            // Behind the others of its batch at least, and not at once again.
            self.counts.problem(&what);
            parts.put_last(single);
            parts.trial.wait();
            return self.suspects.put(parts);
        }
        while !self.suspects.has_room_alone(bytes)
            && let Some(other) = self.suspects.most_suspect()
        {
            self.give_up(other, message).await;
        }
        self.say(
            LossReason::BreaksConnection.as_str(),
            &format!("{what}; it waits, and is sent again more and more rarely"),
        );
        let trial = self.suspects.alone();
        if is_last && ticket.is_none() {
            // Where more than it lies on disk, it is written by itself at the end.
            parts.put_back(single);
            parts.trial = trial;
            self.suspects.put(parts);
        } else {
            let mut alone = Parts::of(Parcel::with(single, ticket.into_iter().collect()));
            (alone.trial, alone.number) = (trial, parts.number.clone());
            self.suspects.put(alone);
            if is_last {
                self.note(&mut parts).await;
                self.is_done(parts);
            } else {
                parts.trial.next_part();
                self.suspects.put(parts);
            }
        }
        // Who waits for all others may be done.
        self.settle.send_replace(self.counts.settled());
    }

    /// The one span is lost; a large one only when it breaks the connection without its long values too, since its size may be
    /// the reason.
    async fn give_up(&mut self, mut parts: Parts, message: &str) {
        if let Some(single) = parts.take() {
            let (bytes, what) = (single.bytes(), breaks(single.span_name().as_deref(), message));
            let short = if bytes > SMALLEST { single.shortened() } else { None };
            if let Some(short) = short {
                self.say("shortens", &format!("a span of {bytes} bytes was cut to {}, since {what}", short.bytes()));
                parts.put_back(short);
                parts.trial = self.suspects.alone();
                return self.suspects.put(parts);
            }
            self.lost(LossReason::BreaksConnection, 1, &what);
        }
        self.note(&mut parts).await;
        self.is_done(parts);
    }
}

/// Writes the span by itself; nothing where the disk does not take it.
async fn written(spool: Option<&Shelf>, single: &Batch) -> Option<Ticket> {
    let spool = spool.filter(|spool| !spool.hangs())?;
    match spool.keep(1, single.encode(), true).await {
        Ok(ticket) => Some(ticket),
        Err(late) => {
            // It goes with its batch still.
            spool.remove(late.into_iter().collect()).await;
            None
        }
    }
}

/// What is said of the span that breaks its connection, and what can be done.
pub(super) fn breaks(name: Option<&str>, message: &str) -> String {
    let name = name.map(shown).unwrap_or_default();
    format!(
        "the connection breaks each time that the span {name:?} is sent, while others arrive: look what cuts it off (a proxy, \
         a firewall, a Collector that crashes on it), or leave that content out (Content, Destination::with_content); \
         {message}"
    )
}

/// The words for one that still is alone at the end.
pub(super) fn last_words(parts: &mut Parts) -> Option<String> {
    let alone = if parts.trial.is_alone() { parts.current() } else { None };
    alone.map(|span| breaks(span.span_name().as_deref(), "it still waited when telemetry was shut down"))
}
