//! Text shaped like that of cycles: lists, tables, code, quotations. The same on every machine.

use std::fmt::Write;

use crate::{seed::actor::Lines, text::Rng};

const WORDS: &str = "keep the logs for thirty days and then delete them because nobody reads what is older and the disk \
    is small we measured it last week with real data from two customers who agreed to it so the numbers hold for most \
    cases but not for all of them which is why we ask before anything is removed";

/// Writes cycles.
pub struct Prose {
    rng: Rng,
    words: Vec<&'static str>,
}

impl Prose {
    /// Text that follows from `seed`.
    pub fn new(seed: u64) -> Self {
        Self {
            rng: Rng::new(seed),
            words: WORDS.split_whitespace().collect(),
        }
    }

    /// A directive of two sentences.
    pub fn directive(&mut self) -> String {
        format!("{} {}", self.sentence(14), self.sentence(10))
    }

    /// What a cycle says; every other one has code, the others a table.
    pub fn lines(&mut self, n: usize) -> Lines {
        let heading = self.some(4);
        let long = if n.is_multiple_of(2) {
            self.table(6)
        } else {
            self.code(18)
        };
        let work = format!(
            "## {heading}\n\n{} {}\n\n{long}\n\n{}\n\n> {}\n\n{}",
            self.sentence(30),
            self.sentence(20),
            self.list(3),
            self.sentence(12),
            self.sentence(25)
        );
        Lines {
            guidance: format!("{}\n\n{}\n\n{}", self.sentence(20), self.list(4), self.sentence(14)),
            work,
            review: format!("{}\n\nVerdict: accept", self.sentence(25)),
        }
    }

    fn some(&mut self, count: usize) -> String {
        let pick = |rng: &mut Rng| usize::try_from(rng.next() % 1_000_003).unwrap_or(0);
        let words: Vec<&str> = (0..count)
            .filter_map(|_| self.words.get(pick(&mut self.rng) % self.words.len()).copied())
            .collect();
        words.join(" ")
    }

    fn sentence(&mut self, count: usize) -> String {
        let words = self.some(count);
        let mut letters = words.chars();
        let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
        format!("{first}{}.", letters.as_str())
    }

    // Writing to a String cannot fail.
    fn list(&mut self, count: usize) -> String {
        (1..=count).fold(String::new(), |mut list, n| {
            let (name, why, code) = (self.some(2), self.sentence(12), self.some(1));
            let _ = writeln!(list, "{n}. **{name}**: {why} Use `{code}_{n}`.");
            list
        })
    }

    fn table(&mut self, rows: usize) -> String {
        (1..=rows).fold("| Name | Days | Why |\n|---|---:|---|\n".to_owned(), |mut table, n| {
            let _ = writeln!(table, "| {} | {} | {} |", self.some(2), n * 10, self.some(6));
            table
        })
    }

    fn code(&mut self, lines: usize) -> String {
        let body = (0..lines).fold(String::new(), |mut code, n| {
            let _ = match n % 6 {
                0 => writeln!(code, "def step_{n}(rows, limit={n}):"),
                5 => writeln!(code, "    # {}", self.some(5)),
                _ => writeln!(
                    code,
                    "    value_{n} = rows.get(\"{}\", {n}) + limit * {n}",
                    self.some(1)
                ),
            };
            code
        });
        format!("```python\n{body}```")
    }
}
