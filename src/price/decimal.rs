//! Money without rounding: rates, factors and amounts as integers.

/// Decimals of a rate. The price list has at most six, noise of binary fractions apart; factors add a few.
const DECIMALS: usize = 12;
/// A million US dollars. No rate is higher, so that sums have room.
const HIGHEST: u64 = 1_000_000 * 10_u64.pow(12);
/// Parts of an [`Amount`] that make one pico-dollar.
const PARTS: u128 = 9_000_000_000;
/// Integers below are exact as a double.
const EXACT: u64 = 1 << 53;

/// Picodollars for a number of units ([`Per`]).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rate(u64);

/// A factor, in millionths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Factor(pub(super) u64);

/// How many units a rate is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Per {
    Thousand,
    Million,
    Billion,
    /// Seconds, at a rate for an hour.
    Hour,
}

/// What tokens cost, exact, in parts of a rate for a million of them. As many lines as there are items of tokens have
/// room, of any quantity at any rate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tokens(u128);

/// US dollars, exact: in parts of which both a token at any rate and a second at any rate per hour are a whole number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Amount(u128);

impl Rate {
    /// Reads US dollars as a decimal. What is beyond twelve decimals is rounded half to even.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (whole, part) = text.split_once('.').unwrap_or((text, ""));
        if whole.is_empty()
            || text.ends_with('.')
            || !whole.bytes().chain(part.bytes()).all(|byte| byte.is_ascii_digit())
        {
            return None;
        }
        let (kept, beyond) = part.split_at_checked(DECIMALS).unwrap_or((part, ""));
        let scale = 10_u64.pow(u32::try_from(DECIMALS - kept.len()).ok()?);
        let kept = if kept.is_empty() { 0 } else { kept.parse::<u64>().ok()?.checked_mul(scale)? };
        let rate = whole.parse::<u64>().ok()?.checked_mul(10_u64.pow(12))?.checked_add(kept)?;
        let up = match beyond.as_bytes() {
            [] | [b'0'..=b'4', ..] => false,
            [b'5', rest @ ..] if rest.iter().all(|digit| *digit == b'0') => rate % 2 == 1,
            _ => true,
        };
        Some(Self(rate + u64::from(up))).filter(|rate| rate.0 <= HIGHEST)
    }

    /// US dollars as they were written: the shortest decimal that is this number.
    pub(super) fn from_usd(usd: f64) -> Option<Self> {
        if usd.is_finite() && usd >= 0.0 { Self::parse(&format!("{}", usd.abs())) } else { None }
    }

    pub(super) fn times(self, factor: Factor) -> Option<Self> {
        let rate = half_even(u128::from(self.0).checked_mul(u128::from(factor.0))?, 1_000_000);
        u64::try_from(rate).ok().map(Self).filter(|rate| rate.0 <= HIGHEST)
    }

    /// US dollars as a decimal.
    pub(super) fn text(self) -> String {
        let (whole, part) = (self.0 / 10_u64.pow(12), self.0 % 10_u64.pow(12));
        if part == 0 {
            return whole.to_string();
        }
        format!("{whole}.{part:012}").trim_end_matches('0').to_owned()
    }
}

impl Factor {
    pub(super) const ONE: Self = Self(1_000_000);

    /// From a number above 0 and not above a thousand.
    pub(super) fn from_number(number: f64) -> Option<Self> {
        if !(number > 0.0 && number <= 1_000.0) {
            return None;
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most a thousand millions")]
        Some(Self((number * 1_000_000.0).round() as u64)).filter(|factor| factor.0 > 0)
    }

    pub(super) fn times(self, other: Self) -> Option<Self> {
        u64::try_from(half_even(u128::from(self.0) * u128::from(other.0), 1_000_000)).ok().map(Self)
    }
}

impl Tokens {
    /// Adds what `quantity` costs at a rate for a million.
    #[inline]
    pub(super) fn add(&mut self, quantity: u64, rate: Rate) {
        self.0 = self.0.saturating_add(u128::from(rate.0) * u128::from(quantity));
    }

    /// All of it; nothing where it is beyond all numbers.
    pub(super) fn amount(self) -> Option<Amount> {
        self.0.checked_mul(Per::Million.weight()).map(Amount)
    }
}

impl Per {
    /// Parts of an [`Amount`] that one unit at the least rate is.
    const fn weight(self) -> u128 {
        match self {
            Self::Thousand => 9_000_000,
            Self::Million => 9_000,
            Self::Billion => 9,
            Self::Hour => 2_500_000,
        }
    }
}

impl Amount {
    /// What `quantity` costs; nothing where it is beyond all numbers.
    pub(super) fn of(quantity: u64, rate: Rate, per: Per) -> Option<Self> {
        (u128::from(rate.0) * per.weight()).checked_mul(u128::from(quantity)).map(Self)
    }

