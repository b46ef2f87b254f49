//! A model's name as telemetry has it, and the names that it may have in a price list.

use std::borrow::Cow;

use super::generated::overlay::PREFIXES;

/// A name is longer in no price list; what is longer is no name.
pub(super) const LONGEST: usize = 256;

/// Behind a colon `OpenRouter` has which of a model's hosts is chosen, or that it thinks; its price is the model's.
const ROUTES: [&str; 4] = ["nitro", "floor", "exacto", "thinking"];

/// One spelling to look for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Spelling<'a> {
    pub(super) text: Cow<'a, str>,
    /// It is not only written in another way: a number's dot was taken for a dash.
    pub(super) folded: bool,
}

/// The spellings of `model`, lower case already, in the order in which they count.
pub(super) fn spellings<'a>(provider: &str, model: &'a str) -> Vec<Spelling<'a>> {
    let mut found: Vec<Spelling<'a>> = vec![Spelling { text: model.into(), folded: false }];
    let mut add = |text: Cow<'a, str>, folded| {
        if !text.is_empty() && !found.iter().any(|known| known.text == text) {
            found.push(Spelling { text, folded });
        }
    };
    let mut plain = last_segment(model);
    add(plain.into(), false);
    let words = PREFIXES.iter().find(|(id, _)| *id == provider).map_or(&[][..], |(_, words)| *words);
    // Some clients write `openai:gpt-4o` or `groq::llama-3.3`.
    while let Some((word, rest)) = plain.split_once(['/', ':']) {
        if !words.contains(&word) {
            break;
        }
        plain = last_segment(rest.trim_start_matches(':'));
        add(plain.into(), false);
    }
    if provider == "openrouter"
        && let Some((base, word)) = plain.rsplit_once(':')
        && ROUTES.contains(&word)
    {
        add(base.into(), false);
    }
    if let Some((base, _)) = plain.strip_prefix("ft:").and_then(|rest| rest.split_once(':')) {
        add(format!("ft:{base}").into(), false);
    }
    if plain.contains("claude") {
        // Claude Code names a window of a million tokens so.
        let plain = plain.strip_suffix("[1m]").unwrap_or(plain);
        add(plain.into(), false);
        if let Some(dashed) = with_dashes(plain) {
            add(dashed.into(), true);
        }
    }
    found
}

/// A fine-tuned model as OpenAI names it, where it is written as by Azure: `gpt-4.1-2025-04-14.ft-0123`.
pub(super) fn fine_tuned(model: &str) -> Option<String> {
    let (base, _) = last_segment(model).split_once(".ft-")?;
    Some(format!("ft:{base}"))
}

/// The name without the date of a snapshot, if it has one: `-20250929`, `@20250929`, `-2024-08-06`.
pub(super) fn without_date(name: &str) -> Option<&str> {
    if let Some((base, date)) = name.rsplit_once(['-', '@'])
        && date.len() == 8
        && is_number(date)
        && is_date(date.get(..4)?, date.get(4..6)?, date.get(6..)?)
    {
        return Some(base);
    }
    let (base, date) = name.split_at_checked(name.len().checked_sub(11)?)?;
    let mut parts = date.strip_prefix('-')?.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    (year.len() == 4 && month.len() == 2 && is_date(year, month, day)).then_some(base)
}

/// The same date in the other way of writing: `-20251211` and `-2025-12-11`.
pub(super) fn other_date(name: &str) -> Option<String> {
    let base = without_date(name)?;
    let date = name.get(base.len() + 1..)?;
    Some(if date.len() == 8 {
        format!("{base}-{}-{}-{}", date.get(..4)?, date.get(4..6)?, date.get(6..)?)
    } else {
        format!("{base}-{}", date.replace('-', ""))
    })
}

