//! The disjoint partition: each token stands in exactly one part.

use super::{Count, Usage};

/// Where each token of a call belongs. The parts never overlap; together they are the totals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Parts {
    /// Neither read from nor written to a cache.
    pub(crate) input: ByModality,
    pub(crate) cache_read: ByModality,
    pub(crate) cache_write: ByLifetime,
    /// Without reasoning.
    pub(crate) output: ByModality,
    pub(crate) reasoning: u64,
    /// A part was reported as larger than its whole.
    pub(crate) inconsistent: bool,
}

/// Tokens by what they stand for; what the provider does not tell apart is text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ByModality {
    pub(crate) text: u64,
    pub(crate) audio: u64,
    pub(crate) image: u64,
    pub(crate) video: u64,
}

/// Tokens by the time for which a cache keeps them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ByLifetime {
    pub(crate) minutes_5: u64,
    pub(crate) minutes_30: u64,
    pub(crate) hours_1: u64,
    pub(crate) hours_12: u64,
    /// The provider does not tell for how long.
    pub(crate) unspecified: u64,
}

impl ByModality {
    pub(crate) fn total(self) -> u64 {
        [self.audio, self.image, self.video].into_iter().fold(self.text, u64::saturating_add)
    }
}

impl ByLifetime {
    pub(crate) fn total(self) -> u64 {
        [self.minutes_5, self.minutes_30, self.hours_1, self.hours_12, self.unspecified]
            .into_iter()
            .fold(0, u64::saturating_add)
    }
}

impl Parts {
    pub(crate) fn input_total(&self) -> u64 {
        self.input.total().saturating_add(self.cache_read.total()).saturating_add(self.cache_write.total())
    }

    pub(crate) fn output_total(&self) -> u64 {
        self.output.total().saturating_add(self.reasoning)
    }

    pub(super) fn of(usage: &Usage) -> Self {
        let mut parts = Self::default();
        parts.split_input(usage);
        parts.split_output(usage);
        parts
    }

    fn split_input(&mut self, usage: &Usage) {
        let get = |count| usage.reported(count);
        let cached = [Count::TextCacheRead, Count::AudioCacheRead, Count::ImageCacheRead];
        let lifetimes = [Count::CacheWrite5m, Count::CacheWrite30m, Count::CacheWrite1h, Count::CacheWrite12h];
        let read = get(Count::CacheRead).unwrap_or_else(|| sum(usage, &cached));
        let written = get(Count::CacheWrite).unwrap_or_else(|| sum(usage, &lifetimes));
        // Without a total the parts are what is known of it.
        let total = get(Count::Input).unwrap_or_else(|| sum(usage, &Count::INPUTS).max(read.saturating_add(written)));

        let mut left = total;
        let read = self.take(&mut left, read);
        let written = self.take(&mut left, written);
        if !usage.has_details() {
            // Of most calls no more is known.
            self.cache_write.unspecified = written;
            self.cache_read.text = read;
            self.input.text = left;
            return;
        }

        let mut unsplit = written;
        self.cache_write.minutes_5 = self.take(&mut unsplit, get(Count::CacheWrite5m).unwrap_or(0));
        self.cache_write.minutes_30 = self.take(&mut unsplit, get(Count::CacheWrite30m).unwrap_or(0));
        self.cache_write.hours_1 = self.take(&mut unsplit, get(Count::CacheWrite1h).unwrap_or(0));
        self.cache_write.hours_12 = self.take(&mut unsplit, get(Count::CacheWrite12h).unwrap_or(0));
        self.cache_write.unspecified = unsplit;

        // Of the whole input.
        let mut others = total;
        let audio = self.take(&mut others, get(Count::AudioInput).or(get(Count::AudioCacheRead)).unwrap_or(0));
        let image = self.take(&mut others, get(Count::ImageInput).or(get(Count::ImageCacheRead)).unwrap_or(0));
        // Of what came from the cache. Where it is not split, text goes first, and video with it: what can be neither is the
        // rest.
        let beyond_text = read.saturating_sub(others);
        let video = self.take(&mut others, get(Count::VideoInput).unwrap_or(0));
        let (mut unread, mut beyond_text) = (read, beyond_text);
        let cached_audio = match get(Count::AudioCacheRead) {
            Some(tokens) => self.take(&mut unread, tokens.min(audio)),
            None => take(&mut unread, beyond_text.min(audio)),
        };
        beyond_text = beyond_text.saturating_sub(cached_audio);
        let cached_image = match get(Count::ImageCacheRead) {
            Some(tokens) => self.take(&mut unread, tokens.min(image)),
            None => take(&mut unread, beyond_text.min(image)),
        };
        self.inconsistent |= get(Count::AudioCacheRead).is_some_and(|tokens| tokens > audio)
            || get(Count::ImageCacheRead).is_some_and(|tokens| tokens > image);
        self.cache_read = ByModality { text: unread, audio: cached_audio, image: cached_image, video: 0 };
        let audio = take(&mut left, audio - cached_audio);
        let image = take(&mut left, image - cached_image);
        // Video has no rate of its own in any cache: what was cached of it counts as text there.
        let video = take(&mut left, video);
        self.input = ByModality { text: left, audio, image, video };
    }

