//! `Usage`: what was reported, and its parts.

use std::fmt;

use super::{Count, Iteration, Parts, Unit};

/// What one model call used.
///
/// Input and output are inclusive totals, as the GenAI conventions have them: `input` holds the tokens read from and
/// written to a cache, and those of audio and images; `output` holds the reasoning tokens. The other counts say how
/// many of them. A part that is larger than its whole counts as the whole, and [`is_inconsistent`](Self::is_inconsistent)
/// says so. Nothing overflows: what is beyond 64 bits stays at the largest number.
///
/// ```
/// use tracing_genai::Usage;
///
/// // 812 tokens in, of which 512 came from the provider's cache; 140 out.
/// let usage = Usage::new(812, 140).cache_read(512);
/// assert_eq!(usage.uncached_input_tokens(), 300);
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
#[must_use = "usage counts only once it is recorded on a span"]
pub struct Usage {
    /// Nought where nothing was reported.
    counts: [u64; Count::ALL.len()],
    units: [u64; Unit::ALL.len()],
    /// A bit for each count that was reported, and above [`FIRST_UNIT`] for each unit.
    reported: u64,
    iterations: Vec<Iteration>,
}

const FIRST_UNIT: u32 = 32;
/// All counts.
const COUNTS: u64 = (1 << FIRST_UNIT) - 1;
/// The counts that nearly all calls report, if any.
const USUAL: u64 = count_bit(Count::Input)
    | count_bit(Count::CacheRead)
    | count_bit(Count::CacheWrite)
    | count_bit(Count::Output)
    | count_bit(Count::Reasoning);

impl Usage {
    /// Inclusive totals: `input` with cached tokens, `output` with reasoning tokens.
    pub fn new(input: u64, output: u64) -> Self {
        Self::default().with(Count::Input, input).with(Count::Output, output)
    }

    /// Counts as Anthropic reports them: `input` without the tokens that were read from or written to a cache. The
    /// total is the sum of the three.
    pub fn exclusive(input: u64, cache_read: u64, cache_write: u64, output: u64) -> Self {
        let total = input.saturating_add(cache_read).saturating_add(cache_write);
        Self::new(total, output).cache_read(cache_read).cache_write(cache_write)
    }

    /// The sum of several calls behind one answer.
    pub(crate) fn of_iterations(iterations: Vec<Iteration>) -> Self {
        let mut sum = Self::default();
        for iteration in &iterations {
            for count in Count::ALL {
                let more = iteration.usage().reported(count);
                let so_far = sum.reported(count);
                sum.report(count, more.map(|more| so_far.unwrap_or(0).saturating_add(more)));
            }
            for unit in Unit::ALL {
                let more = iteration.usage().reported_unit(unit);
                let so_far = sum.reported_unit(unit);
                sum.report_unit(unit, more.map(|more| so_far.unwrap_or(0).saturating_add(more)));
            }
        }
        sum.iterations = iterations;
        sum
    }

    /// Whether the totals are what the calls behind the answer add up to, as far as these say.
    pub(super) fn is_sum_of_iterations(&self) -> bool {
        [Count::Input, Count::Output].into_iter().all(|count| {
            let told = self.iterations.iter().filter_map(|iteration| iteration.usage().reported(count));
            told.reduce(u64::saturating_add).is_none_or(|sum| self.reported(count) == Some(sum))
        })
    }

    /// How many of the input tokens came from the provider's cache.
    pub fn cache_read(self, tokens: u64) -> Self {
        self.with(Count::CacheRead, tokens)
    }

    /// How many of the input tokens were written to the provider's cache, for whichever time.
    pub fn cache_write(self, tokens: u64) -> Self {
        self.with(Count::CacheWrite, tokens)
    }

    /// How many of the input tokens were written to a cache that keeps them five minutes.
    pub fn cache_write_5m(self, tokens: u64) -> Self {
        self.with(Count::CacheWrite5m, tokens)
    }

    /// How many of the input tokens were written to a cache that keeps them thirty minutes.
    pub fn cache_write_30m(self, tokens: u64) -> Self {
        self.with(Count::CacheWrite30m, tokens)
    }

    /// How many of the input tokens were written to a cache that keeps them one hour.
    pub fn cache_write_1h(self, tokens: u64) -> Self {
        self.with(Count::CacheWrite1h, tokens)
    }

    /// How many of the input tokens were written to a cache that keeps them twelve hours.
    pub fn cache_write_12h(self, tokens: u64) -> Self {
        self.with(Count::CacheWrite12h, tokens)
    }

