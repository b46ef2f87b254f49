//! An answer put together from its fragments.

use crate::head::head;
use crate::message::Message;
use crate::payload::Payload;

/// Bytes that are kept of one answer.
const MAX_BYTES: usize = 1 << 20;
/// Tool calls of one answer.
const MAX_TOOL_CALLS: usize = 128;

/// Text, reasoning and tool calls so far.
#[derive(Debug, Default)]
pub(super) struct Assembly {
    text: String,
    reasoning: String,
    tool_calls: Vec<ToolCall>,
    bytes: usize,
    missing: usize,
}

#[derive(Debug, Default)]
struct ToolCall {
    index: usize,
    id: String,
    name: String,
    arguments: String,
}

impl Assembly {
    pub(super) fn text(&mut self, fragment: &str) {
        let room = self.room(fragment);
        self.text.push_str(room);
    }

    pub(super) fn reasoning(&mut self, fragment: &str) {
        let room = self.room(fragment);
        self.reasoning.push_str(room);
    }

    pub(super) fn tool_call(&mut self, index: usize, id: &str, name: &str, arguments: &str) {
        let arguments = self.room(arguments);
        let (id, name) = (self.room(id), self.room(name));
        let at = self.tool_calls.iter().position(|call| call.index == index);
        if at.is_none() && self.tool_calls.len() >= MAX_TOOL_CALLS {
            return;
        }
        let at = at.unwrap_or_else(|| {
            self.tool_calls.push(ToolCall { index, ..ToolCall::default() });
            self.tool_calls.len() - 1
        });
        let Some(call) = self.tool_calls.get_mut(at) else { return };
        for (known, given) in [(&mut call.id, id), (&mut call.name, name)] {
            if known.is_empty() {
                known.push_str(given);
            }
        }
        call.arguments.push_str(arguments);
    }

    /// The answer, where there is something of it, and the bytes that are missing.
    pub(super) fn finish(self) -> (Option<Payload>, i64) {
        let missing = i64::try_from(self.missing).unwrap_or(i64::MAX);
        if self.text.is_empty() && self.reasoning.is_empty() && self.tool_calls.is_empty() {
            return (None, missing);
        }
        let mut message = Message::new("assistant");
        if !self.reasoning.is_empty() {
            message = message.with_reasoning(self.reasoning);
        }
        if !self.text.is_empty() {
            message = message.with_text(self.text);
        }
        for call in self.tool_calls {
            message = message.with_tool_call(call.id, call.name, call.arguments);
        }
        (Some(message.into()), missing)
    }

    /// What of a fragment there is room for.
    fn room<'a>(&mut self, fragment: &'a str) -> &'a str {
        let kept = head(fragment, MAX_BYTES.saturating_sub(self.bytes));
        self.bytes += kept.len();
        self.missing = self.missing.saturating_add(fragment.len() - kept.len());
        kept
    }
}
