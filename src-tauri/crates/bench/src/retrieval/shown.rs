//! The findings as tables and as JSON.

use std::{collections::BTreeSet, fmt::Write};

use serde_json::{Map, Value, json};

use super::{
    Answer, Findings,
    figures::{Asked, NAMES, means},
    paired,
};

/// Questions whose answer is that there is none: ranked, shown by category, and not pooled.
const NOT_POOLED: &str = "adversarial";

/// A choice of answers.
type Choice<'a> = Box<dyn Fn(&&Answer) -> bool + 'a>;

/// Makes the tables.
pub fn findings(answers: &[Answer]) -> Findings {
    let mut rows: Vec<(String, Choice<'_>)> = Vec::new();
    let mut files: Vec<&str> = answers.iter().map(|answer| answer.file.as_str()).collect();
    files.dedup();
    for file in files {
        rows.push((
            file.to_owned(),
            Box::new(move |a: &&Answer| a.file == file && pooled(a)),
        ));
    }
    rows.push(("talk".to_owned(), Box::new(|a: &&Answer| !a.roles && pooled(a))));
    rows.push(("chat".to_owned(), Box::new(|a: &&Answer| a.roles && pooled(a))));
    rows.push(("pooled".to_owned(), Box::new(|a: &&Answer| pooled(a))));
    let categories: BTreeSet<&str> = answers.iter().map(|answer| answer.category.as_str()).collect();
    for category in categories {
        rows.push((
            format!("category {category}"),
            Box::new(move |a: &&Answer| a.category == category),
        ));
    }
    let (mut shown, mut ours, mut plain) = (header(), Map::new(), Map::new());
    for (name, choice) in &rows {
        let chosen: Vec<&Answer> = answers.iter().filter(|answer| choice(answer)).collect();
        if chosen.is_empty() {
            continue;
        }
        add(
            &mut shown,
            &mut ours,
            name,
            "ccc",
            &chosen.iter().map(|a| &a.ours).collect::<Vec<_>>(),
        );
        let baseline: Option<Vec<&Asked>> = chosen.iter().map(|a| a.plain.as_ref()).collect();
        if let Some(baseline) = baseline {
            add(&mut shown, &mut plain, name, "fts5", &baseline);
        }
    }
    let pool = |map: &mut Map<String, Value>| map.remove("pooled").unwrap_or(Value::Null);
    let (our_pool, plain_pool) = (pool(&mut ours), pool(&mut plain));
    let judged: Vec<&Answer> = answers.iter().filter(|answer| pooled(answer)).collect();
    shown += &paired::shown(&judged);
    let json = json!({
        "pooled": our_pool,
        "rows": ours,
        "fts5": { "pooled": plain_pool, "rows": plain },
        "questions": judged.iter().map(|answer| question(answer)).collect::<Vec<_>>(),
    });
    Findings { shown, json }
}

/// One question's figures, by which rankings are compared in pairs.
fn question(answer: &Answer) -> Value {
    json!({
        "file": answer.file,
        "question": answer.question,
        "r_at_10": answer.ours.recall[1],
        "ndcg_at_10": answer.ours.ndcg_at_10,
    })
}

fn pooled(answer: &Answer) -> bool {
    answer.category != NOT_POOLED
}

fn header() -> String {
    let mut line = format!("\n{:<32}{:<6}{:>5}", "percent", "", "n");
    for name in ["R@5", "R@10", "R@20", "all@10", "nDCG@10", "MRR", "pair R@10", "1k-tok"] {
        // Writing to a String cannot fail.
        let _ = write!(line, "{name:>10}");
    }
    line + "\n"
}

fn add(shown: &mut String, json: &mut Map<String, Value>, name: &str, side: &str, asked: &[&Asked]) {
    let means = means(asked.iter().copied());
    let _ = write!(shown, "{name:<32}{side:<6}{:>5}", asked.len());
    for mean in means {
        let _ = match mean {
            Some(mean) => write!(shown, "{mean:>10.1}"),
            None => write!(shown, "{:>10}", ""),
        };
    }
    shown.push('\n');
    let mut row = Map::from_iter([("n".to_owned(), Value::from(asked.len()))]);
    row.extend(
        NAMES
            .iter()
            .zip(means)
            .map(|(name, mean)| ((*name).to_owned(), json!(mean))),
    );
    json.insert(name.to_owned(), Value::Object(row));
}
