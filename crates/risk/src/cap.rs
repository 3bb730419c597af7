//! A limit that stands at a value, or is switched off in so many words.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, IntoDeserializer, MapAccess, Visitor, value::MapAccessDeserializer},
};

/// A limit at a value, or none. In a configuration the word `"off"` switches it off; leaving the key out keeps the
/// default.
///
/// ```
/// use autotrading_domain::Rate;
/// use autotrading_risk::Cap;
/// let cap: Cap<Rate> = serde_json::from_str("\"0.2\"")?;
/// assert_eq!(cap.at().unwrap().to_string(), "0.2");
/// assert_eq!(serde_json::from_str::<Cap<Rate>>("\"off\"")?, Cap::Off);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cap<T> {
    /// Nothing is limited.
    #[default]
    Off,
    /// Up to this value.
    At(T),
}

impl<T> Cap<T> {
    /// The value, if there is one.
    pub const fn at(&self) -> Option<&T> {
        match self {
            Self::Off => None,
            Self::At(value) => Some(value),
        }
    }
}

impl<T: Serialize> Serialize for Cap<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Off => serializer.serialize_str("off"),
            Self::At(value) => value.serialize(serializer),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Cap<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(CapVisitor(PhantomData))
    }
}

struct CapVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for CapVisitor<T> {
    type Value = Cap<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a limit (decimals as text such as \"0.2\") or the word \"off\"")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        if text == "off" { Ok(Cap::Off) } else { T::deserialize(text.into_deserializer()).map(Cap::At) }
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Self::Value, E> {
        T::deserialize(number.into_deserializer()).map(Cap::At)
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Self::Value, E> {
        T::deserialize(number.into_deserializer()).map(Cap::At)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Cap::At)
    }
}
