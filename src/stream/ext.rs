//! `GenAiStreamExt`: how a stream gets its span.

use std::fmt::Display;
use std::sync::Once;

use futures_core::Stream;
use tracing::Span;

use super::watched::GenAiStream;
use super::watcher::{Look, Watcher};

/// Gives a stream a span that ends when the stream ends.
///
/// ```
/// use futures::StreamExt as _;
/// use tracing::{Span, instrument};
/// use tracing_genai::{Api, GenAiStreamExt as _};
///
/// # type Event = Result<serde_json::Value, std::io::Error>;
/// # fn events() -> impl futures::Stream<Item = Event> + Unpin { futures::stream::empty() }
/// #[instrument(skip_all, fields(span_type = "llm", provider = "openai", model = "gpt-4o-mini"))]
/// fn ask(question: &str) -> impl futures::Stream<Item = Event> + Unpin + use<> {
///     events()
///         .try_in_genai_span(Span::current())
///         .with_response(Api::OpenAiChat, |event| event)
///         .on_chunk(|event, record| {
///             record.text(event["choices"][0]["delta"]["content"].as_str().unwrap_or_default());
///         })
/// }
/// # futures::executor::block_on(async {
/// let mut answer = ask("Where is order 4711?");
/// while let Some(event) = answer.next().await {
///     // The span is entered while the stream is polled, and ends with it.
/// }
/// # });
/// ```
///
/// The span tells how many chunks came (`tracing_genai.stream.chunks`), when the first one did
/// (`gen_ai.response.time_to_first_chunk`, in seconds from the span's beginning, and an event), and carries
/// `gen_ai.request.stream`. With a meter provider the time of each further chunk is measured. It ends with the last
/// chunk, however long the stream is kept after that.
///
/// A stream that is dropped before its end marks its span with `tracing_genai.cancelled`; what it had told so far stays,
/// and its usage is marked with `tracing_genai.usage.partial`. That is no error, unless
/// [`cancelled_is_error`](GenAiStream::cancelled_is_error) says so. Where the answer has said why it ended, or has told
/// an error, the stream may be dropped without being asked for its end.
///
/// Give each stream a span of its own. A span of which you keep a clone leaves when that is dropped, with the time of the
/// last chunk as its end, unless it was entered again after the stream.
///
/// An agent that hands the stream on, as to a browser, would end with its function, long before the answer. Give it the
/// stream as well, in the agent: `ask(question).try_in_genai_span(Span::current())`.
pub trait GenAiStreamExt: Stream + Sized {
    /// For a stream whose items are chunks. For a stream of `Result`s use
    /// [`try_in_genai_span`](Self::try_in_genai_span): of a generic item it cannot be known that it is an error.
    fn in_genai_span(self, span: Span) -> GenAiStream<Self> {
        warn_of_results::<Self::Item>();
        GenAiStream::new(self, Watcher::of(span, |item| Look::Chunk(item)))
    }

    /// For a stream of `Result`s: what is `Ok` is a chunk, and an `Err` is the span's error, the last one where there are
    /// several.
    fn try_in_genai_span<T, E>(self, span: Span) -> GenAiStream<Self, T>
    where
        Self: Stream<Item = Result<T, E>>,
        E: Display,
    {
        GenAiStream::new(
            self,
            Watcher::of(span, |item: &Result<T, E>| match item {
                Ok(chunk) => Look::Chunk(chunk),
                Err(error) => Look::Error(error),
            }),
        )
    }
}

impl<S: Stream> GenAiStreamExt for S {}

/// The compiler cannot tell one method from the other for whoever has both in view.
fn warn_of_results<I>() {
    static SAID: Once = Once::new();
    if std::any::type_name::<I>().starts_with("core::result::Result<") {
        SAID.call_once(|| {
            tracing::warn!(
                target: "tracing_genai",
                "a stream of results was given a span by in_genai_span, which sees no errors; use try_in_genai_span"
            );
        });
    }
}
