//! Bad input: nothing panics in the application, what can be kept is kept, and each loss is in the report.

mod destinations;
mod ends;
mod size;
mod values;
