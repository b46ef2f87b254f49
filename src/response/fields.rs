//! What the events said so far: of each field the last word, but that no nought undoes a count.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Api;
use super::cost;
use super::failure::Failure;
use super::finish;
use super::json;
use super::shape::{Field, List, Shape};
use crate::usage::{Count, Unit, Usage};

/// Bytes up to which a text is a name.
const NAME: usize = 512;
/// Answers to one request.
const CHOICES: usize = 128;

/// What was read, as the provider counts.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is seen by itself")]
pub(super) struct Fields {
    pub(super) id: Option<String>,
    pub(super) model: Option<String>,
    /// By the number of the answer.
    pub(super) finish: Vec<Option<String>>,
    /// A bit for each answer that was begun.
    begun: u128,
    pub(super) tier: Option<String>,
    pub(super) region: Option<String>,
    pub(super) speed: Option<String>,
    pub(super) cost: Option<f64>,
    pub(super) failure: Option<Failure>,
    pub(super) reported: Reported,
    /// Inclusive or not as the whole answer.
    pub(super) iterations: Vec<(String, Option<String>, Reported)>,
    /// An event that only a stream has was seen.
    pub(super) chunked: bool,
    /// The event that ends a stream was seen.
    pub(super) ended: bool,
    /// The answer asks for a tool.
    pub(super) calls_tool: bool,
    /// It stood in a line of a batch's results.
    pub(super) batched: bool,
    pub(super) flaw: Option<String>,
}

/// Counts as they were reported.
#[derive(Clone, Debug, Default)]
pub(super) struct Reported {
    pub(super) usage: Usage,
    /// There is usage.
    pub(super) any: bool,
    pub(super) total: Option<u64>,
    pub(super) tool_input: Option<u64>,
}

impl Reported {
    fn take(&mut self, field: Field, number: u64) {
        // Searches of a model's tools come with its tokens, and stand in events that have none yet.
        let alone = [Unit::RerankSearches, Unit::InputAudioSeconds, Unit::InputDocumentPages, Unit::InputCharacters];
        self.any |= matches!(field, Field::Tokens(_)) || alone.iter().any(|unit| field == Field::Units(*unit));
        match field {
            // What a stream has counted does not become nothing: a later event says that it does not know.
            Field::Tokens(count) if number == 0 && self.usage.reported(count).is_some() => {}
            Field::Tokens(count) => self.usage.report(count, Some(number)),
            Field::Units(unit) => self.usage.report_unit(unit, Some(number)),
            Field::Total => self.total = Some(number),
            Field::ToolInput => self.tool_input = Some(number),
        }
    }

    /// Takes a count where there is none yet, and the length of what was heard where there is nothing else.
    pub(super) fn take_repeated(&mut self, field: Field, number: u64) {
        let known = match field {
            Field::Tokens(count) => self.usage.reported(count).is_some(),
            _ => self.any,
        };
        if !known {
            self.take(field, number);
        }
    }
}

impl Fields {
    /// Reads one event.
    pub(super) fn take(&mut self, api: Api, event: &Value) {
        if is_aside(event) {
            return;
        }
        let line = of_batch(event);
        self.batched |= line.is_some();
        let event = line.unwrap_or(event);
        let shape = api.shape();
        for (slot, places) in [
            (&mut self.id, shape.id),
            (&mut self.model, shape.model),
            (&mut self.tier, shape.tier),
            (&mut self.region, shape.region),
            (&mut self.speed, shape.speed),
        ] {
            if let Some(name) = name(event, places, &mut self.flaw) {
                *slot = Some(name);
            }
        }
        self.take_finish(shape, event);
        self.take_counts(shape, event);
        if let Some(usd) = cost::reported(api, event) {
            self.cost = Some(usd);
        }
        if let Some(failure) = Failure::of(event) {
            self.failure = Some(failure);
        }
        self.chunked |= is_chunk(event);
        self.ended |= is_end(event);
        self.calls_tool |= calls_tool(event);
    }

    /// Notes why something could not be read; the first reason stays.
    pub(super) fn note(&mut self, flaw: impl Into<String>) {
        self.flaw.get_or_insert(flaw.into());
    }

    /// Where nothing was generated the total is what went in: of vectors and ranks Voyage tells no more.
    pub(super) fn settle_total(&mut self, shape: &Shape) {
        if !shape.choices.is_empty()
            && self.begun == 0
            && !self.reported.any
            && let Some(total) = self.reported.total
        {
            self.reported.take(Field::Tokens(Count::Input), total);
        }
    }

