//! What is redacted, and what is not.

use opentelemetry::KeyValue;
use proptest::prelude::*;

use super::super::fixture::plain;
use super::*;
use crate::conventions::attribute::GEN_AI_USAGE_INPUT_TOKENS;

fn redacted(redaction: &Redaction, text: &str) -> String {
    let mut span = plain(vec![KeyValue::new("app.text", text.to_owned())]);
    redaction.apply(&mut span.data, &SelfReport::default(), |_| None);
    span.text("app.text").unwrap().to_owned()
}

fn key() -> String {
    format!("sk-ant-{}", "a1B2c3D4e5F6g7H8i9J0")
}

#[test]
fn json_is_redacted_string_by_string_and_still_parses() {
    let text = format!(
        r#"{{"a@b.example":"\u0073k-ant-a1B2c3D4e5F6g7H8i9J0","n":[1.50,4111111111111111,"\n{}"],"password":"x y","token_count":3}}"#,
        key()
    );
    let clean: Value = serde_json::from_str(&redacted(&Redaction::patterns(), &text)).unwrap();
    assert_eq!(
        clean,
        serde_json::json!({
            "[redacted:email]": "[redacted:anthropic-key]",
            "n": [1.5, "[redacted:card]", "\n[redacted:anthropic-key]"],
            "password": "[redacted:secret]",
            "token_count": 3,
        })
    );
}

#[test]
fn json_without_secrets_is_not_touched() {
    let text = r#"{ "text" : "a\u00e9\n\\", "n": 1.50, "n": 2 }"#;
    assert_eq!(redacted(&Redaction::patterns(), text), text);
}

#[test]
fn json_within_json_is_followed() {
    let inner = serde_json::json!({ "to": "a@b.example", "n": 4_111_111_111_111_111_u64 }).to_string();
    let text = serde_json::json!({ "arguments": inner }).to_string();
    let clean: Value = serde_json::from_str(&redacted(&Redaction::patterns(), &text)).unwrap();
    let inner: Value = serde_json::from_str(clean["arguments"].as_str().unwrap()).unwrap();
    assert_eq!(inner, serde_json::json!({ "to": "[redacted:email]", "n": "[redacted:card]" }));
}

