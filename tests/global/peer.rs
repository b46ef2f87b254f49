//! A peer that takes OTLP over HTTP, or misbehaves as it is told, and remembers the ids that it has taken.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;

/// What it does with a request.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Deed {
    Take,
    /// Takes it after so many milliseconds.
    TakeLate(u64),
    /// Takes it, and the answer is cut in its middle.
    TakeAndCut,
    /// Gives this status, with these further lines of its head.
    Refuse(&'static str, &'static str),
    /// Closes without an answer.
    Close,
    /// Gives no answer, and holds the connection until the next request comes.
    Hang,
}

pub(crate) type Judge = dyn FnMut(usize) -> Deed + Send;

pub(crate) struct Peer {
    pub(crate) endpoint: String,
    state: Arc<State>,
}

struct State {
    judge: Mutex<Box<Judge>>,
    /// It reads nothing for as long as this is set.
    stopped: Mutex<bool>,
    goes_on: Condvar,
    /// The ids in each request that was taken.
    taken: Mutex<Vec<Vec<u64>>>,
    requests: Mutex<u64>,
    another: Condvar,
}

impl Peer {
    /// Takes everything.
    pub(crate) fn start() -> Self {
        Self::judging(|_| Deed::Take)
    }

    /// `judge` is told each request's number of spans.
    pub(crate) fn judging(judge: impl FnMut(usize) -> Deed + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(State {
            judge: Mutex::new(Box::new(judge)),
            stopped: Mutex::default(),
            goes_on: Condvar::new(),
            taken: Mutex::default(),
            requests: Mutex::default(),
            another: Condvar::new(),
        });
        let peer = Self { endpoint, state: Arc::clone(&state) };
        std::thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let state = Arc::clone(&state);
                // It ends with its connection.
                std::thread::spawn(move || while state.serve(&connection).is_some() {});
            }
        });
        peer
    }

    /// From now on.
    pub(crate) fn does(&self, judge: impl FnMut(usize) -> Deed + Send + 'static) {
        *self.state.judge.lock().unwrap() = Box::new(judge);
    }

    /// Stops reading, or goes on.
    pub(crate) fn stop(&self, stopped: bool) {
        *self.state.stopped.lock().unwrap() = stopped;
        self.state.goes_on.notify_all();
    }

    /// How many requests have come.
    #[cfg(feature = "spool")]
    pub(crate) fn requests(&self) -> u64 {
        *self.state.requests.lock().unwrap()
    }

    /// Comes back when there were more.
    #[cfg(feature = "spool")]
    pub(crate) fn wait_for_more_than(&self, number: u64) {
        let requests = self.state.requests.lock().unwrap();
        drop(self.state.another.wait_while(requests, |requests| *requests <= number).unwrap());
    }

    /// The ids in each request that was taken, and forgets them.
    pub(crate) fn taken(&self) -> Vec<Vec<u64>> {
        std::mem::take(&mut self.state.taken.lock().unwrap())
    }
}

impl State {
    /// One request.
    fn serve(&self, mut connection: &TcpStream) -> Option<()> {
        drop(self.goes_on.wait_while(self.stopped.lock().unwrap(), |stopped| *stopped).unwrap());
        let body = read(connection)?;
        let spans = spans(&body);
        let number = {
            let mut requests = self.requests.lock().unwrap();
            *requests += 1;
            self.another.notify_all();
            *requests
        };
        let deed = (self.judge.lock().unwrap())(spans.len());
        if let Deed::TakeLate(milliseconds) = deed {
            std::thread::sleep(Duration::from_millis(milliseconds));
        }
        if matches!(deed, Deed::Take | Deed::TakeLate(_) | Deed::TakeAndCut) {
            self.taken.lock().unwrap().push(spans.iter().filter_map(id).collect());
        }
        let (status, head) = match deed {
            Deed::Take | Deed::TakeLate(_) => ("200 OK", ""),
            Deed::Refuse(status, head) => (status, head),
            Deed::TakeAndCut => {
                let _ = connection.write_all(b"HTTP/1.1 200 OK\r\nconte");
                return None;
            }
            Deed::Close => return None,
            Deed::Hang => {
                let requests = self.requests.lock().unwrap();
                drop(self.another.wait_while(requests, |requests| *requests == number).unwrap());
                return None;
            }
        };
        connection.write_all(format!("HTTP/1.1 {status}\r\n{head}content-length: 0\r\n\r\n").as_bytes()).ok()
    }
}

/// The next request's body.
fn read(connection: &TcpStream) -> Option<Vec<u8>> {
    let mut reader = BufReader::new(connection);
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim().to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        if line.is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(body)
}

fn spans(request: &[u8]) -> Vec<Span> {
    let request = ExportTraceServiceRequest::decode(request).unwrap();
    let scopes = request.resource_spans.into_iter().flat_map(|resource| resource.scope_spans);
    scopes.flat_map(|scope| scope.spans).collect()
}

fn id(span: &Span) -> Option<u64> {
    let id = span.attributes.iter().find(|attribute| attribute.key == "app.id")?;
    let Some(Value::IntValue(id)) = id.value.as_ref()?.value else { panic!("an id is a number") };
    Some(id.cast_unsigned())
}
