//! What somebody might have asked, for pictures of the window.

use crate::seed::{DAY_MINUTES, actor::Lines};

/// A session.
pub struct Tale {
    pub title: &'static str,
    pub minutes_ago: i64,
    pub pinned: bool,
    pub archived: bool,
    pub cycles: &'static [Told],
}

/// A cycle.
pub struct Told {
    pub directive: &'static str,
    guidance: &'static str,
    work: &'static str,
    review: &'static str,
}

impl Told {
    pub fn lines(&self) -> Lines {
        Lines {
            guidance: self.guidance.to_owned(),
            work: self.work.to_owned(),
            review: self.review.to_owned(),
        }
    }
}

/// The sessions, oldest first.
pub fn all() -> [Tale; 9] {
    let day = DAY_MINUTES;
    let tale = |title, minutes_ago, cycles| Tale {
        title,
        minutes_ago,
        pinned: false,
        archived: false,
        cycles,
    };
    [
        Tale {
            archived: true,
            ..tale("Grant application, first draft", 190 * day, ORCHARD)
        },
        Tale {
            archived: true,
            ..tale("Moving the studio", 83 * day, STUDIO)
        },
        tale("Orchard: what to plant in March", 26 * day, ORCHARD),
        tale("Studio inventory", 12 * day, STUDIO),
        tale("Interview guide, night shift", 5 * day, INTERVIEW),
        tale("Lisbon by train", 3 * day, TRAIN),
        tale("Invoice parser", day + 95, INVOICES),
        Tale {
            pinned: true,
            ..tale("House style for the handbook", 5 * 60, INTERVIEW)
        },
        tale("Log retention for the shop", 21, LOGS),
    ]
}

const LOGS: &[Told] = &[
    Told {
        directive: "How long should the shop keep its access logs? There are about 40,000 requests a day, and we look at them only when something breaks.",
        guidance: "Answer with one number and the reason for it.\n\n1. Say what the logs are used for, and how far back anybody looks.\n2. Weigh that against the space and against what the logs tell about customers.\n3. End with a rule that a script can follow.",
        work: "Keep them for **thirty days**.\n\n| Use | How far back | How often |\n|---|---:|---|\n| A broken order | 2 days | weekly |\n| A slow page | 7 days | monthly |\n| A disputed payment | 28 days | twice a year |\n\nThe longest of these is 28 days, so thirty leave a margin of two. At 40,000 requests a day that is about 260 MB, which the disk does not notice. The addresses in the logs are personal data, which is the reason not to keep them longer.\n\n- Delete whole files, one for each day.\n- Keep the monthly totals; they name nobody.",
        review: "The number follows from the uses in the table, and the rule can be carried out by a script.\n\nVerdict: accept",
    },
    Told {
        directive: "Write the script that deletes the old logs, and say how to try it without deleting anything.",
        guidance: "The earlier answer sets the rule: whole files, thirty days, monthly totals stay.\n\n1. Write a short script with a *dry run* as its default.\n2. Refuse to run where the folder is not the log folder.\n3. Show the command for the timer, and one for trying it out.",
        work: "The script only lists what it would delete until it is told to mean it:\n\n```python\nfrom datetime import date, timedelta\nfrom pathlib import Path\nimport sys\n\nLOGS = Path(\"/var/log/shop\")\nKEEP_DAYS = 30\n\ndef old_logs(today: date) -> list[Path]:\n    # access-2026-05-08.log: the day is in the name\n    oldest = today - timedelta(days=KEEP_DAYS)\n    return [f for f in sorted(LOGS.glob(\"access-*.log\"))\n            if date.fromisoformat(f.stem[7:]) < oldest]\n\nfor log in old_logs(date.today()):\n    print(log.name)\n    if \"--delete\" in sys.argv:\n        log.unlink()\n```\n\nTry it, then let it run every night:\n\n1. `python3 clean_logs.py` prints the files and leaves them.\n2. Compare the oldest name it keeps with the calendar.\n3. `systemctl enable --now clean-logs.timer` once the list is right.",
        review: "Dry run by default, whole files, and the monthly totals are out of its reach. The folder is fixed, so it cannot be pointed elsewhere by mistake.\n\nVerdict: accept",
    },
];

const INVOICES: &[Told] = &[Told {
    directive: "Which cases must the tests of the invoice parser cover? Order them by what a mistake would cost.",
    guidance: "List cases, not techniques. Begin with those where a wrong number is paid.",
    work: "1. **Totals**: a line of zero, a discount, a negative line, three currencies.\n2. **Dates**: the last day of February, a year written with two digits.\n3. **Names**: umlauts, two spaces, a name that is a number.\n4. **Paper**: a second page without a heading.\n\n> A wrong total is paid; a wrong name is only embarrassing.",
    review: "The order follows the cost, and each case can be a test.\n\nVerdict: accept",
}];

const TRAIN: &[Told] = &[Told {
    directive: "Plan four days by train from Lyon to Lisbon with one night train at most.",
    guidance: "Give one route with its changes. Keep legs under six hours, and say what to book first.",
    work: "| Day | Leg | Hours |\n|---|---|---:|\n| 1 | Lyon to Barcelona | 5.0 |\n| 2 | Barcelona to Madrid | 2.8 |\n| 3 | Madrid to Badajoz | 5.2 |\n| 4 | Badajoz to Lisbon | 4.5 |\n\nBook day 1 first: it is the one that sells out.",
    review: "No leg is longer than six hours and no night train is needed.\n\nVerdict: accept",
}];

const INTERVIEW: &[Told] = &[Told {
    directive: "Draft six open questions for people who work at night in a hospital laundry.",
    guidance: "Ask about one night, not about nights in general. Leave the hardest question for the middle.",
    work: "1. What was the first thing you did when you came in last night?\n2. When did the night feel longest?\n3. Who would notice if you were not there?\n4. What do you hear that nobody hears by day?\n5. What do you eat, and with whom?\n6. What is still to be done when you leave?",
    review: "Open, about one night, and the hard one stands third.\n\nVerdict: accept",
}];

const STUDIO: &[Told] = &[Told {
    directive: "Make a list of what leaves the studio first and what stays until the last day.",
    guidance: "Group by day. What is used daily goes last.",
    work: "- **First week**: archive boxes, the second kiln, spare glass\n- **Second week**: shelves, books, the large table\n- **Last day**: wheels, tools, kettle",
    review: "Grouped by day; daily tools last.\n\nVerdict: accept",
}];

const ORCHARD: &[Told] = &[Told {
    directive: "What can be planted at the north wall, where the sun comes only after four?",
    guidance: "Name three plants that bear half shade, with the distance between them.",
    work: "| Plant | Distance | Bears |\n|---|---:|---|\n| Morello cherry, fanned | 3.5 m | July |\n| Red currant | 1.2 m | June |\n| Rhubarb | 1 m | May |",
    review: "All three bear half shade.\n\nVerdict: accept",
}];
