//! Tables of the price file as they are written: keys in any order, each once, and numbers.

use std::convert::Infallible;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

/// What is written as a table: its keys in any order, each at most once.
pub(super) trait FromKeys: Sized {
    const EXPECTED: &'static str;

    fn read<'de, A: MapAccess<'de>>(map: A) -> Result<Self, A::Error>;
}

/// A table of the file.
pub(super) struct Row<T>(pub(super) T);

/// Tables of one name.
pub(super) struct Rows<T>(pub(super) Vec<T>);

/// Reads a number, and says what it is for where there is none.
pub(super) struct Number<R>(pub(super) R);

/// The value of a key that means nothing, with what is said of it: an error there tells its line, and one of the key that of
/// its table.
pub(super) struct Refused(pub(super) String);

impl<'de> DeserializeSeed<'de> for Refused {
    type Value = Infallible;

    fn deserialize<D: Deserializer<'de>>(self, _: D) -> Result<Infallible, D::Error> {
        Err(de::Error::custom(self.0))
    }
}

/// The next key. JSON lets one stand twice, and the first of two would be lost.
pub(super) fn next_key<'de, A: MapAccess<'de>>(
    map: &mut A,
    seen: &mut Vec<String>,
) -> Result<Option<String>, A::Error> {
    let Some(key) = map.next_key::<String>()? else { return Ok(None) };
    if seen.contains(&key) {
        match map.next_value_seed(Refused(format!("duplicate key `{key}`; keep one of them")))? {}
    }
    seen.push(key.clone());
    Ok(Some(key))
}

impl<'de, T: FromKeys> Deserialize<'de> for Row<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Table<T>(PhantomData<T>);

        impl<'de, T: FromKeys> Visitor<'de> for Table<T> {
            type Value = T;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(T::EXPECTED)
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
                T::read(map)
            }
        }

        deserializer.deserialize_map(Table(PhantomData)).map(Self)
    }
}

impl<'de, T: FromKeys> Deserialize<'de> for Rows<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct List<T>(PhantomData<T>);

        impl<'de, T: FromKeys> Visitor<'de> for List<T> {
            type Value = Vec<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "a list, in TOML begun by [[…]], each {}", T::EXPECTED)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<T>, A::Error> {
                let mut rows = Vec::new();
                while let Some(Row(row)) = list.next_element()? {
                    rows.push(row);
                }
                Ok(rows)
            }
        }

        deserializer.deserialize_seq(List(PhantomData)).map(Self)
    }
}

impl<R: fmt::Display> Visitor<'_> for Number<R> {
    type Value = f64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a number without quotes; {}", self.0)
    }

    fn visit_f64<E>(self, number: f64) -> Result<f64, E> {
        Ok(number)
    }

    #[expect(clippy::cast_precision_loss, reason = "no price has so many digits")]
    fn visit_i64<E>(self, number: i64) -> Result<f64, E> {
        Ok(number as f64)
    }

    #[expect(clippy::cast_precision_loss, reason = "no price has so many digits")]
    fn visit_u64<E>(self, number: u64) -> Result<f64, E> {
        Ok(number as f64)
    }
}
