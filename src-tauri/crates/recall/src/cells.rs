//! Where a partition's passages stand while they are scored: conversation by conversation, with room between them.
//!
//! So a passage's neighbours are the cells beside its own, what it lends them is added four at a time without asking
//! which of them are there, and what is lent past the ends of a conversation falls into cells of no passage. A search
//! over everything waits for memory more than it computes: what is read of each passage takes five bytes.

use crate::{entries::TALK, partition::Partition};

/// Cells before the first passage: as many as a passage lends to before it.
const BEFORE: u32 = 2;
/// Cells between two conversations: as many as a passage lends to after it.
const BETWEEN: u32 = 3;
/// Cells after the last passage: what is written four at a time ends there.
const AFTER: u32 = 6;
/// A number that has no room in two bytes stands among [`Cells::large`].
const LARGE: u16 = u16::MAX;

/// Passages that follow one another in a conversation and in the partition.
#[derive(Debug, Clone, Copy)]
struct Run {
    /// The first passage, and the one after the last.
    from: u32,
    end: u32,
    /// The cell of the first.
    cell: u32,
    /// Whether it is of a talk between people.
    talk: bool,
}

/// A passage whose words or length have no room in two bytes.
#[derive(Debug, Clone, Copy)]
struct Large {
    cell: u32,
    words: u32,
    length_tenths: u32,
}

/// The cells of a partition.
#[derive(Debug)]
pub(crate) struct Cells {
    /// By passage.
    runs: Box<[Run]>,
    /// Which of `runs` they are, by cell.
    by_cell: Box<[u32]>,
    /// By cell: terms of its own text, 0 for no passage.
    words: Box<[u16]>,
    /// By cell: the virtual length, in tenths.
    lengths: Box<[u16]>,
    /// By cell: [`crate::entries::Passage::class`].
    classes: Box<[u8]>,
    /// By cell.
    large: Box<[Large]>,
}

/// A passage's cell and what scoring must know of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spot {
    pub(crate) cell: u32,
    /// Terms of its own text.
    pub(crate) words: u32,
    /// Whether it is of a talk between people.
    pub(crate) talk: bool,
}

impl Cells {
    pub(crate) fn new(partition: &Partition) -> Self {
        let conversation_of = |turn: u32| partition.turns.get(turn as usize).map_or(0, |turn| turn.conversation);
        let mut next = vec![0u32; partition.conversations.len()];
        for passage in &partition.passages {
            if let Some(count) = next.get_mut(conversation_of(passage.turn) as usize) {
                *count += 1;
            }
        }
        let mut end = BEFORE;
        for next in &mut next {
            let count = std::mem::replace(next, end);
            end += count + BETWEEN;
        }
        let len = (end + AFTER) as usize;
        let (mut words, mut lengths, mut classes) = (vec![0; len], vec![0; len], vec![0; len]);
        let (mut runs, mut large, mut last): (Vec<Run>, Vec<Large>, _) = (Vec::new(), Vec::new(), None);
        for (n, passage) in (0..).zip(&partition.passages) {
            let conversation = conversation_of(passage.turn);
            let next = next.get_mut(conversation as usize);
            let cell = next.map_or(0, |next| std::mem::replace(next, *next + 1));
            let talk = passage.marks & TALK != 0;
            match runs.last_mut().filter(|_| last == Some(conversation)) {
                Some(run) => run.end = n + 1,
                None => runs.push(Run {
                    from: n,
                    end: n + 1,
                    cell,
                    talk,
                }),
            }
            last = Some(conversation);
            let small = |number: u32| u16::try_from(number).unwrap_or(LARGE);
            (words[cell as usize], lengths[cell as usize]) = (small(passage.words), small(passage.length_tenths));
            classes[cell as usize] = passage.class();
            if small(passage.words) == LARGE || small(passage.length_tenths) == LARGE {
                large.push(Large {
                    cell,
                    words: passage.words,
                    length_tenths: passage.length_tenths,
                });
            }
        }
        let mut by_cell: Vec<u32> = (0..).take(runs.len()).collect();
        by_cell.sort_unstable_by_key(|at| runs[*at as usize].cell);
        large.sort_unstable_by_key(|large| large.cell);
        Self {
            runs: runs.into(),
            by_cell: by_cell.into(),
            words: words.into(),
            lengths: lengths.into(),
            classes: classes.into(),
            large: large.into(),
        }
    }

    /// The beginning of each list, taken together.
    pub(crate) fn met(&self) -> u32 {
        let firsts = [self.words.first(), self.lengths.first()].map(|first| first.map_or(0, |first| u32::from(*first)));
        let run = self.runs.first().map_or(0, |run| run.from);
        firsts.into_iter().fold(run, |met, first| met ^ first)
    }

    /// How many cells there are.
    pub(crate) fn len(&self) -> usize {
        self.lengths.len()
    }

    /// Sets `to` to what `of` makes of each cell's virtual length, in tenths; to infinity for a cell of no passage, so that
    /// nothing that is lent there scores. A passage has a length, as its date has terms.
    pub(crate) fn each_length(&self, of: impl Fn(u32) -> f64, to: &mut Vec<f64>) {
        to.clear();
        to.extend(self.lengths.iter().map(|length| match *length {
            0 => f64::INFINITY,
            length => of(u32::from(length)),
        }));
        for large in &self.large {
            if let Some(to) = to.get_mut(large.cell as usize) {
                *to = of(large.length_tenths);
            }
        }
    }

    /// Where a passage stands. `near` is 0 at first and handed on from each passage to a later one.
    #[inline]
    pub(crate) fn spot(&self, passage: u32, near: &mut usize) -> Option<Spot> {
        let mut run = self.runs.get(*near)?;
        if passage >= run.end {
            *near += self.runs.get(*near..)?.partition_point(|run| run.end <= passage);
            run = self.runs.get(*near)?;
        }
        let cell = run.cell + (passage - run.from);
        let words = match *self.words.get(cell as usize)? {
            LARGE => self.large_at(cell)?.words,
            words => words.into(),
        };
        Some(Spot {
            cell,
            words,
            talk: run.talk,
        })
    }

    #[cold]
    fn large_at(&self, cell: u32) -> Option<&Large> {
        let at = self.large.binary_search_by_key(&cell, |large| large.cell).ok()?;
        self.large.get(at)
    }

    /// The class of a cell's passage; any for one between conversations.
    #[inline]
    pub(crate) fn class(&self, cell: u32) -> u8 {
        self.classes.get(cell as usize).copied().unwrap_or(0)
    }

    /// The passage of a cell; none for one between conversations.
    pub(crate) fn passage(&self, cell: u32) -> Option<u32> {
        let run = |at: &u32| self.runs.get(*at as usize);
        let after = self
            .by_cell
            .partition_point(|at| run(at).is_some_and(|run| run.cell <= cell));
        let run = self.by_cell.get(after.checked_sub(1)?).and_then(run)?;
        Some(run.from + (cell - run.cell)).filter(|passage| *passage < run.end)
    }

    /// The cell of a passage.
    pub(crate) fn of(&self, passage: u32) -> Option<u32> {
        let at = self.runs.partition_point(|run| run.end <= passage);
        let run = self.runs.get(at)?;
        Some(run.cell + (passage - run.from))
    }

    /// What they take in memory.
    pub(crate) fn memory(&self) -> usize {
        size_of_val(&*self.runs)
            + size_of_val(&*self.by_cell)
            + size_of_val(&*self.words)
            + size_of_val(&*self.lengths)
            + size_of_val(&*self.classes)
            + size_of_val(&*self.large)
    }
}