    /// How many of the output tokens were spent on reasoning.
    pub fn reasoning(self, tokens: u64) -> Self {
        self.with(Count::Reasoning, tokens)
    }

    /// How many of the input tokens were audio, cached or not.
    pub fn audio_input(self, tokens: u64) -> Self {
        self.with(Count::AudioInput, tokens)
    }

    /// How many of the output tokens were audio.
    pub fn audio_output(self, tokens: u64) -> Self {
        self.with(Count::AudioOutput, tokens)
    }

    /// How many of the input tokens were images, cached or not.
    pub fn image_input(self, tokens: u64) -> Self {
        self.with(Count::ImageInput, tokens)
    }

    /// How many of the output tokens were images.
    pub fn image_output(self, tokens: u64) -> Self {
        self.with(Count::ImageOutput, tokens)
    }

    /// How many of the tokens that came from the provider's cache were audio.
    pub fn cached_audio_input(self, tokens: u64) -> Self {
        self.with(Count::AudioCacheRead, tokens)
    }

    /// How many of the tokens that came from the provider's cache were images.
    pub fn cached_image_input(self, tokens: u64) -> Self {
        self.with(Count::ImageCacheRead, tokens)
    }

    /// Tokens of cited text that the provider bills beside input and output (Perplexity's deep research).
    pub fn citation(self, tokens: u64) -> Self {
        self.with(Count::Citation, tokens)
    }

    /// Searches of the web that the provider made.
    pub fn web_searches(self, count: u64) -> Self {
        self.unit(Unit::WebSearches, count)
    }

    /// Anything else that the provider bills by count.
    ///
    /// ```
    /// use tracing_genai::{Unit, Usage};
    ///
    /// // A call of a reranking model, which has no tokens.
    /// let usage = Usage::default().unit(Unit::RerankSearches, 1);
    /// assert_eq!(usage.units(Unit::RerankSearches), 1);
    /// ```
    pub fn unit(mut self, unit: Unit, count: u64) -> Self {
        self.report_unit(unit, Some(count));
        self
    }

    /// All input tokens, cached ones included.
    pub fn input_tokens(&self) -> u64 {
        self.parts().input_total()
    }

    /// All output tokens, reasoning included.
    pub fn output_tokens(&self) -> u64 {
        self.parts().output_total()
    }

    /// Input tokens that were neither read from nor written to a cache.
    pub fn uncached_input_tokens(&self) -> u64 {
        self.parts().input.total()
    }

    /// Input tokens that came from the provider's cache.
    pub fn cache_read_tokens(&self) -> u64 {
        self.parts().cache_read.total()
    }

    /// Input tokens that were written to the provider's cache, all lifetimes together.
    pub fn cache_write_tokens(&self) -> u64 {
        self.parts().cache_write.total()
    }

    /// Input tokens that were written to a cache that keeps them five minutes.
    pub fn cache_write_5m_tokens(&self) -> u64 {
        self.parts().cache_write.minutes_5
    }

    /// Input tokens that were written to a cache that keeps them thirty minutes.
    pub fn cache_write_30m_tokens(&self) -> u64 {
        self.parts().cache_write.minutes_30
    }

    /// Input tokens that were written to a cache that keeps them one hour.
    pub fn cache_write_1h_tokens(&self) -> u64 {
        self.parts().cache_write.hours_1
    }

    /// Input tokens that were written to a cache that keeps them twelve hours.
    pub fn cache_write_12h_tokens(&self) -> u64 {
        self.parts().cache_write.hours_12
    }

    /// Output tokens that were spent on reasoning.
    pub fn reasoning_tokens(&self) -> u64 {
        self.parts().reasoning
    }

    /// Input tokens that were audio, cached or not.
    pub fn audio_input_tokens(&self) -> u64 {
        let parts = self.parts();
        parts.input.audio.saturating_add(parts.cache_read.audio)
    }

    /// Output tokens that were audio.
    pub fn audio_output_tokens(&self) -> u64 {
        self.parts().output.audio
    }

    /// Input tokens that were images, cached or not.
    pub fn image_input_tokens(&self) -> u64 {
        let parts = self.parts();
        parts.input.image.saturating_add(parts.cache_read.image)
    }

    /// Output tokens that were images.
    pub fn image_output_tokens(&self) -> u64 {
        self.parts().output.image
    }

    /// Input tokens that were audio and came from the provider's cache.
    pub fn cached_audio_input_tokens(&self) -> u64 {
        self.parts().cache_read.audio
    }

