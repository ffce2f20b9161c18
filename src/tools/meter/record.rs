//! Call records: who did what, from when to when, and what came in.

use std::fmt;
use std::sync::Arc;

use crate::model::diagnostic::At;
use crate::model::{AppId, Span};

/// The longest side of a picture, in px. No tier reaches so far; a larger
/// figure is a slip of the pen.
pub const LONGEST_SIDE: u32 = 16_384;

/// A stretch of time in which what an actor receives does not change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallRecord {
    /// The application.
    pub app: AppId,
    /// The room, as a number of its own.
    pub room: u32,
    /// The user, recording process, mixing task or file, as a number of its own.
    pub actor: u32,
    /// The activity of the actor.
    pub activity: Activity,
    /// From when to when.
    pub span: Span,
    /// The streams that it receives; for a delivery, those that the file shows. Shared between the records that receive
    /// the same.
    pub streams: Arc<Streams>,
    /// The picture that a mixing task puts out.
    pub output: Option<Picture>,
    /// In how many formats a recording is written.
    pub copies: u32,
    /// The bit rate of a relayed stream, audio and video together, in kbps.
    pub kbps: u32,
    /// The row of the file, from 1.
    pub row: u32,
}

/// Where records were read, for messages; by default nowhere.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Source {
    /// The file and, in a workbook, the sheet.
    pub table: At,
    /// The column of the streams, from 0.
    pub streams: Option<usize>,
}

/// The activity of an actor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Activity {
    /// A user, or the robot of a task, is in the room.
    Room,
    /// A recording process runs.
    Recording,
    /// A mixing task runs, with output in H.264.
    MixH264,
    /// A mixing task runs, with output in H.265.
    MixH265,
    /// A recorded file goes to the vendor's storage.
    DeliverTencent,
    /// A recorded file goes elsewhere.
    DeliverThird,
    /// A page is recorded.
    Page,
    /// A stream goes to the vendor's live streaming.
    RelayTencent,
    /// A stream goes to another CDN.
    RelayThird,
}

/// The streams that come in at one time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Streams {
    /// The pictures.
    pub pictures: Vec<Picture>,
    /// The number of streams without a picture.
    pub sounds: u32,
}

/// The size of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Picture {
    /// In px.
    pub width: u32,
    /// In px.
    pub height: u32,
}

impl Source {
    /// Returns a row.
    pub(super) fn row(&self, row: u32) -> At {
        self.table.clone().row(row)
    }

    /// Returns what a row receives.
    pub(super) fn streams(&self, row: u32) -> At {
        At { column: self.streams, ..self.row(row) }
    }
}

impl Activity {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Room,
        Self::Recording,
        Self::MixH264,
        Self::MixH265,
        Self::DeliverTencent,
        Self::DeliverThird,
        Self::Page,
        Self::RelayTencent,
        Self::RelayThird,
    ];

    /// Its name in the records.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Room => "room",
            Self::Recording => "recording",
            Self::MixH264 => "mix.h264",
            Self::MixH265 => "mix.h265",
            Self::DeliverTencent => "deliver.tencent",
            Self::DeliverThird => "deliver.third",
            Self::Page => "page",
            Self::RelayTencent => "relay.tencent",
            Self::RelayThird => "relay.third",
        }
    }

    /// Returns the activity of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|activity| activity.name() == name)
    }

    /// Returns the service whose picture tiers it runs through.
    #[must_use]
    pub const fn service(self) -> &'static str {
        match self {
            Self::Room => "av",
            Self::Recording => "rec",
            Self::MixH264 => "mix.h264",
            Self::MixH265 => "mix.h265",
            Self::DeliverTencent => "deliver.tencent",
            Self::DeliverThird => "deliver.third",
            Self::Page => "page",
            Self::RelayTencent => "relay.tencent",
            Self::RelayThird => "relay.third",
        }
    }

    /// Returns the item of its time without a picture.
    #[must_use]
    pub const fn sound(self) -> &'static str {
        match self {
            Self::Room => "av.audio",
            Self::Recording => "rec.audio",
            Self::MixH264 | Self::MixH265 => "mix.audio",
            Self::DeliverTencent => "deliver.tencent.audio",
            Self::DeliverThird => "deliver.third.audio",
            Self::Page => "page.audio",
            Self::RelayTencent => "relay.tencent",
            Self::RelayThird => "relay.third",
        }
    }

    /// Returns true if it is a mixing task, which alone has an output picture.
    #[must_use]
    pub const fn is_mixing(self) -> bool {
        matches!(self, Self::MixH264 | Self::MixH265)
    }

    /// Returns true if it is a relay, which is counted by bandwidth.
    #[must_use]
    pub const fn is_relay(self) -> bool {
        matches!(self, Self::RelayTencent | Self::RelayThird)
    }

    /// Returns true if a robot joins the room for it, as one more user (音视频时长计费说明, 2024-09-14).
    #[must_use]
    pub const fn has_robot(self) -> bool {
        matches!(self, Self::Recording | Self::MixH264 | Self::MixH265 | Self::RelayTencent | Self::RelayThird)
    }
}

impl Streams {
    /// Returns what `WxH`, joined by `+`, and `audio` name; nothing where it is empty.
    /// The error is the part that is neither.
    pub fn parse(text: &str) -> Result<Self, &str> {
        let mut streams = Self::default();
        if text.trim().is_empty() {
            return Ok(streams);
        }
        for part in text.split('+').map(str::trim) {
            if part.eq_ignore_ascii_case("audio") {
                streams.sounds += 1;
            } else {
                streams.pictures.push(Picture::parse(part).ok_or(part)?);
            }
        }
        Ok(streams)
    }

    /// Returns the areas of the pictures, added up.
    #[must_use]
    pub fn area(&self) -> u64 {
        self.pictures.iter().map(|picture| picture.area()).sum()
    }
}

impl Picture {
    /// Returns a size as `WxH`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (width, height) = text.split_once(['x', 'X', '×'])?;
        Some(Self { width: side(width)?, height: side(height)? })
    }

    /// In px.
    #[must_use]
    pub fn area(self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }
}

impl fmt::Display for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}", self.width, self.height)
    }
}

fn side(text: &str) -> Option<u32> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let side = if digits { text.parse().ok() } else { None };
    side.filter(|side| (1..=LONGEST_SIDE).contains(side))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_and_sounds_are_told_apart() {
        let streams = Streams::parse("640x480+audio + 1920X1080+audio").unwrap();
        assert_eq!((streams.pictures.len(), streams.sounds), (2, 2));
        assert_eq!(streams.area(), 307_200 + 2_073_600);
        assert_eq!(Streams::parse("  "), Ok(Streams::default()));
    }

    #[test]
    fn what_is_no_picture_is_named() {
        for (text, part) in [
            ("640x480+", ""),
            ("640", "640"),
            ("640x480+video", "video"),
            ("0x480", "0x480"),
            ("640x-480", "640x-480"),
            ("640x480x2", "640x480x2"),
            ("+640x480", ""),
            ("640x99999", "640x99999"),
            ("640x4.8", "640x4.8"),
            ("640x+480", "640x"),
        ] {
            assert_eq!(Streams::parse(text), Err(part), "{text}");
        }
    }

    #[test]
    fn every_activity_is_found_by_its_name() {
        for activity in Activity::ALL {
            assert_eq!(Activity::parse(activity.name()), Some(activity));
        }
        assert_eq!(Activity::parse("mix"), None);
    }
}