    /// Whether every answer that was begun has said why it ended.
    pub(super) fn is_finished(&self) -> bool {
        let unfinished =
            |index: usize| self.begun >> index & 1 != 0 && !matches!(self.finish.get(index), Some(Some(_)));
        self.finish.iter().any(Option::is_some) && !(0..CHOICES).any(unfinished)
    }

    fn take_finish(&mut self, shape: &Shape, event: &Value) {
        if let Some(word) = name(event, shape.finish, &mut self.flaw).filter(|word| finish::is_final(word)) {
            self.set_finish(0, word);
        }
        let choices = shape.choices.iter().flat_map(|(list, place)| {
            let choices = event.pointer(list).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            choices.iter().enumerate().take(CHOICES).map(|(at, choice)| (at, choice, *place))
        });
        for (at, choice, place) in choices {
            let index = choice.get("index").and_then(Value::as_u64).and_then(|index| usize::try_from(index).ok());
            let index = index.unwrap_or(at);
            if index < CHOICES {
                self.begun |= 1 << index;
            }
            if let Some(word) = name(choice, &[place], &mut self.flaw).filter(|word| finish::is_final(word)) {
                self.set_finish(index, word);
            }
        }
    }

    fn set_finish(&mut self, index: usize, word: String) {
        if index >= CHOICES {
            self.note("an answer's index is too large");
            return;
        }
        if self.finish.len() <= index {
            self.finish.resize(index + 1, None);
        }
        if let Some(slot) = self.finish.get_mut(index) {
            *slot = Some(word);
        }
    }

    fn take_counts(&mut self, shape: &Shape, event: &Value) {
        for place in shape.usage {
            let Some(object) = event.pointer(place).filter(|found| !found.is_null()) else { continue };
            if !object.is_object() {
                self.note(format!("{place} is no object"));
                continue;
            }
            counts(shape, object, &mut self.reported, &mut self.flaw);
            if let Some(items) = object.get("iterations").and_then(Value::as_array) {
                self.iterations = items.iter().filter_map(|item| iteration(shape, item, &mut self.flaw)).collect();
            }
        }
        for (list, place, count) in shape.sums {
            let items = event.pointer(list).and_then(Value::as_array).into_iter().flatten();
            let parts = items.filter_map(|item| json::count(item.pointer(place)?, false).ok().flatten());
            if let Some(sum) = parts.reduce(u64::saturating_add) {
                self.reported.take(Field::Tokens(*count), sum);
            }
        }
        for repeat in shape.repeats {
            let Some(object) = event.pointer(repeat.at) else { continue };
            for (key, field) in repeat.counts {
                let number = object.get(*key).map(|value| json::count(value, field.is_time()));
                // How long a chat took is no audio.
                if let Some(Ok(Some(number))) = number.filter(|_| !field.is_time() || self.begun == 0) {
                    self.reported.take_repeated(*field, number);
                }
            }
        }
        if is_annotated(event)
            && self.reported.usage.reported_unit(Unit::InputAnnotatedDocumentPages).is_none()
            && let Some(pages) = self.reported.usage.reported_unit(Unit::InputDocumentPages)
        {
            self.reported.take(Field::Units(Unit::InputAnnotatedDocumentPages), pages);
        }
        for place in shape.queries {
            let queries = event.pointer(place).and_then(Value::as_array).into_iter().flatten();
            let queries: BTreeSet<&str> = queries.filter_map(Value::as_str).filter(|query| !query.is_empty()).collect();
            let number = u64::try_from(queries.len()).unwrap_or(u64::MAX);
            if number > self.reported.usage.units(Unit::WebSearches) {
                self.reported.take(Field::Units(Unit::WebSearches), number);
            }
        }
        for (place, units) in shape.items {
            let items = event.pointer(place).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            for (kind, unit) in *units {
                let number = items.iter().filter(|item| is_billed(item, kind)).count();
                if number > 0 && self.reported.usage.reported_unit(*unit).is_none() {
                    self.reported.take(Field::Units(*unit), u64::try_from(number).unwrap_or(u64::MAX));
                }
            }
        }
    }
}

/// Reads the counts of one object.
fn counts(shape: &Shape, object: &Value, into: &mut Reported, flaw: &mut Option<String>) {
    for (field, places) in shape.counts {
        for place in *places {
            let Some(value) = object.pointer(place) else { continue };
            match json::count(value, field.is_time()) {
                Ok(Some(number)) => {
                    into.take(*field, number);
                    break;
                }
                Ok(None) => {}
                Err(why) => {
                    flaw.get_or_insert_with(|| format!("{} {why}", place.trim_start_matches('/').replace('/', ".")));
                }
            }
        }
    }
    for list in shape.lists {
        for (count, number) in listed(list, object) {
            into.take(Field::Tokens(count), number);
        }
    }
}

