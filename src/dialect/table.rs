//! What a dialect says, as data: each table is written from a file of `conventions/dialects/`.

use crate::conventions::SpanType;

/// How the canonical span becomes one that a backend reads.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) kind: Option<Kind>,
    /// Keys that leave on no agent, chain, plan or tool, where they would count twice. One that ends in a dot stands for
    /// those below it.
    pub(super) leaves_only: &'static [&'static str],
    /// Keys that leave on some span types alone.
    pub(super) only: &'static [Only],
    pub(super) keys: &'static [Row],
    /// Numbers of model calls, each under a key.
    pub(super) counts: &'static [(&'static str, Quantity)],
    pub(super) bags: &'static [Bag],
    pub(super) values: Option<Values>,
    pub(super) flat: Option<Flat>,
    pub(super) status: Option<StatusKeys>,
    /// Keys that do not leave, once what is made of them has.
    pub(super) omit: &'static [&'static str],
    pub(super) aside: Option<Aside>,
    /// Where the metadata of a scope goes, each under the name that the program gave it.
    pub(super) metadata: Option<Place>,
    /// Keys written here that say what the span was.
    pub(super) core: &'static [&'static str],
}

/// Where the backend looks for the kind of a span, and its words.
#[derive(Debug)]
pub(super) struct Kind {
    pub(super) key: &'static str,
    pub(super) words: &'static [(SpanType, &'static str)],
    /// What a span is here that stands around the span of the same call.
    pub(super) wrapper: Option<SpanType>,
    /// The operation is left out where there is a word: it would win over the kind.
    pub(super) without_operation: bool,
}

/// Keys that leave on these span types alone.
#[derive(Debug)]
pub(super) struct Only {
    pub(super) keys: &'static [&'static str],
    pub(super) on: &'static [SpanType],
}

/// The first of `from` that the span has, under each of `to`.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) from: &'static [&'static str],
    pub(super) to: &'static [&'static str],
    pub(super) form: Form,
    /// Nothing: on every span type.
    pub(super) on: &'static [SpanType],
}

/// How a value is written.
#[derive(Clone, Copy, Debug)]
pub(super) enum Form {
    Same,
    /// The first item of a list.
    First,
    /// The items of a list, between commas.
    List,
    /// Seconds after the span's start as a date.
    Instant,
    /// Definitions of tools as chat completions have them.
    Tools,
}

/// What is known of a call's usage. Parts of `Alone` never overlap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quantity {
    Input,
    Output,
    Total,
    CacheRead,
    CacheWrite,
    CacheWrite5m,
    CacheWrite1h,
    /// Written to a cache that keeps it neither five minutes nor one hour, or for a time that is not told.
    CacheWriteOther,
    Reasoning,
    AudioInput,
    AudioOutput,
    /// Input that came from no cache, was written to none and is no audio.
    InputAlone,
    AudioInputAlone,
    /// Output that is neither reasoning nor audio.
    OutputAlone,
    /// US dollars.
    Cost,
    /// What of it is for tokens of the input, where that is told.
    InputCost,
    OutputCost,
}

/// A JSON object under one key.
#[derive(Debug)]
pub(super) struct Bag {
    pub(super) key: &'static str,
    /// Nothing: on every span type.
    pub(super) on: &'static [SpanType],
    /// A name, or names with dots between them, and what stands there.
    pub(super) members: &'static [(&'static str, Member)],
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Member {
    Count(Quantity),
    Key(&'static str),
}

/// Where what came in and went out stands, whatever the span type.
#[derive(Debug)]
pub(super) struct Values {
    pub(super) input: &'static str,
    pub(super) output: &'static str,
    /// Where the media types stand.
    pub(super) types: Option<(&'static str, &'static str)>,
    pub(super) form: ValueForm,
    /// Messages are those of chat completions.
    pub(super) chat: bool,
    /// Both leave, or neither.
    pub(super) pair: bool,
    /// The canonical keys are left out.
    pub(super) in_place: bool,
    /// Nothing: on every span type.
    pub(super) on: &'static [SpanType],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ValueForm {
    /// JSON as it is, text as it is.
    Text,
    /// Always JSON: text becomes a JSON string, messages stand in an object `messages`.
    Json,
    /// Messages in an object `messages`.
    Prompt,
    /// The input as the arguments of a call.
    Call,
}

/// Messages and documents with one attribute for each field.
#[derive(Debug)]
pub(super) struct Flat {
    pub(super) messages: Option<FlatMessages>,
    pub(super) documents: &'static [(SpanType, &'static str)],
    pub(super) document: DocumentKeys,
    pub(super) most_documents: usize,
}

#[derive(Debug)]
pub(super) struct FlatMessages {
    pub(super) input: &'static str,
    pub(super) output: &'static str,
    pub(super) tools: &'static str,
    pub(super) tool: &'static str,
    pub(super) message: MessageKeys,
    pub(super) most_messages: usize,
    pub(super) most_attributes: usize,
}

/// What follows the number of a message. `#` stands for the number of a part.
#[derive(Debug)]
pub(super) struct MessageKeys {
    pub(super) role: &'static str,
    pub(super) content: &'static str,
    pub(super) name: &'static str,
    pub(super) tool_call_id: &'static str,
    pub(super) part_type: &'static str,
    pub(super) part_text: &'static str,
    pub(super) part_image: &'static str,
    pub(super) call_id: &'static str,
    pub(super) call_name: &'static str,
    pub(super) call_arguments: &'static str,
}

/// What follows the number of a document.
#[derive(Debug)]
pub(super) struct DocumentKeys {
    pub(super) id: &'static str,
    pub(super) content: &'static str,
    pub(super) score: &'static str,
    pub(super) metadata: &'static str,
}

/// Attributes that tell of a failure.
#[derive(Debug)]
pub(super) struct StatusKeys {
    /// A key, and its value where the span failed.
    pub(super) level: Option<(&'static str, &'static str)>,
    pub(super) message: &'static str,
}

/// Attributes that would be misread, or dropped, under their own keys.
#[derive(Debug)]
pub(super) struct Aside {
    pub(super) which: Which,
    pub(super) place: Place,
    /// Also on spans that are no GenAI spans.
    pub(super) every_span: bool,
}

#[derive(Debug)]
pub(super) enum Which {
    /// These keys, and those that begin so.
    These(&'static [&'static str], &'static [&'static str]),
    /// All that begin with none of these.
    AllBut(&'static [&'static str]),
}

#[derive(Debug)]
pub(super) enum Place {
    /// Under their own keys after this.
    Under(&'static str),
    /// As members of a JSON object under this key.
    Into(&'static str),
}
