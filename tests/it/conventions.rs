//! The registry against the facts of upstream, and the tables against the registry.

mod attributes;
mod format;
mod schemas;
mod signals;
mod tables;
mod upstream;
