//! What a scope brings to spans, and how far it reaches.

use opentelemetry::trace::{TraceContextExt as _, Tracer as _, TracerProvider as _};
use opentelemetry::{Array, Context, Value};
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::{Instrument, info_span};
use tracing_genai::{InWorkContext, Scope};

use crate::support::{Memory, get, named, text};

mod places;

fn tool(name: &str) -> tracing::Span {
    info_span!("tool", span_type = "tool", tool = name)
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

#[test]
fn all_that_a_scope_says_stands_on_the_spans_inside() {
    let memory = Memory::new();
    let spans = memory.run(|| {
        let outer = Scope::new()
            .with_conversation("c-1")
            .with_session("s-1")
            .with_user("u-1")
            .with_tenant("acme")
            .with_cost_centre("support-emea")
            .with_tag("beta")
            .with_metadata("app.release", "7")
            .with_metadata("channel", "web");
        outer.in_scope(|| {
            drop(tool("outer"));
            let inner =
                Scope::new().with_user("u-2").with_tag("beta").with_tag("vip").with_metadata("channel", "phone");
            inner.in_scope(|| drop(info_span!("tool", span_type = "tool", tool = "inner", user.id = "own")));
            drop(tool("again"));
        });
        drop(tool("outside"));
    });
    for (name, user, channel) in [("outer", "u-1", "web"), ("inner", "own", "phone"), ("again", "u-1", "web")] {
        let span = named(&spans, &format!("execute_tool {name}"));
        for (key, value) in [
            ("gen_ai.conversation.id", "c-1"),
            ("session.id", "s-1"),
            ("user.id", user),
            ("tracing_genai.tenant", "acme"),
            ("tracing_genai.cost_centre", "support-emea"),
            ("tracing_genai.metadata.app.release", "7"),
            ("tracing_genai.metadata.channel", channel),
        ] {
            assert_eq!(text(span, key).as_deref(), Some(value), "{key} of {name}");
        }
        let tags = if name == "inner" { vec!["beta".into(), "vip".into()] } else { vec!["beta".into()] };
        assert_eq!(get(span, "tag.tags"), Some(&Value::Array(Array::String(tags))), "{name}");
    }
    let outside = named(&spans, "execute_tool outside");
    for key in ["gen_ai.conversation.id", "tracing_genai.tenant", "tag.tags", "tracing_genai.metadata.channel"] {
        assert_eq!(get(outside, key), None);
    }
    assert_eq!(memory.report().scope_values_cut(), 0);
}

#[test]
fn a_scope_goes_along_over_await_and_spawn_and_takes_in_a_span_made_before_it() {
    let memory = Memory::new();
    let spans = memory.run(|| {
        runtime().block_on(async {
            let before = tool("before");
            let work = async {
                tokio::task::yield_now().await;
                drop(tool("awaited"));
                async { drop(tool("below before")) }.instrument(before).await;
                // A task is elsewhere: it has the scope only with the helper.
                tokio::spawn(async { drop(tool("spawned")) }.in_work_context()).await.unwrap();
                tokio::spawn(async { drop(tool("lost")) }).await.unwrap();
            };
            Scope::new().with_tenant("acme").attach(work).await;
        });
    });
    for name in ["before", "awaited", "below before", "spawned"] {
        let span = named(&spans, &format!("execute_tool {name}"));
        assert_eq!(text(span, "tracing_genai.tenant").as_deref(), Some("acme"), "{name}");
    }
    assert_eq!(text(named(&spans, "execute_tool lost"), "tracing_genai.tenant"), None);
}

#[test]
fn scopes_of_tasks_that_take_turns_on_one_thread_do_not_mix() {
    let memory = Memory::new();
    let spans = memory.run(|| {
        runtime().block_on(async {
            let task = |tenant: &'static str| {
                tokio::spawn(Scope::new().with_tenant(tenant).attach(async move {
                    for _ in 0..3 {
                        drop(info_span!("tool", span_type = "tool", tool = tenant));
                        tokio::task::yield_now().await;
                    }
                }))
            };
            let (a, b) = (task("a"), task("b"));
            a.await.unwrap();
            b.await.unwrap();
        });
    });
    assert_eq!(spans.len(), 6);
    for span in &spans {
        assert_eq!(text(span, "tracing_genai.tenant"), text(span, "gen_ai.tool.name"));
    }
}

