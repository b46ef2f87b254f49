//! The ready set of patterns, and how a match becomes `[redacted:name]`.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::{LazyLock, OnceLock};

use regex::{Regex, RegexSet};

use super::card::cards_in;
use super::check::Check;
use super::generated::pattern::{PATTERNS, SECRET_KEY};
use super::scan::holds;

/// One pattern as the data gives it.
pub(in crate::content) struct Definition {
    pub(in crate::content) name: &'static str,
    /// Begins where a word begins, or right after an escape.
    pub(in crate::content) token: bool,
    pub(in crate::content) check: Check,
    pub(in crate::content) pattern: &'static str,
}

/// One pattern, compiled when the set that it is in has found it for the first time: most never are, and together they
/// take a megabyte.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    mark: String,
    source: String,
    regex: OnceLock<Option<Regex>>,
    check: Check,
}

impl Pattern {
    fn new(name: &str, source: String, check: Check) -> Self {
        Self { mark: mark(name), source, regex: OnceLock::new(), check }
    }

    /// One that was compiled.
    pub(super) fn of(name: &str, regex: Regex) -> Self {
        let source = regex.as_str().to_owned();
        Self { mark: mark(name), source, regex: Some(regex).into(), check: Check::None }
    }

    pub(super) fn source(&self) -> &str {
        &self.source
    }

    /// It always is one: the set was made of the same source.
    fn regex(&self) -> Option<&Regex> {
        self.regex.get_or_init(|| Regex::new(&self.source).ok()).as_ref()
    }

    /// `text` with the mark in place of each secret, or nothing when there is none.
    pub(super) fn replace(&self, text: &str) -> Option<String> {
        let secrets = self.secrets(text);
        let last = secrets.last()?.end;
        let mut out = String::with_capacity(text.len());
        let mut from = 0;
        for secret in &secrets {
            out.push_str(text.get(from..secret.start)?);
            out.push_str(&self.mark);
            from = secret.end;
        }
        out.push_str(text.get(last..)?);
        Some(out)
    }

    fn secrets(&self, text: &str) -> Vec<Range<usize>> {
        let Some(regex) = self.regex() else { return Vec::new() };
        match self.check {
            Check::Luhn => regex.find_iter(text).flat_map(|run| cards_in(text, run.range())).collect(),
            // The capture group is the secret where the pattern has one.
            check if regex.captures_len() > 1 => {
                let groups = regex.captures_iter(text).filter_map(|found| found.get(1).or_else(|| found.get(0)));
                groups.map(|found| found.range()).filter(|found| check.passes(text, found)).collect()
            }
            _ => regex.find_iter(text).map(|found| found.range()).collect(),
        }
    }
}

/// No pattern of the ready set matches a shorter text, but for those that need an `@`. Nor is it media.
pub(super) const SHORTEST: usize = 13;

/// Patterns that are looked for in one scan.
#[derive(Clone, Debug)]
pub(super) struct Patterns {
    set: RegexSet,
    each: Vec<Pattern>,
    /// Shorter texts without an `@` are not looked at.
    shortest: usize,
}

impl Patterns {
    /// Nothing when the patterns are together larger than the engine allows.
    pub(super) fn new(patterns: Vec<Pattern>) -> Result<Self, regex::Error> {
        let set = RegexSet::new(patterns.iter().map(Pattern::source))?;
        Ok(Self { set, each: patterns, shortest: 0 })
    }

    /// The same with one more pattern.
    pub(super) fn with(&self, pattern: Pattern) -> Result<Self, regex::Error> {
        let mut patterns = self.each.clone();
        patterns.push(pattern);
        Self::new(patterns)
    }

    /// Whether any pattern may match: false means none does.
    pub(super) fn may_match(&self, text: &str) -> bool {
        let too_short = text.len() < self.shortest && !holds(text, b'@');
        !too_short && self.set.is_match(text)
    }

