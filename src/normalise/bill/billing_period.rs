//! Which days a row bills, and whether they belong to the bill that is
//! compared.

use super::columns::Field;
use super::findings::Findings;
use super::record::{Record, Rejected};
use super::transaction_type::Class;
use crate::model::diagnostic::Diagnostic;
use crate::model::invoice::LineClass;
use crate::model::policy::Cut;
use crate::model::{Day, Month, Span, Stamp};
use crate::normalise::text::normalised;
use crate::normalise::timestamp::{Clock, Written};
use crate::rules::billing_window::Window;

/// The usage that the bill of `month` holds, where a row sums it: of the own month also days of another one, where it
/// is cut by deduction.
fn summed(window: &Window, month: Month) -> Span {
    if month == window.period() {
        Span { from: window.from(), until: window.until() }
    } else {
        window.used_in(month).span()
    }
}

/// When a row was used or paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct When {
    /// The days.
    pub span: Span,
    /// Whether the row belongs to the bill that is compared.
    pub inside: bool,
    /// Whether it belongs to the bill, and its usage to another one.
    pub of_other_usage: bool,
    /// Whether the row prints a day at all: rows summed by month do not.
    pub dated: bool,
}

impl When {
    const fn plain(span: Span, inside: bool, dated: bool) -> Self {
        Self { span, inside, of_other_usage: false, dated }
    }
}

/// Every time that a row prints.
struct Times {
    start: Option<Clock>,
    end: Option<Clock>,
    paid: Option<Clock>,
    day: Option<Day>,
    month: Option<Month>,
}

/// When a row of a class was used or paid.
pub(super) fn when(
    record: &Record<'_>,
    class: Class,
    window: &Window,
    findings: &mut Findings,
) -> Result<When, Rejected> {
    let times = Times::read(record, findings)?;
    match class.kind {
        LineClass::Usage => usage(record, &times, class.monthly, window, findings),
        LineClass::Fee | LineClass::Refund => Ok(payment(&times, window)),
        LineClass::Adjustment | LineClass::Precision | LineClass::Total => Ok(correction(&times, window)),
    }
}

impl Times {
    fn read(record: &Record<'_>, findings: &mut Findings) -> Result<Self, Rejected> {
        Ok(Self {
            start: record.time(Field::Start, findings)?,
            end: record.time(Field::End, findings)?,
            paid: record.time(Field::PaidAt, findings)?,
            day: bill_day(record, findings)?,
            month: bill_month(record, findings)?,
        })
    }

    /// The month of the bill that the row says it belongs to.
    fn bill_month(&self) -> Option<Month> {
        self.month.or(self.day.map(Day::month))
    }

    fn is_dated(&self) -> bool {
        self.start.is_some() || self.paid.is_some() || self.day.is_some()
    }
}

/// The month of the bill that a row belongs to: as it says, else of its usage or payment.
pub(super) fn bill_of(record: &Record<'_>, findings: &mut Findings) -> Result<Option<Month>, Rejected> {
    let times = Times::read(record, findings)?;
    let dated = times.start.or(times.paid).map(|clock| clock.at.day().month());
    Ok(times.bill_month().or(dated))
}

fn usage(
    record: &Record<'_>,
    times: &Times,
    monthly: bool,
    window: &Window,
    findings: &mut Findings,
) -> Result<When, Rejected> {
    let span = match (times.start, times.end) {
        (Some(start), end) => whole_days(start, end)
            .ok_or_else(|| record.refuse_time(Field::End, "the end lies before the start", findings))?,
        // The day is charged on the next one, the month in the next one.
        (None, _) if monthly => {
            let month = times.month.map(|month| window.used_in(month));
            let paid = times.paid.map(|paid| paid.at.day().month().plus(-1));
            month.or(paid).or(times.day.map(Day::month)).unwrap_or(window.month).span()
        }
        (None, _) => match (times.day, times.paid) {
            (Some(day), _) if window.cut == Cut::Deduction => (day + -1).span(),
            (Some(day), _) => day.span(),
            (None, Some(paid)) => (paid.at.day() + -1).span(),
            (None, None) => summed(window, times.month.unwrap_or(window.period())),
        },
    };
    let span = if monthly { span.from.day().month().span() } else { span };
    let by_month = monthly || !times.is_dated() || span.seconds() > 27 * 86_400;
    let audited = if by_month { window.month.span() } else { window.days }.contains(span.from);
    // A charge that comes days later is of the bill that prints it, whatever day it was used on.
    let inside = times.bill_month().map_or(audited, |month| month == window.period());
    if let (Some(_), Some(paid)) = (times.start, times.paid) {
        charged_on(record, span, by_month, paid.at.day(), findings);
    }
    Ok(When { span, inside, of_other_usage: inside && !audited, dated: times.is_dated() })
}

/// A day is charged on the next one, a month by the 5th of the next.
/// Another date changes no money and is worth a note.
fn charged_on(record: &Record<'_>, span: Span, by_month: bool, paid: Day, findings: &mut Findings) {
    let behind = span.until.day();
    let last = if by_month { behind + 4 } else { behind };
    if (behind..=last).contains(&paid) {
        return;
    }
    let due = if by_month { format!("by {last}") } else { format!("on {behind}") };
    findings.add("bill-date", "", || {
        Diagnostic::note(
            "bill-date",
            record.at(Field::PaidAt),
            format!("usage up to {} was charged on {paid}; the rule is {due}", behind + -1),
            "It changes no amount. A charge that comes later may fall into another month's bill.",
        )
    });
}

