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
    room: Room,
}

/// What of the answer is kept, and what is missing.
#[derive(Debug, Default)]
struct Room {
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
        self.room.add(fragment, &mut self.text);
    }

    pub(super) fn reasoning(&mut self, fragment: &str) {
        self.room.add(fragment, &mut self.reasoning);
    }

    pub(super) fn tool_call(&mut self, index: usize, id: &str, name: &str, arguments: &str) {
        let calls = self.tool_calls.len();
        let begun = self.tool_calls.iter().rposition(|call| call.index == index && !call.is_another(id, name));
        let at = begun.unwrap_or(calls);
        if at == calls && calls < MAX_TOOL_CALLS {
            self.tool_calls.push(ToolCall { index, ..ToolCall::default() });
        }
        let Some(call) = self.tool_calls.get_mut(at) else {
            self.room.missing = self.room.missing.saturating_add(id.len() + name.len() + arguments.len());
            return;
        };
        // Some providers repeat them in each fragment.
        for (known, given) in [(&mut call.id, id), (&mut call.name, name)] {
            if known.is_empty() {
                self.room.add(given, known);
            }
        }
        self.room.add(arguments, &mut call.arguments);
    }

    /// The answer, where there is something of it, and the bytes that are missing.
    pub(super) fn finish(self) -> (Option<Payload>, i64) {
        let missing = i64::try_from(self.room.missing).unwrap_or(i64::MAX);
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
}

impl ToolCall {
    /// Whether this begins another call: some gateways give all calls of an answer one index.
    fn is_another(&self, id: &str, name: &str) -> bool {
        !name.is_empty() && !id.is_empty() && !self.id.is_empty() && self.id != id
    }
}

impl Room {
    /// Adds what of a fragment there is room for.
    fn add(&mut self, fragment: &str, to: &mut String) {
        let kept = head(fragment, MAX_BYTES.saturating_sub(self.bytes));
        self.bytes += kept.len();
        self.missing = self.missing.saturating_add(fragment.len() - kept.len());
        to.push_str(kept);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_repeated_of_a_tool_call_takes_no_room_and_what_is_left_out_is_missing() {
        let mut assembly = Assembly::default();
        for _ in 0..MAX_BYTES / 8 {
            assembly.tool_call(0, "call_1", "order_lookup", "1234");
        }
        let arguments = MAX_BYTES / 2;
        assert_eq!((assembly.room.bytes, assembly.room.missing), (18 + arguments, 0));
        (1..MAX_TOOL_CALLS).for_each(|index| assembly.tool_call(index, "c", "", ""));
        assembly.tool_call(MAX_TOOL_CALLS, "c", "refund", "{}");
        assembly.text("and");
        assert_eq!(assembly.room.bytes, 18 + arguments + MAX_TOOL_CALLS - 1 + 3);
        assert_eq!(assembly.finish().1, 9);
    }
}
