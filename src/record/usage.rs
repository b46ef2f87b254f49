//! Token counts of one model call.

/// What one model call used, in tokens.
///
/// Counts are inclusive totals, as the GenAI conventions have them: `input` holds the tokens read from and written to
/// a cache, `output` holds the reasoning tokens.
///
/// ```
/// use tracing_genai::Usage;
///
/// // 812 tokens in, of which 512 came from the provider's cache; 140 out.
/// let usage = Usage::new(812, 140).cache_read(512);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use = "usage counts only once it is recorded on a span"]
pub struct Usage {
    pub(crate) input: u64,
    pub(crate) output: u64,
    pub(crate) cache_read: Option<u64>,
    pub(crate) cache_write: Option<u64>,
    pub(crate) reasoning: Option<u64>,
}

impl Usage {
    /// Inclusive totals: `input` with cached tokens, `output` with reasoning tokens.
    pub fn new(input: u64, output: u64) -> Self {
        Self { input, output, ..Self::default() }
    }

    /// Counts as Anthropic reports them: `input` without the tokens that were read from or written to a cache. The
    /// total is the sum of the three.
    pub fn exclusive(input: u64, cache_read: u64, cache_write: u64, output: u64) -> Self {
        let total = input.saturating_add(cache_read).saturating_add(cache_write);
        Self::new(total, output).cache_read(cache_read).cache_write(cache_write)
    }

    /// How many of the input tokens came from the provider's cache.
    pub fn cache_read(mut self, tokens: u64) -> Self {
        self.cache_read = Some(tokens);
        self
    }

    /// How many of the input tokens were written to the provider's cache.
    pub fn cache_write(mut self, tokens: u64) -> Self {
        self.cache_write = Some(tokens);
        self
    }

    /// How many of the output tokens were spent on reasoning.
    pub fn reasoning(mut self, tokens: u64) -> Self {
        self.reasoning = Some(tokens);
        self
    }
}
