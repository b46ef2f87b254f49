//! The README's table of real clients, as the snapshots of `tests/clients` have it.

use std::collections::BTreeSet;
use std::fs;

use super::tables::{code, head, row};

/// A client, the trace of a call, and that of one that failed.
const CLIENTS: [(&str, &str, &str, &str); 3] = [
    ("rig", "an agent's call by", "rig_openai_agent", "rig_openai_error"),
    ("genai", "a call by", "genai_openai_chat", "genai_openai_error"),
    ("async-openai", "an `#[instrument]` function around", "async_openai_chat", "async_openai_error"),
];

/// The first model call of one half of a snapshot.
struct Call {
    name: String,
    kind: String,
    status: String,
    attributes: Vec<(String, String)>,
}

/// What is looked at, of a call or of one that failed.
type Look = fn(&Call) -> Option<String>;

/// Clients by what is seen of their calls: with the stock layer → here, and once where it is the same.
pub(super) fn clients() -> String {
    let manifest = super::read("tests/clients/Cargo.toml");
    let titles: Vec<String> =
        CLIENTS.iter().map(|(name, what, ..)| format!("{what} `{name}` {}", version(&manifest, name))).collect();
    let mut cells: Vec<&str> = vec!["what leaves"];
    cells.extend(titles.iter().map(String::as_str));
    let mut table = head(&cells);
    let rows: [(&str, bool, Look); 9] = [
        ("span name", false, |call| Some(code(&call.name))),
        ("kind", false, |call| Some(call.kind.clone())),
        ("provider", false, |call| call.get("gen_ai.provider.name")),
        ("input tokens", false, |call| call.get("gen_ai.usage.input_tokens")),
        ("finish reasons", false, |call| call.get("gen_ai.response.finish_reasons")),
        ("keys that stand twice", false, |call| Some(call.twice().to_string())),
        ("the conversation, which the client records", false, |call| {
            call.get("gen_ai.input.messages").map(|_| "all of it".to_owned())
        }),
        ("cost in USD", false, |call| call.get("gen_ai.usage.cost")),
        ("status of a call that failed", true, |call| {
            let kind = call.get("error.type").map(|kind| format!(", `error.type` {kind}"));
            let status = call.status.split(' ').next().unwrap_or_default();
            Some(format!("{status}{}", kind.unwrap_or_default()))
        }),
    ];
    for (concept, failed, look) in rows {
        let cells = CLIENTS.map(|(_, _, call, failure)| {
            let (stock, ours) = calls(if failed { failure } else { call });
            let (stock, ours) = (look(&stock), look(&ours));
            let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "nothing".to_owned());
            if stock == ours { shown(&ours) } else { format!("{} → {}", shown(&stock), shown(&ours)) }
        });
        let mut cells: Vec<&str> = cells.iter().map(String::as_str).collect();
        cells.insert(0, concept);
        row(&mut table, &cells);
    }
    table
}

fn version(manifest: &str, client: &str) -> String {
    let line = manifest.lines().find(|line| line.starts_with(&format!("{client} = ")));
    let version = line.and_then(|line| line.split('"').nth(1));
    version.unwrap_or_else(|| panic!("no version of {client} in its manifest")).to_owned()
}

fn calls(snapshot: &str) -> (Call, Call) {
    let path = super::root().join(format!("tests/clients/snapshots/{snapshot}.txt"));
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let (stock, ours) = text.split_once("=== tracing-genai\n").expect("a snapshot has two halves");
    (Call::first(stock), Call::first(ours))
}

impl Call {
    fn first(half: &str) -> Self {
        let mut call: Option<Self> = None;
        for line in half.lines().map(str::trim) {
            if let Some((name, rest)) = line.strip_prefix('"').and_then(|rest| rest.split_once("\" ")) {
                if call.as_ref().is_some_and(Self::is_model_call) {
                    break;
                }
                let (kind, status) = rest.split_once(", status ").expect("a kind and a status");
                let (name, kind, status) = (name.to_owned(), kind.to_owned(), status.to_owned());
                call = Some(Self { name, kind, status, attributes: Vec::new() });
            } else if let (Some(call), Some((key, value))) = (&mut call, line.split_once(" = ")) {
                call.attributes.push((key.to_owned(), value.to_owned()));
            }
        }
        call.filter(Self::is_model_call).expect("a snapshot has a model call")
    }

    fn is_model_call(&self) -> bool {
        self.get("gen_ai.operation.name").is_some_and(|operation| operation == "`\"chat\"`")
    }

    /// The value as it is typed: a text in quotes.
    fn get(&self, key: &str) -> Option<String> {
        let (_, value) = self.attributes.iter().find(|(known, _)| known == key)?;
        let (_, value) = value.split_once(' ')?;
        Some(code(value))
    }

    fn twice(&self) -> usize {
        let keys: BTreeSet<&str> = self.attributes.iter().map(|(key, _)| key.as_str()).collect();
        self.attributes.len() - keys.len()
    }
}
