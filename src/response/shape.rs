//! What a table about an API says: places, and how its counts relate to each other.

use crate::usage::{Count, Unit};

/// Where the answers of an API have what. Places are JSON pointers (RFC 6901); of several the first that holds something
/// is read.
#[derive(Debug)]
pub(super) struct Shape {
    pub(super) id: &'static [&'static str],
    pub(super) model: &'static [&'static str],
    /// One word for the whole answer.
    pub(super) finish: &'static [&'static str],
    /// Lists of answers, and where each of their items has its word.
    pub(super) choices: &'static [(&'static str, &'static str)],
    pub(super) tier: &'static [&'static str],
    pub(super) region: &'static [&'static str],
    pub(super) speed: &'static [&'static str],
    /// Objects that hold counts; each of them is read, a later one over an earlier one.
    pub(super) usage: &'static [&'static str],
    /// Inside those objects.
    pub(super) counts: &'static [(Field, &'static [&'static str])],
    /// Lists inside those objects, whose items say what they count.
    pub(super) lists: &'static [List],
    /// Lists whose items hold a part of a count each: the list, the place in an item, and what it is.
    pub(super) sums: &'static [(&'static str, &'static str, Count)],
    /// Objects that repeat counts in other words: read where nothing better was.
    pub(super) repeats: &'static [Repeat],
    /// Lists of output items, counted by their type where the counts are not given.
    pub(super) items: &'static [(&'static str, &'static [(&'static str, Unit)])],
    /// Lists of what the web was searched for: a search each, but for empty ones and those that come again.
    pub(super) queries: &'static [&'static str],
}

/// A number that an answer reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Tokens(Count),
    Units(Unit),
    /// Input and output together, by which it is known what they hold.
    Total,
    /// Input that the provider's own tools made.
    ToolInput,
}

impl Field {
    /// Of time a part may be told, and of nothing else.
    pub(super) fn is_time(self) -> bool {
        matches!(self, Self::Units(Unit::AudioSeconds | Unit::InputAudioSeconds | Unit::OutputAudioSeconds))
    }
}

/// A list such as `[{"modality": "AUDIO", "tokenCount": 7}]`.
#[derive(Debug)]
pub(super) struct List {
    /// Where it is; several are parts of one.
    pub(super) at: &'static [&'static str],
    pub(super) tag: &'static str,
    pub(super) number: &'static str,
    /// What an item counts, by its tag in lower case.
    pub(super) counts: &'static [(&'static str, Count)],
}

/// An object that says the same again.
#[derive(Debug)]
pub(super) struct Repeat {
    pub(super) at: &'static str,
    pub(super) counts: &'static [(&'static str, Field)],
}

/// How an API counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sums {
    /// Input holds what was cached, output holds reasoning, unless a total proves otherwise.
    Inclusive,
    /// Input leaves out what was read from and written to a cache, unless a total proves otherwise.
    CacheApart,
    /// Input holds what was cached, whatever a total says.
    CacheWithin,
    /// Input leaves out images.
    ImagesApart,
    /// Output leaves out reasoning, unless a total proves otherwise.
    ReasoningApart,
    /// Output leaves out reasoning, which the total alone tells.
    ReasoningUntold,
    /// Output leaves out reasoning, and the total does so too.
    ReasoningNowhere,
    /// Output leaves out reasoning, and input what tools made, unless a total proves otherwise.
    ToolsAndReasoningApart,
}
