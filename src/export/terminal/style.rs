//! What the terminal can show: its width, its characters and its colours, read from the environment.

use std::io::{IsTerminal, stderr};

/// Width of a pipe or a file, which have none of their own.
const PIPE_WIDTH: usize = 100;
/// Below this a tree cannot be read; above the other nothing is gained.
const WIDTHS: std::ops::RangeInclusive<usize> = 20..=400;

/// How a tree is drawn.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Style {
    pub(crate) width: Width,
    pub(crate) charset: Charset,
    pub(crate) colour: bool,
}

/// Cells in a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Width {
    Fixed(usize),
    /// Asked anew for each tree, so that a window may be resized.
    OfTerminal,
}

/// The characters that the terminal shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Charset {
    Ascii,
    Unicode,
}

/// What lines and bars are drawn with.
#[derive(Debug)]
pub(crate) struct Glyphs {
    pub(crate) branch: &'static str,
    pub(crate) last_branch: &'static str,
    pub(crate) rail: &'static str,
    pub(crate) gap: &'static str,
    /// In place of levels that are too deep to be drawn.
    pub(crate) skipped: &'static str,
    pub(crate) ellipsis: &'static str,
    pub(crate) bar_start: &'static str,
    pub(crate) bar: &'static str,
    pub(crate) bar_end: &'static str,
    /// A span too short for a bar.
    pub(crate) tick: &'static str,
    pub(crate) arrow: &'static str,
    pub(crate) at_least: &'static str,
    /// Before figures that sum up what is below.
    pub(crate) sum: &'static str,
    pub(crate) micros: &'static str,
    pub(crate) input: &'static str,
    pub(crate) output: &'static str,
}

/// The colours in use, by what they say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Colour {
    Plain,
    Strong,
    Faint,
    Error,
    Warning,
    Money,
    Call,
    Lookup,
    Tool,
    Container,
}

impl Style {
    /// From the environment, as `var` gives it.
    ///
    /// - Width: `COLUMNS`, else the terminal's, else 100.
    /// - Colour: never with a non-empty `NO_COLOR`; always with `CLICOLOR_FORCE` or `FORCE_COLOR` (set, and neither
    ///   `0` nor `false`); else on a terminal, unless `CLICOLOR` is `0` or `TERM` is `dumb` or unset (on Windows,
    ///   where terminals that know colour codes set `WT_SESSION` or `TERM`, one of these must be there).
    /// - Plain ASCII when the first of `LC_ALL`, `LC_CTYPE` and `LANG` that is set and not empty does not name UTF-8;
    ///   Unicode when none is set, as in most containers, whose logs are read elsewhere.
    pub(crate) fn from_env(var: &dyn Fn(&str) -> Option<String>, is_terminal: bool) -> Self {
        let columns = var("COLUMNS").and_then(|text| text.trim().parse().ok()).filter(|columns| *columns > 0);
        let width = match columns {
            Some(columns) => Width::Fixed(columns),
            None if is_terminal => Width::OfTerminal,
            None => Width::Fixed(PIPE_WIDTH),
        };
        Self { width, charset: charset(var), colour: colour(var, is_terminal) }
    }

    /// For this process's stderr.
    pub(crate) fn of_stderr(var: &dyn Fn(&str) -> Option<String>) -> Self {
        Self::from_env(var, stderr().is_terminal())
    }

    pub(crate) fn glyphs(&self) -> &'static Glyphs {
        self.charset.glyphs()
    }

    /// Cells in a line now.
    pub(crate) fn columns(&self) -> usize {
        let columns = match self.width {
            Width::Fixed(columns) => columns,
            Width::OfTerminal => {
                terminal_size::terminal_size_of(stderr()).map_or(PIPE_WIDTH, |(width, _)| usize::from(width.0))
            }
        };
        columns.clamp(*WIDTHS.start(), *WIDTHS.end())
    }
}

fn charset(var: &dyn Fn(&str) -> Option<String>) -> Charset {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().filter_map(var).find(|value| !value.is_empty());
    let Some(locale) = locale else { return Charset::Unicode };
    let locale = locale.to_ascii_lowercase();
    if locale.contains("utf-8") || locale.contains("utf8") { Charset::Unicode } else { Charset::Ascii }
}

fn colour(var: &dyn Fn(&str) -> Option<String>, is_terminal: bool) -> bool {
    let is_set = |name| var(name).is_some_and(|value| !value.is_empty());
    let is_on = |name| var(name).is_some_and(|value| !matches!(value.as_str(), "" | "0" | "false"));
    if is_set("NO_COLOR") {
        return false;
    }
    if is_on("CLICOLOR_FORCE") || is_on("FORCE_COLOR") {
        return true;
    }
    if !is_terminal || var("CLICOLOR").as_deref() == Some("0") {
        return false;
    }
    match var("TERM").as_deref() {
        None | Some("") => cfg!(windows) && is_set("WT_SESSION"),
        Some(term) => term != "dumb",
    }
}

