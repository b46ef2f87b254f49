//! Errors in the body of an answer, or in the middle of a stream.

use serde_json::Value;

/// Bytes up to which a word is a kind of error; kinds are of low cardinality.
const KIND: usize = 128;

/// Where an answer has its error.
const PLACES: &[&str] = &[
    "/error",
    "/response/error",
    "/response/status_details/error",
    "/interaction/error",
    "/delta/error",
    // Why a stream of Groq's stopped early.
    "/x_groq/error",
];

/// What an answer says of the error that it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) kind: Option<String>,
    pub(super) message: Option<String>,
}

impl Failure {
    /// The error of an event, if it is or holds one.
    pub(super) fn of(event: &Value) -> Option<Self> {
        let inside = PLACES.iter().find_map(|place| event.pointer(place).filter(|error| is_error(error)));
        let of_a_choice = || {
            let choices = event.get("choices").and_then(Value::as_array)?;
            choices.iter().find_map(|choice| choice.get("error").filter(|error| is_error(error)))
        };
        if let Some(error) = inside.or_else(of_a_choice) {
            return Some(Self::read(error, event));
        }
        let text = |key: &str| event.get(key).and_then(Value::as_str);
        if text("type") == Some("error") || text("object") == Some("error") {
            return Some(Self::read(event, event));
        }
        if let Some((kind, error)) = exception(event) {
            return Some(Self { kind: Some(kind.to_owned()), message: message(error) });
        }
        if let Some(outcome) = unanswered(event) {
            return Some(Self { kind: Some(outcome.to_owned()), message: None });
        }
        // The body of an error alone: an answer has more than a text.
        let answers = ["usage", "choices", "candidates", "output", "response"];
        let refuses = ["message", "Message", "detail"].iter().any(|key| match event.get(*key) {
            Some(Value::String(_)) => true,
            Some(Value::Array(_)) => *key == "detail",
            _ => false,
        });
        (refuses && answers.iter().all(|key| event.get(*key).is_none())).then(|| Self::read(event, event))
    }

    /// What is known from outside the body: the status, and the error's name in a header.
    pub(super) fn complete(failure: Option<Self>, status: Option<u16>, header: Option<&str>) -> Option<Self> {
        let status = status.filter(|status| *status >= 400);
        if failure.is_none() && status.is_none() && header.is_none() {
            return None;
        }
        let mut failure = failure.unwrap_or_default();
        if failure.kind.is_none() {
            failure.kind = header.and_then(exception_name).or_else(|| status.map(|status| status.to_string()));
        }
        Some(failure)
    }

    /// A word says more than a number; a number that is all there is is the HTTP status or the provider's own.
    fn read(error: &Value, event: &Value) -> Self {
        let word = |key: &str| error.get(key).and_then(Value::as_str).filter(|word| is_word(word));
        // The event's own type says only that it is an error.
        let kind_of = word("type").filter(|kind| *kind != "error");
        let number = || match error.get("code") {
            Some(Value::Number(number)) => Some(number.to_string()),
            Some(Value::String(digits)) if is_kind(digits) => Some(digits.clone()),
            _ => None,
        };
        let named = word("__type").and_then(exception_name);
        let kind = word("code")
            .or_else(|| word("status"))
            .or(kind_of)
            .map(str::to_owned)
            .or(named)
            .or_else(number)
            .or_else(|| event.get("code").and_then(Value::as_str).filter(|word| is_word(word)).map(str::to_owned));
        Self { kind, message: message(error) }
    }
}

/// Ollama and xAI give a mere text.
fn is_error(error: &Value) -> bool {
    match error {
        Value::Object(_) => true,
        Value::String(text) => !text.is_empty(),
        _ => false,
    }
}

fn message(error: &Value) -> Option<String> {
    match error {
        Value::String(text) => Some(text.clone()),
        Value::Object(members) => {
            ["message", "Message", "detail", "msg"].iter().find_map(|key| match members.get(*key) {
                Some(Value::String(text)) => Some(text.clone()),
                Some(Value::Array(items)) => items.iter().find_map(message),
                Some(inner @ Value::Object(_)) => message(inner),
                _ => None,
            })
        }
        _ => None,
    }
}

/// Bedrock's streams hold an exception in the place of an event.
fn exception(event: &Value) -> Option<(&str, &Value)> {
    let members = event.as_object().filter(|members| members.len() == 1)?;
    let (name, error) = members.iter().next()?;
    (name.ends_with("Exception") && is_kind(name)).then_some((name.as_str(), error))
}

