//! Programs made at random: trees of work, each part of which is a span.

use std::sync::Arc;

use proptest::prelude::*;

/// One part of the work, and what it starts.
#[derive(Clone, Debug)]
pub(super) struct Work {
    /// Its number in the program; 0 until it is numbered.
    pub(super) id: i64,
    pub(super) kind: Kind,
    pub(super) made: Made,
    pub(super) start: Start,
    /// Whose work it and all below it is.
    pub(super) user: Option<u8>,
    pub(super) tokens: (u16, u16),
    /// How often it lets others go on before it starts anything.
    pub(super) yields: u8,
    /// After so many turns nobody waits for it any more, and its future is dropped.
    pub(super) cancelled_after: Option<u8>,
    pub(super) panics: bool,
    /// It works in a span of its own that the log alone sees.
    pub(super) is_logged: bool,
    pub(super) below: Vec<Arc<Self>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Llm,
    Tool,
    Agent,
    Chain,
    /// No GenAI span.
    Plain,
}

/// What makes the span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Made {
    Tracing,
    Attempt,
    Stream,
    ByHand,
    /// The API of OpenTelemetry; where there is no provider but ours, a span of `tracing`.
    Api,
}

/// How it is started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    Await,
    /// Together with others of this kind.
    Join,
    Spawn,
    /// The span is made by the one that spawns.
    SpawnWithSpan,
    Blocking,
    Thread,
}

impl Kind {
    pub(super) fn span_type(self) -> Option<&'static str> {
        match self {
            Self::Llm => Some("llm"),
            Self::Tool => Some("tool"),
            Self::Agent => Some("agent"),
            Self::Chain => Some("chain"),
            Self::Plain => None,
        }
    }
}

impl Work {
    /// A stream, an attempt and a trace by hand make a GenAI span of whatever they are given.
    pub(super) fn is_gen_ai(&self) -> bool {
        self.kind != Kind::Plain || !matches!(self.made, Made::Tracing | Made::Api)
    }
}

/// A few that run beside each other.
pub(super) fn program() -> impl Strategy<Value = Vec<Arc<Work>>> {
    let leaf = work(prop_oneof![2 => Just(Kind::Llm), 1 => Just(Kind::Tool), 1 => Just(Kind::Plain)], true);
    let tree = leaf.prop_recursive(4, 64, 5, |below| {
        let kind = prop_oneof![Just(Kind::Agent), Just(Kind::Chain), Just(Kind::Tool), Just(Kind::Plain)];
        (work(kind, false), prop::collection::vec(below.prop_map(Arc::new), 0..5))
            .prop_map(|(work, below)| Work { below, ..work })
    });
    prop::collection::vec(tree, 1..4).prop_map(|trees| {
        let mut last = 0;
        trees.into_iter().map(|tree| Arc::new(numbered(&tree, &mut last))).collect()
    })
}

fn work(kind: impl Strategy<Value = Kind>, is_leaf: bool) -> impl Strategy<Value = Work> {
    let made = prop_oneof![
        5 => Just(Made::Tracing),
        1 => Just(Made::Attempt),
        1 => Just(if is_leaf { Made::Stream } else { Made::Tracing }),
        1 => Just(Made::ByHand),
        1 => Just(Made::Api),
    ];
    let start = prop_oneof![
        3 => Just(Start::Await),
        1 => Just(Start::Join),
        1 => Just(Start::Spawn),
        1 => Just(Start::SpawnWithSpan),
        1 => Just(Start::Blocking),
        1 => Just(Start::Thread),
    ];
    let user = prop::option::weighted(0.2, any::<u8>());
    let end = (prop::option::weighted(0.1, 0..4_u8), prop::bool::weighted(0.05), prop::bool::weighted(0.2));
    (kind, made, start, user, any::<(u16, u16)>(), 0..4_u8, end).prop_map(
        |(kind, made, start, user, tokens, yields, (cancelled_after, panics, is_logged))| Work {
            id: 0,
            kind,
            made,
            start,
            user,
            tokens,
            yields,
            cancelled_after,
            panics,
            is_logged,
            below: Vec::new(),
        },
    )
}

fn numbered(work: &Work, last: &mut i64) -> Work {
    *last += 1;
    let id = *last;
    Work { id, below: work.below.iter().map(|work| Arc::new(numbered(work, last))).collect(), ..work.clone() }
}