/// What the items of a list add up to.
fn listed(list: &List, object: &Value) -> Vec<(Count, u64)> {
    let items = list.at.iter().filter_map(|place| object.pointer(place)?.as_array()).flatten();
    let mut sums: Vec<(Count, u64)> = Vec::new();
    for item in items {
        let Some(tag) = item.get(list.tag).and_then(Value::as_str) else { continue };
        let known = list.counts.iter().find(|(known, _)| known.eq_ignore_ascii_case(tag));
        let number = item.get(list.number).and_then(Value::as_u64);
        if let (Some((_, count)), Some(number)) = (known, number) {
            match sums.iter_mut().find(|(sum, _)| sum == count) {
                Some((_, sum)) => *sum = sum.saturating_add(number),
                None => sums.push((*count, number)),
            }
        }
    }
    sums
}

fn iteration(shape: &Shape, item: &Value, flaw: &mut Option<String>) -> Option<(String, Option<String>, Reported)> {
    let mut reported = Reported::default();
    counts(shape, item, &mut reported, flaw);
    let kind = name(item, &["/type"], flaw).unwrap_or_default();
    reported.any.then(|| (kind, name(item, &["/model"], flaw), reported))
}

/// The first name that is there. An empty one says nothing: Azure's first chunk has such.
fn name(event: &Value, places: &[&str], flaw: &mut Option<String>) -> Option<String> {
    for place in places {
        match event.pointer(place) {
            Some(Value::String(name)) if name.is_empty() => {}
            Some(Value::String(name)) if name.len() <= NAME => return Some(name.clone()),
            None | Some(Value::Null) => {}
            Some(_) => {
                flaw.get_or_insert_with(|| format!("{} is no name", place.trim_start_matches('/').replace('/', ".")));
            }
        }
    }
    None
}

/// The answer in a line of a batch's results: Anthropic's, that of OpenAI and of those who took it over, Bedrock's, Gemini's.
fn of_batch(line: &Value) -> Option<&Value> {
    let inside = ["/result/message", "/result/error", "/response/body", "/modelOutput"];
    let inside = inside.iter().find_map(|place| line.pointer(place).filter(|answer| answer.is_object()));
    let is_named = || line.get("key").or_else(|| line.get("request")).is_some();
    inside.or_else(|| line.get("response").filter(|answer| answer.get("usageMetadata").is_some() && is_named()))
}

/// Mistral bills pages that are annotated at another price, and does not always count them.
fn is_annotated(event: &Value) -> bool {
    event.get("document_annotation").is_some_and(Value::is_string)
}

/// Of the calls that a provider's tool made, those that it bills: opening a page that was found is none.
fn is_billed(item: &Value, kind: &str) -> bool {
    let text = |place: &str| item.pointer(place).and_then(Value::as_str);
    text("/type") == Some(kind) && text("/action/type").is_none_or(|action| action == "search")
}

/// A realtime session reports what writing down the user's words used, by another model, beside its answers.
fn is_aside(event: &Value) -> bool {
    event.get("type").and_then(Value::as_str).is_some_and(|kind| kind.starts_with("conversation."))
}

/// Of the responses API; elsewhere the finish reason says it. Some gateways leave the list at the end of a stream empty.
fn calls_tool(event: &Value) -> bool {
    let list = ["/output", "/response/output"].iter().find_map(|place| event.pointer(place)?.as_array());
    let kind = |item: &Value| item.get("type").and_then(Value::as_str).map(str::to_owned);
    let mut items = list.into_iter().flatten().chain(event.get("item")).filter_map(kind);
    items.any(|kind| matches!(&*kind, "function_call" | "custom_tool_call"))
}

fn is_end(event: &Value) -> bool {
    let kind = event.get("type").and_then(Value::as_str);
    let ends = ["message_stop", "message-end", "transcript.text.done", "speech.audio.done"];
    let ends_image = ["image_generation.completed", "image_edit.completed"];
    kind.is_some_and(|kind| ends.contains(&kind) || ends_image.contains(&kind))
        || event.get("done") == Some(&Value::Bool(true))
        || event.pointer("/serverContent/turnComplete") == Some(&Value::Bool(true))
}

fn is_chunk(event: &Value) -> bool {
    let text = |key: &str| event.get(key).and_then(Value::as_str);
    text("object") == Some("chat.completion.chunk") || text("type") == Some("message_start")
}