    pub(super) fn plus(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    pub(super) fn is_nothing(self) -> bool {
        self.0 == 0
    }

    /// US dollars, rounded half to even at twelve decimals.
    pub(super) fn usd(self) -> f64 {
        let pico = half_even(self.0, PARTS);
        if let Some(pico) = u64::try_from(pico).ok().filter(|pico| *pico < EXACT) {
            #[expect(clippy::cast_precision_loss, clippy::cast_possible_wrap, reason = "exact below 2^53")]
            return pico as i64 as f64 / 1e12;
        }
        let text = format!("{}.{:012}", pico / 10_u128.pow(12), pico % 10_u128.pow(12));
        text.parse().unwrap_or(f64::MAX)
    }
}

fn half_even(number: u128, by: u128) -> u128 {
    let (quotient, rest) = match (u64::try_from(number), u64::try_from(by)) {
        // Most numbers are small, and divided many times sooner then.
        (Ok(number), Ok(by)) => (u128::from(number / by), u128::from(number % by)),
        _ => (number / by, number % by),
    };
    let up = match (rest * 2).cmp(&by) {
        std::cmp::Ordering::Less => false,
        std::cmp::Ordering::Equal => quotient % 2 == 1,
        std::cmp::Ordering::Greater => true,
    };
    quotient + u128::from(up)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usd(quantity: u64, rate: &str, per: Per) -> f64 {
        Amount::of(quantity, Rate::parse(rate).unwrap(), per).unwrap().usd()
    }

    #[test]
    fn amounts_are_those_of_decimals_and_not_of_binary_fractions() {
        let parts = [(86, "2.5"), (1_920, "1.25"), (300, "10")];
        let sum = parts.iter().fold(Amount::default(), |sum, (quantity, rate)| {
            sum.plus(Amount::of(*quantity, Rate::parse(rate).unwrap(), Per::Million).unwrap()).unwrap()
        });
        assert_eq!(sum.usd().to_string(), "0.005615");
        assert_eq!(usd(3, "0.1", Per::Million).to_string(), "0.0000003");
        assert_eq!(usd(2, "10", Per::Thousand).to_string(), "0.02");
        assert_eq!(usd(10, "0.111", Per::Hour).to_string(), "0.000308333333");
        assert_eq!(usd(3_600, "0.111", Per::Hour).to_string(), "0.111");
    }

    #[test]
    fn the_twelfth_decimal_is_rounded_half_to_even() {
        for (rate, expected) in [("0.0000005", 0.0), ("0.0000015", 2e-12), ("0.0000025", 2e-12), ("0.0000026", 3e-12)] {
            assert_eq!(usd(1, rate, Per::Million).to_bits(), f64::to_bits(expected), "{rate}");
        }
    }

    #[test]
    fn a_rate_is_read_as_it_is_written_or_not_at_all() {
        for (text, expected) in [("2.5", "2.5"), ("0.08333333333333334", "0.083333333333"), ("10", "10"), ("0", "0")] {
            assert_eq!(Rate::parse(text).unwrap().text(), expected);
        }
        for text in ["", "-1", ".5", "1e3", "1.", "nan", "1000001", "99999999999999999999", "1,5"] {
            assert!(Rate::parse(text).is_none(), "{text}");
        }
        assert_eq!(Rate::from_usd(0.1).unwrap().text(), "0.1");
        assert_eq!(Rate::from_usd(-0.0).unwrap().text(), "0");
        assert!(Rate::from_usd(f64::NAN).is_none() && Rate::from_usd(-1.0).is_none());
    }

    #[test]
    fn factors_leave_no_noise() {
        let rate = Rate::parse("2.2").unwrap();
        let factor = Factor::from_number(1.1).unwrap().times(Factor::from_number(0.85).unwrap()).unwrap();
        assert_eq!(rate.times(factor).unwrap().text(), "2.057");
        assert!(Factor::from_number(0.0).is_none() && Factor::from_number(f64::INFINITY).is_none());
    }

    #[test]
    fn what_is_beyond_all_numbers_is_no_amount() {
        assert!(Amount::of(u64::MAX, Rate::parse("1000000").unwrap(), Per::Thousand).is_none());
        assert!(Amount::of(1_000_000_000_000, Rate::parse("1000").unwrap(), Per::Million).is_some());
    }
}
