//! Amounts that add up exactly.

/// US dollars in units of 1e-12, which is what amounts are rounded to. Sums saturate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Money(i128);

const UNITS: i128 = 1_000_000_000_000;
/// 2^52: below, a double has room for halves.
const EXACT: f64 = 4_503_599_627_370_496.0;

impl Money {
    /// Nothing for what is no amount: not finite, or below zero.
    pub(super) fn of_usd(usd: f64) -> Option<Self> {
        #[expect(clippy::cast_precision_loss, reason = "10^12 is exact")]
        let units = usd * UNITS as f64;
        if (0.0..EXACT).contains(&units) {
            #[expect(clippy::cast_possible_truncation, reason = "in range")]
            let whole = units as i64;
            // What is behind the point is exact as well.
            #[expect(clippy::cast_precision_loss, reason = "exact below 2^52")]
            let up = units - whole as f64 >= 0.5;
            return Some(Self(i128::from(whole + i64::from(up))));
        }
        let units = units.round();
        #[expect(clippy::cast_possible_truncation, reason = "saturates")]
        (usd.is_finite() && usd >= 0.0).then_some(Self(units as i128))
    }

    pub(super) fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// The nearest double, for amounts below 9,000 dollars; above, off by no more than the amounts that went in.
    #[expect(clippy::cast_precision_loss, reason = "the nearest double is what is asked for")]
    pub(super) fn usd(self) -> f64 {
        let whole = self.0 / UNITS;
        if whole < 9_000 { self.0 as f64 / UNITS as f64 } else { whole as f64 + (self.0 % UNITS) as f64 / UNITS as f64 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(usd: f64) -> Money {
        Money::of_usd(usd).unwrap()
    }

    #[test]
    fn sums_are_exact_where_doubles_are_not() {
        let sum = (0..10).fold(Money::default(), |sum, _| sum.plus(money(0.1)));
        assert_eq!(sum.usd().to_bits(), 1.0_f64.to_bits());
        assert_eq!(money(0.1).plus(money(0.2)).usd().to_bits(), 0.3_f64.to_bits());
        assert_eq!(money(0.000_206).plus(money(0.000_321)).usd().to_bits(), 0.000_527_f64.to_bits());
    }

    #[test]
    fn what_is_no_amount_is_none() {
        for usd in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.5] {
            assert_eq!(Money::of_usd(usd), None, "{usd}");
        }
        assert_eq!(money(-0.0).usd().to_bits(), 0.0_f64.to_bits());
    }

    #[test]
    fn halves_are_rounded_away_from_nought() {
        for units in [0.4, 0.5, 1.5, 2.499_999_999_999_999_6, 2.5, 812.0, EXACT - 0.5, EXACT + 1.0, 2.0 * EXACT] {
            let usd = units / 1e12;
            #[expect(clippy::cast_possible_truncation, reason = "in range")]
            let rounded = (usd * 1e12).round() as i128;
            assert_eq!(money(usd).0, rounded, "{units}");
        }
    }

    #[test]
    fn absurd_amounts_do_not_wrap() {
        let most = money(f64::MAX);
        assert_eq!(most.plus(most), most);
        assert!(most.usd() > 1e25);
    }
}
