//! What waits for a destination takes the memory that it is counted with.

use opentelemetry::InstrumentationScope;
use opentelemetry_sdk::trace::SpanData;
use tokio::time::Instant;

use super::sender::{LARGE, MUCH, again, rig};
use super::{resource, settings, span_of};
use crate::budget::Budget;
use crate::export::encode;
use crate::export::outbox::Outbox;
use crate::export::pack::PackLimits;
use crate::self_report::SelfReport;

fn outbox(own: &Budget) -> Outbox {
    let settings = settings(&SelfReport::default());
    Outbox::new(&resource(), LARGE, settings.delay, settings.budget, own.clone())
}

fn write(outbox: &Outbox, span: &SpanData) {
    assert!(outbox.write(&span.instrumentation_scope, |out| encode::span(span, out)));
}

#[tokio::test(start_paused = true)]
async fn many_tracers_are_counted_also_once_content_is_given_up() {
    let mut rig = rig(PackLimits { spans: 20, ..LARGE }, 200_000, |_| again(None));
    for number in 0..1_000 {
        let tracer = InstrumentationScope::builder(format!("library {number}")).build();
        rig.sender.offer(&SpanData { instrumentation_scope: tracer, ..span_of(&number.to_string(), 2_000) });
    }
    let report = rig.counts.report();
    assert!(report.shed() > 100 && report.lost() > 100, "{report}");
    // The lists of each, and what says where its spans are.
    let least = 300 * usize::try_from(report.waiting()).unwrap();
    assert!(rig.budget.used() > least, "{} and not {least}: {report}", rig.budget.used());
    rig.sender.shutdown(Instant::now()).await;
    assert_eq!(rig.budget.used(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_span_that_was_cut_is_counted_with_what_is_left() {
    let own = Budget::new(MUCH);
    let outbox = outbox(&own);
    write(&outbox, &span_of("large", 100_000));
    outbox.hurry(Instant::now());
    let batch = outbox.next_now().unwrap().batch.shortened().unwrap();
    assert!(batch.bytes() < 60_000 && own.used() < batch.bytes() + 1_000, "{} and not {}", own.used(), batch.bytes());
    drop(batch);
    assert_eq!(own.used(), 0);
}

#[tokio::test(start_paused = true)]
async fn what_a_flush_leaves_waiting_has_next_to_no_room_that_is_not_used() {
    let outbox = outbox(&Budget::new(MUCH));
    for _ in 0..4 {
        for number in 0..150 {
            write(&outbox, &span_of(&number.to_string(), 1_000));
        }
        outbox.hurry(Instant::now());
    }
    let all = outbox.all();
    assert_eq!(all.len(), 4);
    // The first leaves at once.
    for mut waits in all.into_iter().skip(1) {
        let (memory, bytes) = (waits.batch.memory(), waits.batch.bytes());
        assert!(memory <= bytes + bytes / 16, "{memory} for {bytes}");
    }
}
