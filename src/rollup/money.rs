//! Amounts that add up exactly.

/// US dollars in units of 1e-12, which is what amounts are rounded to. Sums saturate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Money(i128);

const UNITS: i128 = 1_000_000_000_000;

impl Money {
    /// Nothing for what is no amount: not finite, or below zero.
    pub(super) fn of_usd(usd: f64) -> Option<Self> {
        #[expect(clippy::cast_precision_loss, reason = "10^12 is exact")]
        let units = (usd * UNITS as f64).round();
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
    fn absurd_amounts_do_not_wrap() {
        let most = money(f64::MAX);
        assert_eq!(most.plus(most), most);
        assert!(most.usd() > 1e25);
    }
}
