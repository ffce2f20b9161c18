//! Which usage and payments the bill of a month holds, by how it is cut. Here once.

use crate::model::policy::Cut;
use crate::model::{Month, Span, Stamp};

/// The contents of the bill of a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The cut of the bill: the usage that it holds.
    pub cut: Cut,
    /// Usage that is settled by the day.
    pub days: Span,
    /// The month of usage that is settled by the month.
    pub month: Month,
    /// Payments of fees, refunds and corrections.
    pub fees: Span,
}

impl Window {
    /// Returns what the bill of a month holds: its usage, or (by deduction) what was deducted in it, which is the
    /// days from the last of the month before to the last but one, charged the day after, and the month before.
    #[must_use]
    pub fn of(cut: Cut, period: Month) -> Self {
        let (days, month) = match cut {
            Cut::Usage => (period.span(), period),
            Cut::Deduction => {
                let (first, behind) = (period.first_day() + -1, period.plus(1).first_day() + -1);
                (Span { from: first.start(), until: behind.start() }, period.plus(-1))
            }
        };
        Self { cut, days, month, fees: period.span() }
    }

    /// Returns the month whose usage the bill of a month settles, where it is settled by the month.
    #[must_use]
    pub fn used_in(&self, bill: Month) -> Month {
        if self.cut == Cut::Deduction { bill.plus(-1) } else { bill }
    }

    /// Returns the bill's month.
    #[must_use]
    pub fn period(&self) -> Month {
        self.fees.from.day().month()
    }

    /// Returns the first moment behind everything that the bill can hold.
    #[must_use]
    pub fn until(&self) -> Stamp {
        self.days.until.max(self.month.span().until)
    }

    /// Returns the first moment of usage that the bill holds.
    #[must_use]
    pub fn from(&self) -> Stamp {
        self.days.from.min(self.month.span().from)
    }
}
