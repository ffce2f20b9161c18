//! The bill of a made-up case: right, but for the lines that are to be wrong.

use std::fmt::Write as _;

use super::usage::ITEMS;
use super::{UIN, Wanted};
use crate::model::Quantity;
use crate::rate::charge::{Charge, LINE, Settled};

const HEADER: &str = "支付者UIN,使用者UIN,产品名称,子产品名称,资源ID,交易类型,交易ID,扣费时间,开始使用时间,结束使用时间,\
组件类型,组件名称,组件单价,组件价格单位,组件用量,组件用量单位,原始用量/时长,抵扣用量/时长(含资源包),优惠后总价,币种";

/// A bill as it is issued.
pub(super) struct Issued {
    pub(super) text: String,
    pub(super) lines: usize,
    pub(super) errors: Vec<String>,
}

/// An error that is put into a line.
#[derive(Clone, Copy)]
enum Error {
    Dropped,
    Repeated,
    MinuteMore,
}

/// Returns a line for every charge of usage; every so many of them is wrong.
pub(super) fn issue(charges: &[Charge], wanted: &Wanted) -> Issued {
    let mut issued = Issued { text: format!("{HEADER}\n"), lines: 0, errors: Vec::new() };
    let errors = usize::try_from(wanted.errors).unwrap_or(usize::MAX);
    let every = charges.iter().filter(|charge| !charge.item.is_fee()).count() / errors.max(1);
    let mut usage = 0;
    for (at, charge) in charges.iter().enumerate() {
        usage += usize::from(!charge.item.is_fee());
        let due = errors > issued.errors.len() && every > 0 && usage % every == 0;
        if due && !charge.item.is_fee() {
            issued.put_wrong(at, charge);
        } else {
            issued.put(&at.to_string(), charge);
        }
    }
    issued
}

impl Issued {
    fn put_wrong(&mut self, at: usize, charge: &Charge) {
        let app = charge.app.map(|app| app.to_string()).unwrap_or_default();
        let error = [Error::Dropped, Error::Repeated, Error::MinuteMore][self.errors.len() % 3];
        let said = match error {
            Error::Dropped => "the line is left out",
            Error::Repeated => {
                self.put(&at.to_string(), charge);
                self.put(&format!("{at}R"), charge);
                "the line stands twice"
            }
            Error::MinuteMore => {
                let one = Quantity::whole(1);
                let (billable, charged) = (charge.billable + one, charge.charged + one);
                let amount = charge.price.times(charged, LINE);
                self.put(&at.to_string(), &Charge { billable, charged, amount, ..charge.clone() });
                "a minute too much is billed"
            }
        };
        self.errors.push(format!("{} {app} {}: {said}", charge.day, charge.item));
    }

    fn put(&mut self, id: &str, charge: &Charge) {
        self.lines += 1;
        let known = ITEMS.iter().find(|words| words.item == charge.item.id()).map(|words| words.billed);
        let (name, kind) =
            known.map_or(("RTC-Engine 包月套餐-专业版", "包年包月新购"), |name| (name, "按量计费日结"));
        let unit = if known.is_some() { "分钟" } else { "月" };
        let app = charge.app.map(|app| app.to_string()).unwrap_or_default();
        let (first, last) = match charge.day {
            Settled::Day(day) => (day, day),
            Settled::Month(month) => (month.first_day(), month.plus(1).first_day() + -1),
        };
        // Usage is charged on the day after, a plan when it is bought.
        let paid = if known.is_some() { last + 1 } else { last };
        let _ = writeln!(
            self.text,
            "{UIN},{UIN},实时音视频,实时音视频 TRTC,{app},{kind},T{id},{paid} 10:00:00,{first} 00:00:00,{last} 23:59:59,时长,\
             {name},{},美元/{unit},{},{unit},{},{},{},USD",
            charge.price, charge.charged, charge.billable, charge.covered, charge.amount
        );
    }
}
