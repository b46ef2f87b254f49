//! A process that is killed, with a spool that writes ahead: what is missing, and what comes twice.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher, RandomState};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tracing_genai::{Destination, Protocol, Spool, SpoolMode, Telemetry};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::peer::{Deed, Peer};
use crate::{CASE, Case, ENDPOINT, KILLS};

const DIR: &str = "TRACING_GENAI_TEST_DIR";
const FIRST: &str = "TRACING_GENAI_TEST_FIRST";
/// Spans of one process.
const MANY: u64 = 1_000_000;

pub(crate) const ALL: &[Case] = &[Case {
    name: "processes_killed_at_random_lose_their_last_second_at_most_and_repeat_at_most_one_request",
    variables: &[],
    run: kill_and_count,
    check: |output| assert!(output.stdout.contains(" spans ended"), "the figures are told"),
}];

/// Not cases, but what they start.
pub(crate) const ROLES: &[Case] = &[
    Case { name: "role: victim", variables: &[], run: victim, check: |_| {} },
    Case { name: "role: heir", variables: &[], run: heir, check: |_| {} },
];

/// How many processes are killed; 20 unless the variable says otherwise.
pub(crate) fn kills() -> u32 {
    std::env::var(KILLS).ok().and_then(|kills| kills.parse().ok()).unwrap_or(20)
}

/// With a spool that writes ahead.
pub(crate) fn telemetry() -> Telemetry {
    let telemetry = tracing_genai::builder("test")
        .with_destination(
            Destination::otlp(std::env::var(ENDPOINT).unwrap()).with_protocol(Protocol::HttpProtobuf).with_name("peer"),
        )
        .with_spool(Spool::in_dir(directory()).with_mode(SpoolMode::WriteAhead))
        .build()
        .unwrap();
    tracing_subscriber::registry().with(telemetry.layer()).init();
    telemetry
}

/// Where its spool lies.
fn directory() -> PathBuf {
    std::env::var_os(DIR).unwrap().into()
}

/// The id of the first span of a process that was started.
pub(crate) fn first_id() -> u64 {
    std::env::var(FIRST).unwrap().parse().unwrap()
}

