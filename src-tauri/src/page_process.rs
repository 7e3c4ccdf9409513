//! What WebKit's page process is told before it begins, on Linux: how not to stand still while a person scrolls.
//!
//! It lets its heap grow to many times what is alive before it looks through all of it, and the page stands still for that.
//! While a conversation of 10,000 turns was scrolled through in 160 s, the collections stopped it for 511 ms together, the
//! longest for 113 ms at a heap of 238 MB. Looking through half as much more than is alive, and after 8 MB instead of 32,
//! they stopped it for 665 ms together, the longest for 9 ms, and the heap stayed below 41 MB. Growing by as much as is alive,
//! the longest was 25 to 46 ms, which is one frame too late.
//!
//! And every 30 s it counts its memory, which takes 20 to 50 ms, to let go of caches beyond a gigabyte: this page is far from
//! that. It is told not to; nor does it let go of them then when the system has little left.
//!
//! Only the environment of that process can say so; it is ours, which it inherits.

use std::env;

const TOLD: [(&str, &str); 3] = [
    // By how many times what is alive the heap may grow: 3 by default where there are 16 GB or more, about 1 elsewhere.
    ("JSC_heapGrowthMaxIncrease", "0.5"),
    // Bytes that may be added at least, whatever is alive: 32 MB by default.
    ("JSC_largeHeapSize", "8388608"),
    ("WEBKIT_DISABLE_MEMORY_PRESSURE_MONITOR", "1"),
];

/// Tells the page processes to come. Who has set a variable otherwise keeps that.
///
/// To be called first of all: other threads may not run yet.
#[expect(unsafe_code, reason = "nothing safe sets a variable for a child that WebKit starts")]
pub(crate) fn instruct() {
    for (name, value) in TOLD {
        if env::var_os(name).is_none() {
            // SAFETY: no other thread runs yet that could read the environment meanwhile.
            unsafe { env::set_var(name, value) };
        }
    }
}
