//! Which field names are harmless.

use super::generated::content::identifier;

/// Whether a text field of this name identifies something and is therefore no content, dot or not.
pub(crate) fn is_known_identifier(field: &str) -> bool {
    identifier(field).is_some()
}

#[cfg(test)]
mod tests {
    use super::is_known_identifier;

    #[test]
    fn identifiers_pass_and_arguments_do_not() {
        for field in ["user_id", "session_id", "tenant", "request_id", "trace_id", "conversation_id"] {
            assert!(is_known_identifier(field), "{field}");
        }
        for field in ["question", "prompt", "user", "email", "order", ""] {
            assert!(!is_known_identifier(field), "{field}");
        }
    }
}