#[test]
fn a_secret_goes_though_a_later_member_has_the_same_name() {
    let key = key();
    for text in [
        format!(r#"{{"a":"{key}","a":"x"}}"#),
        r#"[{"set-cookie":"sid=hunter22","set-cookie":""}]"#.to_owned(),
        serde_json::json!({ "inner": format!(r#"{{"a":{{"b":"{key}"}},"a":1}}"#) }).to_string(),
    ] {
        let clean = redacted(&Redaction::patterns(), &text);
        assert!(!clean.contains(&key[7..]) && !clean.contains("hunter22"), "{clean}");
        assert!(serde_json::from_str::<Value>(&clean).is_ok(), "{clean}");
    }
}

#[test]
fn a_secret_goes_from_lists_of_names_and_values() {
    for text in [
        r#"[["x-api-key","q7 w8"],["accept","text/html"]]"#,
        r#"{"headers":[{"name":"X-Api-Key","value":"q7 w8"},{"name":"accept","value":"text/html"}]}"#,
        r#"[{"value":"q7 w8","key":"DB_API_KEY"}]"#,
        r#"{"env":"[{\"value\":\"q7 w8\",\"name\":\"password\"}]"}"#,
    ] {
        assert_eq!(redacted(&Redaction::patterns(), text), text.replace("q7 w8", "[redacted:secret]"));
    }
    for text in [
        r#"{"type":"object","required":["password","username"]}"#,
        r#"[["password","username","address"],["secret"]]"#,
        r#"{"name":"password","value":null}"#,
        r#"{"name":"accept","value":"text/html","note":"no password, just headers"}"#,
    ] {
        assert_eq!(redacted(&Redaction::patterns(), text), text);
    }
}

#[test]
fn a_secrets_name_may_have_words_before_it() {
    for key in [
        "DB_PASSWORD",
        "dbPassword",
        "AZURE_OPENAI_API_KEY",
        "openaiApiKey",
        "JWT_SECRET",
        "set_cookie",
        "x_amz_security_token",
        "githubAccessToken",
        "TELEGRAM_BOT_TOKEN",
        "apiToken",
    ] {
        let text = serde_json::json!({ "env": { key: "q7 w8", "accept": "text/html" } }).to_string();
        assert_eq!(redacted(&Redaction::patterns(), &text), text.replace("q7 w8", "[redacted:secret]"));
        let name = format!("app.{key}");
        let mut span = plain(vec![KeyValue::new(name.clone(), "x")]);
        Redaction::patterns().apply(&mut span.data, &SelfReport::default(), |_| None);
        assert_eq!(span.text(&name), Some("[redacted:secret]"), "{name}");
    }
    for key in ["valid_token", "prior_authorization", "token_secretary", "passwords_tried", "monkey"] {
        let text = serde_json::json!({ key: "q7 w8" }).to_string();
        assert_eq!(redacted(&Redaction::patterns(), &text), text);
    }
}

#[test]
fn a_tools_schema_says_what_a_password_is_and_stays() {
    let schema = serde_json::json!({ "parameters": { "type": "object", "required": ["password"], "properties": {
        "user": { "type": "string" },
        "password": { "type": "string", "description": "of the account", "minLength": 8, "default": null },
        "db_password": { "type": "STRING", "nullable": true },
        "api_key": { "anyOf": [{ "type": "string" }, { "type": "null" }], "title": "Key" },
        "secret": { "$ref": "#/$defs/Secret" },
    } } });
    assert_eq!(redacted(&Redaction::patterns(), &schema.to_string()), schema.to_string());
    let wordy = serde_json::json!({ "password": { "type": "string", "description": "such as a@b.example" } });
    assert!(redacted(&Redaction::patterns(), &wordy.to_string()).contains("such as [redacted:email]"));
    for value in [
        serde_json::json!({ "type": "string", "value": "q7 w8" }),
        serde_json::json!({ "type": "string", "default": "q7 w8" }),
        serde_json::json!({ "type": "q7 w8" }),
        serde_json::json!({ "description": "q7 w8" }),
    ] {
        let text = serde_json::json!({ "password": value }).to_string();
        assert_eq!(redacted(&Redaction::patterns(), &text), r#"{"password":"[redacted:secret]"}"#, "{text}");
    }
}

#[test]
fn a_token_goes_behind_an_escape_of_any_kind() {
    let far = "so it is. ".repeat(120);
    for before in [
        "https://x.example/?q=my%20",
        "next=https%3A%2F%2Fx.example%2F%3Ftoken%3D",
        "\u{1b}[32m",
        "\u{1b}[01;31m\u{1b}[K",
        "\u{1b}[m",
        "\\u{1b}[1;32m",
        "\\x1b[0m",
        "data: {\"text\":\"use \\u003c",
        "out: \\u0022",
        "out: b'\\x22",
    ] {
        for before in [before.to_owned(), format!("{far}{before}")] {
            let clean = redacted(&Redaction::patterns(), &format!("{before}{} and so on", key()));
            assert_eq!(clean, format!("{before}[redacted:anthropic-key] and so on"));
        }
    }
    for text in ["[msk-cluster-production-one]", "ta%20sks-cluster-production-one", "under_sk-cluster-production-one"] {
        assert_eq!(redacted(&Redaction::patterns(), text), text);
    }
}

#[test]
fn a_value_under_a_secrets_name_goes_whatever_it_looks_like() {
    let names = ["http.request.header.authorization", "api_key", "app.client-secret", "x-api-key"];
    let mut span = plain(names.map(|name| KeyValue::new(name, "x")).into());
    Redaction::patterns().apply(&mut span.data, &SelfReport::default(), |_| None);
    for name in names {
        assert_eq!(span.text(name), Some("[redacted:secret]"), "{name}");
    }
}

#[test]
fn own_patterns_and_functions_come_after_the_ready_ones() {
    let redaction =
        Redaction::patterns().with_pattern("customer \"id\"", r"\bC-(\d{4})\b").unwrap().with_function(|path, text| {
            match path {
                Path::Attribute("app.text") => Cow::Owned(text.replace("Ada", "[name]")),
                _ => Cow::Borrowed(text),
            }
        });
    assert_eq!(
        redacted(&redaction, "Ada, C-1234, a@b.example"),
        "[name], C-[redacted:customer--id-], [redacted:email]"
    );
    assert_eq!(redacted(&redaction, r#"["\u0041da"]"#), r#"["[name]"]"#);
    assert_eq!(redacted(&Redaction::none(), "a@b.example"), "a@b.example");
}

#[test]
fn a_pattern_that_cannot_work_is_refused_with_its_name() {
    for pattern in ["(", "x*"] {
        let error = Redaction::none().with_pattern("mine", pattern).unwrap_err().to_string();
        assert!(error.contains("\"mine\""), "{error}");
    }
}

#[test]
fn a_function_that_panics_costs_the_text_and_nothing_else() {
    let redaction = Redaction::none().with_function(|_, text| {
        assert!(!text.contains("bad"), "as the test wants it");
        Cow::Borrowed(text)
    });
    assert_eq!(redacted(&redaction, "a bad text"), FAILED);
    assert_eq!(redacted(&redaction, r#"{"a":"bad","b":"good"}"#), r#"{"a":"[redaction failed]","b":"good"}"#);
}

#[test]
fn a_number_goes_under_a_secrets_name() {
    let mut span = plain(vec![KeyValue::new("app.password", 12_345_678), KeyValue::new("app.port", 443)]);
    Redaction::patterns().apply(&mut span.data, &SelfReport::default(), |_| None);
    assert_eq!((span.text("app.password"), span.int("app.port")), (Some("[redacted:secret]"), Some(443)));
}

#[test]
fn a_card_number_goes_though_it_is_a_number_and_a_time_stays() {
    let card = 4_111_111_111_111_111;
    let (time, long) = (4_222_222_222_222, 1_732_540_000_000_000_008);
    let of = |key: &'static str, number: i64| KeyValue::new(key, number);
    let mut span =
        plain(vec![of("card", card), of("idle_ns", time), of("at_ns", long), of(GEN_AI_USAGE_INPUT_TOKENS, card)]);
    Redaction::patterns().apply(&mut span.data, &SelfReport::default(), |_| None);
    assert_eq!(span.text("card"), Some("[redacted:card]"));
    let others = ["idle_ns", "at_ns", GEN_AI_USAGE_INPUT_TOKENS];
    assert_eq!(others.map(|key| span.int(key)), [Some(time), Some(long), Some(card)]);
}

#[test]
fn whole_numbers_beyond_64_bits_keep_their_digits_beside_a_secret() {
    let text = r#"{"parcel":92748902711539543475001234,"password":"hunter2"}"#;
    let clean = redacted(&Redaction::patterns(), text);
    assert_eq!(clean, r#"{"parcel":"92748902711539543475001234","password":"[redacted:secret]"}"#);
}

#[test]
fn a_text_that_was_clean_once_goes_under_a_secrets_name() {
    let redaction = Redaction::patterns();
    for _ in 0..2 {
        let mut span = plain(vec![
            KeyValue::new("app.text", "hunter2 of 1980s"),
            KeyValue::new("app.password", "hunter2 of 1980s"),
        ]);
        redaction.apply(&mut span.data, &SelfReport::default(), |_| None);
        assert_eq!(span.text("app.text"), Some("hunter2 of 1980s"));
        assert_eq!(span.text("app.password"), Some("[redacted:secret]"));
    }
}

#[test]
fn what_was_clean_for_fewer_patterns_is_looked_at_again_and_what_was_not_is_never_remembered() {
    let redaction = Redaction::patterns();
    assert_eq!(redacted(&redaction, "order C-1234 of today"), "order C-1234 of today");
    let more = redaction.with_pattern("customer", r"C-\d{4}").unwrap();
    for _ in 0..2 {
        assert_eq!(redacted(&more, "order C-1234 of today"), "order [redacted:customer] of today");
        assert_eq!(redacted(&more.clone(), "order C-1234 of today"), "order [redacted:customer] of today");
        assert_eq!(redacted(&more, "write to a@b.example"), "write to [redacted:email]");
    }
    assert!(!more.clean.lock().unwrap().holds("write to a@b.example"));
    assert!(!more.clean.lock().unwrap().holds("order C-1234 of today"));
}

#[test]
fn a_function_is_asked_of_every_text() {
    let calls = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&calls);
    let redaction = Redaction::patterns().with_function(move |_, text| {
        *counted.lock().unwrap() += usize::from(text == "gpt-4o-mini-2024-07-18");
        Cow::Borrowed(text)
    });
    for _ in 0..3 {
        redacted(&redaction, "gpt-4o-mini-2024-07-18");
    }
    assert_eq!(*calls.lock().unwrap(), 3);
    assert!(!redaction.clean.lock().unwrap().holds("gpt-4o-mini-2024-07-18"));
}

proptest! {
    #[test]
    fn a_secret_goes_from_any_json_and_the_rest_parses(before in "\\PC{0,30}", after in "\\PC{0,30}", key_text in "[a-z\"\\\\]{0,8}") {
        let before = format!("{before} ");
        let after = format!(" {after}");
        let text = serde_json::json!([{ "role": "user", key_text: format!("{before}{}{after}", key()) }]).to_string();
        let clean = redacted(&Redaction::patterns(), &text);
        prop_assert!(serde_json::from_str::<Value>(&clean).is_ok(), "{}", clean);
        prop_assert!(!clean.contains(&key()[7..]));
    }

    #[test]
    fn any_text_passes_without_a_panic_and_a_second_pass_changes_nothing(text in ".*") {
        let once = redacted(&Redaction::patterns(), &text);
        prop_assert_eq!(redacted(&Redaction::patterns(), &once), once);
    }
}

#[test]
fn what_help_texts_errors_and_paths_say_stays_and_secrets_beside_them_go() {
    let redaction = Redaction::patterns();
    for text in [
        "HOME=/root; PWD=/home/app; SHELL=/bin/sh",
        "x=1; pwd=$(pwd)",
        "pass the key by --token instead. --api-key (required) --token optional; gh --token GITHUB_TOKEN",
        "docker build --secret id=npmrc,src=/home/u/.npmrc .",
        "authorization: jwt expired; Authorization: Key rotation is due",
        "https://x.example/hotels/pittsburgh-pa-best-family-friendly-hotels-near-the-stadium",
        "jina_embeddings_v3_classification_adapter",
        "arn:function:bedrock-api-key-rotation-handler-prod",
        "https://x.example/img/logo%402x.png https://x.example/npm/vue%403.4.21.min.js",
        "password = prompt() api_key=os.getenv(\"KEY\")",
    ] {
        assert_eq!(redacted(&redaction, text), text);
    }
    for (text, clean) in [
        ("DB_PASSWORD=Xk9f2Lmq(7T", "DB_PASSWORD=[redacted:secret](7T"),
        ("Uid=app;Key=x==;Pwd=abcdefg;Server=db", "Uid=app;Key=x==;Pwd=[redacted:secret];Server=db"),
        ("run --token a1b2c3d4e5 now", "run --token [redacted:secret] now"),
        ("Authorization: SSWS 00QCjAl4MlV-WPXM", "Authorization: SSWS [redacted:authorization]"),
        ("https://x.example/users/jane%40x.com", "https://x.example/users/[redacted:email]"),
    ] {
        assert_eq!(redacted(&redaction, text), clean);
    }
}