/// Whether what follows a model's family in a name says only which snapshot or release it is. Another number, or a
/// word that makes it another model, does not; neither does another version, unless a date says that it is known.
pub(super) fn is_release(family: &str, rest: &str) -> bool {
    const WORDS: [&str; 7] = ["latest", "default", "preview", "exp", "experimental", "maas", "ga"];
    if rest.is_empty() {
        return true;
    }
    if !rest.starts_with(['-', '@', ':']) {
        return false;
    }
    // Azure's fine-tuned models have an id of their own there.
    if let Some(id) = family.strip_suffix(".ft").and(rest.strip_prefix('-')) {
        return id.bytes().all(|letter| letter.is_ascii_alphanumeric() || letter == b'-');
    }
    let mut words = Vec::new();
    let mut word = rest;
    while let Some(inside) = word.strip_prefix(['-', '@', ':']) {
        let end = inside.find(['-', '@', ':']).unwrap_or(inside.len());
        let (this, next) = inside.split_at(end);
        words.push((word.starts_with(':'), this));
        word = next;
    }
    let dated = without_date(family).is_some() || words.iter().any(|(_, word)| word.len() == 8 && is_number(word));
    let mut words = &words[..];
    while let [(after_colon, word), more @ ..] = words {
        let number = is_number(word);
        words = match (more, word.len()) {
            // A year, a month and a day; or a month and a day or year.
            ([(_, month), (_, day), more @ ..], 4) if number && is_date(word, month, day) => more,
            ([(_, other), more @ ..], 2) if number && is_month_and(word, other) => more,
            (_, 8) if without_date(&format!("-{word}")).is_some() => more,
            // A month and a day, or a year and a month, without a mark; or a build.
            (_, 4) if number => more,
            (_, 3) if number && word.starts_with('0') => more,
            (_, 1) if number && *after_colon => more,
            _ if *after_colon && word.strip_suffix('k').is_some_and(|n| n.parse::<u16>().is_ok()) => more,
            (_, 2) if *word == "v1" || (dated && word.strip_prefix('v').is_some_and(is_number)) => more,
            // Behind a colon Ollama has its tags.
            _ if !after_colon && WORDS.contains(word) => more,
            _ => return false,
        };
    }
    true
}

