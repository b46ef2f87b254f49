//! A Collector of a test's own, with a configuration of its own.

use std::fs;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
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
        let path = folder.join("collector.yaml");
        fs::write(&path, config).unwrap();
        let log = fs::File::create(folder.join("log")).unwrap();
        let child = Command::new(variable("TEST_COLLECTOR_BIN"))
            .arg("--config")
            .arg(&path)
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut collector = Self { child, grpc, http, folder };
        collector.wait();
        collector
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

fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}