#[test]
fn the_work_at_hand_may_be_a_span_of_the_opentelemetry_api() {
    let memory = Memory::new();
    let tracer =
        SdkTracerProvider::builder().with_span_processor(memory.telemetry.processor()).build().tracer("theirs");
    let spans = memory.run(|| {
        runtime().block_on(
            async {
                let theirs = Context::current_with_span(tracer.start("theirs"));
                let spawned = {
                    let _current = theirs.attach();
                    tokio::spawn(
                        async {
                            tokio::task::yield_now().await;
                            drop(tool("spawned"));
                        }
                        .in_work_context(),
                    )
                };
                spawned.await.unwrap();
                drop(tool("after"));
            }
            .instrument(tool("outer")),
        );
        assert!(!Context::current().span().span_context().is_valid());
    });
    let (outer, theirs) = (named(&spans, "execute_tool outer"), named(&spans, "theirs"));
    assert_eq!(theirs.parent_span_id, outer.span_context.span_id());
    assert_eq!(named(&spans, "execute_tool spawned").parent_span_id, theirs.span_context.span_id());
    assert_eq!(named(&spans, "execute_tool after").parent_span_id, outer.span_context.span_id());
}

#[test]
fn a_value_of_a_megabyte_or_with_control_characters_is_bounded_cleaned_and_counted() {
    let memory = Memory::new();
    let spans = memory.run(|| {
        let scope = Scope::new()
            .with_user("x".repeat(1 << 20))
            .with_session("a\u{1b}[2J\nb")
            .with_tag("\0")
            .with_metadata("n".repeat(1 << 20), "m".repeat(1 << 20));
        scope.in_scope(|| drop(tool("t")));
    });
    let span = named(&spans, "execute_tool t");
    assert_eq!(text(span, "user.id").unwrap().len(), 1_024);
    assert_eq!(text(span, "session.id").as_deref(), Some("a [2J b"));
    assert_eq!(get(span, "tag.tags"), None, "nothing is left of it");
    let metadata: Vec<_> =
        span.attributes.iter().filter(|kv| kv.key.as_str().starts_with("tracing_genai.metadata.")).collect();
    assert_eq!(metadata.len(), 1);
    assert_eq!(metadata[0].key.as_str().len(), "tracing_genai.metadata.".len() + 128);
    assert_eq!(metadata[0].value.as_str().len(), 1_024);
    assert_eq!(memory.report().scope_values_cut(), 5);
}

/// Makes a span of this name when it is dropped.
struct AtDrop(&'static str);

impl Drop for AtDrop {
    fn drop(&mut self) {
        drop(tool(self.0));
    }
}

#[test]
fn what_a_dropped_future_does_as_it_goes_is_a_part_of_its_work() {
    let memory = Memory::new();
    let spans = memory.run(|| {
        let trace = memory.telemetry.trace("t");
        let below = trace.attach(async {
            let _at_drop = AtDrop("below");
            futures::pending!();
        });
        let scoped = Scope::new().with_user("u-1").attach(async {
            let _at_drop = AtDrop("scoped");
            futures::pending!();
        });
        let mut below = Box::pin(below);
        let mut scoped = Box::pin(scoped);
        assert!(futures::FutureExt::now_or_never(below.as_mut()).is_none());
        assert!(futures::FutureExt::now_or_never(scoped.as_mut()).is_none());
        drop((below, scoped));
        trace.complete();
    });
    let root = named(&spans, "invoke_workflow t");
    assert_eq!(named(&spans, "execute_tool below").parent_span_id, root.span_context.span_id());
    assert_eq!(text(named(&spans, "execute_tool scoped"), "user.id").as_deref(), Some("u-1"));
}
