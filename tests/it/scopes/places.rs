//! Which scope a span is of: by where it was made, by where it is entered, and by what is above it.

use std::collections::HashMap;

use opentelemetry::trace::{TraceContextExt as _, Tracer as _, TracerProvider as _};
use opentelemetry::{Array, Context, Value};
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::{Instrument, info_span};
use tracing_genai::{Propagation, RemoteContext, Scope};
use tracing_subscriber::prelude::*;

use super::{runtime, tool};
use crate::support::{Memory, get, named, text};

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
fn a_span_made_by_hand_that_another_works_on_brings_its_own_scope_to_those_below_it_afterwards() {
    let memory = Memory::new();
    let spans = memory.run(|| {
        let trace = Scope::new().with_user("u-1").in_scope(|| memory.telemetry.trace("of one"));
        Scope::new().with_user("worker").in_scope(|| trace.root().in_scope(|| ()));
        trace.root().in_scope(|| drop(tool("afterwards")));
        trace.complete();
    });
    for name in ["invoke_workflow of one", "execute_tool afterwards"] {
        assert_eq!(text(named(&spans, name), "user.id").as_deref(), Some("u-1"), "{name}");
    }
}

#[test]
fn spans_below_one_of_no_scope_are_of_none_though_one_below_it_was_made_in_a_scope() {
    let memory = Memory::new();
    let spans = memory.run(|| {
        let [batch, entered] = ["batch", "entered"].map(tool);
        Scope::new().with_user("u-1").in_scope(|| {
            drop(info_span!(parent: &batch, "tool", span_type = "tool", tool = "of one"));
            drop(info_span!(parent: &entered, "tool", span_type = "tool", tool = "of one too"));
        });
        drop(info_span!(parent: &batch, "tool", span_type = "tool", tool = "of all"));
        entered.in_scope(|| drop(tool("of all too")));
    });
    for (name, user) in [
        ("of one", Some("u-1")),
        ("of one too", Some("u-1")),
        ("batch", None),
        ("of all", None),
        ("entered", None),
        ("of all too", None),
    ] {
        assert_eq!(text(named(&spans, &format!("execute_tool {name}")), "user.id").as_deref(), user, "{name}");
    }
}

#[test]
fn spans_below_one_of_the_opentelemetry_api_have_its_scope() {
    let memory = Memory::new();
    let tracer =
        SdkTracerProvider::builder().with_span_processor(memory.telemetry.processor()).build().tracer("theirs");
    let spans = memory.run(|| {
        let outer = tool("outer").entered();
        let theirs = Scope::new().with_user("u-1").in_scope(|| Context::current_with_span(tracer.start("theirs")));
        let current = theirs.attach();
        let below = tool("below").entered();
        drop(tool("below that"));
        drop(info_span!(parent: None, "tool", span_type = "tool", tool = "apart"));
        drop((below, current));
        drop(tool("beside"));
        drop(outer);
    });
    for (name, user) in
        [("below", Some("u-1")), ("below that", Some("u-1")), ("apart", None), ("beside", None), ("outer", None)]
    {
        assert_eq!(text(named(&spans, &format!("execute_tool {name}")), "user.id").as_deref(), user, "{name}");
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
fn a_scope_inside_of_the_one_in_which_a_caller_set_values_goes_before_that_one() {
    let memory = Memory::new();
    let spans = memory.run(|| {
        Scope::new().with_user("outer").with_tenant("outer").with_tag("outer").in_scope(|| {
            let called = tool("called");
            assert!(baggage_of_caller().set_parent_of(&called));
            Scope::new().with_user("inner").with_tenant("inner").in_scope(|| drop(called.entered()));
        });
    });
    let called = named(&spans, "execute_tool called");
    assert_eq!(text(called, "user.id").as_deref(), Some("caller"));
    assert_eq!(text(called, "tracing_genai.tenant").as_deref(), Some("inner"));
    assert_eq!(get(called, "tag.tags"), Some(&Value::Array(Array::String(vec!["outer".into()]))));
}

#[test]
fn scopes_inside_of_a_span_and_spans_below_it_have_what_a_caller_set_on_it() {
    let memory = Memory::new();
    let spans = memory.run(|| {
        let inner = Scope::new().with_conversation("c-5");
        let served = tool("served");
        assert!(baggage_of_caller().set_parent_of(&served));
        served.in_scope(|| {
            inner.in_scope(|| drop(tool("in a scope")));
            Scope::new().with_user("own").in_scope(|| drop(tool("in one of another")));
        });
        Scope::new().with_user("outer").with_tenant("acme").in_scope(|| {
            let called = tool("called");
            assert!(baggage_of_caller().set_parent_of(&called));
            called.in_scope(|| {
                drop(tool("below"));
                inner.in_scope(|| drop(tool("in both")));
            });
            drop(tool("beside"));
        });
    });
    for (name, user, tenant, conversation) in [
        ("served", "caller", None, None),
        ("in a scope", "caller", None, Some("c-5")),
        ("in one of another", "own", None, None),
        ("called", "caller", Some("acme"), None),
        ("below", "caller", Some("acme"), None),
        ("in both", "caller", Some("acme"), Some("c-5")),
        ("beside", "outer", Some("acme"), None),
    ] {
        let span = named(&spans, &format!("execute_tool {name}"));
        assert_eq!(text(span, "user.id").as_deref(), Some(user), "{name}");
        assert_eq!(text(span, "tracing_genai.tenant").as_deref(), tenant, "{name}");
        assert_eq!(text(span, "gen_ai.conversation.id").as_deref(), conversation, "{name}");
    }
}

#[test]
fn a_scope_in_a_task_that_has_a_span_alone_is_inside_of_the_scope_of_that_span() {
    let memory = Memory::new();
    let spans = memory.run(|| {
        runtime().block_on(async {
            let request = Scope::new().with_tenant("acme").in_scope(|| tool("request"));
            let work = async { Scope::new().with_user("u-1").in_scope(|| drop(tool("step"))) };
            tokio::spawn(work.instrument(request)).await.unwrap();
        });
    });
    let step = named(&spans, "execute_tool step");
    assert_eq!(text(step, "tracing_genai.tenant").as_deref(), Some("acme"));
    assert_eq!(text(step, "user.id").as_deref(), Some("u-1"));
}

/// Without a parent.
fn baggage_of_caller() -> RemoteContext {
    let headers = HashMap::from([("baggage".to_owned(), "user.id=caller".to_owned())]);
    Propagation::new().with_baggage_in(["user.id"]).extract(&headers)
}
