//! Beijing time, the only clock of the billing: days, months and seconds at
//! UTC+8 without a zone, and half-open spans of them.

use std::fmt;
use std::ops::{Add, Sub};

use jiff::civil::{Date, DateTime};
use jiff::{ToSpan, Unit};

const SECONDS_A_DAY: i64 = 86_400;

/// A second of Beijing time, counted from 1970-01-01 00:00 in Beijing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stamp(i64);

/// A Beijing day, counted from 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i32);

/// A calendar month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    year: i16,
    month: i8,
}

/// A half-open stretch of time, `[from, until)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The first second inside.
    pub from: Stamp,
    /// The first second behind.
    pub until: Stamp,
}

impl Stamp {
    /// Long before any billing.
    pub const MIN: Self = Self(i64::MIN / 4);
    /// Long after any billing.
    pub const MAX: Self = Self(i64::MAX / 4);

    /// Returns the second that a civil date and time names.
    #[must_use]
    pub fn from_civil(time: DateTime) -> Self {
        let of_day = i64::from(time.hour()) * 3600 + i64::from(time.minute()) * 60 + i64::from(time.second());
        Self(Day::from_civil(time.date()).start().0 + of_day)
    }

    /// Seconds since 1970-01-01 00:00 in Beijing.
    #[must_use]
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds)
    }

    /// Seconds since 1970-01-01 00:00 in Beijing.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.0
    }

    /// From a Unix time (seconds since the epoch in UTC).
    #[must_use]
    pub const fn from_unix(seconds: i64) -> Self {
        Self(seconds + 8 * 3600)
    }

    /// Returns the day that the second lies in.
    #[must_use]
    pub fn day(self) -> Day {
        Day(i32::try_from(self.0.div_euclid(SECONDS_A_DAY)).unwrap_or(i32::MAX))
    }

    /// Strictly `YYYY-MM-DD` or `YYYY-MM-DDTHH:MM:SS`, as account.toml has it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() == 10 {
            return Day::parse(text).map(Day::start);
        }
        (text.len() == 19).then(|| text.parse::<DateTime>().ok().map(Self::from_civil))?
    }
}

impl Add<i64> for Stamp {
    type Output = Self;
    fn add(self, seconds: i64) -> Self {
        Self(self.0 + seconds)
    }
}

impl Sub for Stamp {
    type Output = i64;
    fn sub(self, other: Self) -> i64 {
        self.0 - other.0
    }
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of_day = self.0.rem_euclid(SECONDS_A_DAY);
        let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
        write!(f, "{}T{hour:02}:{minute:02}:{second:02}", self.day())
    }
}

impl Day {
    /// Returns the day of a civil date.
    #[must_use]
    pub fn from_civil(date: Date) -> Self {
        let epoch = Date::constant(1970, 1, 1);
        Self(epoch.until((Unit::Day, date)).map_or(0, |span| span.get_days()))
    }

    /// Returns the day so many days behind 1970-01-01.
    #[must_use]
    pub const fn from_number(days: i32) -> Self {
        Self(days)
    }

    /// Returns the civil date.
    #[must_use]
    pub fn civil(self) -> Date {
        Date::constant(1970, 1, 1).saturating_add(self.0.days())
    }

    /// Strictly `YYYY-MM-DD`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        (text.len() == 10).then(|| text.parse::<Date>().ok().map(Self::from_civil))?
    }

    /// 00:00 of the day.
    #[must_use]
    pub fn start(self) -> Stamp {
        Stamp(i64::from(self.0) * SECONDS_A_DAY)
    }

    /// `[00:00, 24:00)`.
    #[must_use]
    pub fn span(self) -> Span {
        Span { from: self.start(), until: (self + 1).start() }
    }

    /// Returns the month that the day lies in.
    #[must_use]
    pub fn month(self) -> Month {
        let date = self.civil();
        Month { year: date.year(), month: date.month() }
    }

    /// Days since 1970-01-01.
    #[must_use]
    pub const fn number(self) -> i32 {
        self.0
    }

    /// Returns the same day of the month `months` later, or the last that exists.
    #[must_use]
    pub fn plus_months(self, months: i32) -> Self {
        Self::from_civil(self.civil().saturating_add(months.months()))
    }
}

impl Add<i32> for Day {
    type Output = Self;
    fn add(self, days: i32) -> Self {
        Self(self.0 + days)
    }
}

impl Sub for Day {
    type Output = i32;
    fn sub(self, other: Self) -> i32 {
        self.0 - other.0
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let date = self.civil();
        write!(f, "{:04}-{:02}-{:02}", date.year(), date.month(), date.day())
    }
}

impl Month {
    /// Strictly `YYYY-MM`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        (text.len() == 7).then(|| Day::parse(&format!("{text}-01")).map(Day::month))?
    }

    /// Returns the 1st.
    #[must_use]
    pub fn first_day(self) -> Day {
        Day::from_civil(Date::constant(self.year, self.month, 1))
    }

    /// Returns the month before or after by so many.
    #[must_use]
    pub fn plus(self, months: i32) -> Self {
        self.first_day().plus_months(months).month()
    }

    /// `[1st, 1st of the next month)`.
    #[must_use]
    pub fn span(self) -> Span {
        Span { from: self.first_day().start(), until: self.plus(1).first_day().start() }
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

impl Span {
    /// Returns true if the second lies inside.
    #[must_use]
    pub fn contains(self, at: Stamp) -> bool {
        self.from <= at && at < self.until
    }

    /// Returns true if the two share a second.
    #[must_use]
    pub fn overlaps(self, other: Self) -> bool {
        self.from.max(other.from) < self.until.min(other.until)
    }

    /// Returns what the two share; nothing may be left of it.
    #[must_use]
    pub fn within(self, other: Self) -> Self {
        Self { from: self.from.max(other.from), until: self.until.min(other.until) }
    }

    /// Returns the days that the span touches, in order.
    pub fn days(self) -> impl Iterator<Item = Day> {
        let first = self.from.day().number();
        let behind = if self.until > self.from { (self.until + -1).day().number() + 1 } else { first };
        (first..behind).map(Day)
    }

    /// As the tables name it: a day, a month, or the first and the last day.
    #[must_use]
    pub fn named(self) -> String {
        let (first, last) = (self.from.day(), (self.until + -1).day());
        if first == last {
            first.to_string()
        } else if self == first.month().span() {
            first.month().to_string()
        } else {
            format!("{first}/{last}")
        }
    }

    /// Returns the span in seconds.
    #[must_use]
    pub fn seconds(self) -> i64 {
        self.until - self.from
    }
}