impl Charset {
    pub(crate) fn glyphs(self) -> &'static Glyphs {
        match self {
            Self::Unicode => &Glyphs {
                branch: "├ ",
                last_branch: "└ ",
                rail: "│ ",
                gap: "  ",
                skipped: "⋯ ",
                ellipsis: "…",
                bar_start: "▕",
                bar: "█",
                bar_end: "▏",
                tick: "▏",
                arrow: "→",
                at_least: "≥",
                sum: "Σ",
                micros: "µs",
                input: "›",
                output: "‹",
            },
            Self::Ascii => &Glyphs {
                branch: "|- ",
                last_branch: "`- ",
                rail: "|  ",
                gap: "   ",
                skipped: "...",
                ellipsis: "...",
                bar_start: "[",
                bar: "#",
                bar_end: "]",
                tick: "|",
                arrow: "->",
                at_least: ">=",
                sum: "sum",
                micros: "us",
                input: ">",
                output: "<",
            },
        }
    }
}

impl Colour {
    /// The SGR sequence that turns it on; nothing for [`Colour::Plain`].
    pub(crate) fn on(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Strong => "\u{1b}[1m",
            Self::Faint => "\u{1b}[2m",
            Self::Error => "\u{1b}[31m",
            Self::Warning | Self::Tool => "\u{1b}[33m",
            Self::Money => "\u{1b}[32m",
            Self::Call => "\u{1b}[36m",
            Self::Lookup => "\u{1b}[34m",
            Self::Container => "\u{1b}[35m",
        }
    }

    /// The SGR sequence that turns every colour off.
    pub(crate) const OFF: &'static str = "\u{1b}[0m";
}

#[cfg(test)]
mod tests {
    use super::*;

    fn style(vars: &[(&str, &str)], is_terminal: bool) -> Style {
        let var = |name: &str| vars.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        Style::from_env(&var, is_terminal)
    }

    #[test]
    fn colours_follow_the_environment() {
        let term = ("TERM", "xterm-256color");
        assert!(style(&[term], true).colour);
        assert!(!style(&[term], false).colour, "a pipe has no colours");
        assert!(!style(&[term, ("NO_COLOR", "1")], true).colour);
        assert!(style(&[term, ("NO_COLOR", "")], true).colour, "an empty NO_COLOR says nothing");
        assert!(!style(&[("TERM", "dumb")], true).colour);
        assert!(!style(&[term, ("CLICOLOR", "0")], true).colour);
        assert!(style(&[("CLICOLOR_FORCE", "1")], false).colour);
        assert!(style(&[("FORCE_COLOR", "1"), ("TERM", "dumb")], false).colour);
        assert!(!style(&[("FORCE_COLOR", "0")], false).colour);
        assert!(!style(&[("FORCE_COLOR", "1"), ("NO_COLOR", "1")], true).colour, "who wants none gets none");
    }

    #[test]
    fn the_locale_decides_between_unicode_and_ascii() {
        let charset = |vars| style(vars, false).charset;
        assert_eq!(charset(&[]), Charset::Unicode);
        assert_eq!(charset(&[("LANG", "C")]), Charset::Ascii);
        assert_eq!(charset(&[("LANG", "de_DE.ISO-8859-1")]), Charset::Ascii);
        assert_eq!(charset(&[("LANG", "C.UTF-8")]), Charset::Unicode);
        assert_eq!(charset(&[("LC_ALL", "POSIX"), ("LANG", "en_US.UTF-8")]), Charset::Ascii);
        assert_eq!(charset(&[("LC_ALL", ""), ("LC_CTYPE", "en_US.utf8"), ("LANG", "C")]), Charset::Unicode);
    }

    #[test]
    fn columns_decides_before_the_terminal_does() {
        assert_eq!(style(&[], false).columns(), 100);
        assert_eq!(style(&[], true).width, Width::OfTerminal);
        assert_eq!(style(&[("COLUMNS", "72")], true).columns(), 72);
        assert_eq!(style(&[("COLUMNS", "0")], false).columns(), 100);
        assert_eq!(style(&[("COLUMNS", "wide")], false).columns(), 100);
        assert_eq!(style(&[("COLUMNS", "1")], false).columns(), 20);
        assert_eq!(style(&[("COLUMNS", "4000000000")], false).columns(), 400);
    }
}
