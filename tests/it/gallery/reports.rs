//! Mistakes in reports of earlier months, in their signatures, and in the bill of a payer.

use super::Case;

const RESULT: &str = r#"{"verdict": "reconciled", "currency": "USD", "expected_total": "0.0399", "billed_total": "0.0399", "overcharged": "0", "undercharged": "0", "discrepancies": [], "grants": []}
"#;
const SIGNED: &str = r#"{"account": "100000000001", "period": "2024-10", "signed_by": [{"name": "Li Na", "on": null}], "manifest_sha256": "0000", "inputs": {"usage/usage.csv": "0000"}, "outputs": {}}
"#;

/// The files of a report whose charge is so much, and that lists such files.
fn report(case: Case, folder: &str, amount: &str, outputs: &str) -> Case {
    let manifest = format!(
        "{{\"account\": \"100000000001\", \"period\": \"2024-10\", \"inputs\": [], \"outputs\": [{outputs}]}}\n"
    );
    let charges = format!(
        "sdk_app_id,day,item,unit,billable,covered,charged,unit_price,amount,currency\n1400000001,2024-10-08,av.hd,min,10,0,10,0.00399,{amount},USD\n"
    );
    case.beside(&format!("{folder}/manifest.json"), manifest)
        .beside(&format!("{folder}/charges.csv"), charges)
        .beside(&format!("{folder}/reconciliation.json"), RESULT)
}

fn of(code: &'static str, command: &str) -> Case {
    report(Case::new(code, command), "reports/october", "0.0399", "")
}

pub fn cases() -> Vec<Case> {
    let history = "history reports";
    let sign = "sign reports/october --as Wang";
    vec![
        Case::new("history-none", "history case"),
        report(Case::new("history-not-tied", history), "reports/october", "0.05", ""),
        of("history-payer", "history reports --payer payer.csv")
            .beside("payer.csv", "产品名称,开始使用时间,组件名称,优惠后总价\n实时音视频,2024-10-08,语音,1\n"),
        report(of("history-twice", history), "reports/october-again", "0.0399", ""),
        of("sign-changed", history).beside("reports/october.signed.json", SIGNED),
        of("sign-report-gone", history).beside("reports/september.signed.json", SIGNED.replace("2024-10", "2024-09")),
        report(
            Case::new("sign-edited", sign),
            "reports/october",
            "0.0399",
            r#"{"path": "charges.csv", "blake3": "0000"}"#,
        ),
        of("sign-name", "sign reports/october --as "),
        of("sign-unreadable", sign).beside("reports/october.signed.json", "Li Na\n"),
    ]
}
