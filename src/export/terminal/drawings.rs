//! Trees as people see them: each test is a picture.

use std::collections::HashSet;

use opentelemetry::trace::TraceId;

use super::entry::{Entry, Role};
use super::piece::{Mark, More, Piece};
use super::sample::{Sample, support_agent};
use super::style::{Charset, Style, Width};
use super::text::width;
use super::tree::draw;
use crate::conventions::attribute::{
    GEN_AI_EVALUATION_SCORE_LABEL, GEN_AI_EVALUATION_SCORE_VALUE, GEN_AI_INPUT_MESSAGES, GEN_AI_OUTPUT_MESSAGES,
    GEN_AI_REQUEST_MODEL, GEN_AI_RESPONSE_MODEL, GEN_AI_TOOL_CALL_RESULT, GEN_AI_USAGE_INPUT_TOKENS,
    TRACING_GENAI_CANCELLED, TRACING_GENAI_COST_TOOLS, TRACING_GENAI_TOTAL_INCOMPLETE,
    TRACING_GENAI_TOTAL_UNPRICED_CALLS,
};

const PLAIN: Style = Style { width: Width::Fixed(100), charset: Charset::Unicode, colour: false };

fn piece(mark: Mark, samples: &[Sample]) -> Piece {
    let entries: Vec<Entry> = samples.iter().map(Sample::entry).collect();
    Piece { mark, trace_id: TraceId::from(0xabc_u128), fresh: entries.len(), entries, more: More::default() }
}

fn drawn(samples: &[Sample], style: Style) -> String {
    draw(&piece(Mark::Whole, samples), &style)
}

fn narrow(columns: usize) -> Style {
    Style { width: Width::Fixed(columns), ..PLAIN }
}

/// Compares pictures; the expected one may be indented like the code around it.
#[track_caller]
fn assert_picture(drawn: &str, expected: &str) {
    let lines = || expected.lines().skip(1).filter(|line| !line.trim().is_empty());
    let indent = lines().map(|line| line.len() - line.trim_start().len()).min().unwrap_or_default();
    let expected: Vec<_> = lines().map(|line| &line[indent..]).collect();
    assert_eq!(drawn, expected.join("\n") + "\n", "\n{drawn}");
}

#[test]
fn a_request_is_seen_at_a_glance() {
    let expected = "
        invoke_agent support_agent    1.92 s  2 calls  1,905 → 402 tok  $0.000527
        ├ retrieval policies           11 ms   ▏
        ├ chat gpt-4o-mini            702 ms  ▕██████████▏                      812 → 140 tok  $0.000206
        ├ execute_tool order_lookup   310 ms            ▕█████▏
        ├ execute_tool refund_status  220 ms            ▕████▏  ERROR timeout: refund service gave no answer
        ├ chat gpt-4o-mini            885 ms                 ▕█████████████▏  1,093 → 262 tok  $0.000321
        └ guardrail pii                 1 ms                              ▏
        ";
    assert_picture(&drawn(&support_agent(), PLAIN), expected);
}

#[test]
fn what_an_evaluator_found_is_told() {
    let samples = [
        Sample::root(1).named("run").at(0, 100),
        Sample::new(2, 1).named("evaluate faithfulness").at(0, 40).with(GEN_AI_EVALUATION_SCORE_VALUE, 0.92),
        Sample::new(3, 1)
            .named("evaluate tone")
            .at(40, 100)
            .with(GEN_AI_EVALUATION_SCORE_VALUE, 1.0)
            .with(GEN_AI_EVALUATION_SCORE_LABEL, "pass"),
    ];
    let expected = "
        run                      100 ms
        ├ evaluate faithfulness   40 ms  ▕███████████▏                   score 0.92
        └ evaluate tone           60 ms             ▕█████████████████▏  score 1 pass
        ";
    assert_picture(&drawn(&samples, PLAIN), expected);
}

#[test]
fn totals_of_agents_and_fees_of_tools_are_told_apart_from_what_a_call_cost() {
    let samples = [
        Sample::root(1).named("POST /ask").at(0, 100).total(2, 150, 30, 0.75),
        // What its framework adds up is not shown beside it.
        Sample::new(2, 1)
            .named("invoke_agent search")
            .role(Role::Container)
            .at(0, 60)
            .usage(999, 99)
            .cost(9.0)
            .total(1, 50, 10, 0.25)
            .with(TRACING_GENAI_TOTAL_INCOMPLETE, true),
        Sample::new(3, 2)
            .named("chat gpt-4o")
            .role(Role::Call)
            .at(0, 50)
            .usage(50, 10)
            .cost(0.25)
            .with(TRACING_GENAI_COST_TOOLS, 0.01),
        Sample::new(4, 1).named("chat gpt-4o").role(Role::Call).at(60, 100).usage(100, 20).cost(0.5),
    ];
    let expected = "
        POST /ask              100 ms  2 calls  150 → 30 tok  $0.750000  tools $0.010000
        ├ invoke_agent search   60 ms  ▕█████████████████▏             Σ 50 → 10 tok  Σ ≥ $0.250000
        │ │ (incomplete)
        │ └ chat gpt-4o         50 ms  ▕██████████████▏                  50 → 10 tok      $0.250000
        │     tools $0.010000
        └ chat gpt-4o           40 ms                   ▕███████████▏   100 → 20 tok      $0.500000
        ";
    assert_picture(&drawn(&samples, PLAIN), expected);
}

