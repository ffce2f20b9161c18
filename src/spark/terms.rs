//! The terms of all accounts as one file: a zip of `accounts/<uin>.toml` and,
//! where there are further rate cards, `cards/<name>.toml`.

use std::fs::File;
use std::io::{Cursor, Read as _};
use std::path::Path;

use zip::ZipArchive;

use super::error;
use super::workplace::Workplace;
use crate::digest::sha256;
use crate::model::diagnostic::{Diagnostic, Diagnostics, shown};
use crate::rules::Cards;

/// The largest size of one account.toml or card, in bytes; they are written by hand.
const LARGEST: u64 = 16 << 20;

/// The terms of all accounts.
pub struct Terms {
    path: String,
    zip: ZipArchive<Cursor<Vec<u8>>>,
}

impl Terms {
    /// Opens the file if its SHA-256 is the one that was meant.
    pub fn open(path: &Path, meant: &str) -> Result<Self, Diagnostic> {
        let name = path.to_string_lossy().into_owned();
        let wrong = |why: String| {
            let help = "give the workers the file that the driver made, and its SHA-256";
            error("worker-terms", &name, why, help)
        };
        let mut bytes = Vec::new();
        let read = File::open(path).and_then(|mut file| file.read_to_end(&mut bytes));
        read.map_err(|why| wrong(format!("cannot be read: {why}")))?;
        let found = sha256(&bytes);
        if !found.eq_ignore_ascii_case(meant) {
            return Err(wrong(format!("has the SHA-256 {found}, meant is {}", shown(meant))));
        }
        let zip = ZipArchive::new(Cursor::new(bytes)).map_err(|why| wrong(format!("is no zip: {why}")))?;
        Ok(Self { path: name, zip })
    }

    /// Returns the account.toml of an account.
    pub fn account(&mut self, uin: &str) -> Result<Vec<u8>, Diagnostic> {
        let member = format!("accounts/{uin}.toml");
        if self.zip.index_for_name(&member).is_none() {
            let message = format!("holds no {}", shown(&member));
            let help = "every account whose usage is read needs its account.toml";
            return Err(error("worker-account-unknown", &self.path, message, help));
        }
        self.member(&member)
    }

    fn member(&mut self, name: &str) -> Result<Vec<u8>, Diagnostic> {
        let mut bytes = Vec::new();
        let read = self
            .zip
            .by_name(name)
            .map_err(|why| why.to_string())
            .and_then(|member| member.take(LARGEST + 1).read_to_end(&mut bytes).map_err(|why| why.to_string()));
        let why = match read {
            Err(why) => why,
            Ok(_) if bytes.len() as u64 > LARGEST => "it is larger than 16 MiB".to_owned(),
            Ok(_) => return Ok(bytes),
        };
        Err(error("worker-terms", &self.path, format!("{}: {why}", shown(name)), "make the file again"))
    }

    /// Returns the published cards and those of the file.
    pub fn cards(&mut self, place: &Workplace) -> Result<Cards, Diagnostics> {
        let one = |found: Diagnostic| -> Diagnostics { [found].into_iter().collect() };
        let is_card = |name: &str| {
            let file = name.strip_prefix("cards/").and_then(|name| name.strip_suffix(".toml"));
            file.is_some_and(|file| !file.contains(['/', '\\']))
        };
        let named = |name: Result<std::borrow::Cow<'_, str>, _>| name.ok().map(std::borrow::Cow::into_owned);
        let names: Vec<String> = self.zip.file_names().filter_map(named).filter(|name| is_card(name)).collect();
        if names.is_empty() {
            return Ok(Cards::embedded());
        }
        for name in names {
            let bytes = self.member(&name).map_err(one)?;
            place.put(&name, &bytes).map_err(one)?;
        }
        Cards::with_folder(&place.at("cards"))
    }
}
