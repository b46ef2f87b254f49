//! What of an amount is for input and what for output, where the span carries the lines that it is made of.

use opentelemetry::Value;
use serde_json::Value as Json;

use super::reading::Reading;
use crate::conventions::attribute;

/// US dollars for tokens. Fees are of neither side.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sides {
    pub(super) input: Option<f64>,
    pub(super) output: Option<f64>,
}

impl Sides {
    pub(super) fn of(reading: &Reading<'_>) -> Self {
        let lines = match reading.get(attribute::TRACING_GENAI_COST_LINES) {
            Some(Value::String(text)) => serde_json::from_str(text.as_str()).unwrap_or(Json::Null),
            _ => Json::Null,
        };
        let mut sides = Self::default();
        for line in lines.as_array().into_iter().flatten() {
            let (Some(unit), Some(amount)) = (line.get("unit").and_then(Json::as_str), amount(line)) else { continue };
            let side = match unit {
                "output" | "reasoning" | "citation" => &mut sides.output,
                "input" => &mut sides.input,
                _ if unit.ends_with("_output") => &mut sides.output,
                _ if unit.ends_with("_input") || unit.ends_with("cache_read") || unit.starts_with("cache_write") => {
                    &mut sides.input
                }
                _ => continue,
            };
            *side = Some(side.unwrap_or_default() + amount);
        }
        sides
    }
}

fn amount(line: &Json) -> Option<f64> {
    let rate: f64 = line.get("rate")?.as_str()?.parse().ok()?;
    let amount = line.get("quantity")?.as_f64()? * rate / line.get("per")?.as_f64()?;
    amount.is_finite().then_some(amount)
}

#[cfg(test)]
mod tests {
    use opentelemetry::KeyValue;

    use super::super::fixture::span;
    use super::*;

    fn sides(lines: &'static str) -> (Option<f64>, Option<f64>) {
        let data = span("llm", vec![KeyValue::new(attribute::TRACING_GENAI_COST_LINES, lines)]);
        let sides = Sides::of(&Reading::of(&data));
        (sides.input, sides.output)
    }

    #[test]
    fn lines_of_tokens_are_of_a_side_and_fees_of_none() {
        let lines = r#"[
            {"unit":"input","quantity":1000000,"rate":"1","per":1000000},
            {"unit":"cache_write_1h","quantity":500000,"rate":"2","per":1000000},
            {"unit":"audio_cache_read","quantity":1000000,"rate":"0.5","per":1000000},
            {"unit":"reasoning","quantity":1000000,"rate":"8","per":1000000},
            {"unit":"image_output","quantity":500000,"rate":"4","per":1000000},
            {"unit":"web_searches","quantity":1000,"rate":"10","per":1000}
        ]"#;
        assert_eq!(sides(lines), (Some(2.5), Some(10.0)));
    }

    #[test]
    fn what_is_no_line_is_left_out() {
        for lines in ["", "{}", "[1, {}, {\"unit\":\"input\",\"quantity\":1,\"rate\":\"x\",\"per\":0}]"] {
            assert_eq!(sides(lines), (None, None), "{lines}");
        }
        assert_eq!(sides(r#"[{"unit":"input","quantity":1,"rate":"1","per":0}]"#), (None, None));
    }
}
