//! Draws a tree: a line for each span, with its time, its place in time, its tokens and its cost.

use std::borrow::Cow;

use super::bar::Window;
use super::columns::{Columns, GAP, Needs};
use super::entry::Entry;
use super::figures::{cost, duration, grouped, tokens};
use super::line::Line;
use super::outline::Outline;
use super::piece::{Mark, Piece};
use super::rows::{Item, Row, rows};
use super::style::{Charset, Colour, Style};
use super::text::{ascii, cut, width};
use super::totals::Totals;

/// The lines of `piece`, the last one ended.
pub(crate) fn draw(piece: &Piece, style: &Style) -> String {
    let outline = Outline::of(&piece.entries);
    let rows = rows(&outline, piece.has_root(), &piece.more);
    let added_up = Totals::of(&outline).plus(piece.more.totals);
    let totals = match rows.first() {
        // The worker has seen spans that are not drawn here, and knows which of them tell of the same call.
        Some(Row { item: Item::Span(Entry { total: Some(total), .. }), .. }) if piece.has_root() => {
            Totals { tool_cost: added_up.tool_cost, ..*total }
        }
        _ => added_up,
    };
    Tree::new(piece, &rows, style, totals).draw()
}

struct Tree<'a> {
    piece: &'a Piece,
    rows: &'a [Row<'a>],
    figures: Vec<Figures<'a>>,
    style: &'a Style,
    totals: Totals,
    columns: Columns,
    window: Window,
}

/// The texts of one row.
struct Figures<'a> {
    branch: String,
    name: Cow<'a, str>,
    duration: String,
    tokens: Option<String>,
    cost: Option<String>,
}

