//! The time bar: where in its tree's time a span lies.

use std::time::{Duration, SystemTime};

use super::entry::Entry;
use super::style::Glyphs;

/// The time that all bars of a tree are drawn in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    pub(crate) start: SystemTime,
    pub(crate) duration: Duration,
    /// Cells for the whole time, edges apart.
    pub(crate) cells: usize,
}

/// Cells that the two edges of a bar take.
pub(crate) const EDGES: usize = 2;

impl Window {
    /// The bar of `entry`, and how many blanks stand before it. What lies outside of the window is moved to its border.
    pub(crate) fn bar(&self, entry: &Entry, glyphs: &Glyphs) -> (usize, String) {
        let (start, end) = (self.cell(entry.start), self.cell(entry.end.max(entry.start)));
        if end <= start {
            return (1 + start.min(self.cells.saturating_sub(1)), glyphs.tick.to_owned());
        }
        let body = glyphs.bar.repeat(end - start);
        (start, format!("{}{body}{}", glyphs.bar_start, glyphs.bar_end))
    }

    /// The border between cells that is nearest to `moment`.
    fn cell(&self, moment: SystemTime) -> usize {
        let whole = self.duration.as_nanos().max(1);
        let since = moment.duration_since(self.start).unwrap_or_default().as_nanos().min(whole);
        let cells = u128::try_from(self.cells).unwrap_or_default();
        usize::try_from((since * cells + whole / 2) / whole).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::terminal::sample::Sample;
    use crate::export::terminal::style::Charset;

    fn bar(start: u64, end: u64) -> String {
        let root = Sample::root(1).at(100, 200).entry();
        let window = Window { start: root.start, duration: root.duration(), cells: 10 };
        let (blanks, bar) = window.bar(&Sample::new(2, 1).at(start, end).entry(), Charset::Ascii.glyphs());
        format!("{}{bar}", " ".repeat(blanks))
    }

    #[test]
    fn a_bar_lies_where_its_span_lies() {
        assert_eq!(bar(100, 200), "[##########]");
        assert_eq!(bar(100, 150), "[#####]");
        assert_eq!(bar(150, 200), "     [#####]");
        assert_eq!(bar(130, 160), "   [###]");
        assert_eq!(bar(130, 131), "    |");
        assert_eq!(bar(199, 200), "          |");
    }

    #[test]
    fn a_span_outside_of_its_root_stays_in_the_picture() {
        assert_eq!(bar(0, 120), "[##]");
        assert_eq!(bar(180, 900), "        [##]");
        assert_eq!(bar(900, 901), "          |");
        assert_eq!(bar(0, 1), " |");
        assert_eq!(bar(150, 110), "      |", "a clock that went backwards");
    }
}
