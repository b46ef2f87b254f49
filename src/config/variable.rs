//! One environment variable: present, well formed, or an error with a remedy.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::content::without_secrets;

type Lookup = dyn Fn(&str) -> Option<String> + Send + Sync;

/// Where variables are read from: the process, nothing, or what a test says.
#[derive(Clone)]
pub(crate) struct Environment {
    lookup: Arc<Lookup>,
}

/// A variable whose value cannot be used, and what would be right. Holds no secret: `value` is what may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct VariableError {
    pub(crate) variable: String,
    pub(crate) value: String,
    pub(crate) expected: String,
}

impl Environment {
    /// The process's own.
    pub(crate) fn process() -> Self {
        Self { lookup: Arc::new(|name| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())) }
    }

    /// No variable is set.
    pub(crate) fn empty() -> Self {
        Self { lookup: Arc::new(|_| None) }
    }

    /// What `lookup` says.
    pub(crate) fn from_lookup(lookup: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Self {
        Self { lookup: Arc::new(lookup) }
    }

    /// The value of a variable; an empty one counts as unset, as the OpenTelemetry specification has it.
    pub(crate) fn get(&self, variable: &str) -> Option<String> {
        (self.lookup)(variable).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    /// A number, or an error that says what was expected.
    pub(crate) fn number<T: FromStr>(&self, variable: &str) -> Result<Option<T>, VariableError> {
        let Some(value) = self.get(variable) else { return Ok(None) };
        match value.parse() {
            Ok(number) => Ok(Some(number)),
            Err(_) => Err(VariableError::new(variable, value, "a whole number, not negative")),
        }
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Environment").finish_non_exhaustive()
    }
}

impl VariableError {
    pub(crate) fn new(variable: &str, value: impl Into<String>, expected: impl Into<String>) -> Self {
        // A key may stand where the name of its file should.
        let value = without_secrets(&value.into()).into_owned();
        Self { variable: variable.to_owned(), value, expected: expected.into() }
    }
}

impl fmt::Display for VariableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { variable, value, expected } = self;
        write!(f, "environment variable {variable} has the value {value:?}; expected {expected}")
    }
}

impl std::error::Error for VariableError {}