/// A line of a batch's results whose request got neither an answer nor an error: it expired, or was cancelled.
fn unanswered(line: &Value) -> Option<&str> {
    let result = line.get("result").filter(|_| line.get("custom_id").is_some())?;
    let outcome = result.get("type")?.as_str().filter(|outcome| is_kind(outcome) && *outcome != "succeeded")?;
    (result.get("message").is_none() && result.get("error").is_none()).then_some(outcome)
}

/// `com.amazon#ThrottlingException:http://…` is a `ThrottlingException`.
fn exception_name(name: &str) -> Option<String> {
    let name = name.split(':').next().unwrap_or(name);
    let name = name.rsplit('#').next().unwrap_or(name);
    is_kind(name).then(|| name.to_owned())
}

fn is_word(word: &str) -> bool {
    is_kind(word) && word.parse::<f64>().is_err()
}

fn is_kind(word: &str) -> bool {
    !word.is_empty() && word.len() <= KIND && !word.chars().any(|c| c.is_whitespace() || c.is_control())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(body: &Value, kind: Option<&str>, message: &str) {
        let failure = Failure::of(body).unwrap();
        assert_eq!((failure.kind.as_deref(), failure.message.as_deref()), (kind, Some(message)), "{body}");
    }

    #[test]
    fn every_form_of_an_error_gives_its_kind_and_message() {
        check(
            &json!({"error": {"message": "m", "type": "tokens", "code": "rate_limit_exceeded"}}),
            Some("rate_limit_exceeded"),
            "m",
        );
        check(&json!({"error": {"message": "m", "type": "server_error", "code": null}}), Some("server_error"), "m");
        check(&json!({"error": {"message": "m", "code": "429"}}), Some("429"), "m");
        check(&json!({"error": {"message": "m", "code": 429}}), Some("429"), "m");
        check(
            &json!({"error": {"message": "m", "code": 429, "status": "RESOURCE_EXHAUSTED"}}),
            Some("RESOURCE_EXHAUSTED"),
            "m",
        );
        check(
            &json!({"type": "error", "error": {"type": "overloaded_error", "message": "m"}}),
            Some("overloaded_error"),
            "m",
        );
        check(&json!({"type": "error", "code": "server_error", "message": "m"}), Some("server_error"), "m");
        check(
            &json!({"object": "error", "message": "m", "type": "invalid_model", "code": "1500"}),
            Some("invalid_model"),
            "m",
        );
        check(&json!({"error": "m"}), None, "m");
        check(&json!({"choices": [], "x_groq": {"id": "req_1", "error": "m"}}), None, "m");
        check(&json!({"id": "x", "message": "m"}), None, "m");
        check(&json!({"message": "m", "__type": "com.amazon#ThrottlingException"}), Some("ThrottlingException"), "m");
        check(&json!({"throttlingException": {"message": "m"}}), Some("throttlingException"), "m");
        check(&json!({"detail": "m"}), None, "m");
        check(&json!({"detail": [{"loc": ["body"], "msg": "m", "type": "missing"}]}), None, "m");
        check(&json!({"choices": [{"index": 0, "error": {"code": 502, "message": "m"}}]}), Some("502"), "m");
        check(
            &json!({"response": {"status": "failed", "error": {"code": "server_error", "message": "m"}}}),
            Some("server_error"),
            "m",
        );
    }

    #[test]
    fn a_line_of_a_batch_that_was_never_answered_is_an_error_of_its_outcomes_name() {
        for outcome in ["expired", "canceled"] {
            let failure = Failure::of(&json!({"custom_id": "1", "result": {"type": outcome}})).unwrap();
            assert_eq!((failure.kind.as_deref(), failure.message), (Some(outcome), None));
        }
    }

    #[test]
    fn an_answer_is_no_error() {
        for body in [
            json!({"id": "x", "error": null, "choices": []}),
            json!({"message": {"role": "assistant"}, "done": true}),
            json!({"response": "text", "done": true}),
            json!({"custom_id": "1", "result": {"type": "succeeded"}}),
            json!({"result": {"type": "expired"}}),
            json!({}),
        ] {
            assert_eq!(Failure::of(&body), None, "{body}");
        }
    }

    #[test]
    fn what_the_body_lacks_comes_from_header_and_status() {
        let complete = |status, header| Failure::complete(None, status, header).and_then(|failure| failure.kind);
        assert_eq!(complete(Some(404), None).as_deref(), Some("404"));
        let header = Some("ThrottlingException:http://internal.amazon.com/coral/");
        assert_eq!(complete(Some(429), header).as_deref(), Some("ThrottlingException"));
        assert_eq!(Failure::complete(None, Some(200), None), None);
    }
}
