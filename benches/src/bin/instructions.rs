//! Runs one variant and nothing else, for callgrind to count. Arguments: the variant's name, and how often to make
//! 200 traces. The difference of two counts leaves out what starts and stops the program. With a third argument, spans
//! go to a receiver in its own process, and otherwise nowhere.

use tracing_genai_bench::{Receiver, Variant};
use tracing_genai_bench::load::SPANS;

const TRACES: u64 = 200;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().expect("the name of a variant");
    let times: u64 = arguments.next().and_then(|times| times.parse().ok()).expect("a number of times");
    let variant = Variant::named(&name).expect("a variant of this name");
    let mut receiver = arguments.next().map(|_| Receiver::start());
    let mut stack = receiver.as_ref().map_or_else(|| variant.start(), |receiver| variant.start_to(receiver));
    for _ in 0..times {
        stack.run(TRACES, |work| work());
    }
    if let Some(receiver) = &mut receiver {
        assert_eq!(receiver.arrived(), times * TRACES * SPANS, "spans were lost on the way");
    }
}
