//! What of the content leaves: nothing by default, and with capture on what was asked for, where it was asked for.

mod allowed;
mod captured;
mod withheld;
