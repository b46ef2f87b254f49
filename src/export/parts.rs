//! One batch on its way, in the parts that the peer takes.

use super::pack::Batch;

/// Spans refused one by one, with none taken in between, until the peer is believed to refuse all of them.
const IN_A_ROW: usize = 8;
/// Spans refused one by one in one batch. Beyond, what is refused is not divided any more.
const IN_ALL: usize = 64;

/// The parts that are still to be sent, first to last.
#[derive(Debug)]
pub(crate) struct Parts {
    /// The next one is at the end.
    left: Vec<Batch>,
    refused_in_a_row: usize,
    refused: usize,
}

impl Parts {
    pub(crate) fn of(batch: Batch) -> Self {
        Self { left: vec![batch], refused_in_a_row: 0, refused: 0 }
    }

    pub(crate) fn next(&mut self) -> Option<Batch> {
        self.left.pop()
    }

    /// To be sent before all others.
    pub(crate) fn put_back(&mut self, part: Batch) {
        self.left.push(part);
    }

    /// The peer has taken a part: it does not refuse all.
    pub(crate) fn taken(&mut self) {
        self.refused_in_a_row = 0;
    }

    /// Sends the part as two; gives it back when it is one span.
    pub(crate) fn halve(&mut self, part: Batch) -> Result<(), Batch> {
        let (first, second) = part.split()?;
        self.left.extend([second, first]);
        Ok(())
    }

    /// Looks for the span because of which the part was refused; gives it back when it is that span, or when so many
    /// were refused that the peer will not take what is left of it either.
    ///
    /// For `n` spans that are all refused it comes to about `2 log2(n) + 16` requests.
    pub(crate) fn isolate(&mut self, refused: Batch) -> Result<(), Batch> {
        if self.refused_in_a_row >= IN_A_ROW || self.refused >= IN_ALL {
            return Err(refused);
        }
        self.halve(refused).inspect_err(|_| {
            self.refused_in_a_row += 1;
            self.refused += 1;
        })
    }
}