    /// The same of JSON text, where a secret's key may stand as well.
    pub(super) fn may_match_json(&self, text: &str) -> bool {
        self.set.is_match(text)
    }

    /// `text` without its secrets.
    pub(super) fn replace<'t>(&self, text: Cow<'t, str>) -> Cow<'t, str> {
        if !self.may_match(&text) {
            return text;
        }
        let hits = self.set.matches(&text);
        let mut text = text;
        for pattern in hits.iter().filter_map(|hit| self.each.get(hit)) {
            if let Some(clean) = pattern.replace(&text) {
                text = Cow::Owned(clean);
            }
        }
        text
    }
}

/// A token begins where a word begins, or behind an escape whose last letter would be one of its word: of text that was
/// printed for debugging, of JSON or a URL in other text, and of a terminal's colours.
const BEFORE_TOKEN: &str =
    r"(?:(?-u:\b)|\\[nrtbf]|%[0-9A-Fa-f]{2}|\\x[0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4}|\[[0-9;]*[0-9]m|\[K|\x1b\[m)";

/// The ready set. Compiled at first use, which is on the worker.
pub(super) static READY: LazyLock<Option<Patterns>> = LazyLock::new(|| {
    let each = PATTERNS.iter().map(|definition| {
        let Definition { name, token, check, pattern } = definition;
        let source = if *token { format!("{BEFORE_TOKEN}{}", grouped(pattern)) } else { (*pattern).to_owned() };
        Pattern::new(name, source, *check)
    });
    let each: Vec<Pattern> = each.collect();
    // A secret's key in quotes, within JSON text, as a member's name or as one in a list of names and values. It has no
    // pattern: what it finds is dealt with where the text is taken apart.
    let member = format!(r#"(?i)"(?:{SECRET_KEY})\\*"\s*[:,}}]"#);
    let set = RegexSet::new(each.iter().map(Pattern::source).chain([member.as_str()])).ok()?;
    Some(Patterns { set, each, shortest: SHORTEST })
});

/// What stands under such a key is a secret, whatever it looks like.
pub(super) static SECRET_KEYS: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(&format!("(?i)^(?:{SECRET_KEY})$")).ok());

/// The last letters of what [`may_end_secret_key`] knows, by their lower five bits.
const LAST: u32 = 1 << (b'n' & 31) | 1 << (b'e' & 31) | 1 << (b'y' & 31) | 1 << (b't' & 31) | 1 << (b'd' & 31);

/// Whether `key` ends as a secret's key may: most keys do not, and are not looked at any further.
#[inline]
pub(super) fn may_end_secret_key(key: &[u8]) -> bool {
    let Some(end) = key.last_chunk::<2>() else { return false };
    let [_, last] = end;
    (LAST >> (last & 31) & 1 != 0 || !last.is_ascii()) && ends_secret_key(*end)
}

fn ends_secret_key(end: [u8; 2]) -> bool {
    // In lower case, where it is a letter.
    let lower = end.map(|letter| letter | 0x20);
    // Letters outside ASCII may count as one of these, as a long s does.
    matches!(&lower, b"on" | b"ie" | b"ey" | b"en" | b"et" | b"rd" | b"wd" | b"se") || !end.is_ascii()
}

/// The mark under which a secret is seen to be gone. It holds nothing that JSON would have to escape.
pub(super) fn mark(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' };
    format!("[redacted:{}]", name.chars().map(plain).collect::<String>())
}

/// The escape before a token is no part of the secret, so the token needs a group.
fn grouped(pattern: &str) -> String {
    if has_group(pattern) { format!("(?:{pattern})") } else { format!("({pattern})") }
}

