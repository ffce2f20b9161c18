//! An issued bill, line by line, as the vendor printed it and in our units.

use super::{AppId, Item, Money, Place, Quantity, Span, Stamp, UnitPrice};

/// One row of an issued bill that belongs to the product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvoiceLine {
    /// The class of the row.
    pub class: LineClass,
    /// The item that is billed; `None` for adjustments and totals that name none.
    pub item: Option<Item>,
    /// The application, where the row names a known one; else the row is for
    /// the whole account.
    pub app: Option<AppId>,
    /// The days of usage (or, for fees, the day of payment) that it bills.
    pub span: Span,
    /// The moment of a payment, where the row prints it to the second.
    pub paid_at: Option<Stamp>,
    /// Usage before deduction, in the item's billing unit, where printed.
    pub usage: Option<Quantity>,
    /// The covered quantity, in the item's billing unit, where printed.
    pub covered: Option<Quantity>,
    /// The charged quantity, in the item's billing unit, where printed.
    pub charged: Option<Quantity>,
    /// The price of a billing unit after contract terms, where printed. For a
    /// printed price per 1,000 the thousandth of it.
    pub price: Option<PrintedPrice>,
    /// The list price of a billing unit, where printed.
    pub list_price: Option<PrintedPrice>,
    /// The amount after discount, before vouchers and tax.
    pub amount: Money,
    /// The printed amount in another currency than the account's; `amount` is then zero, since currencies do not add
    /// up.
    pub foreign: Option<Money>,
    /// The currency, as an ISO code (`CNY`, `USD`).
    pub currency: String,
    /// The number of decimals that the bill carries in amounts (L3 8; L2, L1 and FOCUS as printed, at least 2).
    pub decimals: u32,
    /// The vendor's id of the transaction, where printed: two rows with one id are one charge printed twice.
    pub transaction: Option<String>,
    /// The row's own text for the item, as printed, for messages.
    pub text: String,
    /// Where it was read.
    pub place: Place,
}

/// A price as printed: for how many units at once, and the figure for these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PrintedPrice {
    /// The figure that stands in the bill.
    pub figure: UnitPrice,
    /// For how many billing units it stands: 1, or 1,000 (元/千分钟).
    pub per: u32,
}

/// The class of a bill row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LineClass {
    /// Pay-as-you-go usage.
    Usage,
    /// Purchase or renewal of a plan or package.
    Fee,
    /// Money returned for a plan or package.
    Refund,
    /// A correction by hand, or a guarantee.
    Adjustment,
    /// The vendor's own precision line (月度计费精度差异).
    Precision,
    /// A sum over many charges that names no item (L1).
    Total,
}
