//! Colours of a terminal, by what they mean. Without them the same text.

use anstyle::{AnsiColor, Style};

/// Whether texts are painted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Paint {
    on: bool,
}

impl Paint {
    /// No colours: what a file, a pipe and a cron mail get.
    pub const PLAIN: Self = Self { on: false };
    /// Colours.
    pub const COLOURS: Self = Self { on: true };

    /// What is wrong.
    #[must_use]
    pub fn bad(self, text: &str) -> String {
        self.painted(AnsiColor::Red.on_default().bold(), text)
    }

    /// What is not decided, or may be wrong.
    #[must_use]
    pub fn open(self, text: &str) -> String {
        self.painted(AnsiColor::Yellow.on_default().bold(), text)
    }

    /// What is well.
    #[must_use]
    pub fn good(self, text: &str) -> String {
        self.painted(AnsiColor::Green.on_default().bold(), text)
    }

    /// A heading.
    #[must_use]
    pub fn strong(self, text: &str) -> String {
        self.painted(Style::new().bold(), text)
    }

    /// What is read last.
    #[must_use]
    pub fn faint(self, text: &str) -> String {
        self.painted(Style::new().dimmed(), text)
    }

    fn painted(self, style: Style, text: &str) -> String {
        if self.on { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::Paint;

    #[test]
    fn colours_are_only_around_the_text() {
        assert_eq!(Paint::PLAIN.bad("x"), "x");
        let painted = Paint::COLOURS.bad("x");
        assert!(painted.starts_with("\u{1b}[") && painted.ends_with("\u{1b}[0m") && painted.contains('x'));
    }
}
