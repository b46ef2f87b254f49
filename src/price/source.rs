//! The user's prices in force, which can be read anew while the worker runs.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::overrides::{PriceError, PriceFile, Prices, Table};

/// Where the user's prices come from, and those that count now.
#[derive(Debug)]
pub(crate) struct PriceSource {
    file: Option<PriceFile>,
    code: Prices,
    table: Mutex<Arc<Table>>,
    /// Grows with each change, so that the worker sees one without a lock.
    version: AtomicU64,
    /// Rates that the worker's memory had no room for.
    forgotten: AtomicU64,
}

impl PriceSource {
    /// Reads the file, if there is one.
    pub(crate) fn read(file: Option<PriceFile>, code: Prices) -> Result<Self, PriceError> {
        let table = table(file.as_ref(), &code)?;
        Ok(Self {
            file,
            code,
            table: Mutex::new(Arc::new(table)),
            version: AtomicU64::new(0),
            forgotten: AtomicU64::new(0),
        })
    }

    /// Reads the file again. When it is bad, what was in force stays so.
    pub(crate) fn reload(&self) -> Result<(), PriceError> {
        if self.file.is_none() {
            return Err(PriceError::new(
                "no price file is named; name one by TRACING_GENAI_PRICES or Builder::with_price_file",
            ));
        }
        let table = Arc::new(table(self.file.as_ref(), &self.code)?);
        *self.table.lock().unwrap_or_else(PoisonError::into_inner) = table;
        self.version.fetch_add(1, Ordering::Release);
        Ok(())
    }

    pub(super) fn version(&self) -> u64 {
        self.version.load(Ordering::Acquire)
    }

    /// Those in force, with the version that they have at least.
    pub(super) fn current(&self) -> (u64, Arc<Table>) {
        let version = self.version();
        (version, Arc::clone(&self.table.lock().unwrap_or_else(PoisonError::into_inner)))
    }

    pub(super) fn count_forgotten(&self, rates: usize) {
        self.forgotten.fetch_add(u64::try_from(rates).unwrap_or(u64::MAX), Ordering::Relaxed);
    }
}

fn table(file: Option<&PriceFile>, code: &Prices) -> Result<Table, PriceError> {
    Table::of(file.map(PriceFile::read).transpose()?.as_ref(), code)
}
