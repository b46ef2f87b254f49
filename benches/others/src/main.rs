//! One of the others under one load, from the application to the receiver: the arguments are `logfire WORK` or
//! `fastrace WORK`, and the variable `RECEIVER` names the receiver's program. See
//! [`measure`](tracing_genai_bench_end_to_end::measure) for the work and for what it prints.

mod fastrace;
mod logfire;

use tokio::runtime::Runtime;
use tracing_genai_bench_end_to_end::Receiver;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (stack, work) = arguments.split_first().expect("the name of a stack");
    let receiver = Receiver::start();
    match stack.as_str() {
        "logfire" => logfire::measure(work, receiver),
        "fastrace" => fastrace::measure(work, receiver),
        _ => panic!("no stack is named {stack}"),
    }
}

/// For tonic; one thread is what a small program has for it.
fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime")
}
