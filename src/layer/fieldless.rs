//! A call site as it is without its fields, for an OpenTelemetry layer that is to keep none of their values: it makes room
//! for each field that a call site declares, whether or not it is given one.

use std::cell::Cell;
use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use tracing::Metadata;
use tracing::field::FieldSet;
use tracing::metadata::Kind;

/// Call sites that are known in all; the fields of more stay. What is made of one is never freed, as it is not.
const MAX_KNOWN: usize = 1 << 14;
/// So many of them a thread finds without a lock.
const NEAR: usize = 16;

type CallSite = &'static Metadata<'static>;

static KNOWN: RwLock<Option<HashMap<usize, CallSite>>> = RwLock::new(None);

thread_local! {
    /// Call sites that were asked for last, each with what it is without fields, by where they stand in memory.
    static LAST: [Cell<Option<(CallSite, CallSite)>>; NEAR] = const { [const { Cell::new(None) }; NEAR] };
}

/// The same name, and no fields.
#[inline]
pub(super) fn of(call_site: CallSite) -> CallSite {
    if call_site.fields().is_empty() {
        return call_site;
    }
    LAST.with(|last| {
        let Some(place) = last.get(address(call_site) / size_of::<Metadata<'_>>() % NEAR) else { return call_site };
        match place.get() {
            Some((of, fieldless)) if std::ptr::eq(of, call_site) => fieldless,
            _ => {
                let fieldless = look_up(call_site);
                place.set(Some((call_site, fieldless)));
                fieldless
            }
        }
    })
}

#[cold]
fn look_up(call_site: CallSite) -> CallSite {
    let known = KNOWN.read().unwrap_or_else(PoisonError::into_inner);
    if let Some(fieldless) = known.as_ref().and_then(|known| known.get(&address(call_site))) {
        return fieldless;
    }
    drop(known);
    let mut known = KNOWN.write().unwrap_or_else(PoisonError::into_inner);
    let known = known.get_or_insert_default();
    if known.len() >= MAX_KNOWN {
        return call_site;
    }
    known.entry(address(call_site)).or_insert_with(|| Box::leak(Box::new(without_fields(call_site))))
}

fn without_fields(of: CallSite) -> Metadata<'static> {
    let fields = FieldSet::new(&[], of.callsite());
    Metadata::new(of.name(), of.target(), *of.level(), of.file(), of.line(), of.module_path(), fields, Kind::SPAN)
}

fn address(call_site: CallSite) -> usize {
    std::ptr::from_ref(call_site).addr()
}

#[cfg(test)]
mod tests {
    use tracing::subscriber::with_default;

    use super::*;

    #[test]
    fn a_call_site_keeps_its_name_loses_its_fields_and_is_made_once() {
        with_default(tracing_subscriber::registry(), || {
            let span = tracing::info_span!("plan", model = "m", tokens = 1);
            let call_site = span.metadata().unwrap();
            let fieldless = of(call_site);
            assert_eq!((fieldless.name(), fieldless.fields().len(), fieldless.line()), ("plan", 0, call_site.line()));
            assert!(std::ptr::eq(of(call_site), fieldless));
            let elsewhere = std::thread::spawn(move || std::ptr::from_ref(of(call_site)).addr()).join().unwrap();
            assert_eq!(elsewhere, address(fieldless));
        });
    }
}
