//! The program's own functions that are told of each model call.

use std::fmt;

use super::contain::contain;
use super::record::UsageRecord;
use crate::self_report::SelfReport;
use crate::span::{Share, Span};

type Observer = Box<dyn FnMut(&UsageRecord) + Send>;

/// Functions in the order in which they were added.
#[derive(Default)]
pub(crate) struct Observers {
    functions: Vec<Observer>,
}

impl Observers {
    pub(crate) fn add(&mut self, function: impl FnMut(&UsageRecord) + Send + 'static) {
        self.functions.push(Box::new(function));
    }

    /// Tells them of the call that `span` made, or of its amount. Nothing is copied where nobody listens.
    pub(crate) fn tell(&mut self, span: &Span, share: Share, self_report: &SelfReport) {
        if share == Share::Nothing || self.functions.is_empty() {
            return;
        }
        let record = UsageRecord::of(span, share);
        for function in &mut self.functions {
            contain(self_report, "a usage observer", || function(&record));
        }
    }
}

impl fmt::Debug for Observers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Observers").field("functions", &self.functions.len()).finish()
    }
}
