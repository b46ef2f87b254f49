//! A child process: the fields are variables of its environment.

use std::borrow::Cow;
use std::process::Command;

use super::carrier::Carrier;
use crate::config::Environment;

/// The environment of a process that is about to be started: `TRACEPARENT`, `TRACESTATE`, `BAGGAGE`. It reads what was set
/// on the command, not what this process itself was given.
impl Carrier for Command {
    fn get(&self, name: &str) -> Option<Cow<'_, str>> {
        let name = variable(name);
        let (_, value) = self.get_envs().find(|(key, _)| *key == name.as_str())?;
        value?.to_str().map(Cow::Borrowed)
    }

    fn set(&mut self, name: &str, value: String) {
        // A NUL would keep the process from being started.
        if !value.contains('\0') {
            self.env(variable(name), value);
        }
    }

    fn remove(&mut self, name: &str) {
        self.env_remove(variable(name));
    }
}

/// What this process was given.
pub(super) struct Environ;

impl Carrier for Environ {
    fn get(&self, name: &str) -> Option<Cow<'_, str>> {
        Environment::process().get(&variable(name)).map(Cow::Owned)
    }

    fn set(&mut self, _name: &str, _value: String) {}

    fn remove(&mut self, _name: &str) {}
}

/// As the OpenTelemetry specification names them.
fn variable(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect()
}
