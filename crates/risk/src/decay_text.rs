//! A decay in configurations: its lambda.

use autotrading_statistics::Decay;
use serde::{Deserialize, Deserializer, Serializer, de::Error};

pub(crate) fn serialize<S: Serializer>(decay: &Decay, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(decay.lambda())
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Decay, D::Error> {
    Decay::from_lambda(f64::deserialize(deserializer)?).map_err(D::Error::custom)
}

#[cfg(test)]
mod tests {
    use crate::TailModel;

    #[test]
    fn every_model_of_the_tail_reads_back_as_it_was_written() {
        for text in [
            r#""historical""#,
            r#"{"student_t":{"degrees_of_freedom":4.0}}"#,
            r#"{"filtered_historical":{"decay":0.94}}"#,
            r#"{"monte_carlo":{"draws":1000,"seed":7,"degrees_of_freedom":null}}"#,
            r#"{"extreme_value":{"level":0.95}}"#,
        ] {
            let model: TailModel = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&model).unwrap(), text);
        }
        let refused = serde_json::from_str::<TailModel>(r#"{"filtered_historical":{"decay":1.5}}"#);
        assert!(refused.unwrap_err().to_string().contains("1.5"));
    }
}
