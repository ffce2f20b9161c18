//! What may be wrong with account.toml, with cards of one's own, and with cases as folders.

use super::{ACCOUNT, Case};

fn account(code: &'static str, text: impl Into<String>) -> Case {
    Case::text(code, "account.toml", text)
}

fn more(code: &'static str, text: &str) -> Case {
    account(code, format!("{ACCOUNT}\n{text}"))
}

/// A card of one's own: an embedded one with a change.
fn card(code: &'static str, changes: &[(&str, &str)]) -> Case {
    let mut text = include_str!("../../../src/rules/cards/cn-2022.toml").to_owned();
    for (from, to) in changes {
        assert!(text.contains(from), "the card has no {from}");
        text = text.replacen(from, to, 1);
    }
    Case::new(code, "check case --cards cards").beside("cards/own.toml", text)
}

/// A package of one's own.
const PLAN: &str = "[[plan]]
id = \"own-pack\"
name = \"own\"
kind = \"package\"
minutes = 1000
price = \"1\"
currency = \"USD\"
covers = [\"av.*\"]
ratio = { own = { \"av.audio\" = \"1\" } }
bound = \"account\"
valid = [{ rule = { month-end = 1 } }]
source = \"offer of 2024-10\"
";

fn plans(code: &'static str, text: &str) -> Case {
    Case::new(code, "plans --plans plans").beside("plans/own.toml", text)
}

pub fn cases() -> Vec<Case> {
    let own = ("\"cn-2022\"", "\"own\"");
    vec![
        more("account-contract", "[[contract.price]]\nitem = \"av.call\"\nprice = \"3.50\"\nfrom = 2024-10-01\n"),
        account("account-missing-key", ACCOUNT.replace("registered = 2023-03-01\n", "")),
        more(
            "account-opening",
            "[[grant]]\nid = \"free\"\nplan = \"free-monthly\"\npurchased = 2024-10-01T00:00:00\n\
             opening = { at = 2024-10-01T00:00:00, minutes = \"10001\" }\n",
        ),
        more(
            "account-plan",
            "[[grant]]\nid = \"free\"\nplan = \"free-monthly\"\npurchased = 2024-10-01T00:00:00\nminutes = 5000\n",
        ),
        account("account-syntax", ACCOUNT.replace("\"intl\"", "intl")),
        account("account-unknown-key", ACCOUNT.replace("period =", "perod =")),
        Case::new("account-unreadable", "check case").bytes_of("account.toml", b"[account]\nname = \"\xC3\xFB\"\n"),
        more("account-value", "[contract]\ndiscount = \"8.5\"\n"),
        account("period-missing", ACCOUNT.replace("period = \"2024-10\"\n", "")),
        account("unknown-card", ACCOUNT.replace("period", "card = \"intl-2023\"\nperiod")),
        card("card-broken", &[own, ("per = 1000", "per = 100")]),
        card("card-exists", &[]),
        card("card-overlap", &[own]),
        Case::new("card-unreadable", "check case --cards cards"),
        plans("plan-broken", &PLAN.replace("month-end = 1", "month-ends = 1")),
        plans("plan-exists", &PLAN.replace("own-pack", "call-1v1")),
        Case::new("plan-unreadable", "plans --plans plans"),
        Case::new("case-exists", "init case"),
        Case::new("case-not-found", "check cases"),
        Case::new("case-twice", "rate batch")
            .beside("batch/a/account.toml", ACCOUNT)
            .beside("batch/b/account.toml", ACCOUNT),
    ]
}
