//! What a user notices, one module for each claim.
