//! A disk that is full, as the system says it: a process that may write no more than 2 MiB into a file.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};
use std::time::Duration;

use tracing_genai::{Destination, Protocol, Spool, SpoolMode};

use crate::peer::{Deed, Peer};
use crate::{CASE, Case, ENDPOINT};

const DIR: &str = "TRACING_GENAI_TEST_DIR";
/// Of 4 KB each.
const SPANS: u64 = 2_000;

pub(crate) const ALL: &[Case] = &[Case {
    name: "a_disk_that_fills_up_is_said_with_the_remedy_and_memory_goes_on",
    variables: &[],
    run: fill,
    check: |output| {
        let said = output.stdout.matches("cannot be used").count();
        assert!(said == 1, "it is said {said} times");
        assert!(output.stdout.contains("free space there") && output.stdout.contains("TRACING_GENAI_SPOOL_DIR"));
    },
}];

/// Not cases, but what they start.
pub(crate) const ROLES: &[Case] =
    &[Case { name: "role: writer on a full disk", variables: &[], run: write, check: |_| {} }];

fn write() {
    let guard = tracing_genai::builder("test")
        .with_destination(
            Destination::otlp(std::env::var(ENDPOINT).unwrap()).with_protocol(Protocol::HttpProtobuf).with_name("peer"),
        )
        .with_spool(Spool::in_dir(std::env::var(DIR).unwrap()).with_mode(SpoolMode::WriteAhead))
        .install()
        .unwrap();
    for id in 0..SPANS {
        drop(tracing::info_span!("work", app.id = id.cast_signed(), app.rows = "0123456789abcdef".repeat(256)));
    }
    // What fits lies on disk and in memory, the rest in memory alone.
    guard.flush(Duration::from_millis(1_500));
    println!("all made");
    std::io::stdin().read_line(&mut String::new()).unwrap();
    println!("{}", guard.shutdown(Duration::from_secs(20)));
}

fn fill() {
    let dir = tempfile::tempdir().unwrap();
    let peer = Peer::start();
    peer.does(|_| Deed::Refuse("503 Service Unavailable", ""));
    // The shell has the limit, and that a process is told of it by an error and not by a signal.
    let mut writer = Command::new("sh")
        .args(["-c", r#"trap "" XFSZ; ulimit -f 4096; exec "$0""#])
        .arg(std::env::current_exe().unwrap())
        .env_clear()
        .env(CASE, "role: writer on a full disk")
        .env(ENDPOINT, &peer.endpoint)
        .env(DIR, dir.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap();
    let mut told = BufReader::new(writer.stdout.take().unwrap());
    let mut line = String::new();
    while !line.contains("all made") {
        assert!(told.read_line(&mut line).unwrap() > 0, "{line}");
    }
    peer.does(|_| Deed::Take);
    drop(writer.stdin.take());
    told.read_to_string(&mut line).unwrap();
    assert!(writer.wait().unwrap().success(), "{line}");
    println!("{line}");
    let mut arrived: Vec<u64> = peer.taken().into_iter().flatten().collect();
    arrived.sort_unstable();
    assert!(arrived.iter().copied().eq(0..SPANS), "{} arrived, once each", arrived.len());
    assert!(line.contains(&format!("{SPANS} delivered, 0 waiting, 0 lost")), "{line}");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0, "nothing is left on disk");
}
