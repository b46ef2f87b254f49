//! provisional
use super::VariableError; use crate::export::Destination;
pub(crate) fn destination(_: &dyn Fn(&str) -> Option<String>) -> Result<Option<Destination>, VariableError> { Ok(None) }
pub(crate) fn default_destination(_: &dyn Fn(&str) -> Option<String>) -> Result<Destination, VariableError> { Ok(Destination) }