/// The whole days from a start to an end, which may be the last second inside
/// or the first behind; `None` if it lies before the start.
fn whole_days(start: Clock, end: Option<Clock>) -> Option<Span> {
    let first = start.at.day();
    let Some(end) = end else { return Some(first.span()) };
    if end.at < start.at {
        return None;
    }
    // A day alone is inside, as is a last second; 00:00 of a later day is behind.
    let inside = end.written == Written::Day && !end.day_end;
    let last = if inside || end.at == start.at { end.at.day() } else { (end.at + -1).day() };
    Some(Span { from: first.start(), until: (last + 1).start() })
}

/// A fee is of the month that the bill says, else of its day of payment.
fn payment(times: &Times, window: &Window) -> When {
    let day = times.paid.or(times.start).map(|clock| clock.at.day()).or(times.day);
    let of_day = |day: Day| window.fees.contains(day.start());
    match (day, times.month) {
        (Some(day), Some(month)) => When::plain(day.span(), month == window.period(), true),
        (Some(day), None) => When::plain(day.span(), of_day(day), true),
        (None, month) => {
            let month = month.unwrap_or(window.period());
            When::plain(month.span(), month == window.period(), false)
        }
    }
}

/// A correction may be dated by the usage that it corrects, or by its payment:
/// it is the bill's if either is, or if the bill's month says so. The usage comes first.
fn correction(times: &Times, window: &Window) -> When {
    let days = [times.start.map(|c| c.at.day()), times.paid.map(|c| c.at.day()), times.day];
    let in_window = |at: Stamp| window.fees.contains(at);
    let day = days.into_iter().flatten().find(|day| in_window(day.start())).or(days.into_iter().flatten().next());
    let Some(day) = day else { return payment(times, window) };
    let inside = times.month.map_or_else(|| in_window(day.start()), |month| month == window.period());
    When::plain(day.span(), inside, true)
}

fn bill_day(record: &Record<'_>, findings: &mut Findings) -> Result<Option<Day>, Rejected> {
    let Some(text) = record.text(Field::BillDay) else { return Ok(None) };
    let digits = normalised(text);
    if digits.len() == 8 && digits.bytes().all(|b| b.is_ascii_digit()) {
        let day = Day::parse(&format!("{}-{}-{}", &digits[..4], &digits[4..6], &digits[6..]));
        return day.map(Some).ok_or_else(|| record.refuse_time(Field::BillDay, "there is no such day", findings));
    }
    Ok(record.time(Field::BillDay, findings)?.map(|clock| clock.at.day()))
}

fn bill_month(record: &Record<'_>, findings: &mut Findings) -> Result<Option<Month>, Rejected> {
    let Some(text) = record.text(Field::BillMonth) else { return Ok(None) };
    match month_of(&normalised(text)) {
        Some(month) => Ok(Some(month)),
        None => match record.time(Field::BillMonth, findings)? {
            Some(clock) => Ok(Some(clock.at.day().month())),
            None => Ok(None),
        },
    }
}

/// `2024-10`, `2024/10`, `202410`, `2024年10月`.
pub(super) fn month_of(folded: &str) -> Option<Month> {
    let plain = folded.replace(['/', '年'], "-").replace('月', "");
    match plain.split_once('-') {
        Some((year, month)) => Month::parse(&format!("{year}-{month:0>2}")),
        None if plain.len() == 6 && plain.is_ascii() => Month::parse(&format!("{}-{}", &plain[..4], &plain[4..])),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::normalise::timestamp::read;

    fn days(start: &str, end: Option<&str>) -> Option<String> {
        let read = |text: &str| read(text, false, false).unwrap();
        let span = whole_days(read(start), end.map(read))?;
        Some(format!("{} {}", span.from, span.until))
    }

    #[test]
    fn ends_may_be_inside_or_behind() {
        let first = Some("2024-10-01T00:00:00 2024-10-02T00:00:00".to_owned());
        assert_eq!(days("2024-10-01 00:00:00", Some("2024-10-01 23:59:59")), first);
        assert_eq!(days("2024-10-01 00:00:00", Some("2024-10-02 00:00:00")), first);
        assert_eq!(days("2024-10-01", Some("2024-10-01")), first);
        assert_eq!(days("2024-10-01 00:00:00", Some("2024-10-01 00:00:00")), first);
        assert_eq!(days("2024-10-01 10:00:00", Some("2024-10-01 10:59:59")), first);
        assert_eq!(days("2024-09-30T16:00:00Z", Some("2024-10-01T15:59:59Z")), first);
        assert_eq!(days("2024-10-01 00:00:00", None), first);
        let october = Some("2024-10-01T00:00:00 2024-11-01T00:00:00".to_owned());
        assert_eq!(days("2024-10-01", Some("2024-10-31")), october);
        assert_eq!(days("2024-10-02 00:00:00", Some("2024-10-01 00:00:00")), None);
    }

    #[test]
    fn months_in_every_form() {
        for text in ["2024-10", "2024/10", "202410", "2024年10月"] {
            assert_eq!(month_of(text).map(|month| month.to_string()).as_deref(), Some("2024-10"), "{text}");
        }
        assert_eq!(month_of("october"), None);
    }

    #[test]
    fn a_bill_cut_by_deduction_holds_the_day_before() {
        let window = Window::of(Cut::Deduction, Month::parse("2024-10").unwrap());
        assert_eq!(window.days.from.to_string(), "2024-09-30T00:00:00");
        assert_eq!(window.days.until.to_string(), "2024-10-31T00:00:00");
        assert_eq!(window.month.span().from.to_string(), "2024-09-01T00:00:00");
        assert_eq!(window.fees.from.to_string(), "2024-10-01T00:00:00");
    }
}
