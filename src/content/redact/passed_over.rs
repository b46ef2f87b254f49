//! What is passed over is what would be left as it is: compared over secrets of every pattern and what is nearly one.

use std::sync::LazyLock;

use opentelemetry::KeyValue;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::Union;
use proptest::string::string_regex;
use serde_json::json;

use super::super::fixture::plain;
use super::super::generated::pattern::{PATTERNS, SECRET_KEY};
use super::super::media;
use super::*;

/// What is to stand in place of `text` when nothing is passed over.
fn without_passing_over(redaction: &Redaction, text: &str) -> Option<String> {
    let report = SelfReport::default();
    let run = Run { redaction, report: &report, ready: redaction.ready, first: media::replaced, clean: None };
    let edited = media::replaced(text);
    run.value(&Path::SpanName, edited.as_deref().unwrap_or(text), NESTED).or(edited)
}

/// Texts that match a pattern, texts that nearly do, and what may stand before, behind and within them.
fn fragments() -> impl Strategy<Value = String> {
    let of_patterns = PATTERNS.iter().map(|pattern| pattern.pattern).chain([SECRET_KEY]);
    // Where a text begins cannot be made.
    let of_patterns = of_patterns.map(|pattern| string_regex(&pattern.replace("(?:^|[^l])", "")).unwrap().boxed());
    let of_patterns: Vec<_> = of_patterns.collect();
    // Without regard to case there are letters beyond ASCII, which are a sign of their own.
    let secret = (Union::new(of_patterns), prop::bool::weighted(0.8)).prop_map(|(secret, plain)| {
        if plain { secret.replace('\u{17f}', "s").replace('\u{212a}', "K") } else { secret }
    });
    let near = (secret.clone(), any::<prop::sample::Index>(), any::<bool>()).prop_map(|(secret, at, head)| {
        let ends: Vec<usize> = secret.char_indices().map(|(at, _)| at).chain([secret.len()]).collect();
        let (before, behind) = secret.split_at(ends[at.index(ends.len())]);
        if head { before.to_owned() } else { behind.to_owned() }
    });
    let assigned =
        (select(KEYS.to_vec()), select(SIGNS.to_vec())).prop_map(|(key, sign)| format!("{key}{sign}hunter22"));
    // With what may stand between.
    let spaced = (select(KEYS.to_vec()), r#"[\\"' \n\u{a0}]{0,3}[:=,][\\"' \t\u{2003}]{0,3}"#, 0..4_usize).prop_map(
        |(key, sign, before)| {
            let before = ["?", "&", "X-Amz-", "my_"].get(before).copied().unwrap_or_default();
            format!("{before}{key}{sign}hunter22hunter22")
        },
    );
    let one_of = |texts: &[&'static str]| select(texts.to_vec()).prop_map(str::to_owned);
    prop_oneof![
        4 => secret,
        1 => assigned,
        1 => spaced,
        2 => near,
        2 => one_of(&WORDS),
        1 => one_of(&KEYS),
        5 => one_of(&SIGNS),
        1 => "[a-zA-Z0-9 ]{0,40}",
    ]
}

const KEYS: [&str; 26] = [
    "sig",
    "signature",
    "auth",
    "token",
    "key",
    "api-key",
    "API_KEY",
    "apikey",
    "subscription-key",
    "access_token",
    "refresh-token",
    "authtoken",
    "accesstoken",
    "ID_TOKEN",
    "sessiontoken",
    "SecurityToken",
    "client_secret",
    "secretkey",
    "private-key",
    "privatekey",
    "passwd",
    "Password",
    "passphrase",
    "cookie",
    "set-cookie",
    "authorization",
];
const WORDS: [&str; 29] = [
    "whsec_ab+cdefghij/abcdefghi=",
    "whsec_+",
    "Bearer ab~cd~ef~gh~ij~kl",
    "Basic abcd1efghijk",
    "sk-or-12345678",
    "-----BEGIN PRIVATE KEY-----",
    "the model",
    "gpt-4o-mini",
    "conv_5j66UpCpwteGg4YSxUnt7lPY",
    "sk",
    "key",
    "token",
    "Bearer 0123456789abcdef0",
    "whsec_abcdefghij+/abcdefghij",
    "basic",
    "data:image/png;base64,iVBORw0KGgo",
    "inlineData",
    "hooks.slack.com",
    "https://x.example/a",
    "?sig",
    "src/plan.rs",
    "app::chat",
    "finish_reason",
    "4222222222222",
    "4111 1111 1111",
    "-----",
    "PRIVATE KEY",
    "\u{17f}ecret",
    "\u{e9}t\u{e9}",
];
const SIGNS: [&str; 31] = [
    " ",
    "  ",
    "",
    "\n",
    "\\n",
    "\\",
    "\"",
    "\\\"",
    "'",
    ":",
    "\": \"",
    " : ",
    "=",
    ",",
    "\",\"",
    "/",
    "-",
    "_",
    ".",
    "@",
    ";",
    "{",
    "[",
    "\u{a0}",
    "%20",
    "%3D",
    "\\u003c",
    "\\x22",
    "\u{1b}[1;32m",
    "[0m",
    "[K",
];

/// Some of them in a row, as JSON or not, behind so much that windows end within them or behind nothing.
fn texts() -> impl Strategy<Value = String> {
    let rows = prop::collection::vec(fragments(), 0..5).prop_map(|row| row.concat());
    let before = prop_oneof![4 => Just(0_usize), 1 => 0..40_usize, 1 => 900..1100_usize];
    let key = prop_oneof![select(KEYS.to_vec()).prop_map(str::to_owned), fragments()];
    (rows, before, 0..6, key).prop_map(|(text, before, form, key)| {
        let text = format!("{}{text}", "so it is. ".chars().cycle().take(before).collect::<String>());
        match form {
            0 => json!([{ "role": "user", "content": text }]).to_string(),
            1 => json!({ key: text }).to_string(),
            2 => json!([text]).to_string().replace('s', "\\u0073"),
            _ => text,
        }
    })
}

/// JSON of members that tell media together, in any of the ways in which it is printed.
fn json_with_media() -> impl Strategy<Value = String> {
    let key = select(vec!["type", "data", "format", "mime_type", "content", "inlineData", "input_audio"]);
    let value = select(vec!["blob", "base64", "aGk=", "inline", "png", "input_audio", "a b", "data:x;base64,aGk"]);
    let object = prop::collection::vec((key, value), 1..5);
    (prop::collection::vec(object, 1..3), any::<[bool; 3]>()).prop_map(|(objects, [pretty, nested, escaped])| {
        let objects = objects.into_iter().map(|members| {
            members.into_iter().map(|(key, value)| (key.to_owned(), json!(value))).collect::<serde_json::Map<_, _>>()
        });
        let list: Value = objects.collect();
        let mut text = if pretty { format!("{list:#}").replace("\":", "\"\n:") } else { list.to_string() };
        if nested {
            text = json!({ "x": text, "data": "online" }).to_string();
        }
        if escaped { text.replace(": ", ":\t") } else { text }
    })
}

/// The ready set, the same and a pattern of the user's own, and nothing.
static REDACTIONS: LazyLock<[Redaction; 3]> = LazyLock::new(|| {
    let own = Redaction::patterns().with_pattern("own", "it is|mini|ey[: ]").unwrap();
    [Redaction::patterns(), own, Redaction::none()]
});

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn a_text_becomes_what_it_would_without_passing_over_any(text in texts()) {
        for redaction in REDACTIONS.iter() {
            let expected = without_passing_over(redaction, &text).unwrap_or_else(|| text.clone());
            // The second time it may be remembered.
            for _ in 0..2 {
                let mut span = plain(vec![KeyValue::new("app.text", text.clone())]);
                redaction.apply(&mut span.data, &SelfReport::default(), media::replaced);
                prop_assert_eq!(span.text("app.text").unwrap(), &expected);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn what_is_passed_over_holds_no_secret_and_no_media(text in prop_oneof![4 => texts(), 1 => json_with_media()]) {
        if is_plain(&text) || !has_sign(&text) {
            prop_assert_eq!(without_passing_over(&Redaction::patterns(), &text), None);
        }
    }
}
