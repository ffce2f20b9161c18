//! The states of a package, by the words of the console.

/// The state of a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// 待使用.
    Pending,
    /// 使用中.
    Active,
    /// 已用完.
    UsedUp,
    /// 已过期.
    Expired,
    /// 已失效: refunded or withdrawn.
    Void,
}

/// Returns the state that a text names, as [`super::text::normalised`] makes it.
pub(super) fn status_of(folded: &str) -> Option<Status> {
    match folded {
        "待使用" | "未生效" | "pending" | "tobeused" | "unused" | "notstarted" => Some(Status::Pending),
        "使用中" | "生效中" | "inuse" | "active" | "using" | "normal" => Some(Status::Active),
        "已用完" | "usedup" | "exhausted" => Some(Status::UsedUp),
        "已过期" | "expired" => Some(Status::Expired),
        "已失效" | "invalid" | "inactive" | "void" | "refunded" => Some(Status::Void),
        _ => None,
    }
}
