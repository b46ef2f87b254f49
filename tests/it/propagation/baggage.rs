//! What goes along with a trace, by name.

use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::{Context, KeyValue};
use tracing_genai::{Propagation, Scope};

use super::{CALLER, agent, headers, is_below_caller};
use crate::support::{Memory, named, text};

#[test]
fn no_value_crosses_the_boundary_unless_it_is_on_the_list() {
    let memory = Memory::new();
    let mut silent = headers([]);
    let mut sent = headers([]);
    memory.run(|| {
        let scope =
            Scope::new().with_user("u-1").with_session("s 1,2").with_metadata("plan", "100%25 gold").with_tag("a");
        let context = Context::new().with_baggage([KeyValue::new("theirs", "1"), KeyValue::new("hidden", "2")]);
        let _context = context.attach();
        scope.with_tag("b").in_scope(|| {
            agent("caller").in_scope(|| {
                Propagation::new().inject(&mut silent);
                let out = ["session.id", "plan", "tag.tags", "theirs", "gen_ai.conversation.id"];
                Propagation::new().with_baggage_out(out).inject(&mut sent);
            });
        });
    });
    assert_eq!(silent.keys().collect::<Vec<_>>(), ["traceparent"]);
    let mut members: Vec<&str> = sent["baggage"].split(',').collect();
    members.sort_unstable();
    assert_eq!(members, ["plan=100%2525%20gold", "session.id=s%201%2C2", "tag.tags=a%2Cb", "theirs=1"]);

    let memory = Memory::new();
    let spans = memory.run(|| {
        Propagation::new().extract(&sent).in_scope(|| {
            assert!(Context::current().baggage().is_empty());
            drop(agent("closed"));
        });
        let open = Propagation::new().with_baggage_in(["session.id", "plan", "tag.tags", "user.id"]).extract(&sent);
        open.in_scope(|| {
            assert_eq!(Context::current().baggage().len(), 3);
            drop(agent("open"));
        });
    });
    let (closed, open) = (named(&spans, "invoke_agent closed"), named(&spans, "invoke_agent open"));
    assert_eq!(text(closed, "session.id"), None);
    assert_eq!(text(open, "session.id").as_deref(), Some("s 1,2"));
    assert_eq!(text(open, "tracing_genai.metadata.plan").as_deref(), Some("100%25 gold"));
    assert_eq!(text(open, "tag.tags").as_deref(), Some(r#"["a","b"]"#));
    assert_eq!(text(open, "tracing_genai.metadata.theirs"), None);
    assert_eq!(closed.parent_span_id, open.parent_span_id);
}

#[test]
fn baggage_that_is_current_without_a_span_goes_along() {
    let mut sent = headers([]);
    Memory::new().run(|| {
        let _context = Context::new().with_baggage([KeyValue::new("theirs", "1")]).attach();
        Propagation::new().with_baggage_out(["theirs"]).inject(&mut sent);
    });
    assert_eq!(sent, headers([("baggage", "theirs=1")]));
}

#[test]
fn values_of_baggage_keep_their_equals_signs() {
    let memory = Memory::new();
    let from = headers([("traceparent", CALLER), ("baggage", "a=1,session.id = czE9Mg== ;p=q, user.id=x=y")]);
    let remote = Propagation::new().with_baggage_in(["session.id", "user.id"]).extract(&from);
    let spans = memory.run(|| remote.in_scope(|| drop(agent("called"))));
    assert_eq!(text(&spans[0], "session.id").as_deref(), Some("czE9Mg=="));
    assert_eq!(text(&spans[0], "user.id").as_deref(), Some("x=y"));
}

#[test]
fn baggage_without_a_traceparent_leaves_the_current_span_the_parent() {
    let memory = Memory::new();
    let remote = Propagation::new().with_baggage_in(["session.id"]).extract(&headers([("baggage", "session.id=s-1")]));
    let spans = memory.run(|| {
        agent("outer").in_scope(|| {
            remote.in_scope(|| {
                assert_eq!(Context::current().baggage().len(), 1);
                drop(agent("inside"));
                memory.telemetry.trace("by hand").complete();
            });
            futures::executor::block_on(remote.attach(async { drop(agent("attached")) }));
            let given = agent("given");
            assert!(remote.set_parent_of(&given));
        });
    });
    let outer = named(&spans, "invoke_agent outer").span_context.span_id();
    for name in ["invoke_agent inside", "invoke_workflow by hand", "invoke_agent attached", "invoke_agent given"] {
        let span = named(&spans, name);
        assert_eq!(span.parent_span_id, outer, "{name}");
        assert_eq!(text(span, "session.id").as_deref(), Some("s-1"), "{name}");
    }
}

#[test]
fn what_is_set_on_a_span_and_above_it_stays_when_it_is_entered_in_a_scope() {
    let memory = Memory::new();
    let baggage = |baggage: &str| {
        let from = headers([("baggage", baggage)]);
        Propagation::new().with_baggage_in(["session.id", "user.id"]).extract(&from)
    };
    let spans = memory.run(|| {
        let above = agent("above");
        assert!(baggage("user.id=u-1").set_parent_of(&above));
        let below = above.in_scope(|| agent("below"));
        assert!(baggage("session.id=s-1").set_parent_of(&below));
        Scope::new().with_metadata("plan", "gold").in_scope(|| below.in_scope(|| drop(agent("inside"))));
    });
    for name in ["invoke_agent below", "invoke_agent inside"] {
        for (key, value) in [("user.id", "u-1"), ("session.id", "s-1"), ("tracing_genai.metadata.plan", "gold")] {
            assert_eq!(text(named(&spans, name), key).as_deref(), Some(value), "{name}: {key}");
        }
    }
}

#[test]
fn metadata_crosses_the_boundary_by_its_full_name_too() {
    let name = "tracing_genai.metadata.plan";
    let memory = Memory::new();
    let mut sent = headers([]);
    let spans = memory.run(|| {
        Scope::new().with_metadata("plan", "gold").in_scope(|| {
            agent("caller").in_scope(|| Propagation::new().with_baggage_out([name]).inject(&mut sent));
        });
        Propagation::new().with_baggage_in([name]).extract(&sent).in_scope(|| drop(agent("called")));
    });
    assert_eq!(text(named(&spans, "invoke_agent called"), name).as_deref(), Some("gold"));
}

#[test]
fn hostile_baggage_is_bounded_and_never_an_error() {
    let memory = Memory::new();
    let dirty = format!("user.id=%00%1b{},plan=", "x".repeat(2_000));
    let huge = "k=v,".repeat(1 << 18);
    let spans = memory.run(|| {
        for baggage in [dirty.as_str(), huge.as_str(), "=", ";;,,==", "user.id=%ff%fe"] {
            let from = headers([("traceparent", CALLER), ("baggage", baggage)]);
            let remote = Propagation::new().with_baggage_in(["user.id", "k", ""]).extract(&from);
            remote.in_scope(|| drop(agent("called")));
        }
    });
    assert_eq!(spans.len(), 5);
    assert!(spans.iter().all(is_below_caller), "the trace goes on");
    let users: Vec<String> = spans.iter().filter_map(|span| text(span, "user.id")).collect();
    assert!(users.iter().all(|user| user.len() <= 1_024 && !user.contains(char::is_control)), "{users:?}");
    assert!(memory.report().scope_values_cut() >= 1);
}

#[test]
fn more_than_a_request_can_carry_stays_here_and_is_counted() {
    let memory = Memory::new();
    let names = ["plan", "region", "short", "team"];
    let mut sent = headers([]);
    let spans = memory.run(|| {
        // Each takes three times as many bytes in the header.
        let long = |scope: Scope, name: &&str| scope.with_metadata(name, "\u{fc}".repeat(512));
        let scope = ["plan", "region", "team"].iter().fold(Scope::new(), long).with_metadata("short", "s");
        scope.in_scope(|| {
            agent("caller").in_scope(|| Propagation::new().with_baggage_out(names).inject(&mut sent));
        });
        Propagation::new().with_baggage_in(names).extract(&sent).in_scope(|| drop(agent("called")));
    });
    assert!((6_000..=8_192).contains(&sent["baggage"].len()), "{}", sent["baggage"].len());
    let called = named(&spans, "invoke_agent called");
    let arrived = names.map(|name| text(called, &format!("tracing_genai.metadata.{name}")).is_some());
    assert_eq!(arrived, [true, true, true, false]);
    assert_eq!(memory.report().scope_values_cut(), 1);
}
