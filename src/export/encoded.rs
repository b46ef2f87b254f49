//! Encoded spans: written to as a vector, and lent to a request without a copy.

use std::ops::Deref;

use bytes::Bytes;

/// Bytes that grow, or that a request may hold too.
#[derive(Debug)]
pub(super) struct Encoded {
    /// Empty while they are lent.
    own: Vec<u8>,
    lent: Option<Bytes>,
}

impl Encoded {
    /// The memory of a vector, to be written to.
    pub(super) fn new(own: Vec<u8>) -> Self {
        Self { own, lent: None }
    }

    /// To be changed. Copies when a request still holds them.
    #[inline]
    pub(super) fn to_mut(&mut self) -> &mut Vec<u8> {
        if let Some(lent) = self.lent.take() {
            self.own = taken_back(lent).unwrap_or_else(|lent| lent.to_vec());
        }
        &mut self.own
    }

    /// Bytes of memory, used or not, as far as it is known.
    #[inline]
    pub(super) fn capacity(&self) -> usize {
        self.lent.as_ref().map_or(self.own.capacity(), Bytes::len)
    }

    /// Gives back memory that is not used, unless a request has it.
    pub(super) fn shrink(&mut self) {
        if let Some(lent) = self.lent.take() {
            match taken_back(lent) {
                Ok(own) => self.own = own,
                Err(lent) => return self.lent = Some(lent),
            }
        }
        self.own.shrink_to_fit();
    }

    pub(super) fn lend(&mut self) -> Bytes {
        self.lent.get_or_insert_with(|| std::mem::take(&mut self.own).into()).clone()
    }

    /// The memory, without what stands in it; nothing when a request still holds it.
    pub(super) fn into_memory(self) -> Option<Vec<u8>> {
        let mut memory = match self.lent {
            Some(lent) => taken_back(lent).ok()?,
            None => self.own,
        };
        memory.clear();
        Some(memory)
    }
}

impl Deref for Encoded {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        self.lent.as_deref().unwrap_or(&self.own)
    }
}

fn taken_back(lent: Bytes) -> Result<Vec<u8>, Bytes> {
    lent.try_into_mut().map(Vec::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_request_holds_is_not_changed_in_it() {
        let mut encoded = Encoded::new(b"one".to_vec());
        let request = encoded.lend();
        encoded.to_mut().extend_from_slice(b" two");
        assert_eq!((&*request, &*encoded), (&b"one"[..], &b"one two"[..]));
    }

    #[test]
    fn memory_comes_back_when_no_request_holds_it() {
        let mut encoded = Encoded::new(Vec::with_capacity(1_000));
        encoded.to_mut().extend_from_slice(b"one");
        let place = encoded.as_ptr();
        drop(encoded.lend());
        encoded.to_mut().extend_from_slice(b" two");
        assert_eq!((encoded.as_ptr(), &*encoded), (place, &b"one two"[..]));

        drop(encoded.lend());
        let memory = encoded.into_memory().unwrap();
        assert_eq!((memory.as_ptr(), memory.len(), memory.capacity()), (place, 0, 1_000));
    }

    #[test]
    fn memory_stays_with_a_request_that_holds_it() {
        let mut encoded = Encoded::new(b"one".to_vec());
        let request = encoded.lend();
        assert_eq!(encoded.into_memory(), None);
        assert_eq!(&*request, b"one");
    }
}
