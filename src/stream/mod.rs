//! A streamed answer: a span that lasts as long as its stream, and is told by its chunks.
//!
//! The wrapper enters the span for each poll, so that what happens below nests, and ends it with the stream and not with
//! the function that made it. What chunks say is put together beside the span and handed over once, at the end.

mod assembly;
mod bytes;
mod ext;
mod record;
mod watched;
mod watcher;

pub use ext::GenAiStreamExt;
pub use record::StreamRecord;
pub use watched::GenAiStream;
