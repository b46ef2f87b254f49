//! A text in stretches that stand on the stack: its bytes in lower case, and where it may hold a token.

use super::token::{LONG_TOKEN_BYTES, in_token, may_begin};

/// So many bytes are looked at at once.
pub(super) const WINDOW: usize = 1024;
/// Windows overlap by the longest word that is looked for.
pub(super) const OVERLAP: usize = 16;
/// Within a run as long as a token a block of so many bytes stands whole.
pub(super) const BLOCK: usize = 8;
/// Bytes that are read together.
const LANES: usize = 32;

/// Of a byte that no token goes over.
const END: u8 = u8::MAX;
/// Bytes below are none of a token, nor are those beyond ASCII, which are negative. Spaces, quotes and the comma are
/// among them.
const LOWEST: i8 = b'-'.cast_signed();

/// A letter in lower case; some other bytes become one, too. It takes less than to tell letters.
pub(super) fn lowered(byte: u8) -> u8 {
    byte | 0x20
}

/// A text, window by window.
pub(super) struct Windows<'t> {
    text: &'t [u8],
    /// Where the next window begins; nowhere behind the last.
    next: Option<usize>,
    lower: [u8; WINDOW],
    ends: [u8; WINDOW],
    digits: usize,
    /// Where the last run ends that was looked at: each is, once.
    end: usize,
}

/// One of them.
pub(super) struct Window<'w> {
    /// Its bytes, [`lowered`].
    pub(super) lowered: &'w [u8],
    text: &'w [u8],
    /// Where it begins.
    at: usize,
    ends: &'w [u8],
    end: &'w mut usize,
}

impl<'t> Windows<'t> {
    pub(super) fn of(text: &'t [u8]) -> Self {
        Self { text, next: Some(0), lower: [0; WINDOW], ends: [END; WINDOW], digits: 0, end: 0 }
    }

    /// The next window.
    pub(super) fn next(&mut self) -> Option<Window<'_>> {
        let at = self.next?;
        let end = self.text.len().min(at + WINDOW);
        self.next = (end < self.text.len()).then_some(at + WINDOW - OVERLAP);
        let bytes = self.text.get(at..end)?;
        self.digits += read(bytes, &mut self.lower, &mut self.ends);
        Some(Window {
            lowered: self.lower.get(..bytes.len()).unwrap_or_default(),
            text: self.text,
            at,
            ends: self.ends.get(..bytes.len().next_multiple_of(LANES)).unwrap_or_default(),
            end: &mut self.end,
        })
    }

    /// How many digits stood in the windows so far. Those within two windows are counted twice.
    pub(super) fn digits(&self) -> usize {
        self.digits
    }
}

impl Window<'_> {
    /// Whether a token may stand in a run that has a part in here.
    pub(super) fn may_hold_token(&mut self) -> bool {
        let ends: &[u8] = self.ends;
        let (blocks, _) = ends.as_chunks::<BLOCK>();
        let (fours, _) = blocks.as_chunks::<4>();
        let mut at = self.at;
        for four in fours {
            let [a, b, c, d] = four.map(u64::from_ne_bytes);
            if (a == 0 && self.has_token_around(at))
                || (b == 0 && self.has_token_around(at + BLOCK))
                || (c == 0 && self.has_token_around(at + 2 * BLOCK))
                || (d == 0 && self.has_token_around(at + 3 * BLOCK))
            {
                return true;
            }
            at += 4 * BLOCK;
        }
        false
    }

    /// Whether a token may stand in the run that holds the block at `at`.
    #[inline(never)]
    fn has_token_around(&mut self, at: usize) -> bool {
        if at < *self.end {
            return false;
        }
        let Some((before, behind)) = self.text.split_at_checked(at) else { return false };
        let tail = behind.iter().take_while(|byte| in_token(**byte)).count();
        if tail < BLOCK {
            return false;
        }
        *self.end = at + tail;
        let head = before.iter().rev().take_while(|byte| in_token(**byte)).count();
        head + tail >= LONG_TOKEN_BYTES && begins_token(self.text, at - head, at + tail)
    }
}

/// Lowers each byte and finds out which no token goes over. How many are digits.
#[inline(never)]
fn read(bytes: &[u8], lower: &mut [u8; WINDOW], ends: &mut [u8; WINDOW]) -> usize {
    let mut digits = [0; LANES];
    let (chunks, rest) = bytes.as_chunks();
    let (lower, ends) = (lower.as_chunks_mut().0, ends.as_chunks_mut().0);
    for ((bytes, lower), ends) in chunks.iter().zip(&mut *lower).zip(&mut *ends) {
        read_lanes(bytes, lower, ends, &mut digits);
    }
    if let (Some(lower), Some(ends)) = (lower.get_mut(chunks.len()), ends.get_mut(chunks.len())) {
        // Behind the text no run goes on.
        let mut bytes = [0; LANES];
        bytes.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
        read_lanes(&bytes, lower, ends, &mut digits);
    }
    digits.into_iter().map(usize::from).sum()
}

/// Without a way out of the loop the machine takes many at once.
#[expect(clippy::inline_always, reason = "else the sums leave the machine's registers")]
#[inline(always)]
fn read_lanes(bytes: &[u8; LANES], lower: &mut [u8; LANES], ends: &mut [u8; LANES], digits: &mut [u8; LANES]) {
    for (((byte, lower), end), digits) in bytes.iter().zip(lower).zip(ends).zip(digits) {
        *lower = lowered(*byte);
        *end = if byte.cast_signed() < LOWEST { END } else { 0 };
        *digits += u8::from(byte.is_ascii_digit());
    }
}

fn begins_token(bytes: &[u8], start: usize, end: usize) -> bool {
    let run = bytes.get(start..end).unwrap_or_default();
    let is_break = |byte: &u8| !byte.is_ascii_alphanumeric() && *byte != b'_';
    may_begin(run)
        || begins_behind_escape(bytes.get(..start).unwrap_or_default(), run)
        || run.iter().enumerate().any(|(at, byte)| is_break(byte) && may_begin(run.get(at + 1..).unwrap_or_default()))
}

/// Whether what stands before `run` makes an escape of its beginning, and a token may stand behind that.
fn begins_behind_escape(before: &[u8], run: &[u8]) -> bool {
    let behind = |escape: usize| may_begin(run.get(escape..).unwrap_or_default());
    match before.last() {
        // `\n`, `\x22`, `\u0022`.
        Some(b'\\') => behind(1) || behind(3) || behind(5),
        // `%20`.
        Some(b'%') => behind(2),
        // `[K`, `[1;32m`.
        Some(b'[' | b';') => behind(run.iter().take_while(|byte| byte.is_ascii_digit()).count() + 1),
        _ => false,
    }
}
