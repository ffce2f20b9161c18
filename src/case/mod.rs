//! A case: one account and one billing month, as a folder.

pub mod account;

pub use account::Account;
