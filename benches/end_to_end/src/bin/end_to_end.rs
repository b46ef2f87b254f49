//! One stack under one load, from the application to the receiver: the arguments are `STACK WORK`. See
//! [`measure`](tracing_genai_bench_end_to_end::measure) for the work and for what it prints.

use tracing_genai_bench::load::Load;
use tracing_genai_bench_end_to_end::{Receiver, Stack, measure};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (stack, work) = arguments.split_first().expect("the name of a stack");
    let receiver = Receiver::start();
    let stack = Stack::start(stack, &receiver);
    let dispatch = stack.dispatch.clone();
    let trace = || tracing::dispatcher::with_default(&dispatch, || Load::Record.trace());
    measure(work, receiver, trace, || stack.shut_down());
}
