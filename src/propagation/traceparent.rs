//! The form of a `traceparent`, as W3C Trace Context has it. The SDK's reader takes ids that are too short, and signs.

/// The field that names trace, span and flags.
pub(super) const NAME: &str = "traceparent";
/// The field that belongs to it.
pub(super) const STATE: &str = "tracestate";

/// Bytes of version 00; later ones may have more behind them.
const LENGTH: usize = 55;

/// Whether a `traceparent` names a span.
pub(super) fn is_well_formed(value: &str) -> bool {
    let mut parts = value.split('-');
    let mut hex = |digits: usize| {
        let part = parts.next().unwrap_or_default();
        let is_hex = part.len() == digits && part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        is_hex.then_some(part)
    };
    let (Some(version), Some(trace), Some(span), Some(_)) = (hex(2), hex(32), hex(16), hex(2)) else { return false };
    let is_zero = |id: &str| id.bytes().all(|byte| byte == b'0');
    version != "ff" && !is_zero(trace) && !is_zero(span) && (version != "00" || value.len() == LENGTH)
}

/// Whether a `tracestate` can stand in a header. It is passed on as it came, and a carrier may let through what is none.
pub(super) fn is_state(value: &str) -> bool {
    value.bytes().all(|byte| matches!(byte, b'\t' | b' '..=b'~'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    const SPAN: &str = "00f067aa0ba902b7";

    #[test]
    fn the_form_of_the_recommendation_is_known() {
        for (version, rest) in
            [("00", "01"), ("00", "00"), ("00", "ff"), ("01", "01"), ("cc", "01-what-the-future-brings")]
        {
            assert!(is_well_formed(&format!("{version}-{TRACE}-{SPAN}-{rest}")), "{version} {rest}");
        }
    }

    #[test]
    fn whatever_else_is_malformed() {
        let zero = "0".repeat(32);
        for value in [
            String::new(),
            "00".to_owned(),
            format!("ff-{TRACE}-{SPAN}-01"),
            format!("0-{TRACE}-{SPAN}-01"),
            format!("+1-{TRACE}-{SPAN}-01"),
            format!("00-{}-{SPAN}-01", &TRACE[1..]),
            format!("00-{TRACE}0-{SPAN}-01"),
            format!("00-{TRACE}-{}-01", &SPAN[1..]),
            format!("00-{zero}-{SPAN}-01"),
            format!("00-{TRACE}-{}-01", &zero[..16]),
            format!("00-{}-{SPAN}-01", TRACE.to_uppercase()),
            format!("00-{TRACE}-{SPAN}"),
            format!("00-{TRACE}-{SPAN}-1"),
            format!("00-{TRACE}-{SPAN}-01-more"),
            format!("00-{TRACE}-{SPAN}-01,00-{TRACE}-{SPAN}-01"),
            "ü".repeat(55),
        ] {
            assert!(!is_well_formed(&value), "{value}");
        }
    }
}
