//! A case: one account and one billing month, as a folder.

pub mod account;
mod contract;
pub mod folder;
pub mod read;
mod section;

pub use account::Account;
pub use folder::Case;
