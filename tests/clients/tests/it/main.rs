//! Real LLM clients against a stand-in on loopback: what they export with the stock layer, and with this crate's.
//!
//! Each trace stands twice in a file of `snapshots`, as text. `UPDATE_SNAPSHOTS=1` writes them anew.

mod faults;
mod rendered;
mod replay;
mod snapshot;
mod twice;
mod with_async_openai;
mod with_genai;
mod with_rig;

use tracing_genai_client_tests::llmock;
