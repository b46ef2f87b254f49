//! One line in the making: coloured text of a known width.

use super::columns::GAP;
use super::style::{Colour, Style};
use super::text::{cut, width};

/// A line, and the lines below it that take what had no room.
pub(crate) struct Line<'a> {
    style: &'a Style,
    columns: usize,
    text: String,
    cells: usize,
    is_below: bool,
    /// What the lines below begin with.
    indent: String,
}

impl<'a> Line<'a> {
    pub(crate) fn new(style: &'a Style, columns: usize, indent: String) -> Self {
        Self { style, columns, text: String::new(), cells: 0, is_below: false, indent }
    }

    /// Adds `text`, cut to what is left of the line.
    pub(crate) fn push(&mut self, text: &str, colour: Colour) {
        let text = cut(text, self.columns.saturating_sub(self.cells), self.style.glyphs().ellipsis);
        if text.is_empty() {
            return;
        }
        self.cells += width(&text);
        if self.style.colour && colour != Colour::Plain {
            self.text.push_str(colour.on());
            self.text.push_str(&text);
            self.text.push_str(Colour::OFF);
        } else {
            self.text.push_str(&text);
        }
    }

    /// Adds `text` so that it begins at cell `start`.
    pub(crate) fn push_at(&mut self, start: usize, text: &str, colour: Colour) {
        self.text.extend(std::iter::repeat_n(' ', start.saturating_sub(self.cells)));
        self.cells = self.cells.max(start);
        self.push(text, colour);
    }

    /// Adds `text` so that it ends at cell `end`.
    pub(crate) fn push_before(&mut self, end: usize, text: &str, colour: Colour) {
        self.push_at(end.saturating_sub(width(text)), text, colour);
    }

    /// Adds a figure behind cell `start`, or below where it would be cut.
    pub(crate) fn push_figure(&mut self, start: usize, text: &str, colour: Colour) {
        let next = self.cells + GAP;
        let start = if self.is_below { next } else { start.max(next) };
        if start + width(text) <= self.columns {
            self.push_at(start, text, colour);
        } else {
            self.wrap();
            self.push(text, colour);
        }
    }

    /// Adds words like a figure, but to the left of `start` where they fit there only.
    pub(crate) fn push_words(&mut self, start: usize, text: &str, colour: Colour) {
        self.push_figure(start.min(self.columns.saturating_sub(width(text))), text, colour);
    }

    /// Goes on below.
    pub(crate) fn wrap(&mut self) {
        self.text.push('\n');
        self.cells = 0;
        self.is_below = true;
        let indent = self.indent.clone();
        self.push(&indent, Colour::Faint);
    }

    pub(crate) fn finish(self, drawing: &mut String) {
        drawing.push_str(&self.text);
        drawing.push('\n');
    }
}
