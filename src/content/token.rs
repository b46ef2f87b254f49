//! Where a word may be a token of the ready set, told by its first letters: almost none is looked at any further.

/// The first three bytes of what each pattern for a token finds, and of a private key.
const BEGINNINGS: &[&[u8; 3]] = &[
    b"pk-", b"pk_", b"rk_", b"sk-", b"sk_", b"AIz", b"ya2", b"GOC", b"AKI", b"ASI", b"ABI", b"ACC", b"gho", b"ghp",
    b"ghr", b"ghs", b"ghu", b"git", b"glp", b"gld", b"glr", b"glc", b"gls", b"xox", b"xap", b"hf_", b"gsk", b"xai",
    b"r8_", b"---", b"ppl", b"nva", b"tvl", b"lsv", b"dap", b"whs", b"SG.", b"npm", b"pyp", b"eyJ", b"bea", b"bas",
    b"AQ.", b"ABS", b"bed", b"csk", b"fw_", b"tgp", b"pa-", b"jin", b"pcs", b"e2b", b"fc-", b"pyl", b"hca", b"hvs",
    b"ntn", b"lin", b"ATA", b"ATC", b"sbp", b"sb_", b"dop", b"dck",
];
/// No token is shorter.
pub(super) const TOKEN_BYTES: usize = 14;
/// But for those that begin with one of [`HEADS`], none is shorter than this, nor holds other bytes than [`in_token`].
pub(super) const LONG_TOKEN_BYTES: usize = 15;
const HEADS: [&[u8]; 7] = [b"bearer", b"basic", b"whsec_", b"----BEGIN", b"pk-lf-", b"sk-lf-", b"sk-or-"];

/// For the first two letters, a bit for each third. Of a letter the lower five bits count, so that case does not.
static TABLE: [u32; 1024] = table();

#[expect(clippy::indexing_slicing, reason = "in a constant the compiler sees it")]
const fn table() -> [u32; 1024] {
    let mut table = [0; 1024];
    let mut at = 0;
    while at < BEGINNINGS.len() {
        let [first, second, third] = *BEGINNINGS[at];
        table[row(first, second)] |= 1 << (third & 31);
        at += 1;
    }
    table
}

const fn row(first: u8, second: u8) -> usize {
    (first as usize & 31) << 5 | second as usize & 31
}

static IN_TOKEN: [bool; 256] = in_tokens();

#[expect(clippy::indexing_slicing, reason = "in a constant the compiler sees it")]
const fn in_tokens() -> [bool; 256] {
    let mut bytes = [false; 256];
    let mut byte = 0_u8;
    while byte.is_ascii() {
        bytes[byte as usize] = byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
        byte += 1;
    }
    bytes
}

/// Whether a token may stand where `rest` begins, which is where a word begins.
#[inline]
pub(super) fn may_begin(rest: &[u8]) -> bool {
    let [first, second, third, ..] = rest else { return false };
    let thirds = TABLE.get(row(*first, *second)).copied().unwrap_or(!0);
    thirds >> (third & 31) & 1 != 0 && is_long(rest)
}

#[cold]
fn is_long(rest: &[u8]) -> bool {
    let begins = |head: &&[u8]| rest.get(..head.len()).is_some_and(|bytes| bytes.eq_ignore_ascii_case(head));
    HEADS.iter().any(begins)
        || rest.get(..LONG_TOKEN_BYTES).is_some_and(|bytes| bytes.iter().all(|byte| in_token(*byte)))
}

/// Whether a token may hold `byte`.
pub(super) fn in_token(byte: u8) -> bool {
    IN_TOKEN.get(usize::from(byte)).is_some_and(|is_in| *is_in)
}

#[cfg(test)]
mod tests {
    use regex_syntax::hir::literal::Extractor;

    use super::super::generated::pattern::PATTERNS;
    use super::*;

    #[test]
    fn every_token_of_the_ready_set_begins_as_the_table_says() {
        for pattern in PATTERNS.iter().filter(|pattern| pattern.token) {
            let parsed = regex_syntax::parse(pattern.pattern).unwrap();
            let prefixes = Extractor::new().extract(&parsed);
            let prefixes = prefixes.literals().expect("it begins with one of a few texts");
            assert!(!prefixes.is_empty());
            for prefix in prefixes {
                let [first, second, third, ..] = prefix.as_bytes() else {
                    panic!("{} begins too shortly", pattern.name)
                };
                let thirds = TABLE[row(*first, *second)];
                assert!(
                    thirds >> (third & 31) & 1 != 0,
                    "{}: {:?}",
                    pattern.name,
                    String::from_utf8_lossy(prefix.as_bytes())
                );
            }
            let is_head = |text: &[u8]| HEADS.iter().any(|head| text.to_ascii_lowercase().starts_with(head));
            let least =
                if prefixes.iter().all(|prefix| is_head(prefix.as_bytes())) { TOKEN_BYTES } else { LONG_TOKEN_BYTES };
            assert!(parsed.properties().minimum_len().unwrap() >= least, "{}", pattern.name);
        }
    }
}
