//! Protobuf's wire format, as much of it as OTLP needs: a writer into a byte vector and a reader of fields.

const VARINT: u64 = 0;
const FIXED64: u64 = 1;
const LENGTH_DELIMITED: u64 = 2;
const FIXED32: u64 = 5;
/// Bytes of the longest varint.
const MAX_VARINT: usize = 10;

/// Writes fields at the end of a byte vector. Default values are left out, as proto3 does, except where the name says
/// otherwise.
pub(crate) struct Writer<'a> {
    out: &'a mut Vec<u8>,
}

impl<'a> Writer<'a> {
    pub(crate) fn new(out: &'a mut Vec<u8>) -> Self {
        Self { out }
    }

    #[inline]
    pub(crate) fn varint(&mut self, value: u64) {
        if value < 0x80 {
            self.out.push(low_byte(value));
        } else {
            self.long_varint(value);
        }
    }

    fn long_varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.out.push(low_byte(value) | 0x80);
            value >>= 7;
        }
        self.out.push(low_byte(value));
    }

    /// The key of a length-delimited field and its length; `length` bytes must follow.
    #[inline]
    pub(crate) fn length_delimited(&mut self, field: u32, length: usize) {
        self.key(field, LENGTH_DELIMITED);
        self.varint(length as u64);
    }

    /// The keys and lengths of two length-delimited fields, one in the other. Fields are below 16, and the lengths below
    /// 128.
    #[inline]
    pub(crate) fn short_heads(&mut self, outer: u32, outer_length: usize, inner: u32, inner_length: usize) {
        let head = |field: u32| low_byte(u64::from(field) << 3 | LENGTH_DELIMITED);
        let length = |length: usize| low_byte(length as u64);
        self.raw(&[head(outer), length(outer_length), head(inner), length(inner_length)]);
    }

    /// Also when empty.
    pub(crate) fn bytes(&mut self, field: u32, bytes: &[u8]) {
        self.length_delimited(field, bytes.len());
        self.raw(bytes);
    }

    pub(crate) fn string(&mut self, field: u32, text: &str) {
        if !text.is_empty() {
            self.bytes(field, text.as_bytes());
        }
    }

    pub(crate) fn uint(&mut self, field: u32, value: u64) {
        if value != 0 {
            self.uint_always(field, value);
        }
    }

    /// Also when zero: for members of a `oneof`.
    pub(crate) fn uint_always(&mut self, field: u32, value: u64) {
        self.key(field, VARINT);
        self.varint(value);
    }

    pub(crate) fn fixed64(&mut self, field: u32, value: u64) {
        if value != 0 {
            self.fixed64_always(field, value);
        }
    }

    /// Also when zero: for members of a `oneof`.
    pub(crate) fn fixed64_always(&mut self, field: u32, value: u64) {
        self.key(field, FIXED64);
        self.raw(&value.to_le_bytes());
    }

    pub(crate) fn fixed32(&mut self, field: u32, value: u32) {
        if value != 0 {
            self.key(field, FIXED32);
            self.raw(&value.to_le_bytes());
        }
    }

    /// A message whose length is known only after `write` has run. Also when empty.
    pub(crate) fn message(&mut self, field: u32, write: impl FnOnce(&mut Self)) {
        // One byte is what most lengths take.
        self.message_of(field, 1, write);
    }

    /// The same of a message whose length will most likely take so many bytes as a varint: another one moves the body.
    #[inline]
    pub(crate) fn message_of(&mut self, field: u32, width: usize, write: impl FnOnce(&mut Self)) {
        self.key(field, LENGTH_DELIMITED);
        let start = self.out.len();
        self.out.resize(start + width, 0);
        let body = self.out.len();
        write(self);
        let end = self.out.len();
        let mut rest = (end - body) as u64;
        let needed = varint_len(rest);
        if start + needed != body {
            self.out.resize(end + MAX_VARINT, 0);
            self.out.copy_within(body..end, start + needed);
            self.out.truncate(start + needed + (end - body));
        }
        for (at, byte) in self.out.iter_mut().skip(start).take(needed).enumerate() {
            *byte = if at + 1 < needed { low_byte(rest) | 0x80 } else { low_byte(rest) };
            rest >>= 7;
        }
    }

    /// Where it writes.
    #[inline]
    pub(crate) fn buffer(&mut self) -> &mut Vec<u8> {
        self.out
    }

    #[inline]
    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    #[inline]
    fn key(&mut self, field: u32, wire_type: u64) {
        self.varint(u64::from(field) << 3 | wire_type);
    }
}

