//! What needs a process of its own: the global subscriber, standard output, the end of a program.
//!
//! Each case runs as a child of this program, with a clean environment and a deadline. Run one by a part of its name:
//! `cargo test --test global deadlock`.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test that cannot go on has failed"
)]

#[path = "../it/support/agent.rs"]
mod agent;
mod cases;
#[cfg(all(feature = "spool", feature = "http", unix))]
mod full_disk;
#[cfg(all(feature = "spool", feature = "http"))]
mod killed;
mod leaving;
#[cfg(feature = "http")]
mod loaded;
#[cfg(all(feature = "spool", feature = "http"))]
mod neighbours;
#[cfg(feature = "http")]
mod peer;
#[cfg(all(feature = "spool", feature = "http"))]
mod slow;
#[cfg(feature = "http")]
mod soak;
#[path = "../it/support/surfaces.rs"]
mod surfaces;
mod tasks;
mod variables;

use std::io::Read;
use std::process::{Command, ExitCode, Stdio};
use std::thread::JoinHandle;
use std::time::Duration;

/// A case that has not ended by then hangs.
const DEADLINE: Duration = Duration::from_secs(60);
const CASE: &str = "TRACING_GENAI_TEST_CASE";
/// How often a case kills; see there.
const KILLS: &str = "TRACING_GENAI_TEST_KILLS";
/// What a child is to know of how much it has to do.
const PASSED_ON: &[&str] = &[
    KILLS,
    #[cfg(feature = "http")]
    loaded::SPANS,
    #[cfg(feature = "http")]
    soak::SECONDS,
    #[cfg(feature = "http")]
    soak::SEED,
];
/// Where the child of a case sends spans.
#[cfg(feature = "http")]
const ENDPOINT: &str = "TRACING_GENAI_TEST_ENDPOINT";

/// One case: what the child does, under which variables, and what it must have printed.
struct Case {
    name: &'static str,
    variables: &'static [(&'static str, &'static str)],
    run: fn(),
    check: fn(&Output),
}

/// What a child printed.
struct Output {
    stdout: String,
    stderr: String,
}

fn main() -> ExitCode {
    if let Ok(name) = std::env::var(CASE) {
        let case = all().chain(roles()).find(|case| case.name == name).expect("a known case");
        (case.run)();
        return ExitCode::SUCCESS;
    }
    let filters: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let (mut passed, mut failed) = (0, 0);
    for case in all() {
        if !filters.is_empty() && !filters.iter().any(|filter| case.name.contains(filter.as_str())) {
            continue;
        }
        match check(case) {
            Ok(said) => {
                println!("test {} ... ok{said}", case.name);
                passed += 1;
            }
            Err(error) => {
                println!("test {} ... FAILED\n{error}", case.name);
                failed += 1;
            }
        }
    }
    let word = if failed == 0 { "ok" } else { "FAILED" };
    println!("\ntest result: {word}. {passed} passed; {failed} failed; 0 ignored; 0 measured; 0 filtered out\n");
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn all() -> impl Iterator<Item = &'static Case> {
    let cases = cases::ALL.iter().chain(leaving::ALL).chain(tasks::ALL).chain(variables::ALL);
    #[cfg(feature = "http")]
    let cases = cases.chain(loaded::ALL).chain(soak::ALL);
    #[cfg(all(feature = "spool", feature = "http"))]
    let cases = cases.chain(killed::ALL).chain(neighbours::ALL).chain(slow::ALL);
    #[cfg(all(feature = "spool", feature = "http", unix))]
    let cases = cases.chain(full_disk::ALL);
    cases
}

/// What cases start.
fn roles() -> impl Iterator<Item = &'static Case> {
    let roles = std::iter::empty();
    #[cfg(feature = "http")]
    let roles = roles.chain(loaded::ROLES).chain(soak::ROLES);
    #[cfg(all(feature = "spool", feature = "http"))]
    let roles = roles.chain(killed::ROLES).chain(neighbours::ROLES);
    #[cfg(all(feature = "spool", feature = "http", unix))]
    let roles = roles.chain(full_disk::ROLES);
    roles
}

/// Some take longer when they are asked to do more.
fn deadline() -> Duration {
    let deadline = DEADLINE;
    #[cfg(feature = "http")]
    let deadline = deadline + Duration::from_secs(soak::seconds());
    #[cfg(all(feature = "spool", feature = "http"))]
    let deadline = deadline.max(Duration::from_secs(6) * killed::kills());
    deadline
}

/// What a case has to tell, when it has passed.
fn check(case: &Case) -> Result<String, String> {
    let output = run(case)?;
    let check = std::panic::catch_unwind(|| (case.check)(&output));
    let told = output.stdout.lines().filter_map(|line| line.strip_prefix("figures: "));
    let told: String = told.flat_map(|line| ["\n  ", line]).collect();
    check.map(|()| told).map_err(|_| format!("--- stdout\n{}\n--- stderr\n{}", output.stdout, output.stderr))
}

fn run(case: &Case) -> Result<Output, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let mut child = Command::new(program)
        .env_clear()
        .env(CASE, case.name)
        .env("RUST_BACKTRACE", "0")
        .envs(case.variables.iter().copied())
        .envs(std::env::vars().filter(|(name, _)| PASSED_ON.contains(&name.as_str())))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| error.to_string())?;
    let stdout = read(child.stdout.take());
    let stderr = read(child.stderr.take());
    // Waits on another thread, so that a child that hangs can be ended from here.
    let id = child.id();
    let (ended, wait) = std::sync::mpsc::channel();
    let waiter = std::thread::spawn(move || ended.send(child.wait()));
    let status = if let Ok(status) = wait.recv_timeout(deadline()) {
        Some(status.map_err(|error| error.to_string())?)
    } else {
        // By its own id; the waiter has not reaped it yet.
        let _ = Command::new("kill").args(["-9", &id.to_string()]).status();
        None
    };
    let _ = waiter.join();
    let output = Output { stdout: stdout.join().unwrap_or_default(), stderr: stderr.join().unwrap_or_default() };
    match status {
        Some(status) if status.success() => Ok(output),
        Some(status) => Err(format!("{status}\n--- stdout\n{}\n--- stderr\n{}", output.stdout, output.stderr)),
        None => Err(format!("hangs\n--- stdout\n{}\n--- stderr\n{}", output.stdout, output.stderr)),
    }
}

fn read(from: Option<impl Read + Send + 'static>) -> JoinHandle<String> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut from) = from {
            let _ = from.read_to_end(&mut bytes);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}
