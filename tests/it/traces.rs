//! Traces made by hand.

mod bounds;
mod by_id;
mod current;
mod ends;
mod flows;
mod same_tree;
