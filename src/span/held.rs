//! Which keys may stand on a span, and where: most that are asked for do not, and that is known without looking.

use opentelemetry::KeyValue;

use crate::conventions::bit_number;

/// No key of a number is held.
const NOWHERE: u8 = u8::MAX;
/// Set in a place of which several keys are held.
const SEVERAL: u8 = 1 << 7;
/// The rest of a place: how many attributes stand before the first of its keys.
const BEFORE: u8 = SEVERAL - 1;
/// So many or more.
const FAR: u8 = BEFORE - 1;

/// Made of a list of attributes. As long as nothing was taken out of that or added past it, it knows of each key whether
/// it stands there; after that, keys of the same number are looked for.
#[derive(Debug)]
pub(super) struct Held {
    /// By number ([`bit_number`]), which a few keys share.
    places: [u8; 256],
    /// How many attributes it knows of.
    attributes: usize,
    /// One of them may be an argument of the function, or it is not known whether one is. None that a step adds is.
    argument: bool,
}

impl Held {
    pub(super) fn of(attributes: &[KeyValue]) -> Self {
        let mut held = Self { places: [NOWHERE; 256], attributes: 0, argument: !attributes.is_empty() };
        for (at, kv) in attributes.iter().enumerate() {
            held.add(bit_number(kv.key.as_str()), at);
        }
        held
    }

    /// Whether one of the attributes may be an argument of the function: no is certain.
    pub(super) fn has_argument(&self) -> bool {
        self.argument
    }

    /// Whether the one that is added may be an argument.
    #[inline]
    pub(super) fn note_argument(&mut self, argument: bool) {
        self.argument |= argument;
    }

    /// A key of this number stands behind `at` others now. Whether another may be the same.
    #[inline]
    pub(super) fn add(&mut self, number: u8, at: usize) -> bool {
        self.attributes = if self.attributes == at { at + 1 } else { usize::MAX };
        let Some(place) = self.places.get_mut(usize::from(number)) else { return true };
        let is_first = *place == NOWHERE;
        #[expect(clippy::cast_possible_truncation, reason = "at most FAR")]
        let first = at.min(usize::from(FAR)) as u8;
        *place = if is_first { first } else { *place | SEVERAL };
        !is_first
    }

    /// The one that had so many before it was taken out.
    pub(super) fn take(&mut self, number: u8, at: usize, attributes: usize) {
        if self.attributes != attributes + 1 {
            return;
        }
        self.attributes = attributes;
        if let Some(place) = self.places.get_mut(usize::from(number))
            && *place & SEVERAL == 0
        {
            *place = NOWHERE;
        }
        let at = u8::try_from(at).unwrap_or(FAR);
        for place in &mut self.places {
            let before = *place & BEFORE;
            *place -= u8::from(before > at && before < FAR);
        }
    }

    /// Whether a key of this number may stand there.
    #[inline]
    pub(super) fn may_have(&self, number: u8) -> bool {
        self.places.get(usize::from(number)).is_some_and(|place| *place != NOWHERE)
    }

    /// Where to look first for a key of this number, when one may stand there.
    #[inline]
    pub(super) fn first(&self, number: u8) -> usize {
        usize::from(self.places.get(usize::from(number)).map_or(BEFORE, |place| place & BEFORE))
    }

    /// Whether it stands there or nowhere among so many attributes.
    #[inline]
    pub(super) fn is_only(&self, number: u8, attributes: usize) -> bool {
        self.attributes == attributes && self.places.get(usize::from(number)).is_some_and(|place| *place < FAR)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attributes(keys: impl IntoIterator<Item = usize>) -> Vec<KeyValue> {
        keys.into_iter().map(|key| KeyValue::new(format!("app.key.{key}"), true)).collect()
    }

    /// Where it is found by what is held of it.
    fn found(held: &Held, attributes: &[KeyValue], key: &str) -> Option<usize> {
        let number = bit_number(key);
        if !held.may_have(number) {
            return None;
        }
        if held.is_only(number, attributes.len()) {
            return attributes.get(held.first(number)).filter(|kv| kv.key.as_str() == key).map(|_| held.first(number));
        }
        attributes.iter().position(|kv| kv.key.as_str() == key)
    }

    #[test]
    fn each_key_is_found_where_it_stands_however_many_were_added_and_taken() {
        for many in [3, 40, 200] {
            let mut list = attributes(0..many);
            let mut held = Held::of(&list);
            for step in 0..many {
                let at = step * 7 % list.len();
                let taken = list.remove(at);
                if step % 5 != 4 || many == 200 {
                    held.take(bit_number(taken.key.as_str()), at, list.len());
                }
                if step % 3 == 0 {
                    let added = attributes([1_000 + step]).remove(0);
                    held.add(bit_number(added.key.as_str()), list.len());
                    list.push(added);
                }
                for key in attributes((0..many).chain(1_000..1_000 + many)) {
                    let key = key.key.as_str();
                    let expected = list.iter().position(|kv| kv.key.as_str() == key);
                    assert_eq!(found(&held, &list, key), expected, "{key} of {many} at step {step}");
                }
                if list.is_empty() {
                    break;
                }
            }
        }
    }
}
