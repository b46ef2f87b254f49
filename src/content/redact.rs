//! Secrets and personal data taken out of every text that leaves: [`Redaction`].

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use opentelemetry_sdk::trace::SpanData;
use regex::Regex;
use serde_json::{Map, Value};

use super::card::cards_in;
use super::clean::CleanTexts;
use super::hidden::{HiddenMember, parse_all};
use super::json::{NESTED, looks_like_json, rename_keys};
use super::patterns::{Pattern, Patterns, READY, SECRET_KEYS, mark, may_end_secret_key};
use super::plain::{is_plain, is_short};
use super::schema::is_schema;
use super::signs::{has_sign, hides_something};
use super::surface::{Editor, Path, Sizes, edit_texts};
use crate::conventions::facts;
use crate::self_report::SelfReport;

type Function = Arc<dyn for<'t> Fn(&Path<'_>, &'t str) -> Cow<'t, str> + Send + Sync>;

/// Stands in place of a text that a user's function failed on.
const FAILED: &str = "[redaction failed]";
/// Of 15 or 16 digits, as almost all are. What has fewer is more often a time, and what has more a hash.
const CARDS: Range<i64> = 100_000_000_000_000..10_000_000_000_000_000;

/// What is taken out of every text before it leaves: values of attributes, events and links, names and status messages,
/// of GenAI spans and all others, whether content is captured or not.
///
/// On by default: [`Redaction::patterns`] knows the keys and tokens of providers, `Authorization` and API key headers,
/// passwords in URLs, PEM private keys, JSON web tokens, e-mail addresses and card numbers. Each becomes
/// `[redacted:<name>]`. JSON stays valid: its strings are redacted one by one. It costs one scan of each text on the
/// worker's thread, and more only where something is found.
///
/// ```
/// use std::borrow::Cow;
/// use tracing_genai::Redaction;
///
/// let redaction = Redaction::patterns()
///     .with_pattern("customer", r"\bC-\d{8}\b")?
///     .with_function(|path, text| match path.key() {
///         Some("app.address") => Cow::Borrowed("[address]"),
///         _ => Cow::Borrowed(text),
///     });
/// # let _ = redaction;
/// # Ok::<(), tracing_genai::InvalidPattern>(())
/// ```
#[must_use = "redaction does nothing until it is given to a builder"]
pub struct Redaction {
    ready: bool,
    own: Option<Patterns>,
    functions: Vec<Function>,
    /// In which nothing of all this was found. Held by the worker alone.
    clean: Mutex<CleanTexts>,
}

impl Redaction {
    /// Nothing is taken out.
    pub fn none() -> Self {
        Self::of(false, None, Vec::new())
    }

    /// The ready set of patterns. The default.
    pub fn patterns() -> Self {
        Self::of(true, None, Vec::new())
    }

    /// Adds a pattern in the syntax of the `regex` crate, which matches in linear time. Where it has a group, the
    /// group is replaced and the rest stays; otherwise the whole match is. What replaces it is `[redacted:<name>]`.
    ///
    /// # Errors
    ///
    /// When `pattern` is no regular expression, matches empty text, or is too large.
    pub fn with_pattern(self, name: &str, pattern: &str) -> Result<Self, InvalidPattern> {
        let invalid = |reason: String| InvalidPattern { name: name.to_owned(), reason };
        let regex = Regex::new(pattern).map_err(|error| invalid(error.to_string()))?;
        if regex.is_match("") {
            return Err(invalid("it matches empty text, and so everywhere; ask for at least one character".to_owned()));
        }
        let pattern = Pattern::of(name, regex);
        let own = match &self.own {
            Some(own) => own.with(pattern),
            None => Patterns::new(vec![pattern]),
        };
        let own = own.map_err(|error| invalid(error.to_string()))?;
        Ok(Self::of(self.ready, Some(own), self.functions))
    }

    /// Adds a function that gets each text, after the patterns, and gives what is to stand in its place.
    ///
    /// Of a value that is JSON it gets the strings within and the names of members, one by one, so that the value stays
    /// valid. It runs on the worker's thread. Where it panics, the text becomes `[redaction failed]` and the panic is reported.
    pub fn with_function<F>(mut self, function: F) -> Self
    where
        F: for<'t> Fn(&Path<'_>, &'t str) -> Cow<'t, str> + Send + Sync + 'static,
    {
        self.functions.push(Arc::new(function));
        self
    }

    /// Takes out of the span what is to be taken out, behind `first`, which takes media out of a text: it gives what is
    /// to stand in its place, or nothing to leave it. Gives how large the attributes are then.
    pub(super) fn apply(&self, data: &mut SpanData, report: &SelfReport, first: fn(&str) -> Option<String>) -> Sizes {
        let mut run = Run {
            redaction: self,
            report,
            ready: self.ready,
            first,
            // What a function gives may be another each time.
            clean: self.functions.is_empty().then(|| self.clean.lock().unwrap_or_else(PoisonError::into_inner)),
        };
        edit_texts(data, &mut run)
    }

