//! A service that runs until it is told to stop, by Ctrl-C or SIGTERM, and loses none of its last spans.
//!
//! ```text
//! cargo run --example service                # until Ctrl-C
//! cargo run --example service -- --for 2     # ends by itself after two seconds
//! ```
//!
//! Three things in this order: take no new work, let the work at hand end (a span is exported when it ends), and then
//! give telemetry a deadline. What could not be delivered by then is in the report.

#![expect(clippy::print_stdout, reason = "an example talks to the person who runs it")]

use std::error::Error;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{interval, sleep};
use tracing::{Span, instrument};
use tracing_genai::{GenAiSpanExt, Scope, Usage};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let telemetry = tracing_genai::install("tickets")?;

    let mut tickets = interval(Duration::from_millis(100));
    let mut at_work = JoinSet::new();
    let stop = stop_signal();
    tokio::pin!(stop);
    for number in 1_u64.. {
        tokio::select! {
            reason = &mut stop => {
                println!("{}: {} tickets at work", reason?, at_work.len());
                break;
            }
            _ = tickets.tick() => {}
        }
        let scope = Scope::new().with_conversation(format!("ticket-{number}"));
        at_work.spawn(scope.attach(answer(number)));
        while at_work.try_join_next().is_some() {}
    }

    at_work.join_all().await;
    let report = telemetry.shutdown_async(Duration::from_secs(5)).await;
    println!("{report}");
    if report.is_complete() { Ok(()) } else { Err("spans were lost".into()) }
}

#[instrument(skip_all, fields(span_type = "agent", agent = "answerer"))]
async fn answer(number: u64) {
    ask().await;
    println!("answered ticket {number}");
}

#[instrument(skip_all, fields(span_type = "llm", provider = "openai", model = "gpt-4o-mini"))]
async fn ask() {
    // A model would be called here.
    sleep(Duration::from_millis(250)).await;
    Span::current().record_usage(Usage::new(420, 65)).record_finish_reason("stop");
}

/// Resolves with the reason to stop.
async fn stop_signal() -> Result<&'static str, Box<dyn Error>> {
    let limit = match std::env::args().skip_while(|argument| argument != "--for").nth(1) {
        Some(seconds) => Duration::from_secs(seconds.parse()?),
        None => Duration::MAX,
    };
    #[cfg(unix)]
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    #[cfg(unix)]
    let terminated = terminate.recv();
    #[cfg(not(unix))]
    let terminated = std::future::pending::<Option<()>>();
    Ok(tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted.map(|()| "Ctrl-C")?,
        _ = terminated => "SIGTERM",
        () = sleep(limit) => "time is up",
    })
}
