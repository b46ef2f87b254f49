//! A Collector of a test's own, with a configuration of its own.

use std::collections::BTreeSet;
use std::fs;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use crate::jaeger::variable;

/// Stopped, by its own process id, when the test ends.
pub(crate) struct Collector {
    child: Child,
    pub(crate) grpc: u16,
    pub(crate) http: u16,
    folder: PathBuf,
}

impl Collector {
    /// Starts one that drops what it receives. `protocol` is put under both protocols, `rest` at the end of the
    /// configuration; both are YAML with their own indentation.
    pub(crate) fn start(name: &str, protocol: &str, extensions: &str, files: &[(&str, &str)]) -> Self {
        let folder = std::env::temp_dir().join(format!("tracing-genai-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        for (file, text) in files {
            fs::write(folder.join(file), text).unwrap();
        }
        let (grpc, http) = (free_port(), free_port());
        let protocol = protocol.replace("{folder}", folder.to_str().unwrap());
        let (extensions, use_extensions) = if extensions.is_empty() {
            (String::new(), "")
        } else {
            (format!("extensions:\n{extensions}\n"), "extensions: [bearertokenauth]")
        };
        let config = format!(
            "{extensions}receivers:\n  otlp:\n    protocols:\n      grpc:\n        endpoint: 127.0.0.1:{grpc}\n{protocol}\n      \
             http:\n        endpoint: 127.0.0.1:{http}\n{protocol}\nexporters:\n  debug: {{}}\nservice:\n  {use_extensions}\n  \
             telemetry:\n    metrics:\n      level: none\n  pipelines:\n    traces:\n      receivers: [otlp]\n      exporters: [debug]\n"
        );
        fs::write(folder.join("collector.yaml"), config).unwrap();
        let child = run(&folder);
        let mut collector = Self { child, grpc, http, folder };
        collector.wait();
        collector
    }

    /// Starts one that writes what it has taken to a file, before it answers, and has these processors: YAML of each,
    /// with its indentation.
    pub(crate) fn writing(name: &str, processors: &[(&str, &str)]) -> Self {
        let folder = std::env::temp_dir().join(format!("tracing-genai-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let (grpc, http) = (free_port(), free_port());
        write_config(&folder, grpc, http, processors);
        let child = run(&folder);
        let mut collector = Self { child, grpc, http, folder };
        collector.wait();
        collector
    }

    /// Ends it in good order.
    pub(crate) fn stop(&mut self) {
        let stopped = Command::new("kill").arg(self.child.id().to_string()).status().unwrap();
        assert!(stopped.success());
        self.child.wait().unwrap();
    }

    /// Starts it again on the same ports, with these processors.
    pub(crate) fn start_again(&mut self, processors: &[(&str, &str)]) {
        write_config(&self.folder, self.grpc, self.http, processors);
        self.child = run(&self.folder);
        self.wait();
    }

    /// The numbers under `app.id` on the spans that it has written.
    pub(crate) fn ids(&self) -> BTreeSet<u64> {
        const BEFORE: &str = r#"{"key":"app.id","value":{"intValue":""#;
        let written = self.written();
        let ids = written.split(BEFORE).skip(1);
        ids.map(|rest| rest.split('"').next().unwrap().parse().unwrap()).collect()
    }

    /// All that it has written.
    pub(crate) fn written(&self) -> String {
        fs::read_to_string(self.folder.join("spans.jsonl")).unwrap_or_default()
    }

    /// Both ports answer.
    fn wait(&mut self) {
        let started = Instant::now();
        for port in [self.grpc, self.http] {
            while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
                let ended = self.child.try_wait().unwrap();
                assert!(ended.is_none() && started.elapsed() < Duration::from_secs(30), "{}", self.log());
                std::thread::sleep(Duration::from_millis(20));
            }
        }
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn run(folder: &Path) -> Child {
    let log = fs::File::create(folder.join("log")).unwrap();
    Command::new(variable("TEST_COLLECTOR_BIN"))
        .arg("--config")
        .arg(folder.join("collector.yaml"))
        .stdin(Stdio::null())
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .spawn()
        .unwrap()
}

fn write_config(folder: &Path, grpc: u16, http: u16, processors: &[(&str, &str)]) {
    let names: Vec<&str> = processors.iter().map(|(name, _)| *name).collect();
    let processors: String = processors.iter().map(|(name, yaml)| format!("  {name}:\n{yaml}\n")).collect();
    let (processors, use_processors) = if names.is_empty() {
        (String::new(), String::new())
    } else {
        (format!("processors:\n{processors}"), format!("      processors: [{}]\n", names.join(", ")))
    };
    let file = folder.join("spans.jsonl");
    let config = format!(
        "receivers:\n  otlp:\n    protocols:\n      grpc:\n        endpoint: 127.0.0.1:{grpc}\n      http:\n        \
         endpoint: 127.0.0.1:{http}\n{processors}exporters:\n  file:\n    path: {}\n    rotation:\n      \
         max_megabytes: 10000\nservice:\n  telemetry:\n    metrics:\n      level: none\n  pipelines:\n    traces:\n      \
         receivers: [otlp]\n{use_processors}      exporters: [file]\n",
        file.display()
    );
    fs::write(folder.join("collector.yaml"), config).unwrap();
}

/// None that the system gives to whoever asks for any (32768 and above, or 49152): while a Collector is stopped its ports stay
/// its own.
fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let begin = u16::try_from(std::process::id() % 1_000).unwrap() * 10;
    loop {
        let port = 20_000 + (begin + NEXT.fetch_add(1, Ordering::Relaxed)) % 12_000;
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
}
