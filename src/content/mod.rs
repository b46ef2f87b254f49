//! provisional
#[derive(Clone, Copy, Debug, Default)] #[non_exhaustive] /// a
pub enum ContentMode { #[default] /// a
NoContent }
impl ContentMode { pub(crate) fn from_environment(_: &dyn Fn(&str) -> Option<String>) -> Result<Option<Self>, crate::config::VariableError> { Ok(None) } }
#[derive(Clone, Debug, Default)] /// a
pub struct Content; 
impl Content { pub(crate) fn strictest(_a: Option<Self>, _b: Option<ContentMode>) -> Self { Self } }
#[derive(Clone, Debug, Default)] /// a
pub struct Redaction;
#[derive(Clone, Debug, Default)] /// a
pub struct Limits;
impl Limits { pub(crate) fn with_attributes(self, _: usize) -> Self { self } pub(crate) fn with_events(self, _: usize) -> Self { self } pub(crate) fn with_links(self, _: usize) -> Self { self } pub(crate) fn with_value_bytes(self, _: usize) -> Self { self } }
#[derive(Debug)] pub(crate) struct ContentStep;
impl ContentStep { pub(crate) fn new(_: Content, _: Redaction, _: Limits, _: crate::self_report::SelfReport) -> Self { Self } pub(crate) fn apply(&mut self, _: &mut crate::span::Span) {} }