#[test]
fn the_workers_total_goes_before_what_is_drawn() {
    let mut samples = support_agent();
    let root = samples.pop().unwrap();
    samples.push(root.total(5, 2_000, 500, 1.5).with(TRACING_GENAI_TOTAL_UNPRICED_CALLS, 1));
    let drawing = drawn(&samples, PLAIN);
    let first = drawing.lines().next().unwrap();
    assert!(first.ends_with("5 calls  2,000 → 500 tok  ≥ $1.500000 (1 unpriced)"), "{drawing}");
}

#[test]
fn an_error_that_would_be_cut_goes_on_below() {
    let drawing = drawn(&support_agent(), narrow(80));
    assert!(drawing.contains("│   ERROR timeout: refund service gave no answer\n├ chat"), "{drawing}");
}

#[test]
fn plain_ascii_has_nothing_else_in_it() {
    let mut samples = support_agent();
    samples.push(Sample::new(8, 1).named("execute_tool wetter_für_東京").at_micros(1_917_000, 1_917_080));
    let drawing = drawn(&samples, Style { charset: Charset::Ascii, ..narrow(120) });
    assert!(drawing.is_ascii());
    let expected = "
        invoke_agent support_agent     1.92 s  2 calls  1,905 -> 402 tok  $0.000527
        |- retrieval policies           11 ms   |
        |- chat gpt-4o-mini            702 ms  [############]                         812 -> 140 tok  $0.000206
        |- execute_tool order_lookup   310 ms              [######]
        |- execute_tool refund_status  220 ms              [####]                   ERROR timeout: refund service gave no answer
        |- chat gpt-4o-mini            885 ms                    [###############]  1,093 -> 262 tok  $0.000321
        |- guardrail pii                 1 ms                                   |
        `- execute_tool wetter_f?r_??   80 us                                   |
        ";
    assert_picture(&drawing, expected);
}

#[test]
fn a_narrow_terminal_loses_the_bar_first_and_then_the_ends_of_names() {
    let expected = "
        invoke_agent support_ag…  1.92 s  2 calls  1,905 → 402 tok
        │ $0.000527
        ├ retrieval policies       11 ms
        ├ chat gpt-4o-mini        702 ms    812 → 140 tok  $0.000206
        ├ execute_tool order_lo…  310 ms
        ├ execute_tool refund_s…  220 ms
        │   ERROR timeout: refund service gave no answer
        ├ chat gpt-4o-mini        885 ms  1,093 → 262 tok  $0.000321
        └ guardrail pii             1 ms
        ";
    assert_picture(&drawn(&support_agent(), narrow(60)), expected);
    let expected = "
        invoke_agent support_agent    1.92 s
        │ 2 calls  1,905 → 402 tok  $0.000527
        ├ retrieval policies           11 ms
        ├ chat gpt-4o-mini            702 ms
        │   812 → 140 tok  $0.000206
        ├ execute_tool order_lookup   310 ms
        ├ execute_tool refund_status  220 ms
        │   ERROR timeout: refund service gave…
        ├ chat gpt-4o-mini            885 ms
        │   1,093 → 262 tok  $0.000321
        └ guardrail pii                 1 ms
        ";
    assert_picture(&drawn(&support_agent(), narrow(40)), expected);
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    let mut samples = support_agent();
    samples.push(Sample::new(8, 5).named("東京の天気を調べる長い名前の道具").error(&"長い".repeat(300)));
    for columns in 20..=200 {
        for charset in [Charset::Unicode, Charset::Ascii] {
            let drawing = drawn(&samples, Style { charset, ..narrow(columns) });
            for line in drawing.lines() {
                assert!(width(line) <= columns, "{} cells in {columns}: {line}", width(line));
            }
        }
    }
}

#[test]
fn colours_change_nothing_but_the_colours() {
    let plain = drawn(&support_agent(), PLAIN);
    let coloured = drawn(&support_agent(), Style { colour: true, ..PLAIN });
    assert!(coloured.contains("\u{1b}[31mERROR timeout: refund service gave no answer\u{1b}[0m"), "{coloured}");
    assert!(coloured.contains("\u{1b}[32m$0.000527\u{1b}[0m"), "{coloured}");
    let mut stripped = String::new();
    for part in coloured.split('\u{1b}') {
        stripped.push_str(part.strip_prefix('[').and_then(|part| part.split_once('m')).map_or(part, |(_, text)| text));
    }
    assert_eq!(stripped, plain);
}

#[test]
fn captured_content_is_one_line_for_each_direction() {
    let samples = [
        Sample::root(1).named("invoke_agent help").role(Role::Container).at(0, 100),
        Sample::new(2, 1)
            .named("chat gpt-4o")
            .role(Role::Call)
            .at(0, 50)
            .with(GEN_AI_INPUT_MESSAGES, r#"[{"role":"user","parts":[{"type":"text","content":"Where is\nit?"}]}]"#)
            .with(GEN_AI_OUTPUT_MESSAGES, "a plain answer, which is too long for this line"),
        Sample::new(3, 2)
            .named("execute_tool look")
            .at(0, 25)
            .with(GEN_AI_TOOL_CALL_RESULT, "\u{1b}]0;title\u{7}found"),
    ];
    let expected = "
        invoke_agent help      100 ms  1 call
        │ (1 unpriced)
        └ chat gpt-4o           50 ms
          │ › in: Where is it?
          │ ‹ out: a plain answer, which is too…
          └ execute_tool look   25 ms
              ‹ out: �]0;title�found
        ";
    assert_picture(&drawn(&samples, narrow(41)), expected);
}

#[test]
fn the_model_is_told_where_the_name_does_not_tell_it() {
    let call = |id| Sample::new(id, 1).role(Role::Call).usage(1, 1).cost(0.5);
    let samples = [
        Sample::root(1).named("POST /ask").at(0, 100),
        call(2)
            .named("chat gpt-4o")
            .with(GEN_AI_REQUEST_MODEL, "gpt-4o")
            .with(GEN_AI_RESPONSE_MODEL, "gpt-4o-2024-08-06"),
        call(3).named("chat router").with(GEN_AI_REQUEST_MODEL, "router").with(GEN_AI_RESPONSE_MODEL, "claude-x"),
        call(4).named("my own name").with(GEN_AI_REQUEST_MODEL, "gpt-4o"),
        Sample::new(5, 1).named("embeddings e5").role(Role::Call).with(GEN_AI_USAGE_INPUT_TOKENS, 7).cost(0.0),
    ];
    let expected = "
        POST /ask        100 ms  4 calls  10 → 3 tok  $1.500000
        ├ chat gpt-4o      1 ms   ▏                              1 → 1 tok  $0.500000
        ├ chat router      1 ms   ▏                              1 → 1 tok  $0.500000  claude-x
        ├ my own name      1 ms   ▏                              1 → 1 tok  $0.500000  gpt-4o
        └ embeddings e5    1 ms   ▏                                  7 tok         $0
        ";
    assert_picture(&drawn(&samples, PLAIN), expected);
}

#[test]
fn a_total_with_unknown_parts_is_a_lower_bound() {
    let call = |id| Sample::new(id, 1).role(Role::Call).usage(100, 10);
    let root = Sample::root(1).named("agent").role(Role::Container).at(0, 100);
    let first_line = |samples: &[Sample], style| drawn(samples, style).lines().next().unwrap().to_owned();
    let some = [root.clone(), call(2).cost(0.0005), call(3)];
    assert!(first_line(&some, PLAIN).ends_with("200 → 20 tok  ≥ $0.000500 (1 unpriced)"));
    assert!(first_line(&some, Style { charset: Charset::Ascii, ..PLAIN }).ends_with(">= $0.000500 (1 unpriced)"));
    assert!(first_line(&[root.clone(), call(2)], PLAIN).ends_with("100 → 10 tok  (1 unpriced)"));
    assert!(first_line(&[root], PLAIN).ends_with("100 ms"), "no calls, no totals");
}

#[test]
fn a_failed_root_and_a_cancelled_child_say_so() {
    let samples = [
        Sample::root(1).named("agent").at(0, 100).error("all is lost").error_type("Lost"),
        Sample::new(2, 1).named("chat").at(0, 50).error("timeout: no answer").error_type("timeout"),
        Sample::new(3, 1).named("tool").at(50, 100).with(TRACING_GENAI_CANCELLED, true),
        Sample::new(4, 1).named("mute").at(50, 100).error("").error_type("_OTHER"),
    ];
    let expected = "
        agent   100 ms  ERROR Lost: all is lost
        ├ chat   50 ms  ▕██████████▏           ERROR timeout: no answer
        ├ tool   50 ms            ▕█████████▏  cancelled
        └ mute   50 ms            ▕█████████▏  ERROR
        ";
    assert_picture(&drawn(&samples, narrow(70)), expected);
}

#[test]
fn what_comes_early_or_late_is_marked() {
    let samples = &support_agent()[..2];
    let unfinished = draw(&piece(Mark::Unfinished, samples), &PLAIN);
    assert!(unfinished.starts_with("unfinished trace      713 ms  1 call  812 → 140 tok  $0.000206\n"), "{unfinished}");
    assert!(unfinished.contains("root has not ended, trace 00000000000000000000000000000abc\n"));
    let late = draw(&piece(Mark::Late, &samples[..1]), &PLAIN);
    assert!(late.starts_with("late spans            11 ms  ended after its tree, trace 00000000"), "{late}");
    let rest = draw(&piece(Mark::Rest, &[Sample::root(1).named("agent")]), &PLAIN);
    assert_eq!(rest, "agent  1 ms  part of this trace was drawn before\n");
}

#[test]
fn two_thousand_siblings_are_told_in_a_hundred_lines_and_one() {
    let mut samples = vec![Sample::root(1).named("fan out").at(0, 3_000)];
    samples.extend((2..2_002).map(|id| Sample::new(id, 1).named("tool").at(id, id + 1)));
    samples[1_500] = samples[1_500].clone().error("disk full").error_type("io");
    samples[1_501] = samples[1_501].clone().error("another");
    samples.push(Sample::new(9_999, 1_500).at(1_500, 1_501));
    let drawing = drawn(&samples, PLAIN);
    assert_eq!(drawing.lines().count(), 102);
    assert!(drawing.ends_with("\n└ … and 1,901 more spans  2 failed, first: io: disk full\n"), "{drawing}");
}

#[test]
fn spans_that_were_only_counted_are_told_with_the_totals() {
    let mut piece = piece(Mark::Whole, &support_agent());
    for id in 100..105 {
        piece.more.add(&Sample::new(id, 1).role(Role::Call).usage(1_000, 1).cost(1.0).entry());
    }
    let drawing = draw(&piece, &PLAIN);
    assert!(drawing.lines().next().unwrap().ends_with("7 calls  6,905 → 407 tok  $5.000527"), "{drawing}");
    assert!(drawing.contains("├ guardrail pii") && drawing.ends_with("\n└ … and 5 more spans\n"), "{drawing}");
}

#[test]
fn ten_thousand_levels_are_drawn_within_the_width() {
    let chain: Vec<_> = (1..=10_000).map(|id| Sample::new(id, id - 1).at(id, 20_000 - id)).collect();
    let drawing = drawn(&chain, PLAIN);
    assert_eq!(drawing.lines().count(), 10_000);
    let last = drawing.lines().last().unwrap();
    assert!(last.starts_with("⋯ ") && last.contains("└ span 10000"), "{last}");
    assert!(drawing.lines().all(|line| width(line) <= 100));
}

#[test]
fn nothing_from_a_span_steers_the_terminal() {
    let nasty = "\u{1b}[2J\u{1b}]8;;http://x\u{7}\r\n\u{9b}1m\u{202e}\u{8}x";
    let samples = [
        Sample::root(1).named(nasty).at(0, 10).error(nasty).error_type(nasty),
        Sample::new(2, 1)
            .named("y")
            .with(GEN_AI_REQUEST_MODEL, nasty)
            .with(GEN_AI_INPUT_MESSAGES, nasty)
            .with(GEN_AI_OUTPUT_MESSAGES, nasty),
    ];
    let drawing = drawn(&samples, PLAIN);
    let control: HashSet<char> = drawing.chars().filter(|c| c.is_control() || *c == '\u{202e}').collect();
    assert_eq!(control, HashSet::from(['\n']), "{drawing:?}");
    assert_eq!(drawing.lines().count(), 4);
}

#[test]
fn absurd_values_are_drawn_all_the_same() {
    let samples = [
        Sample::root(1).named("").at(100, 50),
        Sample::new(2, 1).named(&"n".repeat(1 << 20)).role(Role::Call).usage(u64::MAX, u64::MAX).cost(f64::MAX),
        Sample::new(3, 1).role(Role::Call).with(GEN_AI_USAGE_INPUT_TOKENS, -5).cost(f64::NAN),
        Sample::new(4, 1).role(Role::Call).with(GEN_AI_USAGE_INPUT_TOKENS, "12").cost(-1.0),
    ];
    for columns in [20, 100, 400] {
        let drawing = drawn(&samples, narrow(columns));
        assert!(drawing.lines().all(|line| width(line) <= columns), "{drawing}");
        assert!(!drawing.contains("NaN") && !drawing.contains("-5"), "{drawing}");
    }
}