impl<'a> Tree<'a> {
    fn new(piece: &'a Piece, rows: &'a [Row<'a>], style: &'a Style, totals: Totals) -> Self {
        let whole_width = style.columns();
        let mut tree = Self {
            piece,
            rows,
            figures: Vec::with_capacity(rows.len()),
            style,
            totals,
            columns: Columns::fit(whole_width, Needs::default()),
            window: Window { start: piece.start(), duration: piece.duration(), cells: 0 },
        };
        if let Some(Row { item: Item::Span(root), .. }) = rows.first() {
            tree.window = Window { start: root.start, duration: root.duration(), cells: 0 };
        }
        tree.figures = (0..rows.len()).map(|at| tree.figures_of(at)).collect();
        tree.columns = Columns::fit(whole_width, tree.needs());
        tree.window.cells = tree.columns.bar.unwrap_or_default();
        tree
    }

    fn draw(&self) -> String {
        let mut drawing = String::new();
        for (at, (row, figures)) in self.rows.iter().zip(&self.figures).enumerate() {
            let mut line = Line::new(self.style, self.columns.width, self.below(at));
            line.push(&figures.branch, Colour::Faint);
            match &row.item {
                Item::Heading => self.put_root(&mut line, figures, None),
                Item::Span(root) if at == 0 => self.put_root(&mut line, figures, Some(root)),
                Item::Span(entry) => self.put_span(&mut line, figures, entry),
                Item::More { failed, error, .. } => self.put_more(&mut line, figures, *failed, *error),
            }
            line.finish(&mut drawing);
        }
        drawing
    }

    fn put_root(&self, line: &mut Line<'_>, figures: &Figures<'_>, root: Option<&Entry>) {
        self.put_name(line, figures, Colour::Strong);
        let start = self.columns.duration_end() + GAP;
        if self.totals.calls > 0 {
            let calls = if self.totals.calls == 1 { "call" } else { "calls" };
            line.push_figure(start, &format!("{} {calls}", grouped(self.totals.calls)), Colour::Plain);
        }
        if let Some(tokens) = tokens(self.totals.input_tokens, self.totals.output_tokens, self.style.glyphs()) {
            line.push_figure(start, &tokens, Colour::Plain);
        }
        let money = [self.money(&self.totals), doubts(&self.totals)].into_iter().flatten().collect::<Vec<_>>();
        if !money.is_empty() {
            line.push_figure(start, &money.join(" "), Colour::Money);
        }
        if let Some(fee) = tool_fee(self.totals.tool_cost) {
            line.push_words(start, &fee, Colour::Faint);
        }
        let mark = match self.piece.mark {
            Mark::Whole => None,
            Mark::Rest => Some("part of this trace was drawn before".to_owned()),
            Mark::Unfinished => Some(format!("root has not ended, trace {}", self.piece.trace_id)),
            Mark::Late => Some(format!("ended after its tree, trace {}", self.piece.trace_id)),
        };
        if let Some(mark) = mark {
            line.push_words(start, &mark, Colour::Warning);
        }
        if let Some(root) = root {
            self.put_words(line, start, root);
            self.put_content(line, root);
        }
    }

    fn put_span(&self, line: &mut Line<'_>, figures: &Figures<'_>, entry: &Entry) {
        self.put_name(line, figures, Colour::Plain);
        if self.columns.bar.is_some() {
            let colour = if entry.error.is_some() { Colour::Error } else { entry.role.colour() };
            let (blanks, bar) = self.window.bar(entry, self.style.glyphs());
            line.push_at(self.columns.duration_end() + GAP + blanks, &bar, colour);
        }
        let start = self.columns.detail_start();
        let tokens_end = start + self.columns.tokens;
        let cost_gap = if self.columns.tokens > 0 { GAP } else { 0 };
        let cost_end = tokens_end + cost_gap + self.columns.cost;
        for (figure, end, colour) in
            [(&figures.tokens, tokens_end, Colour::Plain), (&figures.cost, cost_end, Colour::Money)]
        {
            match figure {
                Some(figure) if self.columns.has_figures => line.push_before(end, figure, colour),
                Some(figure) => line.push_figure(start, figure, colour),
                None => {}
            }
        }
        let doubts = entry.total.as_ref().and_then(doubts);
        for words in [tool_fee(entry.tool_cost), doubts].into_iter().flatten() {
            line.push_words(start, &words, Colour::Faint);
        }
        self.put_words(line, start, entry);
        self.put_content(line, entry);
    }

    fn put_more(&self, line: &mut Line<'_>, figures: &Figures<'_>, failed: usize, error: Option<&str>) {
        line.push(&figures.name, Colour::Faint);
        match (failed, error) {
            (0, _) => {}
            (_, None | Some("")) => line.push_words(0, &format!("{failed} failed"), Colour::Error),
            (1, Some(error)) => line.push_words(0, &format!("ERROR {}", self.text(error)), Colour::Error),
            (_, Some(error)) => {
                line.push_words(0, &format!("{failed} failed, first: {}", self.text(error)), Colour::Error);
            }
        }
    }

    fn put_name(&self, line: &mut Line<'_>, figures: &Figures<'_>, colour: Colour) {
        let room = self.columns.name.saturating_sub(width(&figures.branch));
        line.push(&cut(&figures.name, room, self.style.glyphs().ellipsis), colour);
        line.push_before(self.columns.duration_end(), &figures.duration, Colour::Plain);
    }

    fn put_words(&self, line: &mut Line<'_>, start: usize, entry: &Entry) {
        if let Some(model) = &entry.model {
            line.push_words(start, &self.text(model), Colour::Faint);
        }
        if let Some(score) = &entry.score {
            line.push_words(start, &format!("score {}", self.text(score)), Colour::Plain);
        }
        if entry.is_cancelled {
            line.push_words(start, "cancelled", Colour::Warning);
        }
        if let Some(error) = &entry.error {
            line.push_words(start, format!("ERROR {}", self.text(error)).trim_end(), Colour::Error);
        }
    }

    fn put_content(&self, line: &mut Line<'_>, entry: &Entry) {
        let glyphs = self.style.glyphs();
        for (text, sign, word) in [(&entry.input, glyphs.input, "in"), (&entry.output, glyphs.output, "out")] {
            if let Some(text) = text {
                line.wrap();
                line.push(&format!("{sign} {word}: {}", self.text(text)), Colour::Faint);
            }
        }
    }

    /// What was added up cost, and whether that is all.
    fn money(&self, totals: &Totals) -> Option<String> {
        let amount = totals.cost.map(cost)?;
        let is_all = totals.unpriced == 0 && !totals.is_incomplete;
        Some(if is_all { amount } else { format!("{} {amount}", self.style.glyphs().at_least) })
    }

    fn figures_of(&self, at: usize) -> Figures<'a> {
        let glyphs = self.style.glyphs();
        let name = match self.rows.get(at).map(|row| &row.item) {
            Some(Item::Span(entry)) => self.text(&entry.name),
            Some(Item::Heading) if self.piece.mark == Mark::Late => Cow::Borrowed("late spans"),
            Some(Item::Heading) => Cow::Borrowed("unfinished trace"),
            Some(Item::More { spans, .. }) => {
                let count = u64::try_from(*spans).unwrap_or(u64::MAX);
                let noun = if count == 1 { "span" } else { "spans" };
                Cow::Owned(format!("{} and {} more {noun}", glyphs.ellipsis, grouped(count)))
            }
            None => Cow::Borrowed(""),
        };
        let mut figures = Figures { branch: self.branch(at), name, duration: String::new(), tokens: None, cost: None };
        match self.rows.get(at).map(|row| &row.item) {
            Some(Item::Span(entry)) => {
                figures.duration = duration(entry.duration(), glyphs);
                if let Some(total) = entry.total.filter(|_| at > 0) {
                    let sum = |figure| format!("{} {figure}", glyphs.sum);
                    figures.tokens = tokens(total.input_tokens, total.output_tokens, glyphs).map(sum);
                    figures.cost = self.money(&total).map(sum);
                } else {
                    figures.tokens = tokens(entry.input_tokens, entry.output_tokens, glyphs);
                    figures.cost = entry.cost.map(cost);
                }
            }
            Some(Item::Heading) => figures.duration = duration(self.piece.duration(), glyphs),
            Some(Item::More { .. }) | None => {}
        }
        figures
    }

