//! The terminal tree: each trace as people read it, on stderr.
//!
//! Spans are read into small entries on the worker, wait on a thread of their own until their root has ended, and
//! leave as one write, so that concurrent requests print whole trees:
//!
//! ```text
//! invoke_agent support_agent     1.92 s  2 calls  1,905 → 402 tok  $0.000527
//! ├ chat gpt-4o-mini             702 ms  ▕██████▏              812 → 140 tok  $0.000206
//! └ execute_tool refund_status   220 ms        ▕██▏          ERROR timeout: refund service gave no answer
//! ```
//!
//! The path of one span: `sink` → `entry` → `artist` → `trace_table` → `piece` → `outline` → `rows` → `tree` → `screen`.

mod artist;
mod bar;
mod columns;
mod counts;
#[cfg(test)]
mod drawings;
mod entry;
mod figures;
mod line;
mod outline;
mod piece;
mod preview;
mod recent;
mod rows;
#[cfg(test)]
mod sample;
mod screen;
mod sink;
mod style;
mod text;
mod totals;
mod trace_table;
mod tree;
mod waiting;

pub(crate) use sink::TerminalSink;
