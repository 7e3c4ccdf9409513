//! Whether one ranking is better than another, question by question.

use std::fmt::Write;

use super::{Answer, figures::Asked};

type Figure = fn(&Asked) -> f64;

/// A figure of two rankings, over the same questions.
struct Pairs {
    /// The mean difference, in points of a percent.
    points: f64,
    better: u32,
    worse: u32,
    /// How likely it is that so uneven a split comes by chance: the two-sided sign test, which leaves ties out.
    p: f64,
}

impl Pairs {
    fn new(differences: &[f64]) -> Self {
        let count = |sign: f64| differences.iter().filter(|d| **d * sign > 0.0).count();
        let (better, worse) = (count(1.0) as u32, count(-1.0) as u32);
        Self {
            points: 100.0 * differences.iter().sum::<f64>() / differences.len().max(1) as f64,
            better,
            worse,
            p: sign_test(better, worse),
        }
    }
}

/// Twice the tail of the binomial distribution with one half, at most 1.
fn sign_test(better: u32, worse: u32) -> f64 {
    let n = better + worse;
    // The logarithm of n over k by 2^n: the numbers themselves are too large.
    let mut term = -f64::from(n) * std::f64::consts::LN_2;
    let mut tail = 0.0;
    for k in 0..=better.min(worse) {
        tail += term.exp();
        term += f64::from(n - k).ln() - f64::from(k + 1).ln();
    }
    f64::min(1.0, 2.0 * tail)
}

/// How CCC does against FTS5 on these questions; nothing where FTS5 was not asked.
pub fn shown(answers: &[&Answer]) -> String {
    let pairs: Option<Vec<(&Asked, &Asked)>> = answers.iter().map(|a| Some((&a.ours, a.plain.as_ref()?))).collect();
    let Some(pairs) = pairs.filter(|pairs| !pairs.is_empty()) else {
        return String::new();
    };
    let mut shown = "\npaired, CCC less FTS5\n".to_owned();
    let figures: [(&str, Figure); 2] = [("R@10", |a| a.recall[1]), ("nDCG@10", |a| a.ndcg_at_10)];
    for (name, of) in figures {
        let differences: Vec<f64> = pairs.iter().map(|(ours, plain)| of(ours) - of(plain)).collect();
        let found = Pairs::new(&differences);
        // Writing to a String cannot fail.
        let _ = writeln!(
            shown,
            "{name:<10}{:+.1} points; better in {}, worse in {} of {}; sign test p = {:.1e}",
            found.points,
            found.better,
            found.worse,
            differences.len(),
            found.p
        );
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sign_test_is_that_of_the_tables() {
        for (better, worse, p) in [
            (5, 0, 0.0625),
            (8, 2, 0.109_375),
            (2, 8, 0.109_375),
            (3, 3, 1.0),
            (0, 0, 1.0),
        ] {
            assert!((sign_test(better, worse) - p).abs() < 1e-12, "{better} and {worse}");
        }
        assert!(sign_test(300, 20) < 1e-60, "many do not overflow");
        let pairs = Pairs::new(&[0.5, 0.5, -0.25, 0.0]);
        assert_eq!((pairs.better, pairs.worse), (2, 1));
        assert!((pairs.points - 18.75).abs() < 1e-12);
    }
}
