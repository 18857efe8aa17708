//! What `devc optimize` says, for people and for programs.

use serde_json::{Value, json};

use super::proof::{Proof, Sample};
use super::{Edited, OptimizeArgs};
use crate::recipe::advice::{Advice, Finding, Remedy, Saving};
use crate::ui::{Table, words};

/// How many differences are told.
const MOST_DIFFERENCES: usize = 20;

pub(super) fn to_text(args: &OptimizeArgs, advice: &Advice, edits: &[Edited<'_>]) -> String {
    if advice.findings.is_empty() {
        return format!("devc knows nothing better than {}.\n", args.file);
    }
    let mut text: String = advice.findings.iter().map(|finding| paragraph(&args.file, finding)).collect();
    text.push_str(match (edits.is_empty(), args.apply) {
        (true, _) => "devc changes nothing by itself here.\n",
        (false, true) => "The improved files are written.\n",
        (false, false) => "See the patch with --diff, or write it with --apply.\n",
    });
    text
}

fn paragraph(file: &str, finding: &Finding) -> String {
    let Finding { rule, line, what, why, remedy } = finding;
    let remedy = match remedy {
        Remedy::Written(None) => "In the patch: the image stays the same.".to_owned(),
        Remedy::Written(Some(saving)) => format!("In the patch: {}.", saving_in_words(saving)),
        Remedy::Offered { edit, effect, accepted: true } => {
            format!("In the patch, as accepted: {edit}. {effect}.")
        }
        Remedy::Offered { edit, effect, accepted: false } => {
            format!("Offered: {edit}. {effect}. Take it with --accept {rule}.")
        }
        Remedy::Advised(advice) => advice.clone(),
    };
    format!("{file}:{line} {rule}: {what}\n  {why}\n  {remedy}\n\n")
}

fn saving_in_words(saving: &Saving) -> String {
    let Saving { repeats, repeats_then, measured } = saving;
    let counted = format!("an edit of the source repeats {repeats_then} of {repeats} commands");
    match measured {
        None => format!("{counted} (counted, not measured)"),
        Some(took) => {
            let most = if took.at_most { "up to " } else { "about " };
            let time = words::duration(took.time);
            format!("{counted}, which saves {most}{time} (measured on {})", took.date)
        }
    }
}

/// A table of medians, and what both images have in common.
pub(super) fn proof_to_text(proof: &Proof, columns: Option<usize>) -> String {
    let mut table = Table::new(["BUILD", "BEFORE", "AFTER", "FASTER", "CACHED BEFORE", "CACHED AFTER"]);
    for row in &proof.rows {
        let [before, after] = &row.samples;
        let faster = before.time.as_secs_f64() / after.time.as_secs_f64();
        table.row([
            row.work.name().to_owned(),
            words::duration(before.time),
            words::duration(after.time),
            format!("{faster:.1} x"),
            cached(before),
            cached(after),
        ]);
    }
    let [before, after] = proof.sizes.map(words::bytes);
    let rounds = words::count(proof.rounds, "round");
    let told = proof.differences.iter().take(MOST_DIFFERENCES).map(|line| format!("  {line}\n"));
    let same = match proof.differences.len() {
        0 => "Both images have the same files, modes, owners, links and contents.\n".to_owned(),
        count => {
            format!("The images differ in {}:\n{}", words::count(count, "file"), told.collect::<String>())
        }
    };
    format!(
        "\n{}\nMedians of {rounds}. The image has {before} before, and {after} after.\n{same}",
        table.render(columns)
    )
}

fn cached(sample: &Sample) -> String {
    format!("{} of {}", sample.cached, sample.total)
}

fn proof_to_json(proof: &Proof) -> Value {
    let sample = |sample: &Sample| json!({ "seconds": sample.time.as_secs_f64(), "cachedSteps": sample.cached, "steps": sample.total });
    let row = |row: &super::proof::Row| {
        let [before, after] = &row.samples;
        json!({ "build": row.work.name(), "before": sample(before), "after": sample(after) })
    };
    let [before, after] = proof.sizes;
    json!({
        "rounds": proof.rounds,
        "builds": proof.rows.iter().map(row).collect::<Vec<_>>(),
        "imageBytes": { "before": before, "after": after },
        "sameContent": proof.differences.is_empty(),
        "differences": proof.differences,
    })
}

pub(super) fn to_json(
    args: &OptimizeArgs,
    advice: &Advice,
    edits: &[Edited<'_>],
    proof: Option<&Proof>,
) -> Value {
    let findings: Vec<Value> = advice.findings.iter().map(finding_to_json).collect();
    let files: Vec<Value> =
        edits.iter().map(|edited| json!({ "path": edited.path, "text": edited.new })).collect();
    json!({
        "version": 1,
        "dockerfile": args.file,
        "findings": findings,
        "improved": files,
        "written": args.apply && !edits.is_empty(),
        "proof": proof.map(proof_to_json),
    })
}

fn finding_to_json(finding: &Finding) -> Value {
    let Finding { rule, line, what, why, remedy } = finding;
    let mut value = json!({ "rule": rule, "line": line, "what": what, "why": why });
    match remedy {
        Remedy::Written(saving) => {
            value["remedy"] = json!("written");
            value["saving"] = json!(saving.as_ref().map(saving_to_json));
        }
        Remedy::Offered { edit, effect, accepted } => {
            value["remedy"] = json!("offered");
            value["edit"] = json!(edit);
            value["effect"] = json!(effect);
            value["accepted"] = json!(accepted);
        }
        Remedy::Advised(advice) => {
            value["remedy"] = json!("advised");
            value["advice"] = json!(advice);
        }
    }
    value
}

fn saving_to_json(saving: &Saving) -> Value {
    let measured = saving
        .measured
        .as_ref()
        .map(|took| json!({ "seconds": took.time.as_secs_f64(), "atMost": took.at_most, "date": took.date }));
    json!({
        "repeatedCommands": { "before": saving.repeats, "after": saving.repeats_then },
        "measured": measured,
    })
}