/// Bytes that `value` takes as a varint.
#[inline]
pub(crate) fn varint_len(value: u64) -> usize {
    let bits = 64 - (value | 1).leading_zeros() as usize;
    bits.div_ceil(7)
}

/// Bytes of a length-delimited field with a one-byte key (fields 1 to 15) and `length` bytes of content.
#[inline]
pub(crate) fn field_len(length: usize) -> usize {
    1 + varint_len(length as u64) + length
}

fn low_byte(value: u64) -> u8 {
    (value & 0x7f) as u8
}

/// One field of a message that was read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Field<'a> {
    Varint(u64),
    Bytes(&'a [u8]),
    /// A field of fixed width, which no message that we read has.
    Fixed,
}

/// Reads the fields of a message, one after another. Ends at the first byte that makes no sense.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) fn new(message: &'a [u8]) -> Self {
        Self { rest: message }
    }

    pub(crate) fn raw(self) -> RawReader<'a> {
        RawReader { reader: self }
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let (&byte, rest) = self.rest.split_first()?;
            self.rest = rest;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    fn take(&mut self, length: u64) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(usize::try_from(length).ok()?)?;
        self.rest = rest;
        Some(taken)
    }

    fn field(&mut self) -> Option<(u64, Field<'a>)> {
        let key = self.varint()?;
        let field = match key & 7 {
            VARINT => Field::Varint(self.varint()?),
            FIXED64 => self.take(8).map(|_| Field::Fixed)?,
            LENGTH_DELIMITED => {
                let length = self.varint()?;
                Field::Bytes(self.take(length)?)
            }
            FIXED32 => self.take(4).map(|_| Field::Fixed)?,
            _ => return None,
        };
        Some((key >> 3, field))
    }
}

/// As [`Reader`], each field with its bytes as they stand, key and length included.
#[derive(Debug)]
pub(crate) struct RawReader<'a> {
    reader: Reader<'a>,
}

impl<'a> Iterator for RawReader<'a> {
    type Item = (u64, Field<'a>, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let before = self.reader.rest;
        let (number, field) = self.reader.next()?;
        let raw = before.get(..before.len() - self.reader.rest.len())?;
        Some((number, field, raw))
    }
}

impl<'a> Iterator for Reader<'a> {
    type Item = (u64, Field<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let field = self.field();
        if field.is_none() {
            self.rest = &[];
        }
        field
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn varints_are_prosts(value: u64) {
            let (mut ours, mut theirs) = (Vec::new(), Vec::new());
            Writer::new(&mut ours).varint(value);
            prost::encoding::encode_varint(value, &mut theirs);
            prop_assert_eq!(varint_len(value), ours.len());
            prop_assert_eq!(ours, theirs);
        }

        #[test]
        fn a_message_of_any_length_is_read_back(length in 0_usize..40_000) {
            let mut out = Vec::new();
            let body = vec![7; length];
            Writer::new(&mut out).message(2, |w| w.raw(&body));
            prop_assert_eq!(out.len(), field_len(length));
            prop_assert_eq!(Reader::new(&out).collect::<Vec<_>>(), vec![(2, Field::Bytes(&body))]);
        }

        #[test]
        fn any_bytes_are_read_without_a_panic(bytes: Vec<u8>) {
            prop_assert!(Reader::new(&bytes).count() <= bytes.len());
        }
    }
}