/// Whether a pattern of the ready set captures something: it has a parenthesis that is no literal and says nothing else.
fn has_group(pattern: &str) -> bool {
    let (mut is_escaped, mut is_class) = (false, false);
    let mut rest = pattern.chars();
    while let Some(c) = rest.next() {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '[' => is_class = true,
            ']' => is_class = false,
            '(' if !is_class && !rest.as_str().starts_with('?') => return true,
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_pattern_that_needs_no_at_sign_matches_a_text_that_is_passed_over() {
        for pattern in &READY.as_ref().unwrap().each {
            // With the `@` taken out of it, a pattern that needs one matches nothing at all.
            let parsed = regex_syntax::parse(&pattern.source().replace('@', "[a&&b]")).unwrap();
            let least = parsed.properties().minimum_len().unwrap_or(usize::MAX);
            assert!(least >= SHORTEST, "{}: {least}", pattern.mark);
        }
    }

    #[test]
    fn no_key_of_a_secret_is_passed_over_by_its_end() {
        use regex_syntax::hir::literal::{ExtractKind, Extractor};

        let parsed = regex_syntax::parse(SECRET_KEY).unwrap();
        let ends = Extractor::new().kind(ExtractKind::Suffix).extract(&parsed);
        let ends = ends.literals().expect("its ends are few");
        assert!(!ends.is_empty());
        for end in ends {
            let end = std::str::from_utf8(end.as_bytes()).unwrap();
            let upper = end.to_uppercase();
            assert!(may_end_secret_key(end.as_bytes()) && may_end_secret_key(upper.as_bytes()), "{end}");
        }
    }

    /// A secret of each kind, put together here so that no scanner takes this file for a leak.
    fn secrets() -> Vec<(&'static str, String)> {
        let long = "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9T0";
        let of = |head: &str, length: usize| format!("{head}{}", &long[..length]);
        vec![
            ("langfuse-key", format!("{}-lf-8e1a2b3c-4d5e-6f70-8192-a3b4c5d6e7f8", "sk")),
            ("anthropic-key", of("sk-ant-api03-", 40)),
            ("openrouter-key", of("sk-or-v1-", 40)),
            ("openai-key", of("sk-proj-", 40)),
            ("openai-key", of("sk-", 32)),
            ("google-key", of("AIza", 35)),
            ("aws-key", format!("AK{}", "IAIOSFODNN7EXAMPLE")),
            ("github-token", of("ghp_", 36)),
            ("github-token", of("gho_", 36)),
            ("github-token", of("github_pat_", 40)),
            ("gitlab-token", of("glpat-", 20)),
            ("slack-token", format!("xo{}-123456789012-abcdefGHIJKL", "xb")),
            ("huggingface-token", of("hf_", 34)),
            ("groq-key", of("gsk_", 40)),
            ("xai-key", of("xai-", 40)),
            ("replicate-token", of("r8_", 37)),
            ("google-key", of("AQ.Ab8R", 40)),
            ("aws-key", format!("ABSKQmVkcm9ja0FQSUtleS{long}+/")),
            ("aws-key", of("bedrock-api-key-YmVkcm9jay", 40)),
            ("cerebras-key", format!("csk-{}", long.to_lowercase())),
            ("fireworks-key", of("fw_", 22)),
            ("together-key", of("tgp_v1_", 40)),
            ("voyage-key", of("pa-", 40)),
            ("jina-key", of("jina_", 40)),
            ("elevenlabs-key", format!("sk_{}", "0123456789abcdef".repeat(3))),
            ("pinecone-key", of("pcsk_", 40)),
            ("logfire-token", of("pylf_v1_eu_", 40)),
            ("vault-token", of("hvs.", 40)),
            ("stripe-key", of(&format!("sk_{}_", "live"), 24)),
            ("jwt", format!("{}.{}.{}", of("eyJ", 20), of("eyJ", 30), &long[..40])),
            ("email", "ada.lovelace+test@mail.example.co.uk".to_owned()),
            ("card", "4111 1111 1111 1111".to_owned()),
        ]
    }

    fn redacted(text: &str) -> String {
        READY.as_ref().unwrap().replace(Cow::Borrowed(text)).into_owned()
    }

    #[test]
    fn every_pattern_of_the_data_compiles_and_its_groups_are_seen() {
        let ready = READY.as_ref().unwrap();
        assert_eq!(ready.each.len(), PATTERNS.len());
        assert!(ready.each.iter().all(|pattern| pattern.regex().is_some()));
        for definition in PATTERNS {
            let regex = Regex::new(definition.pattern).unwrap();
            assert_eq!(has_group(definition.pattern), regex.captures_len() > 1, "{}", definition.name);
        }
        assert!(SECRET_KEYS.is_some() && READY.is_some());
    }

    #[test]
    fn each_kind_of_secret_goes_wherever_it_stands_in_a_text() {
        for (name, secret) in secrets() {
            for (before, after) in [("", ""), ("key ", "."), ("(", ")"), (r"line\n", r"\n"), ("«", "…"), ("\"", "\"")]
            {
                let clean = redacted(&format!("{before}{secret}{after}"));
                assert_eq!(clean, format!("{before}[redacted:{name}]{after}"), "{secret}");
            }
        }
    }

    #[test]
    fn headers_and_assignments_lose_their_value_only() {
        for (text, clean) in [
            ("Authorization: Bearer abcdef123", "Authorization: Bearer [redacted:authorization]"),
            (r#""authorization": "Basic dXNlcjpw""#, r#""authorization": "Basic [redacted:authorization]""#),
            (r#"("authorization", "Bearer abcdefg")"#, r#"("authorization", "Bearer [redacted:authorization]")"#),
            ("x-api-key: hunter2hunter2", "x-api-key: [redacted:secret]"),
            (r#"Config { api_key: "hunter2" }"#, r#"Config { api_key: "[redacted:secret]" }"#),
            ("Authorization: Key 0a1b2c:3d4e5f", "Authorization: Key [redacted:authorization]"),
            (r#"Config { password: Secret("hunter2") }"#, r#"Config { password: Secret("[redacted:secret]") }"#),
            ("api_key: Some(Key(\n    \"hunter2\",\n))", "api_key: Some(Key(\n    \"[redacted:secret]\",\n))"),
            (r#"password: Plain { inner: "hunter2" }"#, r#"password: Plain { inner: "[redacted:secret]" }"#),
            ("CLOUDFLARE_API_TOKEN=q7w8e9r0", "CLOUDFLARE_API_TOKEN=[redacted:secret]"),
            ("Server=db;Uid=app;Pwd=hunter2;Port=1", "Server=db;Uid=app;Pwd=[redacted:secret];Port=1"),
            ("mysql --password hunter22 -h db", "mysql --password [redacted:secret] -h db"),
            ("app --github-token='q7w8e9r' --fast", "app --github-token='[redacted:secret]' --fast"),
            ("GET /users/jane%40x.com/mail", "GET /users/[redacted:email]/mail"),
            (r#"api_key: Some("hunter2")"#, r#"api_key: Some("[redacted:secret]")"#),
            ("sent Bearer 0123456789abcdef0", "sent Bearer [redacted:bearer]"),
            ("Basic dXNlcjpwYXNzd29yZA==", "Basic [redacted:basic]"),
            ("postgres://app:s3cr3t@db:5432/x", "postgres://app:[redacted:url-password]@db:5432/x"),
            ("postgres://app:p@ss@db/x", "postgres://app:[redacted:url-password]@db/x"),
            ("https://x.example/a?token=0123456789", "https://x.example/a?token=[redacted:url-token]"),
            (
                "https://x.example/a?Expires=1&Signature=Ab~cd-Ef12&x=1",
                "https://x.example/a?Expires=1&Signature=[redacted:url-token]&x=1",
            ),
            (
                r"https://x.example/a?b=1\u0026X-Goog-Signature=0123456789ab",
                r"https://x.example/a?b=1\u0026X-Goog-Signature=[redacted:url-token]",
            ),
            ("GET /a?email=jane%40x.com&b=1", "GET /a?email=[redacted:email]&b=1"),
            ("BASIC dXNlcjpwYXNzd29yZA==", "BASIC [redacted:basic]"),
            (r#"headers: {"x-api-key": ["hunter2hunter2"]}"#, r#"headers: {"x-api-key": ["[redacted:secret]"]}"#),
            (r#"{"authorization": ["Bearer abcdefg"]}"#, r#"{"authorization": ["Bearer [redacted:authorization]"]}"#),
            ("Cookie: a=b; session=q7w8e9 and so on", "Cookie: [redacted:cookie] and so on"),
            (r#"("set-cookie", "sid=q7w8e9; Path=/")"#, r#"("set-cookie", "[redacted:cookie]")"#),
            (r#"passphrase: "correct horse battery""#, r#"passphrase: "[redacted:secret]""#),
            (r#"Some { password: Some("it's a horse") }"#, r#"Some { password: Some("[redacted:secret]") }"#),
            (r"PASSWORD = 'correct horse' # old", r"PASSWORD = '[redacted:secret]' # old"),
            (r#"{\"password\": \"correct horse\"}"#, r#"{\"password\": \"[redacted:secret]\"}"#),
            ("password=hunter22 user=\"bob\"", "password=[redacted:secret] user=\"bob\""),
            (
                "AccountName=a;AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq==;Suffix=x",
                "AccountName=a;AccountKey=[redacted:azure-key];Suffix=x",
            ),
            ("WEBHOOK_SECRET=q7w8e9r0", "WEBHOOK_SECRET=[redacted:secret]"),
            (
                "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
                "aws_secret_access_key = [redacted:aws-secret]",
            ),
        ] {
            assert_eq!(redacted(text), clean);
            assert_eq!(redacted(clean), clean, "a second pass changes nothing");
        }
    }

    #[test]
    fn private_keys_go_whole_also_cut_and_escaped() {
        let body = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSj\nAgEAAoIBAQ==";
        let head = format!("-----BEGIN RSA {} KEY-----", "PRIVATE");
        let whole = format!("{head}\n{body}\n-----END RSA {} KEY-----", "PRIVATE");
        assert_eq!(redacted(&format!("<{whole}> and")), "<[redacted:private-key]> and");
        assert_eq!(redacted(&format!("{head}\n{body}")), "[redacted:private-key]");
        assert_eq!(redacted(&format!("{whole:?}")), "\"[redacted:private-key]\"");
        for mark in [" | ", "\u{2192}", ") "] {
            let lines = whole.lines().enumerate().map(|(at, line)| format!("{}{mark}{line}", at + 1));
            let lines: Vec<String> = lines.chain(["and".to_owned()]).collect();
            assert_eq!(redacted(&lines.join("\n")), format!("1{mark}[redacted:private-key]\nand"));
        }
        let quoted: Vec<String> = whole.lines().map(|line| format!("{line:?}")).collect();
        assert_eq!(redacted(&quoted.join(" +\n")), "\"[redacted:private-key]\"");
    }

    #[test]
    fn everyday_text_stays_as_it_is() {
        for text in [
            "risk-adjusted-return-on-capital-employed",
            "Authorization is required; the bearer of this letter has basic internationalization skills",
            "the password must be long, the api key is in the vault",
            "order 1732540000000 took 12 ms; ratio 0.4111111111111111",
            "gpt-4o-mini-2024-07-18 at https://api.openai.com:443/v1?model=x",
            "550e8400-e29b-41d4-a716-446655440000",
            "invalid_token: expired-credentials",
            "npm@5.0.0 and a@b",
            "an sk-learn-compatible-estimator of sk-cluster-production-one",
            "Cookies: those of a=b; the cookie: a small file",
            "password: [] and prior_authorization: {}",
            "naïve café: 3 < 4 && x@y",
            "PWD=/home/app; cd /tmp; pwd=/tmp",
            "--password <string>  the password; --token string  the token; --max-tokens 100000",
        ] {
            assert_eq!(redacted(text), text);
        }
    }
}
