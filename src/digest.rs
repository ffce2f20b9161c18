//! Digests: BLAKE3 names files, SHA-256 names them too where somebody's rules
//! want it, and names findings.

use std::fmt::Write;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use blake3::hazmat::{ChainingValue, HasherExt as _, Mode, merge_subtrees_non_root, merge_subtrees_root};
use sha2::{Digest, Sha256};

/// The length of the parts of a file that are hashed by themselves: a power of two of BLAKE3's chunks of 1 KiB.
pub const PART: usize = 1 << 20;

/// The digests of a file, in hex.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Digests {
    /// BLAKE3; empty where the file could not be read.
    pub blake3: String,
    /// SHA-256, where it was wanted.
    pub sha256: Option<String>,
}

/// The digests by which a report names files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Naming {
    /// BLAKE3.
    #[default]
    Blake3,
    /// BLAKE3 and SHA-256.
    Both,
    /// SHA-256 alone, as reports of earlier versions have it: only to replay these.
    Sha256,
}

impl Naming {
    /// Returns the naming that has these digests.
    #[must_use]
    pub const fn of(blake3: bool, sha256: bool) -> Option<Self> {
        match (blake3, sha256) {
            (true, false) => Some(Self::Blake3),
            (true, true) => Some(Self::Both),
            (false, true) => Some(Self::Sha256),
            (false, false) => None,
        }
    }

    /// Returns if files are named by BLAKE3.
    #[must_use]
    pub fn has_blake3(self) -> bool {
        self != Self::Sha256
    }

    /// Returns if files are named by SHA-256.
    #[must_use]
    pub fn has_sha256(self) -> bool {
        self != Self::Blake3
    }
}

impl Digests {
    /// Returns the digests of bytes.
    #[must_use]
    pub fn of(bytes: &[u8], with_sha256: bool) -> Self {
        let mut hasher = Hasher::new(with_sha256);
        hasher.update(bytes);
        hasher.finish()
    }

    /// Returns the digests of a naming, each with its name in the outputs.
    pub fn named(&self, naming: Naming) -> impl Iterator<Item = (&'static str, &str)> {
        let blake3 = naming.has_blake3().then_some(("blake3", self.blake3.as_str()));
        let sha256 = naming.has_sha256().then(|| ("sha256", self.sha256.as_deref().unwrap_or_default()));
        blake3.into_iter().chain(sha256)
    }
}

/// Hashes bytes that come one after the other.
#[derive(Debug)]
pub struct Hasher {
    blake3: blake3::Hasher,
    sha256: Option<Sha256>,
}

impl Hasher {
    /// Begins with no bytes.
    #[must_use]
    pub fn new(with_sha256: bool) -> Self {
        Self { blake3: blake3::Hasher::new(), sha256: with_sha256.then(Sha256::new) }
    }

    /// Adds bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.blake3.update(bytes);
        if let Some(sha256) = &mut self.sha256 {
            sha256.update(bytes);
        }
    }

    /// Returns the digests of all bytes that were added.
    #[must_use]
    pub fn finish(self) -> Digests {
        Digests {
            blake3: self.blake3.finalize().to_string(),
            sha256: self.sha256.map(|sha256| hex(&sha256.finalize())),
        }
    }
}

/// Hashes a part of a longer file: [`PART`] bytes from a multiple of [`PART`] on, fewer only at its end.
#[must_use]
pub fn hash_part(bytes: &[u8], offset: u64) -> ChainingValue {
    blake3::Hasher::new().set_input_offset(offset).update(bytes).finalize_non_root()
}

/// Returns the BLAKE3 of a file, in hex, of its parts in order; `None` of fewer than two.
#[must_use]
pub fn blake3_of_parts(parts: &[ChainingValue]) -> Option<String> {
    let (left, right) = halves(parts)?;
    Some(merge_subtrees_root(&merged(left)?, &merged(right)?, Mode::Hash).to_string())
}

fn merged(parts: &[ChainingValue]) -> Option<ChainingValue> {
    if let [part] = parts {
        return Some(*part);
    }
    let (left, right) = halves(parts)?;
    Some(merge_subtrees_non_root(&merged(left)?, &merged(right)?, Mode::Hash))
}

/// Splits parts as BLAKE3's tree is split: the left side is the longest power of two that leaves something.
fn halves(parts: &[ChainingValue]) -> Option<(&[ChainingValue], &[ChainingValue])> {
    (parts.len() > 1).then(|| parts.split_at(parts.len().next_power_of_two() / 2))
}

/// Returns the SHA-256 of bytes, in hex.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Returns the SHA-256 of bytes in base64, as a content security policy names it.
#[must_use]
pub fn sha256_base64(bytes: &[u8]) -> String {
    STANDARD.encode(Sha256::digest(bytes))
}

/// Returns bytes in hex.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // Writing to a text cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_hashed_by_themselves_give_the_digest_of_the_whole() {
        for length in [PART + 1, 2 * PART, 3 * PART + 5, 4 * PART, 5 * PART - 1, 7 * PART + 1024] {
            let bytes: Vec<u8> = (0..length).map(|at| u8::try_from(at * 31 % 251).unwrap()).collect();
            let parts: Vec<_> =
                bytes.chunks(PART).zip(0..).map(|(part, at)| hash_part(part, at * PART as u64)).collect();
            assert_eq!(blake3_of_parts(&parts), Some(Digests::of(&bytes, false).blake3), "{length}");
        }
        assert_eq!(blake3_of_parts(&[]), None);
    }

    #[test]
    fn digests_are_the_published_ones() {
        let digests = Digests::of(b"", true);
        assert_eq!(digests.blake3, "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262");
        assert_eq!(digests.sha256.as_deref(), Some("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
    }
}
