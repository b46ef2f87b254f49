//! The spans of one scope in a request, encoded.
//!
//! A group is closed once it fills a block, and the next spans of its scope begin another: memory that grows is copied again
//! and again, each time to where nothing was before, and that costs more than to write the spans.

use std::sync::Arc;

use super::batch::NESTING;
use super::encoded::Encoded;
use super::wire::{Reader, Writer};

/// Bytes of a group that is full. Less than what the allocator asks the system for, each time.
pub(super) const BLOCK: usize = 64 << 10;
/// Bytes of a span from which on a group is not closed.
const LARGE: usize = BLOCK / 16;

/// The spans of one scope.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) scope: Arc<[u8]>,
    /// Fields `spans` of `ScopeSpans`, one after another.
    pub(super) encoded: Encoded,
    /// Where each span ends in `encoded`.
    pub(super) spans: Vec<usize>,
}

/// Memory of a group that is done with, for the next one.
#[derive(Debug)]
pub(crate) struct Spare {
    pub(super) encoded: Vec<u8>,
    pub(super) spans: Vec<usize>,
}

impl Group {
    pub(super) fn decode(scope_spans: &[u8]) -> Self {
        let (mut scope, mut encoded, mut spans) = (Vec::new(), Vec::with_capacity(scope_spans.len()), Vec::new());
        for (number, _, raw) in Reader::new(scope_spans).raw() {
            if number == 2 {
                encoded.extend_from_slice(raw);
                spans.push(encoded.len());
            } else {
                scope.extend_from_slice(raw);
            }
        }
        Self { scope: scope.into(), encoded: Encoded::new(encoded), spans }
    }

    /// What stands before the spans.
    pub(super) fn start(&self, out: &mut Vec<u8>) {
        let w = &mut Writer::new(out);
        w.length_delimited(2, self.content_len());
        w.raw(&self.scope);
    }

    pub(super) fn content_len(&self) -> usize {
        self.scope.len() + self.encoded.len()
    }

    pub(super) fn bytes(&self) -> usize {
        NESTING + self.content_len()
    }

    pub(super) fn merge(&mut self, other: &Self) {
        let at = self.end();
        self.encoded.to_mut().extend_from_slice(&other.encoded);
        self.spans.extend(other.spans.iter().map(|end| at + end));
    }

    /// Whether it has no room for one more like those that it has. Large ones have no blocks: much of each would be empty, and
    /// what the allocator has in small pieces it seldom gives back.
    pub(super) fn is_full(&self) -> bool {
        let end = self.end();
        let usual = end.checked_div(self.spans.len()).unwrap_or_default();
        usual <= LARGE && end + usual > self.encoded.capacity().clamp(BLOCK / 2, BLOCK)
    }

    /// Where the spans end that count.
    pub(super) fn end(&self) -> usize {
        self.spans.last().copied().unwrap_or_default()
    }

    /// Keeps the first `count` spans and gives the others.
    pub(super) fn split_off(&mut self, count: usize) -> Self {
        let mut spans = self.spans.split_off(count.min(self.spans.len()));
        self.spans.shrink_to_fit();
        let at = self.end();
        for end in &mut spans {
            *end -= at;
        }
        let own = self.encoded.to_mut();
        let rest = own.split_off(at);
        // It may wait for long by itself.
        own.shrink_to_fit();
        Self { scope: Arc::clone(&self.scope), encoded: Encoded::new(rest), spans }
    }
}