    /// Input tokens that were images and came from the provider's cache.
    pub fn cached_image_input_tokens(&self) -> u64 {
        self.parts().cache_read.image
    }

    /// Tokens of cited text that are billed beside input and output.
    pub fn citation_tokens(&self) -> u64 {
        self.reported(Count::Citation).unwrap_or(0)
    }

    /// How many of `unit` are billed.
    pub fn units(&self, unit: Unit) -> u64 {
        self.reported_unit(unit).unwrap_or(0)
    }

    /// The calls that the answer was made of, where the provider bills them apart; the totals are their sum.
    pub fn iterations(&self) -> &[Iteration] {
        &self.iterations
    }

    /// Whether a part was reported as larger than its whole, and was cut to it.
    pub fn is_inconsistent(&self) -> bool {
        self.parts().inconsistent
    }

    /// The disjoint partition.
    pub(crate) fn parts(&self) -> Parts {
        Parts::of(self)
    }

    /// A count as it was reported, if it was.
    pub(crate) fn reported(&self, count: Count) -> Option<u64> {
        let is_reported = self.reported & count_bit(count) != 0;
        if is_reported { self.counts.get(count as usize).copied() } else { None }
    }

    /// A count of a unit as it was reported, if it was.
    pub(crate) fn reported_unit(&self, unit: Unit) -> Option<u64> {
        let is_reported = self.reported & unit_bit(unit) != 0;
        if is_reported { self.units.get(unit as usize).copied() } else { None }
    }

    /// Takes a count in the place of an earlier one; one that is absent leaves what was there.
    pub(crate) fn report(&mut self, count: Count, tokens: Option<u64>) {
        if let (Some(slot), Some(tokens)) = (self.counts.get_mut(count as usize), tokens) {
            *slot = tokens;
            self.reported |= count_bit(count);
        }
    }

    /// Takes a count of a unit in the place of an earlier one; one that is absent leaves what was there.
    pub(crate) fn report_unit(&mut self, unit: Unit, number: Option<u64>) {
        if let (Some(slot), Some(number)) = (self.units.get_mut(unit as usize), number) {
            *slot = number;
            self.reported |= unit_bit(unit);
        }
    }

    /// The counts that were reported.
    pub(super) fn counts(&self) -> impl Iterator<Item = Count> {
        counts_of(self.reported & COUNTS)
    }

    /// Those beside the totals, what a cache took and gave, and reasoning.
    pub(super) fn details(&self) -> impl Iterator<Item = Count> {
        counts_of(self.reported & COUNTS & !USUAL)
    }

    /// Whether there are [any](Self::details).
    pub(super) fn has_details(&self) -> bool {
        self.reported & COUNTS & !USUAL != 0
    }

    /// Makes it one that reports nothing.
    pub(super) fn clear(&mut self) {
        if self.reports_units() {
            self.units = [0; Unit::ALL.len()];
        }
        self.counts = [0; Count::ALL.len()];
        self.reported = 0;
        self.iterations.clear();
    }

    /// Whether a unit was reported, were it nought.
    pub(crate) fn reports_units(&self) -> bool {
        self.reported >> FIRST_UNIT != 0
    }

    /// Takes the calls that the answer was made of, and leaves the totals as they are.
    pub(super) fn set_iterations(&mut self, iterations: Vec<Iteration>) {
        self.iterations = iterations;
    }

    fn with(mut self, count: Count, tokens: u64) -> Self {
        self.report(count, Some(tokens));
        self
    }
}

fn counts_of(mut bits: u64) -> impl Iterator<Item = Count> {
    std::iter::from_fn(move || {
        let count = Count::ALL.get(bits.trailing_zeros() as usize).copied()?;
        bits &= bits - 1;
        Some(count)
    })
}

const fn count_bit(count: Count) -> u64 {
    1 << count as u32
}

const fn unit_bit(unit: Unit) -> u64 {
    1 << (FIRST_UNIT + unit as u32)
}

impl fmt::Debug for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut told = f.debug_struct("Usage");
        for (count, tokens) in self.counts().filter_map(|count| Some((count, self.reported(count)?))) {
            told.field(count.word(), &tokens);
        }
        for (unit, number) in Unit::ALL.into_iter().filter_map(|unit| Some((unit, self.reported_unit(unit)?))) {
            told.field(unit.as_str(), &number);
        }
        if !self.iterations.is_empty() {
            told.field("iterations", &self.iterations);
        }
        // What was not reported is left out.
        told.finish_non_exhaustive()
    }
}
