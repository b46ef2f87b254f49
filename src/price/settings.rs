//! What a builder says of prices.

use std::path::PathBuf;
use std::sync::Arc;

use super::overrides::PriceFile;
use super::{CostKeys, PriceError, PriceSource, Prices};

/// The settings.
#[derive(Debug, Default)]
pub(crate) struct PriceSettings {
    pub(crate) prices: Prices,
    pub(crate) file: Option<PathBuf>,
    /// Whether the lines of each amount leave.
    pub(crate) lines: bool,
    pub(crate) keys: CostKeys,
}

impl PriceSettings {
    /// The user's prices, from code and from the file that code names, or else the one that `variable` does.
    pub(crate) fn source(&self, variable: &'static str, value: Option<&str>) -> Result<Arc<PriceSource>, PriceError> {
        let by_variable = || value.map(|path| PriceFile::new(path.into(), Some(variable)));
        let file = self.file.clone().map(|path| PriceFile::new(path, None)).or_else(by_variable);
        PriceSource::read(file, self.prices.clone()).map(Arc::new)
    }
}
