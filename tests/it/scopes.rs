//! What a scope brings to spans, and how far it reaches.

use std::collections::HashMap;

use opentelemetry::trace::{TraceContextExt as _, Tracer as _, TracerProvider as _};
use opentelemetry::{Array, Context, Value};
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::{Instrument, info_span};
use tracing_genai::{InWorkContext, Propagation, Scope};
use tracing_subscriber::prelude::*;

use crate::support::{Memory, get, named, text};

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
fn a_span_that_is_first_entered_in_a_scope_inside_its_own_is_of_both() {
    let memory = Memory::new();
    let spans = memory.run(|| {
        Scope::new().with_tenant("acme").with_user("outer").with_tag("beta").in_scope(|| {
            let inner = Scope::new().with_user("inner").with_conversation("c-3").with_tag("eu");
            // As an argument it is made before the inner scope begins.
            runtime().block_on(inner.attach(async {}.instrument(tool("before"))));
        });
    });
    let before = named(&spans, "execute_tool before");
    assert_eq!(text(before, "tracing_genai.tenant").as_deref(), Some("acme"));
    assert_eq!(text(before, "user.id").as_deref(), Some("inner"));
    assert_eq!(text(before, "gen_ai.conversation.id").as_deref(), Some("c-3"));
    assert_eq!(get(before, "tag.tags"), Some(&Value::Array(Array::String(vec!["beta".into(), "eu".into()]))));
}

#[test]
fn a_span_is_of_no_scope_that_others_work_in() {
    let memory = Memory::new();
    let provider = SdkTracerProvider::builder().with_span_processor(memory.telemetry.processor()).build();
    let work = || {
        let [outer, inner] = ["outer", "inner"].map(|user| Scope::new().with_user(user));
        outer.in_scope(|| drop(inner.in_scope(|| tool("of the inner one")).entered()));
        // A worker has a scope of its own, and so have those whose work a span is above.
        let [queued, parent] = inner.in_scope(|| [tool("queued"), tool("parent")]);
        let started = tool("only started");
        Scope::new().with_user("worker").with_conversation("c-4").in_scope(|| {
            drop(queued.entered());
            drop(info_span!(parent: &parent, "tool", span_type = "tool"));
            drop(info_span!(parent: &started, "tool", span_type = "tool"));
        });
        inner.in_scope(|| drop(parent.entered()));
        drop(started.entered());
    };
    let ours = tracing_subscriber::registry().with(memory.telemetry.layer());
    tracing::subscriber::with_default(ours, work);
    let otel = tracing_opentelemetry::layer().with_tracer(provider.tracer("theirs"));
    let theirs = tracing_subscriber::registry().with(memory.telemetry.companion_layer()).with(otel);
    tracing::subscriber::with_default(theirs, work);
    let spans = memory.spans();
    for (name, user) in [
        ("of the inner one", Some("inner")),
        ("queued", Some("inner")),
        ("parent", Some("inner")),
        ("only started", None),
    ] {
        let same: Vec<_> = spans.iter().filter(|span| span.name == format!("execute_tool {name}")).collect();
        assert_eq!(same.len(), 2, "{name}");
        for span in same {
            assert_eq!(text(span, "user.id").as_deref(), user, "{name}");
            assert_eq!(text(span, "gen_ai.conversation.id"), None, "{name}");
        }
    }
}

#[test]
fn spans_below_one_that_was_made_by_hand_in_a_scope_have_it_wherever_it_is_entered() {
    let memory = Memory::new();
    let spans = memory.run(|| {
        let trace = Scope::new().with_user("u-1").in_scope(|| memory.telemetry.trace("by hand"));
        trace.root().in_scope(|| drop(tool("outside")));
        trace.complete();
        let worked_on = Scope::new().with_user("u-2").in_scope(|| memory.telemetry.trace("of another"));
        Scope::new().with_user("worker").in_scope(|| worked_on.root().in_scope(|| ()));
        worked_on.complete();
    });
    for (name, user) in
        [("invoke_workflow by hand", "u-1"), ("execute_tool outside", "u-1"), ("invoke_workflow of another", "u-2")]
    {
        assert_eq!(text(named(&spans, name), "user.id").as_deref(), Some(user), "{name}");
    }
}

#[test]
fn what_a_caller_sets_on_a_span_goes_before_its_scope_and_holds_for_those_below() {
    let headers = HashMap::from([
        ("traceparent".to_owned(), "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned()),
        ("baggage".to_owned(), "user.id=caller".to_owned()),
    ]);
    let remote = Propagation::new().with_baggage_in(["user.id"]).extract(&headers);
    let memory = Memory::new();
    let spans = memory.run(|| {
        let served = tool("without a scope");
        assert!(remote.set_parent_of(&served));
        served.in_scope(|| {
            drop(tool("below it"));
            let before = tool("in a scope");
            Scope::new().with_conversation("c-5").in_scope(|| drop(before.entered()));
        });
        Scope::new().with_user("outer").with_tenant("acme").in_scope(|| {
            let called = tool("called");
            assert!(remote.set_parent_of(&called));
            Scope::new().with_user("inner").with_conversation("c-5").in_scope(|| drop(called.entered()));
        });
    });
    for (name, tenant, conversation) in [
        ("without a scope", None, None),
        ("below it", None, None),
        ("in a scope", None, Some("c-5")),
        ("called", Some("acme"), Some("c-5")),
    ] {
        let span = named(&spans, &format!("execute_tool {name}"));
        assert_eq!(text(span, "user.id").as_deref(), Some("caller"), "{name}");
        assert_eq!(text(span, "tracing_genai.tenant").as_deref(), tenant, "{name}");
        assert_eq!(text(span, "gen_ai.conversation.id").as_deref(), conversation, "{name}");
    }
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