    /// What was clean for other patterns is none of this one's business.
    fn of(ready: bool, own: Option<Patterns>, functions: Vec<Function>) -> Self {
        Self { ready, own, functions, clean: Mutex::default() }
    }
}

impl Clone for Redaction {
    fn clone(&self) -> Self {
        Self::of(self.ready, self.own.clone(), self.functions.clone())
    }
}

impl Default for Redaction {
    /// The ready set of patterns.
    fn default() -> Self {
        Self::patterns()
    }
}

impl fmt::Debug for Redaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redaction")
            .field("ready", &self.ready)
            .field("own", &self.own)
            .field("functions", &self.functions.len())
            .finish_non_exhaustive()
    }
}

/// `text` as it may stand in a log or an error: without the secrets of the ready set.
pub(crate) fn without_secrets(text: &str) -> Cow<'_, str> {
    let ready = if has_sign(text) { READY.as_ref() } else { None };
    ready.map_or(Cow::Borrowed(text), |ready| ready.replace(Cow::Borrowed(text)))
}

/// What stands in place of a number that is a card's. What the conventions name is a count or a measure.
#[cold]
fn card(key: &str, number: i64) -> Option<String> {
    let (facts, digits) = (facts(key), number.to_string());
    let may_be_card = facts.def.is_none() && !facts.identifier;
    (may_be_card && !cards_in(&digits, 0..digits.len()).is_empty()).then(|| mark("card"))
}

/// A pattern that cannot be used for redaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidPattern {
    name: String,
    reason: String,
}

impl fmt::Display for InvalidPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "redaction pattern {:?} cannot be used: {}", self.name, self.reason)
    }
}

impl Error for InvalidPattern {}

/// One pass over one span.
struct Run<'a> {
    redaction: &'a Redaction,
    report: &'a SelfReport,
    /// The ready set is to be looked for. It is compiled when a text first shows a sign of it.
    ready: bool,
    first: fn(&str) -> Option<String>,
    /// Where there is no function of the user's own.
    clean: Option<MutexGuard<'a, CleanTexts>>,
}

impl Editor for Run<'_> {
    #[expect(clippy::inline_always, reason = "else it is called for each text, of which most pass")]
    #[inline(always)]
    fn passes(&self, key: Option<&str>, text: &str) -> bool {
        let Some(clean) = &self.clean else { return false };
        ((self.redaction.own.is_none() && is_short(text)) || clean.holds(text)) && !key.is_some_and(may_be_of_secret)
    }

    #[inline]
    fn number(&self, key: &str, number: &opentelemetry::Value) -> Option<String> {
        match number {
            _ if self.is_of_secret(key) => Some(secret()),
            opentelemetry::Value::I64(number) if self.ready && CARDS.contains(number) => card(key, *number),
            _ => None,
        }
    }

    fn edit(&mut self, path: &Path<'_>, text: &str) -> Option<String> {
        if path.key().is_some_and(|key| self.is_of_secret(key)) && !text.is_empty() {
            return Some(secret());
        }
        let edited = self.without_media_and_secrets(path, text);
        if edited.is_none()
            && let Some(clean) = &mut self.clean
        {
            clean.add(text);
        }
        edited
    }
}

