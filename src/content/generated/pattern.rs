// Generated from conventions/ by tests/it/redaction_codegen.rs: do not edit, run `cargo test redaction_codegen`.

//! What redaction takes out of every text that leaves.

use crate::content::patterns::{Check, Definition};

/// In the order in which they are applied.
pub(in crate::content) const PATTERNS: &[Definition] = &[
    Definition {
        name: "private-key",
        token: false,
        check: Check::None,
        pattern: r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?:(?:-{0,4}[^-])*?-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|[A-Za-z0-9+/=\s\\:,|-]*)",
    },
    Definition { name: "langfuse-key", token: true, check: Check::None, pattern: r"(?:pk|sk)-lf-[A-Za-z0-9-]{8,}" },
    Definition { name: "anthropic-key", token: true, check: Check::None, pattern: r"sk-ant-[A-Za-z0-9_-]{8,}" },
    Definition { name: "openrouter-key", token: true, check: Check::None, pattern: r"sk-or-[A-Za-z0-9_-]{8,}" },
    Definition {
        name: "openai-key",
        token: true,
        check: Check::Words,
        pattern: r"sk-(?:(?:proj|svcacct|admin|None)-[A-Za-z0-9_-]{8,}|[A-Za-z0-9_-]{12,})",
    },
    Definition {
        name: "google-key",
        token: true,
        check: Check::None,
        pattern: r"AIza[A-Za-z0-9_-]{30,}|ya29\.[A-Za-z0-9_-]{20,}|GOCSPX-[A-Za-z0-9_-]{20,}",
    },
    Definition { name: "aws-key", token: true, check: Check::None, pattern: r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}" },
    Definition {
        name: "aws-secret",
        token: false,
        check: Check::None,
        pattern: r#"(?i)secret_?access_?key[\\"']*\s*[:=]\s*[\\"']*([A-Za-z0-9/+]{40})"#,
    },
    Definition {
        name: "github-token",
        token: true,
        check: Check::None,
        pattern: r"gh[oprsu]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}",
    },
    Definition {
        name: "gitlab-token",
        token: true,
        check: Check::None,
        pattern: r"gl(?:pat|ptt|dt|rt|cbt|soat)-[A-Za-z0-9_-]{16,}",
    },
    Definition {
        name: "slack-token",
        token: true,
        check: Check::None,
        pattern: r"xox[abceoprs]-[A-Za-z0-9-]{10,}|xapp-[A-Za-z0-9-]{10,}",
    },
    Definition {
        name: "slack-webhook",
        token: false,
        check: Check::None,
        pattern: r"hooks\.slack\.com/(?:services|workflows|triggers)/([A-Za-z0-9_/-]{16,})",
    },
    Definition { name: "huggingface-token", token: true, check: Check::None, pattern: r"hf_[A-Za-z0-9]{20,}" },
    Definition { name: "groq-key", token: true, check: Check::None, pattern: r"gsk_[A-Za-z0-9]{20,}" },
    Definition { name: "xai-key", token: true, check: Check::None, pattern: r"xai-[A-Za-z0-9]{20,}" },
    Definition { name: "replicate-token", token: true, check: Check::None, pattern: r"r8_[A-Za-z0-9]{20,}" },
    Definition { name: "perplexity-key", token: true, check: Check::None, pattern: r"pplx-[A-Za-z0-9]{20,}" },
    Definition { name: "nvidia-key", token: true, check: Check::None, pattern: r"nvapi-[A-Za-z0-9_-]{20,}" },
    Definition { name: "tavily-key", token: true, check: Check::None, pattern: r"tvly-[A-Za-z0-9_-]{16,}" },
    Definition { name: "langsmith-key", token: true, check: Check::None, pattern: r"lsv2_(?:pt|sk)_[A-Za-z0-9_]{20,}" },
    Definition { name: "databricks-token", token: true, check: Check::None, pattern: r"dapi[0-9a-f]{32}" },
    Definition {
        name: "stripe-key",
        token: true,
        check: Check::None,
        pattern: r"(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{10,}|whsec_[A-Za-z0-9+/=]{20,}",
    },
    Definition {
        name: "sendgrid-key",
        token: true,
        check: Check::None,
        pattern: r"SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}",
    },
    Definition { name: "npm-token", token: true, check: Check::None, pattern: r"npm_[A-Za-z0-9]{30,}" },
    Definition { name: "pypi-token", token: true, check: Check::None, pattern: r"pypi-[A-Za-z0-9_-]{50,}" },
    Definition {
        name: "jwt",
        token: true,
        check: Check::None,
        pattern: r"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]+){0,3}",
    },
    Definition {
        name: "authorization",
        token: false,
        check: Check::None,
        pattern: r#"(?i)authorization(?:[\\"']*\s*[:=]\s*(?:\[\s*[\\"']+|[\\"']*)|[\\"']+\s*,\s*[\\"']+)(?:(?:bearer|basic|token|apikey|digest)\s+)?([^\s"'\\,;()\[\]{}]{7,})"#,
    },
    Definition {
        name: "bearer",
        token: true,
        check: Check::None,
        pattern: r"(?i)bearer[ :=]+([A-Za-z0-9._~+/=-]{16,})",
    },
    Definition {
        name: "basic",
        token: true,
        check: Check::None,
        pattern: r"(?i-u:basic)\s+([A-Za-z+/]*[0-9][A-Za-z0-9+/]{7,}={0,2}|[A-Za-z0-9+/]{8,}={1,2})",
    },
    Definition {
        name: "azure-key",
        token: false,
        check: Check::None,
        pattern: r"(?i)(?:account|access)_?key=([A-Za-z0-9+/]{40,}={0,2})",
    },
    Definition {
        name: "secret",
        token: false,
        check: Check::None,
        pattern: r#"(?i)(?:api[-_]?key|subscription-key|(?:(?:access|refresh|auth|session|security)|(?:^|[^l])id)[-_]?token|client[-_]?secret|_secret|secret[-_]?key|private[-_]?key|passw(?:or)?d|passphrase)(?:[\\"']*\s*[:=]\s*(?:Some\()?(?:\[\s*)?|[\\"']+\s*,\s*)\\*"([^"\\\[\r\n][^"\\\r\n]{5,})\\*""#,
    },
    Definition {
        name: "secret",
        token: false,
        check: Check::None,
        pattern: r#"(?i)(?:api[-_]?key|subscription-key|(?:(?:access|refresh|auth|session|security)|(?:^|[^l])id)[-_]?token|client[-_]?secret|_secret|secret[-_]?key|private[-_]?key|passw(?:or)?d|passphrase)(?:[\\"']*\s*[:=]\s*(?:Some\()?(?:\[\s*)?|[\\"']+\s*,\s*)'([^'\\\[\r\n][^'\\\r\n]{5,})'"#,
    },
    Definition {
        name: "secret",
        token: false,
        check: Check::None,
        pattern: r#"(?i)(?:api[-_]?key|subscription-key|(?:(?:access|refresh|auth|session|security)|(?:^|[^l])id)[-_]?token|client[-_]?secret|_secret|secret[-_]?key|private[-_]?key|passw(?:or)?d|passphrase)(?:[\\"']*\s*[:=]\s*(?:Some\()?(?:\[\s*[\\"']+|[\\"']*)|[\\"']+\s*,\s*[\\"']+)([^\s"'\\,;()\[\]{}&]{6,})"#,
    },
    Definition {
        name: "cookie",
        token: false,
        check: Check::None,
        pattern: r#"(?i)cookie(?:[\\"']*\s*:\s*[\\"']*|[\\"']+\s*,\s*[\\"']+)([^\s=;:,"'\\]+=(?:[^\s;"'\\]{4,}|[^\s;"'\\]*;\s?[^\s;"'\\]{3,})(?:;\s?[^\s;"'\\]+)*)"#,
    },
    Definition {
        name: "url-token",
        token: false,
        check: Check::None,
        pattern: r#"(?i)(?:[?&]|\\u0026)(?:token|sig|signature|key|auth|secret|x-(?:amz|goog)-(?:signature|security-token))=([^&\s"'\\\[\]]{8,})"#,
    },
    Definition {
        name: "url-password",
        token: false,
        check: Check::None,
        pattern: r#"[A-Za-z][A-Za-z0-9+.-]*://[^\s/@:"'\\]*:([^\s/"'\\\[\]]+)@"#,
    },
    Definition {
        name: "email",
        token: false,
        check: Check::None,
        pattern: r"(?:\\[nrtbf])?([A-Za-z0-9._%+\-\x{C0}-\x{1FFF}\x{3040}-\x{FEFF}]+@(?:[A-Za-z0-9\x{C0}-\x{1FFF}\x{3040}-\x{FEFF}](?:[A-Za-z0-9\-\x{C0}-\x{1FFF}\x{3040}-\x{FEFF}]*[A-Za-z0-9\x{C0}-\x{1FFF}\x{3040}-\x{FEFF}])?\.)+[A-Za-z\x{C0}-\x{1FFF}\x{3040}-\x{FEFF}]{2,})",
    },
    Definition {
        name: "email",
        token: false,
        check: Check::None,
        pattern: r"[A-Za-z0-9_.?&/-]{3,}=([A-Za-z0-9._%+-]{2,}%40(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,})",
    },
    Definition {
        name: "card",
        token: false,
        check: Check::Luhn,
        pattern: r"[0-9](?:[ \-\x{A0}\x{202F}\x{2010}-\x{2013}]?[0-9]){12,}",
    },
];

/// Keys whose values are secrets whatever they look like.
pub(in crate::content) const SECRET_KEY: &str = r"(?:(?:proxy|http|x)[-_])?authorization|(?:[a-z0-9_-]*[-_])?(?:secret|(?:access|refresh|auth|id|session|security)[-_]?token)|(?:set[-_])?cookie|ocp[-_]apim[-_]subscription[-_]key|[a-z0-9_-]*(?:api[-_]?key|client[-_]?secret|secret[-_]?key|secret[-_]?access[-_]?key|private[-_]?key|password|passwd|passphrase)";
