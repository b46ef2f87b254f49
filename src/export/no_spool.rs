//! What stands for the spool where the feature is off: nothing that could exist.

use tokio::sync::watch;
use tokio::time::Instant;

/// As in `spool`.
#[derive(Clone, Debug)]
pub(crate) enum SharedSpool {}

/// As in `spool`.
#[derive(Clone, Debug)]
pub(crate) enum Shelf {}

/// As in `spool`.
#[derive(Clone, Debug)]
pub(crate) enum Ticket {}

impl Ticket {
    pub(crate) fn is_written(&self) -> bool {
        match *self {}
    }

    pub(crate) fn of(self, _spans: usize) -> Self {
        self
    }

    pub(crate) fn with_left(tickets: Vec<Self>, _spans: usize) -> Vec<Self> {
        tickets
    }
}

/// As in `spool`.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) ticket: Ticket,
    pub(crate) spans: u64,
    pub(crate) body: Vec<u8>,
}

/// As in `spool`.
#[derive(Debug)]
pub(crate) enum Reading {}

#[expect(clippy::unused_async, reason = "the same signatures as with the feature")]
impl Reading {
    pub(crate) async fn kept(&mut self) -> Option<Kept> {
        match *self {}
    }

    pub(crate) fn is_done(&self) -> bool {
        match *self {}
    }

    pub(crate) async fn done(&self) {
        match *self {}
    }

    pub(crate) async fn end(self) -> Option<Kept> {
        match self {}
    }
}

impl SharedSpool {
    pub(crate) fn shelf(&self, _name: &str, _address: &str, _counts: super::counts::DestinationCounts) -> Shelf {
        match *self {}
    }
}

#[expect(clippy::unused_async, reason = "the same signatures as with the feature")]
impl Shelf {
    pub(crate) fn writes_ahead(&self) -> bool {
        match *self {}
    }

    pub(crate) fn hangs(&self) -> bool {
        match *self {}
    }

    pub(crate) async fn hung(&self) {
        match *self {}
    }

    pub(crate) async fn answers(&self) {
        match *self {}
    }

    pub(crate) fn hurry(&self, _deadline: Instant) {
        match *self {}
    }

    pub(crate) fn goes_at(&self, _deadline: Instant) {
        match *self {}
    }

    pub(crate) async fn tend(&self) -> bool {
        match *self {}
    }

    pub(crate) fn was_filled(&self) {
        match *self {}
    }

    pub(crate) fn adopt_meanwhile(&self) {
        match *self {}
    }

    pub(crate) async fn is_sent(
        &self,
        _settled: watch::Receiver<u64>,
        _is_done: impl Fn(&u64) -> bool + Send,
        _is_away: impl Fn() -> bool + Send,
    ) {
        match *self {}
    }

    pub(crate) async fn keep_instead(
        &self,
        _of: Vec<Ticket>,
        _spans: usize,
        _body: Vec<u8>,
        _held: bool,
    ) -> Result<Ticket, Option<Ticket>> {
        match *self {}
    }

    pub(crate) async fn keep(&self, _spans: usize, _body: Vec<u8>, _held: bool) -> Result<Ticket, Option<Ticket>> {
        match *self {}
    }

    pub(crate) async fn keep_together(&self, _requests: Vec<(usize, Vec<u8>)>) -> Result<(), Vec<Ticket>> {
        match *self {}
    }

    pub(crate) fn read(&self) -> Reading {
        match *self {}
    }

    pub(crate) async fn release(&self, _tickets: Vec<Ticket>) -> bool {
        match *self {}
    }

    pub(crate) async fn rests(&self) -> bool {
        match *self {}
    }

    pub(crate) async fn end_rest(&self) {
        match *self {}
    }

    pub(crate) async fn remove(&self, _tickets: Vec<Ticket>) {
        match *self {}
    }

    pub(crate) async fn close(&self) {
        match *self {}
    }

    pub(crate) async fn filled(&self) {
        match *self {}
    }
}
