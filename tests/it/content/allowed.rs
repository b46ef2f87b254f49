//! What leaves with capture off because it is no content, or was allowed; and what `strict` adds.

use opentelemetry::Value;
use opentelemetry::trace::Status;
use tracing::{info, info_span};
use tracing_genai::{Content, GenAiSpanExt};

use crate::support::{Memory, get, named, text};

#[test]
fn identifiers_numbers_and_names_with_a_dot_leave_and_words_without_one_stay() {
    let memory = Memory::new();
    let spans = memory.run(|| {
        let span = info_span!(
            "a",
            span_type = "tool",
            tool = "t",
            user_id = "u-1",
            session_id = "s-1",
            tenant = "acme",
            request_id = "r-1",
            app.customer = "gold",
            attempt = 2,
            ratio = 0.5,
            fresh = true,
            question = "why",
            user = "Ada",
        );
        span.in_scope(|| info!(request_id = "r-2", step = 3, who = "Ada", "she asked why"));
    });
    let tool = named(&spans, "execute_tool t");
    for (key, value) in [
        ("user_id", "u-1"),
        ("session_id", "s-1"),
        ("tenant", "acme"),
        ("request_id", "r-1"),
        ("app.customer", "gold"),
        ("attempt", "2"),
        ("ratio", "0.5"),
        ("fresh", "true"),
    ] {
        assert_eq!(text(tool, key).as_deref(), Some(value), "{key}");
    }
    assert_eq!((get(tool, "question"), get(tool, "user")), (None, None));
    let line = &tool.events[0];
    assert_eq!(line.name, "log");
    let left: Vec<_> = line.attributes.iter().map(|kv| (kv.key.as_str(), kv.value.to_string())).collect();
    for (key, value) in [("request_id", "r-2"), ("step", "3"), ("level", "INFO")] {
        assert!(left.contains(&(key, value.to_owned())), "{left:?}");
    }
    assert!(!left.iter().any(|(key, _)| *key == "who"), "{left:?}");
    assert_eq!(get(tool, "tracing_genai.withheld"), Some(&Value::I64(4)));
}

#[test]
fn what_is_withheld_is_said_once_for_each_place_with_the_remedy() {
    let memory = Memory::new();
    let (_, log) = memory.run_logged(|| {
        for _ in 0..3 {
            drop(info_span!("a", span_type = "tool", tool = "t", question = "why"));
        }
    });
    let line = log.line_with("question");
    assert!(line.contains("CAPTURE_MESSAGE_CONTENT=SPAN_ONLY") && line.contains("allow_fields"), "{line}");
    assert!(!line.contains("why"), "{line}");
}

#[test]
fn a_field_that_is_allowed_leaves() {
    let memory = Memory::with(|builder| builder.with_content(Content::none().allow_fields(["tier", "input.value"])));
    let spans = memory.run(|| {
        drop(info_span!(
            "a",
            span_type = "guardrail",
            guardrail = "g",
            tier = "gold",
            question = "why",
            input = "said"
        ));
    });
    let guardrail = named(&spans, "guardrail g");
    assert_eq!(text(guardrail, "tier").as_deref(), Some("gold"));
    assert_eq!(text(guardrail, "input.value").as_deref(), Some("said"));
    assert_eq!(get(guardrail, "question"), None);
}

#[test]
fn the_rule_holds_for_plain_spans_only_when_it_is_strict() {
    let fill = || {
        info_span!("plain", question = "why", attempt = 2, app.step = "s").in_scope(|| info!(who = "Ada", "asked why"));
    };
    let loose = Memory::new().run(fill);
    assert_eq!(text(&loose[0], "question").as_deref(), Some("why"));
    assert_eq!(loose[0].events[0].name, "asked why");

    let strict = Memory::with(|builder| builder.with_content(Content::none().strict())).run(fill);
    let plain = named(&strict, "plain");
    assert_eq!(get(plain, "question"), None);
    assert_eq!(get(plain, "attempt"), Some(&Value::I64(2)));
    assert_eq!(text(plain, "app.step").as_deref(), Some("s"));
    let everything = format!("{plain:?}");
    assert!(!everything.contains("why") && !everything.contains("Ada"), "{everything}");
}

#[test]
fn error_messages_leave_unless_they_are_not_wanted() {
    let fail = || {
        info_span!("a", span_type = "tool", tool = "t").record_error(&std::io::Error::other("no answer from Ada"));
    };
    let told = Memory::new().run(fail);
    assert_eq!(told[0].status, Status::error("no answer from Ada"));

    let memory = Memory::with(|builder| builder.with_content(Content::none().with_error_messages(false)));
    let silent = memory.run(fail);
    assert_eq!(silent[0].status, Status::error(""));
    assert_eq!(text(&silent[0], "error.type").as_deref(), Some("_OTHER"));
    assert!(!format!("{silent:?}").contains("Ada"), "{silent:?}");
}

/// An error whose source says why.
#[derive(Debug)]
struct Refused(std::io::Error);

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("refused the hush-word")
    }
}

impl std::error::Error for Refused {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

#[tracing::instrument(err, fields(span_type = "tool"))]
fn refuse() -> Result<(), Refused> {
    let error = Refused(std::io::Error::other("source of the hush-word"));
    tracing::error!(error = &error as &(dyn std::error::Error + 'static), "failed");
    Err(error)
}

#[test]
fn with_capture_on_error_messages_stay_behind_where_they_are_to() {
    let content = Content::span_and_event().with_error_messages(false);
    let spans = Memory::with(|builder| builder.with_content(content)).run(|| {
        refuse().unwrap_err();
    });
    let left = format!("{spans:?}");
    assert!(!left.contains("hush-word"), "{spans:#?}");
    assert!(left.contains("failed"), "{spans:#?}");
}