/// Makes spans, and tells of each when it has ended, until it is killed.
fn victim() {
    let _telemetry = telemetry();
    let first = first_id();
    let mut stdout = std::io::stdout().lock();
    for id in first..first + MANY {
        drop(tracing::info_span!("work", app.id = id.cast_signed()));
        writeln!(stdout, "{id} {}", now()).unwrap();
        stdout.flush().unwrap();
        // Not all at once: a second must hold a second's worth.
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Sends what the victims have left.
fn heir() {
    let telemetry = telemetry();
    drop(tracing::info_span!("work"));
    let end = Instant::now() + Duration::from_secs(30);
    while Instant::now() < end {
        telemetry.flush(Duration::from_secs(1));
        let report = telemetry.report();
        // Its own file is there as long as it lives, those of the dead until all in them is sent.
        let files = std::fs::read_dir(directory()).unwrap().count();
        if report.spooled() == 0 && report.waiting() == 0 && files == 1 {
            break;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    println!("{}", telemetry.shutdown(Duration::from_secs(5)));
}

fn now() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()
}

fn kill_and_count() {
    // Of a process that is killed the system keeps what was written, on any disk: one in memory shows the same sooner.
    let memory = std::path::Path::new("/dev/shm");
    let place = if memory.is_dir() { memory } else { std::path::Path::new(env!("CARGO_TARGET_TMPDIR")) };
    let dir = tempfile::tempdir_in(place).unwrap();
    let peer = Peer::start();
    let kills = kills();
    // When each span ended, and whether that was more than a second before its process was killed.
    let mut ended: BTreeMap<u64, bool> = BTreeMap::new();
    for number in 0..kills {
        // Half of them live without a peer.
        peer.does(move |_| if number % 2 == 1 { Deed::Refuse("503 Service Unavailable", "") } else { Deed::Take });
        // Some die while they start: what they lose is not held against them, but nothing else may come to harm.
        let starts = number % 5 == 2;
        for (id, at, killed) in live_and_die(&peer, dir.path(), u64::from(number) * MANY, starts) {
            ended.insert(id, !starts && at + 1_000 < killed);
        }
    }
    peer.does(|_| Deed::Take);
    let heir = child("role: heir", &peer, dir.path(), 0).output().unwrap();
    let report = String::from_utf8_lossy(&heir.stdout).into_owned();
    assert!(heir.status.success(), "{report}");

    let requests = peer.taken();
    let arrived: BTreeSet<u64> = requests.iter().flatten().copied().collect();
    let (mut lost, mut late) = (Vec::new(), 0);
    for (id, early) in &ended {
        match (arrived.contains(id), early) {
            (true, _) => {}
            (false, true) => lost.push(*id),
            (false, false) => late += 1,
        }
    }
    // A request comes twice as it was, and nothing else comes twice.
    let distinct: BTreeSet<&Vec<u64>> = requests.iter().filter(|ids| !ids.is_empty()).collect();
    let in_distinct: usize = distinct.iter().map(|ids| ids.len()).sum();
    let repeated = requests.iter().filter(|ids| !ids.is_empty()).count() - distinct.len();
    println!(
        "figures: {kills} killed, {} spans ended, {} arrived, {late} of a last second missing, {} others missing, {repeated} \
         requests twice; heir: {report}",
        ended.len(),
        arrived.len(),
        lost.len()
    );
    assert!(ended.values().filter(|early| **early).count() > kills as usize * 20, "enough was at stake");
    assert!(lost.is_empty(), "missing: {:?}", lost.iter().take(20).collect::<Vec<_>>());
    assert_eq!(in_distinct, arrived.len(), "a span came in two different requests");
    assert!(repeated <= kills as usize, "{repeated} requests came twice");
    assert!(report.contains(" 0 waiting, 0 lost"), "{report}");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0, "nothing is left on disk");
}

/// Starts a victim and kills it; the spans that it told of: id, when it ended, when it was killed.
///
/// What a process does once, before its first request, takes as long as the machine is slow (without optimization,
/// compiling the patterns of secrets alone may take a second beside others). So the clock of one that is not to die in its
/// `starts` begins with its first request; those spans count that ended before as well.
fn live_and_die(peer: &Peer, dir: &std::path::Path, first: u64, starts: bool) -> Vec<(u64, u128, u128)> {
    let requests = peer.requests();
    let mut child = child("role: victim", peer, dir, first).spawn().unwrap();
    let mut told = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    told.read_line(&mut line).unwrap();
    let reader = std::thread::spawn(move || {
        let mut rest = String::new();
        // A line that was cut by the end is no line.
        let _ = told.read_to_string(&mut rest);
        rest
    });
    let random = RandomState::new().hash_one(first) % 700;
    if starts {
        std::thread::sleep(Duration::from_millis(random));
    } else {
        peer.wait_for_more_than(requests);
        std::thread::sleep(Duration::from_millis(1_100 + random));
    }
    let killed = now();
    child.kill().unwrap();
    child.wait().unwrap();
    line.push_str(&reader.join().unwrap());
    let whole = line.rsplit_once('\n').map_or("", |(whole, _)| whole);
    let spans = whole.lines().map(|line| {
        let (id, at) = line.split_once(' ').unwrap();
        (id.parse().unwrap(), at.parse().unwrap(), killed)
    });
    spans.collect()
}

/// A process in that role.
pub(crate) fn child(role: &str, peer: &Peer, dir: &std::path::Path, first: u64) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .env_clear()
        .env(CASE, role)
        .env(ENDPOINT, &peer.endpoint)
        .env(DIR, dir)
        .env(FIRST, first.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit());
    command
}
