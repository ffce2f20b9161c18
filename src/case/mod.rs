//! A case: one account and one billing month, as a folder.

pub mod account;
pub mod folder;
pub mod read;
mod section;

pub use account::Account;
pub use folder::Case;
