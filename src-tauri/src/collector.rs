//! How soon the page's garbage is collected, on Linux.
//!
//! WebKit's page process lets its heap grow to many times what is alive before it looks through all of it, and the page
//! stands still for that. While a conversation of 10,000 turns was scrolled through in 160 s, the collections stopped it
//! for 511 ms together, the longest for 113 ms at a heap of 238 MB. Growing by as much as is alive and no more they stopped it
//! for 555 ms together, the longest for 25 ms, and the heap stayed below 81 MB. Only the environment of that process can say
//! so; it is ours, which it inherits.

use std::env;

/// By how many times what is alive a small heap may grow: WebKit's own measure is 3.
const GROWTH: (&str, &str) = ("JSC_heapGrowthMaxIncrease", "1");

/// Lets the pages of this process collect their garbage soon. Who has set it otherwise keeps that.
///
/// To be called first of all: other threads may not run yet.
#[expect(unsafe_code, reason = "nothing safe sets a variable for a child that WebKit starts")]
pub(crate) fn collect_soon() {
    let (name, growth) = GROWTH;
    if env::var_os(name).is_none() {
        // SAFETY: no other thread runs yet that could read the environment meanwhile.
        unsafe { env::set_var(name, growth) };
    }
}