impl Run<'_> {
    fn without_media_and_secrets(&self, path: &Path<'_>, text: &str) -> Option<String> {
        let Redaction { ready, own, functions, .. } = self.redaction;
        let has_own = own.is_some() || !functions.is_empty();
        if is_plain(text) || (*ready && !has_sign(text)) {
            let run = Self { ready: false, clean: None, ..*self };
            return if has_own { run.value(path, text, NESTED) } else { None };
        }
        let edited = (self.first)(text);
        if *ready || has_own { self.value(path, edited.as_deref().unwrap_or(text), NESTED).or(edited) } else { edited }
    }

    fn sets(&self) -> impl Iterator<Item = &Patterns> {
        let ready = if self.ready { READY.as_ref() } else { None };
        ready.into_iter().chain(&self.redaction.own)
    }

    fn value(&self, path: &Path<'_>, text: &str, nested: usize) -> Option<String> {
        if nested > 0 && looks_like_json(text) {
            if !self.must_parse(text) {
                return None;
            }
            if let Some((mut json, hidden)) = parse_all(text) {
                let changed = self.json(path, &mut json, nested - 1);
                // What is hidden goes with the text that it stands in.
                let has_secret = |(key, mut member): HiddenMember| self.member(path, &key, &mut member, nested - 1);
                return (changed || hidden.into_iter().any(has_secret)).then(|| json.to_string());
            }
        }
        self.plain(path, text)
    }

    /// Whether JSON text has to be taken apart. An escape can hide a secret from the patterns, and a function is to
    /// see each string.
    fn must_parse(&self, text: &str) -> bool {
        !self.redaction.functions.is_empty()
            || hides_something(text.as_bytes())
            || self.sets().any(|set| set.may_match_json(text))
    }

    fn json(&self, path: &Path<'_>, value: &mut Value, nested: usize) -> bool {
        match value {
            Value::String(text) => match self.value(path, text, nested) {
                Some(clean) => {
                    *text = clean;
                    true
                }
                None => false,
            },
            // A card number need not be in quotes; a fraction is none.
            Value::Number(number) if !number.is_f64() => match self.patterns_only(&number.to_string()) {
                Some(clean) => {
                    *value = Value::String(clean);
                    true
                }
                None => false,
            },
            Value::Array(items) => {
                let are_pairs = items.iter().all(|item| matches!(item, Value::Array(pair) if pair.len() == 2));
                let mut changed = false;
                for item in items {
                    changed |= are_pairs && self.pair(item);
                    changed |= self.json(path, item, nested);
                }
                changed
            }
            Value::Object(members) => {
                let mut changed = self.named_value(members);
                for (key, member) in members.iter_mut() {
                    changed |= self.member(path, key, member, nested);
                }
                rename_keys(members, |key| self.plain(path, key)) || changed
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => false,
        }
    }

    /// A name and its value, in a list of such pairs.
    fn pair(&self, pair: &mut Value) -> bool {
        match pair.as_array_mut().map(Vec::as_mut_slice) {
            Some([Value::String(name), value]) => self.is_secret_key(name) && take_secret(value),
            _ => false,
        }
    }

    /// A name and its value, in an object for both.
    fn named_value(&self, members: &mut Map<String, Value>) -> bool {
        let name = members.get("name").or_else(|| members.get("key")).and_then(Value::as_str);
        let is_of_secret = name.is_some_and(|name| self.is_secret_key(name));
        is_of_secret && members.get_mut("value").is_some_and(take_secret)
    }

    fn member(&self, path: &Path<'_>, key: &str, member: &mut Value, nested: usize) -> bool {
        (self.is_secret_key(key) && take_secret(member)) || self.json(path, member, nested)
    }

    fn plain(&self, path: &Path<'_>, text: &str) -> Option<String> {
        if self.redaction.functions.is_empty() && !self.sets().any(|set| set.may_match(text)) {
            return None;
        }
        let mut clean = Cow::Borrowed(text);
        for set in self.sets() {
            clean = set.replace(clean);
        }
        for function in &self.redaction.functions {
            let called = catch_unwind(AssertUnwindSafe(|| match function(path, &clean) {
                Cow::Borrowed(same) if same == clean => None,
                other => Some(other.into_owned()),
            }));
            match called {
                Ok(Some(edited)) => clean = Cow::Owned(edited),
                Ok(None) => {}
                Err(_) => {
                    self.report.warn(
                        "redaction function panicked",
                        format_args!("a redaction function panicked on the {path}, whose text was withheld; make it handle any text"),
                    );
                    return Some(FAILED.to_owned());
                }
            }
        }
        (clean != text).then(|| clean.into_owned())
    }

    fn patterns_only(&self, text: &str) -> Option<String> {
        let clean = self.sets().fold(Cow::Borrowed(text), |text, set| set.replace(text));
        (clean != text).then(|| clean.into_owned())
    }

    fn is_secret_key(&self, key: &str) -> bool {
        self.redaction.ready && SECRET_KEYS.as_ref().is_some_and(|keys| keys.is_match(key))
    }

    /// Keys that the conventions name are none of a secret, and are found sooner.
    fn is_of_secret(&self, key: &str) -> bool {
        may_be_of_secret(key) && facts(key).def.is_none() && self.is_secret_key(last_segment(key))
    }
}

fn may_be_of_secret(key: &str) -> bool {
    may_end_secret_key(key.as_bytes())
}

fn secret() -> String {
    mark("secret")
}

fn last_segment(key: &str) -> &str {
    key.rsplit('.').next().unwrap_or(key)
}

/// Takes what stands under a secret's key. Whether there was a secret.
fn take_secret(value: &mut Value) -> bool {
    let is_secret = holds_secret(value);
    if is_secret {
        *value = Value::String(secret());
    }
    is_secret
}

/// Flags and absent values under a secret's key are no secrets; what was redacted before keeps the name it got. Nor is
/// what a schema says of the values that may stand there.
fn holds_secret(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(_) => false,
        Value::String(text) => !text.is_empty() && !text.starts_with("[redacted:"),
        Value::Object(members) => !is_schema(members),
        Value::Number(_) | Value::Array(_) => true,
    }
}

#[cfg(test)]
mod passed_over;
#[cfg(test)]
mod tests;