    fn needs(&self) -> Needs {
        let mut needs = Needs::default();
        for (at, (row, figures)) in self.rows.iter().zip(&self.figures).enumerate() {
            if matches!(row.item, Item::More { .. }) {
                continue;
            }
            needs.name = needs.name.max(width(&figures.branch) + width(&figures.name));
            needs.duration = needs.duration.max(width(&figures.duration));
            // The first row tells the totals, which are not bound to columns.
            if at > 0 {
                needs.tokens = needs.tokens.max(figures.tokens.as_deref().map_or(0, width));
                needs.cost = needs.cost.max(figures.cost.as_deref().map_or(0, width));
            }
        }
        needs
    }

    /// The lines that lead to row `at`.
    fn branch(&self, at: usize) -> String {
        let glyphs = self.style.glyphs();
        match self.rows.get(at) {
            Some(Row { parent: Some(parent), is_last, .. }) => {
                let own = if *is_last { glyphs.last_branch } else { glyphs.branch };
                self.rails(Some(*parent), own)
            }
            _ => String::new(),
        }
    }

    /// The lines that run past what stands below row `at` and belongs to it.
    fn below(&self, at: usize) -> String {
        let glyphs = self.style.glyphs();
        let has_children = self.rows.get(at).is_some_and(|row| row.has_children);
        self.rails(Some(at), if has_children { glyphs.rail } else { glyphs.gap })
    }

    /// `own` behind the lines of row `from` and of what that hangs on; the outer ones are left out where they
    /// would take more than a quarter of the width.
    fn rails(&self, from: Option<usize>, own: &'static str) -> String {
        let glyphs = self.style.glyphs();
        let most = (self.columns.width / 4 / width(own)).max(2);
        let mut levels = vec![own];
        let mut next = from.and_then(|at| self.rows.get(at));
        while let Some(Row { parent: Some(parent), is_last, .. }) = next {
            if levels.len() == most {
                levels.push(glyphs.skipped);
                break;
            }
            levels.push(if *is_last { glyphs.gap } else { glyphs.rail });
            next = self.rows.get(*parent);
        }
        levels.into_iter().rev().collect()
    }

    fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match self.style.charset {
            Charset::Ascii => ascii(text),
            Charset::Unicode => Cow::Borrowed(text),
        }
    }
}

fn tool_fee(amount: Option<f64>) -> Option<String> {
    amount.filter(|amount| *amount > 0.0).map(|amount| format!("tools {}", cost(amount)))
}

/// Why a total is not sure.
fn doubts(totals: &Totals) -> Option<String> {
    let unpriced = (totals.unpriced > 0).then(|| format!("{} unpriced", grouped(totals.unpriced)));
    let incomplete = totals.is_incomplete.then(|| "incomplete".to_owned());
    let doubts: Vec<String> = unpriced.into_iter().chain(incomplete).collect();
    (!doubts.is_empty()).then(|| format!("({})", doubts.join(", ")))
}