    fn split_output(&mut self, usage: &Usage) {
        let get = |count| usage.reported(count);
        let reasoning = get(Count::Reasoning).unwrap_or(0);
        let mut left = get(Count::Output).unwrap_or_else(|| sum(usage, &Count::OUTPUTS).max(reasoning));
        self.reasoning = self.take(&mut left, reasoning);
        if !usage.has_details() {
            self.output.text = left;
            return;
        }
        let audio = self.take(&mut left, get(Count::AudioOutput).unwrap_or(0));
        let image = self.take(&mut left, get(Count::ImageOutput).unwrap_or(0));
        let video = self.take(&mut left, get(Count::VideoOutput).unwrap_or(0));
        self.output = ByModality { text: left, audio, image, video };
    }

    /// Takes `wanted` out of what is left, and notes when there is not so much.
    fn take(&mut self, left: &mut u64, wanted: u64) -> u64 {
        self.inconsistent |= wanted > *left;
        take(left, wanted)
    }
}

/// Takes `wanted` out of what is left, or all that is left.
fn take(left: &mut u64, wanted: u64) -> u64 {
    let taken = wanted.min(*left);
    *left -= taken;
    taken
}

fn sum(usage: &Usage, details: &[Count]) -> u64 {
    if !usage.has_details() {
        return 0;
    }
    details.iter().filter_map(|count| usage.reported(*count)).fold(0, u64::saturating_add)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Small numbers, so that parts exceed their wholes, and the largest.
    fn tokens() -> impl Strategy<Value = Option<u64>> {
        prop_oneof![Just(None), (0_u64..50).prop_map(Some), Just(Some(u64::MAX)), any::<u64>().prop_map(Some)]
    }

    fn usage() -> impl Strategy<Value = Usage> {
        proptest::collection::vec(tokens(), Count::ALL.len()).prop_map(|counts| {
            let mut usage = Usage::default();
            for (count, tokens) in Count::ALL.into_iter().zip(counts) {
                usage.report(count, tokens);
            }
            usage
        })
    }

    proptest! {
        #[test]
        fn the_sum_of_the_parts_is_the_total(usage in usage(), input in any::<u64>(), output in any::<u64>()) {
            let mut usage = usage;
            usage.report(Count::Input, Some(input));
            usage.report(Count::Output, Some(output));
            let parts = usage.parts();
            let summed = |numbers: &[u64]| numbers.iter().map(|number| u128::from(*number)).sum::<u128>();
            let (read, written) = (parts.cache_read, parts.cache_write);
            prop_assert_eq!(
                summed(&[
                    parts.input.text, parts.input.audio, parts.input.image, parts.input.video, read.text, read.audio, read.image,
                    written.minutes_5, written.minutes_30, written.hours_1, written.hours_12, written.unspecified,
                ]),
                u128::from(input)
            );
            prop_assert_eq!(
                summed(&[parts.output.text, parts.output.audio, parts.output.image, parts.output.video, parts.reasoning]),
                u128::from(output)
            );
        }

        #[test]
        fn what_was_partitioned_once_is_partitioned_alike_again(usage in usage()) {
            let parts = usage.parts();
            let mut again = Usage::new(usage.input_tokens(), usage.output_tokens())
                .cache_read(parts.cache_read.total())
                .cache_write(parts.cache_write.total())
                .cache_write_5m(parts.cache_write.minutes_5)
                .cache_write_30m(parts.cache_write.minutes_30)
                .cache_write_1h(parts.cache_write.hours_1)
                .cache_write_12h(parts.cache_write.hours_12)
                .reasoning(parts.reasoning);
            again = again
                .audio_input(usage.audio_input_tokens())
                .image_input(usage.image_input_tokens())
                .cached_audio_input(parts.cache_read.audio)
                .cached_image_input(parts.cache_read.image)
                .audio_output(parts.output.audio)
                .image_output(parts.output.image);
            again.report(Count::VideoInput, Some(parts.input.video));
            again.report(Count::VideoOutput, Some(parts.output.video));
            prop_assert_eq!(again.parts(), Parts { inconsistent: false, ..parts });
        }
    }

    proptest! {
        #[test]
        fn a_detail_of_nothing_changes_no_part(
            counts in proptest::collection::vec(tokens(), 5), detail in prop::sample::select(vec![
                Count::AudioInput, Count::ImageOutput, Count::TextCacheRead,
            ]),
        ) {
            let mut usage = Usage::default();
            let usual = [Count::Input, Count::CacheRead, Count::CacheWrite, Count::Output, Count::Reasoning];
            for (count, tokens) in usual.into_iter().zip(counts) {
                usage.report(count, tokens);
            }
            let parts = usage.parts();
            usage.report(detail, Some(0));
            prop_assert_eq!(usage.parts(), parts);
        }
    }

    #[test]
    fn each_token_stands_in_one_part() {
        let usage = Usage::new(1_100, 400).cache_read(640).audio_input(800).cached_audio_input(448).audio_output(300);
        let parts = usage.parts();
        assert_eq!(parts.input, ByModality { text: 108, audio: 352, image: 0, video: 0 });
        assert_eq!(parts.cache_read, ByModality { text: 192, audio: 448, image: 0, video: 0 });
        assert_eq!(parts.output, ByModality { text: 100, audio: 300, image: 0, video: 0 });
        assert!(!usage.is_inconsistent());
    }

    #[test]
    fn cached_tokens_that_are_not_told_apart_are_text_as_far_as_there_is_text() {
        let parts = Usage::new(1_100, 0).cache_read(640).audio_input(800).parts();
        assert_eq!(parts.cache_read, ByModality { text: 300, audio: 340, image: 0, video: 0 });
        assert_eq!(parts.input, ByModality { text: 0, audio: 460, image: 0, video: 0 });
        assert!(!parts.inconsistent);
    }

    #[test]
    fn cached_video_leaves_what_was_heard_where_it_is() {
        let mut usage = Usage::new(1_600, 0).cache_read(600).audio_input(500);
        usage.report(Count::VideoInput, Some(1_000));
        let parts = usage.parts();
        assert_eq!((parts.cache_read.text, parts.cache_read.audio, parts.input.audio), (600, 0, 500));
    }

    #[test]
    fn writes_are_split_by_lifetime_and_the_rest_is_unspecified() {
        let parts = Usage::new(12_000, 0).cache_write(10_000).cache_write_5m(3_000).cache_write_1h(6_000).parts();
        let expected = ByLifetime { minutes_5: 3_000, hours_1: 6_000, unspecified: 1_000, ..ByLifetime::default() };
        assert_eq!((parts.cache_write, parts.input.text), (expected, 2_000));
        // Without their sum the lifetimes are the sum.
        assert_eq!(Usage::new(12_000, 0).cache_write_12h(10_000).cache_write_tokens(), 10_000);
    }

    #[test]
    fn a_part_above_its_whole_is_cut_and_said() {
        for usage in [
            Usage::new(10, 10).cache_read(11),
            Usage::new(10, 10).cache_read(6).cache_write(5),
            Usage::new(10, 10).cache_write(5).cache_write_5m(6),
            Usage::new(10, 10).reasoning(11),
            Usage::new(10, 10).audio_input(11),
            Usage::new(10, 10).audio_input(3).cache_read(5).cached_audio_input(4),
            Usage::new(10, 10).reasoning(6).audio_output(5),
            Usage::new(10, 10).cache_read(u64::MAX).cache_write(u64::MAX),
        ] {
            assert!(usage.is_inconsistent(), "{usage:?}");
            assert_eq!((usage.input_tokens(), usage.output_tokens()), (10, 10), "{usage:?}");
        }
    }

    #[test]
    fn exclusive_counts_are_added_up() {
        let usage = Usage::exclusive(21, 188_086, 10_000, 393);
        assert_eq!((usage.input_tokens(), usage.uncached_input_tokens()), (198_107, 21));
        assert_eq!(Usage::exclusive(u64::MAX, 1, 1, 0).input_tokens(), u64::MAX);
    }
}
