//! What the provider itself says that the call cost, in USD.

use serde_json::Value;

use super::Api;

/// xAI counts in ticks of a ten-billionth of a dollar.
const TICKS_PER_USD: f64 = 1e10;

/// The cost that an event reports. An amount that is negative or no number is none.
pub(super) fn reported(api: Api, event: &Value) -> Option<f64> {
    let amount = |place: &str| event.pointer(place).and_then(Value::as_f64);
    match api {
        Api::OpenRouter => {
            let fee = amount("/usage/cost")?;
            // With a key of one's own the fee is OpenRouter's alone; the provider charges beside it.
            let own_key = event.pointer("/usage/is_byok").and_then(Value::as_bool) == Some(true);
            let upstream = if own_key { upstream(&amount) } else { 0.0 };
            usd(fee + upstream)
        }
        Api::Perplexity => usd(amount("/usage/cost/total_cost")?),
        Api::XaiChat => usd(amount("/usage/cost_in_usd_ticks")? / TICKS_PER_USD),
        Api::XaiResponses => {
            let ticks = amount("/usage/cost_in_usd_ticks").or_else(|| amount("/response/usage/cost_in_usd_ticks"))?;
            usd(ticks / TICKS_PER_USD)
        }
        _ => None,
    }
}

fn upstream(amount: &dyn Fn(&str) -> Option<f64>) -> f64 {
    amount("/usage/cost_details/upstream_inference_cost").unwrap_or_else(|| {
        let part = |place: &str| amount(place).unwrap_or(0.0);
        part("/usage/cost_details/upstream_inference_prompt_cost")
            + part("/usage/cost_details/upstream_inference_completions_cost")
    })
}

/// A sane amount, without the noise of binary fractions below a millionth of a millionth.
pub(super) fn usd(amount: f64) -> Option<f64> {
    const PRECISION: f64 = 1e12;
    if !amount.is_finite() || amount < 0.0 {
        return None;
    }
    let rounded = (amount * PRECISION).round_ties_even() / PRECISION;
    Some(if rounded.is_finite() { rounded } else { amount })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn with_an_own_key_the_providers_charge_is_added_to_the_fee() {
        let mut event =
            json!({"usage": {"cost": 0.1, "is_byok": true, "cost_details": {"upstream_inference_cost": 0.2}}});
        assert_eq!(reported(Api::OpenRouter, &event), Some(0.3));
        event["usage"]["is_byok"] = json!(false);
        assert_eq!(reported(Api::OpenRouter, &event), Some(0.1));
    }

    #[test]
    fn an_amount_that_cannot_be_is_none() {
        assert_eq!(usd(-0.1), None);
        assert_eq!(usd(f64::NAN), None);
        assert_eq!(usd(1e300), Some(1e300));
        assert_eq!(reported(Api::OpenAiChat, &json!({"usage": {"cost": 7}})), None);
    }
}
