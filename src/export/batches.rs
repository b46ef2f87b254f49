//! Batches that wait for one destination, in order.

use std::collections::VecDeque;

use tokio::time::Instant;

use super::batch::Batch;
use super::held::Held;
use super::in_flight::InFlight;
use super::pack::Packer;
use super::parts::Parcel;

/// The one that is being filled, and those that are full.
#[derive(Debug)]
pub(super) struct Batches {
    pub(super) packer: Packer,
    /// Those that were closed here.
    pub(super) in_flight: InFlight,
    /// For the next span, before a batch takes it over.
    pub(super) held: Held,
    /// When the first span came into the batch that is being filled.
    pub(super) opened: Option<Instant>,
    pub(super) full: VecDeque<Parcel>,
    pub(super) handed_on: VecDeque<Parcel>,
    /// Somebody waits, until then.
    pub(super) hurried_until: Option<Instant>,
}

impl Batches {
    pub(super) fn new(packer: Packer, held: Held) -> Self {
        Self {
            packer,
            in_flight: InFlight::default(),
            held,
            opened: None,
            full: VecDeque::new(),
            handed_on: VecDeque::new(),
            hurried_until: None,
        }
    }

    /// One more is full.
    pub(super) fn close(&mut self, full: Batch) {
        let closed = self.closed(full);
        self.full.push_back(closed);
    }

    /// Nothing more comes to the one that is being filled.
    pub(super) fn close_open(&mut self) {
        let open = self.take_open();
        self.full.extend(open);
    }

    /// The batch that is being filled, if there is something in it.
    pub(super) fn take_open(&mut self) -> Option<Parcel> {
        self.opened = None;
        let open = self.packer.take()?;
        Some(self.closed(open))
    }

    /// The first of the full batches, with those behind it where it is small: they were filled while requests had to be.
    pub(super) fn next_full(&mut self) -> Option<Parcel> {
        Parcel::first_of(&mut self.full, &self.packer)
    }

    /// The same of those that were handed on.
    pub(super) fn next_handed_on(&mut self) -> Option<Parcel> {
        Parcel::first_of(&mut self.handed_on, &self.packer)
    }

    /// What was handed on and has no record is as if it had not been.
    pub(super) fn take_back(&mut self) {
        let handed_on = std::mem::take(&mut self.handed_on);
        let (mut unwritten, written): (VecDeque<_>, _) = handed_on.into_iter().partition(Parcel::is_unwritten);
        unwritten.append(&mut self.full);
        (self.full, self.handed_on) = (unwritten, written);
    }

    /// Everything that waits, oldest first.
    pub(super) fn all(&mut self) -> Vec<Parcel> {
        let mut all: Vec<Parcel> = self.handed_on.drain(..).collect();
        all.extend(self.full.drain(..));
        all.extend(self.take_open());
        all
    }

    /// Takes the content out of the oldest full one that has some and no record; out of how many spans, and how much.
    pub(super) fn lighten(&mut self) -> Option<(u64, usize)> {
        let may_be = |parcel: &&mut Parcel| !parcel.light && parcel.tickets.is_empty();
        self.handed_on.iter_mut().chain(&mut self.full).filter(may_be).find_map(|parcel| {
            parcel.light = true;
            parcel.batch.lighten()
        })
    }

    fn closed(&self, batch: Batch) -> Parcel {
        let waits = !self.full.is_empty();
        Parcel { number: Some(self.in_flight.begin()), ..Parcel::filled(batch, waits) }
    }
}
