//! The measures of one question, and their means.

use std::collections::HashSet;

use super::set::{Query, Set};

/// How well one question was answered; each from 0 to 1.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    /// The share of the evidence among the first 5, 10 and 20 turns.
    pub recall: [f64; 3],
    /// 1 when all of it is among the first 10.
    pub all_at_10: f64,
    pub ndcg_at_10: f64,
    /// One over the rank of the first.
    pub mrr: f64,
    /// The share of the evidence's pairs among the first 10 pairs; where there are roles.
    pub pair_r_at_10: Option<f64>,
    /// The share of the evidence in the context as it is printed, within 1,000 tokens.
    pub budget_1000: Option<f64>,
}

impl Asked {
    /// Measures a ranking; turns that are not in it come last, in their order.
    pub fn new(set: &Set, query: &Query, ranked: &[(usize, f64)], given: Option<&[usize]>) -> Self {
        let evidence: HashSet<usize> = query.evidence.iter().copied().collect();
        let order = completed(ranked.iter().map(|(turn, _)| *turn), set.turns.len());
        let ranks: Vec<usize> = order
            .iter()
            .enumerate()
            .filter(|(_, turn)| evidence.contains(turn))
            .map(|(rank, _)| rank)
            .collect();
        let gain = |rank: usize| 1.0 / (rank as f64 + 2.0).log2();
        let ideal: f64 = (0..evidence.len().min(10)).map(gain).sum();
        // The sum of nothing would be -0.
        let found = ranks
            .iter()
            .filter(|rank| **rank < 10)
            .fold(0.0, |sum, rank| sum + gain(*rank));
        Self {
            recall: [5, 10, 20].map(|k| recall(&order, &evidence, k)),
            all_at_10: f64::from(ranks.last().is_some_and(|last| *last < 10)),
            ndcg_at_10: found / ideal,
            mrr: ranks.first().map_or(0.0, |first| 1.0 / (*first as f64 + 1.0)),
            pair_r_at_10: set.pairs().map(|pairs| {
                let ranked = order.iter().filter_map(|turn| pairs.get(*turn).copied());
                let wanted = evidence.iter().filter_map(|turn| pairs.get(*turn).copied()).collect();
                recall(&completed(ranked, 0), &wanted, 10)
            }),
            budget_1000: given.map(|given| recall(given, &evidence, given.len())),
        }
    }
}

/// Each once, in the order they come, then those of `0..all` that did not.
fn completed(ranked: impl Iterator<Item = usize>, all: usize) -> Vec<usize> {
    let mut seen = HashSet::new();
    ranked.chain(0..all).filter(|turn| seen.insert(*turn)).collect()
}

fn recall(order: &[usize], evidence: &HashSet<usize>, k: usize) -> f64 {
    let found = order.iter().take(k).filter(|turn| evidence.contains(turn)).count();
    found as f64 / evidence.len() as f64
}

/// The names of the figures, in the order of [`means`].
pub const NAMES: [&str; 8] = [
    "r_at_5",
    "r_at_10",
    "r_at_20",
    "all_at_10",
    "ndcg_at_10",
    "mrr",
    "pair_r_at_10",
    "budget_1000",
];

/// The means in percent, each over those that have the figure; none where none has.
pub fn means<'a>(asked: impl Iterator<Item = &'a Asked> + Clone) -> [Option<f64>; 8] {
    let mean = |of: fn(&Asked) -> Option<f64>| {
        let values: Vec<f64> = asked.clone().filter_map(of).collect();
        (!values.is_empty()).then(|| 100.0 * values.iter().sum::<f64>() / values.len() as f64)
    };
    [
        mean(|a| Some(a.recall[0])),
        mean(|a| Some(a.recall[1])),
        mean(|a| Some(a.recall[2])),
        mean(|a| Some(a.all_at_10)),
        mean(|a| Some(a.ndcg_at_10)),
        mean(|a| Some(a.mrr)),
        mean(|a| a.pair_r_at_10),
        mean(|a| a.budget_1000),
    ]
}
