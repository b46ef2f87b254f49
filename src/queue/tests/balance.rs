//! Whatever comes and goes, in whatever order: each span is counted once, and all room is given back.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

/// What happens to a queue.
#[derive(Clone, Debug)]
enum Step {
    /// A GenAI span comes, or another one: with so many bytes of content, of one of several tracers, in one of two scopes.
    Push {
        gen_ai: bool,
        bytes: usize,
        tracer: u8,
        scope: Option<usize>,
    },
    /// The worker takes so many, and is done with them.
    Work(usize),
    /// It takes so many over, and they wait at its end.
    TakeOver,
    Close,
}

fn step() -> impl Strategy<Value = Step> {
    let bytes = prop_oneof![4 => 0..200_usize, 3 => 1_000..12_000_usize, 1 => Just(2 * LIMIT)];
    let push = (any::<bool>(), bytes, 0..7_u8, proptest::option::of(0..2_usize))
        .prop_map(|(gen_ai, bytes, tracer, scope)| Step::Push { gen_ai, bytes, tracer, scope });
    prop_oneof![
        40 => push,
        4 => (1..12_usize).prop_map(Step::Work),
        2 => Just(Step::TakeOver),
    ]
}

fn span(gen_ai: bool, bytes: usize, tracer: u8) -> SpanData {
    let mut span = if gen_ai { call(bytes) } else { plain(vec![KeyValue::new("a", "x".repeat(bytes))]) };
    span.instrumentation_scope = InstrumentationScope::builder(format!("library {tracer}")).build();
    span.events.events = vec![Event::new("said", UNIX_EPOCH, vec![KeyValue::new("b", "x".repeat(bytes / 2))], 0)];
    span
}

/// As the worker has it. Gives how many of them are no remnants.
fn work(queue: &Queue, most: usize) -> u64 {
    let mut batch = Vec::new();
    queue.take(most, &mut batch);
    let all = batch.iter_mut().flatten();
    let done = all.map(|ended| {
        ended.settle();
        ended.give_back();
        if !ended.lost {
            queue.passing.hand_over();
            queue.passing.pass_on();
        }
        u64::from(!ended.lost)
    });
    let done = done.sum();
    queue.take_back(&mut batch);
    done
}

proptest! {
    #[test]
    fn each_span_is_counted_once_and_all_room_is_given_back(
        steps in vec(step(), 0..250),
        closes in proptest::option::of(0..250_usize),
        most in proptest::option::of(1..40_usize),
    ) {
        let queue = Queue::new(Budget::new(LIMIT), most);
        let scopes = [0, 1].map(|n| {
            let mut scope = ScopeValues::default();
            scope.attributes = vec![KeyValue::new("s", "x".repeat(2_000 * n))];
            Arc::new(scope)
        });
        let (mut pushed, mut done) = (0, 0);
        for (n, step) in steps.into_iter().enumerate() {
            match if closes == Some(n) { Step::Close } else { step } {
                Step::Push { gen_ai, bytes, tracer, scope } => {
                    let scope = scope.map(|scope| Arc::clone(&scopes[scope]));
                    queue.push(&mut span(gen_ai, bytes, tracer), None, scope);
                    pushed += 1;
                }
                Step::Work(most) => done += work(&queue, most),
                Step::TakeOver => _ = queue.take(0, &mut Vec::new()),
                Step::Close => queue.close(),
            }
            let ended = queue.lost() + queue.lost_at_shutdown() + done;
            prop_assert_eq!((queue.waiting() + ended, queue.passing.passed_on()), (pushed, done));
            prop_assert!(queue.budget.used() <= LIMIT, "{}", queue.budget.used());
            prop_assert!(queue.reserve.used() <= LIMIT / super::super::REMNANTS, "{}", queue.reserve.used());
        }
        queue.close();
        queue.give_up();
        prop_assert_eq!(queue.lost() + queue.lost_at_shutdown() + done, pushed);
        prop_assert_eq!((queue.budget.used(), queue.reserve.used(), queue.waiting(), queue.len()), (0, 0, 0, 0));
        // Nobody is left who pays for one.
        prop_assert!(scopes.iter().all(|scope| scope.claim()));
    }
}
