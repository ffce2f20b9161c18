//! Usage as the tool's own tidy form, which it reads as well.

use std::fmt::Write as _;

use super::spread::MeteredUsage;
use crate::model::{Stamp, Unit};

/// The header of the tidy form.
const HEADER: &str = "start,end,sdk_app_id,item,quantity,unit\n";

/// Usage as `start,end,sdk_app_id,item,quantity,unit`, one row each, in its order.
#[must_use]
pub fn write(usage: &[MeteredUsage]) -> Vec<u8> {
    let mut csv = String::with_capacity(HEADER.len() + 72 * usage.len());
    csv.push_str(HEADER);
    let mut interval: (Option<Stamp>, String) = (None, String::new());
    for used in usage {
        // Rows stand by start: the two times are written out once for many rows.
        if interval.0 != Some(used.start) {
            interval = (Some(used.start), format!("{},{}", used.start, used.end()));
        }
        // Writing to a String cannot fail.
        let unit = used.item.unit();
        let quantity = match unit {
            // A kbps is a thousandth of a Mbps.
            Unit::Mbps => used.item.metered(used.seconds * 1000),
            _ => used.item.metered(used.seconds),
        };
        let _ = writeln!(csv, "{},{},{},{quantity},{}", interval.1, used.app, used.item.id(), unit.finest());
    }
    csv.into_bytes()
}