fn is_number(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_date(year: &str, month: &str, day: &str) -> bool {
    year.starts_with("20") && year.parse::<u16>().is_ok() && is_month_and(month, day) && day.len() == 2
}

fn is_month_and(month: &str, other: &str) -> bool {
    let month = month.len() == 2 && month.parse::<u8>().is_ok_and(|month| (1..=12).contains(&month));
    let other = match other.len() {
        2 => other.parse::<u8>().is_ok_and(|day| (1..=31).contains(&day)),
        4 => other.starts_with("20") && other.parse::<u16>().is_ok(),
        _ => false,
    };
    month && other
}

/// Behind the path of a resource: `models/x`, `publishers/google/models/x`, the ARN of a model or a profile.
fn last_segment(model: &str) -> &str {
    if model.starts_with("arn:") {
        // What an application's profile stands for, its id does not say.
        let opaque = ["application-inference-profile/", "provisioned-model/", "custom-model"];
        return if opaque.iter().any(|kind| model.contains(kind)) {
            model
        } else {
            model.rsplit_once('/').map_or(model, |(_, name)| name)
        };
    }
    if model.starts_with("accounts/") {
        return model;
    }
    match model.rsplit_once("models/") {
        Some((before, name)) if before.is_empty() || before.ends_with('/') => name,
        _ => model,
    }
}

/// `claude-sonnet-4.5` → `claude-sonnet-4-5`; nothing where no dot stands between digits.
fn with_dashes(name: &str) -> Option<String> {
    let bytes = name.as_bytes();
    let between = |at: usize| {
        let digit = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_digit);
        digit(at.checked_sub(1)) && digit(at.checked_add(1))
    };
    let dashed: String =
        name.char_indices().map(|(at, letter)| if letter == '.' && between(at) { '-' } else { letter }).collect();
    (dashed != name).then_some(dashed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn last(provider: &str, model: &str) -> String {
        spellings(provider, model).last().unwrap().text.clone().into_owned()
    }

    #[test]
    fn paths_and_words_of_the_provider_are_no_part_of_a_name() {
        for (provider, model, name) in [
            ("google", "models/gemini-2.5-pro", "gemini-2.5-pro"),
            ("google", "publishers/google/models/gemini-2.5-pro", "gemini-2.5-pro"),
            (
                "google",
                "projects/p/locations/l/publishers/anthropic/models/claude-sonnet-4-5@20250929",
                "claude-sonnet-4-5@20250929",
            ),
            ("anthropic", "anthropic/claude-opus-5", "claude-opus-5"),
            ("together", "anthropic/claude-opus-5", "anthropic/claude-opus-5"),
            ("aws", "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-pro-v1:0", "amazon.nova-pro-v1:0"),
            ("aws", "bedrock/us.amazon.nova-pro-v1:0", "us.amazon.nova-pro-v1:0"),
            ("openai", "ft:gpt-4.1-mini-2025-04-14:acme::abc", "ft:gpt-4.1-mini-2025-04-14"),
            ("anthropic", "claude-sonnet-4.5", "claude-sonnet-4-5"),
            ("openai", "gpt-4.1", "gpt-4.1"),
            ("openrouter", "openai/gpt-4.1:nitro", "openai/gpt-4.1"),
            ("openrouter", "openai/gpt-4.1:online", "openai/gpt-4.1:online"),
            ("openai", "openai:gpt-4.1", "gpt-4.1"),
            ("groq", "groq::openai/gpt-oss-120b", "openai/gpt-oss-120b"),
            ("google", "google:gemini-2.5-pro", "gemini-2.5-pro"),
            ("fireworks", "accounts/fireworks/models/kimi-k3", "accounts/fireworks/models/kimi-k3"),
        ] {
            assert_eq!(last(provider, model), name, "{model}");
        }
        let profile = "arn:aws:bedrock:us-east-1:1:application-inference-profile/abcd";
        assert_eq!(spellings("aws", profile).len(), 1);
    }

    #[test]
    fn a_date_is_taken_off_and_nothing_else() {
        for (name, base) in [
            ("claude-opus-5-20260724", Some("claude-opus-5")),
            ("claude-sonnet-4-5@20250929", Some("claude-sonnet-4-5")),
            ("gpt-4o-2024-08-06", Some("gpt-4o")),
            ("gpt-4o-20249999", None),
            ("gpt-4o", None),
            ("", None),
            ("é-2024-08-06", Some("é")),
        ] {
            assert_eq!(without_date(name), base, "{name}");
        }
        assert_eq!(other_date("gpt-5.2-20251211").as_deref(), Some("gpt-5.2-2025-12-11"));
        assert_eq!(other_date("gpt-5.2-2025-12-11").as_deref(), Some("gpt-5.2-20251211"));
    }

    #[test]
    fn another_number_or_word_makes_another_model() {
        for rest in [
            "",
            "-20250929",
            "-v1:0",
            "-20250929-v2:0",
            "@20250929",
            "-v2@20241022",
            "-latest",
            "-preview-06-05",
            "-preview-09-2025",
            "-001",
            "-0613",
            "-2025-08-07",
            "-v1:0:200k",
            "@default",
        ] {
            assert!(is_release("family", rest), "{rest}");
        }
        for rest in [
            "0",
            "-5",
            "-50",
            "-mini",
            "-preview-tts",
            "x",
            "-audio",
            "-10-99",
            ".1",
            "-v10",
            "-v2:0",
            "-1234567",
            ":latest",
            ":7b",
        ] {
            assert!(!is_release("family", rest), "{rest}");
        }
        assert!(is_release("family-20241022", "-v2:0"));
        assert!(is_release("family.ft", "-0123456789abcdef") && !is_release("family", "-0123456789abcdef"));
    }
}
