//! A steady load against a peer that fails at random: nothing is lost, as read back by ids, and memory stays flat.
//!
//! `tests/soak` runs it for longer. A third of the seeds has no spool, a third one where requests go when memory gets
//! short, and a third one that writes ahead.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tracing::info_span;
#[cfg(feature = "spool")]
use tracing_genai::SpoolMode;
use tracing_genai::{Content, Destination, Protocol, Redaction};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::loaded::{MIB, rss};
use crate::peer::{Deed, Peer};
use crate::{CASE, Case, ENDPOINT};

/// How long, and where chance begins; a seed that failed is given again to see it fail again, as far as time allows.
pub(crate) const SECONDS: &str = "TRACING_GENAI_TEST_SOAK_SECONDS";
pub(crate) const SEED: &str = "TRACING_GENAI_TEST_SOAK_SEED";
/// Of each second.
const SPANS: u64 = 1_000;
const BUDGET: u64 = 16 * MIB;
/// Where the spool lies.
#[cfg(feature = "spool")]
const DIR: &str = "TRACING_GENAI_TEST_DIR";

pub(crate) const ALL: &[Case] = &[Case {
    name: "a_soak_with_faults_at_random_loses_nothing_and_memory_stays_flat",
    variables: &[],
    run: soak,
    check: |output| assert!(output.stdout.contains("figures: ")),
}];

/// Not cases, but what they start.
pub(crate) const ROLES: &[Case] = &[Case { name: "role: soak", variables: &[], run: produce, check: |_| {} }];

/// 8 s unless the variable says otherwise.
pub(crate) fn seconds() -> u64 {
    variable(SECONDS).unwrap_or(8)
}

fn variable(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|number| number.parse().ok())
}

/// Spans of all sizes, as many in each second as is said above.
fn produce() {
    let seed = variable(SEED).unwrap();
    let concurrency = usize::try_from(seed % 3 + 1).unwrap();
    let destination = Destination::otlp(std::env::var(ENDPOINT).unwrap())
        .with_protocol(Protocol::HttpProtobuf)
        .with_timeout(Duration::from_secs(1))
        .with_concurrency(concurrency);
    let builder = tracing_genai::builder("soak")
        // Many requests, so that much goes wrong.
        .with_env(|name| (name == "OTEL_BSP_SCHEDULE_DELAY").then(|| "50".to_owned()))
        .with_queue_bytes(usize::try_from(BUDGET).unwrap())
        .with_content(Content::span_only())
        .with_redaction(Redaction::none())
        .with_destination(destination);
    #[cfg(feature = "spool")]
    let builder = match spool(seed) {
        Some(mode) => builder.with_spool(tracing_genai::Spool::in_dir(std::env::var_os(DIR).unwrap()).with_mode(mode)),
        None => builder,
    };
    let telemetry = builder.build().unwrap();
    tracing_subscriber::registry().with(telemetry.layer()).init();
    let before = rss("VmRSS:");
    let begin = Instant::now();
    let input = "why? ".repeat(400);
    for id in 0..seconds() * SPANS {
        let due = Duration::from_micros(id * 1_000_000 / SPANS);
        std::thread::sleep(due.saturating_sub(begin.elapsed()));
        let span =
            info_span!("call", span_type = "llm", model = "gpt-4o-mini", app.id = id, input = tracing::field::Empty);
        if id % 10 == 0 {
            span.record("input", &*input);
        }
        drop(span.entered());
    }
    println!("ended");
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
    let report = telemetry.shutdown(Duration::from_secs(30));
    println!("{}", rss("VmHWM:").saturating_sub(before));
    println!("{report}");
}

/// Whether there is a spool is chance too, apart from how many requests are on their way at once.
#[cfg(feature = "spool")]
fn spool(seed: u64) -> Option<SpoolMode> {
    match seed / 3 % 3 {
        0 => None,
        1 => Some(SpoolMode::OnFailure),
        _ => Some(SpoolMode::WriteAhead),
    }
}

fn soak() {
    let seed = variable(SEED).unwrap_or_else(|| {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        u64::from(now.subsec_nanos()) | 1
    });
    // Said before anything can go wrong.
    println!("seed {seed}");
    let peer = Peer::judging(faults(seed));
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.env_clear();
    #[cfg(feature = "spool")]
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    #[cfg(feature = "spool")]
    command.env(DIR, dir.path());
    let mut child = command
        .env(CASE, "role: soak")
        .env(ENDPOINT, &peer.endpoint)
        .env(SECONDS, seconds().to_string())
        .env(SEED, seed.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap();
    let mut says = BufReader::new(child.stdout.take().unwrap());
    let mut line = || {
        let mut line = String::new();
        says.read_line(&mut line).unwrap();
        line.trim().to_owned()
    };
    assert_eq!(line(), "ended");
    peer.does(|_| Deed::Take);
    writeln!(child.stdin.as_mut().unwrap()).unwrap();
    let grown = line().parse::<u64>().unwrap() * 1_024;
    let report = line();
    assert!(child.wait().unwrap().success());
    let taken = peer.taken();
    let arrived: BTreeSet<u64> = taken.iter().flatten().copied().collect();
    let twice = taken.iter().map(Vec::len).sum::<usize>() - arrived.len();
    let count = seconds() * SPANS;
    println!(
        "figures: seed {seed}, {count} spans in {} requests, {} arrived, {twice} twice; grown by {} MiB; {report}",
        taken.len(),
        arrived.len(),
        grown / MIB
    );
    assert_eq!(arrived.len() as u64, count);
    // In a long one content may have to go for a while.
    assert!(report.contains(" 0 waiting,") && report.contains(" 0 lost"), "{report}");
    assert!(grown <= BUDGET + 16 * MIB, "{grown} bytes");
}

/// What goes wrong, by chance: single requests, and now and then everything for a while.
fn faults(seed: u64) -> impl FnMut(usize) -> Deed + Send {
    let mut state = seed | 1;
    let mut chance = move |of: u64| {
        // xorshift64
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % of
    };
    let mut away_until = None::<Instant>;
    move |spans| {
        if away_until.is_some_and(|until| Instant::now() < until) {
            return if chance(2) == 0 { Deed::Close } else { Deed::Refuse("503 Service Unavailable", "") };
        }
        match chance(100) {
            55..62 => Deed::TakeLate(chance(200)),
            62..68 => Deed::TakeAndCut,
            68..75 => Deed::Refuse("503 Service Unavailable", "connection: close\r\n"),
            75..78 => Deed::Refuse("429 Too Many Requests", "retry-after: 1\r\n"),
            78..82 => Deed::Refuse("429 Too Many Requests", ""),
            // A single span would be cut, and then be lost.
            82..86 if spans > 1 => Deed::Refuse("413 Payload Too Large", ""),
            86..92 => Deed::Close,
            92..94 => Deed::Hang,
            94..96 => {
                away_until = Some(Instant::now() + Duration::from_millis(500 + chance(1_500)));
                Deed::Close
            }
            _ => Deed::Take,
        }
    }
}
