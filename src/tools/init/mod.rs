//! A case from what was downloaded: every value of account.toml that the files
//! say, each with the file and row that says it, and a list of what no file says.
//!
//! Which file is what, and whose: `downloads`. What the files say of an
//! account and month: `draft`. The account.toml as text: `text`. Knows no
//! terminal and writes nothing.

mod bought;
mod downloads;
mod draft;
mod next;
mod prices;
mod text;

pub use downloads::{Downloads, File, Origin, read};
pub use draft::{Asked, Draft, drafts};
pub use next::{Rolled, next};
pub use text::account_toml;
