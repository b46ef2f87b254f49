//! How a line's width is shared out.

use super::bar::EDGES;

/// Between two columns.
pub(crate) const GAP: usize = 2;
/// Cells that make a bar worth drawing.
const MIN_BAR: usize = 8;
/// Cells beyond which it tells nothing more.
const MAX_BAR: usize = 40;
/// What a name is cut down to, at most, so that there is room for a bar.
const NAME_WITH_BAR: usize = 28;
/// What a name is cut down to, at most, so that figures fit beside it.
const SHORT_NAME: usize = 20;

/// Cells that each column would like.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Needs {
    /// With the lines that lead to it.
    pub(crate) name: usize,
    pub(crate) duration: usize,
    pub(crate) tokens: usize,
    pub(crate) cost: usize,
}

/// Cells that each column gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Columns {
    pub(crate) width: usize,
    pub(crate) name: usize,
    pub(crate) duration: usize,
    /// Of the bar, edges apart; nothing where there is no room for one.
    pub(crate) bar: Option<usize>,
    pub(crate) tokens: usize,
    pub(crate) cost: usize,
    /// Whether tokens and cost stand beside the duration, and not on a line of their own.
    pub(crate) has_figures: bool,
}

impl Columns {
    /// On a narrow terminal the bar goes first, then names are cut, then figures move to a line of their own.
    /// Durations stay.
    pub(crate) fn fit(width: usize, needs: Needs) -> Self {
        let Needs { name, duration, tokens, cost } = needs;
        let figures = [tokens, cost].iter().filter(|cells| **cells > 0).map(|cells| cells + GAP).sum::<usize>();
        let columns = Self { width, name, duration, bar: None, tokens, cost, has_figures: true };

        let with_bar = name.min(width * 45 / 100);
        let bar = width.saturating_sub(with_bar + GAP + duration + GAP + EDGES + figures);
        if bar >= MIN_BAR && with_bar >= name.min(NAME_WITH_BAR) {
            // Part of the width only, so that an error has room behind it.
            let most = (width * 28 / 100).clamp(MIN_BAR, MAX_BAR);
            return Self { name: with_bar, bar: Some(bar.min(most)), ..columns };
        }
        let beside_figures = width.saturating_sub(GAP + duration + figures);
        if beside_figures >= name.min(SHORT_NAME) {
            return Self { name: name.min(beside_figures), ..columns };
        }
        Self { name: name.min(width.saturating_sub(GAP + duration)), has_figures: false, ..columns }
    }

    /// Where the duration ends.
    pub(crate) fn duration_end(&self) -> usize {
        self.name + GAP + self.duration
    }

    /// Where tokens, cost and errors begin.
    pub(crate) fn detail_start(&self) -> usize {
        self.duration_end() + GAP + self.bar.map_or(0, |cells| cells + EDGES + GAP)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEEDS: Needs = Needs { name: 28, duration: 6, tokens: 15, cost: 9 };

    #[test]
    fn the_bar_goes_first_then_names_are_cut_then_figures_move() {
        let fit = |width| Columns::fit(width, NEEDS);
        assert_eq!(fit(200).bar, Some(40));
        assert_eq!(fit(100).bar, Some(28));
        assert_eq!(fit(80).bar, Some(12));
        assert_eq!((fit(70).bar, fit(70).name, fit(70).has_figures), (None, 28, true));
        assert_eq!((fit(60).name, fit(60).has_figures), (24, true));
        assert_eq!((fit(40).name, fit(40).has_figures), (28, false));
        assert_eq!((fit(20).name, fit(20).duration), (12, 6));
    }

    #[test]
    fn no_width_makes_a_line_too_long() {
        for width in 20..=400 {
            let columns = Columns::fit(width, Needs { name: 1_000, ..NEEDS });
            assert!(columns.duration_end() <= width, "{columns:?}");
            if columns.has_figures {
                assert!(columns.detail_start() + 15 + GAP + 9 <= width, "{columns:?}");
            }
        }
    }
}
